/*
 * plan_test.c - what a policy comes to on files: the steps for each kind of place at each level, and for any nesting of places
 * that exactly what the narrowest rule says can be written, read and moved.
 */
#include "base/memory.h"
#include "core/path.h"
#include "core/plan_scene.h"
#include "core/step_fields.h"
#include "memory_failing.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

static const char *path_of(const struct scene *scene, const char *file_id)
{
    for (size_t i = 0; i < scene->facts.count; i++)
        if (strcmp(scene->facts.objects[i].file_id, file_id) == 0)
            return scene->facts.objects[i].path;
    return "?";
}

/* Of a plan that names two: whom the step is for. */
static const char *whom(const struct scene *scene, const struct step *step)
{
    struct sid account;

    if (strcmp(scene->place_sid, scene->boundary.principal_sid) == 0)
        return "";
    CU_ASSERT_EQUAL_FATAL(sid_parse(SCENE_ACCOUNT, &account, NULL), SBX_OK);
    return memcmp(&step->files.entries[0].sid, &account, sizeof account) ? " capability" : " account";
}

/* One step a line: kind, path, entries as flags:mask, whom they are for, what it stops at, the rule. */
static char *plan_in_short(const struct scene *scene, const struct plan *plan)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    char *text;

    for (size_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];

        buffer_append_format(&out, "%s %s", step_kind_name(step->kind), step->files.path);
        for (size_t n = 0; n < step->files.entry_count; n++)
            buffer_append_format(&out, " %x:%x", step->files.entries[n].flags,
                                 (unsigned)step->files.entries[n].mask);
        buffer_append_text(&out, whom(scene, step));
        for (size_t n = 0; n < step->files.stops.count; n++)
            buffer_append_format(&out, " not %s", path_of(scene, step->files.stops.items[n]));
        buffer_append_format(&out, " %s\n", step->rule);
        CU_ASSERT_PTR_NULL(step_entries_fault(step));
    }
    text = buffer_take(&out, NULL);
    CU_ASSERT_FATAL(text != NULL);
    return text;
}

