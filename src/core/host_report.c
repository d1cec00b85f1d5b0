/*
 * host_report.c - the host, asked: a table of questions, each with what would help.
 */
#include "core/host_report.h"
#include "base/memory.h"
#include "core/guarded.h"
#include "core/profile_state.h"
#include "core/setup_caller.h"
#include "core/setup_machine.h"
#include "core/version.h"
#include "os/acl.h"
#include "os/credential.h"
#include "os/firewall.h"
#include "os/identity.h"
#include "os/job.h"
#include "os/process.h"
#include "os/registry.h"
#include "os/token.h"
#include "os/wfp.h"

#include <stdio.h>
#include <string.h>

#define POLICIES    "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
#define SERVER      "SOFTWARE\\Classes\\CLSID\\{d379d699-4818-4d1e-ae56-e2280b084ab9}"
#define FILE_SYSTEM "SYSTEM\\CurrentControlSet\\Control\\FileSystem"
#define DEFENDER \
    "SOFTWARE\\Microsoft\\Windows Defender\\Windows Defender Exploit Guard\\Controlled Folder Access"
#define SIZE_MB (1024u * 1024u)

/* What several questions are about, looked at once. */
struct host {
    const char *scratch_folder;
    struct host_facts facts;
    struct identity_facts who;
    struct sbx_error who_error;
    struct token_facts token; /* what a restricted token became */
    struct sbx_error token_error;
    struct job_limits limits; /* what a job kept of what it was given */
    struct sbx_error limits_error;
    struct setup_look look;
    struct sbx_error look_error;
    struct sbx_error error; /* of the question that is asked */
};

/* Is it there? Says in *detail what was seen. */
typedef bool (*question)(struct host *host, struct sbx_buffer *detail);

static bool say(struct sbx_buffer *detail, bool there, const char *yes, const char *no)
{
    buffer_append_text(detail, there ? yes : no);
    return there;
}

/* An experiment that failed: absent, and why. */
static bool failed(struct sbx_buffer *detail, const struct sbx_error *error)
{
    buffer_append_text(detail, error->text[0] ? error->text : "It could not be found out.");
    return false;
}

/* The system and this library. */

static bool ask_sbxcom(struct host *host, struct sbx_buffer *detail)
{
    (void)host;
    buffer_append_text(detail, SBX_VERSION);
    return true;
}

static bool ask_windows(struct host *host, struct sbx_buffer *detail)
{
    buffer_append_text(detail, host->facts.product[0] ? host->facts.product : "It does not say what it is.");
    return !host->facts.wine[0];
}

static bool ask_job_list(struct host *host, struct sbx_buffer *detail)
{
    return say(detail, host->facts.job_list_attribute, "A process is in its job from its first moment.",
               "A process is put into its job while it is suspended.");
}

static bool ask_pseudoconsole(struct host *host, struct sbx_buffer *detail)
{
    return say(detail, host->facts.pseudoconsole, "The call is there.", "The call is not there.");
}

static bool ask_mitigations(struct host *host, struct sbx_buffer *detail)
{
    return say(detail, host->facts.mitigation_policies, "The call is there.", "The call is not there.");
}

static bool ask_own_accounts(struct host *host, struct sbx_buffer *detail)
{
    return say(detail, !host->facts.domain_controller, "Local accounts are this computer's own.",
               "This is a domain controller: its accounts are the domain's, and may log on everywhere.");
}

static bool ask_runner(struct host *host, struct sbx_buffer *detail)
{
    char *path = NULL, *end;
    struct sbx_buffer runner = SBX_BUFFER_EMPTY;
    bool there = false;

    if (process_own_file(&path, &host->error))
        return failed(detail, &host->error);
    end = strrchr(path, '\\');
    if (end) {
        buffer_append_format(&runner, "%.*s\\sbxrun.exe", (int)(end - path), path);
        if (buffer_failed(&runner))
            (void)error_memory(&host->error, "a path");
        there = file_is_program(buffer_text(&runner));
        buffer_append_format(detail, "%s is %s.", buffer_text(&runner), there ? "there" : "not there");
    } else
        buffer_append_text(detail, "This library does not know where it lies.");
    buffer_free(&runner);
    sbx_free(path);
    return there;
}

