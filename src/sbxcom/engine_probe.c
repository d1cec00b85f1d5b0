/*
 * engine_probe.c - what really holds: a probe inside, the same acts outside, and the report of both.
 *
 * The probe is the runner's own file, started as any command. A refusal inside proves something only where the same act
 * succeeds outside; so each act has its control here, done by the caller on things of the same kind, and a row whose
 * control fails is invalid.
 */
#include "base/memory.h"
#include "core/audit.h"
#include "core/explain.h"
#include "core/probe_cache.h"
#include "core/profile_state.h"
#include "core/version.h"
#include "os/clock.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "sbxcom/engine_private.h"
#include "sbxcom/engine_targets.h"
#include "sbxcom/grants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_WAIT_MS 15000
#define LEFT_WAIT_MS  1000 /* what is called dead must be gone by then */
/*
 * A child in our own name is in our job, so the end of its command's job, which is over when we look, does not end it:
 * where it lives, it lives on. Waiting longer would cost every session on such a host (Wine) that long.
 */
#define REPARENTED_WAIT_MS 100
#define MEMORY_LIMIT       ((uint64_t)64 << 20)
#define MEMORY_ASKED       256 /* MiB */
#define PROCESS_LIMIT      3   /* the probe asks for twice as many */

/* The probe itself. */

/* Gone, or alive though its command has ended? */
static enum probe_outcome look_for(uint32_t id, int32_t wait_ms)
{
    sbx_handle process = NULL;
    struct sbx_error error = {0};
    enum probe_outcome outcome = PROBE_INVALID;
    sbx_status status = process_open(id, SYNCHRONIZE, &process, &error);

    if (status)
        return error.system == ERROR_INVALID_PARAMETER ? PROBE_REFUSED : PROBE_INVALID;
    status = process_wait(process, wait_ms, NULL);
    if (!status)
        outcome = PROBE_REFUSED;
    else if (status == SBX_E_TIMEOUT)
        outcome = PROBE_ALLOWED;
    handle_close(process);
    return outcome;
}

/*
 * The same of what was started in our own name; our process is not in the command's job, so it is ours to end. Its number
 * was told from inside the sandbox, where another command may have had its hand in the probe: nobody else's process is
 * ended for that.
 */
static enum probe_outcome look_for_and_end(const struct engine *engine, int64_t since_utc_ms, uint32_t id)
{
    enum probe_outcome outcome = look_for(id, REPARENTED_WAIT_MS);
    sbx_handle process = NULL;

    if (!process_open(id, PROCESS_TERMINATE | PROCESS_QUERY_INFORMATION, &process, NULL) &&
        process_is_child(process, engine->runner_file, since_utc_ms))
        process_terminate(process, 1, NULL);
    handle_close(process);
    return outcome;
}

/* The number behind `word` at the beginning of the line; 0 where there is another. */
static uint32_t number_behind(const char *line, const char *word)
{
    size_t size = strlen(word);

    return strncmp(line, word, size) ? 0 : (uint32_t)strtoul(line + size, NULL, 10);
}

/* `since_utc_ms`: when the probe was not started yet. */
static void read_lines(const struct engine *engine, int64_t since_utc_ms, char *text,
                       struct probe_results *results)
{
    uint32_t grandchild = 0;
    uint32_t reparented = 0;
    char *next;

    for (char *line = text; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        line[strcspn(line, "\r")] = '\0';
        if (number_behind(line, "grandchild "))
            grandchild = number_behind(line, "grandchild ");
        else if (number_behind(line, "reparented "))
            reparented = number_behind(line, "reparented ");
        else
            probe_read_line(results, line);
    }
    if (grandchild)
        results->outlive_command = look_for(grandchild, LEFT_WAIT_MS);
    if (reparented)
        results->reparent = look_for_and_end(engine, since_utc_ms, reparented);
}

/*
 * What the runner read back of the suspended probe, whose token is that of all commands; nothing that the probe says. The first one stays, so
 * who has seen that it is there needs no lock to read it.
 */
static void keep_token(struct engine *engine, struct engine_run *run)
{
    struct token_facts *token = &run->launched.token;

    engine_lock(engine);
    if (token->user_sid && *token->user_sid && !engine->token.user_sid) {
        engine->token = *token;
        *token = (struct token_facts){0};
    }
    engine_unlock(engine);
}

