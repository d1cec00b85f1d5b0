/*
 * verdict.c - one line for each row, and their sum.
 */
#include "escape/battery.h"

#include <stdarg.h>
#include <stdio.h>

static unsigned counts[VERDICT_COUNT];

void verdict(enum verdict verdict, const char *number, const char *claim, const char *format, ...)
{
    static const char *const words[VERDICT_COUNT] = {
        [HELD] = "PASS", [ESCAPED] = "FAIL", [OPEN] = "SKIP", [INVALID] = "SKIP", [UNTRIED] = "SKIP"};
    va_list arguments;
    char why[512] = "";

    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    counts[verdict]++;
    if (verdict == HELD)
        printf("%s row %s: %s\n", words[verdict], number, claim);
    else
        printf("%s row %s: %s: %s\n", words[verdict], number, claim, why);
}

unsigned verdict_sum(void)
{
    printf("escape: %u held, %u escaped, %u open as the report says, %u invalid here, %u not tried\n",
           counts[HELD], counts[ESCAPED], counts[OPEN], counts[INVALID], counts[UNTRIED]);
    return counts[ESCAPED];
}