/* Files. */

static bool ask_acls(struct host *host, struct sbx_buffer *detail)
{
    bool kept = false;

    if (acl_host_keeps_entries(host->scratch_folder, &kept, &host->error))
        return failed(detail, &host->error);
    return say(detail, kept, "The entry came back as it was set.",
               "The entry did not come back as it was set: this host does not keep access control lists.");
}

static bool ask_volume(struct host *host, struct sbx_buffer *detail)
{
    struct file_facts facts;
    bool there;

    if (file_examine(host->scratch_folder, &facts, &host->error))
        return failed(detail, &host->error);
    there = facts.keeps_acls && !facts.remote;
    buffer_append_format(detail, "%s lies on a volume that is %s and says that it %s lists.", facts.path,
                         facts.remote ? "another machine's" : "local",
                         facts.keeps_acls ? "keeps" : "does not keep");
    file_facts_free(&facts);
    return there;
}

static bool ask_program_files(struct host *host, struct sbx_buffer *detail)
{
    char *path = NULL;
    bool there;

    if (folder_path(FOLDER_PROGRAM_FILES, &path, &host->error))
        return failed(detail, &host->error);
    there = !guarded_check(path, &host->error);
    sbx_free(path);
    return there ? say(detail, true, "Only administrators may write there.", "")
                 : failed(detail, &host->error);
}

static bool ask_number(struct host *host, struct sbx_buffer *detail, const char *key, const char *name,
                       uint32_t absent, uint32_t wanted)
{
    uint32_t number = absent;
    sbx_status status = registry_read_number(key, name, &number, &host->error);

    if (status && status != SBX_E_PATH_NOT_FOUND)
        return failed(detail, &host->error);
    if (status)
        buffer_append_format(detail, "HKLM\\%s has no %s.", key, name);
    else
        buffer_append_format(detail, "HKLM\\%s\\%s is %lu.", key, name, (unsigned long)number);
    return number == wanted;
}

static bool ask_long_paths(struct host *host, struct sbx_buffer *detail)
{
    return ask_number(host, detail, FILE_SYSTEM, "LongPathsEnabled", 0, 1);
}

static bool ask_controlled_folders(struct host *host, struct sbx_buffer *detail)
{
    return ask_number(host, detail, DEFENDER, "EnableControlledFolderAccess", 0, 0);
}

/* Tokens: one is made as for a command, and measured. */

static bool token_is_known(const struct host *host, struct sbx_buffer *detail)
{
    return host->token.user_sid || failed(detail, &host->token_error);
}

static bool ask_restricting(struct host *host, struct sbx_buffer *detail)
{
    return token_is_known(host, detail) &&
           say(detail, host->token.restricted && host->token.restricting_sids.count == 1,
               "The SID read back, and the token counts as restricted.",
               "The host said yes and dropped the restricting SID: writes are not confined by a token here.");
}

static bool ask_write_restricted(struct host *host, struct sbx_buffer *detail)
{
    return token_is_known(host, detail) &&
           say(detail, host->token.write_restricted, "The restriction is on writes alone, so programs run.",
               "The host does not tell a token whose writes are restricted from others.");
}

static bool ask_privileges(struct host *host, struct sbx_buffer *detail)
{
    bool there = host->token.privileges.count <= 1;

    if (!token_is_known(host, detail))
        return false;
    buffer_append_format(detail, "%zu privileges were left; one is wanted.", host->token.privileges.count);
    return there;
}

static bool ask_administrators(struct host *host, struct sbx_buffer *detail)
{
    return token_is_known(host, detail) &&
           say(detail, !host->token.administrator, "Administrators grants nothing in it.",
               "Administrators still grants in it.");
}

static bool ask_integrity(struct host *host, struct sbx_buffer *detail)
{
    if (!token_is_known(host, detail))
        return false;
    buffer_append_format(detail, "Its integrity is 0x%lx; 0x2000 is wanted.",
                         (unsigned long)host->token.integrity);
    return host->token.integrity == TOKEN_INTEGRITY_MEDIUM;
}

/* Jobs. */

