/*
 * access_check.h - may this token do that to this object, and which entry decides.
 *
 * The algorithm of the NT security reference monitor ([MS-DTYP] 2.5.3.2, and what the documentation of CreateRestrictedToken,
 * mandatory integrity control and OWNER RIGHTS adds to it): the mandatory label, privileges, the owner's implicit rights, the DACL
 * for the token's SIDs, and a second time for its restricting SIDs. The decision comes with its reason: the entry, or
 * the rule that is no entry. Explain is a view of this and of nothing else.
 */
#ifndef SBX_CORE_ACCESS_CHECK_H
#define SBX_CORE_ACCESS_CHECK_H

#include "core/acl.h"

#define ACCESS_MAXIMUM_ALLOWED 0x02000000u
#define ACCESS_SYSTEM_SECURITY 0x01000000u
#define ACCESS_DELETE          0x00010000u
#define ACCESS_READ_CONTROL    0x00020000u
#define ACCESS_WRITE_DAC       0x00040000u
#define ACCESS_WRITE_OWNER     0x00080000u

struct access_sid {
    struct sid sid;
    bool enabled;   /* SE_GROUP_ENABLED: counts in allow and deny entries */
    bool deny_only; /* SE_GROUP_USE_FOR_DENY_ONLY: counts in deny entries alone */
};

enum access_privilege {                               /* the ones that the check itself looks at */
                        PRIVILEGE_SECURITY = 1,       /* SeSecurityPrivilege: ACCESS_SYSTEM_SECURITY */
                        PRIVILEGE_TAKE_OWNERSHIP = 2, /* SeTakeOwnershipPrivilege: WRITE_OWNER */
                        PRIVILEGE_RELABEL = 4,
};

struct access_token {
    struct access_sid user; /* deny_only possible, too */
    const struct access_sid *groups;
    size_t group_count;
    const struct sid *restricting; /* none: not restricted */
    size_t restricting_count;
    bool write_restricted; /* the second check covers write_mask alone */
    uint32_t integrity;    /* RID */
    bool no_write_up;      /* TOKEN_MANDATORY_POLICY_NO_WRITE_UP, set in ordinary tokens */
    uint32_t privileges;   /* enabled ones, enum access_privilege */
};

struct access_mapping { /* GENERIC_MAPPING */
    uint32_t read, write, execute, all;
};
extern const struct access_mapping access_mapping_file;
extern const struct access_mapping access_mapping_process;

/*
 * What the second check of a write-restricted token covers: write & ~(read | execute) of the mapping, DELETE, WRITE_DAC,
 * WRITE_OWNER, ACCESS_SYSTEM_SECURITY. Not FILE_DELETE_CHILD, not PROCESS_TERMINATE (kernel SepAccessCheck).
 */
uint32_t access_write_mask(const struct access_mapping *mapping);

enum access_rule {                   /* what decided, where no entry did */
                   ACCESS_BY_ENTRY,  /* `entry` of decision, in the DACL */
                   ACCESS_NO_ENTRY,  /* nothing granted what is missing */
                   ACCESS_NULL_DACL, /* no DACL: everything is granted */
                   ACCESS_OWNER,     /* the owner's implicit READ_CONTROL and WRITE_DAC */
                   ACCESS_PRIVILEGE,
                   ACCESS_LABEL,         /* the mandatory label refuses */
                   ACCESS_NO_DESCRIPTOR, /* owner missing: invalid descriptor, refused */
};

struct access_decision {
    bool allowed;
    uint32_t granted; /* with MAXIMUM_ALLOWED all that may be granted, else the mapped wish or 0 */
    enum access_rule rule;
    bool second_check; /* the restricting SIDs decided */
    int entry;         /* index in the DACL, -1 where no entry decided */
    uint32_t
        deciding_bits; /* refused: the bits that were missing or denied; allowed: the last bits to be granted */
};

/* `wanted` may hold generic bits and MAXIMUM_ALLOWED. SBX_E_ARGUMENT for a malformed DACL. Allocates nothing. */
sbx_status access_check(const struct descriptor *descriptor, const struct access_token *token,
                        uint32_t wanted, const struct access_mapping *mapping,
                        struct access_decision *decision, struct sbx_error *error);

#endif
