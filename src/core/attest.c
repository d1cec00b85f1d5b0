/*
 * attest.c - reads a suspended child back and says what that is worth, domain by domain.
 */
#include "core/attest.h"

#include <string.h>

#define DOMAIN(domain)   (1u << (domain))
#define FILE_DOMAINS     (DOMAIN(SBX_FILE_WRITE) | DOMAIN(SBX_FILE_DELETE) | DOMAIN(SBX_FILE_READ))
#define INTERACTIVE_SID  "S-1-5-4"
#define LOGON_SID_PREFIX "S-1-5-5-"
#define ACCESS_DENIED    5
#define SYSTEM_SID       "S-1-5-18"
#define KEPT_PRIVILEGE   "SeChangeNotifyPrivilege"

/*
 * The one place that says which difference takes which assurance away. A domain with any of its differences
 * is absent: a wall that does not read back as built is not half a wall.
 */
static const struct {
    uint32_t difference;
    uint32_t domains;
    const char *words;
} consequences[] = {
    {ATTEST_USER, FILE_DOMAINS | DOMAIN(SBX_PROCESS) | DOMAIN(SBX_DESKTOP), "another user"},
    {ATTEST_RESTRICTING_SIDS, FILE_DOMAINS, "restricting SIDs"},
    {ATTEST_WRITE_RESTRICTED, FILE_DOMAINS, "write-restricted flag"},
    {ATTEST_PRIVILEGES, FILE_DOMAINS | DOMAIN(SBX_PROCESS), "privileges"},
    {ATTEST_ADMINISTRATOR, FILE_DOMAINS | DOMAIN(SBX_PROCESS) | DOMAIN(SBX_DESKTOP), "administrator"},
    {ATTEST_DENY_ONLY, FILE_DOMAINS | DOMAIN(SBX_PROCESS) | DOMAIN(SBX_DESKTOP), "deny-only SIDs"},
    {ATTEST_INTEGRITY, FILE_DOMAINS | DOMAIN(SBX_PROCESS) | DOMAIN(SBX_DESKTOP), "integrity level"},
    {ATTEST_JOB, DOMAIN(SBX_RESOURCES) | DOMAIN(SBX_LIFETIME), "job"},
    {ATTEST_MEMORY_LIMIT, DOMAIN(SBX_RESOURCES), "memory limit"},
    {ATTEST_PROCESS_LIMIT, DOMAIN(SBX_RESOURCES), "process limit"},
    {ATTEST_CPU_LIMIT, DOMAIN(SBX_RESOURCES), "CPU limit"},
    {ATTEST_DESKTOP, DOMAIN(SBX_DESKTOP), "desktop"},
    {ATTEST_HANDLES, DOMAIN(SBX_HANDLES), "inherited handles"},
    {ATTEST_MITIGATION, DOMAIN(SBX_PROCESS), "mitigation policies"},
    {ATTEST_GROUP, DOMAIN(SBX_NETWORK), "the account's group"},
    {ATTEST_UI_ACCESS, DOMAIN(SBX_PROCESS) | DOMAIN(SBX_DESKTOP), "UI access"},
    {ATTEST_DEFAULT_DACL, DOMAIN(SBX_PROCESS), "default DACL"},
};
#define CONSEQUENCE_COUNT (sizeof consequences / sizeof consequences[0])

/* Those that concern one of the domains. */
static void write_differences(uint32_t differences, uint32_t domains, struct sbx_buffer *out)
{
    const char *between = "";

    for (size_t i = 0; i < CONSEQUENCE_COUNT; i++) {
        if ((differences & consequences[i].difference) && (consequences[i].domains & domains)) {
            buffer_append_format(out, "%s%s", between, consequences[i].words);
            between = ", ";
        }
    }
}

static bool holds(const struct sbx_strings *strings, const char *text)
{
    for (size_t i = 0; i < strings->count; i++) {
        if (strcmp(strings->items[i], text) == 0)
            return true;
    }
    return false;
}

static bool holds_all(const struct sbx_strings *strings, const struct sbx_strings *wanted)
{
    for (size_t i = 0; i < wanted->count; i++) {
        if (!holds(strings, wanted->items[i]))
            return false;
    }
    return true;
}

/*
 * One SID too few opens nothing, but one too many widens the second check by all that names it: exactly
 * these.
 */
static bool restricts_as(const struct token_facts *facts, const struct token_recipe *recipe)
{
    return facts->restricted == (recipe->restricting_sids.count > 0) &&
           holds_all(&facts->restricting_sids, &recipe->restricting_sids) &&
           holds_all(&recipe->restricting_sids, &facts->restricting_sids);
}

static bool has_more_privileges(const struct token_facts *facts)
{
    for (size_t i = 0; i < facts->privileges.count; i++) {
        if (strcmp(facts->privileges.items[i], KEPT_PRIVILEGE) != 0)
            return true;
    }
    return false;
}

