/*
 * claims_test.c - what the design's table claims of each token recipe, held against random hosts and policies.
 *
 * Each world (world_random.h) is provisioned, then a token made as Windows makes it (sim/logon.h) tries every act on every
 * object, and the simulation's file system decides. What Everyone, or Users, could do before is the stated exception, so it is
 * asked before anything is granted, of a token that is nobody but those.
 *
 * A failing world prints its seed: SBX_SEED=n SBX_CASES=1 runs it alone, and shows what was done. SBX_WORLDS=n tries n.
 */
#include "core/explain.h"
#include "core/provision.h"
#include "core/world_random.h"
#include "sim/acts.h"
#include "sim/access.h"
#include "sim/logon.h"
#include "sim/machine.h"
#include "sim/oracle.h"
#include "sim/security.h"
#include "support/harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORLDS      10000 /* of all recipes together */
#define MOST_THINGS 160
#define SESSION     WORLD_USER_STATE "\\sessions\\one\\0123abcd"

/* What a token may do to an object: a bit for each act, and for what renaming comes to. */
enum {
    MAY_RENAME = 1u << SIM_ACT_COUNT,       /* within its folder */
    MAY_MOVE = 1u << (SIM_ACT_COUNT + 1),   /* into the workspace */
    MAY_MOVE_UP = 1u << (SIM_ACT_COUNT + 2) /* to the folder above its own */
};
#define MAY(act) (1u << (act))
#define MAY_READ (MAY(SIM_ACT_READ) | MAY(SIM_ACT_EXECUTE) | MAY(SIM_ACT_OPEN_TO_READ))
#define MAY_WRITE                                                                                            \
    (MAY(SIM_ACT_WRITE) | MAY(SIM_ACT_APPEND) | MAY(SIM_ACT_WRITE_ATTRIBUTES) | MAY(SIM_ACT_OPEN_TO_WRITE) | \
     MAY(SIM_ACT_CREATE_FILE) | MAY(SIM_ACT_CREATE_FOLDER))
#define MAY_PERMIT (MAY(SIM_ACT_SET_DACL) | MAY(SIM_ACT_TAKE_OWNERSHIP))
#define MAY_DELETE (MAY(SIM_ACT_DELETE) | MAY_RENAME | MAY_MOVE | MAY_MOVE_UP)

/* An object under one of its names, as it was before anything was granted. */
struct thing {
    struct sim_file *file;
    char path[WORLD_PATH_SIZE];
    struct thing *folder; /* NULL: a root */
    uint8_t *descriptor;
    size_t descriptor_size;
    enum world_right right;
    uint32_t exceptions; /* what those who are in every token of the recipe could do */
    uint32_t users;      /* what the user could do */
    bool plain;          /* nothing in its list is against anybody, nothing about it is odd */
    bool reached;        /* the user may change its list, and look into the folders above */
    bool canonical;
    bool opened; /* an entry of its own, not inherited, allows one of the exceptions something */
};

struct trial {
    uint64_t seed;
    struct random_world world;
    struct boundary boundary;
    struct sbx_strings remarks; /* of the plan */
    struct sim_token user, sandbox, exceptions;
    struct thing things[MOST_THINGS];
    size_t count;
    bool failed;
};

/* What was seen in all of them. */
static struct {
    unsigned long worlds, refused, things, inside, strict, explained, unanswered, attacks, done;
    unsigned long escapes[WORLD_RECIPE_COUNT][3]; /* deletes, reads, swaps that the table calls absent */
    char shown[WORLD_RECIPE_COUNT][3][2 * WORLD_PATH_SIZE];
} seen;

/* Everything, for whoever runs one world alone. */
static void show(const struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++) {
        const struct thing *thing = &trial->things[i];
        char *was = sim_descriptor_text(thing->descriptor);
        char *is = sim_descriptor_text(thing->file->descriptor);

        fprintf(stderr, "    %s%s right %d plain %d reached %d\n        was %s\n        is  %s\n",
                thing->path, thing->file->link ? " (link)" : "", (int)thing->right, thing->plain,
                thing->reached, was, is);
        free(was);
        free(is);
    }
}

static void failed(struct trial *trial, const char *format, ...)
{
    va_list arguments;

    if (!trial->failed) {
        fprintf(stderr, "claims, %s: SBX_SEED=%llu SBX_CASES=1\n    %s\n",
                world_recipe_name(trial->world.recipe), (unsigned long long)trial->seed, trial->world.policy);
        va_start(arguments, format);
        fprintf(stderr, "    ");
        vfprintf(stderr, format, arguments);
        fprintf(stderr, "\n");
        va_end(arguments);
        if (getenv("SBX_SEED"))
            show(trial);
        CU_FAIL("a claim of the design's table does not hold");
    }
    trial->failed = true;
}

