/*
 * environment.c - the variables of a session and of its commands.
 *
 * Names are compared without regard to the case of ASCII letters. Windows folds other letters too (by its own
 * table), but programs' variables have ASCII names; two that differ in the case of an umlaut stay two here.
 */
#include "core/environment.h"

#include "base/memory.h"
#include "core/excerpt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_GIT_CONFIG 10000 /* more is nobody's */
#define COUNT(array)    (sizeof(array) / sizeof(array)[0])

/*
 * What Windows programs need to find the system, themselves, the user's folders and a place for temporary
 * files.
 */
const char *const environment_default_inherit[] = {
    /* The system. Sockets and the .NET run-time fail without SystemRoot; cmd is found by ComSpec. */
    "SystemRoot", "SystemDrive", "windir", "ComSpec", "OS", "PATH", "PATHEXT", "PSModulePath", "DriverData",
    /* The machine. Compilers and installers choose what to build or load by these. */
    "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "PROCESSOR_ARCHITEW6432", "PROCESSOR_IDENTIFIER",
    "PROCESSOR_LEVEL", "PROCESSOR_REVISION", "COMPUTERNAME",
    /* Where programs and their common data lie. */
    "ProgramFiles", "ProgramFiles(x86)", "ProgramW6432", "CommonProgramFiles", "CommonProgramFiles(x86)",
    "CommonProgramW6432", "ProgramData", "ALLUSERSPROFILE", "PUBLIC",
    /* The user's folders: tools look for their settings and caches there. */
    "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "HOME", "APPDATA", "LOCALAPPDATA", "USERNAME", "USERDOMAIN",
    /* Temporary files; the session puts its own folder there. */
    "TEMP", "TMP",
    /* Language and time zone, for tools that come from Unix. */
    "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ"};
const size_t environment_default_inherit_count = COUNT(environment_default_inherit);

/*
 * What never comes from the caller, however wide a policy's `inherit` is written ("*" is allowed). None of
 * these matches a name of the default list above; a test holds that.
 */
const char *const environment_default_deny[] = {
    /* Credentials by the way people name them: GITHUB_TOKEN, MY_API_KEY, DB_PASSWORD, JWT_SECRET_V2 */
    "*TOKEN*", "*SECRET*", "*PASSWORD*", "*PASSWD*", "*PASSPHRASE*", "*CREDENTIAL*", "*APIKEY*", "*API_KEY*",
    "*ACCESS_KEY*", "*PRIVATE_KEY*", "*_KEY", "*_PAT", "*_PWD", "*_AUTH",
    /* Cloud providers, whole families: account ids and endpoints help an attacker too. */
    "AWS_*", "AZURE_*", "ARM_*", "GOOGLE_*", "GCP_*", "CLOUDSDK_*", "ALICLOUD_*", "OCI_*",
    /* Model providers: what agents carry, keys and routes. */
    "OPENAI_*", "ANTHROPIC_*", "GEMINI_*",
    /* Addresses that carry a password in their text. */
    "*_DSN", "*CONNECTION_STRING*", "*CONNSTR*", "DATABASE_URL", "*_DATABASE_URL", "REDIS_URL", "MONGODB_UR?",
    /* Ways to somebody who holds credentials: agents, askpass helpers, editors' pipes, job runners. */
    "SSH_AUTH_SOCK", "SSH_AGENT_*", "SSH_ASKPASS", "GIT_ASKPASS", "VSCODE_GIT_*", "VAULT_*", "KUBECONFIG",
    "DOCKER_AUTH_CONFIG", "GPG_AGENT_INFO", "ACTIONS_RUNTIME_*", "ACTIONS_ID_*"};
const size_t environment_default_deny_count = COUNT(environment_default_deny);

/* Port 9 is the discard service, which nobody runs: a proxy there refuses every connection at once. */
#define DEAD_PROXY "http://127.0.0.1:9"

/*
 * What keeps programs that ask nicely off the network, each by the name that the tool's own documentation
 * gives. A program that does not ask is not stopped by any of it.
 */
