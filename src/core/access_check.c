/*
 * access_check.c - the NT access check, with the reason for its answer.
 */
#include "core/access_check.h"

#include <string.h>

/* [MS-DTYP] 2.5.1.1: FR, FW, FX, FA. */
const struct access_mapping access_mapping_file = {0x00120089, 0x00120116, 0x001200A0, 0x001F01FF};

/* Read: query, VM_READ. Write: all that changes it. Execute: query limited, terminate, wait (NtCoreLib). */
const struct access_mapping access_mapping_process = {0x00020410, 0x00020BEA, 0x00121001, 0x001FFFFF};

#define GENERIC_BITS \
    (ACCESS_GENERIC_READ | ACCESS_GENERIC_WRITE | ACCESS_GENERIC_EXECUTE | ACCESS_GENERIC_ALL)

#define MEDIUM_INTEGRITY 0x2000

uint32_t access_map(uint32_t mask, const struct access_mapping *mapping)
{
    uint32_t mapped = mask & ~GENERIC_BITS;

    if (mask & ACCESS_GENERIC_READ)
        mapped |= mapping->read;
    if (mask & ACCESS_GENERIC_WRITE)
        mapped |= mapping->write;
    if (mask & ACCESS_GENERIC_EXECUTE)
        mapped |= mapping->execute;
    if (mask & ACCESS_GENERIC_ALL)
        mapped |= mapping->all;
    return mapped;
}

uint32_t access_write_mask(const struct access_mapping *mapping)
{
    return (mapping->write & ~(mapping->read | mapping->execute)) | ACCESS_DELETE | ACCESS_WRITE_DAC |
           ACCESS_WRITE_OWNER | ACCESS_SYSTEM;
}

/* All that the parts of one check share. */
struct check {
    const struct access_token *token;
    const struct access_mapping *mapping;
    const struct sid *owner;
    struct acl_cursor dacl; /* at its first entry */
    bool null_dacl;
    bool owner_implicit; /* READ_CONTROL and WRITE_DAC are the owner's anyway */
    uint32_t label_refuses;
};

/* The SIDs that an entry is compared with: the token's own, or its restricting ones. */
enum side { OWN_SIDS, RESTRICTING_SIDS };

static bool is_sid(const struct sid *sid, const uint8_t *bytes, size_t size)
{
    /* The last bytes first: that is where SIDs differ. */
    return sid->size == size && memcmp(sid->bytes + size - 4, bytes + size - 4, 4) == 0 &&
           memcmp(sid->bytes, bytes, size) == 0;
}

static bool is_among(const struct access_token *token, enum side side, const uint8_t *sid, size_t size,
                     bool denies)
{
    if (side == RESTRICTING_SIDS) {
        for (size_t i = 0; i < token->restricting_count; i++)
            if (is_sid(&token->restricting[i], sid, size))
                return true;
        return false;
    }

    if ((denies || !token->user.deny_only) && is_sid(&token->user.sid, sid, size))
        return true;
    for (size_t i = 0; i < token->group_count; i++) {
        const struct access_sid *group = &token->groups[i];

        if ((group->deny_only ? denies : group->enabled) && is_sid(&group->sid, sid, size))
            return true;
    }
    return false;
}

/* Does the entry concern the token? OWNER RIGHTS is another name for the owner, PRINCIPAL_SELF for nobody. */
static bool names_token(const struct check *check, enum side side, const struct acl_entry *entry)
{
    bool denies = entry->effect == ACL_DENIES;

    if (is_sid(&sid_owner_rights, entry->sid, entry->sid_size))
        return is_among(check->token, side, check->owner->bytes, check->owner->size, denies);
    if (is_sid(&sid_principal_self, entry->sid, entry->sid_size))
        return false;
    return is_among(check->token, side, entry->sid, entry->sid_size, denies);
}

/* Does an entry that names the token decide? An allow whose condition or object type is open does not. */
static bool takes_part(const struct acl_entry *entry)
{
    return entry->effect == ACL_DENIES || !(entry->callback || entry->has_object_type);
}

