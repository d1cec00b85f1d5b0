/*
 * engine_allow.c - folders that commands may write for a while, beside those of the policy.
 *
 * Such a grant is the policy with one more write root, resolved anew and carried out as Provision does. Its entries name the
 * workspace's own SID, which every token of the session holds already: so it counts for commands that run, and its end does,
 * too. (A handle that a command has open keeps what it was opened with; Windows asks only when it is opened.)
 *
 * Who changes what is granted has the session's mark in its hand meanwhile (`changing`): one at a time, and the end of the
 * engine waits for it. Nothing of this is done on the engine's thread while it serves; its last act is to take out what is left.
 *
 * Time is the monotonic clock's, so that nobody prolongs a grant by setting the clock. A thread of its own, the keeper, lives while
 * there is a grant and ends those whose time is over.
 */
#include "base/memory.h"
#include "core/excerpt.h"
#include "os/clock.h"
#include "os/filesystem.h"
#include "sbxcom/engine_private.h"
#include "sbxcom/module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITE_POINTER "/files/write/"
#define MINUTE_MS     60000
#define LOOK_MS       50    /* between two looks whether a wait is to end */
#define MOST_SLEEP_MS 30000 /* a wait does not count the time that the machine sleeps, the clock does */
#define RETRY_MS      2000  /* until a grant is taken out again that could not be */

struct engine_allowance {
    struct engine_allowance *next;
    char *path; /* final */
    char volume_id[40], file_id[40];
    uint64_t for_ms;
    int64_t expires_utc_ms;

    /* Guarded by the engine's lock. */
    uint64_t expires_ms; /* monotonic; set before it is listed */
    bool active;
};

/* ---- the mark, for a change ------------------------------------------------------------------------------------ */

static sbx_status wait_for_change(struct engine *engine, sbx_handle stop, struct sbx_error *error)
{
    while (engine->changing) {
        if (stop && WaitForSingleObject(stop, 0) == WAIT_OBJECT_0)
            return error_set(error, SBX_E_CANCELLED, "It was cancelled while another grant was changed.");
        SleepConditionVariableSRW(&engine->changed, &engine->lock, LOOK_MS, 0);
    }
    return SBX_OK;
}

/* `stop` ends the change, by whoever waits for it or by the session's end; NULL: it cannot be ended. */
sbx_status engine_begin_change(struct engine *engine, sbx_handle stop, struct provision **provision,
                               struct sbx_error *error)
{
    sbx_status status;

    engine_lock(engine);
    status = wait_for_change(engine, stop, error);
    if (!status)
        status = engine_check_running(engine, error);
    if (!status && !engine->provision)
        status = error_set(error, SBX_E_STATE,
                           "Provision is in progress on another thread. Wait for it, or call Cancel.");
    if (!status) {
        *provision = engine->provision;
        engine->provision = NULL;
        engine->changing = true;
        engine->changing_stop = stop;
    }
    engine_unlock(engine);
    return status;
}

void engine_end_change(struct engine *engine, struct provision *provision)
{
    engine_lock(engine);
    engine->provision = provision;
    engine->changing = false;
    engine->changing_stop = NULL;
    WakeAllConditionVariable(&engine->changed);
    engine_unlock(engine);
}

struct provision *engine_take_provision(struct engine *engine)
{
    struct provision *provision;

    engine_lock(engine);
    wait_for_change(engine, NULL, NULL);
    provision = engine->provision;
    engine->provision = NULL;
    engine_unlock(engine);
    return provision;
}

/* ---- the boundary with what is allowed for a while ------------------------------------------------------------- */

/* Which grants stay: all that are active but one, or but those whose time is over. */
struct choice {
    const struct engine_allowance *without;
    uint64_t over_ms; /* those that end by then; 0: none */
};

static bool stays(const struct engine_allowance *allowance, const struct choice *choice)
{
    return allowance->active && allowance != choice->without && allowance->expires_ms > choice->over_ms;
}