/* The first of its kind is kept for showing. */
static void escape(struct trial *trial, unsigned kind, const char *what, const struct thing *thing)
{
    char *shown = seen.shown[trial->world.recipe][kind];

    if (!seen.escapes[trial->world.recipe][kind]++)
        snprintf(shown, sizeof seen.shown[0][0], "%s %s (SBX_SEED=%llu)", what, thing->path,
                 (unsigned long long)trial->seed);
}

/* Who acts. */

static void add_group(struct sim_token *token, const char *text)
{
    struct access_sid *group = &token->groups[token->access.group_count++];

    group->enabled = true;
    group->deny_only = false;
    sim_sid(text, group->sid.bytes);
    group->sid.size = (uint8_t)(8 + 4 * group->sid.bytes[1]);
}

/* Behind a second check, that of Everyone, and where it covers all, of Users and RESTRICTED. */
static void restrict_exceptions(struct sim_token *token, bool writes_only)
{
    static const char *const sids[] = {"S-1-1-0", "S-1-5-32-545", "S-1-5-12"};

    token->access.write_restricted = writes_only;
    for (size_t i = 0; i < (writes_only ? 1 : sizeof sids / sizeof sids[0]); i++) {
        struct sid *sid = &token->restricting[token->access.restricting_count++];

        sim_sid(sids[i], sid->bytes);
        sid->size = (uint8_t)(8 + 4 * sid->bytes[1]);
    }
}

/* A token that is nobody, but in the groups whom the table excepts. */
static void make_exceptions(struct trial *trial)
{
    struct sim_token *token = &trial->exceptions;

    memset(token, 0, sizeof *token);
    token->access.integrity = 0x2000;
    token->access.no_write_up = true;
    token->access.groups = token->groups;
    token->access.restricting = token->restricting;
    sim_sid("S-1-5-21-9-9-9-999", token->access.user.sid.bytes);
    token->access.user.sid.size = 28;
    token->access.user.enabled = true;
    add_group(token, "S-1-1-0");
    if (trial->world.recipe == WORLD_FULLY_RESTRICTED) {
        add_group(token, "S-1-5-32-545");
        add_group(token, "S-1-5-12");
    }
    /* Of an account what every account is; INTERACTIVE and the logon SID are taken from it. */
    if (world_is_elevated(trial->world.recipe)) {
        static const char *const groups[] = {SIM_NO_GROUP, "S-1-2-1", "S-1-5-11",    "S-1-5-15",
                                             "S-1-5-113",  "S-1-2-0", "S-1-5-32-545"};

        for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
            add_group(token, groups[i]);
    }
    if (trial->world.recipe == WORLD_ACCOUNT_WRITE_RESTRICTED)
        restrict_exceptions(token, true);
    else if (trial->world.recipe == WORLD_ACCOUNT_FULLY_RESTRICTED)
        restrict_exceptions(token, false);
}

static void make_tokens(struct trial *trial)
{
    struct sim_token from;

    if (world_is_elevated(trial->world.recipe))
        sim_logon(WORLD_ACCOUNT, &from);
    else
        sim_token_copy(&trial->user.access, &from);
    sim_restrict(&from, &trial->boundary.recipe, &trial->sandbox);
}

/* What may be done. */

static bool permitted(uint32_t error)
{
    return error != 5;
}

static uint32_t may_rename(const struct trial *trial, const struct access_token *token,
                           const struct thing *thing)
{
    char to[2 * WORLD_PATH_SIZE];
    uint32_t may = 0;

    if (!thing->folder)
        return 0;
    snprintf(to, sizeof to, "%s~", thing->path);
    if (permitted(sim_may_rename(token, thing->path, to, false)))
        may |= MAY_RENAME;
    snprintf(to, sizeof to, "%s\\moved~", trial->world.workspace);
    if (sim_may_rename(token, thing->path, to, false) == 0)
        may |= MAY_MOVE;
    if (thing->folder->folder) {
        snprintf(to, sizeof to, "%s\\moved~", thing->folder->folder->path);
        if (sim_may_rename(token, thing->path, to, false) == 0)
            may |= MAY_MOVE_UP;
    }
    return may;
}

static uint32_t may(const struct trial *trial, const struct access_token *token, const struct thing *thing)
{
    uint32_t result = may_rename(trial, token, thing);
    char below[WORLD_PATH_SIZE + 8];

    for (enum sim_act act = 0; act < SIM_ACT_COUNT; act++) {
        const char *path = thing->path;

        if (act == SIM_ACT_CREATE_FILE || act == SIM_ACT_CREATE_FOLDER) {
            if (thing->file->kind != FILE_KIND_DIRECTORY || thing->file->link)
                continue;
            snprintf(below, sizeof below, "%s\\new~", thing->path);
            path = below;
        }
        if (thing->file->link && act != SIM_ACT_DELETE)
            continue; /* it leads to another object, which has its own turn */
        if (permitted(sim_may(token, path, act)))
            result |= MAY(act);
    }
    return result;
}

