/*
 * world_random.c - random trees and policies.
 */
#include "core/world_random.h"
#include "sim/access.h"
#include "sim/file.h"
#include "sim/machine.h"
#include "sim/oracle.h"
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array)          (sizeof(array) / sizeof(array)[0])
#define ONE_OF(chance, array) ((array)[chance_below((chance), COUNT(array))])

const char *world_recipe_name(enum world_recipe recipe)
{
    static const char *const names[] = {"write-restricted", "fully-restricted", "filtered",
                                        "write-restricted on an account", "fully-restricted on an account"};

    return names[recipe];
}

bool world_is_elevated(enum world_recipe recipe)
{
    return recipe >= WORLD_FILTERED;
}

/* Trees. */

/* For folders; files get them, too, where inheritance means nothing. */
static const char *const lists[] = {
    "D:PAI(A;OICI;FA;;;" SIM_USER ")(A;OICI;FA;;;SY)", /* protected, the user's own */
    "D:P(A;;FA;;;" SIM_USER ")",                       /* and nothing is inherited from it */
    "D:AI(A;OICI;FA;;;" SIM_USER ")(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)",
    "D:AI(A;OICI;FA;;;" SIM_USER ")(A;OICIID;FA;;;WD)",
    "D:(A;OICI;FA;;;" SIM_USER ")(A;;0x1301bf;;;WD)", /* this very one Everyone may change */
    "D:(A;OICI;FA;;;" SIM_USER ")(A;OICI;0x1301ff;;;BU)",
    "D:(A;OICI;FA;;;" SIM_USER ")(A;;0x40;;;WD)", /* delete what is in it, no more */
    "D:(A;OICI;FA;;;" SIM_USER ")(A;OICIIO;0x1301bf;;;WD)",
    "D:(A;OICINP;FA;;;" SIM_USER ")(A;;FA;;;SY)",
    "D:(A;;FA;;;" SIM_USER ")(A;OICIIO;GA;;;CO)(A;CI;0x100026;;;BU)", /* a drop box */
    "D:(D;OICI;0x2;;;" SIM_OTHER_USER ")(A;OICI;FA;;;" SIM_USER ")",
    "D:(D;OICI;0x10000;;;WD)(A;OICI;FA;;;" SIM_USER ")",
    "D:(D;;0x2;;;BU)(A;OICI;FA;;;" SIM_USER ")",
    "D:(D;OICI;FR;;;RC)(A;OICI;FA;;;" SIM_USER ")",
    "D:(A;OICI;FA;;;" SIM_USER ")(A;OICI;RC;;;OW)",
    "D:AI(A;OICIID;FA;;;" SIM_USER ")(D;OICI;FW;;;S-1-5-32-547)(A;OICI;FA;;;" SIM_USER ")", /* no order */
    "D:AI(A;OICIID;FA;;;WD)(A;OICI;FA;;;" SIM_USER ")",
    "D:P",                 /* nobody */
    "D:NO_ACCESS_CONTROL", /* everybody */
    "D:(A;OICI;FA;;;" SIM_USER ")S:(ML;OICI;NW;;;HI)",
    "D:(A;OICI;FA;;;" SIM_USER ")S:(ML;;NWNRNX;;;LW)",
    "D:(A;OICI;0x1200a9;;;" SIM_USER ")(A;OICI;FA;;;SY)", /* what its user may only read */
    "D:PAI(A;OICI;FA;;;" SIM_OTHER_USER ")",
};

static const char *random_owner(struct chance *chance)
{
    if (chance_percent(chance, 88))
        return SIM_USER;
    return chance_percent(chance, 50) ? SIM_OTHER_USER : "S-1-5-32-544";
}

static void maybe_list(struct chance *chance, const char *path, uint32_t percent)
{
    char sddl[512];

    if (!chance_percent(chance, percent))
        return;
    snprintf(sddl, sizeof sddl, "O:%sG:%s%s", random_owner(chance), SIM_NO_GROUP, ONE_OF(chance, lists));
    sim_set_descriptor(path, sddl);
}

static bool remember(struct random_world *world, const char *path)
{
    if (world->path_count == WORLD_MOST_PATHS || strlen(path) >= WORLD_PATH_SIZE)
        return false;
    snprintf(world->paths[world->path_count++], WORLD_PATH_SIZE, "%s", path);
    return true;
}

static void add_file(struct chance *chance, struct random_world *world, const char *path)
{
    if (sim_exists(path) || !remember(world, path))
        return;
    sim_add_file(path);
    sim_set_contents(path, "*"); /* no path, so that git finds no other folder through it */
    maybe_list(chance, path, 12);
}