static const struct row {
    const char *name;
    char recipe;
    const char *places;
    const char *expected;
    size_t remarks;
} rows[] = {
    {"a write root", 'w', "w C:\\w", "allow C:\\w 0:1201bf b:1301bf /0\n", 0},
    {"a file that may be written", 'w', "w C:\\w.txt", "allow C:\\w.txt 0:1201bf /0\n", 0},
    {"protected: the deny, an anchor above, then the allow", 'w', "w C:\\w;p C:\\w\\.git\\hooks",
     "deny C:\\w\\.git\\hooks 3:d0156 /1\n"
     "anchor C:\\w 0:d0040 /1\n"
     "anchor C:\\w\\.git 0:d0040 /1\n"
     "allow C:\\w 0:1201bf b:1301bf /0\n",
     0},
    {"two in one folder: one anchor", 'w', "w C:\\w;p C:\\w\\.git\\config.txt;p C:\\w\\.git\\hooks",
     "deny C:\\w\\.git\\config.txt 0:d0156 /1\n"
     "deny C:\\w\\.git\\hooks 3:d0156 /2\n"
     "anchor C:\\w 0:d0040 /1\n"
     "anchor C:\\w\\.git 0:d0040 /1\n"
     "allow C:\\w 0:1201bf b:1301bf /0\n",
     0},
    {"denied in the root's own folder: nothing between", 'w', "w C:\\w;d C:\\w\\.env.txt",
     "deny C:\\w\\.env.txt 0:d01ff /1\n"
     "anchor C:\\w 0:d0040 /1\n"
     "allow C:\\w 0:1201bf b:1301bf /0\n",
     0},
    {"denied outside all roots", 'w', "d C:\\Users\\me\\.ssh;w C:\\w",
     "deny C:\\Users\\me\\.ssh 3:d01ff /0\nallow C:\\w 0:1201bf b:1301bf /1\n", 0},
    {"denied in denied: nothing more", 'w', "d C:\\d;d C:\\d\\e;p C:\\d\\e\\f", "deny C:\\d 3:d01ff /0\n", 0},
    {"denied in protected: both", 'w', "w C:\\w;p C:\\w\\p;d C:\\w\\p\\a\\d",
     "deny C:\\w\\p 3:d0156 /1\n"
     "deny C:\\w\\p\\a\\d 3:d01ff /2\n"
     "anchor C:\\w 0:d0040 /1\n"
     "allow C:\\w 0:1201bf b:1301bf /0\n",
     0},
    {"write in denied: the deny stops there, and it cannot be moved", 'w',
     "w C:\\w;d C:\\w\\d;w C:\\w\\d\\e\\w",
     "deny C:\\w\\d 3:d01ff not C:\\w\\d\\e\\w /1\n"
     "anchor C:\\w 0:d0040 /1\n"
     "anchor C:\\w\\d\\e\\w 0:d0040 /2\n"
     "allow C:\\w 0:1201bf b:1301bf /0\n"
     "allow C:\\w\\d\\e\\w 0:1201bf b:1301bf /2\n",
     0},
    {"write in denied, no root around", 'w', "d C:\\d;w C:\\d\\w",
     "deny C:\\d 3:d01ff not C:\\d\\w /0\nallow C:\\d\\w 0:1201bf b:1301bf /1\n", 0},
    {"write in denied in protected: both stop", 'w', "w C:\\w;p C:\\w\\p;d C:\\w\\p\\d;w C:\\w\\p\\d\\x",
     "deny C:\\w\\p 3:d0156 not C:\\w\\p\\d\\x /1\n"
     "deny C:\\w\\p\\d 3:d01ff not C:\\w\\p\\d\\x /2\n"
     "anchor C:\\w 0:d0040 /1\n"
     "anchor C:\\w\\p\\d\\x 0:d0040 /3\n"
     "allow C:\\w 0:1201bf b:1301bf /0\n"
     "allow C:\\w\\p\\d\\x 0:1201bf b:1301bf /3\n",
     0},
    {"read in a write root is what may not be written", 'w', "w C:\\w;r C:\\w\\a\\r",
     "deny C:\\w\\a\\r 3:d0156 /1\n"
     "anchor C:\\w 0:d0040 /1\n"
     "anchor C:\\w\\a 0:d0040 /1\n"
     "allow C:\\w 0:1201bf b:1301bf /0\n",
     0},
    {"read in denied in a write root: denied stops, protected begins", 'w',
     "w C:\\w;d C:\\w\\d;r C:\\w\\d\\r",
     "deny C:\\w\\d 3:d01ff not C:\\w\\d\\r /1\n"
     "deny C:\\w\\d\\r 3:d0156 /2\n"
     "anchor C:\\w 0:d0040 /1\n"
     "allow C:\\w 0:1201bf b:1301bf /0\n",
     0},
    {"read where reads are not checked: nothing", 'w', "r C:\\data;w C:\\w",
     "allow C:\\w 0:1201bf b:1301bf /1\n", 0},
    {"what is not there: a remark", 'w', "w C:\\w;-p C:\\w\\.git\\hooks;-d C:\\w\\x\\y",
     "allow C:\\w 0:1201bf b:1301bf /0\n", 2},
    {"names that begin alike are not in each other", 'w', "d C:\\a;w C:\\a b;w C:\\ab",
     "deny C:\\a 3:d01ff /0\nallow C:\\a b 0:1201bf b:1301bf /1\nallow C:\\ab 0:1201bf b:1301bf /2\n", 0},
    {"a name between a folder and what is in it", 'w', "d C:\\a;w C:\\a b;w C:\\a\\c",
     "deny C:\\a 3:d01ff not C:\\a\\c /0\nallow C:\\a b 0:1201bf b:1301bf /1\nallow C:\\a\\c 0:1201bf "
     "b:1301bf /2\n",
     0},

    {"reads checked: a passage on each folder above that has none", 'f', "w C:\\src\\x\\app",
     "passage C:\\src 0:a0 /0\npassage C:\\src\\x 0:a0 /0\nallow C:\\src\\x\\app 0:1201bf b:1301bf /0\n", 0},
    {"reads checked: the same at the elevated level", 'e', "w C:\\src\\x\\app",
     "passage C:\\src 0:a0 /0\npassage C:\\src\\x 0:a0 /0\nallow C:\\src\\x\\app 0:1201bf b:1301bf /0\n", 0},
    {"two roots share the folders above", 'f', "w C:\\src\\a;w C:\\src\\b",
     "passage C:\\src 0:a0 /0\nallow C:\\src\\a 0:1201bf b:1301bf /0\nallow C:\\src\\b 0:1201bf b:1301bf "
     "/1\n",
     0},
    {"a folder above that we may not change: a remark", 'e', "w C:\\fixed\\app",
     "allow C:\\fixed\\app 0:1201bf b:1301bf /0\n", 1},
    {"read: an allow", 'f', "r C:\\data;r C:\\one.txt",
     "allow C:\\data 3:1200a9 /0\nallow C:\\one.txt 0:1200a9 /1\n", 0},
    {"read of what everybody reads: nothing", 'e', "r C:\\Program Files\\Git", "", 0},
    {"read in a write root needs no allow", 'e', "w C:\\w;r C:\\w\\r",
     "deny C:\\w\\r 3:d0156 /1\n"
     "anchor C:\\w 0:d0040 /1\n"
     "allow C:\\w 0:1201bf b:1301bf /0\n",
     0},
    {"read in denied: the deny stops there", 'e', "d C:\\d;r C:\\d\\r",
     "deny C:\\d 3:d01ff not C:\\d\\r /0\nallow C:\\d\\r 3:1200a9 /1\n", 0},
    {"an account with a write-restricted token: an entry for each check, reads have one", 'v',
     "r C:\\data;w C:\\src\\w;p C:\\src\\w\\p",
     "deny C:\\src\\w\\p 3:d0156 account /2\nanchor C:\\src\\w 0:d0040 account /2\n"
     "passage C:\\src 0:a0 account /1\nallow C:\\data 3:1200a9 account /0\n"
     "allow C:\\src\\w 0:1201bf b:1301bf account /1\nallow C:\\src\\w 0:1201bf b:1301bf capability /1\n",
     0},
    {"an account with a fully restricted token: two entries everywhere", 'g', "r C:\\data;w C:\\src\\w",
     "passage C:\\src 0:a0 account /1\npassage C:\\src 0:a0 capability /1\n"
     "allow C:\\data 3:1200a9 account /0\nallow C:\\data 3:1200a9 capability /0\n"
     "allow C:\\src\\w 0:1201bf b:1301bf account /1\nallow C:\\src\\w 0:1201bf b:1301bf capability /1\n",
     0},
    {"write in read", 'f', "r C:\\d;w C:\\d\\a\\w",
     "allow C:\\d 3:1200a9 /0\nallow C:\\d\\a\\w 0:1201bf b:1301bf /1\n", 0},
};

