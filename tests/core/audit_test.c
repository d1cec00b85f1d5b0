/*
 * audit_test.c - places that may be written although nobody was asked: found, within limits that are told, without following links.
 */
#include "core/audit.h"

#include "base/memory.h"
#include "core/closed.h"
#include "core/setup_machine.h"
#include "memory_failing.h"
#include "sim/acts.h"
#include "sim/logon.h"
#include "sim/machine.h"
#include "support/harness.h"

#include <string.h>

#define STATE "C:\\Program Files\\sbxcom\\state"

static struct audit found;

static void forget(void)
{
    audit_free(&found);
}

static sbx_status run(const char *spared, uint32_t most_ms, size_t most_objects,
                      const struct sbx_strings *groups)
{
    static const struct sbx_strings nobody = {NULL, 0};
    char *items[] = {(char *)(uintptr_t)spared};
    const struct sbx_strings spare = {items, spared ? 1 : 0};
    struct sbx_strings roots = {NULL, 0};
    struct audit_token token;
    struct audit made = {0};
    sbx_status status = audit_roots("C:\\tools;\"C:\\Program Files\\git\";relative;", &roots, NULL);

    if (!status)
        status = audit_token_make(NULL, groups ? groups : &nobody, &token, NULL);
    if (!status) {
        const struct audit_question question = {.token = &token.token,
                                                .roots = &roots,
                                                .spared = &spare,
                                                .most_ms = most_ms,
                                                .most_objects = most_objects};

        status = audit_run(&question, &made, NULL);
        audit_token_free(&token);
    }
    strings_free(&roots);
    if (!status) {
        forget();
        found = made;
    }
    return status;
}

static const struct audit_place *place_of(const char *path)
{
    for (size_t i = 0; i < found.count; i++)
        if (!strcmp(found.places[i].path, path))
            return &found.places[i];
    return NULL;
}

static void add_open_places(void)
{
    sim_reset();
    sim_add_folder("C:\\tools\\bin");
    sim_add_file("C:\\tools\\bin\\tool.exe");
    sim_set_descriptor("C:\\tools", "O:BAG:BAD:PAI(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)");
    sim_set_descriptor("C:\\tools\\bin", "O:BAG:BAD:AI(A;OICIID;FA;;;BA)(A;OICIID;0x1200a9;;;BU)");
    sim_set_descriptor("C:\\tools\\bin\\tool.exe", "O:BAG:BAD:AI(A;;FA;;;WD)(A;ID;FA;;;BA)");
    sim_add_folder("C:\\Program Files\\git\\open");
    sim_set_descriptor("C:\\Program Files\\git\\open", "O:BAG:BAD:(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;AU)");
    sim_add_folder("C:\\Program Files\\git\\open\\below");
    sim_add_folder("C:\\Program Files\\nobody");
    sim_set_descriptor("C:\\Program Files\\nobody", "O:BAG:BAD:NO_ACCESS_CONTROL");
}

static void what_may_be_written_is_found_with_whom_it_names(void)
{
    struct sbx_buffer words = SBX_BUFFER_EMPTY;

    add_open_places();
    sim_call_as(
        sim_token_of(SIM_ELEVATED_USER)); /* an ordinary user may not read the list of Windows' Temp */
    CU_ASSERT_EQUAL_FATAL(run(NULL, 100000, 100000, NULL), SBX_OK);
    CU_ASSERT(!found.out_of_time && !found.out_of_count);
    CU_ASSERT_PTR_NOT_NULL_FATAL(place_of("C:\\"));
    CU_ASSERT_EQUAL(place_of("C:\\")->rights, AUDIT_MAKE);
    CU_ASSERT_PTR_NOT_NULL_FATAL(place_of("C:\\ProgramData"));
    CU_ASSERT_EQUAL(place_of("C:\\ProgramData")->rights, AUDIT_WRITE | AUDIT_MAKE);
    CU_ASSERT_PTR_NOT_NULL(place_of("C:\\Windows\\Temp"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(place_of("C:\\tools\\bin\\tool.exe"));
    CU_ASSERT(place_of("C:\\tools\\bin\\tool.exe")->rights & AUDIT_OWN);
    CU_ASSERT_PTR_NOT_NULL(place_of("C:\\Program Files\\git\\open"));
    CU_ASSERT_PTR_NULL(place_of("C:\\Program Files\\git\\open\\below")); /* its folder says it */
    CU_ASSERT_PTR_NOT_NULL_FATAL(place_of("C:\\Program Files\\nobody")); /* no list at all */
    CU_ASSERT_EQUAL(place_of("C:\\Program Files\\nobody")->who.size, 0);
    CU_ASSERT_PTR_NULL(place_of("C:\\Windows\\System32"));
    CU_ASSERT_PTR_NULL(place_of("C:\\Users\\Public")); /* INTERACTIVE only denies in such a token */

    audit_write_words(&found, 2, &words);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&words), "C:\\ (Authenticated Users: add)"));
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&words), "more."));
    CU_ASSERT_PTR_NULL(strstr(buffer_text(&words), "limit"));
    printf("    %s\n", buffer_text(&words));
    buffer_free(&words);
    forget();
}

