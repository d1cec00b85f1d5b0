/*
 * world_random.h - a random host with a random policy on the simulated Windows, and what the policy says of each path.
 *
 * Trees with nested folders, files, hard links, junctions, volumes with and without lists, owners who are somebody else, and
 * lists that people make: protected ones, none, empty, what Everyone or Users may write, denies of others, OWNER RIGHTS,
 * labels, entries that inherit oddly or stand in no canonical order. Policies with several write roots, roots in roots, places
 * to read, denied paths, protected names, things that are not there.
 *
 * What the policy means for a path is said here a second time (world_right_of), from the rules as they were written down, and
 * without a line of src/core: the boundary must come to the same.
 */
#ifndef TESTS_CORE_WORLD_RANDOM_H
#define TESTS_CORE_WORLD_RANDOM_H

#include "core/descriptor_random.h"
#include "core/policy.h"

#define WORLD_USER_STATE  "C:\\Users\\me\\AppData\\Local\\sbxcom"
#define WORLD_ACCOUNT     "Sbx-0123abcd-off1"
#define WORLD_MOST_RULES  512
#define WORLD_MOST_PATHS  96
#define WORLD_PATH_SIZE   260
#define WORLD_POLICY_SIZE 8192

/* The recipes of the table in the design, each with the level that it belongs to. */
enum world_recipe {
    WORLD_WRITE_RESTRICTED, /* the user's own token */
    WORLD_FULLY_RESTRICTED,
    WORLD_FILTERED, /* an account's */
    WORLD_ACCOUNT_WRITE_RESTRICTED,
    WORLD_ACCOUNT_FULLY_RESTRICTED, /* not in the table; the policy may ask for it */
    WORLD_RECIPE_COUNT,
};
const char *world_recipe_name(enum world_recipe recipe);
bool world_is_elevated(enum world_recipe recipe);

enum world_right { WORLD_NOTHING, WORLD_WRITE, WORLD_READ, WORLD_PROTECT, WORLD_DENY };

struct world_rule {
    enum world_right right;
    bool idle;                  /* says no more than what is around it */
    char path[WORLD_PATH_SIZE]; /* true, links followed */
};

struct random_world {
    enum world_recipe recipe;
    char workspace[WORLD_PATH_SIZE];
    char policy[WORLD_POLICY_SIZE]; /* JSON */
    struct world_rule rules[WORLD_MOST_RULES];
    size_t rule_count;
    char paths[WORLD_MOST_PATHS][WORLD_PATH_SIZE]; /* what was put into the tree, folders first */
    size_t path_count;
};

/* Resets the simulation and makes one: the same seed, the same world. */
void world_make(struct chance *chance, enum world_recipe recipe, struct random_world *world);

/* What the narrowest rule says of a true path. */
enum world_right world_right_of(const struct random_world *world, const char *path);

/* Is the path itself in the policy, and to some purpose? Does it hold such a path, that is there, below? */
bool world_names(const struct random_world *world, const char *path);
bool world_holds_named(const struct random_world *world, const char *path);

/* The write root around `path` that nothing writable is around; NULL: none. `path` itself does not count. */
const char *world_outermost_root(const struct random_world *world, const char *path);

#endif