static void each_place_gets_its_steps(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct scene scene;
        struct plan plan = {0};
        struct sbx_error error = {0};
        char *found;

        scene_make(row->recipe, row->places, &scene);
        CU_ASSERT_EQUAL(plan_make(&scene.boundary, &scene.facts, &plan, &error), SBX_OK);
        found = plan_in_short(&scene, &plan);
        if (strcmp(found, row->expected) != 0 || plan.remarks.count != row->remarks)
            printf("    %s: %s, %zu remarks\n%s", row->name, error.text, plan.remarks.count, found);
        CU_ASSERT_STRING_EQUAL(found, row->expected);
        CU_ASSERT_EQUAL(plan.remarks.count, row->remarks);
        sbx_free(found);
        plan_free(&plan);
        scene_free(&scene);
    }
}

static const struct refusal {
    const char *places, *path, *pointer, *why;
} refusals[] = {
    {"w C:\\null", "C:\\null", "/0", "NULL DACL"},
    {"w C:\\w;p C:\\w\\null", "C:\\w\\null", "/1", "NULL DACL"},
    {"d C:\\null", "C:\\null", "/0", "NULL DACL"},
    {"w C:\\fat", "C:\\fat", "/0", "keeps no access control lists"},
    {"w C:\\fixed", "C:\\fixed", "/0", "may not change"},
    {"w C:\\blind", "C:\\blind", "/0", "may not change"},
    {"w C:\\link", "C:\\link", "/0", "reparse point"},
    {"w C:\\w;p C:\\w\\fixed\\hooks", "C:\\w\\fixed", "/1", "may not change"}, /* the anchor */
    {"w C:\\w;p C:\\w\\null\\hooks", "C:\\w\\null", "/1", "NULL DACL"},
};

