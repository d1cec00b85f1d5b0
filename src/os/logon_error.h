/*
 * logon_error.h - what a refused logon means and what to do about it. One table for the system's refusals and the simulation's.
 *
 * Numbers of winerror.h as CreateProcessWithLogonW leaves them.
 */
#ifndef SBX_OS_LOGON_ERROR_H
#define SBX_OS_LOGON_ERROR_H

#include <stddef.h>
#include <stdint.h>

struct logon_error {
    uint32_t system;
    const char *meaning; /* "The sandbox account ...", without a full stop */
    const char *fix;     /* a sentence */
};

#define LOGON_FIX_REPAIR "Run Sbx.Host's Repair."

static const struct logon_error logon_errors[] = {
    {1326, "is not there, or has another password than the one that is kept", LOGON_FIX_REPAIR},
    {1327, "may not log on under a restriction of this machine's policy",
     "Look at the account's settings and at the security policy's account restrictions."},
    {1328, "may not log on at this hour", "Take the logon hours off the account, or run Sbx.Host's Repair."},
    {1329, "may not log on at this machine", "Take the list of workstations off the account."},
    {1330, "has a password that has expired", LOGON_FIX_REPAIR},
    {1331, "is disabled", LOGON_FIX_REPAIR},
    {1385, "is denied the interactive logon that starting programs takes",
     "Group policy names who may log on locally (SeInteractiveLogonRight) or may not "
     "(SeDenyInteractiveLogonRight): have the groups SbxOff-, SbxLoop- and SbxOn-... admitted there."},
    {1793, "has expired", LOGON_FIX_REPAIR},
    {1907, "has a password that must be changed before its first logon", LOGON_FIX_REPAIR},
    {1909, "is locked out after wrong passwords",
     "Find out who tries passwords, then run Sbx.Host's Repair, or wait until the lock-out ends."},
    {1058, "cannot be used while the service Secondary Logon (seclogon) is disabled",
     "Set its start type to manual: Set-Service seclogon -StartupType Manual"},
};

/* NULL for what is no refusal of the logon: the program is missing, may not be read, and so on. */
static inline const struct logon_error *logon_error_find(uint32_t system)
{
    for (size_t i = 0; i < sizeof logon_errors / sizeof logon_errors[0]; i++)
        if (logon_errors[i].system == system)
            return &logon_errors[i];
    return NULL;
}

#endif