/* The simulation's own reading of the lists says the same of every place, and of all that was not told. */
static void another_reading_of_the_lists_agrees(void)
{
    struct sim_token token;

    add_open_places();
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    sim_add_account("plain", "");
    sim_set_member(SIM_USERS, sim_account_sid("plain"), true);
    sim_logon("plain", &token);
    for (size_t i = 0; i < token.access.group_count; i++) { /* as the recipe has it */
        struct sid interactive;

        CU_ASSERT_EQUAL(sid_parse("S-1-5-4", &interactive, NULL), SBX_OK);
        if (sid_equal(&token.groups[i].sid, &interactive))
            token.groups[i].deny_only = true;
    }
    CU_ASSERT_EQUAL_FATAL(run(NULL, 100000, 100000, NULL), SBX_OK);
    for (size_t i = 0; i < found.count; i++) {
        char path[200];
        bool folder = !strstr(found.places[i].path, ".exe");

        snprintf(path, sizeof path, "%s%snew", found.places[i].path,
                 found.places[i].path[strlen(found.places[i].path) - 1] == '\\' ? "" : "\\");
        if (folder && found.places[i].rights & AUDIT_WRITE)
            CU_ASSERT_EQUAL(sim_may(&token.access, path, SIM_ACT_CREATE_FILE), 0);
        if (folder && found.places[i].rights & AUDIT_MAKE)
            CU_ASSERT_EQUAL(sim_may(&token.access, path, SIM_ACT_CREATE_FOLDER), 0);
    }
    CU_ASSERT_EQUAL(sim_may(&token.access, "C:\\Windows\\System32\\new", SIM_ACT_CREATE_FILE), 5);
    CU_ASSERT_EQUAL(sim_may(&token.access, "C:\\Users\\Public\\new", SIM_ACT_CREATE_FILE), 5);
    CU_ASSERT_EQUAL(sim_may(&token.access, "C:\\tools\\new", SIM_ACT_CREATE_FILE), 5);
    forget();
}

static void what_set_up_has_closed_is_not_found(void)
{
    static const struct setup_machine machine = {.state_folder = STATE};
    const struct setup_input input = {.user_sid = SIM_USER};
    struct credentials credentials = {0};
    char *group, *sid;

    sim_reset();
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    CU_ASSERT_EQUAL_FATAL(run(NULL, 100000, 100000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(found.count, 3);
    CU_ASSERT_EQUAL_FATAL(setup_provision(&machine, &input, &credentials, NULL), SBX_OK);
    credentials_free(&credentials);
    group = setup_group_name(SIM_USER, SETUP_OFFLINE);
    sid = sbx_strdup(sim_account_sid(group));
    CU_ASSERT_EQUAL_FATAL(run(NULL, 100000, 100000, &(struct sbx_strings){&sid, 1}), SBX_OK);
    CU_ASSERT_EQUAL(found.count, 0);
    sbx_free(sid);
    sbx_free(group);
    forget();
}

static void limits_end_it_and_are_told(void)
{
    struct sbx_buffer words = SBX_BUFFER_EMPTY;
    size_t all;

    add_open_places();
    CU_ASSERT_EQUAL_FATAL(run(NULL, 100000, 100000, NULL), SBX_OK);
    all = found.seen;
    for (size_t most = 1; most <= all + 1; most++) {
        CU_ASSERT_EQUAL_FATAL(run(NULL, 100000, most, NULL), SBX_OK);
        CU_ASSERT(found.seen <= most);
        CU_ASSERT(most == all || found.out_of_count == (most < all));
        CU_ASSERT(!found.out_of_time);
    }
    CU_ASSERT_EQUAL_FATAL(run(NULL, 4, 100000, NULL), SBX_OK); /* a millisecond goes by with each question */
    CU_ASSERT(found.out_of_time && !found.out_of_count && found.seen < 6);
    audit_write_words(&found, 3, &words);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&words), "the limit of time ended it, and there is more"));
    buffer_free(&words);
    forget();
}