/* Grants that a boundary is made with. */
struct wishes {
    const struct engine_allowance **items;
    size_t count;
};

static sbx_status add_wish(struct wishes *wishes, const struct engine_allowance *allowance)
{
    const struct engine_allowance **larger = sbx_realloc(wishes->items, (wishes->count + 1) * sizeof *larger);

    if (!larger)
        return SBX_E_MEMORY;
    wishes->items = larger;
    wishes->items[wishes->count++] = allowance;
    return SBX_OK;
}

static bool is_there(const struct engine_allowance *allowance)
{
    struct file_facts facts;
    bool is;

    if (file_examine(allowance->path, &facts, NULL))
        return false;
    is = !strcmp(facts.volume_id, allowance->volume_id) && !strcmp(facts.file_id, allowance->file_id);
    file_facts_free(&facts);
    return is;
}

/*
 * Folders that are gone, or others by now, do not count: one that lies in another grant's folder may have been put there by a
 * command, as a link to somewhere else.
 */
static sbx_status list_wishes(struct engine *engine, const struct choice *choice, struct wishes *wishes)
{
    size_t kept = 0;
    sbx_status status = SBX_OK;

    engine_lock(engine);
    for (const struct engine_allowance *at = engine->allowances; at && !status; at = at->next) {
        if (stays(at, choice))
            status = add_wish(wishes, at);
    }
    engine_unlock(engine);
    for (size_t i = 0; i < wishes->count; i++) {
        if (is_there(wishes->items[i]))
            wishes->items[kept++] = wishes->items[i];
    }
    wishes->count = kept;
    return status;
}

/* The wish that a place comes from; NULL: it is the policy's own. */
static const struct engine_allowance *wish_of(const struct engine *engine, const struct wishes *wishes,
                                              const struct boundary_place *place)
{
    size_t own_count = engine->policy.files.write.count;
    size_t number;

    if (strncmp(place->pointer, WRITE_POINTER, sizeof WRITE_POINTER - 1) != 0)
        return NULL;
    number = strtoul(place->pointer + sizeof WRITE_POINTER - 1, NULL, 10);
    return number < own_count || number - own_count >= wishes->count ? NULL
                                                                     : wishes->items[number - own_count];
}

/* For whoever asks why commands may write there. */
static sbx_status name_grant(const struct engine_allowance *wish, struct boundary_place *place)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    unsigned long hundredths = (unsigned long)((wish->for_ms * 100 + MINUTE_MS / 2) / MINUTE_MS);

    buffer_append_format(&text, "allowed for %lu", hundredths / 100);
    if (hundredths % 100)
        buffer_append_format(&text, ".%02lu", hundredths % 100);
    buffer_append_format(&text, " %s by AllowWrite", hundredths == 100 ? "minute" : "minutes");
    sbx_free(place->grant);
    place->grant = buffer_take(&text, NULL);
    return place->grant ? SBX_OK : SBX_E_MEMORY;
}

/* Other roots have a SID of their own; no running token would hold that of a new one. */
static sbx_status name_wishes(const struct engine *engine, const struct wishes *wishes,
                              struct boundary *boundary, struct sbx_error *error)
{
    for (size_t i = 0; i < boundary->place_count; i++) {
        struct boundary_place *place = &boundary->places[i];
        const struct engine_allowance *wish = wish_of(engine, wishes, place);
        char *sid;

        if (place->right != BOUNDARY_WRITE || !wish)
            continue;
        if (strcmp(place->volume_id, wish->volume_id) != 0 || strcmp(place->file_id, wish->file_id) != 0)
            return error_set(error, SBX_E_WORKSPACE_REFUSED,
                             "path: another folder was put in the place of %s just now. Try again.",
                             wish->path);
        if (name_grant(wish, place))
            return error_memory(error, "a boundary");
        if (boundary->token == SBX_TOKEN_FILTERED)
            continue; /* one account serves all roots */
        sid = sbx_strdup(boundary->capability_sid);
        if (!sid)
            return error_memory(error, "a boundary");
        sbx_free(place->sid);
        place->sid = sid;
    }
    return SBX_OK;
}

