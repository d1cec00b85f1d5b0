/*
 * plan.c - what a boundary needs on a host, thought out.
 *
 * In three passes. What applies to each place follows from the places around it (judge_place), then what applies to the folders above
 * (mark_above), then all of it is written down in the order that leaves nothing open (write_steps).
 */
#include "core/plan.h"

#include "base/memory.h"
#include "core/access_check.h"
#include "core/path.h"
#include "core/plan_index.h"

#include <string.h>

#define INHERITED_BY_ALL (ACE_OBJECT_INHERIT | ACE_CONTAINER_INHERIT)
#define MEDIUM_INTEGRITY 0x2000

/* What is thought of a place. `under`: by rules above it, `in`: for what is in it. */
struct judged {
    const struct boundary_place *place;
    const struct plan_object *object; /* NULL: it is not there */
    size_t around;                    /* the nearest place above, PLAN_NONE */
    size_t outermost;                 /* the outermost write root around it, PLAN_NONE */
    bool in_protected, in_denied;
    bool later;         /* what it needs may come later */
    bool in_allowed;    /* entries that allow (ours) reach what is in it, so no passage is needed there */
    uint32_t deny_mask; /* of its own entry, 0: none */
    uint32_t allow_mask;
    size_t *stops; /* places that its deny does not go into */
    size_t stop_count, stop_capacity;
};

/* What is thought of a folder: the JSON pointers of the values that want it, NULL: none does. */
struct wanted {
    const char *anchor;
    const char *passage;
    bool looked_at; /* for a passage */
    bool later;     /* the passage is for places alone that come later */
};

struct planning {
    const struct boundary *boundary;
    const struct plan_facts *facts;
    struct judged *judged; /* one for each place */
    struct wanted *wanted; /* one for each object */
    struct plan_index places, objects;
    struct sid principal;
    struct access_sid *groups; /* that every token of the recipe has, ours left out */
    size_t group_count;
    bool reads_checked;
    struct plan plan;
    struct sbx_error *error;
};

void plan_free(struct plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        step_free(&plan->steps[i]);
    sbx_free(plan->steps);
    for (size_t i = 0; i < plan->later_count; i++) {
        sbx_free(plan->later[i].path);
        sbx_free(plan->later[i].problem);
    }
    sbx_free(plan->later);
    strings_free(&plan->remarks);
    memset(plan, 0, sizeof *plan);
}

static sbx_status remark(struct planning *planning, struct sbx_buffer *text)
{
    sbx_status status = buffer_failed(text) || strings_append(&planning->plan.remarks, buffer_text(text))
                            ? error_memory(planning->error, "a plan")
                            : SBX_OK;

    buffer_free(text);
    return status;
}

static const struct plan_object *object_at(const struct planning *planning, const char *path, size_t size)
{
    size_t found = plan_index_find(&planning->objects, path, size);

    return found == PLAN_NONE ? NULL : &planning->facts->objects[found];
}

static struct wanted *wanted_of(const struct planning *planning, const struct plan_object *object)
{
    return &planning->wanted[object - planning->facts->objects];
}

/* The token of the recipe, as far as entries go that are not ours. */

static bool is_ours(const struct boundary *boundary, const char *sid)
{
    if (strcmp(sid, boundary->principal_sid) == 0 ||
        (boundary->capability_sid && strcmp(sid, boundary->capability_sid) == 0))
        return true;
    for (size_t i = 0; i < boundary->place_count; i++)
        if (boundary->places[i].sid && strcmp(sid, boundary->places[i].sid) == 0)
            return true;
    return false;
}

static sbx_status add_group(struct planning *planning, const char *text)
{
    struct access_sid *group = &planning->groups[planning->group_count];

    if (is_ours(planning->boundary, text))
        return SBX_OK;
    group->enabled = true;
    planning->group_count++;
    return sid_parse(text, &group->sid, planning->error);
}

/* Does the second check cover reads, too? */
static bool checks_reads_again(const struct boundary *boundary)
{
    return boundary->recipe.restricting_sids.count && !boundary->recipe.write_restricted;
}

/* Does an account have to pass the first check, and its restricting SIDs the second? */
static bool checks_twice(const struct boundary *boundary)
{
    return boundary->level == SBX_LEVEL_ELEVATED && boundary->recipe.restricting_sids.count;
}

