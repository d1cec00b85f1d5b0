/*
 * setup_caller.c - who may have the elevated server work for him.
 */
#include "core/setup_caller.h"
#include "base/memory.h"
#include "core/sid.h"

#include <string.h>

#define MEDIUM 0x2000
#define HIGH   0x3000

bool setup_is_person(const char *user_sid)
{
    static const char *const kinds[] = {"S-1-5-21-", "S-1-12-1-"};
    struct sid sid;

    if (!user_sid || sid_parse(user_sid, &sid, NULL) || sid.bytes[1] < 5)
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strncmp(user_sid, kinds[i], strlen(kinds[i])) == 0)
            return true;
    return false;
}

static bool is_ours(const struct setup_caller *caller, const struct sbx_strings *own_sids)
{
    if (strings_hold_ascii_nocase(own_sids, caller->user_sid))
        return true;
    for (size_t i = 0; i < caller->groups.count; i++)
        if (strings_hold_ascii_nocase(own_sids, caller->groups.items[i]))
            return true;
    return false;
}

static const char *refused_logon(const struct setup_caller *caller)
{
    static const struct {
        const char *sid, *words;
    } logons[] = {
        {"S-1-5-2", "over the network"},
        {"S-1-5-3", "for a scheduled task"},
        {"S-1-5-6", "as a service"},
        {"S-1-5-7", "anonymously"},
    };

    for (size_t i = 0; i < sizeof logons / sizeof logons[0]; i++)
        if (strings_hold_ascii_nocase(&caller->groups, logons[i].sid))
            return logons[i].words;
    return NULL;
}

static sbx_status refuse(struct sbx_error *error, const char *reason)
{
    return error_set(error, SBX_E_SETUP_CALLER, "%s", reason);
}

sbx_status setup_caller_judge(const struct setup_caller *caller, const struct sbx_strings *own_sids,
                              struct sbx_error *error)
{
    const char *logon;

    if (caller->impersonation < SETUP_IMPERSONATION_ANONYMOUS)
        return refuse(
            error,
            "This host does not tell the server who calls it (Wine never does), so nothing is set up for "
            "anybody. On Windows, call through Sbx.Host; an administrator may run sbxsetup provision "
            "--for USER.");
    if (caller->impersonation == SETUP_IMPERSONATION_ANONYMOUS || !caller->user_sid || !*caller->user_sid)
        return refuse(error, "The caller is anonymous. Call at the impersonation level \"identify\" or "
                             "above, as Sbx.Host does.");
    if (caller->facts_missing)
        return refuse(error,
                      "The caller's token could not be read, so what he may is not known. Call from an "
                      "ordinary program of the user that it is for.");
    if (is_ours(caller, own_sids))
        return refuse(error,
                      "The caller is a sandbox account. Nothing is set up or changed from inside a sandbox.");
    if (!setup_is_person(caller->user_sid))
        return error_set(error, SBX_E_SETUP_CALLER,
                         "The caller, %s, is no person's account: passwords could not be kept for it nor "
                         "logons be made by it. Call as the "
                         "user who will run commands, or run sbxsetup provision --for USER.",
                         caller->user_sid);
    if (caller->app_container)
        return refuse(error,
                      "The caller runs in an AppContainer. Call from an ordinary program of the same user.");
    if (caller->restricted)
        return refuse(
            error, "The caller's token is restricted. Nothing is set up or changed from inside a sandbox.");
    if (caller->integrity < MEDIUM)
        return refuse(error, "The caller's integrity is below medium, or not known. Call from an ordinary "
                             "program of the same user.");
    logon = refused_logon(caller);
    if (logon)
        return error_set(
            error, SBX_E_SETUP_CALLER,
            "The caller is logged on %s. Call from a session at the computer itself or by remote desktop, or "
            "run sbxsetup provision --for USER.",
            logon);
    if (!caller->encrypted_call)
        return refuse(error,
                      "The call is not encrypted, and passwords would travel by it. Call through Sbx.Host.");
    return SBX_OK;
}

void setup_caller_free(struct setup_caller *caller)
{
    sbx_free(caller->user_sid);
    strings_free(&caller->groups);
    memset(caller, 0, sizeof *caller);
}

sbx_status setup_server_judge(const struct setup_server *server, struct sbx_error *error)
{
    if (server->administrator && server->elevated && server->integrity >= HIGH)
        return SBX_OK;
    return error_set(
        error, SBX_E_SETUP_FAILED,
        "The set-up server was started without elevation. Let Sbx.Host start it, or run sbxsetup "
        "as administrator.");
}