static void add_folder(struct chance *chance, struct random_world *world, const char *path, uint32_t percent)
{
    if (sim_exists(path) || !remember(world, path))
        return;
    sim_add_folder(path);
    maybe_list(chance, path, percent);
}

static bool same_volume(const char *a, const char *b)
{
    return (a[0] | 0x20) == (b[0] | 0x20);
}

/* A second name of a file that is there already, often from outside the folder. */
static void add_hard_link(struct chance *chance, const struct random_world *world, const char *path)
{
    const char *of = world->paths[chance_below(chance, (uint32_t)world->path_count)];
    struct sim_place place = sim_find(of, SIM_LOOK_AT_LINK);

    if (!sim_exists(path) && place.file && place.file->kind == FILE_KIND_FILE && same_volume(of, path))
        sim_add_hard_link(path, of);
}

static void add_junction(struct chance *chance, struct random_world *world, const char *path)
{
    static const char *const targets[] = {"C:\\Users\\me\\Documents", "C:\\Windows", "C:\\src",
                                          "C:\\nowhere"};
    const char *target = chance_percent(chance, 50)
                             ? ONE_OF(chance, targets)
                             : world->paths[chance_below(chance, (uint32_t)world->path_count)];

    if (!sim_exists(path) && remember(world, path))
        sim_add_link(path, target);
}

static void fill(struct chance *chance, struct random_world *world, const char *folder, unsigned depth)
{
    static const char *const names[] = {
        "src",      "docs",   "build",   "a",        "b c",       "main.c", ".env",  ".git",
        "hooks",    "config", ".vscode", ".claude",  ".mcp.json", ".idea",  "cache", "\xC3\xA4\xE2\x82\xAC",
        "LONGNAME", "vendor", "z.txt",   "commondir"};
    unsigned count = 1 + chance_below(chance, depth ? 4 : 5);

    for (unsigned i = 0; i < count; i++) {
        char path[WORLD_PATH_SIZE];
        uint32_t kind = chance_below(chance, 100);

        if (snprintf(path, sizeof path, "%s\\%s", folder, ONE_OF(chance, names)) >= (int)sizeof path - 16)
            return;
        if (kind < 42) {
            add_folder(chance, world, path, 25);
            if (depth < 3 && sim_exists(path) && !sim_find(path, SIM_LOOK_AT_LINK).file->link &&
                sim_find(path, SIM_LOOK_AT_LINK).file->kind == FILE_KIND_DIRECTORY)
                fill(chance, world, path, depth + 1);
        } else if (kind < 92)
            add_file(chance, world, path);
        else if (kind < 97)
            add_hard_link(chance, world, path);
        else
            add_junction(chance, world, path);
    }
}

static void add_git(struct chance *chance, struct random_world *world, const char *folder)
{
    static const char *const names[] = {".git", ".git\\hooks", ".git\\objects", ".git\\hooks\\pre-commit",
                                        ".git\\config"};

    for (size_t i = 0; i < COUNT(names); i++) {
        char path[2 * WORLD_PATH_SIZE];

        snprintf(path, sizeof path, "%s\\%s", folder, names[i]);
        if (i < 3)
            add_folder(chance, world, path, 6);
        else if (chance_percent(chance, 80))
            add_file(chance, world, path);
    }
}

/* A clone in the workspace, or a git directory as it stands in .git/modules. */
static void add_repository(struct chance *chance, struct random_world *world)
{
    static const char *const below[] = {"sub", "vendor\\lib", ".git\\modules\\lib"};
    static const char *const names[] = {"objects", "refs", "hooks", "HEAD", "config", "hooks\\post-checkout"};
    size_t kind = chance_below(chance, COUNT(below));
    char folder[2 * WORLD_PATH_SIZE];

    snprintf(folder, sizeof folder, "%s\\%s", world->workspace, below[kind]);
    add_folder(chance, world, folder, 6);
    if (kind < 2) {
        add_git(chance, world, folder);
        return;
    }
    for (size_t i = 0; i < COUNT(names); i++) {
        char path[3 * WORLD_PATH_SIZE];

        snprintf(path, sizeof path, "%s\\%s", folder, names[i]);
        if (i < 3)
            add_folder(chance, world, path, 6);
        else
            add_file(chance, world, path);
    }
}