static bool ask_limit(struct host *host, struct sbx_buffer *detail, uint64_t kept, uint64_t asked)
{
    if (host->limits_error.code)
        return failed(detail, &host->limits_error);
    buffer_append_format(detail, "Asked for %lu, reads back as %lu.", (unsigned long)asked,
                         (unsigned long)kept);
    return kept == asked;
}

static bool ask_memory_limit(struct host *host, struct sbx_buffer *detail)
{
    return ask_limit(host, detail, host->limits.memory_size, 64 * SIZE_MB);
}

static bool ask_process_limit(struct host *host, struct sbx_buffer *detail)
{
    return ask_limit(host, detail, host->limits.process_count, 8);
}

static bool ask_cpu_limit(struct host *host, struct sbx_buffer *detail)
{
    return ask_limit(host, detail, host->limits.cpu_percent, 50);
}

/* Whoever asks. */

static bool who_is_known(const struct host *host, struct sbx_buffer *detail)
{
    return host->who.token.user_sid || failed(detail, &host->who_error);
}

static bool ask_user(struct host *host, struct sbx_buffer *detail)
{
    return who_is_known(host, detail) &&
           say(detail, setup_is_person(host->who.token.user_sid), "This runs as a person's account.",
               "This runs as a service's account: accounts cannot be set up for it, nor used by it.");
}

static bool ask_unrestricted(struct host *host, struct sbx_buffer *detail)
{
    return who_is_known(host, detail) && say(detail,
                                             !host->who.token.restricted && !host->who.app_container &&
                                                 host->who.token.integrity >= TOKEN_INTEGRITY_MEDIUM,
                                             "This program is itself in no sandbox.",
                                             "This program is itself restricted, or of low integrity.");
}

static bool ask_session(struct host *host, struct sbx_buffer *detail)
{
    if (!who_is_known(host, detail))
        return false;
    buffer_append_format(detail, "Session %lu.", (unsigned long)host->who.session_id);
    return host->who.session_id != 0;
}

/* What the system says of a logon means something only where a wrong password is refused: the control. */
static bool ask_password_logon(struct host *host, struct sbx_buffer *detail)
{
    bool checks = false;

    if (!who_is_known(host, detail))
        return false;
    if (identity_checks_passwords(&checks, &host->error))
        return failed(detail, &host->error);
    if (!checks)
        return say(
            detail, false, "",
            "A name that nobody has was let in with a password that nobody knows: this host checks none, "
            "so what it says of your logon means nothing.");
    buffer_append_format(detail, "Logon type %lu%s%s.", (unsigned long)host->who.logon_type,
                         host->who.logon_package[0] ? ", " : "", host->who.logon_package);
    return !host->who.without_password;
}

static bool ask_elevation(struct host *host, struct sbx_buffer *detail)
{
    return who_is_known(host, detail) && say(detail, host->who.could_elevate || host->who.token.administrator,
                                             "You are an administrator: a prompt asks for a click.",
                                             "You are no administrator: a prompt asks for one's password.");
}

static bool ask_secondary_logon(struct host *host, struct sbx_buffer *detail)
{
    static const char *const words[] = {"missing", "disabled", "stopped: it is started when it is called",
                                        "running"};
    enum secondary_logon state;

    if (identity_secondary_logon(&state, &host->error))
        return failed(detail, &host->error);
    buffer_append_format(detail, "The service seclogon is %s.", words[state]);
    return state >= SECONDARY_LOGON_STOPPED;
}

/* A round trip, and another purpose's refusal: a host that gave the secret back to everybody would keep nothing. */
static bool ask_dpapi(struct host *host, struct sbx_buffer *detail)
{
    static const char secret[] = "sbxcom asks";
    uint8_t *blob = NULL, *opened = NULL, *other = NULL;
    size_t blob_size = 0, size = 0, other_size = 0;
    bool there = false, foreign = false;

    if (credential_protect(secret, sizeof secret, "one", 3, &blob, &blob_size, &host->error))
        return failed(detail, &host->error);
    there = !credential_unprotect(blob, blob_size, "one", 3, &opened, &size, &host->error) &&
            size == sizeof secret && memcmp(opened, secret, size) == 0;
    if (!host->error.code)
        foreign = !credential_unprotect(blob, blob_size, "two", 3, &other, &other_size, &host->error);
    sbx_free(other);
    sbx_free(opened);
    sbx_free(blob);
    if (host->facts.wine[0])
        return say(detail, false, "",
                   "What was wrapped opens again for everybody of the same name: Wine makes the key of the "
                   "user's name.");
    return say(detail, there && !foreign, "What was wrapped opened again, and for no other purpose.",
               "What was wrapped did not open again, or opened for another purpose.");
}