static bool is_effective(const struct acl_entry *entry)
{
    return entry->effect != ACL_NEITHER && entry->named && !(entry->flags & ACE_INHERIT_ONLY);
}

/* One walk over the DACL. */
struct walk {
    uint32_t granted;
    uint32_t denied;
    int last_entry; /* to grant something */
    uint32_t last_bits;
    int deny_entry; /* the first to deny something */
    uint32_t deny_bits;
    int unevaluated;
};

/*
 * Each bit of `open` goes by the first entry for it. Unless all is wanted, the first denial ends the walk.
 * What an entry cannot give ([MS-DTYP] 2.4.3) is never open: ACCESS_SYSTEM_SECURITY is a privilege's,
 * MAXIMUM_ALLOWED a question.
 */
static struct walk walk_dacl(const struct check *check, enum side side, uint32_t open, bool all)
{
    struct walk walk = {.last_entry = -1, .deny_entry = -1, .unevaluated = -1};
    struct acl_cursor cursor = check->dacl;
    struct acl_entry entry;

    for (int i = 0; open && acl_next(&cursor, &entry); i++) {
        uint32_t bits;

        if (!is_effective(&entry))
            continue;
        bits = access_map(entry.mask, check->mapping) & open;
        if (!bits || !names_token(check, side, &entry))
            continue;

        if (entry.callback && walk.unevaluated < 0)
            walk.unevaluated = i;
        if (!takes_part(&entry))
            continue;

        open &= ~bits;
        if (entry.effect == ACL_ALLOWS) {
            walk.granted |= bits;
            walk.last_entry = i;
            walk.last_bits = bits;
            continue;
        }
        walk.denied |= bits;
        if (walk.deny_entry < 0) {
            walk.deny_entry = i;
            walk.deny_bits = bits;
        }
        if (!all)
            break;
    }
    return walk;
}

/*
 * What the label refuses to a token below it. The three policies overlap where the generic mapping does: a
 * right stays as long as a category that is not refused holds it. Reading holds READ_CONTROL, writing DELETE,
 * WRITE_DAC, WRITE_OWNER and ACCESS_SYSTEM_SECURITY, executing SYNCHRONIZE; of what reading and executing
 * share, executing keeps nothing. Whatever is in no category at all goes with writing.
 */
static uint32_t refused_by(uint32_t policy, const struct access_mapping *mapping)
{
    uint32_t read = mapping->read | ACCESS_READ_CONTROL;
    uint32_t execute = (mapping->execute & ~mapping->read) | ACCESS_SYNCHRONIZE;
    uint32_t write = mapping->write | ACCESS_DELETE | ACCESS_WRITE_DAC | ACCESS_WRITE_OWNER | ACCESS_SYSTEM;
    uint32_t refused = 0;
    uint32_t kept = 0;

    *(policy & ACE_NO_READ_UP ? &refused : &kept) |= read;
    *(policy & ACE_NO_WRITE_UP ? &refused : &kept) |= write;
    *(policy & ACE_NO_EXECUTE_UP ? &refused : &kept) |= execute;

    if (policy & ACE_NO_WRITE_UP)
        refused |= ~(mapping->read | mapping->execute | ACCESS_READ_CONTROL | ACCESS_SYNCHRONIZE);
    return refused & ~kept;
}

/* A label in effect: S-1-16-LEVEL. */
static bool is_label(const struct acl_entry *entry)
{
    static const uint8_t authority[6] = {0, 0, 0, 0, 0, 16};

    return entry->type == ACE_LABEL && entry->plain && !(entry->flags & ACE_INHERIT_ONLY) &&
           entry->sid_size > 8 && memcmp(entry->sid + 2, authority, sizeof authority) == 0;
}