/* What is there. */

/* A generous reading: any entry against anybody, any label, no list at all. */
static void look_at_list(struct trial *trial, struct thing *thing)
{
    size_t size;
    const uint8_t *list = sim_part_of(thing->descriptor, SIM_DACL, &size);
    const uint8_t *at = list ? list + 8 : NULL;
    unsigned rank = 0;

    thing->plain = list && !sim_part_of(thing->descriptor, SIM_SACL, &size) && thing->file->links == 1 &&
                   !thing->file->link && thing->file->volume->keeps_acls;
    thing->canonical = true;
    for (unsigned left = list ? list[4] + list[5] * 256u : 0; left; left--, at += at[2] + at[3] * 256u) {
        bool inherited = at[1] & 0x10;
        unsigned here = (inherited ? 2 : 0) + (at[0] == 0);

        thing->plain = thing->plain && at[0] == 0;
        thing->canonical = thing->canonical && (here >= rank || inherited);
        rank = here;
        for (size_t i = 0; i < trial->exceptions.access.group_count; i++) {
            const struct sid *sid = &trial->exceptions.groups[i].sid;

            if (at[0] == 0 && !inherited && !(at[1] & 8) && memcmp(at + 8, sid->bytes, sid->size) == 0)
                thing->opened = true;
        }
    }
}

static struct thing *thing_at(struct trial *trial, const struct sim_name *name)
{
    for (size_t i = 0; name && i < trial->count; i++) {
        if (trial->things[i].file == name->file)
            return &trial->things[i];
    }
    return NULL;
}

static void add_thing(void *context, const struct sim_name *name, const char *path)
{
    struct trial *trial = context;
    struct thing *thing = &trial->things[trial->count];

    if (strncmp(path, "C:\\Windows\\", 11) == 0 || strcmp(path, "C:\\Program Files (x86)") == 0 ||
        strncmp(path, WORLD_USER_STATE, strlen(WORLD_USER_STATE)) == 0 || strlen(path) >= WORLD_PATH_SIZE)
        return;
    if (trial->count == MOST_THINGS)
        abort();
    memset(thing, 0, sizeof *thing);
    thing->file = name->file;
    sim_file_hold(thing->file);
    snprintf(thing->path, sizeof thing->path, "%s", path);
    thing->folder = thing_at(trial, name->folder ? name->folder->name : NULL);
    thing->descriptor_size = name->file->descriptor_size;
    thing->descriptor = malloc(thing->descriptor_size);
    if (!thing->descriptor)
        abort();
    memcpy(thing->descriptor, name->file->descriptor, thing->descriptor_size);
    thing->right = world_right_of(&trial->world, path);
    trial->count++;
    look_at_list(trial, thing);
}

/* May the user look into it, and so on up to the root that its rule is of? */
static bool is_looked_into(const struct trial *trial, const struct thing *folder)
{
    return sim_gives(folder->file, &trial->user.access, SIM_READ_CONTROL | SIM_LIST) && !folder->file->link;
}

static void look_at_things(struct trial *trial)
{
    trial->count = 0;
    sim_visit(add_thing, trial);
    for (size_t i = 0; i < trial->count; i++) {
        struct thing *thing = &trial->things[i];

        thing->exceptions = may(trial, &trial->exceptions.access, thing);
        if (thing->exceptions & (MAY(SIM_ACT_DELETE) | MAY_RENAME))
            thing->exceptions |= MAY_DELETE; /* who takes it away may put it anywhere */
        thing->users = may(trial, &trial->user.access, thing);
        thing->reached = sim_gives(thing->file, &trial->user.access, SIM_READ_CONTROL | SIM_WRITE_DAC);
        for (const struct thing *at = thing->folder; at && at->right != WORLD_NOTHING && thing->reached;
             at = at->folder)
            thing->reached = is_looked_into(trial, at);
    }
}

static void forget_things(struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++) {
        free(trial->things[i].descriptor);
        sim_file_release(trial->things[i].file);
    }
    trial->count = 0;
}

/* Claims. */

static bool deletes_count(const struct trial *trial)
{
    return trial->world.recipe != WORLD_WRITE_RESTRICTED;
}

static bool reads_count(const struct trial *trial)
{
    return trial->world.recipe != WORLD_WRITE_RESTRICTED;
}

