/*
 * setup_look.c - what is set up for a user, and whether it is as it was left.
 */
#include "base/memory.h"
#include "core/audit.h"
#include "core/closed.h"
#include "core/apply_principals.h"
#include "core/jsontext.h"
#include "core/machine_record.h"
#include "core/profile_state.h"
#include "core/setup_private.h"
#include "os/acl.h"
#include "os/firewall.h"

#include <stdio.h>
#include <string.h>

#define ACCESS_DENIED 5
#define COUNT(array)  (sizeof(array) / sizeof(array)[0])

static const struct {
    uint32_t trouble;
    const char *word, *text;
} words[] = {
    {SETUP_MISSING, "missing", "is gone"},
    {SETUP_STRANGER, "stranger", "is somebody else's"},
    {SETUP_DISABLED, "disabled", "is disabled"},
    {SETUP_LOCKED_OUT, "locked-out", "is locked out"},
    {SETUP_EXPIRED, "expired", "has expired"},
    {SETUP_PASSWORD_EXPIRED, "password-expired", "has a password that expired"},
    {SETUP_RENAMED, "renamed", "was renamed"},
    {SETUP_NEW_SID, "new-sid", "was deleted and made again"},
    {SETUP_NOT_IN_GROUP, "not-in-group", "is not in its group"},
    {SETUP_NOT_IN_USERS, "not-in-users", "is not in Users"},
    {SETUP_ADMINISTRATOR, "administrator", "was made an administrator"},
    {SETUP_FLAGS, "flags", "has other flags"},
};

void setup_look_free(struct setup_look *look)
{
    for (size_t i = 0; i < look->count; i++) {
        sbx_free(look->accounts[i].name);
        sbx_free(look->accounts[i].sid);
    }
    sbx_free(look->accounts);
    findings_free(&look->findings);
    memset(look, 0, sizeof *look);
}

/* Accounts, one by one. */

static uint32_t trouble_of_flags(uint32_t flags, uint32_t wanted)
{
    static const struct {
        uint32_t flag, trouble;
    } table[] = {
        {ACCOUNT_DISABLED, SETUP_DISABLED},
        {ACCOUNT_LOCKED_OUT, SETUP_LOCKED_OUT},
        {ACCOUNT_EXPIRED, SETUP_EXPIRED},
        {ACCOUNT_PASSWORD_EXPIRED, SETUP_PASSWORD_EXPIRED},
        {ACCOUNT_PASSWORD_NEVER_EXPIRES, SETUP_FLAGS},
        {ACCOUNT_CANNOT_CHANGE_PASSWORD, SETUP_FLAGS},
    };
    uint32_t trouble = 0;

    for (size_t i = 0; i < COUNT(table); i++)
        if ((flags ^ wanted) & table[i].flag)
            trouble |= table[i].trouble;
    return trouble;
}

static sbx_status is_member(const char *group_sid, const char *sid, bool *member, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct sbx_strings members = {0};
    bool there;
    sbx_status status = absent_is_fine(group_members(group_sid, &members, &met), &met, &there, error);

    *member = !status && sid && holds_text(&members, sid);
    strings_free(&members);
    return status;
}

static sbx_status look_at_account(const struct step *step, struct setup_account *account,
                                  struct sbx_error *error)
{
    struct principal_look look;
    bool administrator = false;
    sbx_status status = account_look(step, &look, error);

    if (status)
        return status;
    if (!look.there)
        account->trouble |= look.renamed_to ? SETUP_RENAMED : SETUP_MISSING;
    else if (!look.ours)
        account->trouble |= SETUP_STRANGER;
    else {
        account->trouble |= trouble_of_flags(look.flags, step->named.flags);
        if (!look.recorded || !text_equal_ascii_nocase(look.recorded, look.sid))
            account->trouble |= SETUP_NEW_SID;
        status = is_member(SETUP_ADMINISTRATORS, look.sid, &administrator, error);
        if (administrator)
            account->trouble |= SETUP_ADMINISTRATOR;
    }
    account->name = sbx_strdup(step->named.name);
    account->sid = sbx_strdup(look.recorded ? look.recorded : "");
    if (!status && (!account->name || !account->sid))
        status = error_memory(error, "an account");
    principal_look_free(&look);
    return status;
}

