/*
 * tree.c - entries on a folder and on everything in it.
 *
 * One walk for both directions. It keeps a stack of open folders instead of calling itself: a tree may be as
 * deep as a path is long, 16,000 names.
 *
 * Several threads share it: whoever sees an idle one gives it what is left of the outermost of his folders, open as it is, and goes on
 * in the inner ones. That is the largest part he has, what is passed on to its children hangs on it, and nobody waits for
 * anything: a folder has its entries before its names are read, whoever reads them. Each has at most one open folder for each
 * level of the tree.
 */
#include "core/tree.h"
#include "base/memory.h"
#include "os/acl.h"
#include "os/crew.h"

#include <string.h>

#define ERROR_ACCESS_DENIED 5
#define PROGRESS_EVERY      64  /* objects */
#define ALONE_MOST          256 /* objects: fewer are walked before other threads have started */

/* A folder whose names are gone through. */
struct level {
    struct level *above, *below; /* of this thread */
    struct acl_object *folder;
    struct sbx_strings names;
    size_t next;
    struct ace *passed_on; /* what is in it inherits; owned */
    size_t passed_count;
};

/* What is to be done, the same for all threads. */
struct task {
    const struct step_files *step;
    const struct tree_control *control;
    struct tree_outcome *outcome; /* of all; for one thread at a time */
    uint64_t seen_before;         /* by the caller's other walks */
    bool grants;
    const struct sid *stripped; /* instead of the step's entries; NULL: those */
    size_t stripped_count;
};

/* One thread's. */
struct walk {
    const struct task *task;
    struct crew *crew;           /* NULL: still at the root */
    struct tree_outcome outcome; /* what was not added to the task's yet */
    bool is_told;                /* something that was left out is known already */
    uint64_t seen;               /* in this tree by all, as of late */
    struct sbx_error *error;
    struct sbx_error met;            /* of a call whose failure may be none of ours */
    struct level *outermost, *level; /* the folders gone through, the innermost last */
};

/* An object that is visited. */
struct visit {
    struct acl_object *object;
    struct acl_facts facts;
    const struct level *in; /* NULL: the root */
    bool changeable;
};

void tree_outcome_free(struct tree_outcome *outcome)
{
    sbx_free(outcome->first_left_out);
    memset(outcome, 0, sizeof *outcome);
}

/* The failure of a call that was given `met` becomes that of whoever called us. */
static sbx_status keep_met(struct sbx_error *error, const struct sbx_error *met, sbx_status status)
{
    if (status && error && !error->code)
        *error = *met;
    return status;
}

static sbx_status keep(struct walk *walk, sbx_status status)
{
    return keep_met(walk->error, &walk->met, status);
}

static struct sbx_error *meet(struct walk *walk)
{
    walk->met.code = SBX_OK;
    return &walk->met;
}

static bool is_denied(const struct sbx_error *met, sbx_status status)
{
    return status == SBX_E_SYSTEM && met->system == ERROR_ACCESS_DENIED;
}

/* Finding the object. */

/* "C:\a\b" to "C:\a" to "C:\", where it ends; of "\\server\share\a" the share is the end. */
static bool cut_last_name(char *path)
{
    char *last = strrchr(path, '\\');
    size_t size;

    if (!last)
        return false;
    size = (size_t)(last - path);
    if (size == 2 && path[1] == ':') {
        if (!last[1])
            return false;
        last[1] = '\0';
        return true;
    }
    *last = '\0';
    return size > 2 && !(path[0] == '\\' && path[1] == '\\' && !strchr(path + 2, '\\'));
}

static sbx_status compare(struct acl_object **opened, const struct step_files *step,
                          struct acl_object **object, struct sbx_error *error)
{
    struct acl_facts facts;
    sbx_status status = acl_examine(*opened, &facts, error);