static const char *act_of(uint32_t acts)
{
    for (enum sim_act act = 0; act < SIM_ACT_COUNT; act++) {
        if (acts & MAY(act))
            return sim_act_name(act);
    }
    return acts & MAY_RENAME ? "rename" : "move";
}

/* What must not be: `acts` may be done to it. `but`: unless it could be done before. */
static void must_not(struct trial *trial, const struct thing *thing, uint32_t acts, uint32_t but,
                     const char *as)
{
    static const char *const rights[] = {"in no rule", "to write", "to read", "protected", "denied"};

    if (acts & ~but)
        failed(trial, "%s %s: %s is %s%s", as, act_of(acts & ~but), thing->path, rights[thing->right],
               but ? ", and more than others may" : "");
}

/* Did our entries get there? Then nothing that is in its list counts before them. */
static bool is_strict(const struct thing *thing)
{
    size_t size;

    return thing->file->volume->keeps_acls && !thing->file->link && thing->file->links == 1 &&
           thing->reached && sim_part_of(thing->descriptor, SIM_DACL, &size);
}

/* What our entries close: protected, denied, and to be read where what is around it may be written. */
static bool is_closed(const struct trial *trial, const struct thing *thing)
{
    return thing->right == WORLD_DENY || thing->right == WORLD_PROTECT ||
           (thing->right == WORLD_READ && world_outermost_root(&trial->world, thing->path));
}

/* Of a repository that was found, what could not be given its entries: left open, and said so. */
static bool is_told(const struct trial *trial, const struct thing *thing)
{
    size_t size = strlen(thing->path);

    for (size_t i = 0; i < trial->remarks.count; i++) {
        const char *remark = trial->remarks.items[i];

        if (strncmp(remark, thing->path, size) == 0 && strncmp(remark + size, " (/files/protect/", 17) == 0 &&
            strstr(remark + size, "a repository that was found) cannot be given its entries"))
            return true;
    }
    return false;
}

static bool lies_in_told(const struct trial *trial, const struct thing *thing)
{
    while (thing && !is_told(trial, thing))
        thing = thing->folder;
    return thing != NULL;
}

static void check_outside(struct trial *trial, struct thing *thing, uint32_t acts)
{
    bool strict = is_closed(trial, thing) && is_strict(thing);
    bool moves_strictly = strict && thing->folder && is_strict(thing->folder) &&
                          world_outermost_root(&trial->world, thing->path);
    uint32_t reading = MAY_READ;

    if (thing->file->kind == FILE_KIND_DIRECTORY && world_holds_named(&trial->world, thing->path))
        reading &=
            ~MAY(SIM_ACT_EXECUTE); /* which of a folder is passing through it, to what is granted below */
    if (lies_in_told(trial, thing))
        return;
    seen.strict += strict;
    must_not(trial, thing, acts & (MAY_WRITE | MAY_PERMIT), strict ? 0 : thing->exceptions, "commands may");
    if (deletes_count(trial))
        must_not(trial, thing, acts & MAY_DELETE, moves_strictly ? 0 : thing->exceptions, "commands may");
    else if (acts & MAY_DELETE & ~thing->exceptions)
        escape(trial, 0, act_of(acts & MAY_DELETE & ~thing->exceptions), thing);
    if (thing->right != WORLD_NOTHING && thing->right != WORLD_DENY)
        return;
    if (reads_count(trial))
        must_not(trial, thing, acts & reading, strict ? 0 : thing->exceptions, "commands may");
    else if (acts & MAY_READ & ~thing->exceptions && strncmp(thing->path, "C:\\Users\\me\\", 12) == 0)
        escape(trial, 1, act_of(acts & MAY_READ & ~thing->exceptions), thing);
}

/* What leads nowhere is not there: the plan says so, and anchors nothing above it. */
static bool leads_nowhere(const struct thing *thing)
{
    return thing->file->link && !sim_find(thing->path, SIM_FOLLOW_LINK).file;
}

/* world_holds_named, but for what was left open: nothing above that is anchored. */
static bool holds_named(const struct trial *trial, const struct thing *thing)
{
    size_t size = strlen(thing->path);

    for (size_t i = 0; i < trial->count; i++) {
        const struct thing *below = &trial->things[i];

        if (strncmp(below->path, thing->path, size) == 0 && below->path[size] == '\\' &&
            world_names(&trial->world, below->path) && !is_told(trial, below) && !leads_nowhere(below))
            return true;
    }
    return false;
}