/* As the host is now, with write roots beside the policy's. */
static sbx_status resolve_with(struct engine *engine, const struct wishes *wishes, sbx_handle stop,
                               struct boundary *boundary, struct sbx_error *error)
{
    struct sbx_policy policy;
    sbx_status status = policy_copy(&engine->policy, &policy);

    if (status)
        return error_memory(error, "a policy");
    for (size_t i = 0; i < wishes->count && !status; i++)
        status = strings_append(&policy.files.write, wishes->items[i]->path);
    if (status)
        error_memory(error, "a policy");
    else
        status = engine_resolve_policy(engine, &policy, engine->boundary.level, engine->boundary.workspace,
                                       stop, boundary, error);
    policy_free(&policy);
    if (status)
        return status;
    status = name_wishes(engine, wishes, boundary, error);
    if (status)
        boundary_free(boundary);
    return status;
}

/* ---- what holds ------------------------------------------------------------------------------------------------ */

/* Takes over *boundary, but on failure. */
static sbx_status make_view(struct boundary *boundary, struct engine_view **view, struct sbx_error *error)
{
    struct engine_view *made = sbx_alloc(sizeof *made);

    if (!made)
        return error_memory(error, "a boundary");
    made->references = 1;
    made->boundary = *boundary;
    *view = made;
    return SBX_OK;
}

static void free_view(struct engine_view *view)
{
    boundary_free(&view->boundary);
    sbx_free(view);
}

struct engine_view *engine_hold_view(struct engine *engine)
{
    struct engine_view *view;

    engine_lock(engine);
    view = engine->view;
    if (view)
        view->references++;
    engine_unlock(engine);
    return view;
}

void engine_drop_view(struct engine *engine, struct engine_view *view)
{
    bool last;

    if (!view)
        return;
    engine_lock(engine);
    last = !--view->references;
    engine_unlock(engine);
    if (last)
        free_view(view);
}

/* Takes over `view`; NULL: the policy alone. */
static void show(struct engine *engine, struct engine_view *view)
{
    struct engine_view *former;

    engine_lock(engine);
    former = engine->view;
    engine->view = view;
    engine_unlock(engine);
    engine_drop_view(engine, former);
}

/* ---- changes of what is granted -------------------------------------------------------------------------------- */

static sbx_status carry_out(struct engine *engine, enum grants_work work, bool for_a_while,
                            struct provision **provision, const struct boundary *boundary, sbx_handle stop,
                            struct sbx_error *error)
{
    struct tree_outcome outcome = {0};
    struct plan plan = {0};
    struct grants grants;
    sbx_status status = grants_begin(&grants, work, stop, NULL, error);

    if (status)
        return status;
    grants.host.for_a_while = for_a_while;
    status = provision_apply(&grants.host, boundary, engine->session_id, provision, &plan, &outcome, error);
    grants_end(&grants);
    plan_free(&plan);
    tree_outcome_free(&outcome);
    return status;
}

/* A grant that nobody waits for any more: what stood before stands again. */
static sbx_status take_back(struct engine *engine, struct provision *provision, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct grants grants;
    sbx_status status = grants_begin(&grants, GRANTS_TAKE_BACK, NULL, NULL, &met);

    if (!status) {
        status = provision_take_back(&grants.host, provision, &met);
        grants_end(&grants);
    }
    if (!status)
        return error_set(error, SBX_E_CANCELLED, "AllowWrite was cancelled; nothing of it is left.");
    engine_lock(engine);
    engine->widened = true; /* the session's end tries again */
    engine_unlock(engine);
    return error_set(error, SBX_E_CANCELLED,
                     "AllowWrite was cancelled, and what it had granted could not be taken back (%s); the "
                     "session's end does it, or Deprovision.",
                     met.text);
}