static void what_cannot_be_kept_is_refused(void)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *row = &refusals[i];
        struct scene scene;
        struct plan plan = {0};
        struct sbx_error error = {0};
        char begin[64];

        scene_make('w', row->places, &scene);
        snprintf(begin, sizeof begin, "%s (%s in", row->path, row->pointer);
        CU_ASSERT_EQUAL(plan_make(&scene.boundary, &scene.facts, &plan, &error), SBX_E_WORKSPACE_REFUSED);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, row->why));
        CU_ASSERT_EQUAL(strncmp(error.text, begin, strlen(begin)), 0);
        CU_ASSERT(!plan.steps && !plan.count && !plan.remarks.count);
        scene_free(&scene);
    }
}

static void a_host_without_lists_has_an_empty_plan_that_says_why(void)
{
    struct scene scene;
    struct plan plan = {0};
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    scene_make('w', "w C:\\null;p C:\\null\\fat", &scene);
    scene.facts.host_keeps_acls = false;
    CU_ASSERT_EQUAL(plan_make(&scene.boundary, &scene.facts, &plan, NULL), SBX_OK);
    CU_ASSERT_EQUAL(plan.count, 0);
    CU_ASSERT_EQUAL_FATAL(plan.remarks.count, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(plan.remarks.items[0], "does not keep the entries"));
    plan_write_text(&plan, &text);
    CU_ASSERT_PTR_NOT_NULL(strstr(buffer_text(&text), "Nothing is to be changed."));
    buffer_free(&text);
    plan_free(&plan);
    scene_free(&scene);
}

/* The entries of an applied plan do not make the next one another: they would be taken out again by it. */
static void our_own_entries_do_not_change_the_plan(void)
{
    struct scene scene;
    struct plan plan = {0}, again = {0};
    char *first, *second;

    scene_make('f', "r C:\\data;w C:\\src\\app", &scene);
    CU_ASSERT_EQUAL(plan_make(&scene.boundary, &scene.facts, &plan, NULL), SBX_OK);
    scene_set(&scene, "C:\\src", "O:SYG:SYD:(A;;0xa0;;;" SCENE_PRINCIPAL ")(A;OICI;FA;;;SY)");
    scene_set(&scene, "C:\\data", "O:SYG:SYD:(A;OICI;0x1200a9;;;" SCENE_PRINCIPAL ")(A;OICI;FA;;;SY)");
    CU_ASSERT_EQUAL(plan_make(&scene.boundary, &scene.facts, &again, NULL), SBX_OK);
    first = plan_in_short(&scene, &plan);
    second = plan_in_short(&scene, &again);
    CU_ASSERT_STRING_EQUAL(first, second);
    CU_ASSERT_EQUAL(plan.count, 3);
    sbx_free(first);
    sbx_free(second);
    plan_free(&plan);
    plan_free(&again);
    scene_free(&scene);
}

static void the_sessions_temp_is_in_no_plan(void)
{
    struct scene scene;
    struct plan plan = {0};

    scene_make('w', "w C:\\t\\temp;w C:\\w", &scene);
    scene.boundary.temp = sbx_strdup("C:\\t\\temp");
    CU_ASSERT_EQUAL(plan_make(&scene.boundary, &scene.facts, &plan, NULL), SBX_OK);
    CU_ASSERT_EQUAL(plan.count, 1);
    CU_ASSERT_EQUAL(plan.remarks.count, 0);
    plan_free(&plan);
    sbx_free(scene.boundary.temp);
    scene_free(&scene);
}

/*
 * Any nesting. A tree of four levels with two or three names in each, rules on some of it; then for each of its folders what the
 * narrowest rule says, compared with what the steps' entries give when they have been inherited.
 */

#define TREE_MOST 200