/*
 * Of a fully restricted token the restricting SIDs, because the first check is the user's own and the user may pass here; at the elevated
 * level the groups that no account can be without; of those, where both checks cover reads, the ones that are restricting SIDs, too.
 */
static sbx_status make_groups(struct planning *planning)
{
    static const char *const of_every_account[] = {"S-1-1-0", "S-1-5-32-545", "S-1-5-11"};
    const struct boundary *boundary = planning->boundary;
    const struct sbx_strings *restricting = &boundary->recipe.restricting_sids;
    bool elevated = boundary->level == SBX_LEVEL_ELEVATED;
    bool twice = elevated && checks_reads_again(boundary);
    size_t count = !elevated ? restricting->count : twice ? 2 : 3;
    sbx_status status = SBX_OK;

    planning->reads_checked = elevated || checks_reads_again(boundary);
    if (!planning->reads_checked)
        return SBX_OK;
    planning->groups = sbx_alloc_array(count, sizeof *planning->groups);
    if (!planning->groups)
        return error_memory(planning->error, "a plan");
    for (size_t i = 0; i < count && !status; i++)
        status = add_group(planning, elevated ? of_every_account[i] : restricting->items[i]);
    return status;
}

/* May those groups do it? An unreadable descriptor: no. */
static sbx_status groups_may(const struct planning *planning, const struct plan_object *object,
                             uint32_t wanted, bool *may)
{
    struct access_token token = {.groups = planning->groups,
                                 .group_count = planning->group_count,
                                 .integrity = MEDIUM_INTEGRITY,
                                 .no_write_up = true};
    struct access_decision decision = {.allowed = false};
    struct descriptor descriptor;
    sbx_status status;

    *may = !object->keeps_acls;
    if (*may || !object->descriptor)
        return SBX_OK;
    status = descriptor_parse(object->descriptor, object->descriptor_size, &descriptor, planning->error);
    if (status)
        return status;
    status = access_check(&descriptor, &token, wanted, &access_mapping_file, &decision, planning->error);
    *may = decision.allowed;
    descriptor_free(&descriptor);
    return status;
}

/* Places. */

static const struct judged *around(const struct planning *planning, const struct judged *judged)
{
    return judged->around == PLAN_NONE ? NULL : &planning->judged[judged->around];
}

static sbx_status add_stop(struct planning *planning, struct judged *judged, size_t stop)
{
    if (judged->stop_count == judged->stop_capacity) {
        size_t capacity = judged->stop_capacity ? judged->stop_capacity * 2 : 4;
        size_t *grown = sbx_realloc(judged->stops, capacity * sizeof *grown);

        if (!grown)
            return error_memory(planning->error, "a plan");
        judged->stops = grown;
        judged->stop_capacity = capacity;
    }
    judged->stops[judged->stop_count++] = stop;
    return SBX_OK;
}

/* Denies that would reach this write or read place stop at it. */
static sbx_status stop_denies_at(struct planning *planning, size_t index)
{
    const struct judged *judged = &planning->judged[index];
    bool all = judged->place->right == BOUNDARY_WRITE;
    sbx_status status = SBX_OK;

    for (size_t above = judged->around; above != PLAN_NONE && !status;) {
        struct judged *at = &planning->judged[above];

        if (at->deny_mask == PLAN_MASK_DENY || (all && at->deny_mask))
            status = add_stop(planning, at, index);
        /* What is further up stopped there already. */
        if (at->object && (at->place->right == BOUNDARY_WRITE || (!all && at->place->right == BOUNDARY_READ)))
            break;
        above = at->around;
    }
    return status;
}

static sbx_status judge_read(struct planning *planning, struct judged *judged)
{
    bool readable = false;
    sbx_status status;

    if (judged->outermost != PLAN_NONE) {
        judged->deny_mask = judged->in_protected ? 0 : PLAN_MASK_PROTECT;
        judged->in_protected = true;
        return SBX_OK;
    }
    if (!planning->reads_checked)
        return SBX_OK;
    status = groups_may(planning, judged->object, PLAN_MASK_READ, &readable);
    judged->allow_mask = readable ? 0 : PLAN_MASK_READ;
    judged->in_allowed = true;
    return status;
}

