/*
 * security.h - SIDs and access control lists of the objects that we make ourselves: processes, threads, tokens, pipes.
 *
 * Private to this folder. Lists are made here entry by entry in the order given; SetEntriesInAcl merges and sorts
 * by rules of its own (Wine's by none).
 */
#ifndef SBX_OS_SECURITY_H
#define SBX_OS_SECURITY_H

#include "base/text.h"
#include "os/native.h"

/* "S-1-5-18" to a SID, freed with sbx_free. SBX_E_ARGUMENT for a text that is none (aliases as "BA" are none). */
sbx_status security_sid(const char *text, PSID *sid, struct sbx_error *error);
sbx_status security_sid_text(PSID sid, char **text, struct sbx_error *error);
sbx_status security_append_sid(struct sbx_strings *texts, PSID sid, struct sbx_error *error);

/* What GetTokenInformation says, freed with sbx_free. SBX_E_SYSTEM. */
sbx_status security_token_query(HANDLE token, TOKEN_INFORMATION_CLASS class, void **information,
                                struct sbx_error *error);

struct security_entry {
    PSID sid;
    DWORD mask;
};

/* A list of allow entries without inheritance, freed with sbx_free. */
sbx_status security_acl(const struct security_entry *entries, size_t entry_count, ACL **acl,
                        struct sbx_error *error);

/* The same entries in the same order: type, flags, mask and SID? NULL lists (everything is allowed) equal nothing. */
bool security_acl_equal(const ACL *a, const ACL *b);

/* A descriptor with a protected list and nothing else. It refers to `acl`, which must live as long. */
sbx_status security_descriptor(ACL *acl, SECURITY_DESCRIPTOR *descriptor, struct sbx_error *error);

/* The DACL of an object whose handle has READ_CONTROL; *acl points into *descriptor, which is freed with sbx_free. */
sbx_status security_object_acl(HANDLE object, void **descriptor, ACL **acl, struct sbx_error *error);

/* Replaces the default DACL of a token (TOKEN_ADJUST_DEFAULT and TOKEN_QUERY) and reads it back. SBX_E_NOT_ENFORCED. */
sbx_status security_default_acl(HANDLE token, ACL *acl, struct sbx_error *error);

#endif