static bool ask_uac(struct host *host, struct sbx_buffer *detail)
{
    return ask_number(host, detail, POLICIES, "EnableLUA", 0, 1);
}

/* The elevated level. */

static bool ask_server(struct host *host, struct sbx_buffer *detail)
{
    char *line = NULL;
    uint32_t enabled = 0;
    bool there = !registry_read_text(SERVER "\\LocalServer32", "", &line, &host->error) &&
                 !registry_read_number(SERVER "\\Elevation", "Enabled", &enabled, &host->error) &&
                 enabled == 1;

    buffer_append_format(detail, "%s", line ? line : "The class of the set-up server is not registered.");
    sbx_free(line);
    return there;
}

static bool ask_firewall(struct host *host, struct sbx_buffer *detail)
{
    if (firewall_effective(&host->error))
        return failed(detail, &host->error);
    return say(detail, true, "Local rules count on every profile.", "");
}

/* Whoever is no administrator is refused by the platform: then it is there. */
static bool ask_filters(struct host *host, struct sbx_buffer *detail)
{
    struct sbx_strings keys = {0};
    sbx_status status = wfp_list(&keys, &host->error);

    if (!status)
        buffer_append_format(detail, "It answers; %zu filters are ours.", keys.count);
    strings_free(&keys);
    if (status == SBX_E_SYSTEM && (host->error.system & 0xFFFF) == 5)
        return say(detail, true, "It is there, and shows its filters to administrators alone.", "");
    return status ? failed(detail, &host->error) : true;
}

static bool ask_set_up(struct host *host, struct sbx_buffer *detail)
{
    return !host->look_error.code
               ? say(detail, host->look.provisioned, "The elevated level is set up for you.",
                     "The elevated level is not set up for you.")
               : failed(detail, &host->look_error);
}

static bool ask_as_left(struct host *host, struct sbx_buffer *detail)
{
    if (!host->look.provisioned)
        return say(detail, false, "",
                   "There is nothing to look at: the elevated level is not set up for you.");
    return say(detail, findings_meet(&host->look.findings), "All that can be seen is as it was left.",
               "Something is not as it was left: Host.Status says what.");
}

static bool ask_outside(struct host *host, struct sbx_buffer *detail)
{
    bool nothing = false;

    if (!who_is_known(host, detail))
        return false;
    if (setup_look_outside(host->who.token.user_sid, host->scratch_folder, &nothing, detail, &host->error))
        return failed(detail, &host->error);
    return nothing;
}

static bool ask_profiles(struct host *host, struct sbx_buffer *detail)
{
    bool good = false;

    if (!host->look.provisioned)
        return say(detail, true, "There are no sandbox accounts, so none has one.", "");
    if (setup_look_profiles(&host->look, &good, detail, &host->error))
        return failed(detail, &host->error);
    return good;
}

/* Programs that agents call. */

static bool ask_program(struct host *host, struct sbx_buffer *detail, enum known_folder folder,
                        const char *const *names, size_t count)
{
    char *base = NULL;
    bool there = false;

    if (folder_path(folder, &base, &host->error))
        return failed(detail, &host->error);
    for (size_t i = 0; i < count && !there; i++) {
        struct sbx_buffer path = SBX_BUFFER_EMPTY;

        buffer_append_format(&path, "%s\\%s", base, names[i]);
        if (buffer_failed(&path))
            (void)error_memory(&host->error, "a path");
        there = file_is_program(buffer_text(&path));
        if (there || i + 1 == count)
            buffer_append_format(detail, "%s is %s.", buffer_text(&path), there ? "there" : "not there");
        buffer_free(&path);
    }
    sbx_free(base);
    return there;
}