struct tree {
    char paths[TREE_MOST][40];
    int rules[TREE_MOST]; /* enum boundary_right, -1: none */
    size_t count;
};

static void grow(struct tree *tree, const char *path, int depth, uint32_t *seed)
{
    static const char *const names[] = {"a", "a b", "b"};

    for (int i = 0; i < 3 && depth; i++) {
        char *made = tree->paths[tree->count];

        if (sim_pseudo_random(seed) % 4 == 0)
            continue;
        snprintf(made, sizeof tree->paths[0], "%s\\%s", path, names[i]);
        tree->rules[tree->count++] = sim_pseudo_random(seed) % 3 ? -1 : (int)(sim_pseudo_random(seed) % 4);
        grow(tree, made, depth - 1, seed);
    }
}

static bool strictly_in(const char *folder, const char *path)
{
    return strcmp(folder, path) != 0 && path_holds(folder, path);
}

/* The narrowest rule for a path, with its index; -1: none. */
static int rule_for(const struct tree *tree, const char *path, size_t *at)
{
    size_t best = 0;
    int rule = -1;

    for (size_t i = 0; i < tree->count; i++) {
        if (tree->rules[i] >= 0 && path_holds(tree->paths[i], path) && strlen(tree->paths[i]) > best) {
            best = strlen(tree->paths[i]);
            rule = tree->rules[i];
            *at = i;
        }
    }
    return rule;
}

/* What a protected path lies in decides whether it can be read. */
static bool may_read(const struct tree *tree, const char *path)
{
    size_t at = 0;
    int rule = rule_for(tree, path, &at);
    char above[40];

    while (rule == BOUNDARY_PROTECT) {
        snprintf(above, sizeof above, "%s", tree->paths[at]);
        *strrchr(above, '\\') = '\0';
        rule = strchr(above, '\\') ? rule_for(tree, above, &at) : -1;
    }
    return rule == BOUNDARY_WRITE || rule == BOUNDARY_READ;
}

static bool may_delete(const struct tree *tree, size_t index)
{
    size_t at = 0;

    if (rule_for(tree, tree->paths[index], &at) != BOUNDARY_WRITE || tree->rules[index] >= 0)
        return false;
    for (size_t i = 0; i < tree->count; i++)
        if (tree->rules[i] >= 0 && strictly_in(tree->paths[index], tree->paths[i]))
            return false;
    return true;
}

/* Does the step's entry for `mask` come to this path? */
static bool reaches(const struct scene *scene, const struct step *step, const char *path, uint32_t mask)
{
    bool itself = strcmp(step->files.path, path) == 0;

    if (!path_holds(step->files.path, path))
        return false;
    for (size_t i = 0; i < step->files.stops.count; i++)
        if (path_holds(path_of(scene, step->files.stops.items[i]), path))
            return false;
    for (size_t i = 0; i < step->files.entry_count; i++) {
        const struct ace *entry = &step->files.entries[i];

        if ((entry->mask & mask) &&
            (itself ? !(entry->flags & ACE_INHERIT_ONLY) : entry->flags & ACE_CONTAINER_INHERIT))
            return true;
    }
    return false;
}

static bool gives(const struct scene *scene, const struct plan *plan, const char *path, uint32_t mask)
{
    bool allowed = false;

    for (size_t i = 0; i < plan->count; i++) {
        const struct step *step = &plan->steps[i];

        if (!reaches(scene, step, path, mask))
            continue;
        if (step->kind == STEP_DENY || step->kind == STEP_ANCHOR)
            return false;
        allowed = true;
    }
    return allowed;
}

static void compare_with_rules(const struct tree *tree, char recipe, const char *places)
{
    struct scene scene;
    struct plan plan = {0};

    scene_make(recipe, places, &scene);
    CU_ASSERT_EQUAL(plan_make(&scene.boundary, &scene.facts, &plan, NULL), SBX_OK);
    for (size_t i = 0; i < tree->count; i++) {
        const char *path = tree->paths[i];
        size_t at = 0;
        bool right = gives(&scene, &plan, path, 0x2) == (rule_for(tree, path, &at) == BOUNDARY_WRITE) &&
                     gives(&scene, &plan, path, 0x10000) == may_delete(tree, i) &&
                     (recipe == 'w' || gives(&scene, &plan, path, 0x1) == may_read(tree, path));

        CU_ASSERT(right);
        if (!right) {
            char *text = plan_in_short(&scene, &plan);

            printf("    %c %s: %s\n%s", recipe, places, path, text);
            sbx_free(text);
            break;
        }
    }
    for (size_t i = 0; i < plan.count; i++) /* no folder gets the same twice */
        for (size_t n = 0; n < i; n++)
            CU_ASSERT(!step_equal(&plan.steps[i], &plan.steps[n]));
    plan_free(&plan);
    scene_free(&scene);
}

