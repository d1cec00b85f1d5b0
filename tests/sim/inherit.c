/*
 * inherit.c - the descriptor of a new file or folder, by [MS-DTYP] 2.5.3.4.
 *
 * Read by its own road, not core's: entry by entry over the stored bytes, for what Windows does when the
 * creator gives no descriptor, which is what CreateFile and CreateDirectory do.
 */
#include "sim/security.h"
#include "sim/world.h"

#include <string.h>

enum { OBJECT_INHERIT = 1, CONTAINER_INHERIT = 2, NO_PROPAGATE = 4, INHERIT_ONLY = 8, INHERITED = 0x10 };

#define AUTO_INHERITED 0x400u

struct child {
    bool is_container;
    bool automatic; /* the folder's list was inherited automatically, so this one is, too */
    const struct access_mapping *mapping;
    uint8_t owner[SID_MOST_SIZE];
    uint8_t group[SID_MOST_SIZE];
};

static unsigned two(const uint8_t *at)
{
    return at[0] + at[1] * 256u;
}

static uint32_t four(const uint8_t *at)
{
    return two(at) + two(at + 2) * 65536u;
}

static size_t sid_size(const uint8_t *sid)
{
    return 8 + 4u * sid[1];
}

static bool is_creator(const uint8_t *sid, uint8_t number)
{
    const uint8_t creator[12] = {1, 1, 0, 0, 0, 0, 0, 3, number};

    return memcmp(sid, creator, sizeof creator) == 0;
}

/* Types with one mask and one SID right behind the header. */
static bool is_simple(uint8_t type)
{
    return type <= 3 || (type >= 9 && type <= 0xA) || type == 0xD || type == 0x11;
}

static uint32_t without_generic(uint32_t mask, const struct access_mapping *mapping)
{
    uint32_t plain = mask & 0x0FFFFFFF;

    plain |= mask >> 31 & 1 ? mapping->read : 0;
    plain |= mask >> 30 & 1 ? mapping->write : 0;
    plain |= mask >> 29 & 1 ? mapping->execute : 0;
    plain |= mask >> 28 & 1 ? mapping->all : 0;
    return plain;
}

/* An entry with another mask, SID and flags; what lies behind its SID stays. */
static void put_entry(struct sim_bytes *out, const uint8_t *entry, unsigned flags, uint32_t mask,
                      const uint8_t *sid)
{
    size_t behind = 8 + sid_size(entry + 8);
    size_t rest = two(entry + 2) > behind ? two(entry + 2) - behind : 0;

    sim_put16(out, entry[0] | flags << 8);
    sim_put16(out, (unsigned)(8 + sid_size(sid) + rest));
    sim_put32(out, mask);
    sim_put(out, sid, sid_size(sid));
    sim_put(out, entry + behind, rest);
}

/*
 * What the child has of one entry of its folder: nothing, one entry, or the effective one and the one passed
 * on.
 */
static unsigned inherit_entry(const uint8_t *entry, const struct child *child, struct sim_bytes *out)
{
    unsigned flags = entry[1] & (OBJECT_INHERIT | CONTAINER_INHERIT | NO_PROPAGATE);
    unsigned mark = child->automatic ? INHERITED : 0;
    bool takes_effect = (flags & (child->is_container ? CONTAINER_INHERIT : OBJECT_INHERIT)) != 0;
    bool goes_on = child->is_container && !(flags & NO_PROPAGATE);
    const uint8_t *sid = entry + 8;
    const uint8_t *really;
    uint32_t mask, plain;

    if (!is_simple(entry[0]) || (!takes_effect && !(goes_on && flags & OBJECT_INHERIT)))
        return 0;
    if (two(entry + 2) < 16 || 8 + sid_size(sid) > two(entry + 2)) /* of its type by its number only */
        return 0;
    mask = four(entry + 4);
    plain = without_generic(mask, child->mapping);
    really = is_creator(sid, 0) ? child->owner : is_creator(sid, 1) ? child->group : sid;
    if (!takes_effect) {
        put_entry(out, entry, OBJECT_INHERIT | INHERIT_ONLY | mark, mask, sid);
        return 1;
    }
    if (!goes_on) {
        put_entry(out, entry, mark, plain, really);
        return 1;
    }
    if (plain == mask && really == sid) {
        put_entry(out, entry, flags | mark, mask, sid);
        return 1;
    }
    put_entry(out, entry, mark, plain, really);
    put_entry(out, entry, flags | INHERIT_ONLY | mark, mask, sid);
    return 2;
}

