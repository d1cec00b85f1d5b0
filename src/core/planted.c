/*
 * planted.c - what appeared on protected names.
 */
#include "core/planted.h"

#include "base/memory.h"
#include "core/path.h"
#include "os/acl.h"
#include "os/clock.h"
#include "os/random.h"

#include <string.h>

#define ERROR_ACCESS_DENIED  5
#define ERROR_ALREADY_EXISTS 183
#define MOST_NAMES           100 /* tried for something that is moved aside, before one that nobody guesses */
#define NAME_RANDOM_SIZE     8
#define MOST_SIDS            32 /* of write roots, whose entries are taken out of what was planted */

#define LOOK_AT_IT                                                                                      \
    "Look what it is before any of your tools uses it. Delete it, or, if it is wanted, call Provision " \
    "again: what is there then is protected as it is."

/* What stands on a name. */
struct sight {
    bool there;
    bool closed; /* its maker lets nobody look at it, us included */
    size_t
        path_size; /* of the watched path, up to what was found: less than all of it, something on the way */
    struct acl_facts facts; /* zero of a closed one */
};

struct watch {
    const struct boundary_place *place;
    const struct boundary_place *root; /* the innermost place that may be written around it */
    struct sight seen;
    bool guarded; /* `seen` was there when the session was provisioned: to lose it is a violation */
    bool left;    /* `seen` was told and should have been moved aside: tried again at each look */
};

/* Something that was told, and from which the sandbox's rights could not all be taken: the walk was stopped, or failed. */
struct unfinished {
    char *path;
    const char *rule; /* the boundary's */
    char volume_id[40], file_id[40];
    bool folder;
};

struct planted {
    struct planted_options options;
    struct unfinished *unfinished;
    size_t unfinished_count;
    struct watch *watches; /* those of one root stand together */
    size_t count;
    struct sid sids[MOST_SIDS];
    size_t sid_count;
    bool blind; /* it was told that the look failed */
};

/* Which names. */

static const struct boundary_place *root_around(const struct boundary *boundary, const char *path)
{
    const struct boundary_place *found = NULL;

    for (size_t i = 0; i < boundary->place_count; i++) {
        const struct boundary_place *place = &boundary->places[i];

        if (place->right == BOUNDARY_WRITE && place->present && place->kind == FILE_KIND_DIRECTORY &&
            path_holds(place->path, path) && strlen(place->path) < strlen(path) &&
            (!found || strlen(place->path) > strlen(found->path)))
            found = place;
    }
    return found;
}

static bool is_watched(const struct boundary_place *place)
{
    return place->right == BOUNDARY_PROTECT || place->right == BOUNDARY_DENY;
}

/* The restricted level's denies name one SID, grants one for each write root. */
static void gather_sids(struct planted *planted)
{
    const struct boundary *boundary = planted->options.boundary;
    struct sid sid;

    for (size_t i = 0; i < boundary->place_count && planted->sid_count < MOST_SIDS; i++) {
        const struct boundary_place *place = &boundary->places[i];
        bool known = false;

        if (place->right != BOUNDARY_WRITE || !place->sid || sid_parse(place->sid, &sid, NULL))
            continue;
        for (size_t k = 0; k < planted->sid_count; k++)
            known |= sid_equal(&planted->sids[k], &sid);
        if (!known)
            planted->sids[planted->sid_count++] = sid;
    }
}

/* Looking. */

/* From one name of the path to the next; false at its end. `name` has room for all of the path. */
static bool next_name(const char *path, size_t *at, char *name)
{
    size_t size;

    while (path[*at] == '\\')
        ++*at;
    size = strcspn(path + *at, "\\");
    memcpy(name, path + *at, size);
    name[size] = '\0';
    *at += size;
    return size > 0;
}

static bool leads_on(const struct acl_facts *facts)
{
    return facts->kind == FILE_KIND_DIRECTORY && !facts->reparse;
}

/*
 * *folder: the open folder of what was found, NULL when it is the root itself or nothing was found; the caller
 * closes it.
 */
