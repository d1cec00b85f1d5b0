/*
 * access_check.h - may this token do that to this object, and which entry decides.
 *
 * The algorithm of the NT security reference monitor: mandatory label, privileges, the owner's implicit
 * rights, the DACL for the token's SIDs, and a second time for its restricting SIDs. The decision comes with
 * its reason: the entry, or the rule that is no entry. Explain is a view of this and of nothing else.
 *
 * Sources, by rule (DTYP: [MS-DTYP]; WSI: J. Forshaw, "Windows Security Internals", chapter 7, whose listings
 * were compared with the real kernel):
 *
 *  - Label first, over the whole wish: WSI 7-10. Default: medium, no write up (DTYP 2.5.3.3). A label without
 *    policy bits refuses nothing, a token at or above the label is refused nothing (WSI; DTYP's pseudocode is
 *    stricter in both).
 *  - ACCESS_SYSTEM_SECURITY by privilege only, WRITE_OWNER by privilege, too: DTYP 2.5.3.2, WSI 7-13.
 *  - Owner: READ_CONTROL and WRITE_DAC when the owner is an enabled SID of the token and, in any token with
 *    restricting SIDs, one of those (WSI 7-15, 7-19); not when an effective entry names OWNER RIGHTS, which
 *    then stands for the owner's SID in the list (WSI 7-16; DTYP 2.4.2.4).
 *  - Each bit by the first entry for it: "How DACLs Control Access to an Object". MAXIMUM_ALLOWED gives the
 *    bits that would be granted one by one (as in ReactOS; DTYP's pseudocode lets a deny win from behind,
 *    too).
 *  - Deny-only SIDs match denies alone, disabled ones nothing, restricting ones both ("SID Attributes in an
 *    Access Token", CreateRestrictedToken).
 *  - Entries with a condition (callback): none is evaluated, which is "unknown": an allow grants nothing, a
 *    deny denies (DTYP 2.4.4.17.3; one without a condition's signature is "unknown" too, 2.5.3.1.5). The
 *    decision tells of them.
 *  - Object entries: no object type list is given. An allow that is for one object type grants nothing, any
 *    deny denies (WSI 7-27, 7-28); one for no particular type is a plain one (ACCESS_ALLOWED_OBJECT_ACE).
 *  - PRINCIPAL_SELF matches nobody: no SID is given for it (DTYP 2.5.3.1.1).
 *  - Generic bits in entries count as the rights that the system stores for them when the descriptor is set
 *    (DTYP 2.4.3); what is read back from an object has none.
 *  - Nothing wanted is refused (SeAccessCheck in ReactOS).
 *
 * Not looked at: process trust labels, access filters, central access policies, AppContainers.
 */
#ifndef SBX_CORE_ACCESS_CHECK_H
#define SBX_CORE_ACCESS_CHECK_H

#include "core/acl.h"

#define ACCESS_DELETE          0x00010000u
#define ACCESS_READ_CONTROL    0x00020000u
#define ACCESS_WRITE_DAC       0x00040000u
#define ACCESS_WRITE_OWNER     0x00080000u
#define ACCESS_SYNCHRONIZE     0x00100000u
#define ACCESS_SYSTEM          0x01000000u /* ACCESS_SYSTEM_SECURITY, a name that winnt.h has taken */
#define ACCESS_MAXIMUM_ALLOWED 0x02000000u
#define ACCESS_GENERIC_ALL     0x10000000u
#define ACCESS_GENERIC_EXECUTE 0x20000000u
#define ACCESS_GENERIC_WRITE   0x40000000u
#define ACCESS_GENERIC_READ    0x80000000u

struct access_sid {
    struct sid sid;
    bool enabled;   /* SE_GROUP_ENABLED: counts in allow and deny entries */
    bool deny_only; /* SE_GROUP_USE_FOR_DENY_ONLY: counts in deny entries alone, whatever `enabled` says */
};

/* The privileges that the check itself looks at. */
enum access_privilege {
    PRIVILEGE_SECURITY = 1,       /* SeSecurityPrivilege: ACCESS_SYSTEM_SECURITY */
    PRIVILEGE_TAKE_OWNERSHIP = 2, /* SeTakeOwnershipPrivilege: WRITE_OWNER */
    PRIVILEGE_RELABEL = 4,        /* SeRelabelPrivilege: WRITE_OWNER, above the token's label, too */
};

struct access_token {
    struct access_sid user; /* deny_only possible, too; `enabled` is not looked at, a user always is */
    const struct access_sid *groups;
    size_t group_count;
    const struct sid *restricting; /* none: not restricted */
    size_t restricting_count;
    bool write_restricted; /* the second check covers access_write_mask alone */
    uint32_t integrity;    /* RID */
    bool no_write_up;      /* TOKEN_MANDATORY_POLICY_NO_WRITE_UP; without it no label counts */
    uint32_t privileges;   /* enabled ones, enum access_privilege */
};

struct access_mapping { /* GENERIC_MAPPING */
    uint32_t read, write, execute, all;
};
extern const struct access_mapping access_mapping_file; /* folders, too */
extern const struct access_mapping access_mapping_process;

/* The generic bits of `mask` replaced by what they mean. */
uint32_t access_map(uint32_t mask, const struct access_mapping *mapping);

/*
 * What the second check of a write-restricted token covers: write & ~(read | execute) of the mapping, DELETE,
 * WRITE_DAC, WRITE_OWNER, ACCESS_SYSTEM_SECURITY. Not FILE_DELETE_CHILD, not PROCESS_TERMINATE (kernel
 * SepAccessCheck).
 *
 * Here the other bits of a wish that also holds such ones are left to the first check. WSI 7-21 has the
 * kernel put the whole wish to the second check as soon as one bit is covered; a program that asks bit by bit
 * gets what is said here. A grant to a restricting SID that holds the read rights, READ_CONTROL and
 * SYNCHRONIZE as well is the same in both readings.
 */
uint32_t access_write_mask(const struct access_mapping *mapping);

/* What decided. */
enum access_rule {
    ACCESS_BY_ENTRY,      /* `entry` of the decision, in the DACL */
    ACCESS_NO_ENTRY,      /* nothing granted what is missing */
    ACCESS_NULL_DACL,     /* no DACL: everything is granted */
    ACCESS_OWNER,         /* the owner's implicit READ_CONTROL and WRITE_DAC */
    ACCESS_PRIVILEGE,     /* a privilege granted it; refused: ACCESS_SYSTEM_SECURITY without the privilege */
    ACCESS_LABEL,         /* the mandatory label refuses */
    ACCESS_NO_DESCRIPTOR, /* owner missing: invalid descriptor, refused */
};

struct access_decision {
    bool allowed;
    uint32_t granted; /* the mapped wish, with MAXIMUM_ALLOWED all that may be granted; refused: 0 */
    enum access_rule rule;
    bool second_check;      /* the entry, or the lack of one, is that of the check for the restricting SIDs */
    int entry;              /* index in the DACL, -1 where no entry decided */
    uint32_t deciding_bits; /* refused: the bits missing or denied; allowed: the last bits to be granted */
    int unevaluated; /* the first entry with a condition for the token and a bit still open; -1: none */
};

/*
 * `wanted` may hold generic bits and MAXIMUM_ALLOWED. Allocates nothing. SBX_E_ARGUMENT for a malformed DACL,
 * or SACL where the label counts; *decision is untouched then.
 */
sbx_status access_check(const struct descriptor *descriptor, const struct access_token *token,
                        uint32_t wanted, const struct access_mapping *mapping,
                        struct access_decision *decision, struct sbx_error *error);

#endif
