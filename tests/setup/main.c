/*
 * main.c - the set-up server as C calls it: activated, refused, alone in its process, gone when its client is.
 */
#include "support/harness.h"

extern const struct harness_suite server_suite;

static const struct harness_suite *const suites[] = {&server_suite, NULL};

int main(int argc, char **argv)
{
    return harness_main(argc, argv, suites);
}