static sbx_status look_at(const struct watch *watch, struct acl_object *root, char *name, struct sight *sight,
                          struct acl_object **folder, struct sbx_error *error)
{
    const char *path = watch->place->path;
    size_t at = strlen(watch->root->path);
    struct acl_object *above = NULL, *object = NULL;
    sbx_status status = SBX_OK;

    memset(sight, 0, sizeof *sight);
    *folder = NULL;
    while (next_name(path, &at, name)) {
        struct sbx_error met = {0};

        status = acl_open_child(above ? above : root, name, ACL_LOOK, &object, &met);
        if (status == SBX_E_PATH_NOT_FOUND) {
            status = SBX_OK;
            break;
        }
        sight->closed = status == SBX_E_SYSTEM && met.system == ERROR_ACCESS_DENIED;
        if (status && !sight->closed) {
            error_set(error, status, "%s", met.text);
            break;
        }
        status = sight->closed ? SBX_OK : acl_examine(object, &sight->facts, error);
        if (status) {
            acl_close(object);
            break;
        }
        if (sight->closed || !path[at] || !leads_on(&sight->facts)) {
            acl_close(sight->closed ? NULL : object);
            sight->there = true;
            sight->path_size = at;
            *folder = above;
            return SBX_OK;
        }
        acl_close(above);
        above = object;
    }
    acl_close(above);
    sight->closed = false;
    return status;
}

static bool same_sight(const struct sight *a, const struct sight *b)
{
    if (!a->there || !b->there)
        return a->there == b->there;
    return a->closed == b->closed && a->path_size == b->path_size &&
           strcmp(a->facts.volume_id, b->facts.volume_id) == 0 &&
           strcmp(a->facts.file_id, b->facts.file_id) == 0 && a->facts.kind == b->facts.kind;
}

/* The root must still be the one that was provisioned: else nothing that is seen in it says anything. */
static sbx_status open_root(const struct boundary_place *root, struct acl_object **object,
                            struct sbx_error *error)
{
    struct acl_facts facts;
    struct acl_object *opened;
    sbx_status status = acl_open(root->path, ACL_LOOK, &opened, error);

    if (status)
        return status;
    status = acl_examine(opened, &facts, error);
    if (!status && (strcmp(facts.volume_id, root->volume_id) || strcmp(facts.file_id, root->file_id)))
        status = error_set(error, SBX_E_STATE, "%s is another folder now.", root->path);
    if (status)
        acl_close(opened);
    else
        *object = opened;
    return status;
}

/* Telling and acting. */

struct finding_text {
    struct violation violation;
    struct sbx_buffer path, moved_to, text, fix;
};

static void free_text(struct finding_text *made)
{
    buffer_free(&made->path);
    buffer_free(&made->moved_to);
    buffer_free(&made->text);
    buffer_free(&made->fix);
}

static sbx_status tell(struct finding_text *made, struct violations *found, struct sbx_error *error)
{
    bool failed = buffer_failed(&made->path) || buffer_failed(&made->moved_to) ||
                  buffer_failed(&made->text) || buffer_failed(&made->fix);

    made->violation.path = (char *)buffer_text(&made->path);
    made->violation.moved_to = (char *)buffer_text(&made->moved_to);
    made->violation.text = (char *)buffer_text(&made->text);
    made->violation.fix = (char *)buffer_text(&made->fix);
    made->violation.utc_ms = clock_utc_ms();
    return failed || violations_add(found, &made->violation) ? error_memory(error, "a violation") : SBX_OK;
}

static void say_when(const struct planted *planted, struct finding_text *made)
{
    (void)planted;
    if (made->violation.process)
        buffer_append_format(&made->text, " after command %lu", (unsigned long)made->violation.process);
}

static const char *word_of(const struct sight *sight)
{
    if (sight->closed)
        return "something that nobody may look at";
    if (sight->facts.reparse)
        return "a link";
    return sight->facts.kind == FILE_KIND_DIRECTORY ? "a folder" : "a file";
}

static void describe(const struct planted *planted, const struct watch *watch, const struct sight *sight,
                     struct finding_text *made)
{
    const char *rule = watch->place->right == BOUNDARY_DENY ? "denied" : "protected";
    const char *path = buffer_text(&made->path);

