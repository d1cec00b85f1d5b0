/*
 * engine_grants.c - what an engine puts on files before it starts its runner, and how that goes again when there is no
 * session in the end.
 *
 * The mark that a session lives in its workspace is one per session, not per engine: it goes over to the engine that
 * takes the place of another one, and back when that comes to nothing.
 */
#include "base/memory.h"
#include "core/private_folder.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "sbxcom/engine_private.h"

#include <string.h>

/* The mark. */

/* One that does not run has let go of its mark, or does so while it ends: the same name can be marked only then. */
static struct provision *take_from_former(struct engine *former)
{
    if (!former)
        return NULL;
    if (engine_state(former) != ENGINE_RUNNING)
        engine_close(former);
    engine_stop_later(former);
    return engine_take_provision(former);
}

static void give_to_former(struct engine *former, struct provision *provision)
{
    bool given = false;

    if (former && provision_has_mark(provision)) {
        engine_lock(former);
        if (former->state == ENGINE_RUNNING && !former->provision) {
            former->provision = provision;
            provision = NULL;
            given = true;
        }
        engine_unlock(former);
    }
    if (given)
        engine_begin_later(former);
    else if (former && provision)
        engine_let_go_of_files(former, provision);
    else
        provision_release(provision);
}

/* Granting. */

/* The SID that may write the session's temp; NULL: the policy lets nobody. The caller frees *path, which it lies in. */
static const char *sid_of_temp(const struct engine *engine, char **path)
{
    const struct boundary_place *place;
    struct file_facts facts;

    *path = NULL;
    if (file_examine(engine->boundary.temp, &facts, NULL))
        return NULL;
    *path = facts.path;
    place = boundary_place_for(&engine->boundary, facts.path);
    return place && place->right == BOUNDARY_WRITE && path_holds(place->path, facts.path) ? place->sid : NULL;
}

/* Its final path says which rule counts, and is the one that is closed. */
static sbx_status close_temp(const struct engine *engine, struct sbx_error *error)
{
    char user_sid[SID_TEXT_SIZE];
    char *path = NULL;
    const char *sandbox_sid = sid_of_temp(engine, &path);
    sbx_status status = identity_user_sid(user_sid, error);

    if (!status)
        status =
            private_folder_close(path ? path : engine->boundary.temp, user_sid, sandbox_sid,
                                 engine->boundary.group_sid ? engine->boundary.principal_sid : NULL, error);
    sbx_free(path);
    return status;
}

static sbx_status check_stop(const struct engine *engine, struct sbx_error *error)
{
    if (!engine->stop || WaitForSingleObject(engine->stop, 0) != WAIT_OBJECT_0)
        return SBX_OK;
    return error_set(error, SBX_E_CANCELLED, "Provision was cancelled; nothing of it is left.");
}

sbx_status engine_grant(struct engine *engine, const struct engine_options *options,
                        struct provision **provision, struct sbx_error *error)
{
    struct provision *given = take_from_former(options->former);
    struct grants grants;
    sbx_status status = check_stop(engine, error);

    if (!status)
        status = grants_begin(&grants, GRANTS_GIVE, engine->stop, &options->progress, error);
    if (status) {
        if (given)
            give_to_former(options->former, given);
        return status;
    }
    status = engine_clear_account(engine, &grants.host, error);
    if (!status)
        status = provision_apply(&grants.host, &engine->boundary, engine->session_id, &given, &engine->plan,
                                 &engine->outcome, error);
    grants_end(&grants);
    if (status) {
        if (given)
            give_to_former(options->former, given);
        return status;
    }
    *provision = given;
    status = engine_list_later(engine, error);
    if (!status && engine->plan.host_keeps_acls)
        status = close_temp(engine, error);
    return status ? status : check_stop(engine, error);
}

void engine_take_back(struct provision *provision, struct engine *former,
                      const struct grants_progress *progress, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct grants grants;
    sbx_status status;

    if (!provision)
        return;
    status = grants_begin(&grants, GRANTS_TAKE_BACK, NULL, progress, &met);
    if (!status) {
        status = provision_take_back(&grants.host, provision, &met);
        grants_end(&grants);
    }
    give_to_former(former, provision);

    /* The first error stays what it is; that something is left must not go unsaid. */
    if (status && status != SBX_E_STATE && error) {
        size_t size = strlen(error->text);
        struct sbx_buffer more = SBX_BUFFER_EMPTY;

        buffer_append_format(&more,
                             " What had been granted on files could not be taken back (%s); "
                             "Deprovision does it.",
                             met.text);
        if (!buffer_failed(&more) && size + more.size < sizeof error->text)
            memcpy(error->text + size, buffer_text(&more), more.size + 1);
        buffer_free(&more);
    }
}

void engine_abandon(struct engine *engine, struct engine *former)
{
    struct provision *provision;

    engine_stop_later(engine);
    provision = engine_take_provision(engine);
    engine_close(engine);
    engine_take_back(provision, former, NULL, NULL);
    if (former)
        engine_go_on(former);
    engine_release(engine);
}

/* Looking. */

sbx_status engine_plan(const struct engine_options *options, void *stop, struct plan *plan,
                       struct sbx_error *error)
{
    struct engine *made = sbx_alloc(sizeof *made); /* never started */
    struct grants grants;
    sbx_status status;

    if (!made)
        return error_memory(error, "a plan");
    made->references = 1;
    made->stop = stop;
    status = engine_resolve(made, options, true, error);
    if (!status)
        status = grants_begin(&grants, GRANTS_LOOK, stop, &options->progress, error);
    if (!status) {
        status = provision_plan(&grants.host, &made->boundary, plan, error);
        grants_end(&grants);
    }
    engine_drop(made);
    return status;
}
