/*
 * escape_test.c - the rows of the escape battery that access checks decide, on the simulation: with grants in force, for both
 * recipes, every act by the oracle. Its promises are those of the report's table for Windows.
 */
#include "escape/rows.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "core/sandboxed.h"
#include "sim/acts.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

#define WS      SANDBOXED_WORKSPACE
#define OUTSIDE SANDBOXED_OUTSIDE
#define OWN     "O:" SIM_USER "G:" SIM_NO_GROUP

static void make_world(void)
{
    static const char *const files[] = {
        WS "\\deep\\a\\b\\mine.txt",
        WS "\\.git\\config",
        WS "\\.git\\hooks\\pre-commit",
        WS "\\.codex\\policy.json",
        WS "\\.vscode\\tasks.json",
        WS "\\.mcp.json",
        WS "\\.env",
        OUTSIDE "\\deep\\mine.txt",
    };

    sandboxed_world();
    /* The user's alone, as a profile is: what Users may read no recipe keeps from them. */
    sim_set_descriptor(OUTSIDE, OWN "D:P(A;OICI;FA;;;" SIM_USER ")(A;OICI;FA;;;SY)");
    sim_set_descriptor(OUTSIDE "\\mine.txt", OWN "D:AI(A;ID;FA;;;" SIM_USER ")(A;ID;FA;;;SY)");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        sim_add_file(files[i]);
}

/* "{w}\\x-{n}" to a path of the simulation. */
static char *expand(const char *text)
{
    static unsigned number;
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    if (!text)
        return NULL;
    number++;
    for (; *text; text++) {
        if (strncmp(text, "{w}", 3) == 0)
            buffer_append_text(&path, WS);
        else if (strncmp(text, "{o}", 3) == 0)
            buffer_append_text(&path, OUTSIDE);
        else if (strncmp(text, "{n}", 3) == 0)
            buffer_append_format(&path, "%u", number);
        else if (strncmp(text, "\\..\\outside", 11) == 0) { /* the simulation takes no dots */
            buffer_free(&path);
            buffer_append_text(&path, OUTSIDE);
            text += 10;
            continue;
        } else {
            buffer_append(&path, text, 1);
            continue;
        }
        text += 2;
    }
    return buffer_take(&path, NULL);
}

static uint32_t through(const struct access_token *token, char **paths, const char *name)
{
    char path[256];
    uint32_t system = sim_do(token, paths[0], SIM_ACT_CREATE_FOLDER, NULL);

    if (!system)
        system = sim_do_junction(token, paths[0], paths[1]);
    snprintf(path, sizeof path, "%s\\%s", paths[0], name);
    return system ? system : sim_do(token, path, SIM_ACT_WRITE, "x");
}

static uint32_t act(const struct access_token *token, const char *verb, char **paths)
{
    static const struct {
        const char *verb;
        enum sim_act act;
    } acts[] = {
        {"create", SIM_ACT_CREATE_FILE}, {"write", SIM_ACT_OPEN_TO_WRITE},
        {"append", SIM_ACT_APPEND},      {"mkdir", SIM_ACT_CREATE_FOLDER},
        {"read", SIM_ACT_OPEN_TO_READ},  {"list", SIM_ACT_READ},
        {"delete", SIM_ACT_DELETE},      {"attributes", SIM_ACT_WRITE_ATTRIBUTES},
    };

    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        if (strcmp(acts[i].verb, verb) == 0)
            return sim_do(token, paths[0], acts[i].act, "x");
    }
    if (strcmp(verb, "rename") == 0)
        return sim_do_rename(token, paths[0], paths[1], false);
    if (strcmp(verb, "replace") == 0)
        return sim_do_rename(token, paths[0], paths[1], true);
    if (strcmp(verb, "open-dac") == 0)
        return sim_may(token, paths[0], SIM_ACT_SET_DACL);
    if (strcmp(verb, "open-owner") == 0)
        return sim_may(token, paths[0], SIM_ACT_TAKE_OWNERSHIP);
    if (strcmp(verb, "junction-write") == 0)
        return through(token, paths, paths[2]);
    if (strcmp(verb, "hardlink-write") == 0) {
        uint32_t system = sim_do_hard_link(token, paths[0], paths[1]);

        return system ? system : sim_do(token, paths[0], SIM_ACT_WRITE, "x");
    }
    printf("    the simulation has no verb %s\n", verb);
    return UINT32_MAX;
}

/* In a world of its own: acts leave traces. */
static uint32_t try_row(const struct row *row, const char *recipe, bool inside)
{
    struct sandboxed box;
    char policy[256];
    char *paths[3] = {expand(row->first), expand(row->second), expand(row->third)};
    uint32_t system;

    make_world();
    snprintf(policy, sizeof policy, "{\"version\": 1, \"token\": \"%s\", \"files\": {%s}}", recipe,
             row->flags & ROW_READ_ONLY ? "\"write\": [\"${temp}\"]" : "\"deny\": [\"${workspace}/.env\"]");
    sandboxed_enter(&box, policy);
    system = act(inside ? &box.command.access : sim_token_of(SIM_ORDINARY_USER), row->verb, paths);
    sandboxed_leave(&box);
    for (int i = 0; i < 3; i++)
        sbx_free(paths[i]);
    sim_reset();
    return system;
}

static void expect_row(const struct row *row, const char *recipe, bool promised)
{
    uint32_t outside = try_row(row, recipe, false);
    uint32_t inside = try_row(row, recipe, true);

    if (outside || (row->kind == ROW_ALLOWED ? inside != 0
                    : promised               ? inside != row->code
                                             : inside && inside != 5))
        printf("    %s %s, %s: %u outside, %u inside\n", row->number, row->name, recipe, outside, inside);
    CU_ASSERT_EQUAL(outside, 0);
    if (row->kind == ROW_ALLOWED)
        CU_ASSERT_EQUAL(inside, 0);
    if (row->kind == ROW_REFUSED && promised)
        CU_ASSERT_EQUAL(inside, row->code);
}

static void expect_rows(const char *recipe, bool deletes, bool reads)
{
    size_t count = 0;

    for (size_t i = 0; i < ESCAPE_ROW_COUNT; i++) {
        const struct row *row = &escape_rows[i];
        bool promised = strcmp(row->promise, "fileWrite") == 0 ||
                        (strcmp(row->promise, "fileDelete") == 0 && deletes) ||
                        (strcmp(row->promise, "fileRead") == 0 && reads);

        if (!(row->flags & ROW_SIM))
            continue;
        expect_row(row, recipe, promised);
        count++;
    }
    CU_ASSERT(count > 30);
}

static void write_restricted_holds_writes(void)
{
    expect_rows("write-restricted", false, false);
}

static void fully_restricted_holds_writes_deletes_and_reads(void)
{
    expect_rows("fully-restricted", true, true);
}

const struct harness_suite escape_suite = {
    "escape",
    (const struct harness_test[]){
        {"a write-restricted token holds every row of writing", write_restricted_holds_writes},
        {"a fully restricted token holds every row of writing, deleting and reading",
         fully_restricted_holds_writes_deletes_and_reads},
        {NULL, NULL},
    },
};