static uint32_t last_subauthority(const struct acl_entry *entry)
{
    const uint8_t *at = entry->sid + entry->sid_size - 4;

    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* The first label in effect counts, or the default. False for a malformed SACL. */
static bool check_label(struct check *check, const struct descriptor *descriptor)
{
    uint32_t level = MEDIUM_INTEGRITY;
    uint32_t policy = ACE_NO_WRITE_UP;
    bool found = false;
    struct acl_cursor cursor;
    struct acl_entry entry;

    if (!check->token->no_write_up)
        return true;

    if (descriptor->control & SD_SACL_PRESENT && descriptor->sacl.bytes) {
        if (!acl_begin(descriptor->sacl.bytes, descriptor->sacl.size, &cursor))
            return false;
        while (acl_next(&cursor, &entry)) {
            if (found || !is_label(&entry))
                continue;
            found = true;
            policy = entry.mask;
            level = last_subauthority(&entry);
        }
        if (cursor.left)
            return false;
    }

    if (check->token->integrity >= level)
        return true;
    check->label_refuses = refused_by(policy, check->mapping);
    if (check->token->privileges & PRIVILEGE_RELABEL)
        check->label_refuses &= ~ACCESS_WRITE_OWNER;
    return true;
}

/*
 * Looks at the DACL as a whole, once: it must be well-formed to its end, whichever entry decides, or a
 * decision would depend on where it is broken. False when it is not.
 */
static bool check_dacl(struct check *check, const struct descriptor *descriptor)
{
    struct acl_cursor cursor;
    struct acl_entry entry;
    bool owner_rights = false;

    check->null_dacl = !(descriptor->control & SD_DACL_PRESENT) || !descriptor->dacl.bytes;
    if (!check->null_dacl) {
        if (!acl_begin(descriptor->dacl.bytes, descriptor->dacl.size, &check->dacl))
            return false;
        cursor = check->dacl;
        while (acl_next(&cursor, &entry)) {
            if (entry.effect != ACL_NEITHER && !entry.named &&
                entry.type != 0x04 /* compound: never looked at */)
                return false;
            if (is_effective(&entry) && is_sid(&sid_owner_rights, entry.sid, entry.sid_size))
                owner_rights = true;
        }
        if (cursor.left)
            return false;
    }

    check->owner_implicit =
        !owner_rights && is_among(check->token, OWN_SIDS, check->owner->bytes, check->owner->size, false) &&
        (!check->token->restricting_count ||
         is_among(check->token, RESTRICTING_SIDS, check->owner->bytes, check->owner->size, false));
    return true;
}

/* The bits of `wanted` that privileges give, without a look at the DACL. */
static uint32_t by_privilege(const struct check *check, uint32_t wanted)
{
    uint32_t privileges = check->token->privileges;
    uint32_t bits = 0;

    if (privileges & PRIVILEGE_SECURITY)
        bits |= ACCESS_SYSTEM;
    if (privileges & (PRIVILEGE_TAKE_OWNERSHIP | PRIVILEGE_RELABEL))
        bits |= ACCESS_WRITE_OWNER;
    return wanted & bits;
}

static uint32_t by_ownership(const struct check *check, uint32_t wanted)
{
    return check->owner_implicit ? wanted & (ACCESS_READ_CONTROL | ACCESS_WRITE_DAC) : 0;
}

/* What the second check has to look at of `bits`. */
static uint32_t for_second_check(const struct check *check, uint32_t bits)
{
    if (!check->token->restricting_count)
        return 0;
    return check->token->write_restricted ? bits & access_write_mask(check->mapping) : bits;
}

static void refuse(struct access_decision *decision, enum access_rule rule, uint32_t bits)
{
    decision->allowed = false;
    decision->granted = 0;
    decision->rule = rule;
    decision->entry = -1;
    decision->deciding_bits = bits;
}

static void allow(struct access_decision *decision, enum access_rule rule, uint32_t bits)
{
    decision->allowed = true;
    decision->rule = rule;
    decision->deciding_bits = bits;
}

/* One of the two checks against the list. False when it refuses. */
static bool decide_by_list(const struct check *check, enum side side, uint32_t open,
                           struct access_decision *decision)
{
    struct walk walk = walk_dacl(check, side, open, false);

    decision->second_check = side == RESTRICTING_SIDS;
    if (decision->unevaluated < 0)
        decision->unevaluated = walk.unevaluated;

    if (walk.denied) {
        refuse(decision, ACCESS_BY_ENTRY, walk.deny_bits);
        decision->entry = walk.deny_entry;
        return false;
    }
    if (open & ~walk.granted) {
        refuse(decision, ACCESS_NO_ENTRY, open & ~walk.granted);
        return false;
    }
    allow(decision, ACCESS_BY_ENTRY, walk.last_bits);
    decision->entry = walk.last_entry;
    return true;
}

/* A wish without generic bits and without MAXIMUM_ALLOWED. */
static void decide(const struct check *check, uint32_t wanted, struct access_decision *decision)
{
    uint32_t open = wanted;
    uint32_t bits;

    decision->granted = wanted;
    decision->entry = -1;
    decision->unevaluated = -1;
    decision->second_check = false;

    if (!wanted) {
        refuse(decision, ACCESS_NO_ENTRY, 0);
        return;
    }
    if (wanted & check->label_refuses) {
        refuse(decision, ACCESS_LABEL, wanted & check->label_refuses);
        return;
    }

    bits = by_privilege(check, open);
    open &= ~bits;
    if (!open) {
        allow(decision, ACCESS_PRIVILEGE, bits);
        return;
    }
    if (open & ACCESS_SYSTEM) {
        refuse(decision, ACCESS_PRIVILEGE, ACCESS_SYSTEM);
        return;
    }

    bits = by_ownership(check, open);
    open &= ~bits;
    if (!open) {
        allow(decision, ACCESS_OWNER, bits);
        return;
    }

    if (check->null_dacl) {
        allow(decision, ACCESS_NULL_DACL, open);
        return;
    }
    if (!decide_by_list(check, OWN_SIDS, open, decision))
        return;
    open = for_second_check(check, open);
    if (open)
        decide_by_list(check, RESTRICTING_SIDS, open, decision);
}

/* All bits that MAXIMUM_ALLOWED gives besides those that are asked for by name. */
static uint32_t maximum(const struct check *check)
{
    uint32_t all = ~(ACCESS_SYSTEM | ACCESS_MAXIMUM_ALLOWED | GENERIC_BITS);
    uint32_t bits;

    if (check->null_dacl)
        bits = check->mapping->all & all;
    else {
        uint32_t second = for_second_check(check, all);

        bits = walk_dacl(check, OWN_SIDS, all, true).granted;
        if (second)
            bits &= ~second | walk_dacl(check, RESTRICTING_SIDS, second, true).granted;
    }
    return (bits | by_ownership(check, all)) & ~check->label_refuses;
}

sbx_status access_check(const struct descriptor *descriptor, const struct access_token *token,
                        uint32_t wanted, const struct access_mapping *mapping,
                        struct access_decision *decision, struct sbx_error *error)
{
    struct check check = {.token = token, .mapping = mapping, .owner = &descriptor->owner};
    struct access_decision made;
    uint32_t named = access_map(wanted, mapping) & ~ACCESS_MAXIMUM_ALLOWED;

    memset(&made, 0, sizeof made);
    made.unevaluated = -1;
    if (!descriptor->owner.size) {
        refuse(&made, ACCESS_NO_DESCRIPTOR, named);
        *decision = made;
        return SBX_OK;
    }
    if (!check_dacl(&check, descriptor))
        return error_set(error, SBX_E_ARGUMENT, "The DACL is malformed.");
    if (!check_label(&check, descriptor))
        return error_set(error, SBX_E_ARGUMENT, "The SACL is malformed.");

    if (!(wanted & ACCESS_MAXIMUM_ALLOWED))
        decide(&check, named, &made);
    else {
        /* What is named must be granted as if it were all; then all that is granted has one decision. */
        if (named)
            decide(&check, named, &made);
        if (!named || made.allowed)
            decide(&check, named | maximum(&check), &made);
    }
    *decision = made;
    return SBX_OK;
}
