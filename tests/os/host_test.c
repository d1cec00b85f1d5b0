/*
 * host_test.c - time, randomness and what this host says of itself.
 */
#include "os/child.h"
#include "os/clock.h"
#include "os/identity.h"
#include "os/native.h"
#include "os/random.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

static void monotonic_time_follows_real_time(void)
{
    uint64_t before = clock_monotonic_ms();
    uint64_t passed;

    Sleep(200);
    passed = clock_monotonic_ms() - before;
    CU_ASSERT(passed >= 180 && passed < 5000);
}

static void wall_time_is_the_systems(void)
{
    SYSTEMTIME system;
    char wanted[CLOCK_TEXT_SIZE];
    char text[CLOCK_TEXT_SIZE];
    int64_t now = clock_utc_ms();

    GetSystemTime(&system);
    clock_format_utc(now, text);
    snprintf(wanted, sizeof wanted, "%04u-%02u-%02uT%02u:%02u", system.wYear, system.wMonth, system.wDay,
             system.wHour, system.wMinute);
    CU_ASSERT(!strncmp(text, wanted, 14)); /* to the hour: the minute may just have turned */
}

static void a_start_of_the_host_has_one_name(void)
{
    char first[CLOCK_BOOT_SIZE] = "", second[CLOCK_BOOT_SIZE] = "";

    clock_boot_id(first);
    Sleep(50);
    clock_boot_id(second);
    CU_ASSERT(strlen(first) > 8);
    CU_ASSERT_STRING_EQUAL(first, second);
}

static void times_are_written_as_iso_8601(void)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951782400000, "2000-02-29T00:00:00.000Z"},
        {951868799999, "2000-02-29T23:59:59.999Z"},
        {1795253400123, "2026-11-21T09:30:00.123Z"},
        {4107542400000, "2100-03-01T00:00:00.000Z"},
        {-62167219200000, "0000-01-01T00:00:00.000Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[CLOCK_TEXT_SIZE];

        clock_format_utc(cases[i].ms, text);
        CU_ASSERT_STRING_EQUAL(text, cases[i].text);
    }
}

static void random_names_differ_and_are_hexadecimal(void)
{
    char first[33] = "";
    char second[33] = "";
    char untouched[4] = "abc";
    uint8_t bytes[64] = {0};
    size_t zeros = 0;

    CU_ASSERT_EQUAL(random_hex(first, 16, NULL), SBX_OK);
    CU_ASSERT_EQUAL(random_hex(second, 16, NULL), SBX_OK);
    CU_ASSERT_EQUAL(strspn(first, "0123456789abcdef"), 32);
    CU_ASSERT_EQUAL(first[32], '\0');
    CU_ASSERT_STRING_NOT_EQUAL(first, second);
    CU_ASSERT_EQUAL(random_hex(untouched, 1000, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_STRING_EQUAL(untouched, "abc");

    CU_ASSERT_EQUAL(random_bytes(bytes, sizeof bytes, NULL), SBX_OK);
    for (size_t i = 0; i < sizeof bytes; i++)
        zeros += !bytes[i];
    CU_ASSERT(zeros < 16);
    CU_ASSERT_EQUAL(random_bytes(bytes, 0, NULL), SBX_OK);
}

/* FIPS 180-4's examples. */
static void hash_is_sha256(void)
{
    static const struct {
        const char *text;
        uint8_t start[4];
    } cases[] = {
        {"", {0xe3, 0xb0, 0xc4, 0x42}},
        {"abc", {0xba, 0x78, 0x16, 0xbf}},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", {0x24, 0x8d, 0x6a, 0x61}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t digest[32] = {0};

        CU_ASSERT_EQUAL(hash_sha256(cases[i].text, strlen(cases[i].text), digest, NULL), SBX_OK);
        CU_ASSERT(!memcmp(digest, cases[i].start, 4));
    }
}

static void host_says_what_it_is(void)
{
    struct host_facts facts;

    host_examine(&facts);
    CU_ASSERT(facts.major >= 6);
    CU_ASSERT(facts.build > 0);
    CU_ASSERT(!strncmp(facts.product, "Windows ", 8));
    CU_ASSERT_EQUAL(strstr(facts.product, "under Wine") != NULL, facts.wine[0] != '\0');
    if (facts.build >= 10240)
        CU_ASSERT(facts.job_list_attribute && facts.mitigation_policies);
    if (facts.build >= 17763)
        CU_ASSERT(facts.pseudoconsole);
}

static void user_is_a_sid(void)
{
    char sid[SID_TEXT_SIZE] = "";

    CU_ASSERT_EQUAL(identity_user_sid(sid, NULL), SBX_OK);
    CU_ASSERT(!strncmp(sid, "S-1-", 4));
}

static sbx_status attempt_user(void *context, struct sbx_error *error)
{
    char sid[SID_TEXT_SIZE] = "before";
    sbx_status status = identity_user_sid(sid, error);

    (void)context;
    CU_ASSERT_EQUAL(strcmp(sid, "before") == 0, status != SBX_OK);
    return status;
}

static void user_survives_memory_running_out(void)
{
    expect_memory_failures(attempt_user, NULL);
}

const struct harness_suite host_suite = {
    "host",
    (const struct harness_test[]){
        {"monotonic time follows real time", monotonic_time_follows_real_time},
        {"wall time is the system's", wall_time_is_the_systems},
        {"a start of the host has one name", a_start_of_the_host_has_one_name},
        {"times are written as ISO 8601", times_are_written_as_iso_8601},
        {"random names differ and are hexadecimal", random_names_differ_and_are_hexadecimal},
        {"the hash is SHA-256", hash_is_sha256},
        {"the host says what it is", host_says_what_it_is},
        {"the user is a SID", user_is_a_sid},
        {"memory running out leaves the SID alone", user_survives_memory_running_out},
        {NULL, NULL},
    },
};
