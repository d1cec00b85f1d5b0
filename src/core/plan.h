/*
 * plan.h - the steps that take the host from what it is to what a boundary needs.
 *
 * Pure: the same boundary and the same facts of the host give the same plan, in the same order. plan_look asks the host
 * for the facts (reads only), plan_make thinks. Order: allows before denies would leave a moment in which a protected
 * path is open, so denies and anchors come first, then passages, then allows.
 *
 * The masks (files and folders):
 *   allow on a root itself: read, write, execute; on what is in it by inheritance: and DELETE. Never DELETE_CHILD, WRITE_DAC,
 *     WRITE_OWNER: with them the sandbox could re-permission what it is given.
 *   allow to read: read, execute.
 *   deny of a protected path: every right that writes, DELETE, DELETE_CHILD, WRITE_DAC, WRITE_OWNER.
 *   deny of a denied path: every right but SYNCHRONIZE and READ_CONTROL, which other rights are asked together with.
 *   anchor: DELETE, DELETE_CHILD, WRITE_DAC, WRITE_OWNER. No entry of ours gives the last three, but Everyone's or Users' may (a
 *     drive where Everyone has full control is common), and each would be a way to swap what lies below. passage: FILE_READ_ATTRIBUTES, FILE_TRAVERSE.
 *
 * Which steps a place gets:
 *   write: an allow. In another write root (which would let it be deleted, as anything in there): an anchor on itself, too.
 *   Whom an allow names: the place's SID. With restricting SIDs at the elevated level both checks must pass, so the account gets a
 *     step of its own beside it (to read with the write-restricted recipe, whose second check leaves reads out, it alone does).
 *   read: an allow, where the recipe checks reads (fully-restricted, the elevated level) and the place is neither in a write root nor
 *     readable by groups that every token has, as Program Files is: walking through those would give nothing. In a write root:
 *     the deny of a protected path, because there it is what differs from the rest.
 *   protect, deny: the deny, wherever it lies. Inside another one that says as much: nothing.
 * A deny stops at a write place in it, the deny of a denied path at a read place, too: the narrowest rule counts. A protected path
 * never widens a denied one. What gets a deny has an anchor on each folder above it, up to its outermost write root and with it. Passages: on the folders above allowed places, where reads are checked and groups that every token has
 * may not pass. Entries that name our own SIDs do not count when that is asked, so a second plan is the first one again.
 *
 * The session's temp folder, where a boundary lists it, is passed over: it is new and private for each session, so whoever makes it gives it
 * its list, and no plan that other sessions share knows of it.
 */
#ifndef SBX_CORE_PLAN_H
#define SBX_CORE_PLAN_H

#include "core/boundary.h"
#include "core/step.h"

#define PLAN_MASK_WRITE_ROOT  0x001201BFu /* FILE_GENERIC_READ | WRITE | EXECUTE */
#define PLAN_MASK_WRITE_BELOW 0x001301BFu /* and DELETE */
#define PLAN_MASK_READ        0x001200A9u
#define PLAN_MASK_PROTECT     0x000D0156u
#define PLAN_MASK_DENY        0x000D01FFu
#define PLAN_MASK_ANCHOR      0x000D0040u
#define PLAN_MASK_PASSAGE     0x000000A0u

/* What the host says of one place or of a folder above one. */
struct plan_object {
    char *path; /* as the boundary has it, or the beginning of it that names a folder above */
    char volume_id[40], file_id[40];
    bool folder;
    bool keeps_acls;
    bool reparse;
    uint8_t *descriptor; /* self-relative; NULL: we may not read it */
    size_t descriptor_size;
    bool changeable; /* we may write its DACL */
};

struct plan_facts {
    struct plan_object *objects; /* present places and the folders above them, each once, by path */
    size_t count;
    bool host_keeps_acls; /* acl_host_keeps_entries: false, and no file step is planned */
};

/*
 * `scratch_folder`: where acl_host_keeps_entries may make its file. A place that is gone since the boundary was resolved is left out. Only
 * read. SBX_E_WORKSPACE_REFUSED: a place is another object than the boundary resolved (somebody swapped it); SBX_E_SYSTEM, SBX_E_MEMORY;
 * *facts is untouched on failure.
 */
sbx_status plan_look(const struct boundary *boundary, const char *scratch_folder, struct plan_facts *facts,
                     struct sbx_error *error);
void plan_facts_free(struct plan_facts *facts);

/* A place that comes later (boundary.h) and has steps, or would have. */
struct plan_later {
    char *path;
    const struct toolchain_family *family;
    char *problem; /* why it has none: it cannot be given its entries. NULL: it has */
};

/*
 * Later are of the steps those that only places need that come later: their own allows, the passages above them. What denies never
 * is, nor what holds for a place in a write root, where to be read alone is a restriction.
 */
struct plan {
    struct step *steps;
    size_t count;
    struct plan_later *later;
    size_t later_count;
    struct sbx_strings remarks; /* what cannot be planned on this host, and why: for the report */
    bool host_keeps_acls;       /* as in the facts; false: there is no step because none would hold */
};

/*
 * SBX_E_WORKSPACE_REFUSED (what needs a step has a NULL DACL, lies on a volume without ACLs where the host keeps them elsewhere, is a
 * reparse point, or may not be changed by us; the text names it, the policy's value behind it, and what to do. Of a place that comes
 * later that is its `problem` instead),
 * SBX_E_PATH_NOT_FOUND (a folder between that the facts do not know: it is gone), SBX_E_ARGUMENT (a SID or descriptor that is none),
 * SBX_E_MEMORY. *plan is untouched on failure.
 */
sbx_status plan_make(const struct boundary *boundary, const struct plan_facts *facts, struct plan *plan,
                     struct sbx_error *error);
void plan_free(struct plan *plan);

/*
 * Copies of the later steps that the place at `path` needs, in order: passages above it, its own. *part needs plan_free.
 * SBX_E_MEMORY; *part is untouched then.
 */
sbx_status plan_part(const struct plan *plan, const char *path, struct plan *part, struct sbx_error *error);

/* A table for people; and {"steps": [...], "remarks": [...]}. Appended; look at buffer_failed. */
void plan_write_text(const struct plan *plan, struct sbx_buffer *out);
void plan_write_json(const struct plan *plan, struct sbx_buffer *out);

#endif