/* What is wished for is granted beside all that is already. */
static sbx_status widen(struct engine *engine, const char *path, const struct boundary *boundary,
                        struct provision **provision, sbx_handle stop, struct sbx_error *error)
{
    struct sbx_error met = {0};
    char shown[EXCERPT_SIZE];
    sbx_status status = carry_out(engine, GRANTS_GIVE, true, provision, boundary, stop, &met);

    if (!status && stop && WaitForSingleObject(stop, 0) == WAIT_OBJECT_0)
        return take_back(engine, *provision, error);
    if (status == SBX_E_POLICY_CONFLICT)
        return error_set(error, status,
                         "Another session lives in this workspace, and was told that %s cannot be written. "
                         "Close it first, or let both sessions' policies name the folder in files.write.",
                         excerpt(shown, path));
    if (status == SBX_E_CANCELLED)
        return error_set(error, status, "AllowWrite was cancelled; nothing of it is left.");
    if (status && error && !error->code)
        *error = met;
    return status;
}

/* With the mark in hand. Where what is to stay cannot be resolved any more, nothing stays. *all: so it is. */
static sbx_status narrow_to(struct engine *engine, const struct choice *choice, struct provision **provision,
                            bool *all, struct sbx_error *error)
{
    struct wishes wishes = {NULL, 0};
    struct engine_view *view = NULL;
    struct boundary boundary;
    sbx_status status = list_wishes(engine, choice, &wishes);

    if (status) {
        sbx_free(wishes.items);
        return error_memory(error, "a list of grants");
    }
    *all = wishes.count == 0;
    status = resolve_with(engine, &wishes, NULL, &boundary, NULL);
    sbx_free(wishes.items);
    if (!status && make_view(&boundary, &view, NULL)) {
        boundary_free(&boundary);
        status = SBX_E_MEMORY;
    }
    *all = *all || status;
    status = carry_out(engine, GRANTS_TAKE_BACK, !*all, provision, view ? &view->boundary : &engine->boundary,
                       NULL, error);
    if (!status) {
        show(engine, *all ? NULL : view);
        view = *all ? view : NULL;
    }
    engine_drop_view(engine, view);
    return status;
}

static void mark_ended(struct engine *engine, const struct choice *choice, bool all)
{
    engine_lock(engine);
    for (struct engine_allowance *at = engine->allowances; at; at = at->next)
        at->active = !all && stays(at, choice);
    engine->widened = !all;
    engine_unlock(engine);
}

/* What is told. */

struct expired {
    struct engine *engine; /* its memory is held */
    struct engine_allowance *allowance;
};

static void free_expired(void *payload)
{
    struct expired *expired = payload;

    engine_drop(expired->engine);
    sbx_free(expired);
}

void engine_expired(const void *payload, struct engine **engine, struct engine_allowance **allowance)
{
    const struct expired *expired = payload;

    *engine = expired->engine;
    *allowance = expired->allowance;
}

static void tell_expired(struct engine *engine, struct engine_allowance *allowance)
{
    struct expired *expired = feed_is_heard(engine->feed) ? sbx_alloc(sizeof *expired) : NULL;

    if (!expired)
        return;
    engine_keep(engine);
    *expired = (struct expired){engine, allowance};
    feed_note(engine->feed, FEED_GRANT_EXPIRED, expired, free_expired);
}

static void write_granted(struct engine *engine, const struct engine_allowance *allowance)
{
    AcquireSRWLockExclusive(&engine->transcript_lock);
    if (engine->transcript)
        transcript_granted(engine->transcript, allowance->path, allowance->expires_utc_ms, NULL);
    ReleaseSRWLockExclusive(&engine->transcript_lock);
}

static void write_ended(struct engine *engine, const struct engine_allowance *allowance,
                        enum transcript_grant_end why)
{
    AcquireSRWLockExclusive(&engine->transcript_lock);
    if (engine->transcript)
        transcript_grant_ended(engine->transcript, allowance->path, why, NULL);
    ReleaseSRWLockExclusive(&engine->transcript_lock);
}