/* A whole list; false when nothing is inherited. */
static bool inherit_list(const uint8_t *list, const struct child *child, struct sim_bytes *out)
{
    const uint8_t *at;
    unsigned count = 0;
    size_t start = out->size;

    if (!list)
        return false;
    at = list + 8;
    sim_put(out, (uint8_t[]){list[0], 0, 0, 0, 0, 0, 0, 0}, 8);
    for (unsigned left = two(list + 4); left; left--, at += two(at + 2))
        count += inherit_entry(at, child, out);
    out->data[start + 2] = (uint8_t)(out->size - start);
    out->data[start + 3] = (uint8_t)((out->size - start) >> 8);
    out->data[start + 4] = (uint8_t)count;
    out->data[start + 5] = (uint8_t)(count >> 8);
    return count > 0;
}

/* TokenOwner, TokenPrimaryGroup: who is an administrator makes things for all of them. */
static void find_owner(const struct access_token *token, struct child *child)
{
    memcpy(child->owner, token->user.sid.bytes, token->user.sid.size);
    if (sim_is_administrator(token))
        sim_sid("S-1-5-32-544", child->owner);
    memcpy(child->group, token->user.sid.bytes, token->user.sid.size);
    if (child->group[1] == 5) { /* of a machine or domain: its group "None" or "Users", 513 */
        const uint8_t none[4] = {513 & 0xFF, 513 >> 8, 0, 0};

        memcpy(child->group + 8 + 4 * 4, none, 4);
    }
}

/* The token's default DACL: its owner and SYSTEM. */
static void put_default(const struct child *child, struct sim_bytes *out)
{
    static const uint8_t allow[20] = {0, 0, 20, 0, 0, 0, 0, 0, 1, 1}; /* an entry, to be given mask and SID */
    uint8_t system[SID_MOST_SIZE];
    size_t size;

    sim_sid("S-1-5-18", system);
    size = 8 + 8 + sid_size(child->owner) + 8 + sid_size(system);
    sim_put(out, (uint8_t[]){2, 0, (uint8_t)size, (uint8_t)(size >> 8), 2, 0, 0, 0}, 8);
    put_entry(out, allow, 0, child->mapping->all, child->owner);
    put_entry(out, allow, 0, child->mapping->all, system);
}

void sim_inherit(const void *parent, bool is_container, const struct access_token *token,
                 const struct access_mapping *mapping, struct sim_bytes *out)
{
    struct child child = {.is_container = is_container, .mapping = mapping};
    struct sim_bytes dacl = {0}, sacl = {0};
    unsigned control = 0x4;
    bool has_sacl = false;
    size_t size;

    find_owner(token, &child);
    child.automatic = parent && sim_control_of(parent) & AUTO_INHERITED;
    if (parent && inherit_list(sim_part_of(parent, SIM_DACL, &size), &child, &dacl))
        control |= child.automatic ? AUTO_INHERITED : 0;
    else {
        dacl.size = 0;
        put_default(&child, &dacl);
    }
    child.automatic = parent && sim_control_of(parent) & AUTO_INHERITED << 1;
    if (parent && inherit_list(sim_part_of(parent, SIM_SACL, &size), &child, &sacl)) {
        control |= 0x10 | (child.automatic ? AUTO_INHERITED << 1 : 0);
        has_sacl = true;
    }
    sim_build(control, child.owner, child.group, has_sacl ? sacl.data : NULL, dacl.data, out);
    sim_bytes_free(&dacl);
    sim_bytes_free(&sacl);
}