static bool holds_closed(const struct trial *trial, const struct thing *thing)
{
    size_t size = strlen(thing->path);

    for (size_t i = 0; i < trial->count; i++) {
        const struct thing *below = &trial->things[i];

        if (strncmp(below->path, thing->path, size) == 0 && below->path[size] == '\\' &&
            world_names(&trial->world, below->path) && below->right != WORLD_WRITE &&
            !is_told(trial, below) && !leads_nowhere(below))
            return true;
    }
    return false;
}

/* A folder above something protected, or a root in a root: what is in it may change, it may not be swapped itself. */
static void check_anchored(struct trial *trial, struct thing *thing, uint32_t acts, const char *root)
{
    bool anchored = holds_closed(trial, thing) || world_names(&trial->world, thing->path);
    bool told = is_told(trial, thing) || (thing->folder && is_told(trial, thing->folder));
    bool strict = root && anchored && is_strict(thing) && thing->folder && is_strict(thing->folder) && !told;

    if (deletes_count(trial)) {
        must_not(trial, thing, acts & (MAY_DELETE | MAY_PERMIT), strict ? 0 : thing->exceptions,
                 "commands may swap:");
    } else if (root && acts & MAY_DELETE & ~thing->exceptions)
        escape(trial, 2, act_of(acts & MAY_DELETE & ~thing->exceptions), thing);
    must_not(trial, thing, acts & MAY_PERMIT, thing->exceptions, "commands may");
}

/* The first check at the restricted level is the user's own. */
static uint32_t first_check(const struct trial *trial, const struct thing *thing)
{
    return world_is_elevated(trial->world.recipe) ? UINT32_MAX : thing->users;
}

static void check_inside(struct trial *trial, struct thing *thing, uint32_t acts)
{
    uint32_t wanted = MAY_READ | MAY_WRITE;
    const char *root = world_outermost_root(&trial->world, thing->path);

    must_not(trial, thing, acts & MAY_PERMIT, thing->exceptions, "commands may");
    if (!root || world_names(&trial->world, thing->path) || holds_named(trial, thing))
        check_anchored(trial, thing, acts, root);
    else if (sim_gives(thing->file, &trial->user.access, SIM_DELETE) ||
             world_is_elevated(trial->world.recipe))
        wanted |= MAY(SIM_ACT_DELETE) | MAY_RENAME;
    if (!thing->plain || !thing->reached)
        return;
    seen.inside++;
    wanted &= first_check(trial, thing);
    if (thing->file->kind != FILE_KIND_DIRECTORY)
        wanted &= ~(MAY(SIM_ACT_CREATE_FILE) | MAY(SIM_ACT_CREATE_FOLDER));
    if (wanted & ~acts)
        failed(trial, "commands may not %s %s, which is in a root", act_of(wanted & ~acts), thing->path);
}

/*
 * A place that all may read already gets no entries (plan.h), so what in it is private stays so.
 */
static void check_readable(struct trial *trial, struct thing *thing, uint32_t acts)
{
    uint32_t wanted = MAY_READ & first_check(trial, thing);
    const struct thing *place = thing;

    while (place->folder && !world_names(&trial->world, place->path))
        place = place->folder;
    if (place->exceptions & MAY(SIM_ACT_OPEN_TO_READ))
        return;
    if (thing->plain && thing->reached && wanted & ~acts)
        failed(trial, "commands may not %s %s, which is to be read", act_of(wanted & ~acts), thing->path);
}

static void check_thing(struct trial *trial, struct thing *thing)
{
    uint32_t acts = may(trial, &trial->sandbox.access, thing);

    seen.things++;
    if (thing->right == WORLD_WRITE)
        check_inside(trial, thing, acts);
    else
        check_outside(trial, thing, acts);
    if (thing->right == WORLD_READ)
        check_readable(trial, thing, acts);
}

/* Four who decide. */

static bool simulation_gives(const struct access_token *who, const char *path, uint32_t access)
{
    struct sim_place place = sim_find(path, SIM_FOLLOW_LINK);
    uint32_t mask = (access & EXPLAIN_READ ? SIM_GENERIC_READ_FILE : 0) |
                    (access & EXPLAIN_WRITE ? SIM_GENERIC_WRITE_FILE : 0) |
                    (access & EXPLAIN_EXECUTE ? 0x1200A0 : 0);

    if (access == EXPLAIN_DELETE)
        return sim_may(who, path, SIM_ACT_DELETE) != 5;
    return sim_gives_by_folder(place.file, place.file->name->folder, who, mask);
}

/* Who owns a file may read its list, whatever it says. */
static const struct access_token *owner_of(const struct sim_file *file)
{
    static struct access_token token;
    size_t size;
    const uint8_t *owner = sim_part_of(file->descriptor, SIM_OWNER, &size);

    token = *sim_token_of(SIM_LOCAL_SYSTEM);
    token.user.sid.size = (uint8_t)(8 + 4 * owner[1]);
    memcpy(token.user.sid.bytes, owner, token.user.sid.size);
    return &token;
}