static bool ask_powershell(struct host *host, struct sbx_buffer *detail)
{
    static const char *const names[] = {"WindowsPowerShell\\v1.0\\powershell.exe"};

    return ask_program(host, detail, FOLDER_SYSTEM, names, 1);
}

static bool ask_git(struct host *host, struct sbx_buffer *detail)
{
    static const char *const names[] = {"Git\\cmd\\git.exe", "Git\\bin\\git.exe"};

    return ask_program(host, detail, FOLDER_PROGRAM_FILES, names, 2);
}

static const struct {
    const char *fact;
    question ask;
    const char *mechanism;
    const char *fix; /* what would help where it is absent */
} questions[] = {
    {"sbxcom", ask_sbxcom, "this library", ""},
    {"windows", ask_windows, "the kernel's own version",
     "Under Wine there is one Unix user behind everything: restricted tokens, access control lists and job "
     "limits are "
     "accepted and not kept. Use it for trying, not for holding."},
    {"runner", ask_runner, "the file beside this library",
     "Install sbxcom whole: the library finds its runner beside itself."},
    {"acls", ask_acls, "an entry added to a scratch file and read back",
     "Use a volume with access control lists (NTFS, ReFS) on Windows. No workspace grant is applied here: it "
     "would change "
     "the modes of real files and hold nothing."},
    {"volume", ask_volume, "GetVolumeInformation of the local application data",
     "Let your profile lie on a local NTFS volume."},
    {"programFiles", ask_program_files, "descriptors up to the volume's root",
     "Take the named right away: what lies in Program Files is trusted by programs that run elevated."},
    {"longPaths", ask_long_paths, "registry",
     "Tools with paths over 260 characters (node_modules) want LongPathsEnabled 1; sbxcom itself does not."},
    {"controlledFolderAccess", ask_controlled_folders, "registry",
     "Windows Security blocks programs that it does not know in Documents and the like: allow your tools "
     "there, or keep "
     "workspaces elsewhere."},
    {"restrictedToken", ask_restricting, "a token made and measured",
     "Use Windows; nothing is confined by a token here."},
    {"writeRestricted", ask_write_restricted, "a token made and measured",
     "Use Windows, or the token fully-restricted."},
    {"privileges", ask_privileges, "a token made and measured", "Use Windows."},
    {"administrators", ask_administrators, "a token made and measured",
     "Use Windows, or run as no administrator."},
    {"integrity", ask_integrity, "a token made and measured", "Use Windows."},
    {"memoryLimit", ask_memory_limit, "a job made and read back",
     "Use Windows; without it a command may use all memory."},
    {"processLimit", ask_process_limit, "a job made and read back",
     "Use Windows; without it a command may start without end."},
    {"cpuLimit", ask_cpu_limit, "a job made and read back",
     "Windows 8 has it; nothing else is lost without it."},
    {"jobList", ask_job_list, "PROC_THREAD_ATTRIBUTE_JOB_LIST",
     "Windows 10 has it; nothing is lost without it."},
    {"pseudoconsole", ask_pseudoconsole, "CreatePseudoConsole", "Windows 10 version 1809 has it."},
    {"mitigations", ask_mitigations, "SetProcessMitigationPolicy", "Windows 8 has it."},
    {"user", ask_user, "this process's token", "Call as the user who will run commands."},
    {"unrestricted", ask_unrestricted, "this process's token",
     "Start the calling program outside of any sandbox."},
    {"session", ask_session, "this process's token",
     "Session 0 is services': no elevation prompt is seen there. Set up from a desktop or by sbxsetup "
     "provision --for USER."},
    {"passwordLogon", ask_password_logon, "this process's logon session",
     "Use Windows; log on at the computer, by remote desktop, or over SSH with a password: a logon without "
     "one has no key "
     "for DPAPI."},
    {"administratorAtHand", ask_elevation, "this process's token",
     "Have an administrator at hand for Host.Provision, once."},
    {"userAccountControl", ask_uac, "registry",
     "Turn it on (EnableLUA 1): without it every program of an administrator is one, commands at the "
     "restricted level too."},
    {"secondaryLogon", ask_secondary_logon, "service control manager",
     "Enable the service seclogon (Secondary Logon): the elevated level starts commands by it."},
    {"dpapi", ask_dpapi, "a secret wrapped and opened",
     "Use Windows, and log on with a password and a loaded profile."},
    {"localAccounts", ask_own_accounts, "the product type", "Use a member server or a workstation."},
    {"setupServer", ask_server, "registry",
     "Run sbxsetup /RegServer as administrator, or install sbxcom for all users."},
    {"firewall", ask_firewall, "INetFwPolicy2",
     "Turn the firewall on and let local rules count, on every profile."},
    {"filters", ask_filters, "FwpmEngineOpen", "Start the service BFE (Base Filtering Engine)."},
    {"elevated", ask_set_up, "HKLM\\" SETUP_USERS_KEY, "Run Host.Provision; it asks for elevation, once."},
    {"asLeft", ask_as_left, "accounts, groups, rules, values",
     "Run Host.Repair, or Host.Provision where nothing is set up."},
    {"writablePlaces", ask_outside, "access control lists, for what every local account is in",
     SETUP_OUTSIDE_FIX},
    {"profiles", ask_profiles, "the profile list in the registry", PROFILE_FIX},
    {"powershell", ask_powershell, "the file in System32",
     "Windows has it; commands that name powershell fail without it."},
    {"git", ask_git, "the file in Program Files",
     "Install Git for all users: what lies in your profile the elevated level cannot read by itself."},
};

