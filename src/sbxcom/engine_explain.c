/*
 * engine_explain.c - may commands do this to that path, and why: by the token that was measured, the lists as they are, and what
 * holds at the moment, which is the policy and what is allowed for a while beside it.
 */
#include "sbxcom/engine_private.h"

sbx_status engine_explain(struct engine *engine, const char *path, uint32_t access,
                          struct explanation *explanation, struct sbx_error *error)
{
    struct explain_token token;
    struct engine_view *view;
    bool told;
    sbx_status status;

    engine_lock(engine);
    told = engine->token.user_sid != NULL;
    engine_unlock(engine);
    if (!told)
        return error_set(
            error, SBX_E_NOT_ENFORCED,
            "No command has been started whose token could be read back, so nothing can be said of "
            "files. Look whether a virus scanner holds sbxrun.exe back, then provision a new "
            "session.");
    status = explain_token_make(&engine->token, &token, error);
    if (status)
        return status;
    view = engine_hold_view(engine);
    status = explain_path(view ? &view->boundary : &engine->boundary, &token.token, path, access, explanation,
                          error);
    engine_drop_view(engine, view);
    explain_token_free(&token);
    return status;
}