/* By what is around it, which was judged before: a folder comes before what is in it. */
static sbx_status judge_place(struct planning *planning, size_t index)
{
    struct judged *judged = &planning->judged[index];
    const struct judged *above = around(planning, judged);
    bool under_denied = above && above->in_denied;
    bool under_protected = above && above->in_protected;
    sbx_status status = SBX_OK;

    judged->outermost = PLAN_NONE;
    if (above)
        judged->outermost =
            above->outermost == PLAN_NONE && above->object && above->place->right == BOUNDARY_WRITE
                ? judged->around
                : above->outermost;
    judged->in_protected = under_protected;
    judged->in_denied = under_denied;
    judged->in_allowed = above && above->in_allowed;
    if (!judged->object)
        return SBX_OK;

    switch (judged->place->right) {
    case BOUNDARY_WRITE:
        judged->in_protected = judged->in_denied = false;
        judged->allow_mask = PLAN_MASK_WRITE_ROOT;
        judged->in_allowed = true;
        status = under_protected || under_denied ? stop_denies_at(planning, index) : SBX_OK;
        break;
    case BOUNDARY_READ:
        judged->in_denied = false;
        status = under_denied ? stop_denies_at(planning, index) : SBX_OK;
        if (!status)
            status = judge_read(planning, judged);
        break;
    case BOUNDARY_PROTECT:
        judged->deny_mask = under_protected || under_denied ? 0 : PLAN_MASK_PROTECT;
        judged->in_protected = true;
        break;
    case BOUNDARY_DENY:
        judged->deny_mask = under_denied ? 0 : PLAN_MASK_DENY;
        judged->in_denied = true;
        break;
    }
    return status;
}

static bool has_null_dacl(const struct planning *planning, const struct plan_object *object,
                          sbx_status *status)
{
    struct descriptor descriptor;
    bool null;

    *status = descriptor_parse(object->descriptor, object->descriptor_size, &descriptor, planning->error);
    if (*status)
        return false;
    null = !(descriptor.control & SD_DACL_PRESENT) || !descriptor.dacl.bytes;
    descriptor_free(&descriptor);
    return null;
}

/* What gets an entry must be able to keep it. NULL, or why this cannot. */
static const char *why_unchangeable(const struct planning *planning, const struct plan_object *object,
                                    sbx_status *status)
{
    const char *why = NULL;

    *status = SBX_OK;
    if (object->reparse)
        why = "it is a link or another reparse point. Delete it if a command put it there, else name what it "
              "leads to";
    else if (!object->keeps_acls)
        why = "its volume keeps no access control lists. Use a folder on an NTFS or ReFS volume";
    else if (!object->changeable || !object->descriptor)
        why = "you may not change its access control list. Use a folder of your own, or have its owner give "
              "you "
              "full control";
    else if (has_null_dacl(planning, object, status))
        why = "it has no access control list at all (a NULL DACL): one entry in it would lock everybody else "
              "out. "
              "Give it a list first, as with: icacls PATH /reset";
    return why;
}

static sbx_status check_changeable(const struct planning *planning, const struct plan_object *object,
                                   const char *pointer, struct sbx_error *error)
{
    sbx_status status;
    const char *why = why_unchangeable(planning, object, &status);

    return !why ? status
                : error_set(error, SBX_E_WORKSPACE_REFUSED,
                            "%s (%s in the policy) cannot be given its entries: %s.", object->path, pointer,
                            why);
}

/* Of what was found and cannot be given entries, nobody named the path: it is told. *open: it is so. */
static sbx_status remark_open(struct planning *planning, const struct plan_object *object,
                              const struct boundary_place *place, bool *open)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    sbx_status status;
    const char *why = why_unchangeable(planning, object, &status);

    *open = why != NULL;
    if (!why)
        return status;
    buffer_append_format(&text, "%s (%s, %s) cannot be given its entries: %s.", object->path, place->pointer,
                         place->right == BOUNDARY_DENY ? "which a toolchain keeps credentials in"
                                                       : "a repository that was found",
                         why);
    return remark(planning, &text);
}

static sbx_status remark_absent(struct planning *planning, const struct boundary_place *place)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    buffer_append_format(&text,
                         "%s (%s) is not there yet: it gets its entries at the first Provision after it "
                         "has appeared.",
                         place->path, place->pointer);
    return remark(planning, &text);
}