    switch (made->violation.kind) {
    case VIOLATION_PLANTED:
        buffer_append_format(&made->text, "%s was found", path);
        say_when(planted, made);
        buffer_append_format(&made->text, ": %s on a name that is %s and on which there was nothing.",
                             word_of(sight), rule);
        break;
    case VIOLATION_REPLACED:
        buffer_append_format(&made->text, "%s was found to be another one", path);
        say_when(planted, made);
        buffer_append_format(&made->text, ": now it is %s; what was there is %s.", word_of(sight), rule);
        break;
    default:
        buffer_append_format(&made->text, "%s was found to be gone", path);
        say_when(planted, made);
        buffer_append_format(&made->text, ", although it is %s.", rule);
        break;
    }
    if (sight->there && sight->path_size < strlen(watch->place->path))
        buffer_append_format(&made->text, " It decides what %s means.", watch->place->path);

    buffer_append_text(&made->fix, sight->there
                                       ? LOOK_AT_IT
                                       : "Restore it, from version control or a backup, and call Provision "
                                         "again: what is there then is protected as it is.");
}

static sbx_status strip_object(const struct planted *planted, const struct unfinished *what,
                               const struct tree_control *control, struct tree_outcome *outcome,
                               struct sbx_error *error)
{
    struct step_files object = {.path = what->path, .folder = what->folder};

    memcpy(object.volume_id, what->volume_id, sizeof object.volume_id);
    memcpy(object.file_id, what->file_id, sizeof object.file_id);
    return tree_strip(&object, planted->sids, planted->sid_count, control, outcome, error);
}

/* What is to be tried again. SBX_E_MEMORY: nothing is remembered. */
static sbx_status remember(struct planted *planted, const struct unfinished *what, struct sbx_error *error)
{
    size_t count = planted->unfinished_count;
    struct unfinished *grown = sbx_realloc(planted->unfinished, (count + 1) * sizeof *grown);
    char *path = sbx_strdup(what->path);

    if (grown)
        planted->unfinished = grown;
    if (!grown || !path) {
        sbx_free(path);
        return error_memory(error, "a violation");
    }
    grown[count] = *what;
    grown[count].path = path;
    planted->unfinished_count++;
    return SBX_OK;
}

/* SBX_E_MEMORY: it could not be remembered that something is left to do, so it must not count as told. */
static sbx_status strip(struct planted *planted, const struct watch *watch, const struct sight *sight,
                        const struct tree_control *control, struct finding_text *made,
                        struct sbx_error *error)
{
    struct unfinished what = {.path = (char *)buffer_text(&made->path),
                              .rule = watch->place->pointer,
                              .folder = sight->facts.kind == FILE_KIND_DIRECTORY};
    struct tree_outcome outcome = {0};
    struct sbx_error why = {0};
    sbx_status status;

    if (!planted->options.granted)
        return SBX_OK;
    if (sight->closed) {
        buffer_append_text(&made->text, " Its access control list could not be read.");
        return SBX_OK;
    }
    memcpy(what.volume_id, sight->facts.volume_id, sizeof what.volume_id);
    memcpy(what.file_id, sight->facts.file_id, sizeof what.file_id);
    status = strip_object(planted, &what, control, &outcome, &why);
    if (!status && !outcome.seen)
        buffer_append_text(&made->text, " It was gone before the sandbox's rights on it could be taken out.");
    else if (!status && !outcome.refused)
        buffer_append_text(&made->text, " The sandbox's rights on it were taken out.");
    else if (!status)
        buffer_append_format(
            &made->text, " The sandbox's rights were taken out but for %llu things in it, the first is %s.",
            (unsigned long long)outcome.refused, outcome.first_left_out ? outcome.first_left_out : "unknown");
    else
        buffer_append_format(&made->text,
                             " The sandbox's rights on it could not all be taken out: %s It is tried again "
                             "after each command and at the end.",
                             why.text);
    tree_outcome_free(&outcome);
    return status ? remember(planted, &what, error) : SBX_OK;
}

static void forget(struct planted *planted, size_t index)
{
    sbx_free(planted->unfinished[index].path);
    planted->unfinished_count--;
    memmove(&planted->unfinished[index], &planted->unfinished[index + 1],
            (planted->unfinished_count - index) * sizeof *planted->unfinished);
}