static const struct policy_variable advisory[] = {
    /* curl, git, npm, Python, Go, .NET; Windows folds http_proxy into it. */
    {"HTTP_PROXY", DEAD_PROXY},
    {"HTTPS_PROXY", DEAD_PROXY},
    {"ALL_PROXY", DEAD_PROXY},
    /* pip: PIP_<OPTION>, here --no-index; uv: --offline. */
    {"PIP_NO_INDEX", "1"},
    {"PIP_DISABLE_PIP_VERSION_CHECK", "1"},
    {"UV_OFFLINE", "1"},
    /* npm and pnpm: npm_config_<option>, here --offline; yarn from 2 on: YARN_<SETTING>, here enableNetwork. */
    {"npm_config_offline", "true"},
    {"YARN_ENABLE_NETWORK", "0"},
    /* cargo: CARGO_<SETTING>, here net.offline; go: no module is downloaded; composer. */
    {"CARGO_NET_OFFLINE", "true"},
    {"GOPROXY", "off"},
    {"COMPOSER_DISABLE_NETWORK", "1"},
    /* git: a list of protocols with colons between them; local clones stay possible. */
    {"GIT_ALLOW_PROTOCOL", "file"},
};

void environment_free(struct environment *environment)
{
    strings_free(&environment->entries);
}

sbx_status environment_copy(const struct environment *from, struct environment *to)
{
    return strings_copy(&from->entries, &to->entries);
}

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

/* Has the entry this name? Then its value. */
static const char *value_of(const char *entry, const char *name)
{
    while (*name && lower(*entry) == lower(*name)) {
        entry++;
        name++;
    }
    return !*name && *entry == '=' ? entry + 1 : NULL;
}

static size_t find(const struct environment *environment, const char *name)
{
    size_t i = 0;

    while (i < environment->entries.count && !value_of(environment->entries.items[i], name))
        i++;
    return i;
}

const char *environment_get(const struct environment *environment, const char *name)
{
    size_t i;

    if (!*name || strchr(name, '='))
        return NULL;
    i = find(environment, name);
    return i < environment->entries.count ? value_of(environment->entries.items[i], name) : NULL;
}

static char *make_entry(const char *name, const char *value)
{
    size_t name_size = strlen(name);
    size_t value_size = strlen(value);
    char *entry = sbx_alloc(name_size + 1 + value_size + 1);

    if (!entry)
        return NULL;
    memcpy(entry, name, name_size);
    entry[name_size] = '=';
    memcpy(entry + name_size + 1, value, value_size);
    return entry;
}

static void remove_entry(struct sbx_strings *entries, size_t index)
{
    sbx_free(entries->items[index]);
    entries->count--;
    memmove(entries->items + index, entries->items + index + 1,
            (entries->count - index) * sizeof *entries->items);
    if (!entries->count) {
        sbx_free(entries->items);
        entries->items = NULL;
    }
}

sbx_status environment_set(struct environment *environment, const char *name, const char *value,
                           struct sbx_error *error)
{
    size_t i;
    char *entry;
    char shown[EXCERPT_SIZE];

    if (!*name)
        return error_set(error, SBX_E_ARGUMENT, "A variable's name is empty. Give it one.");
    if (strchr(name, '='))
        return error_set(error, SBX_E_ARGUMENT,
                         "A variable's name has no \"=\". Give name and value apart, not \"%s\".",
                         excerpt(shown, name));

    i = find(environment, name);
    if (!value) {
        if (i < environment->entries.count)
            remove_entry(&environment->entries, i);
        return SBX_OK;
    }

    entry = make_entry(name, value);
    if (!entry)
        return error_memory(error, "a variable");
    if (i < environment->entries.count) {
        sbx_free(environment->entries.items[i]);
        environment->entries.items[i] = entry;
        return SBX_OK;
    }
    if (strings_append(&environment->entries, entry)) {
        sbx_free(entry);
        return error_memory(error, "a variable");
    }
    sbx_free(entry);
    return SBX_OK;
}

static bool matches_any(const struct sbx_strings *patterns, const char *name)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (text_matches(patterns->items[i], name))
            return true;
    }
    return false;
}