static bool is_temp(const struct boundary *boundary, const char *path)
{
    return boundary->temp && path_holds(boundary->temp, path);
}

/* Of each of them most names are not there, which goes without saying. */
static sbx_status find_found(struct planning *planning, struct judged *judged)
{
    bool open = false;
    sbx_status status = judged->object ? remark_open(planning, judged->object, judged->place, &open) : SBX_OK;

    if (open)
        judged->object = NULL;
    return status;
}

static sbx_status find_place(struct planning *planning, size_t index)
{
    const struct boundary_place *place = &planning->boundary->places[index];
    struct judged *judged = &planning->judged[index];
    size_t size = strlen(place->path);

    judged->place = place;
    judged->around = PLAN_NONE;
    for (size_t above = plan_parent_size(place->path, size); above && judged->around == PLAN_NONE;
         above = plan_parent_size(place->path, above))
        judged->around = plan_index_find(&planning->places, place->path, above);
    plan_index_add(&planning->places, place->path, size, index);

    if (is_temp(planning->boundary, place->path))
        return SBX_OK;
    judged->object = place->present ? object_at(planning, place->path, size) : NULL;
    if (place->found)
        return find_found(planning, judged);
    return judged->object ? SBX_OK : remark_absent(planning, place);
}

/* Nobody wrote its path: what cannot be given its entries keeps those commands from starting that need it, not the session. */
static sbx_status list_later(struct planning *planning, struct judged *judged)
{
    struct plan_later *listed = &planning->plan.later[planning->plan.later_count];
    struct sbx_error met = {0};
    sbx_status status;

    listed->path = sbx_strdup(judged->place->path);
    listed->family = judged->place->family;
    if (!listed->path)
        return error_memory(planning->error, "a plan");
    planning->plan.later_count++;
    status = check_changeable(planning, judged->object, judged->place->pointer, &met);
    if (status != SBX_E_WORKSPACE_REFUSED) {
        if (status && planning->error && !planning->error->code)
            *planning->error = met;
        return status;
    }
    listed->problem = sbx_strdup(met.text);
    judged->object = NULL;
    judged->allow_mask = 0;
    return listed->problem && !strings_append(&planning->plan.remarks, met.text)
               ? SBX_OK
               : error_memory(planning->error, "a plan");
}

static sbx_status check_place(struct planning *planning, struct judged *judged)
{
    if (!judged->object || !(judged->deny_mask || judged->allow_mask))
        return SBX_OK;
    judged->later = judged->place->later && !judged->deny_mask;
    return judged->later
               ? list_later(planning, judged)
               : check_changeable(planning, judged->object, judged->place->pointer, planning->error);
}

static sbx_status judge_places(struct planning *planning)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < planning->boundary->place_count && !status; i++) {
        status = find_place(planning, i);
        if (!status)
            status = judge_place(planning, i);
        if (!status)
            status = check_place(planning, &planning->judged[i]);
    }
    return status;
}

/* Folders above. */

/* The next folder above *size, and the place that counts in it. False: there is none. */
static bool step_up(const struct planning *planning, const char *path, size_t *size, const struct judged **in)
{
    *size = plan_parent_size(path, *size);
    if (!*size)
        return false;
    /* As long as it lies in it, the same place counts; then comes the place's own folder, then the one around. */
    while (*in && strlen((*in)->place->path) > *size)
        *in = around(planning, *in);
    return true;
}

static sbx_status anchor(struct planning *planning, const struct plan_object *object,
                         const struct boundary_place *place, size_t size)
{
    const char *path = place->path, *pointer = place->pointer;
    bool open = false;
    sbx_status status;

    if (!object)
        return error_set(planning->error, SBX_E_PATH_NOT_FOUND,
                         "%.*s, which lies above %s (%s in the policy), is gone. Provision again.", (int)size,
                         path, path, pointer);
    if (place->found) {
        status = remark_open(planning, object, place, &open);
        if (!status && !open)
            wanted_of(planning, object)->anchor = pointer;
        return status;
    }
    wanted_of(planning, object)->anchor = pointer;
    return check_changeable(planning, object, pointer, planning->error);
}