static bool grants_denied(const struct token_facts *facts, const struct token_recipe *recipe)
{
    for (size_t i = 0; i < facts->enabled_groups.count; i++) {
        const char *sid = facts->enabled_groups.items[i];
        bool of_logon = strcmp(sid, INTERACTIVE_SID) == 0 ||
                        strncmp(sid, LOGON_SID_PREFIX, sizeof LOGON_SID_PREFIX - 1) == 0;

        if (holds(&recipe->deny_only_sids, sid) || (recipe->logon_deny_only && of_logon))
            return true;
    }
    return false;
}

/*
 * Does an access check that names the group alone pass? So the filters' is made (FWPM_CONDITION_ALE_USER_ID): deny-only does not
 * do, and with restricting SIDs it must be one of those, too.
 */
static bool is_bound(const struct token_facts *facts, const struct token_recipe *recipe,
                     const char *group_sid)
{
    return holds(&facts->enabled_groups, group_sid) &&
           (!recipe->restricting_sids.count || holds(&facts->restricting_sids, group_sid));
}

/* Exactly the list that token_make sets. A SID too few locks the command out of what it makes, one too many lets somebody in. */
static bool keeps_to_itself(const struct token_facts *facts, const struct token_recipe *recipe)
{
    for (size_t i = 0; i < facts->default_dacl.count; i++) {
        const char *sid = facts->default_dacl.items[i];

        if (strcmp(sid, facts->user_sid) != 0 && strcmp(sid, SYSTEM_SID) != 0 &&
            !holds(&recipe->default_dacl_sids, sid))
            return false;
    }
    return holds(&facts->default_dacl, facts->user_sid) && holds(&facts->default_dacl, SYSTEM_SID) &&
           holds_all(&facts->default_dacl, &recipe->default_dacl_sids);
}

static uint32_t token_differences(const struct token_facts *facts, const struct attest_expectation *expected)
{
    const struct token_recipe *recipe = expected->recipe;
    uint32_t differences = 0;

    if (!facts->user_sid || strcmp(facts->user_sid, expected->user_sid) != 0)
        differences |= ATTEST_USER;
    if (!restricts_as(facts, recipe))
        differences |= ATTEST_RESTRICTING_SIDS;
    if (facts->write_restricted != recipe->write_restricted)
        differences |= ATTEST_WRITE_RESTRICTED;
    if (has_more_privileges(facts))
        differences |= ATTEST_PRIVILEGES;
    if (facts->administrator)
        differences |= ATTEST_ADMINISTRATOR;
    if (grants_denied(facts, recipe))
        differences |= ATTEST_DENY_ONLY;
    if (expected->group_sid && !is_bound(facts, recipe, expected->group_sid))
        differences |= ATTEST_GROUP;
    if (facts->ui_access == TOKEN_UI_ACCESS)
        differences |= ATTEST_UI_ACCESS;
    if (!facts->user_sid || !keeps_to_itself(facts, recipe))
        differences |= ATTEST_DEFAULT_DACL;
    if (facts->integrity == TOKEN_INTEGRITY_UNKNOWN || facts->integrity > TOKEN_INTEGRITY_MEDIUM)
        differences |= ATTEST_INTEGRITY;
    return differences;
}

/*
 * A host may round a limit down to its pages; one that is larger or gone is not the one that was asked for.
 */
static bool is_kept(uint64_t asked, uint64_t kept)
{
    return asked == 0 || (kept != 0 && kept <= asked);
}

static uint32_t limit_differences(const struct attest_expectation *expected)
{
    const struct job_limits *asked = &expected->limits;
    uint32_t differences = 0;

    if (!is_kept(asked->memory_size, expected->kept.memory_size))
        differences |= ATTEST_MEMORY_LIMIT;
    if (!is_kept(asked->process_count, expected->kept.process_count))
        differences |= ATTEST_PROCESS_LIMIT;
    if (!is_kept(asked->cpu_percent == 100 ? 0 : asked->cpu_percent, expected->kept.cpu_percent))
        differences |= ATTEST_CPU_LIMIT;
    return differences;
}

/*
 * What the recipe holds when everything reads back. Restricting SIDs are the wall of the restricted level:
 * under WRITE_RESTRICTED it covers writes alone, and not FILE_DELETE_CHILD (kernel SepAccessCheck; codex
 * #32915), so deletes and moves pass; without the flag it covers every access.
 *
 * At the elevated level the wall is another user: the account has rights nowhere but where it was granted some, so files are
 * enforced without a second check, and the user's processes and desktop are out of its reach. What the firewall and the filters
 * make of its group is no fact of the process: network is enforced here where the group binds it, and the report lowers it
 * by what is known of those.
 *
 * Never more than this at the restricted level: the network is held by environment variables alone, nothing
 * of the process is measured for it. A command is the user: PROCESS_TERMINATE and PROCESS_VM_READ on the
 * user's other processes escape the second check. It starts on a desktop of its own, where there is one, but
 * nothing keeps the same user from opening another with rights that the second check leaves out. Handles are enforced by
 * construction (the creation call names those that are inherited) and read back where the host lists them.
 */
