/*
 * setup_caller_test.c - one row a caller: nobody in a sandbox, nobody unknown, nobody but a person gets the elevated
 * server to work for him.
 */
#include "core/setup_caller.h"

#include "sim/sim.h"
#include "support/harness.h"

#include <string.h>

#define ACCOUNT "S-1-5-21-1000-2000-3000-1010"
#define GROUP   "S-1-5-21-1000-2000-3000-1011"
#define USERS   "S-1-1-0 S-1-5-32-545 S-1-5-4 S-1-5-11 S-1-5-15 "
#define MEDIUM  0x2000
#define HIGH    0x3000
#define FULL    SETUP_IMPERSONATION_FULL
#define NAMED   SETUP_IMPERSONATION_IDENTIFY

static const struct row {
    const char *name;
    struct setup_caller caller; /* without groups */
    const char *groups;
    const char *refused; /* part of the text; NULL: allowed */
} rows[] = {
    {"an ordinary user", {NAMED, SIM_USER, {0}, false, false, false, MEDIUM, true}, USERS, NULL},
    {"the same, at full impersonation",
     {FULL, SIM_USER, {0}, false, false, false, MEDIUM, true},
     USERS,
     NULL},
    {"one who is elevated himself",
     {NAMED, SIM_USER, {0}, false, false, false, HIGH, true},
     USERS "S-1-5-32-544",
     NULL},
    {"a standard user, over the shoulder",
     {NAMED, SIM_OTHER_USER, {0}, false, false, false, MEDIUM, true},
     USERS,
     NULL},
    {"medium plus", {NAMED, SIM_USER, {0}, false, false, false, 0x2100, true}, USERS, NULL},
    {"by remote desktop", {NAMED, SIM_USER, {0}, false, false, false, MEDIUM, true}, USERS "S-1-5-14", NULL},
    {"a user of a cloud directory",
     {NAMED, "S-1-12-1-1-2-3-4", {0}, false, false, false, MEDIUM, true},
     USERS,
     NULL},
    {"somebody with a similar SID",
     {NAMED, ACCOUNT "0", {0}, false, false, false, MEDIUM, true},
     USERS,
     NULL},

    {"nobody that the host names",
     {SETUP_IMPERSONATION_NONE, NULL, {0}, false, false, false, 0, true},
     "",
     "does not tell"},
    {"the same with a SID from nowhere",
     {SETUP_IMPERSONATION_NONE, SIM_USER, {0}, false, false, false, MEDIUM, true},
     USERS,
     "does not tell"},
    {"anonymous",
     {SETUP_IMPERSONATION_ANONYMOUS, SIM_USER, {0}, false, false, false, MEDIUM, true},
     USERS,
     "anonymous"},
    {"without a SID", {NAMED, NULL, {0}, false, false, false, MEDIUM, true}, USERS, "anonymous"},
    {"with an empty SID", {NAMED, "", {0}, false, false, false, MEDIUM, true}, USERS, "anonymous"},
    {"ANONYMOUS LOGON", {NAMED, "S-1-5-7", {0}, false, false, false, MEDIUM, true}, "S-1-1-0", "no person"},
    {"a token that cannot be read",
     {NAMED, SIM_USER, {0}, false, false, true, MEDIUM, true},
     USERS,
     "could not be read"},
    {"LocalSystem", {NAMED, "S-1-5-18", {0}, false, false, false, 0x4000, true}, "S-1-5-32-544", "no person"},
    {"NetworkService", {NAMED, "S-1-5-20", {0}, false, false, false, 0x4000, true}, USERS, "no person"},
    {"a virtual service account",
     {NAMED, "S-1-5-80-1-2-3-4-5", {0}, false, false, false, 0x4000, true},
     USERS,
     "no person"},
    {"an IIS pool",
     {NAMED, "S-1-5-82-1-2-3-4-5", {0}, false, false, false, 0x3000, true},
     USERS,
     "no person"},
    {"a domain without a user",
     {NAMED, "S-1-5-21-1-2-3", {0}, false, false, false, MEDIUM, true},
     USERS,
     "no person"},
    {"text that is no SID",
     {NAMED, "S-1-5-21-me", {0}, false, false, false, MEDIUM, true},
     USERS,
     "no person"},
    {"a sandbox account", {NAMED, ACCOUNT, {0}, false, false, false, MEDIUM, true}, USERS, "sandbox account"},
    {"a member of a sandbox group",
     {NAMED, SIM_USER, {0}, false, false, false, MEDIUM, true},
     USERS GROUP,
     "sandbox account"},
    {"an elevated sandbox account",
     {FULL, ACCOUNT, {0}, false, false, false, HIGH, true},
     "S-1-5-32-544",
     "sandbox account"},
    {"an AppContainer", {NAMED, SIM_USER, {0}, false, true, false, MEDIUM, true}, USERS, "AppContainer"},
    {"a restricted token", {NAMED, SIM_USER, {0}, true, false, false, MEDIUM, true}, USERS, "restricted"},
    {"a restricted and elevated token",
     {FULL, SIM_USER, {0}, true, false, false, HIGH, true},
     USERS,
     "restricted"},
    {"low integrity", {NAMED, SIM_USER, {0}, false, false, false, 0x1000, true}, USERS, "below medium"},
    {"just below medium", {NAMED, SIM_USER, {0}, false, false, false, 0x1FFF, true}, USERS, "below medium"},
    {"unknown integrity", {NAMED, SIM_USER, {0}, false, false, false, 0, true}, USERS, "below medium"},
    {"a network logon",
     {NAMED, SIM_USER, {0}, false, false, false, HIGH, true},
     "S-1-1-0 S-1-5-2",
     "over the network"},
    {"a scheduled task",
     {NAMED, SIM_USER, {0}, false, false, false, MEDIUM, true},
     "S-1-1-0 S-1-5-3",
     "scheduled"},
    {"a service of a person's account",
     {NAMED, SIM_USER, {0}, false, false, false, HIGH, true},
     "S-1-1-0 S-1-5-6",
     "service"},
    {"a group of anonymous logons",
     {NAMED, SIM_USER, {0}, false, false, false, MEDIUM, true},
     "S-1-5-7",
     "anonymously"},
    {"a call in the clear",
     {NAMED, SIM_USER, {0}, false, false, false, MEDIUM, false},
     USERS,
     "not encrypted"},
};

