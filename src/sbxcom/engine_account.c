/*
 * engine_account.c - the sandbox account of a session at the elevated level: taken, used for one logon, given back.
 *
 * A session that is provisioned anew keeps its account: both engines hold it until the former one is gone.
 */
#include "base/memory.h"
#include "core/owner.h"
#include "core/setup_machine.h"
#include "os/identity.h"
#include "sbxcom/engine_private.h"

#include <string.h>

#define REFUSED_BY_LIST 5

struct engine_account {
    LONG holders;
    struct pool_account pool;
    char *key;
    enum setup_group group;
};

/* Holding. */

static void release_account(struct engine_account *account)
{
    if (!account || InterlockedDecrement(&account->holders) > 0)
        return;
    account_pool_give_back(&account->pool);
    sbx_free(account->key);
    sbx_free(account);
}

void engine_drop_account(struct engine *engine)
{
    struct engine_account *account;

    engine_lock(engine);
    account = engine->account;
    engine->account = NULL;
    engine_unlock(engine);
    release_account(account);
}

const struct pool_account *engine_pool_account(const struct engine *engine)
{
    return engine->account ? &engine->account->pool : NULL;
}

/* The former engine's, where it serves the same workspace under the same rules; a dead one lets go of its own first. */
static struct engine_account *share_account(struct engine *former, const struct pool_question *question)
{
    struct engine_account *account = NULL;

    if (!former)
        return NULL;
    if (engine_state(former) != ENGINE_RUNNING)
        engine_close(former);
    engine_lock(former);
    if (former->account && former->account->group == question->group &&
        !strcmp(former->account->key, question->key)) {
        account = former->account;
        InterlockedIncrement(&account->holders);
    }
    engine_unlock(former);
    return account;
}

/* Choosing. */

static sbx_status take_account(const struct pool_question *question, bool look,
                               struct engine_account **account, struct sbx_error *error)
{
    struct engine_account *made = sbx_alloc(sizeof *made);
    sbx_status status;

    if (!made)
        return error_memory(error, "an account");
    made->holders = 1;
    made->group = question->group;
    made->key = sbx_strdup(question->key);
    if (!made->key)
        status = error_memory(error, "an account");
    else
        status = look ? account_pool_look(question, &made->pool, error)
                      : account_pool_take(question, &made->pool, error);
    if (status)
        release_account(made);
    else
        *account = made;
    return status;
}

/* For one more logon of an account that is held already. */
static sbx_status renew_password(const struct pool_question *question, struct pool_account *pool,
                                 struct sbx_error *error)
{
    account_pool_forget_password(pool);
    return account_pool_password(question, pool->name, &pool->password, error);
}

static sbx_status find_account(struct engine *engine, const struct engine_options *options, bool look,
                               struct boundary_input *input, struct sbx_error *error)
{
    struct pool_question question = {.user_sid = input->user_sid,
                                     .group = account_pool_group(options->policy),
                                     .network_enforced =
                                         options->policy->require[SBX_NETWORK] >= SBX_ENFORCED};
    char *state = NULL, *machine = NULL, *path = NULL, *key = NULL;
    struct engine_account *account = NULL;
    sbx_status status = grants_state_folder(&state, error);

    if (!status)
        status = setup_state_folder(&machine, error);
    if (!status)
        status =
            boundary_workspace(input->workspace, input->user_sid, input->program_folder, &path, &key, error);
    if (status)
        goto free_texts;
    question.state_folder = state;
    question.machine_folder = machine;
    question.key = key;
    account = look ? NULL : share_account(options->former, &question);
    status = account ? renew_password(&question, &account->pool, error)
                     : take_account(&question, look, &account, error);
    if (status) {
        release_account(account);
        goto free_texts;
    }
    engine->account = account; /* nobody else sees the engine yet */
    engine->network = question.group;
    engine->network_holds = account->pool.network_holds;
    engine->network_words = sbx_strdup(account->pool.network_words);
    if (!engine->network_words)
        status = error_memory(error, "a report");
    input->account_sid = account->pool.sid;
    input->account_group_sid = account->pool.group_sid;

free_texts:
    sbx_free(key);
    sbx_free(path);
    sbx_free(machine);
    sbx_free(state);
    return status;
}