static void check_explanation(struct trial *trial, const struct thing *thing, uint32_t access)
{
    struct explanation explanation = {0};
    sbx_status status;

    (void)sim_caller_set(owner_of(thing->file));
    status = explain_path(&trial->boundary, &trial->sandbox.access, thing->path, access, &explanation, NULL);
    (void)sim_caller_set(&trial->user.access);
    if (status) {
        seen.unanswered++;
        return;
    }
    seen.explained++;
    if (explanation.allowed != simulation_gives(&trial->sandbox.access, thing->path, access))
        failed(trial, "explain says what the file system does not: %s", explanation.text);
    explanation_free(&explanation);
}

static void check_two_readings(struct trial *trial, const struct thing *thing)
{
    static const uint32_t wishes[] = {0x120089, 0x120116, 0x1200A0, 0x10000,
                                      0x40000,  0x80000,  0x40,     0x02000000};
    struct descriptor descriptor;

    if (descriptor_parse(thing->file->descriptor, thing->file->descriptor_size, &descriptor, NULL)) {
        failed(trial, "the descriptor of %s cannot be read", thing->path);
        return;
    }
    for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
        struct access_decision decision = {0};
        uint32_t granted;
        bool given = oracle_gives(thing->file->descriptor, thing->file->descriptor_size,
                                  &trial->sandbox.access, wishes[i], &sim_file_mapping, &granted);

        if (access_check(&descriptor, &trial->sandbox.access, wishes[i], &access_mapping_file, &decision,
                         NULL) ||
            decision.allowed != given || decision.granted != granted)
            failed(trial, "access_check and the oracle disagree about 0x%x on %s", wishes[i], thing->path);
    }
    descriptor_free(&descriptor);
}

static void check_agreement(struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++) {
        const struct thing *thing = &trial->things[i];

        check_two_readings(trial, thing);
        if (thing->file->link)
            continue;
        for (uint32_t access = EXPLAIN_READ; access <= EXPLAIN_EXECUTE; access *= 2)
            check_explanation(trial, thing, access);
    }
}

/* An attacker who does things one after another. */

static const char *some_path(struct chance *chance, const struct trial *trial, char path[2 * WORLD_PATH_SIZE])
{
    const struct thing *thing = &trial->things[chance_below(chance, (uint32_t)trial->count)];

    while (thing->right == WORLD_NOTHING && chance_percent(chance, 70))
        thing = &trial->things[chance_below(chance, (uint32_t)trial->count)];
    snprintf(path, 2 * WORLD_PATH_SIZE, chance_percent(chance, 40) ? "%s\\x%u" : "%s", thing->path,
             (unsigned)chance_below(chance, 3));
    return path;
}

static void attack(struct trial *trial, struct chance *chance)
{
    static const char *const attacks[] = {"write",     "create",   "delete",         "re-permission",
                                          "hard link", "junction", "take ownership", "rename"};
    const struct access_token *who = &trial->sandbox.access;

    for (unsigned i = 0; i < 40; i++) {
        char one[2 * WORLD_PATH_SIZE], other[2 * WORLD_PATH_SIZE];
        uint32_t error, what;

        some_path(chance, trial, one);
        some_path(chance, trial, other);
        what = chance_below(chance, 8);
        switch (what) {
        case 0:
            error = sim_do(who, one, SIM_ACT_WRITE, "evil");
            break;
        case 1:
            error = sim_do(who, one, chance_percent(chance, 50) ? SIM_ACT_CREATE_FILE : SIM_ACT_CREATE_FOLDER,
                           "evil");
            break;
        case 2:
            error = sim_do(who, one, SIM_ACT_DELETE, NULL);
            break;
        case 3:
            error = sim_do(who, one, SIM_ACT_SET_DACL, "D:(A;OICI;FA;;;WD)");
            break;
        case 4:
            error = sim_do_hard_link(who, one, other);
            break;
        case 5:
            error = sim_do_junction(who, one, other);
            break;
        case 6:
            error = sim_do(who, one, SIM_ACT_TAKE_OWNERSHIP, NULL);
            break;
        default:
            error = sim_do_rename(who, one, other, chance_percent(chance, 50));
        }
        if (getenv("SBX_SEED") && !error)
            fprintf(stderr, "    %s %s %s\n", attacks[what], one,
                    what == 4 || what == 5 || what > 6 ? other : "");
        seen.attacks++;
        seen.done += !error;
    }
}

