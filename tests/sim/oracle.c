/*
 * oracle.c - the access check, right by right.
 *
 * A right is one bit. It is given when the label permits it, and a privilege, ownership or the DACL gives it.
 * What the DACL says of a right is what the first line says that speaks of the right and of the one who asks.
 */
#include "sim/oracle.h"

#include <stdlib.h>
#include <string.h>

enum {
    AT_CONTROL = 2,
    AT_OWNER = 4,
    AT_SACL = 12,
    AT_DACL = 16,
    HAS_DACL = 0x4,
    HAS_SACL = 0x10,
};

#define SYSTEM_SECURITY (1u << 24)
#define ASKS_FOR_ALL    (1u << 25)
#define RESERVED        0xF3000000u /* generic rights and the two above: no rights that a line can give */

typedef const uint8_t *bytes;

static unsigned two(bytes at)
{
    return at[0] + at[1] * 256u;
}

static uint32_t four(bytes at)
{
    return two(at) + two(at + 2) * 65536u;
}

/* A SID is told by where it begins: its second byte says how long it is. NULL is nobody. */
static bool same_person(bytes a, bytes b)
{
    return a && b && a[1] == b[1] && memcmp(a, b, 8 + 4u * a[1]) == 0;
}

static bool person_is(bytes sid, unsigned authority, uint32_t number)
{
    const uint8_t well_known[12] = {1, 1, 0, 0, 0, 0, 0, (uint8_t)authority, (uint8_t)number};

    return same_person(sid, well_known);
}

/* One line of a list that allows or denies. */
struct line {
    bool denies;
    uint32_t mask;
    bytes who;
};

struct scene {
    bytes descriptor;
    const struct access_token *token;
    const struct access_mapping *mapping;
    bytes owner;
    bool everything_goes; /* there is no DACL */
    struct line *lines;   /* those that count, in order */
    size_t line_count;
    bool owner_rights; /* one of them is for OWNER RIGHTS */
};

/* Who is asking: the token as it is, or its restricting SIDs in its place. */
typedef bool (*who_asks)(const struct scene *scene, bytes who, bool denies);

static bool token_itself(const struct scene *scene, bytes who, bool denies)
{
    const struct access_token *token = scene->token;

    bool found = same_person(who, token->user.sid.bytes) && (denies || !token->user.deny_only);

    for (size_t i = 0; i < token->group_count; i++) {
        bool for_denies = token->groups[i].enabled || token->groups[i].deny_only;
        bool for_allows = token->groups[i].enabled && !token->groups[i].deny_only;

        found = found || ((denies ? for_denies : for_allows) && same_person(who, token->groups[i].sid.bytes));
    }
    return found;
}

static bool restricting_sids(const struct scene *scene, bytes who, bool denies)
{
    size_t i = 0;

    (void)denies; /* they have no attributes */
    while (i < scene->token->restricting_count && !same_person(who, scene->token->restricting[i].bytes))
        i++;
    return i < scene->token->restricting_count;
}

/* A right in a mask: by itself, or inside a generic right. */
static bool holds(const struct scene *scene, uint32_t mask, uint32_t right)
{
    const uint32_t inside[4] = {scene->mapping->all, scene->mapping->execute, scene->mapping->write,
                                scene->mapping->read};

    for (unsigned generic = 0; generic < 4; generic++)
        if (mask >> (28 + generic) & 1 && inside[generic] & right)
            return true;
    return (mask & right) != 0;
}

static bool dacl_gives(const struct scene *scene, uint32_t right, who_asks asker)
{
    if (right & RESERVED)
        return false;
    for (size_t i = 0; i < scene->line_count; i++) {
        const struct line *line = &scene->lines[i];
        bytes who = person_is(line->who, 3, 4) ? scene->owner : line->who;

        if (holds(scene, line->mask, right) && asker(scene, who, line->denies))
            return !line->denies;
    }
    return false;
}

/* Rights that a write-restricted token needs its restricting SIDs for. */
static bool is_writing(const struct scene *scene, uint32_t right)
{
    const struct access_mapping *mapping = scene->mapping;

    if (right == ACCESS_DELETE || right == ACCESS_WRITE_DAC || right == ACCESS_WRITE_OWNER ||
        right == SYSTEM_SECURITY)
        return true;
    return mapping->write & right && !(mapping->read & right) && !(mapping->execute & right);
}

static bool list_gives(const struct scene *scene, uint32_t right)
{
    bool asked_twice =
        scene->token->restricting_count && (!scene->token->write_restricted || is_writing(scene, right));

    if (scene->everything_goes)
        return !(right & SYSTEM_SECURITY);
    return dacl_gives(scene, right, token_itself) &&
           (!asked_twice || dacl_gives(scene, right, restricting_sids));
}

static bool ownership_gives(const struct scene *scene, uint32_t right)
{
    if (right != ACCESS_READ_CONTROL && right != ACCESS_WRITE_DAC)
        return false;
    if (scene->owner_rights || !token_itself(scene, scene->owner, false))
        return false;
    return !scene->token->restricting_count || restricting_sids(scene, scene->owner, false);
}

static bool privilege_gives(const struct scene *scene, uint32_t right)
{
    switch (right) {
    case SYSTEM_SECURITY:
        return scene->token->privileges & PRIVILEGE_SECURITY;
    case ACCESS_WRITE_OWNER:
        return scene->token->privileges & (PRIVILEGE_TAKE_OWNERSHIP | PRIVILEGE_RELABEL);
    default:
        return false;
    }
}

