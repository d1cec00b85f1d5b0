/*
 * credential_test.c - what is wrapped comes out for the same user and entropy alone, and the file is one user's.
 */
#include "os/credential.h"
#include "base/memory.h"
#include "os/child.h"
#include "os/filesystem.h"
#include "os/native.h"
#include "support/harness.h"

#include <aclapi.h>
#include <stdio.h>
#include <string.h>

static const char secret[] = "N0t-known-to-anybody-else!";
static const char entropy[] = "sbxcom credential 1\nSbx-1a2b3c4d-off1";

static char *path_of(const char *name)
{
    static char path[1024];

    snprintf(path, sizeof path, "%s\\%s", scratch_folder(), name);
    return path;
}

static void a_secret_comes_back_and_is_not_seen_in_between(void)
{
    uint8_t *wrapped = NULL;
    uint8_t *found = NULL;
    size_t wrapped_size = 0;
    size_t size = 0;
    bool seen = false;

    CU_ASSERT_EQUAL_FATAL(
        credential_protect(secret, sizeof secret, entropy, sizeof entropy, &wrapped, &wrapped_size, NULL),
        SBX_OK);
    for (size_t i = 0; i + sizeof secret <= wrapped_size; i++)
        seen = seen || !memcmp(wrapped + i, secret, sizeof secret - 1);
    CU_ASSERT(wrapped_size > sizeof secret);
    CU_ASSERT_FALSE(seen);
    CU_ASSERT_EQUAL_FATAL(
        credential_unprotect(wrapped, wrapped_size, entropy, sizeof entropy, &found, &size, NULL), SBX_OK);
    CU_ASSERT_EQUAL(size, sizeof secret);
    CU_ASSERT_STRING_EQUAL((char *)found, secret);
    sbx_free(found);
    sbx_free(wrapped);
}

static void nothing_comes_out_with_other_entropy_or_changed_bytes(void)
{
    struct sbx_error error = {0};
    uint8_t *wrapped = NULL;
    uint8_t *found = NULL;
    size_t wrapped_size = 0;
    size_t size = 7;

    CU_ASSERT_EQUAL_FATAL(
        credential_protect(secret, sizeof secret, entropy, sizeof entropy, &wrapped, &wrapped_size, NULL),
        SBX_OK);
    CU_ASSERT_EQUAL(
        credential_unprotect(wrapped, wrapped_size, entropy, sizeof entropy - 2, &found, &size, &error),
        SBX_E_CREDENTIAL);
    CU_ASSERT_EQUAL(error.system, ERROR_INVALID_DATA);
    CU_ASSERT_EQUAL(credential_unprotect(wrapped, wrapped_size, NULL, 0, &found, &size, NULL),
                    SBX_E_CREDENTIAL);
    wrapped[wrapped_size - 3] ^= 1;
    CU_ASSERT_EQUAL(credential_unprotect(wrapped, wrapped_size, entropy, sizeof entropy, &found, &size, NULL),
                    SBX_E_CREDENTIAL);
    CU_ASSERT_EQUAL(credential_unprotect("nonsense", 8, entropy, sizeof entropy, &found, &size, NULL),
                    SBX_E_CREDENTIAL);
    CU_ASSERT_PTR_NULL(found);
    CU_ASSERT_EQUAL(size, 7);
    sbx_free(wrapped);
}

