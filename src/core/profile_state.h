/*
 * profile_state.h - did Windows give an account its own profile, or a temporary one?
 *
 * A profile that cannot be loaded does not stop a logon: the user gets a new folder (C:\\Users\\TEMP, TEMP.MACHINE.000, ...), which is to
 * go at the end and, where something holds it, stays: 170 of them in openai/codex #21455. What a program keeps for itself is lost
 * each time then. The profile service says so in HKLM\\...\\ProfileList\\SID: bit 0x800 of State, and a key SID.bak, under which
 * it puts the entry aside that it could not load. The bits have no page of Microsoft's; they are as administrators know them.
 */
#ifndef SBX_CORE_PROFILE_STATE_H
#define SBX_CORE_PROFILE_STATE_H

#include "core/findings.h"

enum profile_state {
    PROFILE_NONE, /* the account has not logged on yet */
    PROFILE_OWN,
    PROFILE_TEMPORARY, /* now, or at its last logon */
    PROFILE_PUT_ASIDE, /* the next logon gets a temporary one */
};

/* As anybody: the key is readable. SBX_E_SYSTEM, SBX_E_MEMORY. */
sbx_status profile_look(const char *sid, enum profile_state *state, struct sbx_error *error);

/* In a sentence, of the two that are trouble; NULL of the others. Constant. */
const char *profile_words(enum profile_state state);

/* A finding "profile" where there is trouble with that of the account, of which nothing is required; else none. Errors as above. */
sbx_status profile_add_finding(const char *sid, struct findings *findings, struct sbx_error *error);

#define PROFILE_FIX                                                                                      \
    "With the account's sessions closed, as administrator: delete its profile (System Properties, User " \
    "Profiles), "                                                                                        \
    "and the key ProfileList\\SID.bak where there is one; the next session makes a new one."

#endif