static void groups_of(const char *words, struct sbx_strings *groups)
{
    char copy[512];

    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        CU_ASSERT_EQUAL_FATAL(strings_append(groups, word), SBX_OK);
}

static void each_caller_is_judged_as_the_table_says(void)
{
    struct sbx_strings own = {0};
    unsigned refused = 0;

    sim_reset();
    groups_of(ACCOUNT " " GROUP, &own);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct setup_caller caller = rows[i].caller;
        struct sbx_error error = {0};
        sbx_status status;

        groups_of(rows[i].groups, &caller.groups);
        status = setup_caller_judge(&caller, &own, &error);
        if (rows[i].refused) {
            refused++;
            CU_ASSERT_EQUAL(status, SBX_E_SETUP_CALLER);
            CU_ASSERT_PTR_NOT_NULL(strstr(error.text, rows[i].refused));
            if (status != SBX_E_SETUP_CALLER || !strstr(error.text, rows[i].refused))
                printf("    %s: %s\n", rows[i].name, error.text);
        } else {
            CU_ASSERT_EQUAL(status, SBX_OK);
            if (status)
                printf("    %s: %s\n", rows[i].name, error.text);
        }
        strings_free(&caller.groups);
    }
    printf("    callers judged: %zu, of them refused %u\n", sizeof rows / sizeof rows[0], refused);
    strings_free(&own);
}

static void server_without_elevation_says_so_first(void)
{
    static const struct {
        struct setup_server server;
        sbx_status status;
    } servers[] = {
        {{true, true, HIGH}, SBX_OK},
        {{true, true, 0x4000}, SBX_OK},
        {{true, false, HIGH}, SBX_E_SETUP_FAILED},
        {{false, true, HIGH}, SBX_E_SETUP_FAILED},
        {{true, true, MEDIUM}, SBX_E_SETUP_FAILED},
        {{false, false, MEDIUM}, SBX_E_SETUP_FAILED},
        {{true, true, 0}, SBX_E_SETUP_FAILED},
    };

    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++)
        CU_ASSERT_EQUAL(setup_server_judge(&servers[i].server, NULL), servers[i].status);
}

const struct harness_suite setup_caller_suite = {
    "setup_caller",
    (const struct harness_test[]){
        {"each caller is judged as the table says", each_caller_is_judged_as_the_table_says},
        {"a server without elevation says so first", server_without_elevation_says_so_first},
        {NULL, NULL},
    },
};