/* From a place that must not be moved up to its outermost write root; folders whose own deny covers it all need none. */
static sbx_status mark_anchors(struct planning *planning, const struct judged *judged)
{
    const char *path = judged->place->path;
    const struct judged *in = around(planning, judged);
    size_t root_size;
    size_t size = strlen(path);
    sbx_status status = SBX_OK;

    if (judged->outermost == PLAN_NONE)
        return SBX_OK;
    root_size = strlen(planning->judged[judged->outermost].place->path);
    if (!judged->deny_mask && !wanted_of(planning, judged->object)->anchor)
        status = anchor(planning, judged->object, judged->place, size);

    while (!status && step_up(planning, path, &size, &in) && size >= root_size) {
        const struct plan_object *object = object_at(planning, path, size);

        if (in && (in->in_protected || in->in_denied))
            continue;
        if (object && wanted_of(planning, object)->anchor)
            break; /* and so has all above it */
        status = anchor(planning, object, judged->place, size);
    }
    return status;
}

static sbx_status remark_no_passage(struct planning *planning, const struct plan_object *object,
                                    const char *pointer)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    buffer_append_format(
        &text,
        "%s, above %s: you may not change its access control list, so commands cannot see its "
        "attributes; programs that look at every folder above a path (node's realpath) "
        "fail there.",
        object->path, pointer);
    return remark(planning, &text);
}

static sbx_status look_at_passage(struct planning *planning, const struct plan_object *object,
                                  const char *pointer, bool later)
{
    bool may = false;
    sbx_status status = groups_may(planning, object, PLAN_MASK_PASSAGE, &may);

    if (status || may)
        return status;
    if (!object->changeable || object->reparse)
        return remark_no_passage(planning, object, pointer);
    wanted_of(planning, object)->passage = pointer;
    wanted_of(planning, object)->later = later;
    return SBX_OK;
}

static sbx_status mark_passages(struct planning *planning, const struct judged *judged)
{
    const char *path = judged->place->path;
    const struct judged *in = around(planning, judged);
    size_t size = strlen(path);
    sbx_status status = SBX_OK;

    while (!status && step_up(planning, path, &size, &in)) {
        const struct plan_object *object = object_at(planning, path, size);
        struct wanted *wanted;

        if (in && in->in_allowed)
            break; /* above that place, its own way up says what is needed */
        if (!object || (in && in->in_denied))
            continue;
        wanted = wanted_of(planning, object);
        if (wanted->looked_at)
            break; /* and so is all above it */
        wanted->looked_at = true;
        status = look_at_passage(planning, object, judged->place->pointer, judged->later);
    }
    return status;
}

static sbx_status mark_above_these(struct planning *planning, bool later)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < planning->boundary->place_count && !status; i++) {
        const struct judged *judged = &planning->judged[i];
        enum boundary_right right = judged->place->right;

        if (!judged->object || judged->later != later)
            continue;
        if (judged->deny_mask || right == BOUNDARY_WRITE)
            status = mark_anchors(planning, judged);
        if (!status && planning->reads_checked && (right == BOUNDARY_WRITE || right == BOUNDARY_READ))
            status = mark_passages(planning, judged);
    }
    return status;
}

/* What is left for those that come later is theirs alone. */
static sbx_status mark_above(struct planning *planning)
{
    sbx_status status = mark_above_these(planning, false);

    return status ? status : mark_above_these(planning, true);
}

/* Writing down. */

static sbx_status add_step(struct planning *planning, enum step_kind kind, const struct plan_object *object,
                           const char *pointer, const struct ace *entries, size_t entry_count, bool later)
{
    struct step step = {.kind = kind, .later = later, .rule = sbx_strdup(pointer)};
    struct step_files *files = &step.files;

    files->path = sbx_strdup(object->path);
    memcpy(files->volume_id, object->volume_id, sizeof files->volume_id);
    memcpy(files->file_id, object->file_id, sizeof files->file_id);
    files->folder = object->folder;
    files->entries = sbx_alloc_array(entry_count, sizeof *entries);
    if (!step.rule || !files->path || !files->entries) {
        step_free(&step);
        return error_memory(planning->error, "a plan");
    }
    memcpy(files->entries, entries, entry_count * sizeof *entries);
    files->entry_count = entry_count;
    planning->plan.steps[planning->plan.count++] = step;
    return SBX_OK;
}

