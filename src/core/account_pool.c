/*
 * account_pool.c - which account serves a workspace.
 */
#include "core/account_pool.h"

#include "base/memory.h"
#include "core/credential.h"
#include "core/machine_record.h"
#include "core/setup_machine.h"
#include "os/filesystem.h"
#include "os/identity.h"

#include <string.h>

#define FOLDER    "accounts"
#define LIVE      ".live"
#define MOST_NAME 64 /* bytes of a remembered name */

static const char *const kinds[SETUP_GROUP_COUNT] = {"off", "loop", "on"};
static const char *const mark_kinds[SETUP_GROUP_COUNT] = {"-off", "-loop", "-on"};

/* The level. */

static sbx_status check_service(struct sbx_error *error)
{
    enum secondary_logon service;
    sbx_status status = identity_secondary_logon(&service, error);

    if (!status && service == SECONDARY_LOGON_MISSING)
        return error_set(
            error, SBX_E_UNSUPPORTED_HOST,
            "This host has no secondary logon service, so commands cannot run under an account of "
            "their own. Use the restricted level here, or Windows.");
    if (!status && service == SECONDARY_LOGON_DISABLED)
        return error_set(
            error, SBX_E_LOGON_DENIED,
            "The Secondary Logon service (seclogon) is disabled, so commands cannot run under an "
            "account of their own. Have it enabled: sc config seclogon start= demand.");
    return status;
}

static sbx_status find_level(const char *user_sid, enum sbx_level wanted, bool *set_up,
                             struct sbx_error *error)
{
    struct setup_input input;
    sbx_status status;

    if (wanted == SBX_LEVEL_ELEVATED) {
        status = check_service(error);
        if (status)
            return status;
    }
    status = setup_read_record(user_sid, &input, set_up, error);
    if (!status && !*set_up && wanted == SBX_LEVEL_ELEVATED)
        status = error_set(error, SBX_E_NOT_PROVISIONED,
                           "The elevated level is not set up for you on this computer. Run Host.Provision, "
                           "which asks for elevation once, or use the restricted level.");
    if (!status && *set_up && wanted == SBX_LEVEL_AUTO)
        status = check_service(error);
    return status;
}

sbx_status account_pool_level(const char *user_sid, enum sbx_level wanted, enum sbx_level *level, char **why,
                              struct sbx_error *error)
{
    char *words = NULL;
    bool set_up = false;
    sbx_status status =
        wanted == SBX_LEVEL_RESTRICTED ? SBX_OK : find_level(user_sid, wanted, &set_up, error);

    if (status)
        return status;
    if (wanted == SBX_LEVEL_AUTO) {
        words =
            sbx_strdup(set_up ? "Level auto is the elevated level here: it is set up for you."
                              : "Level auto is the restricted level here: the elevated one is not set up for "
                                "you (Host.Provision does it).");
        if (!words)
            return error_memory(error, "a level");
    }
    *level = set_up ? SBX_LEVEL_ELEVATED : SBX_LEVEL_RESTRICTED;
    *why = words;
    return SBX_OK;
}

enum setup_group account_pool_group(const struct sbx_policy *policy)
{
    if (policy->network.mode == SBX_NETWORK_ANY)
        return SETUP_ONLINE;
    return policy->network.localhost == SBX_LOCALHOST_EPHEMERAL ? SETUP_LOOPBACK : SETUP_OFFLINE;
}

/* Paths and what is remembered. */

/* STATE\accounts\NAME, and more; NULL without memory. */
static char *path_of(const struct pool_question *question, const char *name, const char *between,
                     const char *more)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    buffer_append_format(&path, "%s\\" FOLDER "%s%s%s%s", question->state_folder, *name ? "\\" : "", name,
                         between, more);
    return buffer_take(&path, NULL);
}

/* *name NULL: nothing that could be a name. */
static sbx_status read_memory(const struct pool_question *question, const char *key, char **name,
                              struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *path = path_of(question, key, "-", kinds[question->group]);
    char *bytes = NULL;
    size_t size = 0;
    sbx_status status;

    *name = NULL;
    if (!path)
        return error_memory(error, "a path");
    status = file_read_all(path, MOST_NAME, &bytes, &size, &met);
    sbx_free(path);
    if (status == SBX_E_PATH_NOT_FOUND || status == SBX_E_LIMIT)
        return SBX_OK;
    if (status) {
        if (error && !error->code)
            *error = met;
        return status;
    }
    *name = sbx_strndup(bytes, strcspn(bytes, "\n"));
    sbx_free(bytes);
    return *name ? SBX_OK : error_memory(error, "a name");
}