/* The last one is not to be taken beforehand by whoever plants. False without it. */
static bool name_aside(const char *name, unsigned number, struct sbx_buffer *other, struct sbx_error *error)
{
    char random[2 * NAME_RANDOM_SIZE + 1];

    buffer_append_format(other, "%s.planted", name);
    if (number > MOST_NAMES) {
        if (random_hex(random, NAME_RANDOM_SIZE, error))
            return false;
        buffer_append_format(other, "-%s", random);
    } else if (number > 1) {
        buffer_append_format(other, "-%u", number);
    }
    return !buffer_failed(other);
}

/* In its folder, as NAME.planted, NAME.planted-2 and so on, by which no tool looks for it. */
static bool move_aside(const struct planted *planted, const struct sight *sight, struct acl_object *folder,
                       const char *name, struct finding_text *made)
{
    struct sbx_buffer other = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    size_t folder_size = made->path.size - strlen(name);
    sbx_status status = SBX_E_SYSTEM;

    if (!planted->options.move)
        return false;
    if (sight->closed)
        error_set(&error, SBX_E_SYSTEM, "Who it is could not be looked at.");
    for (unsigned number = 1; !sight->closed && status && number <= MOST_NAMES + 1; number++) {
        error.code = SBX_OK;
        buffer_free(&other);
        if (!name_aside(name, number, &other, &error))
            break;
        status = acl_rename_child(folder, name, &sight->facts, buffer_text(&other), &error);
        if (status && !(status == SBX_E_SYSTEM && error.system == ERROR_ALREADY_EXISTS))
            break;
    }
    if (buffer_failed(&other)) {
        made->text.failed = true;
    } else if (status) {
        buffer_append_format(&made->text, " It could not be moved aside: %s", error.text);
    } else {
        buffer_append(&made->moved_to, made->path.data, folder_size);
        buffer_append_text(&made->moved_to, buffer_text(&other));
        buffer_append_format(&made->text, " It was moved to %s.", buffer_text(&made->moved_to));
    }
    buffer_free(&other);
    return !status;
}

static bool is_told(const struct violations *found, size_t first, const char *path)
{
    for (size_t i = first; i < found->count; i++)
        if (strcmp(found->items[i].path, path) == 0)
            return true;
    return false;
}

/* Something else stands on the name than was seen there last. */
static sbx_status take(struct planted *planted, struct watch *watch, const struct sight *sight,
                       struct acl_object *folder, const char *name, uint32_t process, size_t first,
                       const struct tree_control *control, struct violations *found, struct sbx_error *error)
{
    struct finding_text made = {.violation = {.process = process, .rule = watch->place->pointer}};
    const char *path = watch->place->path;
    bool moved = false, left = false;
    sbx_status status;

    watch->left = false;
    if (!sight->there && !watch->guarded) { /* what was planted is gone again: the better for it */
        watch->seen = *sight;
        return SBX_OK;
    }
    made.violation.kind = !sight->there        ? VIOLATION_REMOVED
                          : !watch->seen.there ? VIOLATION_PLANTED
                                               : VIOLATION_REPLACED;
    buffer_append(&made.path, path, sight->there ? sight->path_size : strlen(path));
    if (!buffer_failed(&made.path) && !is_told(found, first, buffer_text(&made.path))) {
        describe(planted, watch, sight, &made);
        if (sight->there) {
            status = strip(planted, watch, sight, control, &made, error);
            if (status) {
                free_text(&made);
                return status;
            }
            moved = move_aside(planted, sight, folder, name, &made);
            left = planted->options.move && !moved;
        }
        status = tell(&made, found, error);
    } else {
        status = buffer_failed(&made.path) ? error_memory(error, "a violation") : SBX_OK;
    }
    if (!status || moved) {
        watch->seen = *sight;
        watch->guarded = false;
        watch->left = left;
    }
    if (moved)
        watch->seen.there = false;
    free_text(&made);
    return status;
}