static void any_nesting_gives_what_the_narrowest_rule_says(void)
{
    static const char letters[] = "wrpd";
    uint32_t seed = 4;

    for (int round = 0; round < 400; round++) {
        struct tree tree = {.count = 0};
        struct sbx_buffer places = SBX_BUFFER_EMPTY;

        grow(&tree, "C:", 4, &seed);
        for (size_t i = 0; i < tree.count; i++)
            if (tree.rules[i] >= 0)
                buffer_append_format(&places, "%s%c %s", places.size ? ";" : "", letters[tree.rules[i]],
                                     tree.paths[i]);
        compare_with_rules(&tree, 'w', buffer_text(&places));
        compare_with_rules(&tree, 'f', buffer_text(&places));
        compare_with_rules(&tree, 'e', buffer_text(&places));
        buffer_free(&places);
    }
}

#define MUCH                                                                                                \
    "d C:\\Users\\me\\.ssh;w C:\\src\\app;p C:\\src\\app\\.git\\config.txt;p C:\\src\\app\\.git\\hooks;-p " \
    "C:\\src\\app\\.vscode;d C:\\src\\app\\d;w C:\\src\\app\\d\\w;r C:\\tools"

static char *json_of(const struct plan *plan)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    char *text;

    plan_write_json(plan, &out);
    text = buffer_take(&out, NULL);
    CU_ASSERT_FATAL(text != NULL);
    return text;
}

static void the_same_boundary_gives_the_same_bytes(void)
{
    for (const char *recipe = "wfe"; *recipe; recipe++) {
        char *first = NULL;

        for (int round = 0; round < 3; round++) {
            struct scene scene;
            struct plan plan = {0};
            char *text;

            scene_make(*recipe, MUCH, &scene);
            CU_ASSERT_EQUAL_FATAL(plan_make(&scene.boundary, &scene.facts, &plan, NULL), SBX_OK);
            text = json_of(&plan);
            if (first) {
                CU_ASSERT_STRING_EQUAL(text, first);
                sbx_free(text);
            } else {
                first = text;
            }
            plan_free(&plan);
            scene_free(&scene);
        }
        sbx_free(first);
    }
}

static void a_plan_is_a_table_for_people(void)
{
    struct scene scene;
    struct plan plan = {0};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;

    scene_make('w', "w C:\\w;-p C:\\w\\.vscode;d C:\\w\\x.txt", &scene);
    CU_ASSERT_EQUAL(plan_make(&scene.boundary, &scene.facts, &plan, NULL), SBX_OK);
    plan_write_text(&plan, &out);
    CU_ASSERT_STRING_EQUAL(
        buffer_text(&out),
        "   #  State     Change    Of what, and what is changed\r\n"
        "   1  planned   deny      C:\\w\\x.txt\r\n"
        "                          " SCENE_PRINCIPAL
        " may not: read, write, run, delete, delete what is in it, "
        "change permissions, take ownership [/2]\r\n"
        "   2  planned   anchor    C:\\w\r\n"
        "                          " SCENE_PRINCIPAL
        " may not: delete, delete what is in it, change permissions, take ownership [/2]\r\n"
        "   3  planned   allow     C:\\w\r\n"
        "                          " SCENE_PRINCIPAL
        " may: read, write, run here; read, write, run, delete in all "
        "that is in it [/0]\r\n"
        "Note: C:\\w\\.vscode (/1) is not there yet: it gets its entries at the first Provision after it has "
        "appeared.\r\n");
    buffer_free(&out);
    plan_free(&plan);
    scene_free(&scene);
}