/* Whom the file admits, past the code under test. */
static size_t entries_of(const char *path, bool *everyone)
{
    PSECURITY_DESCRIPTOR descriptor;
    ACL *acl = NULL;
    WCHAR *wide;
    size_t count;

    *everyone = true;
    CU_ASSERT_EQUAL_FATAL(native_path(path, &wide, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(GetNamedSecurityInfoW(wide, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL,
                                                &acl, NULL, &descriptor),
                          0);
    sbx_free(wide);
    *everyone = false;
    count = acl->AceCount;
    for (DWORD i = 0; i < count; i++) {
        ACCESS_ALLOWED_ACE *entry;

        CU_ASSERT(GetAce(acl, i, (void **)&entry));
        *everyone = *everyone || IsWellKnownSid(&entry->SidStart, WinWorldSid);
    }
    LocalFree(descriptor);
    return count;
}

static void the_file_admits_its_user_and_the_system_alone(void)
{
    char *path = path_of("credential");
    uint8_t *bytes = NULL;
    size_t size = 0;
    bool everyone;

    for (int i = 0; i < 2; i++) /* over an old one, too */
        CU_ASSERT_EQUAL_FATAL(credential_write(path, NULL, secret, sizeof secret, NULL), SBX_OK);
    CU_ASSERT(entries_of(path, &everyone) <= 2);
    CU_ASSERT_FALSE(everyone);
    CU_ASSERT_EQUAL_FATAL(credential_read(path, 100, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT_EQUAL(size, sizeof secret);
    CU_ASSERT(!memcmp(bytes, secret, sizeof secret));
    sbx_free(bytes);
    CU_ASSERT_EQUAL(credential_read(path, 10, &bytes, &size, NULL), SBX_E_LIMIT);
    CU_ASSERT_EQUAL(credential_destroy(path, NULL), SBX_OK);
    CU_ASSERT_EQUAL(credential_destroy(path, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(credential_read(path, 100, &bytes, &size, NULL), SBX_E_PATH_NOT_FOUND);
}

/* The control of the one before: an ordinary file, which others may read, is not taken for a credential. */
static void a_file_that_others_may_read_is_refused(void)
{
    char *path = path_of("credential");
    struct sbx_error error = {0};
    uint8_t *bytes = NULL;
    size_t size = 7;
    bool everyone;

    CU_ASSERT_EQUAL_FATAL(file_create(path, secret, sizeof secret, NULL), SBX_OK);
    CU_ASSERT(entries_of(path, &everyone) > 2);
    CU_ASSERT_EQUAL(credential_read(path, 100, &bytes, &size, &error), SBX_E_CREDENTIAL);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "Others"));
    CU_ASSERT_PTR_NULL(bytes);
    CU_ASSERT_EQUAL(size, 7);
    CU_ASSERT_EQUAL(credential_destroy(path, NULL), SBX_OK);
}

static void a_link_is_neither_read_nor_written_through(void)
{
    char *target;
    char *link;
    char target_path[1024];
    uint8_t *bytes = NULL;
    size_t size;

    snprintf(target_path, sizeof target_path, "%s", path_of("target"));
    target = target_path;
    link = path_of("linked");
    CU_ASSERT_EQUAL_FATAL(credential_write(target, NULL, secret, sizeof secret, NULL), SBX_OK);
    if (on_wine() || !make_link("linked", "target")) {
        (void)credential_destroy(target, NULL);
        HARNESS_SKIP("this host makes no links that it would tell from files");
    }
    CU_ASSERT_EQUAL(credential_read(link, 100, &bytes, &size, NULL), SBX_E_CREDENTIAL);
    CU_ASSERT_EQUAL(credential_destroy(link, NULL), SBX_OK);
    CU_ASSERT_EQUAL(credential_read(target, 100, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT(!memcmp(bytes, secret, sizeof secret));
    sbx_free(bytes);
    CU_ASSERT_EQUAL(credential_destroy(target, NULL), SBX_OK);
}

/* An administrator's hand-over to somebody else, who reads it; we may not. */
static void a_hand_over_is_for_the_one_it_is_named_for(void)
{
    char *path = path_of("handover");
    uint8_t *bytes = NULL;
    size_t size;
    sbx_status status;

    if (on_wine())
        HARNESS_SKIP("Wine has one user, and a file's list is that user's mode bits");
    CU_ASSERT_EQUAL_FATAL(credential_write(path, "S-1-5-32-546", secret, sizeof secret, NULL), SBX_OK);
    status = credential_read(path, 100, &bytes, &size, NULL);
    CU_ASSERT(status == SBX_E_SYSTEM || status == SBX_E_CREDENTIAL);
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
}

static sbx_status attempt_all(void *context, struct sbx_error *error)
{
    char *path = path_of("memory");
    uint8_t *wrapped = NULL;
    uint8_t *kept = NULL;
    uint8_t *found = NULL;
    size_t wrapped_size = 0;
    size_t kept_size = 0;
    size_t size = 0;
    sbx_status status =
        credential_protect(secret, sizeof secret, entropy, sizeof entropy, &wrapped, &wrapped_size, error);

    (void)context;
    if (!status)
        status = credential_write(path, NULL, wrapped, wrapped_size, error);
    if (!status)
        status = credential_read(path, 4096, &kept, &kept_size, error);
    if (!status)
        status = credential_unprotect(kept, kept_size, entropy, sizeof entropy, &found, &size, error);
    if (!status)
        status = credential_destroy(path, error);
    sbx_free(found);
    sbx_free(kept);
    sbx_free(wrapped);
    return status;
}

static void memory_running_out_loses_nothing(void)
{
    expect_memory_failures(attempt_all, NULL);
}

const struct harness_suite credential_suite = {
    "credential",
    (const struct harness_test[]){
        {"a secret comes back and is not seen in between", a_secret_comes_back_and_is_not_seen_in_between},
        {"nothing comes out with other entropy or changed bytes",
         nothing_comes_out_with_other_entropy_or_changed_bytes},
        {"the file admits its user and the system alone", the_file_admits_its_user_and_the_system_alone},
        {"a file that others may read is refused", a_file_that_others_may_read_is_refused},
        {"a link is neither read nor written through", a_link_is_neither_read_nor_written_through},
        {"a hand-over is for the one it is named for", a_hand_over_is_for_the_one_it_is_named_for},
        {"memory running out loses nothing", memory_running_out_loses_nothing},
        {NULL, NULL},
    },
};