/* Somebody had it open then, which Windows lets nobody move: another command, or what one left behind. */
static sbx_status take_again(struct planted *planted, struct watch *watch, const struct sight *sight,
                             struct acl_object *folder, const char *name, uint32_t process,
                             struct violations *found, struct sbx_error *error)
{
    struct finding_text made = {
        .violation = {.kind = VIOLATION_PLANTED, .process = process, .rule = watch->place->pointer}};
    sbx_status status = SBX_OK;

    buffer_append(&made.path, watch->place->path, sight->path_size);
    if (buffer_failed(&made.path)) {
        free_text(&made);
        return error_memory(error, "a violation");
    }
    buffer_append_format(&made.text,
                         "%s, which was told before and could not be moved aside then, was still there.",
                         buffer_text(&made.path));
    buffer_append_text(&made.fix, LOOK_AT_IT);
    if (move_aside(planted, sight, folder, name, &made)) {
        watch->left = watch->seen.there = false;
        status = tell(&made, found, error);
    }
    free_text(&made);
    return status;
}

static sbx_status tell_blind(struct planted *planted, const struct boundary_place *root, uint32_t process,
                             const struct sbx_error *why, struct violations *found, struct sbx_error *error)
{
    struct finding_text made = {
        .violation = {.kind = VIOLATION_UNCHECKED, .process = process, .rule = root->pointer}};
    sbx_status status;

    if (planted->blind)
        return SBX_OK;
    buffer_append_text(&made.path, root->path);
    buffer_append_format(&made.text, "The protected names in %s could not be looked at", root->path);
    say_when(planted, &made);
    buffer_append_format(&made.text, ": %s", why->text);
    buffer_append_text(&made.fix, "Look at .git and the settings of your tools there yourself, and call "
                                  "Provision again.");
    status = tell(&made, found, error);
    if (!status)
        planted->blind = true;
    free_text(&made);
    return status;
}

/*
 * What was not finished, once more; those that this very look has added have had their turn. That it was done is told, and at the end
 * of the session (`process` 0) that it was not.
 */
static sbx_status strip_again(struct planted *planted, size_t count, uint32_t process,
                              const struct tree_control *control, struct violations *found,
                              struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < count && !status;) {
        const struct unfinished *what = &planted->unfinished[i];
        struct finding_text made = {
            .violation = {.kind = VIOLATION_PLANTED, .process = process, .rule = (char *)what->rule}};
        struct tree_outcome outcome = {0};
        struct sbx_error why = {0};
        bool done = !strip_object(planted, what, control, &outcome, &why);
        bool gone = done && !outcome.seen;

        tree_outcome_free(&outcome);
        if (!done && process) {
            i++;
            continue;
        }
        buffer_append_text(&made.path, what->path);
        if (gone)
            buffer_append_format(&made.text,
                                 "%s, which was told before, is not there any more, under no other name "
                                 "either: there is nothing to take the sandbox's rights from.",
                                 what->path);
        else if (done)
            buffer_append_format(&made.text,
                                 "The sandbox's rights on %s, which was told before, were taken out now.",
                                 what->path);
        else
            buffer_append_format(
                &made.text,
                "The session ended, and the sandbox's rights on %s, which was told before, could not "
                "all be taken out: %s",
                what->path, why.text);
        buffer_append_text(&made.fix, gone ? "Nothing is left to be done about it." : LOOK_AT_IT);
        status = tell(&made, found, error);
        free_text(&made);
        if (status)
            break;
        if (done) {
            forget(planted, i);
            count--;
        } else
            i++;
    }
    return status;
}

static size_t longest_path(const struct planted *planted)
{
    size_t longest = 0;

    for (size_t i = 0; i < planted->count; i++)
        if (strlen(planted->watches[i].place->path) > longest)
            longest = strlen(planted->watches[i].place->path);
    return longest;
}

sbx_status planted_look(struct planted *planted, uint32_t process, const struct tree_control *control,
                        struct violations *found, struct sbx_error *error)
{
    const struct boundary_place *root = NULL;
    struct acl_object *opened = NULL;
    size_t first = found->count, unfinished_count = planted->unfinished_count;
    bool blind = false;
    char *name = sbx_alloc(longest_path(planted) + 1);
    sbx_status status = SBX_OK;