    if (!status && (strcmp(facts.volume_id, step->volume_id) || strcmp(facts.file_id, step->file_id)))
        status = error_set(error, SBX_E_PATH_NOT_FOUND, "%s is another file or folder now.", step->path);
    if (status)
        acl_close(*opened);
    else
        *object = *opened;
    return status;
}

/*
 * By its id, from the nearest folder above that is still there and on its volume. *gone: that volume does not
 * have it any more.
 */
static sbx_status open_by_id(const struct step_files *step, enum acl_use use, struct acl_object **object,
                             bool *gone, struct sbx_error *error)
{
    struct file_facts facts;
    struct acl_object *opened;
    bool same_volume = false;
    char *folder = sbx_strdup(step->path);
    sbx_status status = SBX_OK;

    if (!folder)
        return error_memory(error, "a path");

    while (!same_volume && cut_last_name(folder)) {
        error->code = SBX_OK;
        status = file_examine(folder, &facts, error);
        if (status == SBX_E_PATH_NOT_FOUND)
            continue;
        if (status)
            goto free_folder;
        same_volume = strcmp(facts.volume_id, step->volume_id) == 0;
        file_facts_free(&facts);
    }
    error->code = SBX_OK;
    if (!same_volume) {
        status = error_set(error, SBX_E_PATH_NOT_FOUND,
                           "The volume that %s was on is not there. Connect it, then try again.", step->path);
        goto free_folder;
    }

    status = acl_open_by_id(folder, step->file_id, use, &opened, error);
    if (!status)
        status = compare(&opened, step, object, error);
    else if (status == SBX_E_UNSUPPORTED_HOST) { /* and there it cannot have been renamed */
        error->code = SBX_OK;
        status = error_set(error, SBX_E_PATH_NOT_FOUND, "%s is gone.", step->path);
    }
    *gone = status == SBX_E_PATH_NOT_FOUND;

free_folder:
    sbx_free(folder);
    return status;
}

/* By path; another object there, or one that we may not open, is no reason yet to give up. */
static sbx_status find(const struct step_files *step, enum acl_use use, struct acl_object **object,
                       bool *gone, struct sbx_error *met)
{
    struct acl_object *opened;
    sbx_status status;

    *gone = false;
    met->code = SBX_OK;
    status = acl_open(step->path, use, &opened, met);
    if (!status)
        status = compare(&opened, step, object, met);
    if (status != SBX_E_PATH_NOT_FOUND && !is_denied(met, status))
        return status;
    met->code = SBX_OK;
    return open_by_id(step, use, object, gone, met);
}

/* What is told. */

static sbx_status left_out(struct walk *walk, const struct acl_object *object, const char *name)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    char *text;
    sbx_status status;

    if (walk->is_told)
        return SBX_OK;
    status = keep(walk, acl_path(object, &text, meet(walk)));
    if (status == SBX_E_PATH_NOT_FOUND) /* deleted meanwhile: then there is nothing to tell */
        return SBX_OK;
    if (status || !name) {
        if (!status) {
            walk->outcome.first_left_out = text;
            walk->is_told = true;
        }
        return status;
    }

    buffer_append_format(&path, "%s\\%s", text, name);
    sbx_free(text);
    walk->outcome.first_left_out = buffer_take(&path, NULL);
    walk->is_told = walk->outcome.first_left_out != NULL;
    return walk->is_told ? SBX_OK : error_memory(walk->error, "a path");
}

/* At the root a reason to fail, below it something to be counted. */
static sbx_status leave_out(struct walk *walk, const struct visit *visit, uint64_t *counter, const char *why)
{
    if (!visit->in)
        return error_set(walk->error, SBX_E_WORKSPACE_REFUSED, "%s %s", walk->task->step->path, why);
    ++*counter;
    return left_out(walk, visit->object, NULL);
}