/* `targets` NULL: nothing is tried, but the command is measured as each is. */
static sbx_status run_probe(struct engine *engine, const struct targets *targets,
                            struct probe_results *results, struct measurement *measurement,
                            struct sbx_error *error)
{
    struct sbx_strings arguments = {NULL, 0};
    struct engine_command command = {.flags = ENGINE_NO_INPUT | ENGINE_COLLECT | ENGINE_WAITED};
    struct sbx_buffer output[2] = {SBX_BUFFER_EMPTY, SBX_BUFFER_EMPTY};
    struct engine_run_info info;
    int64_t since_utc_ms = clock_utc_ms();
    struct engine_run *run;
    bool truncated;
    sbx_status status;

    status = targets_arguments(engine, targets, &arguments, error);
    if (status)
        goto free_arguments;
    command.text.arguments = &arguments;
    command.timeout_ms = PROBE_WAIT_MS;
    status = run_start(engine, &command, true, &run, error);
    if (status)
        goto free_arguments;
    status = engine_run_collect(run, -1, output, &truncated, error);
    if (status)
        goto release_run;

    engine_run_info(run, &info);
    *measurement = *info.measurement;
    if (!buffer_failed(&output[0]) && output[0].data)
        read_lines(engine, since_utc_ms, (char *)output[0].data, results);
    keep_token(engine, run);
    if (targets)
        targets_judge(targets, results);

    buffer_free(&output[0]);
    buffer_free(&output[1]);
release_run:
    engine_run_release(run);
free_arguments:
    strings_free(&arguments);
    return status;
}

/*
 * One limit at a time, in a command of its own whose limit is low: what it asks for beyond it must be refused, or end it with
 * that reason. Without the limit it could have it: the caller can.
 */
static sbx_status run_limited(struct engine *engine, const char *target, struct engine_command *command,
                              enum exit_reason reason, enum probe_outcome *outcome,
                              struct probe_results *results, struct sbx_error *error)
{
    char *words[] = {engine->runner_file, "--probe", (char *)target};
    struct sbx_strings arguments = {words, 3};
    struct sbx_buffer output[2] = {SBX_BUFFER_EMPTY, SBX_BUFFER_EMPTY};
    struct engine_run_info info;
    int64_t since_utc_ms = clock_utc_ms();
    struct engine_run *run;
    bool truncated;
    sbx_status status;

    command->flags = ENGINE_NO_INPUT | ENGINE_COLLECT | ENGINE_WAITED;
    command->timeout_ms = PROBE_WAIT_MS;
    command->text.arguments = &arguments;
    status = run_start(engine, command, true, &run, error);
    if (status)
        return status;
    status = engine_run_collect(run, -1, output, &truncated, error);
    if (!status) {
        engine_run_info(run, &info);
        if (!buffer_failed(&output[0]) && output[0].data)
            read_lines(engine, since_utc_ms, (char *)output[0].data, results);
        if (info.end.reason == reason)
            *outcome = PROBE_REFUSED;
    }
    buffer_free(&output[0]);
    buffer_free(&output[1]);
    engine_run_release(run);
    return status;
}

static sbx_status run_limits(struct engine *engine, struct probe_results *results, struct sbx_error *error)
{
    const struct boundary *boundary = &engine->boundary;
    struct engine_command tight = {.memory_size = boundary->memory_size < MEMORY_LIMIT ? boundary->memory_size
                                                                                       : MEMORY_LIMIT};
    struct engine_command few = {
        .process_count = boundary->process_count < PROCESS_LIMIT ? boundary->process_count : PROCESS_LIMIT};
    char memory[32];
    sbx_status status;

    snprintf(memory, sizeof memory, "memory=%u", (unsigned)MEMORY_ASKED);
    status = run_limited(engine, memory, &tight, EXIT_MEMORY_LIMIT, &results->limit_memory, results, error);
    if (!status)
        status = run_limited(engine, "crowd=1", &few, EXIT_PROCESS_LIMIT, &results->limit_processes, results,
                             error);
    if (!status && results->limit_memory == PROBE_REFUSED && attempt_memory((size_t)MEMORY_ASKED << 20))
        results->limit_memory = PROBE_INVALID;
    return status;
}

static enum sbx_assurance least(enum sbx_assurance a, enum sbx_assurance b)
{
    return a < b ? a : b;
}

/*
 * No later command is started with less than was reported (and so required). What only a probe can verify, and what is
 * not attested of a single process at all, no attestation can reach: the probe's own process is the measure of that.
 */