/* A membership that is missing is the account's trouble, where there is an account. */
static void add_member_trouble(struct setup_look *look, const struct step *step)
{
    for (size_t i = 0; i < look->count; i++)
        if (strcmp(look->accounts[i].name, step->named.name) == 0 &&
            !(look->accounts[i].trouble & (SETUP_MISSING | SETUP_RENAMED | SETUP_STRANGER)))
            look->accounts[i].trouble |=
                strncmp(step->named.of, "S-1-", 4) == 0 ? SETUP_NOT_IN_USERS : SETUP_NOT_IN_GROUP;
}

/* Steps of one kind, together. */

struct tally {
    size_t good, bad, unseen;
    struct sbx_buffer names; /* of the bad ones */
};

static sbx_status count(struct setup_look *look, const struct step *step, struct tally *tally,
                        struct sbx_error *error)
{
    struct sbx_error met = {0};
    bool holds = false;
    sbx_status status = apply_machine[step->kind].holds(step, &holds, &met);

    if (status == SBX_E_MEMORY)
        return error_memory(error, "a report");
    if (status == SBX_E_SYSTEM && (met.system & 0xFFFF) == ACCESS_DENIED) { /* as it is, and as an HRESULT */
        tally->unseen++;
        return SBX_OK;
    }
    if (!status && holds) {
        tally->good++;
        return SBX_OK;
    }
    if (tally->bad++)
        buffer_append_text(&tally->names, "; ");
    step_write_target(step, &tally->names);
    if (step->kind == STEP_MEMBER)
        add_member_trouble(look, step);
    return SBX_OK;
}

static sbx_status add_tally(struct findings *findings, const char *fact, const char *mechanism,
                            const struct tally *tally, struct sbx_error *error)
{
    struct sbx_buffer detail = SBX_BUFFER_EMPTY;
    enum sbx_assurance found = tally->bad ? SBX_ABSENT : tally->unseen ? SBX_ADVISORY : SBX_ENFORCED;
    enum sbx_assurance required = tally->unseen && !tally->bad ? SBX_ADVISORY : SBX_ENFORCED;
    sbx_status status;

    if (tally->bad)
        buffer_append_format(&detail, "%zu of %zu are not as they were left: %s", tally->bad,
                             tally->good + tally->bad + tally->unseen, buffer_text(&tally->names));
    else if (tally->unseen)
        buffer_append_format(&detail, "%zu are as they were left; %zu can be seen by an administrator alone.",
                             tally->good, tally->unseen);
    else
        buffer_append_format(&detail, "All %zu are as they were left.", tally->good);
    status = buffer_failed(&detail)
                 ? SBX_E_MEMORY
                 : findings_add(findings, fact, found, required, mechanism, buffer_text(&detail),
                                tally->bad      ? "Run Host.Repair, or sbxsetup repair."
                                : tally->unseen ? "sbxsetup status, as administrator, sees them."
                                                : "");
    buffer_free(&detail);
    return status ? error_memory(error, "a report") : SBX_OK;
}

static sbx_status look_at_kind(struct setup_look *look, const struct plan *plan, enum step_kind kind,
                               const char *fact, const char *mechanism, struct sbx_error *error)
{
    struct tally tally = {0, 0, 0, SBX_BUFFER_EMPTY};
    sbx_status status = SBX_OK;
    bool any = false;

    for (size_t i = 0; i < plan->count && !status; i++)
        if (plan->steps[i].kind == kind) {
            any = true;
            status = count(look, &plan->steps[i], &tally, error);
        }
    if (!status && any)
        status = add_tally(&look->findings, fact, mechanism, &tally, error);
    buffer_free(&tally.names);
    return status;
}

