/*
 * step.h - one change to the host, with its inverse: what plans list and journals keep.
 *
 * A step says what shall be, in data that is enough to do it, to see whether it is done, and to undo it, by somebody who
 * knows nothing else: the journal stores it whole. Doing and undoing are idempotent, because a crash may come between the
 * deed and its record.
 */
#ifndef SBX_CORE_STEP_H
#define SBX_CORE_STEP_H

#include "core/acl.h"
#include "os/firewall.h"
#include "os/wfp.h"

struct json_t;

enum step_kind {
    /* Files: any user's own. */
    STEP_ALLOW, /* entries that allow, on a folder and by inheritance on all in it, or on a file */
    STEP_DENY,  /* the same with entries that deny */
    STEP_ANCHOR, /* DELETE denied on a folder above a protected or denied path, that folder alone: what is renamed
                    with its folder is swapped */
    STEP_PASSAGE, /* read attributes and traverse on a folder above a root, that folder alone: node's lstat walks up */
    /* The machine: an administrator's. */
    STEP_GROUP,
    STEP_ACCOUNT,
    STEP_MEMBER,   /* an account in a group */
    STEP_RIGHT,    /* a logon right, by name, of a group */
    STEP_FIREWALL, /* a rule */
    STEP_FILTERS,  /* WFP filters, all in one transaction */
    STEP_VALUE,    /* a registry value below HKLM */
    STEP_CLOSED,   /* writing denied in a system folder, and in all that is in it, to a user's three groups */
    STEP_KIND_COUNT,
};

enum step_state { STEP_PLANNED, STEP_DONE, STEP_FAILED, STEP_UNDONE }; /* sbxStepState */

/*
 * What is there already when it is carried out, and was there when it was planned, is known by its ids; the path is for
 * finding it quickly and for people. The walker (core/tree.h) turns what is not inherited by itself into what would be.
 */
struct step_files {
    char *path; /* when it was planned */
    char volume_id[40], file_id[40];
    bool folder;
    struct ace *entries; /* at least one; of one SID, all of the type that the kind says */
    size_t entry_count;
    struct sbx_strings
        stops; /* file ids of what lies below and is not walked into: it has a rule of its own */
};

enum step_value_flags { STEP_VALUE_NUMBER = 1 }; /* a REG_DWORD, `text` is decimal; else a REG_SZ */

/* Accounts and groups are named, never told by SID: when a plan is made they may not be there yet. */
struct step_named {
    char *name; /* of the group, account, member, right or value; the path of a closed folder */
    char
        *of; /* the group of a member, the group that has a right, the key (below HKLM) of a value, the SID of
                   the user to whose groups a folder is closed; else "" */
    char *text;     /* the comment of a group or account, the content of a value; else "" */
    uint32_t flags; /* enum account_flags of an account, enum step_value_flags of a value; else 0 */
};

struct step_filters {
    struct wfp_filter *items;
    size_t count;
};

struct step {
    enum step_kind kind;
    enum step_state state;
    bool later; /* of a plan: it may be done while the session runs (plan.h). No journal knows it */
    char *rule; /* JSON pointer of the policy's value behind it; "" of machine steps */
    union {
        struct step_files files;
        struct step_named named;
        struct firewall_rule firewall; /* `users`: the group's name; whoever adds the rule makes SDDL of it */
        struct step_filters filters;   /* `user_sid` of each: the group's name likewise */
    };
};

void step_free(struct step *step); /* leaves it zeroed */
sbx_status step_copy(const struct step *from, struct step *to);

bool step_is_elevated(const struct step *step);
const char *step_kind_name(enum step_kind kind); /* "allow", ... Constant. */
const char *step_state_name(enum step_state state);

/*
 * The same change: kind and all data equal, entries and stops in the same order. State, rule, path and `later` do not count: by
 * another name it is the same file, and for another reason the same change.
 */
bool step_equal(const struct step *a, const struct step *b);

/* For people: what it changes, the change, what undoes it. Appended; look at buffer_failed. */
void step_write_target(const struct step *step, struct sbx_buffer *out);
void step_write_detail(const struct step *step, struct sbx_buffer *out);
void step_write_undo(const struct step *step, struct sbx_buffer *out);

/*
 * All of a step but its state and `later` as JSON, and back: what the journal keeps. step_as_json: NULL without memory; released with
 * json_decref. step_from_json: SBX_E_JOURNAL naming the key that is wrong (unknown keys and kinds, entries that are not of the
 * kind, too), SBX_E_MEMORY; *step is untouched on failure. What is read is written as it was. No password is ever in a step.
 */
struct json_t *step_as_json(const struct step *step);
sbx_status step_from_json(const struct json_t *json, struct step *step, struct sbx_error *error);

#endif