static sbx_status make_and_write(void *context)
{
    const struct scene *scene = context;
    struct plan plan = {0};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    sbx_status status = plan_make(&scene->boundary, &scene->facts, &plan, NULL);

    if (status)
        CU_ASSERT(!plan.steps && !plan.count && !plan.remarks.items);
    if (!status) {
        plan_write_json(&plan, &out);
        plan_write_text(&plan, &out);
        status = buffer_failed(&out) ? SBX_E_MEMORY : SBX_OK;
    }
    buffer_free(&out);
    plan_free(&plan);
    return status;
}

static void any_allocation_may_fail(void)
{
    struct scene scene;

    scene_make('f', MUCH, &scene);
    with_memory_failing(make_and_write, &scene);
    scene_free(&scene);
}

/* Looking, on the simulated Windows. */

static void fill_place(struct boundary_place *place, enum boundary_right right, const char *path)
{
    struct file_facts facts;

    *place = (struct boundary_place){.right = right, .present = true, .pointer = sbx_strdup("/0")};
    CU_ASSERT_EQUAL_FATAL(file_examine(path, &facts, NULL), SBX_OK);
    place->path = sbx_strdup(path);
    place->sid = sbx_strdup(SCENE_PRINCIPAL);
    place->kind = facts.kind;
    place->keeps_acls = facts.keeps_acls;
    memcpy(place->volume_id, facts.volume_id, sizeof place->volume_id);
    memcpy(place->file_id, facts.file_id, sizeof place->file_id);
    file_facts_free(&facts);
}

#define SCRATCH "C:\\Users\\me\\AppData\\Local\\sbxcom"

/* A workspace with a protected folder in it, and a denied one outside. */
static void make_workspace(struct scene *scene)
{
    sim_reset();
    sim_add_folder("C:\\Users\\me\\app\\.git\\hooks");
    sim_add_folder("C:\\Users\\me\\secret");
    scene_make('f', "", scene);
    sbx_free(scene->boundary.places);
    scene->boundary.places = sbx_alloc_array(3, sizeof *scene->boundary.places);
    scene->boundary.place_count = 3;
    fill_place(&scene->boundary.places[0], BOUNDARY_WRITE, "C:\\Users\\me\\app");
    fill_place(&scene->boundary.places[1], BOUNDARY_PROTECT, "C:\\Users\\me\\app\\.git\\hooks");
    fill_place(&scene->boundary.places[2], BOUNDARY_DENY, "C:\\Users\\me\\secret");
}

static void looking_finds_all_that_a_plan_needs_and_changes_nothing(void)
{
    static const char *const paths[] = {"C:\\",
                                        "C:\\Users",
                                        "C:\\Users\\me",
                                        "C:\\Users\\me\\app",
                                        "C:\\Users\\me\\app\\.git",
                                        "C:\\Users\\me\\app\\.git\\hooks",
                                        "C:\\Users\\me\\secret"};
    struct scene scene;
    struct plan_facts facts = {0};
    struct plan plan = {0};
    struct sim_snapshot *before, *after;
    char *text;

    make_workspace(&scene);
    before = sim_snapshot(NULL);
    CU_ASSERT_EQUAL_FATAL(plan_look(&scene.boundary, SCRATCH, &facts, NULL), SBX_OK);
    after = sim_snapshot(NULL);
    CU_ASSERT_PTR_NULL(sim_snapshot_difference(before, after));
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    CU_ASSERT_EQUAL_FATAL(facts.count, sizeof paths / sizeof paths[0]);
    for (size_t i = 0; i < facts.count; i++) {
        CU_ASSERT_STRING_EQUAL(facts.objects[i].path, paths[i]);
        CU_ASSERT(facts.objects[i].descriptor != NULL && facts.objects[i].folder);
        CU_ASSERT_EQUAL(facts.objects[i].changeable, i >= 2); /* C: and Users are the machine's */
    }
    CU_ASSERT_EQUAL(plan_make(&scene.boundary, &facts, &plan, NULL), SBX_OK);
    text = plan_in_short(&scene, &plan);
    CU_ASSERT_STRING_EQUAL(text, "deny C:\\Users\\me\\app\\.git\\hooks 3:d0156 /0\n"
                                 "deny C:\\Users\\me\\secret 3:d01ff /0\n"
                                 "anchor C:\\Users\\me\\app 0:d0040 /0\n"
                                 "anchor C:\\Users\\me\\app\\.git 0:d0040 /0\n"
                                 "passage C:\\Users\\me 0:a0 /0\n"
                                 "allow C:\\Users\\me\\app 0:1201bf b:1301bf /0\n");
    sbx_free(text);
    plan_free(&plan);
    plan_facts_free(&facts);
    sim_snapshot_free(before);
    sim_snapshot_free(after);
    scene_free(&scene);
}