static void set_floors(struct engine *engine, const struct findings *findings,
                       const struct measurement *measurement)
{
    for (int domain = 0; domain < SBX_DOMAIN_COUNT; domain++) {
        const struct finding *finding = findings_find(findings, domain_name((enum sbx_domain)domain));
        enum sbx_assurance wanted = engine->boundary.required[domain];

        if (finding && finding->assurance > wanted)
            wanted = finding->assurance;
        engine->floor[domain] = least(wanted, measurement->assurance[domain]);
    }
}

/* Where outcomes are kept, and under which key. */
struct kept_outcomes {
    char *path; /* NULL: nothing is kept here */
    char key[PROBE_CACHE_KEY_SIZE];
};

static sbx_status make_key(struct engine *engine, const struct host_facts *host, struct kept_outcomes *kept)
{
    struct probe_cache_facts facts = {
        .boundary = &engine->boundary, .plan = &engine->plan, .version = SBX_VERSION, .host = host->product};
    char boot[CLOCK_BOOT_SIZE];
    struct file_facts runner;
    struct token_facts caller;
    sbx_status status;

    clock_boot_id(boot);
    status = file_examine(engine->runner_file, &runner, NULL);
    if (status)
        return status;
    status = token_measure_process(NULL, &caller, NULL);
    if (!status) {
        facts.boot = boot;
        facts.runner = runner.file_id;
        facts.caller = &caller;
        status = probe_cache_key(&facts, kept->key, NULL);
        token_facts_free(&caller);
    }
    file_facts_free(&runner);
    return status;
}

/* Beside the sessions' folders, where a command that may write nothing outside cannot write. Failing costs a measurement. */
static void find_kept(struct engine *engine, const struct host_facts *host, struct kept_outcomes *kept)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    char *state_folder = NULL;

    kept->path = NULL;
    if (make_key(engine, host, kept) || grants_state_folder(&state_folder, NULL))
        return;
    buffer_append_format(&path, "%s\\probes", state_folder);
    if (!buffer_failed(&path) && !folder_create(buffer_text(&path), NULL)) {
        buffer_append_format(&path, "\\%s.txt", engine->boundary.capability_sid);
        kept->path = buffer_take(&path, NULL);
    }
    buffer_free(&path);
    sbx_free(state_folder);
}

/* The outcomes of the quick share, or of all; *measurement of a command in any case. */
static sbx_status probe(struct engine *engine, bool whole, bool *was_kept, const struct kept_outcomes *kept,
                        struct probe_results *results, struct measurement *measurement,
                        struct sbx_error *error)
{
    struct targets targets = {0};
    sbx_status status;

    *was_kept = !whole && kept->path && probe_cache_read(kept->path, kept->key, results);
    if (*was_kept)
        return run_probe(engine, NULL, results, measurement, error);
    status = targets_make(engine, whole, &targets, error);
    if (!status)
        status = run_probe(engine, &targets, results, measurement, error);
    targets_free(&targets);
    if (!status && whole)
        status = run_limits(engine, results, error);
    return status;
}

/* One user's commands at both levels meet in him. */
static bool keeps_passwords(void)
{
    char user_sid[SID_TEXT_SIZE];
    struct setup_input recorded;
    bool there = false;

    return !identity_user_sid(user_sid, NULL) && !setup_read_record(user_sid, &recorded, &there, NULL) &&
           there;
}

static void tell_account(const struct engine *engine, struct report_input *input)
{
    input->passwords_kept = engine->boundary.level == SBX_LEVEL_RESTRICTED && keeps_passwords();
    input->elevated = engine->boundary.level == SBX_LEVEL_ELEVATED;
    input->runner_read = engine->runner_read;
    input->second_wall = input->elevated && engine->boundary.recipe.restricting_sids.count > 0;
    input->network_holds = engine->network_holds;
    input->network_words = engine->network_words;
    input->network_open = engine->network == SETUP_ONLINE;
    input->network_ephemeral = engine->network == SETUP_LOOPBACK;
}

/* What is not the policy's, from the folders above it to the drives: */
#define OUTSIDE_MS      1000
#define OUTSIDE_OBJECTS 10000
#define OUTSIDE_SHOWN   3

static sbx_status spare_places(const struct engine *engine, struct sbx_strings *spared)
{
    sbx_status status = strings_append(spared, engine->folder);

    for (size_t i = 0; i < engine->boundary.place_count && !status; i++)
        if (engine->boundary.places[i].right == BOUNDARY_WRITE)
            status = strings_append(spared, engine->boundary.places[i].path);
    return status;
}

