/*
 * save_test.c - what a client has written goes where its path says: not through a link, not into a stream, not under another name.
 */
#include "core/save.h"

#include "base/text.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <string.h>

#define FOLDER "C:\\src\\app"

static sbx_status save(const char *path, struct sbx_error *error)
{
    return save_file(path, "new", 3, error);
}

static void prepare(void)
{
    sim_reset();
    sim_add_folder(FOLDER);
    sim_add_file("C:\\src\\other\\policy.json");
    sim_set_contents("C:\\src\\other\\policy.json", "old");
}

static void a_file_is_made_and_replaced(void)
{
    prepare();
    CU_ASSERT_EQUAL(save(FOLDER "\\policy.json", NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(sim_contents(FOLDER "\\policy.json", NULL), "new");
    CU_ASSERT_EQUAL(save("C:/src/other/policy.json", NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(sim_contents("C:\\src\\other\\policy.json", NULL), "new");
    sim_reset();
}

static void no_link_on_the_way_is_followed(void)
{
    struct sbx_error error = {0};

    prepare();
    sim_add_link(FOLDER "\\out", "C:\\src\\other");
    sim_add_link(FOLDER "\\far", "\\\\evil\\share");
    CU_ASSERT_EQUAL(save(FOLDER "\\out\\policy.json", &error), SBX_E_WORKSPACE_REFUSED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "link"));
    CU_ASSERT_EQUAL(save(FOLDER "\\far\\policy.json", NULL), SBX_E_WORKSPACE_REFUSED);
    CU_ASSERT_STRING_EQUAL(sim_contents("C:\\src\\other\\policy.json", NULL), "old");
    CU_ASSERT_EQUAL(sim_logons_elsewhere(), 0);
    sim_reset();
}

static void names_that_windows_takes_for_others_are_refused(void)
{
    static const struct {
        const char *path, *why;
    } rows[] = {
        {FOLDER "\\policy.json.", "ends with a dot or a blank"},
        {FOLDER "\\dot. \\p", "ends with a dot or a blank"},
        {FOLDER "\\blank ", "ends with a dot or a blank"},
        {FOLDER "\\a:b", "stream"},
        {FOLDER "\\other\\x::$DATA", "stream"},
        {FOLDER "\\nul", "device"},
        {FOLDER "\\com1.json", "device"},
        {FOLDER "\\a?b", "no Windows path has"},
        {"policy.json", "Begin it with a drive"},
        {"C:policy.json", "Begin it with a drive"},
        {"\\policy.json", "Begin it with a drive"},
        {"\\\\.\\C:\\x", "Begin it with a drive"},
        {"", "Begin it with a drive"},
    };
    size_t changes;

    prepare();
    sim_cut_power(0, SIM_CUT_BEFORE);
    changes = sim_change_count();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sbx_error error = {0};

        CU_ASSERT_EQUAL(save(rows[i].path, &error), SBX_E_ARGUMENT);
        CU_ASSERT_STRING_EQUAL(strstr(error.text, rows[i].why) ? "" : error.text, "");
    }
    CU_ASSERT_EQUAL(sim_change_count(), changes);
    sim_reset();
}

const struct harness_suite save_suite = {
    "save",
    (const struct harness_test[]){
        {"a file is made and replaced", a_file_is_made_and_replaced},
        {"no link on the way is followed", no_link_on_the_way_is_followed},
        {"names that Windows takes for others are refused", names_that_windows_takes_for_others_are_refused},
        {NULL, NULL},
    },
};