static sbx_status remember(const struct pool_question *question, const char *name, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    char *path = path_of(question, question->key, "-", kinds[question->group]);
    sbx_status status;

    buffer_append_format(&text, "%s\n", name);
    status = path && !buffer_failed(&text) ? file_replace(path, text.data, text.size, error)
                                           : error_memory(error, "a path");
    buffer_free(&text);
    sbx_free(path);
    return status;
}

/* The keys of other workspaces by the account that each keeps. */
struct memories {
    struct sbx_strings keys, names;
};

static void memories_free(struct memories *memories)
{
    strings_free(&memories->keys);
    strings_free(&memories->names);
}

static sbx_status add_memory(const struct pool_question *question, const char *file,
                             struct memories *memories, struct sbx_error *error)
{
    const char *dash = strrchr(file, '-');
    char *key, *name = NULL;
    sbx_status status;

    if (!dash || strcmp(dash + 1, kinds[question->group]) != 0)
        return SBX_OK;
    key = sbx_strndup(file, (size_t)(dash - file));
    if (!key)
        return error_memory(error, "a list of workspaces");
    status = strcmp(key, question->key) ? read_memory(question, key, &name, error) : SBX_OK;
    if (!status && name && (strings_append(&memories->keys, key) || strings_append(&memories->names, name)))
        status = error_memory(error, "a list of workspaces");
    sbx_free(name);
    sbx_free(key);
    return status;
}

static sbx_status read_memories(const struct pool_question *question, struct memories *memories,
                                struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct sbx_strings files = {NULL, 0};
    char *folder = path_of(question, "", "", "");
    sbx_status status = folder ? folder_list(folder, &files, &met) : error_memory(&met, "a path");

    if (status == SBX_E_PATH_NOT_FOUND)
        status = SBX_OK;
    else if (status && error && !error->code)
        *error = met;
    for (size_t i = 0; i < files.count && !status; i++)
        status = add_memory(question, files.items[i], memories, error);
    strings_free(&files);
    sbx_free(folder);
    return status;
}

/* Which accounts there are, and which of them first. */

struct candidate {
    const struct setup_account *account;
    size_t shared; /* other workspaces that keep it */
};

struct candidates {
    struct candidate items[SETUP_MOST_ACCOUNTS];
    size_t count;
    const struct setup_account *kept; /* the workspace's own; NULL: it has none */
};

static size_t count_of(const struct memories *memories, const char *name)
{
    size_t count = 0;

    for (size_t i = 0; i < memories->names.count; i++)
        count += text_equal_ascii_nocase(memories->names.items[i], name);
    return count;
}

/* Fewest others first; of the same number by their own. The workspace's own goes before all. */
static void put_in(struct candidates *candidates, const struct setup_account *account, size_t shared)
{
    size_t at = candidates->count++;

    for (; at > 0 && candidates->items[at - 1].shared > shared; at--)
        candidates->items[at] = candidates->items[at - 1];
    candidates->items[at] = (struct candidate){account, shared};
}

static void put_first(struct candidates *candidates)
{
    size_t at = 0;
    struct candidate own;

    while (at < candidates->count && candidates->items[at].account != candidates->kept)
        at++;
    if (at == candidates->count)
        return;
    own = candidates->items[at];
    memmove(&candidates->items[1], &candidates->items[0], at * sizeof own);
    candidates->items[0] = own;
}

static sbx_status gather(const struct pool_question *question, const struct setup_look *look,
                         const struct memories *memories, struct candidates *candidates,
                         struct sbx_error *error)
{
    char *kept = NULL;
    sbx_status status = read_memory(question, question->key, &kept, error);

    for (uint32_t number = 1; number <= SETUP_MOST_ACCOUNTS && !status; number++) {
        char *name = setup_account_name(question->user_sid, question->group, number);

        if (!name)
            status = error_memory(error, "an account's name");
        for (size_t i = 0; i < look->count && name; i++) {
            if (strcmp(look->accounts[i].name, name) != 0)
                continue;
            put_in(candidates, &look->accounts[i], count_of(memories, name));
            if (kept && text_equal_ascii_nocase(kept, name))
                candidates->kept = &look->accounts[i];
        }
        sbx_free(name);
    }
    put_first(candidates);
    sbx_free(kept);
    return status;
}

static sbx_status drifted(const struct setup_look *look, const char *name, struct sbx_error *error)
{
    const struct finding *accounts = findings_find(&look->findings, "accounts");
    const struct finding *groups = findings_find(&look->findings, "groups");
    const struct finding *bad = groups && groups->assurance == SBX_ABSENT ? groups : accounts;

    return error_set(error, SBX_E_ACCOUNT_DRIFT,
                     "%s cannot serve this workspace: what was set up is not as it was left (%s). Run "
                     "Host.Repair, or sbxsetup repair.",
                     name, bad ? bad->detail : "");
}

