/*
 * plan_object_test.c - plans, steps and workspaces as clients see them, with contents that no host without access control
 * lists ever has.
 */
#include "base/memory.h"
#include "com/support.h"
#include "sbxcom/plan.h"
#include "sbxcom/workspace.h"

#include <string.h>

#define SANDBOX "S-1-9-1-2-3-4-5"

static void make_step(struct step *step, enum step_kind kind, enum step_state state, const char *path,
                      uint32_t mask)
{
    memset(step, 0, sizeof *step);
    step->kind = kind;
    step->state = state;
    step->rule = sbx_strdup("/files/write/0");
    step->files.path = sbx_strdup(path);
    step->files.folder = true;
    step->files.entries = sbx_alloc_array(1, sizeof *step->files.entries);
    step->files.entry_count = 1;
    step->files.entries[0].type = kind == STEP_DENY ? ACE_DENY : ACE_ALLOW;
    step->files.entries[0].mask = mask;
    CU_ASSERT_EQUAL_FATAL(sid_parse(SANDBOX, &step->files.entries[0].sid, NULL), SBX_OK);
}

static ISandboxPlan *make_plan(void)
{
    struct plan plan = {.host_keeps_acls = true};
    ISandboxPlan *made = NULL;

    plan.steps = sbx_alloc_array(2, sizeof *plan.steps);
    plan.count = 2;
    make_step(&plan.steps[0], STEP_DENY, STEP_DONE, "C:\\work\\.git\\hooks", PLAN_MASK_PROTECT);
    make_step(&plan.steps[1], STEP_ALLOW, STEP_PLANNED, "C:\\work", PLAN_MASK_WRITE_ROOT);
    CU_ASSERT_EQUAL_FATAL(plan_create(L"Sbx.Session", &plan, &made), S_OK);
    return made;
}

/* What a property gave holds `part`; takes the text. By its address: an argument is read before another one's call. */
static bool says(HRESULT result, BSTR *text, const WCHAR *part)
{
    bool found = SUCCEEDED(result) && text_holds(*text, part);

    SysFreeString(*text);
    *text = NULL;
    return found;
}

static void a_step_tells_all_of_itself_and_outlives_its_plan(void)
{
    ISandboxPlan *plan = make_plan();
    ISandboxSteps *steps = NULL;
    ISandboxStep *step = NULL;
    sbxStepState state = sbxStepUndone;
    VARIANT_BOOL elevated = VARIANT_TRUE;
    BSTR text = NULL;
    LONG count = 0;

    CU_ASSERT_EQUAL_FATAL(ISandboxPlan_get_Steps(plan, &steps), S_OK);
    CU_ASSERT_EQUAL(ISandboxSteps_get_Count(steps, &count), S_OK);
    CU_ASSERT_EQUAL(count, 2);
    CU_ASSERT_EQUAL_FATAL(ISandboxSteps_get_Item(steps, v_long(0), &step), S_OK);
    ISandboxSteps_Release(steps);
    ISandboxPlan_Release(plan);

    CU_ASSERT(says(ISandboxStep_get_Kind(step, &text), &text, L"deny"));
    CU_ASSERT(says(ISandboxStep_get_Target(step, &text), &text, L"C:\\work\\.git\\hooks"));
    CU_ASSERT(says(ISandboxStep_get_Detail(step, &text), &text, L"S-1-9-1-2-3-4-5"));
    CU_ASSERT(says(ISandboxStep_get_Undo(step, &text), &text, L" "));
    CU_ASSERT(says(ISandboxStep_get_StateText(step, &text), &text, L"done"));
    CU_ASSERT_EQUAL(ISandboxStep_get_State(step, &state), S_OK);
    CU_ASSERT_EQUAL(state, sbxStepDone);
    CU_ASSERT_EQUAL(ISandboxStep_get_Elevated(step, &elevated), S_OK);
    CU_ASSERT_EQUAL(elevated, VARIANT_FALSE);
    CU_ASSERT_EQUAL(ISandboxStep_get_Kind(step, NULL), E_POINTER);
    CU_ASSERT_EQUAL(ISandboxStep_get_Target(step, NULL), E_POINTER);
    CU_ASSERT_EQUAL(ISandboxStep_get_State(step, NULL), E_POINTER);
    ISandboxStep_Release(step);
}