static sbx_status leave_unchangeable(struct walk *walk, const struct visit *visit)
{
    if (!visit->in)
        return keep(walk,
                    error_system(meet(walk), "opening a folder's access control list", ERROR_ACCESS_DENIED));
    walk->outcome.refused++;
    return left_out(walk, visit->object, NULL);
}

/* Lists. */

static sbx_status read_descriptor(struct walk *walk, const struct visit *visit, struct descriptor *descriptor)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    sbx_status status = keep(walk, acl_read(visit->object, &bytes, meet(walk)));

    if (!status)
        status = descriptor_parse(bytes.data, bytes.size, descriptor, walk->error);
    buffer_free(&bytes);
    return status;
}

/* Gives the object this list, whose bytes are taken over. */
static sbx_status write_list(struct walk *walk, const struct visit *visit, struct descriptor *descriptor,
                             struct sbx_buffer *list)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    sbx_status status;

    if (!visit->changeable)
        return leave_unchangeable(walk, visit);

    status = descriptor_set_dacl(descriptor, list->data, list->size, walk->error);
    if (!status)
        status = descriptor_build(descriptor, &bytes, walk->error);
    if (!status)
        status = keep(walk, acl_write(visit->object, bytes.data, bytes.size, meet(walk)));
    if (!status)
        walk->outcome.changed++;
    buffer_free(&bytes);
    return status;
}

static bool has_list(const struct descriptor *descriptor)
{
    return descriptor->control & SD_DACL_PRESENT && descriptor->dacl.bytes;
}

/* Of the object's own, or passed on by it: an inherited deny would come behind it and deny nothing. */
static bool allows_explicitly(const struct descriptor *descriptor)
{
    struct acl_cursor cursor;
    struct acl_entry entry;
    bool found = false;

    if (!has_list(descriptor) || !acl_begin(descriptor->dacl.bytes, descriptor->dacl.size, &cursor))
        return false;
    while (acl_next(&cursor, &entry))
        found = found || (entry.effect == ACL_ALLOWS && !(entry.flags & ACE_INHERITED));
    return found;
}

/* The entries that the object should have, in room for two for each of the folder's. */
static size_t entries_for(const struct walk *walk, const struct visit *visit,
                          const struct descriptor *descriptor, struct ace *entries)
{
    bool is_protected, outranked;
    size_t count = 0;

    if (!visit->in) {
        for (size_t i = 0; i < walk->task->step->entry_count; i++)
            entries[i] = walk->task->step->entries[i];
        return walk->task->step->entry_count;
    }
    for (size_t i = 0; i < visit->in->passed_count; i++) {
        size_t made = 0;

        ace_inherit(&visit->in->passed_on[i], visit->facts.kind == FILE_KIND_DIRECTORY, NULL, NULL,
                    entries + count, &made); /* fails for entries that are not plain only: see begin */
        count += made;
    }
    is_protected = descriptor->control & SD_DACL_PROTECTED;
    outranked = !is_protected && allows_explicitly(descriptor);
    for (size_t i = 0; i < count; i++)
        if (is_protected || (outranked && entries[i].type == ACE_DENY))
            entries[i].flags &= (uint8_t)~ACE_INHERITED;
    return count;
}

/*
 * Below the root it does not matter whether it is marked as inherited: what is made in a folder whose list
 * was not inherited automatically gets the entries unmarked, and somebody may have made them explicit. Only
 * where an explicit deny is wanted an inherited one is none.
 */
static bool has_entry(const struct visit *visit, const struct descriptor *descriptor, const struct ace *entry)
{
    struct ace other = *entry;
    bool either = visit->in && (entry->type != ACE_DENY || entry->flags & ACE_INHERITED ||
                                descriptor->control & SD_DACL_PROTECTED);

    other.flags ^= ACE_INHERITED;
    return acl_has(descriptor->dacl.bytes, descriptor->dacl.size, entry) ||
           (either && acl_has(descriptor->dacl.bytes, descriptor->dacl.size, &other));
}