static void links_are_not_followed(void)
{
    add_open_places();
    sim_add_folder("C:\\Users\\other\\open");
    sim_set_descriptor("C:\\Users\\other\\open", "O:BAG:BAD:(A;OICI;FA;;;WD)");
    sim_add_link("C:\\tools\\link", "C:\\Users\\other\\open");
    sim_add_link("C:\\tools\\bin\\round", "C:\\tools");
    CU_ASSERT_EQUAL_FATAL(run(NULL, 100000, 100000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(found.links, 2);
    for (size_t i = 0; i < found.count; i++)
        CU_ASSERT(!strstr(found.places[i].path, "\\link") && !strstr(found.places[i].path, "\\round"));
    forget();
}

static void what_commands_may_write_by_right_is_spared(void)
{
    add_open_places();
    CU_ASSERT_EQUAL_FATAL(run("C:\\Program Files\\git", 100000, 100000, NULL), SBX_OK);
    CU_ASSERT_PTR_NULL(place_of("C:\\Program Files\\git\\open"));
    CU_ASSERT_PTR_NOT_NULL(place_of("C:\\tools\\bin\\tool.exe"));
    CU_ASSERT_EQUAL_FATAL(run("C:\\", 100000, 100000, NULL), SBX_OK);
    CU_ASSERT_EQUAL(found.count, 0);
    CU_ASSERT_EQUAL(found.seen, 0);
    forget();
}

static void what_cannot_be_looked_at_is_counted(void)
{
    struct sbx_buffer words = SBX_BUFFER_EMPTY;
    size_t calls;

    add_open_places();
    sim_set_descriptor("C:\\Users\\other", "O:SYG:SYD:P(A;;FA;;;SY)");
    CU_ASSERT_EQUAL_FATAL(run(NULL, 100000, 100000, NULL), SBX_OK);
    CU_ASSERT(found.refused >= 1);
    audit_write_words(&found, 3, &words);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&words), "could not be read"));
    buffer_free(&words);

    sim_fail_call(0);
    CU_ASSERT_EQUAL(run(NULL, 100000, 100000, NULL), SBX_OK);
    calls = sim_call_count();
    for (size_t n = 1; n <= calls; n++) {
        sbx_status status;

        sim_fail_call(n);
        status = run(NULL, 100000, 100000, NULL);
        CU_ASSERT(status == SBX_OK || status == SBX_E_SYSTEM);
        CU_ASSERT_EQUAL(sim_open_handles(), 0);
    }
    sim_fail_call(0);
    forget();
}

static sbx_status run_again(void *context)
{
    (void)context;
    return run("C:\\ProgramData", 100000, 100000, NULL);
}

static void every_lack_of_memory_is_survived(void)
{
    add_open_places();
    with_memory_failing(run_again, NULL);
    forget();
}

static bool never(void *context)
{
    return --*(int *)context > 0;
}

static void it_can_be_cancelled(void)
{
    struct sbx_strings roots = {NULL, 0};
    struct audit_token token;
    const struct sbx_strings nobody = {NULL, 0};
    struct audit made = {0};
    int left = 5;

    add_open_places();
    CU_ASSERT_EQUAL_FATAL(audit_roots(NULL, &roots, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(audit_token_make(NULL, &nobody, &token, NULL), SBX_OK);
    {
        const struct audit_question question = {.token = &token.token,
                                                .roots = &roots,
                                                .most_ms = 100000,
                                                .most_objects = 1000,
                                                .go_on = never,
                                                .context = &left};

        CU_ASSERT_EQUAL(audit_run(&question, &made, NULL), SBX_E_CANCELLED);
    }
    CU_ASSERT_PTR_NULL(made.places);
    audit_token_free(&token);
    strings_free(&roots);
}

const struct harness_suite audit_suite = {
    "audit",
    (const struct harness_test[]){
        {"what may be written is found, with whom it names", what_may_be_written_is_found_with_whom_it_names},
        {"another reading of the lists agrees", another_reading_of_the_lists_agrees},
        {"what set-up has closed is not found", what_set_up_has_closed_is_not_found},
        {"limits end it, and are told", limits_end_it_and_are_told},
        {"links are not followed", links_are_not_followed},
        {"what commands may write by right is spared", what_commands_may_write_by_right_is_spared},
        {"what cannot be looked at is counted", what_cannot_be_looked_at_is_counted},
        {"every lack of memory is survived", every_lack_of_memory_is_survived},
        {"it can be cancelled", it_can_be_cancelled},
        {NULL, NULL},
    },
};