static void make_tree(struct chance *chance, struct random_world *world, const char *base)
{
    static const char *const base_lists[] = {
        "D:PAI(A;OICI;FA;;;" SIM_USER ")(A;OICI;FA;;;SY)",
        "D:AI(A;OICI;FA;;;" SIM_USER ")(A;OICIID;FA;;;SY)(A;OICIID;0x1200a9;;;BU)",
        "D:PAI(A;OICI;FA;;;" SIM_USER ")(A;OICI;FA;;;SY)(A;OICI;FA;;;WD)",
    };
    char path[WORLD_PATH_SIZE];

    sim_add_folder(base);
    if (chance_percent(chance, 75)) {
        snprintf(path, sizeof path, "O:%sG:%s%s", SIM_USER, SIM_NO_GROUP,
                 base_lists[chance_below(chance, chance_percent(chance, 85) ? 2 : 3)]);
        sim_set_descriptor(base, path);
    }
    snprintf(world->workspace, sizeof world->workspace, "%s\\app", base);
    add_folder(chance, world, world->workspace, 5);
    if (chance_percent(chance, 60))
        add_git(chance, world, world->workspace);
    if (chance_percent(chance, 50))
        add_repository(chance, world);
    fill(chance, world, world->workspace, 0);
    snprintf(path, sizeof path, "%s\\other", base);
    add_folder(chance, world, path, 15);
    fill(chance, world, path, 1);
    add_file(chance, world, "C:\\Users\\me\\Documents\\diary.txt");
    if (chance_percent(chance, 25)) {
        sim_add_volume("F:", SIM_VOLUME_FAT);
        if (remember(world, "F:\\stick.txt"))
            sim_add_file("F:\\stick.txt");
    }
}

/* Policies. */

static void put(struct random_world *world, const char *text)
{
    size_t size = strlen(world->policy);

    snprintf(world->policy + size, sizeof world->policy - size, "%s", text);
}

/* As a person would write it: forward slashes, and not always the true case. */
static void put_path(struct chance *chance, struct random_world *world, const char *path, bool first)
{
    char text[WORLD_PATH_SIZE + 16];
    bool other_case = *path != '$' && chance_percent(chance, 10);
    size_t size = 0;

    for (; *path; path++) {
        char letter = *path == '\\' ? '/' : *path;

        if (other_case && letter >= 'a' && letter <= 'z' && chance_percent(chance, 50))
            letter = (char)(letter - 'a' + 'A');
        text[size++] = letter;
    }
    text[size] = '\0';
    put(world, first ? "\"" : ",\"");
    put(world, text);
    put(world, "\"");
}

static void add_rule(struct random_world *world, enum world_right right, const char *path)
{
    struct world_rule *rule = &world->rules[world->rule_count];

    if (world->rule_count == WORLD_MOST_RULES)
        abort();
    rule->right = right;
    snprintf(rule->path, sizeof rule->path, "%s", path);
    world->rule_count++;
}

/* What the path leads to, too, where it is a link. */
static void add_rules(struct random_world *world, enum world_right right, const char *path)
{
    struct sim_place place = sim_find(path, SIM_FOLLOW_LINK);
    char *final;

    if (!place.through_link || !place.file) {
        add_rule(world, right, path);
        return;
    }
    if (right == WORLD_DENY)
        add_rule(world, right, path);
    final = sim_path_of(place.file->name);
    if (strlen(final) < WORLD_PATH_SIZE)
        add_rule(world, right, final);
    free(final);
}

static const char *random_path(struct chance *chance, const struct random_world *world)
{
    return world->paths[chance_below(chance, (uint32_t)world->path_count)];
}

static bool is_taken(const struct random_world *world, const char *path)
{
    for (size_t i = 0; i < world->rule_count; i++) {
        if (strcmp(world->rules[i].path, path) == 0)
            return true;
    }
    return false;
}

static bool is_folder(const char *path)
{
    struct sim_place place = sim_find(path, SIM_LOOK_AT_LINK);

    return place.file && place.file->kind == FILE_KIND_DIRECTORY;
}

static void put_places(struct chance *chance, struct random_world *world, enum world_right right,
                       const char *first, unsigned most)
{
    bool none = !*first;

    if (*first)
        put(world, first);
    for (unsigned i = 0; i < most; i++) {
        char path[WORLD_PATH_SIZE + 8];

        snprintf(path, sizeof path, "%s", random_path(chance, world));
        if (right == WORLD_DENY && chance_percent(chance, 10) && is_folder(path)) {
            size_t size = strlen(path);

            snprintf(path + size, sizeof path - size, "\\later"); /* not there */
        }
        if (is_taken(world, path) || (right == WORLD_WRITE && !is_folder(path)) ||
            (right == WORLD_DENY && strcmp(path, world->workspace) == 0))
            continue;
        put_path(chance, world, path, none);
        none = false;
        add_rules(world, right, path);
    }
}