static sbx_status add_missing(struct walk *walk, const struct visit *visit, struct descriptor *descriptor,
                              struct ace *entries, size_t count)
{
    struct sbx_buffer list = SBX_BUFFER_EMPTY;
    size_t missing = 0;
    sbx_status status;

    for (size_t i = 0; i < count; i++)
        if (!has_entry(visit, descriptor, &entries[i]))
            entries[missing++] = entries[i];
    if (!missing)
        return SBX_OK;

    status = acl_add(descriptor->dacl.bytes, descriptor->dacl.size, entries, missing, &list, meet(walk));
    if (status == SBX_E_LIMIT)
        status = leave_out(walk, visit, &walk->outcome.full,
                           "cannot be granted: its access control list is full.");
    else if (status)
        keep(walk, status);
    else
        status = write_list(walk, visit, descriptor, &list);
    buffer_free(&list);
    return status;
}

static sbx_status grant(struct walk *walk, const struct visit *visit)
{
    struct descriptor descriptor = {0};
    size_t count = visit->in ? 2 * visit->in->passed_count : walk->task->step->entry_count;
    struct ace *entries = sbx_alloc_array(count, sizeof *entries);
    sbx_status status;

    if (!entries)
        return error_memory(walk->error, "an access control list");
    status = read_descriptor(walk, visit, &descriptor);
    if (status)
        goto free_entries;

    if (has_list(&descriptor)) {
        count = entries_for(walk, visit, &descriptor, entries);
        status = add_missing(walk, visit, &descriptor, entries, count);
    } else
        status = leave_out(walk, visit, &walk->outcome.null_dacls,
                           "cannot be granted: it has no access control list, everybody may do everything "
                           "with it. Give it one (icacls /reset).");
    descriptor_free(&descriptor);

free_entries:
    sbx_free(entries);
    return status;
}

/* What is left of the list without the entries that the walk takes out; `list` is filled where any was. */
static sbx_status take_out(struct walk *walk, const struct descriptor *descriptor, struct sbx_buffer *list,
                           size_t *removed)
{
    const uint8_t *bytes = descriptor->dacl.bytes;
    size_t size = descriptor->dacl.size;

    if (!walk->task->stripped)
        return acl_remove_like(bytes, size, walk->task->step->entries, walk->task->step->entry_count, list,
                               removed, walk->error);
    for (size_t i = 0; i < walk->task->stripped_count; i++) {
        struct sbx_buffer left = SBX_BUFFER_EMPTY;
        size_t count = 0;
        sbx_status status = acl_remove_sid(list->size ? list->data : bytes, list->size ? list->size : size,
                                           &walk->task->stripped[i], true, &left, &count, walk->error);

        if (status)
            return status;
        buffer_free(list);
        *list = left;
        *removed += count;
    }
    return SBX_OK;
}

static sbx_status revoke(struct walk *walk, const struct visit *visit)
{
    struct descriptor descriptor = {0};
    struct sbx_buffer list = SBX_BUFFER_EMPTY;
    size_t removed = 0;
    sbx_status status = read_descriptor(walk, visit, &descriptor);

    if (status)
        return status;
    if (has_list(&descriptor))
        status = take_out(walk, &descriptor, &list, &removed);
    if (!status && removed)
        status = write_list(walk, visit, &descriptor, &list);
    buffer_free(&list);
    descriptor_free(&descriptor);
    return status;
}

/* Going on into a folder. */

static void free_level(struct level *level)
{
    acl_close(level->folder);
    strings_free(&level->names);
    sbx_free(level->passed_on);
    sbx_free(level);
}

static void enter_level(struct walk *walk, struct level *level)
{
    level->above = walk->level;
    if (walk->level)
        walk->level->below = level;
    else
        walk->outermost = level;
    walk->level = level;
}

static void leave_level(struct walk *walk)
{
    struct level *level = walk->level;

    walk->level = level->above;
    if (walk->level)
        walk->level->below = NULL;
    free_level(level);
}