/* Accounts with all that was found of each, after their memberships were looked at. */
static sbx_status add_accounts(struct setup_look *look, struct sbx_error *error)
{
    struct tally tally = {0, 0, 0, SBX_BUFFER_EMPTY};
    sbx_status status;

    for (size_t i = 0; i < look->count; i++) {
        const struct setup_account *account = &look->accounts[i];

        if (!account->trouble) {
            tally.good++;
            continue;
        }
        buffer_append_format(&tally.names, "%s%s", tally.bad++ ? "; " : "", account->name);
        for (size_t n = 0; n < COUNT(words); n++)
            if (account->trouble & words[n].trouble)
                buffer_append_format(&tally.names, ", %s", words[n].text);
    }
    status = add_tally(&look->findings, "accounts", "local accounts, by their recorded SIDs", &tally, error);
    buffer_free(&tally.names);
    return status;
}

static sbx_status add_firewall(struct setup_look *look, struct sbx_error *error)
{
    struct sbx_error met = {0};
    sbx_status status = firewall_effective(&met);

    if (status == SBX_E_MEMORY)
        return error_memory(error, "a report");
    if (findings_add(
            &look->findings, "firewall", status ? SBX_ABSENT : SBX_ENFORCED, SBX_ENFORCED,
            "INetFwPolicy2 on every profile", status ? met.text : "Local rules count on every profile.",
            status
                ? "Turn the firewall on and let local rules count, or ask who manages this computer's policy."
                : ""))
        return error_memory(error, "a report");
    return SBX_OK;
}

static sbx_status look_at_plan(struct setup_look *look, const struct plan *plan, struct sbx_error *error)
{
    static const struct {
        enum step_kind kind;
        const char *fact, *mechanism;
    } kinds[] = {
        {STEP_GROUP, "groups", "local groups, by their recorded SIDs"},
        {STEP_RIGHT, "logonRights", "LSA account rights"},
        {STEP_FIREWALL, "firewallRules", "Windows Firewall"},
        {STEP_FILTERS, "filters", "Windows Filtering Platform"},
        {STEP_MEMBER, "members", "members of local groups"},
        {STEP_VALUE, "values", "HKEY_LOCAL_MACHINE"},
        {STEP_CLOSED, "closedFolders", "entries that deny writing to the groups"},
    };
    sbx_status status = SBX_OK;

    look->accounts = sbx_alloc_array(plan->count, sizeof *look->accounts);
    if (!look->accounts)
        return error_memory(error, "a report");
    for (size_t i = 0; i < plan->count && !status; i++)
        if (plan->steps[i].kind == STEP_ACCOUNT)
            status = look_at_account(&plan->steps[i], &look->accounts[look->count++], error);
    for (size_t i = 0; i < COUNT(kinds) && !status; i++)
        status = look_at_kind(look, plan, kinds[i].kind, kinds[i].fact, kinds[i].mechanism, error);
    if (!status)
        status = add_accounts(look, error);
    return status ? status : add_firewall(look, error);
}

/* A record that is gone is in no plan: told by their number. */
static sbx_status add_lost_closed(struct setup_look *look, const struct setup_input *input,
                                  struct sbx_error *error)
{
    char detail[96];

    if (input->closed_count == input->closed->count)
        return SBX_OK;
    snprintf(detail, sizeof detail, "%zu folders were closed, and of %zu there is a record.",
             input->closed_count, input->closed->count);
    return findings_add(&look->findings, "closedRecords", SBX_ABSENT, SBX_ENFORCED, "HKLM\\" CLOSED_KEY,
                        detail, "Run Host.Repair, or sbxsetup repair.")
               ? error_memory(error, "a report")
               : SBX_OK;
}

/* Outside. */

