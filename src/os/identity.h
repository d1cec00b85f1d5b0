/*
 * identity.h - who the caller is and what this host is.
 */
#ifndef SBX_OS_IDENTITY_H
#define SBX_OS_IDENTITY_H

#include "base/status.h"

#include <stdbool.h>

struct host_facts {
    uint32_t major, minor, build; /* as the kernel says, not as a manifest has it */
    char product[96];             /* "Windows 10.0.19043 x64", "... under Wine 8.0" */
    char wine[32];                /* "" on Windows */
    bool pseudoconsole;           /* the host has the call; whether it works is another matter */
    bool job_list_attribute;
    bool mitigation_policies;
    bool domain_controller; /* its accounts are the domain's */
};

/* Never fails: what cannot be found out is empty or false. */
void host_examine(struct host_facts *facts);

/* The user of the calling process, S-1-..., at most 184 characters. SBX_E_SYSTEM. */
#define SID_TEXT_SIZE 192
sbx_status identity_user_sid(char sid[SID_TEXT_SIZE], struct sbx_error *error);

#endif