/*
 * What is in the folder inherits what the folder should have: the same, whether it has it explicitly or not.
 */
static sbx_status pass_on(const struct walk *walk, const struct visit *visit, struct level *level)
{
    static const struct descriptor unprotected;
    size_t most = visit->in ? 2 * visit->in->passed_count : walk->task->step->entry_count;
    size_t count;

    level->passed_on = sbx_alloc_array(most, sizeof *level->passed_on);
    if (!level->passed_on)
        return error_memory(walk->error, "an access control list");
    count = entries_for(walk, visit, &unprotected, level->passed_on);
    for (size_t i = 0; i < count; i++)
        if (level->passed_on[i].flags & (ACE_OBJECT_INHERIT | ACE_CONTAINER_INHERIT))
            level->passed_on[level->passed_count++] = level->passed_on[i];
    return SBX_OK;
}

/* Takes over visit->object, when it is gone into. */
static sbx_status enter(struct walk *walk, struct visit *visit)
{
    struct level *level = sbx_alloc(sizeof *level);
    sbx_status status;

    if (!level)
        return error_memory(walk->error, "a folder");
    status = pass_on(walk, visit, level);
    if (status || (walk->task->grants && !level->passed_count))
        goto free_level;

    status = acl_list(visit->object, &level->names, meet(walk));
    if (is_denied(&walk->met, status)) {
        walk->outcome.refused++;
        status = left_out(walk, visit->object, NULL);
        goto free_level;
    }
    if (keep(walk, status))
        goto free_level;

    level->folder = visit->object;
    visit->object = NULL;
    enter_level(walk, level);
    return SBX_OK;

free_level:
    sbx_free(level->passed_on);
    sbx_free(level);
    return status;
}

static bool is_stop(const struct step_files *step, const struct acl_facts *facts)
{
    for (size_t i = 0; i < step->stops.count; i++)
        if (strcmp(step->stops.items[i], facts->file_id) == 0)
            return true;
    return false;
}

static bool allows_anything(const struct step_files *step)
{
    for (size_t i = 0; i < step->entry_count; i++)
        if (step->entries[i].type == ACE_ALLOW)
            return true;
    return false;
}

/*
 * Of a file with several names one may lie outside, where nothing is to be allowed. To be denied does no harm there, and left out it
 * would leave a protected file open: a command gives what it makes a second name before it is protected, and writes by that one later.
 */
static sbx_status grant_and_enter(struct walk *walk, struct visit *visit, bool whole_tree)
{
    sbx_status status;

    if (visit->facts.reparse)
        return leave_out(walk, visit, &walk->outcome.reparse_points,
                         "cannot be granted: it is a link. Name the folder that it leads to.");
    if (visit->facts.link_count > 1 && allows_anything(walk->task->step))
        return leave_out(walk, visit, &walk->outcome.several_links,
                         "cannot be granted: it is a file with several hard links, and one of its names "
                         "may lie elsewhere. Copy it.");
    status = grant(walk, visit);
    return status || !whole_tree || visit->facts.kind != FILE_KIND_DIRECTORY ? status : enter(walk, visit);
}

/* Below the object a failure does not keep us from what is in it. */
static sbx_status revoke_and_enter(struct walk *walk, struct visit *visit, bool whole_tree)
{
    sbx_status status = revoke(walk, visit);
    sbx_status entered = SBX_OK;

    if (whole_tree && visit->facts.kind == FILE_KIND_DIRECTORY && !visit->facts.reparse)
        entered = enter(walk, visit);
    return status ? status : entered;
}

/* Closes or takes over the object. */
static sbx_status visit_object(struct walk *walk, struct visit *visit, bool whole_tree)
{
    sbx_status status = keep(walk, acl_examine(visit->object, &visit->facts, meet(walk)));

    walk->outcome.seen++;
    if (!status && !(visit->in && is_stop(walk->task->step, &visit->facts)))
        status = walk->task->grants ? grant_and_enter(walk, visit, whole_tree)
                                    : revoke_and_enter(walk, visit, whole_tree);
    acl_close(visit->object);
    return status;
}