#define OUTSIDE_MS      1500
#define OUTSIDE_OBJECTS 20000
#define OUTSIDE_SHOWN   5

/* Of the group that most commands run in: what is closed to it is closed to all three. */
static sbx_status read_group(const char *user_sid, struct sbx_strings *groups, struct sbx_error *error)
{
    char *name = setup_group_name(user_sid, SETUP_OFFLINE);
    char *sid = NULL;
    sbx_status status = name ? record_read(name, &sid, error) : error_memory(error, "a group's name");

    if (!status && sid && strings_append(groups, sid))
        status = error_memory(error, "a token");
    sbx_free(sid);
    sbx_free(name);
    return status;
}

static sbx_status audit_as(const struct audit_token *token, struct audit *audit, struct sbx_error *error)
{
    struct sbx_strings roots = {NULL, 0};
    struct audit_question question = {
        .token = &token->token, .roots = &roots, .most_ms = OUTSIDE_MS, .most_objects = OUTSIDE_OBJECTS};
    sbx_status status = audit_roots(NULL, &roots, error);

    if (!status)
        status = audit_run(&question, audit, error);
    strings_free(&roots);
    return status;
}

sbx_status setup_look_outside(const char *user_sid, const char *scratch_folder, bool *nothing,
                              struct sbx_buffer *detail, struct sbx_error *error)
{
    struct sbx_strings groups = {NULL, 0};
    struct audit_token token = {0};
    struct audit audit = {0};
    bool kept = false;
    sbx_status status = acl_host_keeps_entries(scratch_folder, &kept, error);

    if (status)
        return status;
    if (!kept) {
        buffer_append_text(detail, "This host keeps no access control lists: by them nobody can tell who may "
                                   "write where.");
        *nothing = false;
        return SBX_OK;
    }
    status = read_group(user_sid, &groups, error);
    if (!status)
        status = audit_token_make(NULL, &groups, &token, error);
    strings_free(&groups);
    if (status)
        return status;
    status = audit_as(&token, &audit, error);
    audit_token_free(&token);
    if (status)
        return status;
    audit_write_words(&audit, OUTSIDE_SHOWN, detail);
    *nothing = !audit.count && !audit.out_of_time && !audit.out_of_count;
    audit_free(&audit);
    return SBX_OK;
}

sbx_status setup_look_add_outside(const char *user_sid, const char *scratch_folder, struct findings *findings,
                                  struct sbx_error *error)
{
    struct sbx_buffer detail = SBX_BUFFER_EMPTY;
    bool nothing = false;
    sbx_status status = setup_look_outside(user_sid, scratch_folder, &nothing, &detail, error);

    if (!status && (buffer_failed(&detail) ||
                    findings_add(findings, "writablePlaces", nothing ? SBX_ENFORCED : SBX_ABSENT, SBX_ABSENT,
                                 "access control lists, for what every local account is in",
                                 buffer_text(&detail), nothing ? "" : SETUP_OUTSIDE_FIX)))
        status = error_memory(error, "a report");
    buffer_free(&detail);
    return status;
}

/* Profiles. */

sbx_status setup_look_profiles(const struct setup_look *look, bool *good, struct sbx_buffer *detail,
                               struct sbx_error *error)
{
    size_t own = 0, bad = 0;
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < look->count && !status; i++) {
        enum profile_state state = PROFILE_NONE;

        if (!look->accounts[i].sid[0])
            continue;
        status = profile_look(look->accounts[i].sid, &state, error);
        own += !status && state == PROFILE_OWN;
        if (!status && profile_words(state)) {
            buffer_append_format(detail, "%s%s: %s", bad ? " " : "", look->accounts[i].name,
                                 profile_words(state));
            bad++;
        }
    }
    if (!status && !bad)
        buffer_append_format(detail, "%zu of %zu accounts have one, each its own.", own, look->count);
    *good = !bad;
    return status;
}