static sbx_status write_stops(struct planning *planning, const struct judged *judged)
{
    struct sbx_strings *stops = &planning->plan.steps[planning->plan.count - 1].files.stops;

    if (!judged->stop_count)
        return SBX_OK;
    stops->items = sbx_alloc_array(judged->stop_count, sizeof *stops->items);
    if (!stops->items)
        return error_memory(planning->error, "a plan");
    for (; stops->count < judged->stop_count; stops->count++) {
        const struct judged *stop = &planning->judged[judged->stops[stops->count]];

        stops->items[stops->count] = sbx_strdup(stop->object->file_id);
        if (!stops->items[stops->count])
            return error_memory(planning->error, "a plan");
    }
    return SBX_OK;
}

static sbx_status write_deny(struct planning *planning, const struct judged *judged)
{
    struct ace entry = {ACE_DENY, judged->object->folder ? INHERITED_BY_ALL : 0, judged->deny_mask,
                        planning->principal};
    sbx_status status =
        add_step(planning, STEP_DENY, judged->object, judged->place->pointer, &entry, 1, false);

    return status ? status : write_stops(planning, judged);
}

static sbx_status write_allow_for(struct planning *planning, const struct judged *judged, const char *sid)
{
    bool folder = judged->object->folder;
    bool writes = judged->allow_mask == PLAN_MASK_WRITE_ROOT;
    struct ace entries[2] = {
        {ACE_ALLOW, folder && !writes ? INHERITED_BY_ALL : 0, judged->allow_mask, {{0}, 0}}};
    sbx_status status = sid_parse(sid, &entries[0].sid, planning->error);

    entries[1] =
        (struct ace){ACE_ALLOW, INHERITED_BY_ALL | ACE_INHERIT_ONLY, PLAN_MASK_WRITE_BELOW, entries[0].sid};
    return status ? status
                  : add_step(planning, STEP_ALLOW, judged->object, judged->place->pointer, entries,
                             folder && writes ? 2 : 1, judged->later);
}

static sbx_status write_allow(struct planning *planning, const struct judged *judged)
{
    const struct boundary *boundary = planning->boundary;
    bool second = judged->place->right == BOUNDARY_WRITE || checks_reads_again(boundary);
    sbx_status status = SBX_OK;

    if (checks_twice(boundary))
        status = write_allow_for(planning, judged, boundary->principal_sid);
    if (!status && (second || !checks_twice(boundary)))
        status = write_allow_for(planning, judged, judged->place->sid);
    return status;
}

static sbx_status write_mark(struct planning *planning, enum step_kind kind, size_t object,
                             const char *pointer)
{
    const struct boundary *boundary = planning->boundary;
    struct ace entry = {kind == STEP_ANCHOR ? ACE_DENY : ACE_ALLOW, 0,
                        kind == STEP_ANCHOR ? PLAN_MASK_ANCHOR : PLAN_MASK_PASSAGE, planning->principal};
    bool later = kind == STEP_PASSAGE && planning->wanted[object].later;
    sbx_status status =
        add_step(planning, kind, &planning->facts->objects[object], pointer, &entry, 1, later);

    if (status || kind == STEP_ANCHOR || !checks_twice(boundary) || !checks_reads_again(boundary))
        return status;
    status = sid_parse(boundary->capability_sid, &entry.sid, planning->error);
    return status ? status
                  : add_step(planning, kind, &planning->facts->objects[object], pointer, &entry, 1, later);
}

static sbx_status write_marks(struct planning *planning, enum step_kind kind)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < planning->facts->count && !status; i++) {
        const struct wanted *wanted = &planning->wanted[i];
        const char *pointer = kind == STEP_ANCHOR ? wanted->anchor : wanted->passage;

        if (pointer)
            status = write_mark(planning, kind, i, pointer);
    }
    return status;
}

/* At most. */
static size_t count_steps(const struct planning *planning)
{
    size_t of_allow = checks_twice(planning->boundary) ? 2 : 1;
    size_t count = 0;

    for (size_t i = 0; i < planning->boundary->place_count; i++)
        count += (planning->judged[i].deny_mask != 0) + of_allow * (planning->judged[i].allow_mask != 0);
    for (size_t i = 0; i < planning->facts->count; i++)
        count += (planning->wanted[i].anchor != NULL) + of_allow * (planning->wanted[i].passage != NULL);
    return count;
}