static sbx_status visit_child(struct walk *walk, const char *name)
{
    struct visit visit = {.in = walk->level, .changeable = true};
    sbx_status status = acl_open_child(walk->level->folder, name, ACL_CHANGE, &visit.object, meet(walk));

    /* What we may not change may need no change, or be a folder with something in it that does. */
    if (is_denied(&walk->met, status)) {
        visit.changeable = false;
        status = acl_open_child(walk->level->folder, name, ACL_LOOK, &visit.object, meet(walk));
    }
    if (is_denied(&walk->met, status)) {
        walk->outcome.seen++;
        walk->outcome.refused++;
        return left_out(walk, walk->level->folder, name);
    }
    if (status == SBX_E_PATH_NOT_FOUND) /* deleted or renamed meanwhile */
        return SBX_OK;
    return status ? keep(walk, status) : visit_object(walk, &visit, true);
}

/* Several threads. */

/* What this thread has counted goes to the rest. */
static void add_up(struct walk *walk)
{
    struct tree_outcome *all = walk->task->outcome;
    struct tree_outcome *own = &walk->outcome;

    all->seen += own->seen;
    all->changed += own->changed;
    all->several_links += own->several_links;
    all->reparse_points += own->reparse_points;
    all->null_dacls += own->null_dacls;
    all->full += own->full;
    all->refused += own->refused;
    if (!all->first_left_out) {
        all->first_left_out = own->first_left_out;
        own->first_left_out = NULL;
    }
    tree_outcome_free(own);
    walk->is_told = all->first_left_out != NULL;
    walk->seen = all->seen - walk->task->seen_before;
}

/* After each object; every now and then the caller is told, and asked. */
static void account(struct walk *walk)
{
    const struct tree_control *control = walk->task->control;
    const struct tree_outcome *all = walk->task->outcome;

    crew_lock(walk->crew);
    add_up(walk);
    if (control && control->go_on && all->seen % PROGRESS_EVERY == 0 &&
        !control->go_on(control->context, all)) {
        struct sbx_error error = {0};

        error_set(&error, SBX_E_CANCELLED, "Changing access control lists was cancelled.");
        crew_fail(walk->crew, SBX_E_CANCELLED, &error, true);
    }
    crew_unlock(walk->crew);
}

/* To a thread that has nothing to do, the largest part of what is left. */
static void share(struct walk *walk)
{
    struct level *level = walk->outermost;

    if (!level || level == walk->level || walk->seen < ALONE_MOST || !crew_is_wanted(walk->crew))
        return;
    walk->outermost = level->below;
    walk->outermost->above = NULL;
    level->below = NULL;
    if (level->next == level->names.count) {
        free_level(level);
    } else if (!crew_hand_over(walk->crew, level)) {
        level->below = walk->outermost;
        walk->outermost->above = level;
        walk->outermost = level;
    }
}

/* A thread's part: the level `item`, which it takes over, and all that is below. */
static void walk_down(struct crew *crew, void *context, void *item)
{
    struct sbx_error error = {0};
    struct walk walk = {.task = context, .crew = crew, .error = &error};

    enter_level(&walk, item);
    crew_lock(crew);
    add_up(&walk);
    crew_unlock(crew);
    while (walk.level && !crew_is_stopped(crew)) {
        struct level *level = walk.level;
        sbx_status status;

        if (level->next == level->names.count) {
            leave_level(&walk);
            continue;
        }
        status = visit_child(&walk, level->names.items[level->next++]);
        if (status)
            crew_fail(crew, status, &error, walk.task->grants);
        account(&walk);
        share(&walk);
    }
    while (walk.level)
        leave_level(&walk);
}

