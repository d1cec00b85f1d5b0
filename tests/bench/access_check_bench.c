/*
 * access_check_bench.c - how many decisions a second: a DACL of ten entries, a token of ten groups, one core.
 *
 *     gcc -std=c11 -O2 -DSBX_BENCH_ALONE -Isrc -Itests tests/bench/access_check_bench.c src/base/?*.c \
 *         src/core/{sid,descriptor,acl,sddl,access_check}.c -o access_check_bench && ./access_check_bench
 *
 * The program of this folder measures the product on Windows; this one is native and alone, hence its own
 * main.
 */
#include "core/access_check.h"
#include "core/sddl.h"

#include <stdio.h>
#include <time.h>

int access_check_bench(void);

#define SECONDS 1.0

static const char dacl[] =
    "O:BAG:SYD:AI(D;;0x116;;;S-1-5-21-7-7-7-1999)(A;OICI;0x1301bf;;;S-1-9-77-1-2-3-4)(A;OICIID;FA;;;SY)"
    "(A;OICIID;FA;;;BA)(A;ID;0x1200a9;;;S-1-5-21-1-2-3-1002)(A;ID;0x1200a9;;;S-1-5-21-1-2-3-1003)"
    "(A;OICIIOID;GA;;;CO)(A;ID;0x1200a9;;;S-1-5-21-1-2-3-1004)(A;ID;FR;;;S-1-5-32-545)(A;ID;0x1301bf;;;AU)";

static const char *const group_texts[10] = {
    "S-1-5-21-1-2-3-513", "WD",        "S-1-5-32-559", "BU", "IU", "S-1-2-1",
    "S-1-5-15",           "S-1-5-113", "S-1-2-0",      "AU"};

/* Decisions in a second, and that each was `allowed`. */
static double decisions(const struct descriptor *descriptor, const struct access_token *token,
                        uint32_t wanted, bool allowed)
{
    struct access_decision decision;
    unsigned long count = 0;
    clock_t start = clock();
    double seconds;

    do {
        for (unsigned i = 0; i < 10000; i++)
            if (access_check(descriptor, token, wanted, &access_mapping_file, &decision, NULL) ||
                decision.allowed != allowed)
                return -1;
        count += 10000;
        seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    } while (seconds < SECONDS);
    return (double)count / seconds;
}

int access_check_bench(void)
{
    struct descriptor descriptor = {0};
    struct access_sid groups[10];
    struct sid restricting[2];
    struct access_token token = {
        .groups = groups, .group_count = 10, .integrity = 0x2000, .no_write_up = true};

    if (sddl_parse(dacl, &descriptor, NULL) || sddl_parse_sid("S-1-5-21-1-2-3-1001", &token.user.sid, NULL) ||
        sddl_parse_sid("S-1-9-77-1-2-3-4", &restricting[0], NULL) ||
        sddl_parse_sid("RC", &restricting[1], NULL))
        return 1;
    for (unsigned i = 0; i < 10; i++) {
        groups[i].enabled = true;
        groups[i].deny_only = false;
        if (sddl_parse_sid(group_texts[i], &groups[i].sid, NULL))
            return 1;
    }

    printf("access_check, millions of decisions a second (10 entries, 10 groups):\n");
    printf("  granted by the last entry       %6.2f\n", decisions(&descriptor, &token, 0x120116, true) / 1e6);
    printf("  refused after all of them       %6.2f\n",
           decisions(&descriptor, &token, 0x1F01FF, false) / 1e6);
    printf("  MAXIMUM_ALLOWED                 %6.2f\n",
           decisions(&descriptor, &token, ACCESS_MAXIMUM_ALLOWED, true) / 1e6);
    token.restricting = restricting;
    token.restricting_count = 2;
    token.write_restricted = true;
    printf("  write-restricted, both checks   %6.2f\n", decisions(&descriptor, &token, 0x120116, true) / 1e6);

    descriptor_free(&descriptor);
    return 0;
}

#ifdef SBX_BENCH_ALONE
int main(void)
{
    return access_check_bench();
}
#endif