/* The mandatory label: the first in the SACL that is in effect, else medium and no write up. */
static void find_label(const struct scene *scene, uint32_t *level, uint32_t *policy)
{
    bytes sacl = scene->descriptor + four(scene->descriptor + AT_SACL);
    bytes at = sacl + 8;

    *level = 0x2000;
    *policy = 1;
    if (!(two(scene->descriptor + AT_CONTROL) & HAS_SACL) || sacl == scene->descriptor)
        return;
    for (unsigned left = two(sacl + 4); left; left--, at += two(at + 2)) {
        bytes sid = at + 8;

        if (at[0] != 0x11 || at[1] & 0x08 || two(at + 2) < 20 || sid[0] != 1 || sid[1] < 1 ||
            8u + 8 + 4 * sid[1] > two(at + 2) || memcmp(sid + 2, "\0\0\0\0\0\x10", 6) != 0)
            continue;
        *level = four(sid + 4 + 4 * sid[1]);
        *policy = four(at + 4);
        return;
    }
}

static bool label_permits(const struct scene *scene, uint32_t level, uint32_t policy, uint32_t right)
{
    const struct access_mapping *mapping = scene->mapping;
    bool write_up = !(policy & 1);
    bool read_up = !(policy & 2);
    bool execute_up = !(policy & 4);
    bool reads = mapping->read & right || right == ACCESS_READ_CONTROL;
    bool executes = (mapping->execute & right && !(mapping->read & right)) || right == ACCESS_SYNCHRONIZE;
    bool writes = mapping->write & right || right == ACCESS_DELETE || right == ACCESS_WRITE_DAC ||
                  right == ACCESS_WRITE_OWNER || right == SYSTEM_SECURITY;

    if (!scene->token->no_write_up || scene->token->integrity >= level)
        return true;
    if (right == ACCESS_WRITE_OWNER && scene->token->privileges & PRIVILEGE_RELABEL)
        return true;
    if ((reads && read_up) || (executes && execute_up) || (writes && write_up))
        return true;
    if (reads || executes || writes)
        return false;
    /* In no category: whatever only "all" holds needs what writing needs. */
    return write_up;
}

/* Types of entries that have a say. What the others hold is nobody's business here. */
static const struct {
    uint8_t type;
    bool denies;
    bool object;
    bool conditional;
} types[] = {
    {0x00, false, false, false}, {0x01, true, false, false}, {0x05, false, true, false},
    {0x06, true, true, false},   {0x09, false, false, true}, {0x0A, true, false, true},
    {0x0B, false, true, true},   {0x0C, true, true, true},
};

/* An entry as a line, unless it has no say or is only for children. One without effect has an empty mask. */
static bool read_line(bytes at, struct line *line)
{
    bool one_type_only = false;
    size_t kind = 0;

    while (kind < sizeof types / sizeof types[0] && types[kind].type != at[0])
        kind++;
    if (kind == sizeof types / sizeof types[0] || at[1] & 0x08)
        return false;

    line->denies = types[kind].denies;
    line->mask = four(at + 4);
    line->who = at + 8;
    if (types[kind].object) {
        one_type_only = at[8] & 1;
        line->who = at + 12 + (at[8] & 1 ? 16 : 0) + (at[8] & 2 ? 16 : 0);
    }

    /* An open condition allows nothing, but it denies; so does a line for a type that nobody asked about. */
    if (!line->denies && (types[kind].conditional || one_type_only))
        line->mask = 0;
    if (person_is(line->who, 5, 10)) /* PRINCIPAL_SELF, and nobody is given for it */
        line->mask = 0;
    return true;
}

static void read_dacl(struct scene *scene, struct line *room, size_t room_count)
{
    bytes dacl = scene->descriptor + four(scene->descriptor + AT_DACL);
    bytes at = dacl + 8;

    scene->lines = room;
    if (!(two(scene->descriptor + AT_CONTROL) & HAS_DACL) || dacl == scene->descriptor) {
        scene->everything_goes = true;
        return;
    }
    if (two(dacl + 4) > room_count) {
        scene->lines = malloc(two(dacl + 4) * sizeof *scene->lines);
        if (!scene->lines)
            abort();
    }
    for (unsigned left = two(dacl + 4); left; left--, at += two(at + 2))
        if (read_line(at, &scene->lines[scene->line_count])) {
            if (person_is(scene->lines[scene->line_count].who, 3, 4))
                scene->owner_rights = true;
            scene->line_count++;
        }
}

bool oracle_gives(const void *descriptor, size_t size, const struct access_token *token, uint32_t wanted,
                  const struct access_mapping *mapping, uint32_t *granted)
{
    struct line room[64];
    struct scene scene = {.descriptor = descriptor, .token = token, .mapping = mapping};
    uint32_t given = 0;
    uint32_t level;
    uint32_t policy;
    bool all = true;

    (void)size;
    if (granted)
        *granted = 0;
    if (!four(scene.descriptor + AT_OWNER))
        return false;
    scene.owner = scene.descriptor + four(scene.descriptor + AT_OWNER);
    read_dacl(&scene, room, sizeof room / sizeof room[0]);
    find_label(&scene, &level, &policy);

    for (unsigned number = 0; number < 28; number++) {
        uint32_t right = 1u << number;
        bool named = holds(&scene, wanted, right) && right != ASKS_FOR_ALL;
        bool by_rights;

        if (!named && !(wanted & ASKS_FOR_ALL && !(right & RESERVED)))
            continue;
        by_rights = ownership_gives(&scene, right) || list_gives(&scene, right);
        if (named)
            by_rights = by_rights || privilege_gives(&scene, right);
        else if (scene.everything_goes && !(mapping->all & right) && !ownership_gives(&scene, right))
            continue;

        if (by_rights && label_permits(&scene, level, policy, right))
            given |= right;
        else if (named)
            all = false;
    }
    if (scene.lines != room)
        free(scene.lines);

    if (!all || !given)
        return false;
    if (granted)
        *granted = given;
    return true;
}