/* Those that are active, for saying which of them ended; the array by sbx_free. */
static sbx_status list_active(struct engine *engine, struct engine_allowance ***active, size_t *count)
{
    struct engine_allowance **found = NULL;
    sbx_status status = SBX_OK;

    *count = 0;
    engine_lock(engine);
    for (struct engine_allowance *at = engine->allowances; at && !status; at = at->next) {
        struct engine_allowance **larger;

        if (!at->active)
            continue;
        larger = sbx_realloc(found, (*count + 1) * sizeof *larger);
        if (larger) {
            found = larger;
            found[(*count)++] = at;
        } else
            status = SBX_E_MEMORY;
    }
    engine_unlock(engine);
    if (status)
        sbx_free(found);
    else
        *active = found;
    return status;
}

/* The transcript hears of all that ended, the session's clients of those that did without anybody's wish. */
static void tell_ended(struct engine *engine, struct engine_allowance *const *active, size_t count,
                       const struct choice *choice, bool all)
{
    for (size_t i = 0; i < count; i++) {
        bool over = active[i]->expires_ms <= choice->over_ms;
        bool wished = active[i] == choice->without;

        if (!wished && !over && !all)
            continue;
        write_ended(engine, active[i], wished ? GRANT_REVOKED : over ? GRANT_EXPIRED : GRANT_GONE);
        if (!wished)
            tell_expired(engine, active[i]);
    }
}

static sbx_status narrow(struct engine *engine, const struct choice *choice, struct sbx_error *error)
{
    struct engine_allowance **active = NULL;
    struct provision *provision = NULL;
    size_t count = 0;
    bool all = false;
    sbx_status status = engine_begin_change(engine, NULL, &provision, error);

    if (status)
        return status;
    if (list_active(engine, &active, &count))
        status = error_memory(error, "a list of grants");
    if (!status)
        status = narrow_to(engine, choice, &provision, &all, error);
    if (!status) {
        mark_ended(engine, choice, all);
        tell_ended(engine, active, count, choice,
                   all); /* before the next change, so that the lines stand in order */
    }
    engine_look_at_later(engine, provision);
    engine_end_change(engine, provision);
    engine_begin_later(engine);
    sbx_free(active);
    return status;
}

/* ---- the keeper ------------------------------------------------------------------------------------------------ */

/* When the next one ends, UINT64_MAX: there is none. Locked. */
static uint64_t next_end(const struct engine *engine)
{
    uint64_t end_ms = UINT64_MAX;

    for (const struct engine_allowance *at = engine->allowances; at; at = at->next) {
        if (at->active && at->expires_ms < end_ms)
            end_ms = at->expires_ms;
    }
    return end_ms;
}

static void keep(void *context)
{
    struct engine *engine = context;
    struct choice choice = {NULL, 0};
    uint64_t not_before_ms = 0;

    engine_lock(engine);
    while (engine->state == ENGINE_RUNNING) {
        uint64_t end_ms = next_end(engine), now_ms = clock_monotonic_ms();

        if (end_ms == UINT64_MAX && !engine->changing)
            break;
        end_ms = end_ms < not_before_ms ? not_before_ms : end_ms;
        if (end_ms <= now_ms) {
            engine_unlock(engine);
            choice.over_ms = now_ms;
            if (narrow(engine, &choice, NULL))
                not_before_ms = clock_monotonic_ms() + RETRY_MS;
            engine_lock(engine);
            continue;
        }
        end_ms = end_ms - now_ms < MOST_SLEEP_MS ? end_ms - now_ms : MOST_SLEEP_MS;
        SleepConditionVariableSRW(&engine->changed, &engine->lock, (DWORD)end_ms, 0);
    }
    engine->keeping = false;
    engine_unlock(engine);
    engine_drop(engine);
}