/*
 * One variable of the caller's. Windows hides the current folder of each drive in variables named "=C:"; a
 * command starts in its own folder and has no use for them. Of two that differ by case only, Windows finds
 * the first.
 */
static sbx_status inherit(const struct sbx_policy *policy, const char *entry, struct environment *made,
                          struct sbx_error *error)
{
    const char *equals = strchr(entry, '=');
    sbx_status status = SBX_OK;
    char *name;

    if (!equals || equals == entry)
        return SBX_OK;
    name = sbx_strndup(entry, (size_t)(equals - entry));
    if (!name)
        return error_memory(error, "the environment");

    if (matches_any(&policy->environment.inherit, name) && !matches_any(&policy->environment.deny, name) &&
        find(made, name) == made->entries.count)
        status = environment_set(made, name, equals + 1, error);
    sbx_free(name);
    return status;
}

static sbx_status add_advisory(const struct sbx_policy *policy, struct environment *made,
                               struct sbx_error *error)
{
    for (size_t i = 0; i < COUNT(advisory); i++) {
        sbx_status status = environment_set(made, advisory[i].name, advisory[i].value, error);

        if (status)
            return status;
    }

    /* Set even when empty: the caller's exceptions would lead past the dead proxy. */
    return environment_set(
        made, "NO_PROXY",
        policy->network.localhost == SBX_LOCALHOST_EPHEMERAL ? "localhost,127.0.0.1,::1" : "", error);
}

sbx_status environment_build(const struct sbx_policy *policy, const struct sbx_strings *caller,
                             const char *temp, struct environment *environment, struct sbx_error *error)
{
    struct environment made = {{NULL, 0}};
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < caller->count && !status; i++)
        status = inherit(policy, caller->items[i], &made, error);

    if (!status && temp)
        status = environment_set(&made, "TEMP", temp, error);
    if (!status && temp)
        status = environment_set(&made, "TMP", temp, error);
    if (!status && policy->network.mode == SBX_NETWORK_NONE)
        status = add_advisory(policy, &made, error);

    /* Last, because somebody wrote these very names and values. */
    for (size_t i = 0; i < policy->environment.set_count && !status; i++)
        status =
            environment_set(&made, policy->environment.set[i].name, policy->environment.set[i].value, error);

    if (status) {
        environment_free(&made);
        return status;
    }
    *environment = made;
    return SBX_OK;
}

/* Numbered entries. */

static sbx_status set_numbered(struct environment *environment, const char *what, unsigned long number,
                               const char *value, struct sbx_error *error)
{
    char name[40];

    snprintf(name, sizeof name, "GIT_CONFIG_%s_%lu", what, number);
    return environment_set(environment, name, value, error);
}

static sbx_status add_safe(struct environment *environment, unsigned long *count, const char *folder,
                           struct sbx_error *error)
{
    sbx_status status = set_numbered(environment, "KEY", *count, "safe.directory", error);

    if (!status)
        status = set_numbered(environment, "VALUE", *count, folder, error);
    ++*count;
    return status;
}

sbx_status environment_trust_git(struct environment *environment, const char *folder, struct sbx_error *error)
{
    const char *stands = environment_get(environment, "GIT_CONFIG_COUNT");
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    char *end = NULL, number[24];
    unsigned long count = stands ? strtoul(stands, &end, 10) : 0;
    sbx_status status;

    if (stands && (end == stands || *end || *stands == '-' || count > MOST_GIT_CONFIG))
        return SBX_OK;
    buffer_append_text(&path, folder);
    for (size_t i = 0; !buffer_failed(&path) && i < path.size; i++) /* git's own paths have these */
        if (((char *)path.data)[i] == '\\')
            ((char *)path.data)[i] = '/';
    status = buffer_failed(&path) ? error_memory(error, "the environment")
                                  : add_safe(environment, &count, buffer_text(&path), error);
    buffer_append_text(&path, "/*");
    if (!status)
        status = buffer_failed(&path) ? error_memory(error, "the environment")
                                      : add_safe(environment, &count, buffer_text(&path), error);
    buffer_free(&path);
    snprintf(number, sizeof number, "%lu", count);
    return status ? status : environment_set(environment, "GIT_CONFIG_COUNT", number, error);
}