static sbx_status audit_with(struct engine *engine, const struct access_token *token, struct audit *audit,
                             struct sbx_error *error)
{
    struct sbx_strings roots = {NULL, 0}, spared = {NULL, 0};
    const struct audit_question question = {.token = token,
                                            .roots = &roots,
                                            .spared = &spared,
                                            .most_ms = OUTSIDE_MS,
                                            .most_objects = OUTSIDE_OBJECTS};
    sbx_status status = audit_roots(environment_get(&engine->boundary.environment, "PATH"), &roots, error);

    if (!status && spare_places(engine, &spared))
        status = error_memory(error, "a report");
    if (!status)
        status = audit_run(&question, audit, error);
    strings_free(&spared);
    strings_free(&roots);
    return status;
}

/* By the token of a command as it was measured, where the host keeps lists. *words may stay NULL. */
static sbx_status look_outside(struct engine *engine, char **words, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct explain_token token;
    struct audit audit = {0};
    bool told;
    sbx_status status;

    engine_lock(engine);
    told = engine->token.user_sid != NULL;
    engine_unlock(engine);
    if (!told || !engine->plan.host_keeps_acls)
        return SBX_OK;
    status = explain_token_make(&engine->token, &token, error);
    if (status)
        return status;
    status = audit_with(engine, &token.token, &audit, error);
    explain_token_free(&token);
    if (status)
        return status;
    audit_write_words(&audit, OUTSIDE_SHOWN, &text);
    audit_free(&audit);
    *words = buffer_take(&text, NULL);
    buffer_free(&text);
    return *words ? SBX_OK : error_memory(error, "a report");
}

/* `whole`: the full battery, of which Provision takes a quick share. */
static sbx_status make_report(struct engine *engine, bool whole, struct findings *findings,
                              struct measurement *measurement, struct sbx_error *error)
{
    struct probe_results results = {0};
    struct report_input input = {.whole = whole};
    struct kept_outcomes kept;
    struct host_facts host;
    char *outside = NULL;
    bool was_kept;
    sbx_status status;

    host_examine(&host);
    find_kept(engine, &host, &kept);
    status = probe(engine, whole, &was_kept, &kept, &results, measurement, error);
    if (status)
        goto free_path;

    input.measurement = measurement;
    input.probes = &results;
    input.required = engine->boundary.required;
    input.host_keeps_acls = engine->plan.host_keeps_acls;
    input.plan = &engine->plan;
    input.outcome = &engine->outcome;
    input.notes = &engine->boundary.notes;
    input.not_all_repositories = engine->boundary.not_all_repositories;
    input.host = host.product;
    input.wine = host.wine[0] != '\0';
    input.desktop = engine->desktop_words;
    input.fully_restricted = engine->boundary.token == SBX_TOKEN_FULLY_RESTRICTED;
    tell_account(engine, &input);
    if (whole) /* a second or so is too much for each Provision */
        status = look_outside(engine, &outside, error);
    if (status)
        goto free_path;
    input.outside_words = outside;
    status = report_make(&input, findings, error);
    if (!status && input.elevated) {
        status = profile_add_finding(engine->boundary.principal_sid, findings, error);
        if (status)
            findings_free(findings);
    }
    if (!status && !was_kept && kept.path &&
        probe_cache_is_worth(&results, findings_find(findings, domain_name(SBX_FILE_WRITE))->assurance))
        probe_cache_write(kept.path, kept.key, &results, NULL);
free_path:
    sbx_free(outside);
    sbx_free(kept.path);
    return status;
}

/* Only the full battery verifies, so it is what a policy gets that requires it. */
static bool requires_verified(const struct engine *engine)
{
    for (int domain = 0; domain < SBX_DOMAIN_COUNT; domain++) {
        if (engine->boundary.required[domain] == SBX_VERIFIED)
            return true;
    }
    return false;
}

sbx_status engine_measure(struct engine *engine, struct findings *findings, struct sbx_error *error)
{
    struct measurement measurement = {0};
    struct findings made = {NULL, 0};
    sbx_status status = make_report(engine, requires_verified(engine), &made, &measurement, error);

    if (status)
        return status;
    status = findings_check(&made, error);
    if (!status)
        set_floors(engine, &made, &measurement);
    *findings = made;
    return status;
}

sbx_status engine_self_test(struct engine *engine, struct findings *findings, struct sbx_error *error)
{
    struct measurement measurement = {0};

    return make_report(engine, true, findings, &measurement, error);
}
