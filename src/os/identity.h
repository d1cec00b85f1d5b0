/*
 * identity.h - who the caller is and what this host is.
 */
#ifndef SBX_OS_IDENTITY_H
#define SBX_OS_IDENTITY_H

#include "os/token.h"

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

/*
 * Who somebody is: the calling process, or a caller whom the thread impersonated when his token was opened (OpenThreadToken with
 * OpenAsSelf; identification level is enough to ask). Facts alone; what they are good for is judged in core.
 */
enum identity_level { /* ordered */
                      IDENTITY_ANONYMOUS,
                      IDENTITY_IDENTIFICATION,
                      IDENTITY_IMPERSONATION,
                      IDENTITY_DELEGATION,
                      IDENTITY_PRIMARY, /* a process's own token */
};

struct identity_facts {
    struct token_facts token; /* user, groups that grant, restricted, integrity, elevated... */
    struct sbx_strings
        groups; /* every group's SID, the deny-only ones too: whoever is in one is asked of these */
    enum identity_level level;
    bool app_container;
    bool
        could_elevate; /* Administrators is there, deny-only: the filtered half of an administrator's logon */
    bool system;       /* LocalSystem: CreateProcessWithLogonW refuses it */
    uint32_t session_id; /* 0: services', where nobody sees a window */
    uint32_t
        logon_type; /* SECURITY_LOGON_TYPE: 2 interactive, 3 network, 5 service, 8 network clear text...; 0 unknown */
    char logon_package[32]; /* "NTLM", "Kerberos"...; "" unknown */

    /*
     * Nobody typed a password for this logon, so the user's key (DPAPI) may be out of reach and the network knows nobody: it came over the
     * network (type 3). Key-based SSH logs on so, by S4U; by password it is type 8 (Win32-OpenSSH, auth-passwd.c and
     * win32_usertoken_utils.c); WinRM and PsExec are type 3, too. A sign and no proof: whether the key can be had, credential_protect tells.
     */
    bool without_password;
};

/* `token` with TOKEN_QUERY; NULL: the calling process. SBX_E_SYSTEM, SBX_E_MEMORY; *facts is untouched on failure. */
sbx_status identity_measure(sbx_handle token, struct identity_facts *facts, struct sbx_error *error);
void identity_facts_free(struct identity_facts *facts); /* leaves it empty */
bool identity_in_group(const struct identity_facts *facts, const char *sid);

/* The service behind CreateProcessWithLogonW (seclogon). A stopped one is started by the call. */
enum secondary_logon {
    SECONDARY_LOGON_MISSING, /* Wine */
    SECONDARY_LOGON_DISABLED,
    SECONDARY_LOGON_STOPPED,
    SECONDARY_LOGON_RUNNING,
};
sbx_status identity_secondary_logon(enum secondary_logon *state, struct sbx_error *error);

/*
 * Does this host ask for passwords at all? A logon of a name that nobody has, with a password that nobody knows, must fail with
 * ERROR_LOGON_FAILURE; Wine 8.0 lets anybody in as the one Unix user. No account's count of failures grows. SBX_E_SYSTEM.
 */
sbx_status identity_checks_passwords(bool *checks, struct sbx_error *error);

#endif