/* Of a worktree .git is a file, and protected itself. */
static void add_git_file(struct random_world *world, const char *root)
{
    char path[2 * WORLD_PATH_SIZE];
    struct sim_place place;

    snprintf(path, sizeof path, "%s\\.git", root);
    place = sim_find(path, SIM_LOOK_AT_LINK);
    if (strlen(path) < WORLD_PATH_SIZE && place.file && place.file->kind == FILE_KIND_FILE)
        add_rule(world, WORLD_PROTECT, path);
}

static bool is_folder_named(const struct sim_file *folder, const char *name)
{
    const struct sim_name *child = sim_child(folder, name, strlen(name));

    return child && child->file->kind == FILE_KIND_DIRECTORY && !child->file->link;
}

static bool is_other_named(const struct sim_file *folder, const char *name)
{
    const struct sim_name *child = sim_child(folder, name, strlen(name));

    return child && (child->file->kind != FILE_KIND_DIRECTORY || child->file->link);
}

/* Is there no link on the way, for which the rule would not hold? */
static void add_found(struct random_world *world, const char *folder, const char *name)
{
    char path[2 * WORLD_PATH_SIZE];
    struct sim_place place;

    snprintf(path, sizeof path, "%s\\%s", folder, name);
    place = sim_find(path, SIM_LOOK_AT_LINK);
    if (strlen(path) < WORLD_PATH_SIZE && !(place.file && place.file->link))
        add_rule(world, WORLD_PROTECT, path);
}

/* The user looks for repositories below every root, where he may. */
static void find_repositories(struct random_world *world, const char *folder, bool is_root)
{
    static const char *const inside[] = {"hooks", "config", "config.worktree", "commondir"};
    struct sim_file *file = sim_find(folder, SIM_LOOK_AT_LINK).file;
    const char *called = strrchr(folder, '\\') + 1;
    bool is_git;

    if (!file || file->kind != FILE_KIND_DIRECTORY || file->link ||
        !sim_gives(file, sim_token_of(SIM_ORDINARY_USER), SIM_READ_CONTROL | SIM_LIST | SIM_READ_ATTRIBUTES))
        return;
    is_git = strcmp(called, ".git") == 0 ||
             (is_other_named(file, "HEAD") &&
              (is_other_named(file, "commondir") ||
               (is_folder_named(file, "objects") && is_folder_named(file, "refs"))));
    for (size_t i = 0; is_git && i < COUNT(inside); i++)
        add_found(world, folder, inside[i]);
    if (!is_root && (is_folder_named(file, ".git") || is_other_named(file, ".git")))
        add_found(world, folder, ".gitmodules");
    if (!is_root && is_other_named(file, ".git"))
        add_found(world, folder, ".git");
    for (const struct sim_name *child = file->children; child; child = child->next) {
        char path[2 * WORLD_PATH_SIZE];

        snprintf(path, sizeof path, "%s\\%s", folder, child->text);
        if (strlen(path) < WORLD_PATH_SIZE &&
            (!is_git || strcmp(child->text, "modules") == 0 || strcmp(child->text, "worktrees") == 0))
            find_repositories(world, path, false);
    }
}

/* A protected name is one in every write root. */
static void put_protected(struct chance *chance, struct random_world *world)
{
    static const struct {
        const char *written;
        const char *names[7];
    } presets[] = {
        {"${vcs}",
         {".gitmodules", ".git\\hooks", ".git\\config", ".git\\config.worktree", ".git\\commondir"}},
        {"${agents}", {".codex", ".agents", ".claude", ".mcp.json"}},
        {"${editors}", {".vscode", ".idea"}},
        {"docs", {"docs"}},
        {"a/b c", {"a\\b c"}},
        {"src", {"src"}},
    };
    size_t roots = world->rule_count;
    bool none = true;

    for (size_t i = 0; i < COUNT(presets); i++) {
        if (!chance_percent(chance, i < 3 ? 60 : 20))
            continue;
        put_path(chance, world, presets[i].written, none);
        none = false;
        for (size_t k = 0; k < roots; k++) {
            if (i == 0 && world->rules[k].right == WORLD_WRITE)
                add_git_file(world, world->rules[k].path);
            if (i == 0 && world->rules[k].right == WORLD_WRITE)
                find_repositories(world, world->rules[k].path, true);
            for (size_t n = 0; world->rules[k].right == WORLD_WRITE && n < 7 && presets[i].names[n]; n++) {
                char path[2 * WORLD_PATH_SIZE];

                snprintf(path, sizeof path, "%s\\%s", world->rules[k].path, presets[i].names[n]);
                if (strlen(path) < WORLD_PATH_SIZE)
                    add_rule(world, WORLD_PROTECT, path);
            }
        }
    }
    /* A git file that names another folder would have more protected there; none is made (boundary_places_test.c has them). */
}

