/*
 * probe_cache_test.c - what was found on one state of the host is never told of another.
 */
#include "core/probe_cache.h"

#include "core/sandboxed.h"
#include "support/harness.h"

#include <string.h>

#define PATH SANDBOXED_STATE "\\probes.txt"

static const struct probe_results refused = {
    .write_workspace = PROBE_ALLOWED,
    .write_outside = PROBE_REFUSED,
    .delete_outside = PROBE_ALLOWED,
    .read_outside = PROBE_ALLOWED,
    .open_caller = PROBE_ALLOWED,
    .open_runner = PROBE_REFUSED,
    .inherit_unlisted = PROBE_REFUSED,
    .outlive_command = PROBE_REFUSED,
    .break_away = PROBE_REFUSED,
    .reparent = PROBE_REFUSED,
};

static struct sandboxed box;
static struct token_facts caller;
static struct probe_cache_facts facts;
static char first[PROBE_CACHE_KEY_SIZE];

static void begin(const char *policy)
{
    static char user[] = SIM_USER;

    sandboxed_world();
    sim_add_folder(SANDBOXED_STATE);
    sandboxed_enter(&box, policy);
    memset(&caller, 0, sizeof caller);
    caller.user_sid = user;
    caller.integrity = 0x2000;
    facts = (struct probe_cache_facts){.boundary = &box.boundary,
                                       .plan = &box.plan,
                                       .version = "1.0",
                                       .runner = "7",
                                       .boot = "1d",
                                       .host = "Windows 10.0.19045 x64",
                                       .caller = &caller};
}

static void make_key(char key[PROBE_CACHE_KEY_SIZE])
{
    CU_ASSERT_EQUAL_FATAL(probe_cache_key(&facts, key, NULL), SBX_OK);
    CU_ASSERT_EQUAL(strlen(key), PROBE_CACHE_KEY_SIZE - 1);
}

static void expect_other(const char *what)
{
    char key[PROBE_CACHE_KEY_SIZE];

    make_key(key);
    if (strcmp(key, first) == 0)
        printf("    %s does not count\n", what);
    CU_ASSERT_STRING_NOT_EQUAL(key, first);
}

static void expect_same(void)
{
    char key[PROBE_CACHE_KEY_SIZE];

    make_key(key);
    CU_ASSERT_STRING_EQUAL(key, first);
}

static void every_state_has_its_own_key(void)
{
    begin("{\"version\": 1}");
    make_key(first);
    expect_same();
    facts.version = "1.1";
    expect_other("the version");
    facts.version = "1.0";
    facts.runner = "8";
    expect_other("the runner's file");
    facts.runner = "7";
    facts.boot = "1e";
    expect_other("the start of the host");
    facts.boot = "1d";
    facts.host = "Windows 10.0.26100 x64";
    expect_other("the build of Windows");
    facts.host = "Windows 10.0.19045 x64";
    caller.integrity = 0x3000;
    expect_other("an elevated caller");
    caller.integrity = 0x2000;
    facts.plan = NULL;
    expect_other("what was granted");
    facts.plan = &box.plan;
    box.boundary.recipe.write_restricted ^= 1;
    expect_other("the recipe");
    box.boundary.recipe.write_restricted ^= 1;
    box.boundary.process_count++;
    expect_other("a limit");
    box.boundary.process_count--;
    box.boundary.places[0].present ^= 1;
    expect_other("a place");
    box.boundary.places[0].present ^= 1;
    expect_same();
    sandboxed_leave(&box);

    begin("{\"version\": 1, \"token\": \"fully-restricted\"}");
    expect_other("the token");
    sandboxed_leave(&box);
    begin("{\"version\": 1, \"files\": {\"protect\": [\"mine.txt\"]}}");
    expect_other("a protected path");
    sandboxed_leave(&box);
    begin("{\"version\": 1}");
    facts.boot = "";
    CU_ASSERT_EQUAL(probe_cache_key(&facts, first, NULL), SBX_E_UNSUPPORTED_HOST);
    sandboxed_leave(&box);
    sim_reset();
}