static void what_was_swapped_or_is_gone_is_seen(void)
{
    struct scene scene;
    struct plan_facts facts = {0};

    make_workspace(&scene);
    sim_remove("C:\\Users\\me\\secret");
    CU_ASSERT_EQUAL(plan_look(&scene.boundary, SCRATCH, &facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(facts.count, 6);
    plan_facts_free(&facts);
    sim_add_folder("C:\\Users\\me\\secret");
    CU_ASSERT_EQUAL(plan_look(&scene.boundary, SCRATCH, &facts, NULL), SBX_E_WORKSPACE_REFUSED);
    scene_free(&scene);
}

static void a_host_that_keeps_no_entries_is_not_looked_at(void)
{
    struct scene scene;
    struct plan_facts facts = {.host_keeps_acls = true};

    make_workspace(&scene);
    sim_host.drops_acl_entries = true;
    CU_ASSERT_EQUAL(plan_look(&scene.boundary, SCRATCH, &facts, NULL), SBX_OK);
    CU_ASSERT(!facts.host_keeps_acls && !facts.count);
    plan_facts_free(&facts);
    scene_free(&scene);
}

static sbx_status look(void *context)
{
    struct scene *scene = context;
    struct plan_facts facts = {0};
    sbx_status status = plan_look(&scene->boundary, SCRATCH, &facts, NULL);

    if (status)
        CU_ASSERT(!facts.objects && !facts.count);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    plan_facts_free(&facts);
    return status;
}

static void looking_survives_any_failing_call_and_allocation(void)
{
    struct scene scene;
    sbx_status status = SBX_E_SYSTEM;

    make_workspace(&scene);
    with_memory_failing(look, &scene);
    for (size_t nth = 1; status; nth++) {
        CU_ASSERT(nth < 200);
        sim_fail_call(nth);
        status = look(&scene);
        if (status)
            CU_ASSERT_EQUAL(status, SBX_E_SYSTEM);
        if (nth >= 200)
            break;
        if (!status && nth < sim_call_count())
            status = SBX_E_SYSTEM; /* that call may fail: as one that we have no right to */
    }
    sim_fail_call(0);
    scene_free(&scene);
}

const struct harness_suite plan_suite = {
    "plan",
    (const struct harness_test[]){
        {"each place gets its steps", each_place_gets_its_steps},
        {"what cannot be kept is refused, with its name and its rule", what_cannot_be_kept_is_refused},
        {"a host without lists has an empty plan that says why",
         a_host_without_lists_has_an_empty_plan_that_says_why},
        {"our own entries do not change the plan", our_own_entries_do_not_change_the_plan},
        {"the session's temp folder is in no plan", the_sessions_temp_is_in_no_plan},
        {"any nesting gives what the narrowest rule says", any_nesting_gives_what_the_narrowest_rule_says},
        {"the same boundary gives the same bytes", the_same_boundary_gives_the_same_bytes},
        {"a plan is a table for people", a_plan_is_a_table_for_people},
        {"any allocation may fail", any_allocation_may_fail},
        {"looking finds all that a plan needs and changes nothing",
         looking_finds_all_that_a_plan_needs_and_changes_nothing},
        {"what was swapped or is gone is seen", what_was_swapped_or_is_gone_is_seen},
        {"a host that keeps no entries is not looked at", a_host_that_keeps_no_entries_is_not_looked_at},
        {"looking survives any failing call and allocation",
         looking_survives_any_failing_call_and_allocation},
        {NULL, NULL},
    },
};