static void make_policy(struct chance *chance, struct random_world *world)
{
    static const char *const tokens[] = {"write-restricted", "fully-restricted", "filtered",
                                         "write-restricted", "fully-restricted"};
    bool workspace = chance_percent(chance, 90);

    put(world, "{\"level\":\"");
    put(world, world_is_elevated(world->recipe) ? "elevated" : "restricted");
    put(world, "\",\"token\":\"");
    put(world, tokens[world->recipe]);
    put(world, "\",\"files\":{\"write\":[");
    if (workspace)
        add_rule(world, WORLD_WRITE, world->workspace);
    put_places(chance, world, WORLD_WRITE, workspace ? "\"${workspace}\",\"${temp}\"" : "\"${temp}\"",
               chance_below(chance, 3));
    put(world, "],\"protect\":[");
    put_protected(chance, world);
    put(world, "],\"read\":[");
    put_places(chance, world, WORLD_READ, chance_percent(chance, 30) ? "\"${toolchains}\"" : "",
               chance_below(chance, 3));
    put(world, "],\"deny\":[");
    put_places(chance, world, WORLD_DENY, "", chance_below(chance, 3));
    put(world, "]}}");
}

static void find_idle(struct random_world *world)
{
    for (size_t i = 0; i < world->rule_count; i++) {
        char above[WORLD_PATH_SIZE];

        snprintf(above, sizeof above, "%s", world->rules[i].path);
        *strrchr(above, '\\') = '\0';
        world->rules[i].idle = world_right_of(world, above) == world_right_of(world, world->rules[i].path);
    }
}

void world_make(struct chance *chance, enum world_recipe recipe, struct random_world *world)
{
    static const char *const bases[] = {"C:\\src", "C:\\Users\\me\\code", "D:\\work"};

    memset(world, 0, sizeof *world);
    world->recipe = recipe;
    sim_reset();
    sim_add_account(WORLD_ACCOUNT, "of the sandbox");
    make_tree(chance, world, ONE_OF(chance, bases));
    make_policy(chance, world);
    find_idle(world);
}

/* What it means. */

static bool is_in(const char *path, const char *folder)
{
    size_t size = strlen(folder);

    return strncmp(path, folder, size) == 0 && (!path[size] || path[size] == '\\');
}

/* Of rules for one and the same path the strictest. */
static enum world_right named(const struct random_world *world, const char *path, size_t size)
{
    enum world_right right = WORLD_NOTHING;

    for (size_t i = 0; i < world->rule_count; i++) {
        if (strlen(world->rules[i].path) == size && strncmp(world->rules[i].path, path, size) == 0 &&
            world->rules[i].right > right)
            right = world->rules[i].right;
    }
    return right;
}

enum world_right world_right_of(const struct random_world *world, const char *path)
{
    enum world_right right = WORLD_NOTHING;

    for (size_t size = 1; size <= strlen(path); size++) {
        enum world_right here;

        if (path[size] && path[size] != '\\')
            continue;
        here = named(world, path, size);
        if (here == WORLD_NOTHING || (here == WORLD_PROTECT && right != WORLD_WRITE) ||
            (here == WORLD_READ && right == WORLD_PROTECT))
            continue; /* says nothing new */
        right = here;
    }
    return right;
}

bool world_names(const struct random_world *world, const char *path)
{
    for (size_t i = 0; i < world->rule_count; i++) {
        if (!world->rules[i].idle && strcmp(world->rules[i].path, path) == 0)
            return true;
    }
    return false;
}

bool world_holds_named(const struct random_world *world, const char *path)
{
    for (size_t i = 0; i < world->rule_count; i++) {
        const struct world_rule *rule = &world->rules[i];

        if (!rule->idle && is_in(rule->path, path) && strcmp(rule->path, path) != 0 && sim_exists(rule->path))
            return true;
    }
    return false;
}

const char *world_outermost_root(const struct random_world *world, const char *path)
{
    const char *outermost = NULL;

    for (size_t i = 0; i < world->rule_count; i++) {
        const struct world_rule *rule = &world->rules[i];

        if (rule->right == WORLD_WRITE && is_in(path, rule->path) && strcmp(path, rule->path) != 0 &&
            world_right_of(world, rule->path) == WORLD_WRITE &&
            (!outermost || strlen(rule->path) < strlen(outermost)))
            outermost = rule->path;
    }
    return outermost;
}