/* Looking once. */

static void look_at_token(struct host *host)
{
    char capability[] = "S-1-9-1-1-1-1-1"; /* nobody's */
    char *sids[] = {capability};
    struct token_recipe recipe = {.write_restricted = true, .restricting_sids = {sids, 1}};
    sbx_handle token;

    if (token_make(&recipe, &token, &host->token_error))
        return;
    (void)token_measure(token, &host->token, &host->token_error);
    handle_close(token);
}

static void look_at_job(struct host *host)
{
    const struct job_limits wanted = {.memory_size = 64 * SIZE_MB, .process_count = 8, .cpu_percent = 50};
    sbx_handle job;

    if (!job_create(&wanted, &job, &host->limits, &host->limits_error))
        handle_close(job);
}

/* SBX_E_MEMORY; what else could not be looked at is for the questions to say. */
static sbx_status look(struct host *host)
{
    host_examine(&host->facts);
    (void)identity_measure(NULL, &host->who, &host->who_error);
    look_at_token(host);
    look_at_job(host);
    if (host->who.token.user_sid)
        (void)setup_look(host->who.token.user_sid, &host->look, &host->look_error);
    else
        host->look_error = host->who_error;
    if (host->who_error.code == SBX_E_MEMORY || host->token_error.code == SBX_E_MEMORY ||
        host->limits_error.code == SBX_E_MEMORY || host->look_error.code == SBX_E_MEMORY)
        return SBX_E_MEMORY;
    return SBX_OK;
}

sbx_status host_report_make(const char *scratch_folder, struct findings *findings, struct sbx_error *error)
{
    struct findings made = {NULL, 0};
    struct host *host = sbx_alloc(sizeof *host);
    sbx_status status;

    if (!host)
        return error_memory(error, "a report");
    host->scratch_folder = scratch_folder;
    status = look(host);
    for (size_t i = 0; i < sizeof questions / sizeof questions[0] && !status; i++) {
        struct sbx_buffer detail = SBX_BUFFER_EMPTY;
        bool there;

        memset(&host->error, 0, sizeof host->error);
        there = questions[i].ask(host, &detail);
        status =
            buffer_failed(&detail) || host->error.code == SBX_E_MEMORY
                ? SBX_E_MEMORY
                : findings_add(&made, questions[i].fact, there ? SBX_ENFORCED : SBX_ABSENT, SBX_ABSENT,
                               questions[i].mechanism, buffer_text(&detail), there ? "" : questions[i].fix);
        buffer_free(&detail);
    }
    setup_look_free(&host->look);
    token_facts_free(&host->token);
    identity_facts_free(&host->who);
    sbx_free(host);
    if (status) {
        findings_free(&made);
        return error_memory(error, "a report");
    }
    *findings = made;
    return SBX_OK;
}