/* During a change: it does not leave before that is over. */
static sbx_status start_keeper(struct engine *engine, struct sbx_error *error)
{
    bool keeping;
    sbx_status status;

    engine_lock(engine);
    keeping = engine->keeping;
    engine->keeping = true;
    if (!keeping)
        engine->references++; /* the thread's */
    engine_unlock(engine);
    if (keeping)
        return SBX_OK;
    status = module_start_worker(keep, engine, NULL, error);
    if (status) {
        engine_lock(engine);
        engine->keeping = false;
        engine->references--; /* not the last one */
        engine_unlock(engine);
    }
    return status;
}

/* ---- what may be granted --------------------------------------------------------------------------------------- */

static sbx_status refuse_host(const struct engine *engine, struct sbx_error *error)
{
    return error_set(error, SBX_E_UNSUPPORTED_HOST,
                     "AllowWrite cannot hold on this host, so nothing was granted: %s Use Windows, and a "
                     "volume that keeps access control lists.",
                     engine->plan.remarks.count
                         ? engine->plan.remarks.items[0]
                         : "it does not keep an access control list that was written to a scratch file.");
}

/* By what the policy says of the folder itself, and of what is in it. */
static sbx_status judge(const struct engine *engine, const char *path, struct sbx_error *error)
{
    const struct boundary *boundary = &engine->boundary;
    const struct boundary_place *place = boundary_place_for(boundary, path);
    char shown[2][EXCERPT_SIZE];

    excerpt(shown[0], path);
    if (place && place->right == BOUNDARY_WRITE)
        return error_set(error, SBX_E_ARGUMENT,
                         "path: commands may write %s already, by the policy's %s. No grant is needed.",
                         shown[0], place->pointer);
    if (place && (place->right != BOUNDARY_READ || text_equal_ascii_nocase(place->path, path)))
        return error_set(
            error, SBX_E_POLICY_CONFLICT,
            "path: the policy's %s keeps commands from writing %s. What a policy denies, protects "
            "or lets only be read is not opened for a while: change the policy, and Provision.",
            place->pointer, shown[0]);
    for (size_t i = 0; i < boundary->place_count; i++) {
        place = &boundary->places[i];
        if (place->right == BOUNDARY_WRITE && path_holds(path, place->path))
            return error_set(
                error, SBX_E_POLICY_CONFLICT,
                "path: %s holds %s, which the policy's %s lets commands write for good. Grant the "
                "folders beside it.",
                shown[0], excerpt(shown[1], place->path), place->pointer);
    }
    return SBX_OK;
}

static sbx_status find_folder(const char *path, struct file_facts *facts, struct sbx_error *error)
{
    struct sbx_error met = {0};
    char shown[EXCERPT_SIZE];
    char *absolute;
    sbx_status status;

    excerpt(shown, path);
    if (path_form(path) != PATH_FORM_DRIVE)
        return error_set(error, SBX_E_ARGUMENT,
                         "path takes the absolute path of a local folder (C:\\...), not \"%s\".", shown);
    absolute = path_absolute(path, path);
    if (!absolute)
        return error_memory(error, "a path");
    status = file_examine(absolute, facts, &met);
    sbx_free(absolute);
    if (status == SBX_E_PATH_NOT_FOUND)
        return error_set(error, status, "path: %s is not there. Make the folder first.", shown);
    if (status && error && !error->code)
        *error = met;
    return status;
}

/* What is to be granted, where the policy lets it be; not active yet. */
static sbx_status make_allowance(const struct engine *engine, const char *path,
                                 struct engine_allowance **allowance, struct sbx_error *error)
{
    struct engine_allowance *made;
    struct file_facts facts;
    sbx_status status = find_folder(path, &facts, error);

    if (status)
        return status;
    status = judge(engine, facts.path, error);
    made = status ? NULL : sbx_alloc(sizeof *made);
    if (made) {
        made->path = facts.path;
        facts.path = NULL;
        memcpy(made->volume_id, facts.volume_id, sizeof made->volume_id);
        memcpy(made->file_id, facts.file_id, sizeof made->file_id);
        *allowance = made;
    } else if (!status)
        status = error_memory(error, "a grant");
    file_facts_free(&facts);
    return status;
}