static bool same_results(const struct probe_results *a, const struct probe_results *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void what_is_kept_comes_back_under_its_key_alone(void)
{
    struct probe_results read = {0};
    char other[PROBE_CACHE_KEY_SIZE];

    begin("{\"version\": 1}");
    make_key(first);
    CU_ASSERT_FALSE(probe_cache_read(PATH, first, &read));
    CU_ASSERT_EQUAL(probe_cache_write(PATH, first, &refused, NULL), SBX_OK);
    CU_ASSERT(probe_cache_read(PATH, first, &read));
    CU_ASSERT(same_results(&read, &refused));
    facts.boot = "2";
    make_key(other);
    memset(&read, 0, sizeof read);
    CU_ASSERT_FALSE(probe_cache_read(PATH, other, &read));
    CU_ASSERT_EQUAL(read.write_outside, PROBE_NOT_RUN);
    CU_ASSERT_EQUAL(probe_cache_write(PATH, other, &refused, NULL), SBX_OK);
    CU_ASSERT_FALSE(probe_cache_read(PATH, first, &read));
    sandboxed_leave(&box);
    sim_reset();
}

/* Cut anywhere, a line twice, a line more: measured anew. */
static void half_a_file_is_none(void)
{
    struct probe_results read = {0};
    char text[4096], part[8200];
    size_t size;

    begin("{\"version\": 1}");
    make_key(first);
    CU_ASSERT_EQUAL(probe_cache_write(PATH, first, &refused, NULL), SBX_OK);
    snprintf(text, sizeof text, "%s", sim_contents(PATH, &size));
    for (size_t i = 0; i < size; i++) {
        memcpy(part, text, i);
        part[i] = '\0';
        sim_set_contents(PATH, part);
        CU_ASSERT_FALSE(probe_cache_read(PATH, first, &read));
        memcpy(part, text, size + 1);
        part[i] ^= 1;
        sim_set_contents(PATH, part);
        CU_ASSERT(!probe_cache_read(PATH, first, &read) || part[i] == '1'); /* a system's number */
    }
    snprintf(part, sizeof part, "%sopen_runner allowed 0\nend\n", text);
    sim_set_contents(PATH, part);
    memset(&read, 0, sizeof read);
    CU_ASSERT_FALSE(probe_cache_read(PATH, first, &read));
    CU_ASSERT_EQUAL(read.open_runner, PROBE_NOT_RUN);
    sandboxed_leave(&box);
    sim_reset();
}

/* A command that can write outside could write the file. */
static void what_could_be_forged_is_not_worth_keeping(void)
{
    struct probe_results results = refused;

    CU_ASSERT(probe_cache_is_worth(&results, SBX_ENFORCED));
    CU_ASSERT_FALSE(probe_cache_is_worth(&results, SBX_ABSENT));
    results.write_outside = PROBE_ALLOWED;
    CU_ASSERT_FALSE(probe_cache_is_worth(&results, SBX_ENFORCED));
    results = refused;
    results.reparent = PROBE_NOT_RUN;
    CU_ASSERT_FALSE(probe_cache_is_worth(&results, SBX_ENFORCED));
    results.reparent = PROBE_INVALID;
    CU_ASSERT_FALSE(probe_cache_is_worth(&results, SBX_ENFORCED));
}

const struct harness_suite probe_cache_suite = {
    "probe_cache",
    (const struct harness_test[]){
        {"every state of the host has its own key", every_state_has_its_own_key},
        {"what is kept comes back under its key alone", what_is_kept_comes_back_under_its_key_alone},
        {"half a file is none", half_a_file_is_none},
        {"what could be forged is not worth keeping", what_could_be_forged_is_not_worth_keeping},
        {NULL, NULL},
    },
};
