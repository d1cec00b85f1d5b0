/*
 * profile_state.c - own or temporary.
 */
#include "core/profile_state.h"
#include "base/buffer.h"
#include "os/registry.h"

#define LIST       "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList"
#define OTHER_TYPE 1630 /* ERROR_UNSUPPORTED_TYPE */
#define TEMPORARY  0x800u

/* *there false: no such key, or no State in it. */
static sbx_status read_state(const char *sid, const char *ending, bool *there, uint32_t *state,
                             struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct sbx_buffer key = SBX_BUFFER_EMPTY;
    sbx_status status;

    *there = false;
    buffer_append_format(&key, "%s\\%s%s", LIST, sid, ending);
    status = buffer_failed(&key) ? error_memory(&met, "a key")
                                 : registry_read_number(buffer_text(&key), "State", state, &met);
    buffer_free(&key);
    if (status == SBX_E_PATH_NOT_FOUND || (status == SBX_E_SYSTEM && met.system == OTHER_TYPE))
        return SBX_OK;
    if (status) {
        if (error && !error->code)
            *error = met;
        return status;
    }
    *there = true;
    return SBX_OK;
}

sbx_status profile_look(const char *sid, enum profile_state *state, struct sbx_error *error)
{
    bool there = false, aside = false;
    uint32_t bits = 0, aside_bits = 0;
    sbx_status status = read_state(sid, "", &there, &bits, error);

    if (!status)
        status = read_state(sid, ".bak", &aside, &aside_bits, error);
    if (status)
        return status;
    if (there && bits & TEMPORARY)
        *state = PROFILE_TEMPORARY;
    else if (aside)
        *state = PROFILE_PUT_ASIDE;
    else
        *state = there ? PROFILE_OWN : PROFILE_NONE;
    return SBX_OK;
}

const char *profile_words(enum profile_state state)
{
    switch (state) {
    case PROFILE_TEMPORARY:
        return "Windows gave the account a temporary profile: what programs keep there is lost at the end, "
               "and folders named "
               "TEMP may stay behind.";
    case PROFILE_PUT_ASIDE:
        return "Windows has put the account's profile aside (SID.bak): the next logon gets a temporary one.";
    default:
        return NULL;
    }
}

sbx_status profile_add_finding(const char *sid, struct findings *findings, struct sbx_error *error)
{
    enum profile_state state;
    sbx_status status = profile_look(sid, &state, error);

    if (status || !profile_words(state))
        return status;
    return findings_add(findings, "profile", SBX_ABSENT, SBX_ABSENT, "HKLM\\" LIST, profile_words(state),
                        PROFILE_FIX)
               ? error_memory(error, "a report")
               : SBX_OK;
}