static sbx_status none_free(const struct pool_question *question, size_t count, struct sbx_error *error)
{
    return error_set(
        error, SBX_E_LIMIT,
        "All %zu sandbox accounts of the kind \"%s\" serve live sessions. Close one of them%s.", count,
        kinds[question->group],
        question->group == SETUP_OFFLINE
            ? ", or have more accounts made: Host.Provision(N), or sbxsetup provision --accounts N "
              "with a larger number"
            : "; of this kind this version makes no more");
}

/* The network's walls. */

static bool stands(const struct setup_look *look, const char *fact, enum sbx_assurance least,
                   struct sbx_buffer *words)
{
    const struct finding *finding = findings_find(&look->findings, fact);

    buffer_append_format(words, "%s%s: %s", words->size ? " " : "", finding ? finding->mechanism : fact,
                         finding ? finding->detail : "nothing is known of it.");
    return finding && finding->assurance >= least;
}

/*
 * Rules of the firewall are read by anybody; filters by an administrator, so what a user may not see of them counts as
 * standing as long as the rules do: only an administrator can have taken them away.
 */
static sbx_status look_at_network(const struct pool_question *question, const struct setup_look *look,
                                  struct pool_account *account, struct sbx_error *error)
{
    struct sbx_buffer words = SBX_BUFFER_EMPTY;
    const struct finding *filters;
    bool holds = true;

    if (question->group == SETUP_ONLINE)
        buffer_append_text(&words, "Accounts of this kind have no rules of ours.");
    else {
        holds &= stands(look, "firewall", SBX_ENFORCED, &words);
        holds &= stands(look, "firewallRules", SBX_ENFORCED, &words);
        holds &= stands(look, "filters", SBX_ADVISORY, &words);
        filters = findings_find(&look->findings, "filters");
        if (filters && filters->assurance == SBX_ADVISORY)
            buffer_append_text(&words,
                               " So what you saw yourself are the rules, and as far as you can tell the "
                               "network rests on them; that the filters stand is what set-up read back.");
    }
    account->network_holds = holds && question->group != SETUP_ONLINE;
    account->network_words = buffer_take(&words, NULL);
    if (!account->network_words)
        return error_memory(error, "a report");
    if (question->network_enforced && question->group != SETUP_ONLINE && !holds)
        return error_set(
            error, SBX_E_FIREWALL_INEFFECTIVE,
            "The policy requires the network to be enforced, and here it is not. %s Run Host.Repair, "
            "or lower \"require\": {\"network\"}.",
            account->network_words);
    return SBX_OK;
}

/* Taking one. */

static sbx_status mark(const struct pool_question *question, const char *name, const char *kind,
                       struct held_file **held, struct sbx_error *error)
{
    char *path = path_of(question, name, kind, LIVE);
    sbx_status status = path ? held_open(path, held, error) : error_memory(error, "a path");

    sbx_free(path);
    return status;
}

static sbx_status mark_workspace(const struct pool_question *question, struct held_file **held,
                                 struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *folder = path_of(question, "", "", "");
    sbx_status status = folder ? folder_create(folder, error) : error_memory(error, "a path");

    sbx_free(folder);
    if (status)
        return status;
    status = mark(question, question->key, mark_kinds[question->group], held, &met);
    if (status == SBX_E_STATE)
        return error_set(
            error, SBX_E_STATE,
            "Another session at the elevated level lives in this workspace, and its account serves one "
            "session at a time. Close that session first.");
    if (status && error && !error->code)
        *error = met;
    return status;
}

/* The first that is whole and, where `held` is asked for, free. */
static sbx_status choose(const struct pool_question *question, const struct setup_look *look,
                         const struct candidates *candidates, struct held_file **held,
                         const struct setup_account **chosen, struct sbx_error *error)
{
    size_t whole = 0;

    /* A workspace whose own account is broken does not wander: its files are that one's. */
    if (candidates->kept && candidates->kept->trouble)
        return drifted(look, candidates->kept->name, error);
    for (size_t i = 0; i < candidates->count; i++) {
        const struct setup_account *account = candidates->items[i].account;
        struct sbx_error met = {0};
        sbx_status status;

        if (account->trouble)
            continue;
        whole++;
        status = held ? mark(question, account->name, "", held, &met) : SBX_OK;
        if (!status) {
            *chosen = account;
            return SBX_OK;
        }
        if (status != SBX_E_STATE) {
            if (error && !error->code)
                *error = met;
            return status;
        }
    }
    return whole ? none_free(question, whole, error) : drifted(look, "No sandbox account", error);
}

