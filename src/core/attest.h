/*
 * attest.h - what really holds of one suspended child, and whether it may be resumed.
 *
 * Everything is read back from the process and the job that the system made, never copied from what was asked
 * for. A difference belongs to a domain and lowers it; below the floor (what the policy requires, or what
 * Provision reported) the child is killed and the launch refused with E_NOT_ENFORCED.
 */
#ifndef SBX_CORE_ATTEST_H
#define SBX_CORE_ATTEST_H

#include "base/buffer.h"
#include "core/findings.h"
#include "os/job.h"
#include "os/process.h"
#include "os/token.h"

/* Bits of struct measurement's `differences`: what did not read back as the recipe has it. */
enum attest_difference {
    ATTEST_USER = 1 << 0,             /* another user than the account, or than the runner's */
    ATTEST_RESTRICTING_SIDS = 1 << 1, /* not exactly the recipe's */
    ATTEST_WRITE_RESTRICTED = 1 << 2, /* the flag differs from the recipe's */
    ATTEST_PRIVILEGES = 1 << 3,       /* more than SeChangeNotifyPrivilege */
    ATTEST_ADMINISTRATOR = 1 << 4,    /* BUILTIN\Administrators still grants */
    ATTEST_DENY_ONLY = 1 << 5,        /* a SID of the recipe's deny-only list still grants */
    ATTEST_INTEGRITY = 1 << 6,        /* above medium, or unknown */
    ATTEST_JOB = 1 << 7,              /* not in its job */
    ATTEST_MEMORY_LIMIT = 1 << 8,     /* the host does not keep it */
    ATTEST_PROCESS_LIMIT = 1 << 9,
    ATTEST_CPU_LIMIT = 1 << 10,
    ATTEST_DESKTOP = 1 << 11,    /* not to start on the session's own, or unknown */
    ATTEST_HANDLES = 1 << 12,    /* it has a handle of its parent's that it was not given */
    ATTEST_MITIGATION = 1 << 13, /* a mitigation policy that this Windows has is not on */
    ATTEST_GROUP = 1 << 14,      /* the account's group does not grant, so no rule of the network names it */
    ATTEST_UI_ACCESS = 1 << 15,  /* it may drive the windows of programs with more rights */
    ATTEST_DEFAULT_DACL =
        1 << 16, /* what it makes is not the user's, SYSTEM's and the recipe's SIDs' alone */
    ATTEST_ALL = (1 << 17) - 1,
};

struct measurement {
    uint32_t differences; /* enum attest_difference */
    uint32_t integrity;   /* RID */
    enum sbx_assurance assurance[SBX_DOMAIN_COUNT];
    uint32_t
        unread; /* enum attest_difference: what this host or level does not let be read back, so no difference could be seen */
};

struct attest_expectation {
    const struct token_recipe *recipe;
    const char *user_sid;  /* the account's at the elevated level, else the runner's own */
    const char *group_sid; /* the account's: the elevated level; NULL: the restricted one */
    struct job_limits limits;
    struct job_limits kept; /* what job_create read back */
    sbx_handle job;
    const char *desktop;  /* the session's own, "winsta\\desktop"; NULL: it has none */
    uint32_t mitigations; /* enum process_mitigation */
    sbx_handle parent;    /* that made the process; NULL: the calling one */
};

/*
 * *token (may be NULL): its token as it was read back for this, freed with token_facts_free. SBX_E_SYSTEM when the process cannot be
 * read at all (nothing is assumed then: the caller refuses); the outputs are untouched then.
 */
sbx_status attest_process(const struct process *process, const struct attest_expectation *expected,
                          struct measurement *measurement, struct token_facts *token,
                          struct sbx_error *error);

/*
 * Is this suspended process, a runner that was started under an account, what it is to be: the account, its group granting, no
 * administrator, not restricted, of medium integrity or below, with no privilege but those that every user has, in `job`? Each
 * command is attested by the runner, so nothing is asked of a runner that is another. SBX_E_NOT_ENFORCED names the differences.
 *
 * *token_read false: its token may not be opened by us (a token's own list admits whom it names, Administrators and SYSTEM), then only
 * the job was looked at, and the commands' attestation is what tells of the account.
 */
sbx_status attest_runner(const struct process *process, const char *account_sid, const char *group_sid,
                         sbx_handle job, bool *token_read, struct sbx_error *error);

/*
 * SBX_OK, or SBX_E_NOT_ENFORCED with a text that names each domain below its floor and the differences that
 * lower it.
 */
sbx_status attest_check(const struct measurement *measurement,
                        const enum sbx_assurance floor[SBX_DOMAIN_COUNT], struct sbx_error *error);

/* Was anything read back of this process that bears on the domain? */
bool attest_covers(const struct measurement *measurement, enum sbx_domain domain);

/* "restricting SIDs, privileges" for a set of differences that lower `domain`. */
void attest_describe(const struct measurement *measurement, enum sbx_domain domain, struct sbx_buffer *out);

#endif
