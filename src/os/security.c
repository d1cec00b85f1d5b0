/*
 * security.c - SIDs and access control lists of our own objects.
 */
#include "os/security.h"
#include "base/memory.h"

#include <sddl.h>
#include <string.h>

#define FIRST_SIZE 256 /* of what a query gives, most of which is smaller */

sbx_status security_sid(const char *text, PSID *sid, struct sbx_error *error)
{
    sbx_status status;
    WCHAR *wide;
    PSID made;
    PSID copy;

    status = native_wide(text, &wide, error);
    if (status)
        return status;

    /* ConvertStringSidToSid also takes SDDL's two-letter aliases, which no recipe of ours uses. */
    if (strncmp(text, "S-1-", 4) || !ConvertStringSidToSidW(wide, &made)) {
        status = error_set(error, SBX_E_ARGUMENT, "\"%s\" is not a SID.", text);
        goto free_wide;
    }

    copy = sbx_alloc(GetLengthSid(made));
    if (!copy) {
        status = error_memory(error, "a SID");
        goto free_made;
    }
    CopySid(GetLengthSid(made), copy, made);
    *sid = copy;

free_made:
    LocalFree(made);
free_wide:
    sbx_free(wide);
    return status;
}

sbx_status security_sid_text(PSID sid, char **text, struct sbx_error *error)
{
    sbx_status status;
    WCHAR *wide;

    if (!ConvertSidToStringSidW(sid, &wide))
        return native_error(error, "ConvertSidToStringSid");
    status = native_text(wide, text, error);
    LocalFree(wide);
    return status;
}

sbx_status security_append_sid(struct sbx_strings *texts, PSID sid, struct sbx_error *error)
{
    char *text;
    sbx_status status = security_sid_text(sid, &text, error);

    if (status)
        return status;
    if (strings_append(texts, text))
        status = error_memory(error, "a list of SIDs");
    sbx_free(text);
    return status;
}

sbx_status security_token_query(HANDLE token, TOKEN_INFORMATION_CLASS class, void **information,
                                struct sbx_error *error)
{
    DWORD size = FIRST_SIZE;
    void *made = sbx_alloc(size);

    /* Asked until it fits: the token may grow in between. Never without room: Wine then says TRUE to an empty list. */
    while (made && !GetTokenInformation(token, class, made, size, &size)) {
        if (GetLastError() != ERROR_INSUFFICIENT_BUFFER && GetLastError() != ERROR_BAD_LENGTH) {
            sbx_status status = native_error(error, "GetTokenInformation");

            sbx_free(made);
            return status;
        }
        sbx_free(made);
        made = sbx_alloc(size);
    }
    if (!made)
        return error_memory(error, "token information");
    *information = made;
    return SBX_OK;
}

sbx_status security_acl(const struct security_entry *entries, size_t entry_count, ACL **acl,
                        struct sbx_error *error)
{
    sbx_status status;
    size_t size = sizeof(ACL);
    ACL *made;

    for (size_t i = 0; i < entry_count; i++)
        size += sizeof(ACCESS_ALLOWED_ACE) - sizeof(DWORD) + GetLengthSid(entries[i].sid);
    if (size > MAXWORD)
        return error_set(error, SBX_E_LIMIT, "%zu entries are too many for one access control list.",
                         entry_count);

    made = sbx_alloc(size);
    if (!made)
        return error_memory(error, "an access control list");
    if (!InitializeAcl(made, (DWORD)size, ACL_REVISION)) {
        status = native_error(error, "InitializeAcl");
        goto free_made;
    }
    for (size_t i = 0; i < entry_count; i++) {
        if (!AddAccessAllowedAce(made, ACL_REVISION, entries[i].mask, entries[i].sid)) {
            status = native_error(error, "AddAccessAllowedAce");
            goto free_made;
        }
    }
    *acl = made;
    return SBX_OK;

free_made:
    sbx_free(made);
    return status;
}

bool security_acl_equal(const ACL *a, const ACL *b)
{
    if (!a || !b || a->AceCount != b->AceCount)
        return false;

    for (DWORD i = 0; i < a->AceCount; i++) {
        void *ace_a;
        void *ace_b;

        if (!GetAce((ACL *)a, i, &ace_a) || !GetAce((ACL *)b, i, &ace_b))
            return false;
        if (((ACE_HEADER *)ace_a)->AceSize != ((ACE_HEADER *)ace_b)->AceSize ||
            memcmp(ace_a, ace_b, ((ACE_HEADER *)ace_a)->AceSize))
            return false;
    }
    return true;
}

sbx_status security_descriptor(ACL *acl, SECURITY_DESCRIPTOR *descriptor, struct sbx_error *error)
{
    if (!InitializeSecurityDescriptor(descriptor, SECURITY_DESCRIPTOR_REVISION) ||
        !SetSecurityDescriptorDacl(descriptor, TRUE, acl, FALSE) ||
        !SetSecurityDescriptorControl(descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED))
        return native_error(error, "SetSecurityDescriptorDacl");
    return SBX_OK;
}

sbx_status security_object_acl(HANDLE object, void **descriptor, ACL **acl, struct sbx_error *error)
{
    sbx_status status;
    DWORD size = FIRST_SIZE;
    void *made = sbx_alloc(size);
    ACL *found = NULL;
    BOOL present = FALSE;
    BOOL defaulted;

    while (made && !GetKernelObjectSecurity(object, DACL_SECURITY_INFORMATION, made, size, &size)) {
        if (GetLastError() != ERROR_INSUFFICIENT_BUFFER) {
            status = native_error(error, "GetKernelObjectSecurity");
            goto free_made;
        }
        sbx_free(made);
        made = sbx_alloc(size);
    }
    if (!made)
        return error_memory(error, "a security descriptor");
    if (!GetSecurityDescriptorDacl(made, &present, &found, &defaulted)) {
        status = native_error(error, "GetSecurityDescriptorDacl");
        goto free_made;
    }
    *descriptor = made;
    *acl = present ? found : NULL;
    return SBX_OK;

free_made:
    sbx_free(made);
    return status;
}

sbx_status security_default_acl(HANDLE token, ACL *acl, struct sbx_error *error)
{
    sbx_status status;
    TOKEN_DEFAULT_DACL wanted = {acl};
    void *found;

    if (!SetTokenInformation(token, TokenDefaultDacl, &wanted, sizeof wanted))
        return native_error(error, "SetTokenInformation(TokenDefaultDacl)");

    status = security_token_query(token, TokenDefaultDacl, &found, error);
    if (status)
        return status;
    if (!security_acl_equal(acl, ((TOKEN_DEFAULT_DACL *)found)->DefaultDacl))
        status = error_set(error, SBX_E_NOT_ENFORCED,
                           "The token's default DACL does not read back as it was set.");
    sbx_free(found);
    return status;
}