static sbx_status write_steps(struct planning *planning)
{
    size_t places = planning->boundary->place_count;
    size_t count = count_steps(planning);
    sbx_status status = SBX_OK;

    if (!count)
        return SBX_OK;
    planning->plan.steps = sbx_alloc_array(count, sizeof *planning->plan.steps);
    if (!planning->plan.steps)
        return error_memory(planning->error, "a plan");
    for (size_t i = 0; i < places && !status; i++)
        if (planning->judged[i].deny_mask)
            status = write_deny(planning, &planning->judged[i]);
    if (!status)
        status = write_marks(planning, STEP_ANCHOR);
    if (!status)
        status = write_marks(planning, STEP_PASSAGE);
    for (size_t i = 0; i < places && !status; i++)
        if (planning->judged[i].allow_mask)
            status = write_allow(planning, &planning->judged[i]);
    return status;
}

static sbx_status begin_planning(struct planning *planning)
{
    const struct plan_facts *facts = planning->facts;
    size_t places = planning->boundary->place_count;

    planning->judged = sbx_alloc_array(places, sizeof *planning->judged);
    planning->wanted = sbx_alloc_array(facts->count, sizeof *planning->wanted);
    planning->plan.later = sbx_alloc_array(places, sizeof *planning->plan.later);
    if (!planning->judged || !planning->wanted || !planning->plan.later ||
        plan_index_make(places, &planning->places) || plan_index_make(facts->count, &planning->objects))
        return error_memory(planning->error, "a plan");
    for (size_t i = 0; i < facts->count; i++)
        plan_index_add(&planning->objects, facts->objects[i].path, strlen(facts->objects[i].path), i);
    return sid_parse(planning->boundary->principal_sid, &planning->principal, planning->error);
}

static void end_planning(struct planning *planning)
{
    for (size_t i = 0; planning->judged && i < planning->boundary->place_count; i++)
        sbx_free(planning->judged[i].stops);
    sbx_free(planning->judged);
    sbx_free(planning->wanted);
    sbx_free(planning->groups);
    plan_index_free(&planning->places);
    plan_index_free(&planning->objects);
}

static sbx_status remark_host(struct planning *planning)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    buffer_append_text(
        &text,
        "This host does not keep the entries of access control lists (an entry that was added did "
        "not read back, as under Wine), so nothing is put on files: fileWrite, fileDelete and fileRead "
        "are not enforced by it.");
    return remark(planning, &text);
}

sbx_status plan_make(const struct boundary *boundary, const struct plan_facts *facts, struct plan *plan,
                     struct sbx_error *error)
{
    struct planning planning = {.boundary = boundary, .facts = facts, .error = error};
    sbx_status status;

    if (!facts->host_keeps_acls) {
        status = remark_host(&planning);
    } else {
        status = begin_planning(&planning);
        if (!status)
            status = make_groups(&planning);
        if (!status)
            status = judge_places(&planning);
        if (!status)
            status = mark_above(&planning);
        if (!status)
            status = write_steps(&planning);
        end_planning(&planning);
    }
    if (status) {
        plan_free(&planning.plan);
        return status;
    }
    *plan = planning.plan;
    plan->host_keeps_acls = facts->host_keeps_acls;
    return SBX_OK;
}

static bool is_part(const struct step *step, const char *path)
{
    if (!step->later)
        return false;
    return step->kind == STEP_PASSAGE ? path_holds(step->files.path, path)
                                      : strcmp(step->files.path, path) == 0;
}

sbx_status plan_part(const struct plan *plan, const char *path, struct plan *part, struct sbx_error *error)
{
    struct plan made = {.host_keeps_acls = plan->host_keeps_acls};

    made.steps = sbx_alloc_array(plan->count, sizeof *made.steps);
    if (!made.steps)
        return error_memory(error, "a plan");
    for (size_t i = 0; i < plan->count; i++) {
        if (!is_part(&plan->steps[i], path))
            continue;
        if (step_copy(&plan->steps[i], &made.steps[made.count])) {
            plan_free(&made);
            return error_memory(error, "a plan");
        }
        made.count++;
    }
    *part = made;
    return SBX_OK;
}