static sbx_status name_it(const struct pool_question *question, const struct setup_look *look,
                          const struct memories *memories, const struct setup_account *chosen,
                          struct pool_account *account, struct sbx_error *error)
{
    const struct finding *groups = findings_find(&look->findings, "groups");
    char *group = setup_group_name(question->user_sid, question->group);
    sbx_status status =
        group ? record_read(group, &account->group_sid, error) : error_memory(error, "a name");

    sbx_free(group);
    account->name = sbx_strdup(chosen->name);
    account->sid = sbx_strdup(chosen->sid);
    if (!status && (!account->name || !account->sid))
        status = error_memory(error, "an account");
    if (!status && (!account->group_sid || !groups || groups->assurance == SBX_ABSENT))
        status = drifted(look, chosen->name, error);
    for (size_t i = 0; i < memories->names.count && !status; i++) {
        if (text_equal_ascii_nocase(memories->names.items[i], chosen->name) &&
            strings_append(&account->others, memories->keys.items[i]))
            status = error_memory(error, "a list of workspaces");
    }
    return status;
}

sbx_status account_pool_password(const struct pool_question *question, const char *name, char **found,
                                 struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct credentials credentials = {0};
    const char *password;
    sbx_status status =
        credentials_load(question->state_folder, question->machine_folder, &credentials, &met);

    /* Two sessions that adopt one hand-over: who comes second finds it gone, and what the first one kept. */
    if (status == SBX_E_PATH_NOT_FOUND) {
        memset(&met, 0, sizeof met);
        status = credentials_load(question->state_folder, NULL, &credentials, &met);
    }
    if (status) {
        if (error && !error->code)
            *error = met;
        return status;
    }
    password = credentials_find(&credentials, name);
    if (!password)
        status =
            error_set(error, SBX_E_CREDENTIAL,
                      "The password of %s is not among those that are kept for you. Run Host.Repair.", name);
    else if (!(password = sbx_strdup(password)))
        status = error_memory(error, "a password");
    else
        *found = (char *)password;
    credentials_free(&credentials);
    return status;
}

static sbx_status find(const struct pool_question *question, bool take, struct pool_account *account,
                       struct sbx_error *error)
{
    struct setup_look look = {0};
    struct memories memories = {{NULL, 0}, {NULL, 0}};
    struct candidates candidates = {.count = 0};
    const struct setup_account *chosen = NULL;
    sbx_status status = take ? mark_workspace(question, &account->marks[0], error) : SBX_OK;

    if (!status)
        status = setup_look(question->user_sid, &look, error);
    if (!status && !look.provisioned)
        status = error_set(error, SBX_E_NOT_PROVISIONED,
                           "The elevated level is not set up for you. Run Host.Provision.");
    if (!status)
        status = read_memories(question, &memories, error);
    if (!status)
        status = gather(question, &look, &memories, &candidates, error);
    if (!status)
        status = choose(question, &look, &candidates, take ? &account->marks[1] : NULL, &chosen, error);
    if (!status)
        status = name_it(question, &look, &memories, chosen, account, error);
    if (!status)
        status = look_at_network(question, &look, account, error);
    if (!status && take)
        status = account_pool_password(question, account->name, &account->password, error);
    if (!status && take && chosen != candidates.kept)
        status = remember(question, account->name, error);
    memories_free(&memories);
    setup_look_free(&look);
    return status;
}

static sbx_status answer(const struct pool_question *question, bool take, struct pool_account *account,
                         struct sbx_error *error)
{
    struct pool_account made = {0};
    sbx_status status = find(question, take, &made, error);

    if (status)
        account_pool_give_back(&made);
    else
        *account = made;
    return status;
}

sbx_status account_pool_take(const struct pool_question *question, struct pool_account *account,
                             struct sbx_error *error)
{
    return answer(question, true, account, error);
}

sbx_status account_pool_look(const struct pool_question *question, struct pool_account *account,
                             struct sbx_error *error)
{
    return answer(question, false, account, error);
}

void account_pool_forget_password(struct pool_account *account)
{
    if (account->password)
        sbx_wipe(account->password, strlen(account->password));
    sbx_free(account->password);
    account->password = NULL;
}

void account_pool_give_back(struct pool_account *account)
{
    account_pool_forget_password(account);
    for (size_t i = 0; i < 2; i++) {
        if (account->marks[i])
            held_close(account->marks[i]);
    }
    sbx_free(account->name);
    sbx_free(account->sid);
    sbx_free(account->group_sid);
    sbx_free(account->network_words);
    strings_free(&account->others);
    memset(account, 0, sizeof *account);
}