    if (!name)
        return error_memory(error, "a name");
    for (size_t i = 0; i < planted->count && status != SBX_E_MEMORY; i++) {
        struct watch *watch = &planted->watches[i];
        struct acl_object *folder = NULL;
        struct sbx_error met = {0};
        struct sight sight;

        status = SBX_OK;
        if (watch->root != root) {
            acl_close(opened);
            opened = NULL;
            root = watch->root;
            status = open_root(root, &opened, &met);
        }
        if (!status && !opened)
            continue; /* its root was told */
        if (!status)
            status = look_at(watch, opened, name, &sight, &folder, &met);
        if (status && status != SBX_E_MEMORY) {
            blind = true;
            status = tell_blind(planted, root, process, &met, found, error);
        } else if (status) {
            error_memory(error, "a look at protected names");
        } else if (!same_sight(&watch->seen, &sight)) {
            status = take(planted, watch, &sight, folder ? folder : opened, name, process, first, control,
                          found, error);
        } else if (watch->left) {
            status =
                take_again(planted, watch, &sight, folder ? folder : opened, name, process, found, error);
        }
        acl_close(folder);
    }
    if (!blind && !status)
        planted->blind = false;
    if (status != SBX_E_MEMORY)
        status = strip_again(planted, unfinished_count, process, control, found, error);
    acl_close(opened);
    sbx_free(name);
    return status;
}

/* Beginning. */

/* What the boundary saw; of a link, which has no ids there, what stands there now. */
static sbx_status recall(struct watch *watch, char *name, struct sbx_error *error)
{
    struct acl_object *root, *folder = NULL;
    sbx_status status;

    watch->guarded = watch->place->present;
    if (!watch->place->present)
        return SBX_OK;
    if (!watch->place->link) {
        watch->seen.there = true;
        watch->seen.path_size = strlen(watch->place->path);
        watch->seen.facts.kind = watch->place->kind;
        memcpy(watch->seen.facts.volume_id, watch->place->volume_id, sizeof watch->place->volume_id);
        memcpy(watch->seen.facts.file_id, watch->place->file_id, sizeof watch->place->file_id);
        return SBX_OK;
    }
    status = open_root(watch->root, &root, error);
    if (status)
        return status;
    status = look_at(watch, root, name, &watch->seen, &folder, error);
    acl_close(folder);
    acl_close(root);
    return status;
}

void planted_free(struct planted *planted)
{
    if (!planted)
        return;
    while (planted->unfinished_count)
        forget(planted, planted->unfinished_count - 1);
    sbx_free(planted->unfinished);
    sbx_free(planted->watches);
    sbx_free(planted);
}

/* Those of one root together, in the boundary's order. */
static void gather_watches(struct planted *planted)
{
    const struct boundary *boundary = planted->options.boundary;

    for (size_t r = 0; r < boundary->place_count; r++) {
        for (size_t i = 0; i < boundary->place_count; i++) {
            const struct boundary_place *place = &boundary->places[i];

            if (is_watched(place) && root_around(boundary, place->path) == &boundary->places[r])
                planted->watches[planted->count++] =
                    (struct watch){.place = place, .root = &boundary->places[r]};
        }
    }
}

sbx_status planted_begin(const struct planted_options *options, struct planted **planted,
                         struct sbx_error *error)
{
    struct planted *made = sbx_alloc(sizeof *made);
    char *name = NULL;
    sbx_status status = SBX_OK;

    if (!made)
        return error_memory(error, "the protected names");
    made->options = *options;
    made->watches = sbx_alloc_array(options->boundary->place_count, sizeof *made->watches);
    if (!made->watches) {
        status = error_memory(error, "the protected names");
        goto free_made;
    }
    gather_watches(made);
    gather_sids(made);
    name = sbx_alloc(longest_path(made) + 1);
    if (!name)
        status = error_memory(error, "the protected names");
    for (size_t i = 0; i < made->count && !status; i++)
        status = recall(&made->watches[i], name, error);
    if (status)
        goto free_made;
    sbx_free(name);
    *planted = made;
    return SBX_OK;

free_made:
    sbx_free(name);
    planted_free(made);
    return status;
}