sbx_status setup_look_add_profiles(struct setup_look *look, struct sbx_error *error)
{
    struct sbx_buffer detail = SBX_BUFFER_EMPTY;
    bool good = false;
    sbx_status status = setup_look_profiles(look, &good, &detail, error);

    if (!status &&
        (buffer_failed(&detail) ||
         findings_add(&look->findings, "profiles", good ? SBX_ENFORCED : SBX_ABSENT, SBX_ABSENT,
                      "the profile list in the registry", buffer_text(&detail), good ? "" : PROFILE_FIX)))
        status = error_memory(error, "a report");
    buffer_free(&detail);
    return status;
}

sbx_status setup_look(const char *user_sid, struct setup_look *look, struct sbx_error *error)
{
    struct setup_look made = {0};
    struct setup_input input;
    struct plan plan = {0};
    struct sbx_strings closed = {NULL, 0};
    sbx_status status = setup_read_record(user_sid, &input, &made.provisioned, error);

    if (!status && findings_add(&made.findings, "setUp", made.provisioned ? SBX_ENFORCED : SBX_ABSENT,
                                SBX_ABSENT, "HKLM\\" SETUP_USERS_KEY,
                                made.provisioned ? "The elevated level is set up for you."
                                                 : "The elevated level is not set up for you.",
                                made.provisioned ? "" : "Run Host.Provision; it asks for elevation, once."))
        status = error_memory(error, "a report");
    if (!status && made.provisioned)
        status = closed_read(user_sid, &closed, error);
    input.closed = &closed;
    if (!status && made.provisioned)
        status = setup_plan(&input, &plan, error);
    if (!status && made.provisioned)
        status = look_at_plan(&made, &plan, error);
    if (!status && made.provisioned && input.without_filters &&
        findings_add(&made.findings, "filters", SBX_ABSENT, SBX_ABSENT, "Windows Filtering Platform",
                     "It was set up without filters, by the administrator's word: firewall rules alone hold "
                     "the network.",
                     "Run sbxsetup provision without --without-filters."))
        status = error_memory(error, "a report");
    if (!status && made.provisioned)
        status = add_lost_closed(&made, &input, error);
    plan_free(&plan);
    strings_free(&closed);
    if (status)
        setup_look_free(&made);
    else
        *look = made;
    return status;
}

/* As JSON. */

static json_t *states_of(uint32_t trouble)
{
    json_t *list = jsontext_array();
    bool ok = list != NULL;

    for (size_t i = 0; i < COUNT(words) && ok; i++)
        if (trouble & words[i].trouble)
            ok = jsontext_append(list, json_string(words[i].word));
    if (ok && !trouble)
        ok = jsontext_append(list, json_string("ok"));
    if (ok)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *accounts_of(const struct setup_look *look)
{
    json_t *list = jsontext_array();
    bool ok = list != NULL;

    for (size_t i = 0; i < look->count && ok; i++) {
        json_t *account = jsontext_object();

        ok = jsontext_put(account, "name", json_string(look->accounts[i].name));
        ok &= jsontext_put(account, "sid", json_string(look->accounts[i].sid));
        ok &= jsontext_put(account, "state", states_of(look->accounts[i].trouble));
        ok &= jsontext_append(list, account);
    }
    if (ok)
        return list;
    json_decref(list);
    return NULL;
}

void setup_look_write_json(const struct setup_look *look, const char *user_sid, struct sbx_buffer *out)
{
    json_t *whole = jsontext_object();
    bool ok = jsontext_put(whole, "version", json_integer(1));

    ok &= jsontext_put(whole, "user", json_string(user_sid));
    ok &= jsontext_put(whole, "provisioned", json_boolean(look->provisioned));
    ok &= jsontext_put(whole, "accounts", accounts_of(look));
    ok &= jsontext_put(whole, "findings", findings_as_json(&look->findings));
    if (!ok) {
        json_decref(whole);
        whole = NULL;
    }
    jsontext_write(whole, out);
}
