/*
 * engine_desktop.c - the session's own desktop: made before its runner, taken away after it.
 */
#include "base/memory.h"
#include "os/identity.h"
#include "sbxcom/engine_private.h"

/* Entries on what is shared are read, changed and written: two sessions of one process take turns. */
static SRWLOCK turn = SRWLOCK_INIT;

sbx_status engine_make_desktop(struct engine *engine, struct sbx_error *error)
{
    struct sbx_buffer words = SBX_BUFFER_EMPTY;
    struct sbx_error why = {0};
    char sid[SID_TEXT_SIZE];
    sbx_status status;

    if (!engine->boundary.private_desktop)
        return SBX_OK;
    status = identity_user_sid(sid, error);
    if (status)
        return status;

    AcquireSRWLockExclusive(&turn);
    status = private_desktop_open(sid, engine->boundary.group_sid ? engine->boundary.principal_sid : NULL,
                                  &engine->boundary.recipe.restricting_sids, &engine->desktop, &why);
    ReleaseSRWLockExclusive(&turn);
    if (status == SBX_E_MEMORY)
        return error_memory(error, "a desktop");

    /* Without one the session goes on at the caller's, and its report says why; a policy may require more than that. */
    if (status)
        buffer_append_format(&words, "No desktop of its own could be made: %s", why.text);
    else
        private_desktop_describe(&engine->desktop, &words);
    engine->desktop_words = buffer_take(&words, NULL);
    return engine->desktop_words ? SBX_OK : error_memory(error, "a desktop");
}

void engine_drop_desktop(struct engine *engine)
{
    AcquireSRWLockExclusive(&turn);
    private_desktop_close(&engine->desktop, NULL);
    ReleaseSRWLockExclusive(&turn);
}