/* Could anybody who is in every token have done anything to it, or swapped what it lies in? */
static bool is_anybodys(const struct trial *trial, const struct thing *thing)
{
    for (const struct thing *at = thing; at; at = at->folder) {
        if (at->exceptions & (MAY_WRITE | MAY_PERMIT | MAY_DELETE) &&
            (at == thing || at->exceptions & (MAY_PERMIT | MAY_DELETE)))
            return true;
    }
    return !thing->file->volume->keeps_acls || (trial->world.recipe == WORLD_WRITE_RESTRICTED);
}

static void check_untouched(struct trial *trial, const struct thing *thing, const uint8_t *descriptor,
                            size_t size)
{
    struct sim_place place;

    if (thing->right == WORLD_WRITE || is_anybodys(trial, thing))
        return;
    place = sim_find(thing->path, SIM_LOOK_AT_LINK);
    if (place.file != thing->file)
        failed(trial, "after an attack %s is another one, or gone", thing->path);
    else if (size != thing->file->descriptor_size || memcmp(descriptor, thing->file->descriptor, size) != 0)
        failed(trial, "after an attack %s has another descriptor", thing->path);
    else if (thing->file->kind == FILE_KIND_FILE && strstr((const char *)thing->file->bytes, "evil"))
        failed(trial, "after an attack %s has other contents", thing->path);
}

static void attack_and_look(struct trial *trial, struct chance *chance)
{
    uint8_t *descriptors[MOST_THINGS];
    size_t sizes[MOST_THINGS];

    for (size_t i = 0; i < trial->count; i++) {
        sizes[i] = trial->things[i].file->descriptor_size;
        descriptors[i] = malloc(sizes[i]);
        if (!descriptors[i])
            abort();
        memcpy(descriptors[i], trial->things[i].file->descriptor, sizes[i]);
    }
    attack(trial, chance);
    for (size_t i = 0; i < trial->count; i++) {
        check_untouched(trial, &trial->things[i], descriptors[i], sizes[i]);
        free(descriptors[i]);
    }
}

/* One world, from policy to undo. */

#define GROUP "S-1-5-21-1000-2000-3000-2001" /* of the account; nothing on files names it */

static const struct provision_host host = {.state_folder = WORLD_USER_STATE, .deeds = apply_files};

static bool resolve(struct trial *trial)
{
    static const struct sbx_strings nothing = {NULL, 0};
    struct sbx_policy policy = {0};
    struct boundary_input input = {
        .policy = &policy,
        .workspace = trial->world.workspace,
        .session_folder = SESSION,
        .user_sid = SIM_USER,
        .caller_environment = &nothing,
        .account_sid = world_is_elevated(trial->world.recipe) ? sim_account_sid(WORLD_ACCOUNT) : NULL,
        .account_group_sid = world_is_elevated(trial->world.recipe) ? GROUP : NULL,
        .unbuilt_too = true};
    struct sbx_error error = {0};
    sbx_status status = policy_parse(trial->world.policy, strlen(trial->world.policy), &policy, &error);

    if (!status) {
        status = boundary_resolve(&input, &trial->boundary, &error);
        policy_free(&policy);
    }
    if (status && status != SBX_E_WORKSPACE_REFUSED && status != SBX_E_POLICY_CONFLICT &&
        status != SBX_E_PATH_NOT_FOUND && /* through a junction that leads nowhere */
        status != SBX_E_SYSTEM)           /* may not be looked at */
        failed(trial, "no boundary: %s", error.text);
    return !status;
}

static void try_provisioned(struct trial *trial, struct chance *chance, const struct sim_snapshot *before)
{
    struct tree_outcome outcome = {0};
    struct sbx_error error = {0};
    struct sim_snapshot *after;
    bool attacked = chance_percent(chance, 30);

    make_tokens(trial);
    for (size_t i = 0; i < trial->count; i++)
        check_thing(trial, &trial->things[i]);
    check_agreement(trial);
    if (attacked)
        attack_and_look(trial, chance);

    /* What was moved away by a name that the user may not look at by itself is not found again: the journal stays. */
    if (provision_undo(&host, trial->boundary.capability_sid, &outcome, &error) &&
        !(attacked && error.system == 5 && !deletes_count(trial)))
        failed(trial, "what was done cannot be undone: %s", error.text);
    tree_outcome_free(&outcome);
    after = sim_snapshot(WORLD_USER_STATE);
    if (!attacked && sim_snapshot_difference(before, after))
        failed(trial, "undone, it is not as it was: %s", sim_snapshot_difference(before, after));
    sim_snapshot_free(after);
}