sbx_status engine_choose_account(struct engine *engine, const struct engine_options *options, bool look,
                                 struct boundary_input *input, char **words, struct sbx_error *error)
{
    enum sbx_level policy = options->policy->level;
    enum sbx_level wanted = options->level != SBX_LEVEL_AUTO ? options->level : policy;
    enum sbx_level level;
    sbx_status status = policy_check_built(options->policy, error);

    /* Two wishes that differ are refused by whoever resolves the boundary. */
    if (status || (policy != SBX_LEVEL_AUTO && policy != wanted))
        return status;
    status = account_pool_level(input->user_sid, wanted, &level, words, error);
    if (status)
        return status;
    input->level_words = *words;
    return level == SBX_LEVEL_RESTRICTED ? SBX_OK : find_account(engine, options, look, input, error);
}

/* Using. */

sbx_status engine_clear_account(struct engine *engine, const struct provision_host *host,
                                struct sbx_error *error)
{
    const struct boundary *boundary = &engine->boundary;
    struct provisioned_workspace *workspaces = NULL;
    size_t count = 0;
    sbx_status status;

    if (boundary->level != SBX_LEVEL_ELEVATED)
        return SBX_OK;
    status = provision_list(host, &workspaces, &count, error);
    for (size_t i = 0; i < count && !status; i++) {
        const struct provisioned_workspace *other = &workspaces[i];
        struct tree_outcome outcome = {0};

        if (!other->subject.principal_sid ||
            strcmp(other->subject.principal_sid, boundary->principal_sid) != 0 ||
            !strcmp(other->key, boundary->capability_sid))
            continue;
        status = provision_undo(host, other->key, &outcome, error);
        tree_outcome_free(&outcome);
    }
    provisioned_workspaces_free(workspaces, count);
    return status;
}

sbx_status engine_give_way(struct engine *former, struct sbx_error *error)
{
    sbx_status status = SBX_OK;
    bool busy;

    engine_lock(former);
    busy = former->left_behind || engine_has_commands(former);
    if (former->state != ENGINE_RUNNING)
        ; /* its processes are gone, or go before the account does */
    else if (busy)
        status =
            error_set(error, SBX_E_STATE,
                      "Commands of this session run under its sandbox account, or were let leave processes "
                      "behind that may, and one of them could take over the new runner. End them, or close "
                      "the session and begin another one.");
    else
        former->gives_way = true;
    engine_unlock(former);
    return status;
}

void engine_go_on(struct engine *former)
{
    engine_lock(former);
    former->gives_way = false;
    engine_unlock(former);
}

sbx_status engine_start_as(struct engine *engine, const struct process_start *start, struct sbx_error *error)
{
    struct pool_account *pool = engine->account ? &engine->account->pool : NULL;
    struct sbx_error met = {0};
    sbx_status status;

    if (!pool || !pool->password)
        return error_set(error, SBX_E_CREDENTIAL, "There is no password for this session's account.");
    status = process_start_as(start, pool->name, pool->password, &engine->runner, &met);
    account_pool_forget_password(pool);
    if (status == SBX_E_SYSTEM && met.system == REFUSED_BY_LIST)
        return error_set(
            error, SBX_E_LOGON_DENIED,
            "The sandbox account %s may not run %s (%s). Install sbxcom where every user may read it, as "
            "below Program Files.",
            pool->name, start->image, met.text);
    if (status && error && !error->code)
        *error = met;
    return status;
}

void engine_give_back_files(struct engine *engine)
{
    const struct boundary *boundary = &engine->boundary;
    struct change_list changes = {NULL, 0};
    struct owner_outcome outcome = {0};

    if (boundary->level != SBX_LEVEL_ELEVATED || !engine->watch ||
        change_log_list(engine->changes, boundary->workspace, &changes))
        return;
    (void)owner_take(boundary->workspace, &changes, boundary->principal_sid, &outcome,
                     NULL); /* what is left stays the account's */
    AcquireSRWLockExclusive(&engine->transcript_lock);
    if (engine->transcript && (outcome.taken || outcome.refused))
        transcript_ownership(engine->transcript, &outcome, NULL);
    ReleaseSRWLockExclusive(&engine->transcript_lock);
    owner_outcome_free(&outcome);
    change_list_free(&changes);
}