static void a_plan_is_a_table_and_json(void)
{
    long before = objects_alive();
    ISandboxPlan *plan = make_plan();
    BSTR text = NULL;

    CU_ASSERT(says(ISandboxPlan_get_Text(plan, &text), &text, L"C:\\work"));
    CU_ASSERT(says(ISandboxPlan_get_Json(plan, &text), &text, L"\"steps\""));
    CU_ASSERT_EQUAL(ISandboxPlan_get_Text(plan, NULL), E_POINTER);
    CU_ASSERT_EQUAL(ISandboxPlan_get_Steps(plan, NULL), E_POINTER);
    ISandboxPlan_Release(plan);
    CU_ASSERT_EQUAL(objects_alive(), before);
}

static ISandboxWorkspaces *make_workspaces(void)
{
    struct provisioned_workspace *items = sbx_alloc_array(2, sizeof *items);
    ISandboxWorkspaces *made = NULL;

    items[0] = (struct provisioned_workspace){.key = sbx_strdup(SANDBOX),
                                              .rights = sbx_strdup("write; 2 protected"),
                                              .in_use = true,
                                              .complete = true};
    items[0].subject.path = sbx_strdup("C:\\work");
    items[0].subject.level = SBX_LEVEL_RESTRICTED;
    items[0].subject.since_utc_ms = 1700000000000;
    items[1] = (struct provisioned_workspace){.key = sbx_strdup("S-1-9-5"),
                                              .rights = sbx_strdup(""),
                                              .problem = sbx_strdup("The journal is damaged.")};
    CU_ASSERT_EQUAL_FATAL(workspaces_create(L"Sbx.Host", items, 2, &made), S_OK);
    return made;
}

static void a_workspace_is_found_by_its_path_and_says_what_is_wrong(void)
{
    ISandboxWorkspaces *workspaces = make_workspaces();
    ISandboxWorkspace *workspace = NULL;
    VARIANT key = v_text(L"c:\\WORK");
    sbxLevel level = sbxLevelAuto;
    BSTR text = NULL;
    DATE since = 0;

    CU_ASSERT_EQUAL_FATAL(ISandboxWorkspaces_get_Item(workspaces, key, &workspace), S_OK);
    VariantClear(&key);
    CU_ASSERT(says(ISandboxWorkspace_get_Path(workspace, &text), &text, L"C:\\work"));
    CU_ASSERT_EQUAL(ISandboxWorkspace_get_Level(workspace, &level), S_OK);
    CU_ASSERT_EQUAL(level, sbxLevelRestricted);
    CU_ASSERT(says(ISandboxWorkspace_get_LevelText(workspace, &text), &text, L"restricted"));
    CU_ASSERT_EQUAL(ISandboxWorkspace_get_Since(workspace, &since), S_OK);
    CU_ASSERT(since > 45000 && since < 46000);
    CU_ASSERT(says(ISandboxWorkspace_get_SinceUtc(workspace, &text), &text, L"2023-11-14T22:13:20"));
    CU_ASSERT(
        says(ISandboxWorkspace_get_Rights(workspace, &text), &text, L"2 protected; a session lives in it"));
    ISandboxWorkspace_Release(workspace);

    CU_ASSERT_EQUAL_FATAL(ISandboxWorkspaces_get_Item(workspaces, v_long(1), &workspace), S_OK);
    ISandboxWorkspaces_Release(workspaces);
    CU_ASSERT(says(ISandboxWorkspace_get_Path(workspace, &text), &text, L"S-1-9-5"));
    CU_ASSERT(
        says(ISandboxWorkspace_get_Rights(workspace, &text), &text, L"unknown: The journal is damaged."));
    ISandboxWorkspace_Release(workspace);
}

const struct harness_suite plan_object_suite = {
    "plan objects",
    (const struct harness_test[]){
        {"a step tells all of itself, and outlives its plan",
         a_step_tells_all_of_itself_and_outlives_its_plan},
        {"a plan is a table, and JSON", a_plan_is_a_table_and_json},
        {"a workspace is found by its path, and says what is wrong with it",
         a_workspace_is_found_by_its_path_and_says_what_is_wrong},
        {NULL, NULL},
    },
};