static void try_boundary(struct trial *trial, struct chance *chance)
{
    struct sim_snapshot *before = sim_snapshot(WORLD_USER_STATE);
    struct sim_snapshot *after;
    struct tree_outcome outcome = {0};
    struct provision *mark = NULL;
    struct plan plan = {0};
    struct sbx_error error = {0};
    sbx_status status;

    look_at_things(trial);
    status = provision_apply(&host, &trial->boundary, "one", &mark, &plan, &outcome, &error);
    provision_release(mark);
    trial->remarks = plan.remarks;
    plan.remarks = (struct sbx_strings){NULL, 0};
    plan_free(&plan);
    tree_outcome_free(&outcome);
    if (!status)
        try_provisioned(trial, chance, before);
    else {
        seen.refused++;
        after = sim_snapshot(WORLD_USER_STATE);
        if (sim_snapshot_difference(before, after))
            failed(trial, "refused (%s), it is not as it was: %s", error.text,
                   sim_snapshot_difference(before, after));
        sim_snapshot_free(after);
        if (status != SBX_E_WORKSPACE_REFUSED && status != SBX_E_SYSTEM)
            failed(trial, "refused: %s", error.text);
    }
    strings_free(&trial->remarks);
    forget_things(trial);
    sim_snapshot_free(before);
}

static bool try_world(enum world_recipe recipe, uint64_t seed)
{
    static struct trial trial;
    struct chance chance;

    memset(&trial, 0, sizeof trial);
    trial.seed = seed;
    chance_seed(&chance, seed);
    world_make(&chance, recipe, &trial.world);
    sim_token_copy(sim_token_of(SIM_ORDINARY_USER), &trial.user);
    make_exceptions(&trial);
    seen.worlds++;
    if (resolve(&trial)) {
        try_boundary(&trial, &chance);
        boundary_free(&trial.boundary);
    } else
        seen.refused++;
    return !trial.failed;
}

/* What the table calls absent must be seen to be so, or the claim that it is says nothing. */
static void check_counts(enum world_recipe recipe)
{
    static const char *const kinds[] = {"taken away", "read", "swapped"};

    CU_ASSERT(seen.refused < seen.worlds / 3);
    CU_ASSERT(seen.inside > seen.worlds * 4);
    CU_ASSERT(seen.strict > seen.worlds * 2);
    CU_ASSERT(seen.explained > seen.worlds * 80 && seen.unanswered < seen.explained / 20);
    CU_ASSERT(seen.done > seen.attacks / 50);
    for (unsigned kind = 0; kind < 3; kind++) {
        const char *shown = seen.shown[recipe][kind];

        CU_ASSERT_EQUAL(seen.escapes[recipe][kind] > 0, recipe == WORLD_WRITE_RESTRICTED);
        if (*shown)
            printf("    absent, as the table says: %lu %s, first: %s\n", seen.escapes[recipe][kind],
                   kinds[kind], shown);
    }
}

static void try_recipe(enum world_recipe recipe)
{
    const char *worlds = getenv("SBX_WORLDS");
    struct cases cases = chance_cases(WORLDS / WORLD_RECIPE_COUNT);
    unsigned failures = 0;

    if (worlds)
        cases.count = strtoul(worlds, NULL, 10) / WORLD_RECIPE_COUNT;
    memset(&seen, 0, sizeof seen);
    for (unsigned long i = 0; i < cases.count && failures < 3; i++)
        failures += !try_world(recipe, cases.first_seed + i);
    sim_reset();
    if (!failures && seen.worlds >= 100)
        check_counts(recipe);
    harness_note("%lu hosts, %lu refused; %lu objects, %lu in a root, %lu closed; %lu of %lu attacks done; "
                 "%lu explained",
                 seen.worlds, seen.refused, seen.things, seen.inside, seen.strict, seen.done, seen.attacks,
                 seen.explained);
}

static void write_restricted(void)
{
    try_recipe(WORLD_WRITE_RESTRICTED);
}

static void fully_restricted(void)
{
    try_recipe(WORLD_FULLY_RESTRICTED);
}

static void filtered(void)
{
    try_recipe(WORLD_FILTERED);
}

static void account_write_restricted(void)
{
    try_recipe(WORLD_ACCOUNT_WRITE_RESTRICTED);
}

static void account_fully_restricted(void)
{
    try_recipe(WORLD_ACCOUNT_FULLY_RESTRICTED);
}

const struct harness_suite claims_suite = {
    "claims",
    (const struct harness_test[]){
        {"write-restricted: writes outside and onto protected paths are refused, deletes and reads are not",
         write_restricted},
        {"fully-restricted: writes, deletes and reads outside are refused", fully_restricted},
        {"an account, filtered: writes, deletes and reads outside are refused", filtered},
        {"an account, write-restricted: the same behind a second wall", account_write_restricted},
        {"an account, fully restricted: the same, reads too", account_fully_restricted},
        {NULL, NULL},
    },
};