static void free_allowance(struct engine_allowance *allowance)
{
    sbx_free(allowance->path);
    sbx_free(allowance);
}

/* Errors of the resolver begin with the place in a policy, where this path never stood. */
static void name_argument(struct sbx_error *error)
{
    static const char name[] = "path";
    size_t size;

    if (!error || strncmp(error->text, WRITE_POINTER, sizeof WRITE_POINTER - 1) != 0)
        return;
    size = sizeof WRITE_POINTER - 1;
    size += strspn(error->text + size, "0123456789");
    memcpy(error->text, name, sizeof name - 1);
    memmove(error->text + sizeof name - 1, error->text + size, strlen(error->text + size) + 1);
}

/* The session's report says what of git is protected, and nobody reads it again for the sake of a grant. */
static sbx_status check_repositories(const struct engine *engine, const struct engine_allowance *allowance,
                                     const struct boundary *boundary, struct sbx_error *error)
{
    const struct repositories *found =
        repositories_kept_find(&engine->searched, allowance->path, allowance->volume_id, allowance->file_id);
    char shown[EXCERPT_SIZE];

    if (!found || repositories_are_all(found))
        return SBX_OK;
    return error_set(error, SBX_E_LIMIT,
                     "path: not all git repositories below %s can be found and protected. %s Grant a "
                     "narrower folder.",
                     excerpt(shown, allowance->path), boundary->not_all_repositories);
}

/* What would hold with it; also, whether the grant would say anything there. */
static sbx_status resolve_wider(struct engine *engine, const struct engine_allowance *allowance,
                                sbx_handle stop, struct boundary *boundary, struct sbx_error *error)
{
    const struct choice all = {NULL, 0};
    const struct boundary_place *place;
    struct wishes wishes = {NULL, 0};
    char shown[EXCERPT_SIZE];
    sbx_status status = list_wishes(engine, &all, &wishes);

    if (!status)
        status = add_wish(&wishes, allowance);
    if (status)
        error_memory(error, "a list of grants");
    else {
        status = resolve_with(engine, &wishes, stop, boundary, error);
        if (status)
            name_argument(error);
    }
    sbx_free(wishes.items);
    if (status)
        return status;
    status = check_repositories(engine, allowance, boundary, error);
    if (status) {
        boundary_free(boundary);
        return status;
    }
    place = boundary_place_for(boundary, allowance->path);
    if (place && place->right == BOUNDARY_WRITE)
        return SBX_OK;
    status = error_set(error, SBX_E_POLICY_CONFLICT,
                       "path: %s would not be writable: the policy's %s is stricter. Change the policy, and "
                       "Provision.",
                       excerpt(shown, allowance->path), place ? place->pointer : "own rule");
    boundary_free(boundary);
    return status;
}

/* ---- for clients ----------------------------------------------------------------------------------------------- */

/* The time counts from the moment when it holds. */
static void list_allowance(struct engine *engine, struct engine_allowance *allowance)
{
    struct engine_allowance **link = &engine->allowances;

    allowance->expires_utc_ms = clock_utc_ms() + (int64_t)allowance->for_ms;
    allowance->expires_ms = clock_monotonic_ms() + allowance->for_ms;
    allowance->active = true;
    engine_lock(engine);
    while (*link)
        link = &(*link)->next;
    *link = allowance;
    engine->widened = true;
    engine_unlock(engine);
}

/* With the mark in hand. */
static sbx_status allow(struct engine *engine, struct engine_allowance *allowance, sbx_handle stop,
                        struct provision **provision, struct sbx_error *error)
{
    struct engine_view *view = NULL;
    struct boundary boundary;
    sbx_status status = start_keeper(engine, error);