static void assure(const struct attest_expectation *expected, uint32_t differences,
                   enum sbx_assurance *assurance)
{
    const struct token_recipe *recipe = expected->recipe;
    bool writes_checked = recipe->restricting_sids.count > 0;
    bool all_checked = writes_checked && !recipe->write_restricted;
    bool elevated = expected->group_sid != NULL;
    enum sbx_assurance own_desktop = elevated ? SBX_ENFORCED : SBX_ADVISORY;

    assurance[SBX_FILE_WRITE] = elevated || writes_checked ? SBX_ENFORCED : SBX_ABSENT;
    assurance[SBX_FILE_DELETE] = elevated || all_checked ? SBX_ENFORCED : SBX_ABSENT;
    assurance[SBX_FILE_READ] = elevated || all_checked ? SBX_ENFORCED : SBX_ABSENT;
    assurance[SBX_NETWORK] = elevated ? SBX_ENFORCED : SBX_ADVISORY;
    assurance[SBX_PROCESS] = elevated ? SBX_ENFORCED : SBX_ABSENT;
    assurance[SBX_DESKTOP] = expected->desktop ? own_desktop : SBX_ABSENT;
    assurance[SBX_RESOURCES] = SBX_ENFORCED;
    assurance[SBX_LIFETIME] = SBX_ENFORCED;
    assurance[SBX_HANDLES] = SBX_ENFORCED;

    for (size_t i = 0; i < CONSEQUENCE_COUNT; i++) {
        if (!(differences & consequences[i].difference))
            continue;
        for (size_t domain = 0; domain < SBX_DOMAIN_COUNT; domain++) {
            if (consequences[i].domains & DOMAIN(domain))
                assurance[domain] = SBX_ABSENT;
        }
    }
}

static uint32_t process_differences(const struct process_facts *facts,
                                    const struct attest_expectation *expected)
{
    uint32_t differences = 0;

    if (expected->desktop && (!facts->desktop || strcmp(facts->desktop, expected->desktop) != 0))
        differences |= ATTEST_DESKTOP;
    if (facts->leak_count > 0)
        differences |= ATTEST_HANDLES;
    if (expected->mitigations & ~facts->mitigations)
        differences |= ATTEST_MITIGATION;
    return differences;
}

sbx_status attest_process(const struct process *process, const struct attest_expectation *expected,
                          struct measurement *measurement, struct token_facts *token, struct sbx_error *error)
{
    struct token_facts facts = {0};
    struct process_facts given = {0};
    bool inside = false;
    uint32_t differences;
    sbx_status status;

    /* For token_measure_process no process is the calling one, which would attest itself. */
    if (!process->handle)
        return error_set(error, SBX_E_ARGUMENT, "There is no process to attest.");

    status = token_measure_process(process->handle, &facts, error);
    if (status)
        return status;
    status = process_inspect(process, expected->parent, &given, error);
    if (status)
        goto free_facts;
    status = job_contains(expected->job, process->handle, &inside, error);
    if (status)
        goto free_given;

    differences = token_differences(&facts, expected) | limit_differences(expected) |
                  process_differences(&given, expected);
    if (!inside)
        differences |= ATTEST_JOB;

    measurement->differences = differences;
    measurement->integrity = facts.integrity;
    measurement->unread = given.handles_known ? 0 : ATTEST_HANDLES;
    if (!expected->group_sid)
        measurement->unread |= ATTEST_GROUP; /* there is none at this level */
    if (facts.ui_access == TOKEN_UI_UNKNOWN)
        measurement->unread |= ATTEST_UI_ACCESS;
    assure(expected, differences, measurement->assurance);
    if (token) {
        *token = facts;
        facts = (struct token_facts){0};
    }

free_given:
    process_facts_free(&given);
free_facts:
    token_facts_free(&facts);
    return status;
}

/* What a logon gives everybody; all else is somebody's special right. */
static bool has_special_privilege(const struct token_facts *facts)
{
    static const char *const usual[] = {KEPT_PRIVILEGE, "SeShutdownPrivilege", "SeUndockPrivilege",
                                        "SeIncreaseWorkingSetPrivilege", "SeTimeZonePrivilege"};

    for (size_t i = 0; i < facts->privileges.count; i++) {
        bool known = false;

        for (size_t n = 0; n < sizeof usual / sizeof usual[0]; n++)
            known = known || strcmp(facts->privileges.items[i], usual[n]) == 0;
        if (!known)
            return true;
    }
    return false;
}