/* From the root, which is closed, on. */
static sbx_status run(struct task *task, struct visit *root, bool whole_tree, struct sbx_error *error)
{
    struct walk walk = {.task = task, .error = error, .is_told = task->outcome->first_left_out != NULL};
    sbx_status first, status;

    task->seen_before = task->outcome->seen;
    first = visit_object(&walk, root, whole_tree);
    add_up(&walk);
    if (!walk.level)
        return first;
    status = crew_run(0, walk_down, task, walk.level, error);
    return first ? first : status;
}

static sbx_status begin(const struct step_files *step, struct sbx_error *error)
{
    for (size_t i = 0; i < step->entry_count; i++)
        if (step->entries[i].type > ACE_DENY || !step->entries[i].sid.size)
            return error_set(error, SBX_E_ARGUMENT, "An entry for %s neither allows nor denies anybody.",
                             step->path);
    return SBX_OK;
}

sbx_status tree_grant(const struct step_files *step, bool whole_tree, const struct tree_control *control,
                      struct tree_outcome *outcome, struct sbx_error *error)
{
    struct task task = {.step = step, .control = control, .outcome = outcome, .grants = true};
    struct visit root = {.changeable = true};
    struct sbx_error met = {0};
    bool gone;
    sbx_status status = begin(step, error);

    if (!status)
        status = keep_met(error, &met, find(step, ACL_CHANGE, &root.object, &gone, &met));
    return status ? status : run(&task, &root, whole_tree, error);
}

/* Finds the object and takes out of it and of what is in it. That the object is gone is success. */
static sbx_status run_out(struct task *task, bool whole_tree, struct sbx_error *error)
{
    struct visit root = {.changeable = true};
    struct sbx_error met = {0};
    bool gone;
    sbx_status status = find(task->step, ACL_CHANGE, &root.object, &gone, &met);

    if (is_denied(&met, status)) {
        root.changeable = false;
        status = find(task->step, ACL_LOOK, &root.object, &gone, &met);
    }
    if (status == SBX_E_PATH_NOT_FOUND && gone)
        return SBX_OK;
    return status ? keep_met(error, &met, status) : run(task, &root, whole_tree, error);
}

sbx_status tree_revoke(const struct step_files *step, bool whole_tree, const struct tree_control *control,
                       struct tree_outcome *outcome, struct sbx_error *error)
{
    struct task task = {.step = step, .control = control, .outcome = outcome};
    sbx_status status = begin(step, error);

    return status ? status : run_out(&task, whole_tree, error);
}

sbx_status tree_strip(const struct step_files *object, const struct sid *sids, size_t sid_count,
                      const struct tree_control *control, struct tree_outcome *outcome,
                      struct sbx_error *error)
{
    static const struct sid nobody;
    struct task task = {.step = object,
                        .control = control,
                        .outcome = outcome,
                        .stripped = sid_count ? sids : &nobody,
                        .stripped_count = sid_count};

    return run_out(&task, true, error);
}

sbx_status tree_holds(const struct step_files *step, bool *holds, struct sbx_error *error)
{
    const struct task task = {.step = step};
    struct walk walk = {.task = &task, .error = error};
    struct visit root = {.changeable = false};
    struct descriptor descriptor = {0};
    bool has_all = true;
    bool gone;
    sbx_status status = keep(&walk, find(step, ACL_LOOK, &root.object, &gone, &walk.met));

    if (status)
        return status;
    status = read_descriptor(&walk, &root, &descriptor);
    if (status)
        goto close_root;

    for (size_t i = 0; i < step->entry_count; i++)
        has_all = has_all && has_list(&descriptor) &&
                  acl_has(descriptor.dacl.bytes, descriptor.dacl.size, &step->entries[i]);
    *holds = has_all;
    descriptor_free(&descriptor);

close_root:
    acl_close(root.object);
    return status;
}
