/*
 * credential.c - passwords in memory and as bytes.
 *
 *   sbxcom credentials 1\n
 *   S-1-5-21-...\n
 *   ACCOUNT\tPASSWORD\n     one line each
 *
 * Made in one block of the right size: a buffer that grows leaves copies behind.
 */
#include "core/credential.h"
#include "base/memory.h"
#include "base/text.h"
#include "core/password.h"
#include "core/setup_caller.h"

#include <string.h>

#define HEAD "sbxcom credentials 1\n"

static void wipe_text(char *text)
{
    if (text)
        sbx_wipe(text, strlen(text));
    sbx_free(text);
}

void credentials_free(struct credentials *credentials)
{
    for (size_t i = 0; i < credentials->count; i++) {
        sbx_free(credentials->items[i].account);
        wipe_text(credentials->items[i].password);
    }
    sbx_free(credentials->items);
    sbx_free(credentials->user_sid);
    memset(credentials, 0, sizeof *credentials);
}

static struct credential *find(const struct credentials *credentials, const char *account)
{
    for (size_t i = 0; i < credentials->count; i++)
        if (text_equal_ascii_nocase(credentials->items[i].account, account))
            return &credentials->items[i];
    return NULL;
}

const char *credentials_find(const struct credentials *credentials, const char *account)
{
    const struct credential *credential = find(credentials, account);

    return credential ? credential->password : NULL;
}

sbx_status credentials_add(struct credentials *credentials, const char *account, const char *password,
                           struct sbx_error *error)
{
    struct credential *there = find(credentials, account);
    char *secret = sbx_strdup(password);
    char *name = there ? NULL : sbx_strdup(account);

    if (there && secret) {
        wipe_text(there->password);
        there->password = secret;
        return SBX_OK;
    }
    if (!there && credentials->count == CREDENTIALS_MOST_COUNT) {
        wipe_text(secret);
        sbx_free(name);
        return error_set(error, SBX_E_LIMIT, "More than %d accounts have no room.", CREDENTIALS_MOST_COUNT);
    }
    if (!credentials->items) /* all at once: the texts, not the list, are what must not be copied about */
        credentials->items = sbx_alloc_array(CREDENTIALS_MOST_COUNT, sizeof *credentials->items);
    if (!secret || !name || !credentials->items) {
        wipe_text(secret);
        sbx_free(name);
        return error_memory(error, "credentials");
    }
    credentials->items[credentials->count++] = (struct credential){name, secret};
    return SBX_OK;
}

/* As bytes. */

static uint8_t *put(uint8_t *at, const char *text)
{
    size_t size = strlen(text);

    memcpy(at, text, size);
    return at + size;
}

sbx_status credentials_write(const struct credentials *credentials, uint8_t **bytes, size_t *size,
                             struct sbx_error *error)
{
    size_t room = strlen(HEAD) + strlen(credentials->user_sid) + 1;
    uint8_t *made, *at;

    for (size_t i = 0; i < credentials->count; i++)
        room += strlen(credentials->items[i].account) + strlen(credentials->items[i].password) + 2;
    made = sbx_alloc(room);
    if (!made)
        return error_memory(error, "credentials");
    at = put(made, HEAD);
    at = put(at, credentials->user_sid);
    at = put(at, "\n");
    for (size_t i = 0; i < credentials->count; i++) {
        at = put(at, credentials->items[i].account);
        at = put(at, "\t");
        at = put(at, credentials->items[i].password);
        at = put(at, "\n");
    }
    *bytes = made;
    *size = room;
    return SBX_OK;
}

/* The text up to `end`, which is passed; false where it does not come, or the text is empty or has other than printing ASCII. */
static bool take(const char **at, size_t *left, char end, char *text, size_t room)
{
    size_t size = 0;

    while (size < *left && (*at)[size] != end) {
        if ((*at)[size] < '!' || (*at)[size] > '~' || size + 1 == room)
            return false;
        text[size] = (*at)[size];
        size++;
    }
    if (size == *left || !size)
        return false;
    text[size] = '\0';
    *at += size + 1;
    *left -= size + 1;
    return true;
}

static sbx_status unreadable(struct sbx_error *error)
{
    return error_set(error, SBX_E_CREDENTIAL,
                     "The credentials of the sandbox accounts are damaged or of another version. Run "
                     "Host.Repair, which makes new ones.");
}

sbx_status credentials_read(const void *bytes, size_t size, struct credentials *credentials,
                            struct sbx_error *error)
{
    struct credentials made = {0};
    char account[64], password[PASSWORD_SIZE], user[192];
    const char *at = bytes;
    sbx_status status = SBX_OK;

    if (size > CREDENTIALS_MOST_SIZE || size < strlen(HEAD) || memcmp(at, HEAD, strlen(HEAD)) != 0)
        return unreadable(error);
    at += strlen(HEAD);
    size -= strlen(HEAD);
    if (!take(&at, &size, '\n', user, sizeof user) || !setup_is_person(user))
        return unreadable(error);
    made.user_sid = sbx_strdup(user);
    if (!made.user_sid)
        return error_memory(error, "credentials");
    while (size && !status) {
        if (!take(&at, &size, '\t', account, sizeof account) ||
            !take(&at, &size, '\n', password, sizeof password) || find(&made, account))
            status = unreadable(error);
        else
            status = credentials_add(&made, account, password, error);
    }
    sbx_wipe(password, sizeof password);
    if (status)
        credentials_free(&made);
    else
        *credentials = made;
    return status;
}