static uint32_t runner_differences(const struct token_facts *facts, const char *account_sid,
                                   const char *group_sid)
{
    uint32_t differences = 0;

    if (!facts->user_sid || strcmp(facts->user_sid, account_sid) != 0)
        differences |= ATTEST_USER;
    if (facts->restricted || facts->restricting_sids.count)
        differences |= ATTEST_RESTRICTING_SIDS;
    if (has_special_privilege(facts))
        differences |= ATTEST_PRIVILEGES;
    if (facts->administrator)
        differences |= ATTEST_ADMINISTRATOR;
    if (facts->integrity == TOKEN_INTEGRITY_UNKNOWN || facts->integrity > TOKEN_INTEGRITY_MEDIUM)
        differences |= ATTEST_INTEGRITY;
    if (!holds(&facts->enabled_groups, group_sid))
        differences |= ATTEST_GROUP;
    return differences;
}

sbx_status attest_runner(const struct process *process, const char *account_sid, const char *group_sid,
                         sbx_handle job, bool *token_read, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct sbx_buffer words = SBX_BUFFER_EMPTY;
    struct token_facts facts = {0};
    uint32_t differences = 0;
    bool inside = false, known = false;
    sbx_status status;

    if (!process->handle)
        return error_set(error, SBX_E_ARGUMENT, "There is no process to attest.");
    status = token_measure_process(process->handle, &facts, &met);
    if (!status) {
        known = true;
        differences = runner_differences(&facts, account_sid, group_sid);
        token_facts_free(&facts);
    } else if (status != SBX_E_SYSTEM || met.system != ACCESS_DENIED) {
        if (error && !error->code)
            *error = met;
        return status;
    }
    status = job_contains(job, process->handle, &inside, error);
    if (status)
        return status;
    if (!inside)
        differences |= ATTEST_JOB;
    write_differences(differences, UINT32_MAX, &words);
    if (differences)
        status = error_set(
            error, SBX_E_NOT_ENFORCED,
            "The runner was started under the account and does not read back so (%s). It was ended. Run "
            "Host.Repair; if it stays so, something on this computer changes what is started.",
            buffer_failed(&words) ? "out of memory" : buffer_text(&words));
    buffer_free(&words);
    if (!status)
        *token_read = known;
    return status;
}

bool attest_covers(const struct measurement *measurement, enum sbx_domain domain)
{
    uint32_t covered = 0;

    for (size_t i = 0; i < CONSEQUENCE_COUNT; i++) {
        if (!(measurement->unread & consequences[i].difference))
            covered |= consequences[i].domains;
    }
    return (covered & DOMAIN(domain)) != 0;
}

void attest_describe(const struct measurement *measurement, enum sbx_domain domain, struct sbx_buffer *out)
{
    write_differences(measurement->differences, DOMAIN(domain), out);
}

/* "fileWrite is absent and must be enforced (read back not as set: restricting SIDs)" */
static void describe_shortfall(const struct measurement *measurement, enum sbx_domain domain,
                               enum sbx_assurance floor, struct sbx_buffer *out)
{
    struct sbx_buffer differences = SBX_BUFFER_EMPTY;

    attest_describe(measurement, domain, &differences);
    buffer_append_format(out, "%s%s is %s and must be %s", out->size ? "; " : "", domain_name(domain),
                         assurance_name(measurement->assurance[domain]), assurance_name(floor));
    if (differences.size)
        buffer_append_format(out, " (read back not as set: %s)", buffer_text(&differences));
    else
        buffer_append_text(out, " (this level has no more to give)");
    if (buffer_failed(&differences))
        out->failed = true;
    buffer_free(&differences);
}

sbx_status attest_check(const struct measurement *measurement,
                        const enum sbx_assurance floor[SBX_DOMAIN_COUNT], struct sbx_error *error)
{
    struct sbx_buffer shortfalls = SBX_BUFFER_EMPTY;
    sbx_status status = SBX_OK;

    for (size_t domain = 0; domain < SBX_DOMAIN_COUNT; domain++) {
        if (measurement->assurance[domain] < floor[domain]) {
            describe_shortfall(measurement, (enum sbx_domain)domain, floor[domain], &shortfalls);
            status = SBX_E_NOT_ENFORCED;
        }
    }

    /* Without memory for the text it is refused all the same. */
    if (status)
        error_set(
            error, SBX_E_NOT_ENFORCED,
            "The command was not run: read back from its suspended process, %s. Report() tells what this "
            "host holds; a policy for knowing use of this host lowers `require` for these domains.",
            buffer_failed(&shortfalls) ? "it is below what is required" : buffer_text(&shortfalls));
    buffer_free(&shortfalls);
    return status;
}