    if (!status)
        status = resolve_wider(engine, allowance, stop, &boundary, error);
    if (status)
        return status;
    status = make_view(&boundary, &view, error);
    if (status) {
        boundary_free(&boundary);
        return status;
    }
    status = widen(engine, allowance->path, &view->boundary, provision, stop, error);
    if (status)
        free_view(view);
    else {
        list_allowance(engine, allowance);
        show(engine, view);
        write_granted(engine, allowance);
    }
    return status;
}

sbx_status engine_allow_write(struct engine *engine, const char *path, uint64_t for_ms, sbx_handle stop,
                              struct engine_allowance **allowance, struct sbx_error *error)
{
    struct engine_allowance *made = NULL;
    struct provision *provision = NULL;
    sbx_status status;

    if (!engine->plan.host_keeps_acls)
        return refuse_host(engine, error);
    status = make_allowance(engine, path, &made, error);
    if (!status)
        status = engine_begin_change(engine, stop, &provision, error);
    if (!status) {
        made->for_ms = for_ms;
        /* An earlier grant's, perhaps, which may stand: what it protects stays protected where this one is refused. */
        repositories_set_aside(&engine->searched, made->path);
        status = allow(engine, made, stop, &provision, error);
        repositories_settle(&engine->searched, made->path, !status);
        engine_look_at_later(engine, provision);
        engine_end_change(engine, provision);
        engine_begin_later(engine);
    }
    if (!status)
        *allowance = made;
    else if (made)
        free_allowance(made);
    return status;
}

sbx_status engine_revoke(struct engine *engine, const struct engine_allowance *allowance,
                         struct sbx_error *error)
{
    const struct choice choice = {allowance, 0};
    struct sbx_error met = {0};
    struct engine_allowance_info info;
    sbx_status status;

    engine_allowance_info(engine, allowance, &info);
    if (!info.active)
        return SBX_OK;
    status = narrow(engine, &choice, &met);
    if (status == SBX_E_CLOSED || status == SBX_E_RUNNER_LOST)
        return SBX_OK; /* its end takes out all of them */
    if (status && error && !error->code)
        *error = met;
    return status;
}

void engine_allowance_info(struct engine *engine, const struct engine_allowance *allowance,
                           struct engine_allowance_info *info)
{
    uint64_t now_ms = clock_monotonic_ms();

    engine_lock(engine);
    *info = (struct engine_allowance_info){
        .path = allowance->path, .expires_utc_ms = allowance->expires_utc_ms, .active = allowance->active};
    if (allowance->active && allowance->expires_ms > now_ms)
        info->seconds_left = (uint32_t)((allowance->expires_ms - now_ms + 999) / 1000);
    engine_unlock(engine);
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

/* No command lives any more. What cannot be taken out stands in the journal as for a while: Recover or the next Provision does it. */
void engine_let_go_of_files(struct engine *engine, struct provision *provision)
{
    const struct choice none = {NULL, UINT64_MAX};
    bool taken = provision != NULL; /* else somebody else has it, and gives it to us again or narrows */
    struct engine_allowance **active = NULL;
    size_t count = 0;
    bool widened, all;

    engine_lock(engine);
    widened = engine->widened;
    engine_unlock(engine);
    if (widened && taken) {
        list_active(engine, &active, &count); /* without memory the transcript misses them */
        narrow_to(engine, &none, &provision, &all, NULL);
    }
    provision_release(provision);
    mark_ended(engine, &none, taken || !widened);
    for (size_t i = 0; i < count; i++)
        write_ended(engine, active[i], GRANT_CLOSED);
    sbx_free(active);
    engine_lock(engine);
    WakeAllConditionVariable(&engine->changed);
    engine_unlock(engine);
}

void engine_free_allowances(struct engine *engine)
{
    if (engine->view)
        free_view(engine->view); /* nobody else is left */
    engine->view = NULL;
    while (engine->allowances) {
        struct engine_allowance *allowance = engine->allowances;

        engine->allowances = allowance->next;
        free_allowance(allowance);
    }
}
