/*
 * probe.c - the probe's lines, and the session's report in plain words.
 *
 * Nothing here raises anything: a domain starts at what was attested of the probe's own process, and an act
 * that the probe could do, or about which it proved nothing, takes the assurance away with the reason.
 */
#include "core/probe.h"
#include "base/text.h"

#include <string.h>

static const char *const outcome_words[] = {
    [PROBE_NOT_RUN] = "not-run",
    [PROBE_ALLOWED] = "allowed",
    [PROBE_REFUSED] = "refused",
    [PROBE_INVALID] = "invalid",
};

static const struct {
    const char *name;
    size_t offset;
} probes[] = {
    {"write_workspace", offsetof(struct probe_results, write_workspace)},
    {"write_outside", offsetof(struct probe_results, write_outside)},
    {"delete_outside", offsetof(struct probe_results, delete_outside)},
    {"read_outside", offsetof(struct probe_results, read_outside)},
    {"open_caller", offsetof(struct probe_results, open_caller)},
    {"open_runner", offsetof(struct probe_results, open_runner)},
    {"inherit_unlisted", offsetof(struct probe_results, inherit_unlisted)},
    {"outlive_command", offsetof(struct probe_results, outlive_command)},
    {"break_away", offsetof(struct probe_results, break_away)},
    {"reparent", offsetof(struct probe_results, reparent)},
    {"unix_program", offsetof(struct probe_results, unix_program)},
    {"write_protected", offsetof(struct probe_results, write_protected)},
    {"delete_protected", offsetof(struct probe_results, delete_protected)},
    {"read_denied", offsetof(struct probe_results, read_denied)},
    {"caller_threads", offsetof(struct probe_results, caller_threads)},
    {"runner_threads", offsetof(struct probe_results, runner_threads)},
    {"set_event", offsetof(struct probe_results, set_event)},
    {"squat_pipe", offsetof(struct probe_results, squat_pipe)},
    {"clipboard", offsetof(struct probe_results, clipboard)},
    {"physical_drive", offsetof(struct probe_results, physical_drive)},
    {"see_variable", offsetof(struct probe_results, see_variable)},
    {"connect_v4", offsetof(struct probe_results, connect_v4)},
    {"connect_v6", offsetof(struct probe_results, connect_v6)},
    {"limit_memory", offsetof(struct probe_results, limit_memory)},
    {"limit_processes", offsetof(struct probe_results, limit_processes)},
};
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static enum probe_outcome *outcome_at(struct probe_results *results, size_t probe)
{
    return (enum probe_outcome *)((char *)results + probes[probe].offset);
}

static enum probe_outcome value_at(const struct probe_results *results, size_t probe)
{
    return *(const enum probe_outcome *)((const char *)results + probes[probe].offset);
}

enum probe_outcome probe_outcome_of(uint32_t system, uint32_t refusal)
{
    if (system == 0)
        return PROBE_ALLOWED;
    return system == refusal ? PROBE_REFUSED : PROBE_INVALID;
}

void probe_control(struct probe_results *results, const struct probe_results *controls)
{
    for (size_t i = 0; i < COUNT(probes); i++) {
        if (value_at(results, i) == PROBE_REFUSED && value_at(controls, i) != PROBE_ALLOWED)
            *outcome_at(results, i) = PROBE_INVALID;
    }
}

static bool is_word(const char *text, size_t size, const char *word)
{
    return strlen(word) == size && memcmp(text, word, size) == 0;
}

/* " 5" or nothing, then the end of the line. */
static bool is_number_or_end(const char *text)
{
    if (*text == ' ' && text[1] >= '0' && text[1] <= '9')
        text += 1 + strspn(text + 1, "0123456789");
    return text[strspn(text, "\r\n")] == '\0';
}

bool probe_read_line(struct probe_results *results, const char *line)
{
    size_t name_size = strcspn(line, " \r\n");
    const char *word = line + name_size + (line[name_size] == ' ');
    size_t word_size = strcspn(word, " \r\n");
    enum probe_outcome *slot = NULL;

    for (size_t i = 0; i < COUNT(probes); i++) {
        if (is_word(line, name_size, probes[i].name))
            slot = outcome_at(results, i);
    }
    if (!slot || !is_number_or_end(word + word_size))
        return false;

    for (size_t i = PROBE_ALLOWED; i < COUNT(outcome_words); i++) {
        if (!is_word(word, word_size, outcome_words[i]))
            continue;

        /* Two answers that differ are none. */
        *slot =
            *slot == PROBE_NOT_RUN || *slot == (enum probe_outcome)i ? (enum probe_outcome)i : PROBE_INVALID;
        return true;
    }
    return false;
}

void probe_write_line(struct sbx_buffer *out, const char *name, enum probe_outcome outcome, uint32_t system)
{
    buffer_append_format(out, "%s %s %lu\n", name, outcome_words[outcome], (unsigned long)system);
}

#define ANOTHER_ACCOUNT \
    "The elevated level, which runs commands under another account: Host.Provision sets it up."

/* One domain of the report while it is being made. */
struct row {
    const struct report_input *input;
    enum sbx_domain domain;
    enum sbx_assurance assurance;
    const char *mechanism;
    const char *fix;
    struct sbx_buffer detail;
    bool probed;   /* at least one act was refused */
    bool unproved; /* one was not, or not tried where it should have been */
};

static void begin_sentence(struct row *row)
{
    if (row->detail.size)
        buffer_append_text(&row->detail, " ");
}

static void say(struct row *row, const char *sentence)
{
    begin_sentence(row);
    buffer_append_text(&row->detail, sentence);
}

static void lower(struct row *row, enum sbx_assurance most)
{
    if (row->assurance > most)
        row->assurance = most;
}

/* What the attestation of the probe's process found wrong for this domain, behind `what`. */
static void say_differences(struct row *row, const char *what)
{
    struct sbx_buffer words = SBX_BUFFER_EMPTY;

    attest_describe(row->input->measurement, row->domain, &words);
    if (words.size) {
        begin_sentence(row);
        buffer_append_format(&row->detail, "%s: %s.", what, buffer_text(&words));
    }
    if (buffer_failed(&words))
        row->detail.failed = true;
    buffer_free(&words);
}

/*
 * What the probe could do of `act` ("overwrite a file ..."); only a proper refusal leaves the assurance as it
 * is.
 */
static void weigh(struct row *row, enum probe_outcome outcome, const char *act)
{
    static const struct {
        const char *before, *after;
    } sentences[] = {
        [PROBE_NOT_RUN] = {"The probe did not tell whether a command can", ", so nothing is claimed."},
        [PROBE_ALLOWED] = {"Probed: a command could", "."},
        [PROBE_REFUSED] = {"Probed: a command could not", "."},
        [PROBE_INVALID] =
            {"Open is whether a command can",
             " (the same act outside failed, too, or the probe met another error), so nothing is claimed."},
    };

    if (outcome == PROBE_REFUSED) {
        row->probed = true;
    } else {
        row->unproved = true;
        lower(row, SBX_ABSENT);
    }
    begin_sentence(row);
    buffer_append_format(&row->detail, "%s %s%s", sentences[outcome].before, act, sentences[outcome].after);
}

/*
 * An act of the full battery. That it was not tried says nothing, but that nothing is verified where it is `needed`; so
 * does an attempt without a valid control.
 */
static void weigh_more(struct row *row, enum probe_outcome outcome, bool needed, const char *act)
{
    switch (outcome) {
    case PROBE_NOT_RUN:
        row->unproved |= needed;
        return;
    case PROBE_INVALID:
        row->unproved = true;
        begin_sentence(row);
        buffer_append_format(
            &row->detail,
            "Open is whether a command can %s (the same act outside failed, too, or the probe "
            "met another error).",
            act);
        return;
    default:
        weigh(row, outcome, act);
    }
}

static bool has_difference(const struct row *row, uint32_t differences)
{
    return (row->input->measurement->differences & differences) != 0;
}

static void say_host(struct row *row)
{
    if (has_difference(row, ATTEST_RESTRICTING_SIDS)) {
        begin_sentence(row);
        buffer_append_format(&row->detail, "This host (%s) dropped the restricting SIDs: %s.",
                             row->input->host,
                             row->input->wine ? "none read back" : "what read back is not what was set");
    }
    say_differences(row, "Read back from a command and not as set");
}

/* What is granted while the session runs is told of elsewhere. */
static bool stands(const struct step *step)
{
    return !step->later || step->state == STEP_DONE;
}

static bool is_granted(const struct row *row)
{
    const struct plan *plan = row->input->plan;

    for (size_t i = 0; plan && i < plan->count; i++) {
        if (stands(&plan->steps[i]))
            return true;
    }
    return false;
}

/* What provisioning put on files: each step was read back, or there would be no session to report on. */
static void say_grants(struct row *row)
{
    const struct plan *plan = row->input->plan;
    size_t allows = 0, denies = 0;

    if (!is_granted(row)) {
        say(row,
            "Nothing is put on files here, so nothing in the workspace is protected: .git/hooks, .git/config "
            "and the settings of agents and editors are as open as the rest of it.");
        return;
    }
    for (size_t i = 0; i < plan->count; i++) {
        allows += plan->steps[i].kind == STEP_ALLOW && stands(&plan->steps[i]);
        denies += plan->steps[i].kind == STEP_DENY;
    }
    begin_sentence(row);
    buffer_append_format(&row->detail,
                         "Put on files and read back: what may be used in %lu places, what is protected or "
                         "denied in %lu.",
                         (unsigned long)allows, (unsigned long)denies);
}

static void say_left_out(struct row *row)
{
    const struct tree_outcome *outcome = row->input->outcome;
    const struct {
        uint64_t count;
        const char *what;
    } kinds[] = {
        {outcome ? outcome->several_links : 0, "with several hard links"},
        {outcome ? outcome->reparse_points : 0, "links or junctions"},
        {outcome ? outcome->null_dacls : 0, "open to everybody (no access control list)"},
        {outcome ? outcome->refused : 0, "refused by the system"},
    };
    const char *before = "Left out, and as they were:";

    if (outcome && !outcome->seen && is_granted(row))
        say(row, "All of it stood already and was not gone through again: what was left out then was told by "
                 "the session that "
                 "put it there. Deprovision, then Provision, tells it anew.");
    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (!kinds[i].count)
            continue;
        begin_sentence(row);
        buffer_append_format(&row->detail, "%s %llu %s;", before, (unsigned long long)kinds[i].count,
                             kinds[i].what);
        before = "";
    }
    if (!*before && outcome->first_left_out)
        buffer_append_format(&row->detail, " the first is %s.", outcome->first_left_out);
}

static void say_all(struct row *row, const struct sbx_strings *sentences)
{
    for (size_t i = 0; sentences && i < sentences->count; i++)
        say(row, sentences->items[i]);
}

/* Said on every host: a write-restricted command that was granted nothing reads its workspace and changes nothing. */
static void say_workspace(struct row *row)
{
    static const char *const sentences[] = {
        [PROBE_NOT_RUN] = "Commands can write the workspace: unknown, the probe did not answer.",
        [PROBE_ALLOWED] = "Commands can write the workspace: yes (probed).",
        [PROBE_REFUSED] = "Commands can write the workspace: no (probed).",
        [PROBE_INVALID] =
            ("Commands can write the workspace: unknown, the probe's attempt failed for another "
             "reason than a missing right."),
    };

    say(row, sentences[row->input->probes->write_workspace]);
    say_grants(row);
    say_left_out(row);
    say_all(row, row->input->notes);
    if (row->input->plan && row->input->plan->remarks.count)
        say_all(row, &row->input->plan->remarks);
    else if (!row->input->host_keeps_acls)
        say(row, "This host does not keep access control lists of files: no grant is applied here.");
}

/*
 * The runner has all of the user's rights: a command that could open it would have them too, whatever its
 * own token.
 */
static void weigh_runner(struct row *row)
{
    if (row->input->probes->open_runner == PROBE_REFUSED)
        return;
    row->unproved = true;
    lower(row, SBX_ABSENT);
    say(row, row->input->probes->open_runner == PROBE_ALLOWED
                 ? row->input->elevated
                       ? "Probed: a command could open the session's runner, which has the account's "
                         "whole token."
                       : "Probed: a command could open the session's runner, which has all your rights."
                 : "Open is whether a command can take over the session's runner, so nothing is claimed.");
}

static const char *fix_of_files(const struct row *row)
{
    if (row->input->wine)
        return "Use Windows: Wine has no restricting SIDs.";
    if (has_difference(row, ATTEST_ALL))
        return "Start the session as an ordinary user on a Windows that keeps what it accepts.";
    return "Provision again; if it stays so, something on this host keeps the probe from working.";
}

/* At the elevated level all three rows of files have one wall. */
static void say_account(struct row *row)
{
    row->mechanism =
        "Another account: commands run under a local account that has rights where it was granted some, and "
        "where every user of this computer has.";
    row->fix = has_difference(row, ATTEST_ALL) ? "Run Host.Repair, then provision again." : fix_of_files(row);
    if (row->domain == SBX_FILE_WRITE)
        say(row, row->input->runner_read ? "The runner's token read back as the account's."
                                         : "The runner's token may not be opened by you: that it is the "
                                           "account's is told by the commands, "
                                           "which are read back from inside.");
    if (row->input->second_wall)
        say(row, "A second wall: the token has restricting SIDs besides.");
    say_host(row);
}

/*
 * A repository that was not found is as open as the rest of the workspace, and its hooks are what the user's git runs: what is
 * protected is protected by good luck then, which is advisory.
 */
static void weigh_repositories(struct row *row)
{
    if (!row->input->not_all_repositories || !is_granted(row))
        return;
    say(row, row->input->not_all_repositories);
    if (row->assurance <= SBX_ADVISORY)
        return;
    lower(row, SBX_ADVISORY);
    row->fix = "Choose a narrower workspace, or name the repositories in the policy's files.protect, instead "
               "of ${vcs}: "
               "lib/.git/hooks, lib/.git/config.";
}

static void report_file_write(struct row *row)
{
    if (row->input->elevated)
        say_account(row);
    else {
        row->mechanism =
            row->input->fully_restricted
                ? "A fully restricted token: each access is checked a second time against Users, "
                  "Everyone, RESTRICTED and the session's capability SID."
                : "A write-restricted token: each write is checked a second time against Everyone "
                  "and the session's capability SID.";
        row->fix = fix_of_files(row);
        say_host(row);
    }
    say_workspace(row);
    weigh(row, row->input->probes->write_outside, "overwrite a file outside the workspace");
    weigh_more(row, row->input->probes->write_protected, false, "write a protected path");
    weigh_more(row, row->input->probes->physical_drive, false, "open the disk itself");
    weigh_runner(row);
    weigh_repositories(row);
    if (row->assurance < SBX_ENFORCED)
        return;
    say(row, row->input->elevated || row->input->fully_restricted
                 ? "What Everyone or Users may write stays writable."
                 : "What Everyone may write stays writable.");
    if (row->input->elevated && !row->input->second_wall)
        say(row,
            "So is the account's own profile, which outlives the session: what a command leaves there (a "
            ".gitconfig, a module of PowerShell) the next one finds, in another workspace that the account "
            "serves, too.");
    say(row, row->input->outside_words ? row->input->outside_words
                                       : "SelfTest() and Sbx.Host's Doctor() look for such places.");
}

static void report_file_delete(struct row *row)
{
    if (row->input->elevated)
        say_account(row);
    else if (row->input->fully_restricted) {
        row->mechanism =
            "A fully restricted token: a delete is checked a second time, on the file and on its folder.";
        row->fix = fix_of_files(row);
        say_host(row);
    } else {
        row->mechanism = "None: the second check of a write-restricted token leaves out FILE_DELETE_CHILD, "
                         "so your own rights on a folder delete and move what is in it.";
        row->fix = row->input->wine ? "Use Windows with the policy's \"token\": \"fully-restricted\"."
                                    : "Set the policy's \"token\" to \"fully-restricted\".";
        say(row, "Commands can delete and move files wherever you can.");
    }
    weigh(row, row->input->probes->delete_outside, "delete a file outside the workspace");
    weigh_more(row, row->input->probes->delete_protected, false, "delete a protected path");
    weigh_runner(row);
    weigh_repositories(row);
}

static void report_file_read(struct row *row)
{
    if (row->input->elevated)
        say_account(row);
    else if (row->input->fully_restricted) {
        row->mechanism = "A fully restricted token: what neither Users nor Everyone may read is not read, "
                         "your profile among it.";
        row->fix = fix_of_files(row);
        say_host(row);
    } else {
        row->mechanism = "None: a write-restricted token reads whatever you can read.";
        row->fix = row->input->wine ? "Use Windows with the policy's \"token\": \"fully-restricted\"."
                                    : "Set the policy's \"token\" to \"fully-restricted\".";
        say(row, "Your profile, with the credentials in it, is within a command's reach.");
    }
    if (row->input->passwords_kept)
        say(row, "The passwords of your sandbox accounts are a secret of yours (DPAPI), and at this level a "
                 "command is you: it may "
                 "have them and log on as one of those. Use one level for what must not meet.");
    weigh(row, row->input->probes->read_outside, "read a file of yours outside the workspace");
    weigh_more(row, row->input->probes->read_denied, false, "read a denied path");
    weigh_runner(row);
}

/* Told and not weighed: advisory is what does not stop anybody. */
static void say_connection(struct row *row, enum probe_outcome outcome, const char *address)
{
    if (outcome != PROBE_ALLOWED && outcome != PROBE_REFUSED)
        return;
    begin_sentence(row);
    buffer_append_format(&row->detail, "Probed: a command could%s connect to a listener of yours on %s.",
                         outcome == PROBE_ALLOWED ? "" : " not", address);
}

/* The walls name the account's group: whether they stand is looked up, that the group binds the command is attested. */
static void report_walled_network(struct row *row)
{
    const struct report_input *input = row->input;

    if (input->network_open) {
        lower(row, SBX_ABSENT);
        row->mechanism =
            "None: the policy's network.mode is \"any\", and the account is of the online group.";
        row->fix = "Set the policy's \"network\": {\"mode\"} to \"none\".";
        say(row, "Commands reach whatever this computer reaches.");
        return;
    }
    row->mechanism =
        "Windows Firewall rules and Windows Filtering Platform filters that name the account's group.";
    row->fix = "Run Host.Repair; Host.Status says what is not as it was left, or which policy overrides it.";
    if (!input->network_holds)
        lower(row, SBX_ADVISORY);
    if (input->network_words)
        say(row, input->network_words);
    say_differences(row, "Read back from a command and not as set");
    if (input->network_ephemeral) {
        say(row, "Loop-back ports from 49152 up are open, as the policy's network.localhost says: programs "
                 "of yours that "
                 "listen there can be reached.");
    } else {
        weigh_more(row, input->probes->connect_v4, true, "connect to a listener of yours on 127.0.0.1");
        weigh_more(row, input->probes->connect_v6, false, "connect to a listener of yours on ::1");
    }
    say(row, "Not held by rules of an account: names looked up by the system's resolver, HTTP.sys, the "
             "kernel's SMB client.");
}

static void report_network(struct row *row)
{
    if (row->input->elevated) {
        report_walled_network(row);
        return;
    }
    lower(row, SBX_ADVISORY);
    row->mechanism =
        "Environment variables only: proxies that lead nowhere, and the offline switches of common tools.";
    row->fix = "The elevated level, which blocks the network by firewall and WFP: Host.Provision sets it up.";
    say(row, "Programs that ask nicely stay off the network; nothing stops one that does not, on loop-back "
             "or beyond.");
    say_connection(row, row->input->probes->connect_v4, "127.0.0.1");
    say_connection(row, row->input->probes->connect_v6, "::1");
}

static void report_process(struct row *row)
{
    if (row->input->elevated) {
        row->mechanism =
            "Another account: it has no right on your processes, and none on the session's runner.";
        row->fix = "Run Host.Repair, then provision again.";
        say_differences(row, "Read back from a command and not as set");
    } else {
        lower(row, SBX_ABSENT);
        row->mechanism = "None: commands run as you.";
        row->fix = ANOTHER_ACCOUNT;
        say(row, row->input->fully_restricted
                     ? "At this level nothing is claimed about your other processes."
                     : "The second check of a write-restricted token leaves out PROCESS_TERMINATE and "
                       "PROCESS_VM_READ: a command can end and read your other processes.");
    }
    weigh(row, row->input->probes->open_caller, "open the calling process to end, read or change it");
    weigh(row, row->input->probes->open_runner, "open the session's runner to end, read or change it");
    weigh_more(row, row->input->probes->caller_threads, true, "open a thread of the calling process");
    weigh_more(row, row->input->probes->runner_threads, true, "open a thread of the session's runner");
    weigh_more(row, row->input->probes->set_event, true, "set a named event of the calling process");
    weigh_more(row, row->input->probes->squat_pipe, true,
               "serve a named pipe of the calling process in its place");
    if (row->input->elevated)
        say(row,
            "Not held: a name that none of your programs has taken yet. A command may make a pipe, or an "
            "event or "
            "a section among your session's objects, before the program does that expects its own there.");
}

static void report_desktop(struct row *row)
{
    if (!row->input->elevated || !row->input->desktop)
        lower(row, row->input->desktop ? SBX_ADVISORY : SBX_ABSENT);
    if (!row->input->desktop) {
        row->mechanism = "None: the policy's \"desktop\" is \"shared\".";
        row->fix = "Set the policy's \"desktop\" to \"private\".";
        say(row,
            "Commands share the caller's desktop: they can see and send input to its windows and use the "
            "clipboard.");
        weigh_more(row, row->input->probes->clipboard, true, "open the clipboard");
        return;
    }
    row->mechanism =
        "A desktop of the session's own, on which commands start: its name is read back from each.";
    row->fix = row->input->elevated ? "Provision again; if it stays so, this session has no desktop to give."
                                    : ANOTHER_ACCOUNT;
    say(row, row->input->desktop);
    say_differences(row, "Read back from a command and not as set");
    if (row->input->elevated)
        say(row, "Another account: it has no entry on your desktop, and on the window station none for "
                 "clipboard and screen. The station's global atoms it shares with you.");
    else
        say(row, "Weak: commands run as you, so nothing keeps one from opening your desktop with the rights "
                 "that the "
                 "second check leaves out, reading its screen among them.");
    weigh_more(row, row->input->probes->clipboard, true, "open the clipboard");
}

static void report_resources(struct row *row)
{
    row->mechanism = "A job object with limits around each command.";
    row->fix = row->input->wine
                   ? "Use Windows: Wine accepts a job's limits and keeps none."
                   : "Use a Windows that keeps the limits of job objects (CPU limits since Windows 8).";
    say_differences(row, "Accepted by this host but not kept");
    if (row->assurance >= SBX_ENFORCED)
        say(row, "The limits that were asked for read back as they were set.");
    weigh_more(row, row->input->probes->limit_memory, true, "have more memory than its limit");
    weigh_more(row, row->input->probes->limit_processes, true, "have more processes than its limit");
    say(row,
        "The policy's `seconds` and `outputMB` do not depend on the host: the session itself enforces them.");
}

static void report_lifetime(struct row *row)
{
    const struct probe_results *results = row->input->probes;

    row->mechanism =
        "A job object that ends every process in it when the command or its session ends; no breakaway.";
    row->fix = "Provision again; if it stays so, something on this host keeps job objects from holding a "
               "command's tree.";
    say_differences(row, "Read back from a command and not as set");
    weigh(row, results->outlive_command, "leave a process running behind itself");
    weigh(row, results->break_away, "start a process outside its job");

    /* No hole in the job, but a way round it that works everywhere where it is open: nothing is held then. */
    weigh(row, results->reparent,
          "start a child in the name of a process of yours outside (PROC_THREAD_ATTRIBUTE_PARENT_PROCESS), "
          "which "
          "is in that one's job and outlives the session");
    if (results->reparent == PROBE_ALLOWED)
        row->fix = row->input->wine
                       ? "Use Windows: Wine lets a command open your other processes, and so start "
                         "children in their name."
                       : "Set the policy's \"token\" to one that may not open your other processes "
                         "(\"write-restricted\" or \"fully-restricted\") and start the session as an "
                         "ordinary user.";

    /*
     * Not a hole in the job but in what Wine calls a process: told, and left to whoever uses the sandbox
     * under Wine.
     */
    if (results->unix_program == PROBE_ALLOWED)
        say(row,
            "A Unix program started from inside Wine has no process object and leaves the job (measured).");
    else if (row->input->wine && results->unix_program == PROBE_REFUSED)
        say(row, "A Unix program could not be started from inside Wine, or was held by the job (measured).");
    else if (row->input->wine)
        say(row, "A Unix program started from inside Wine would have no process object and leave the job; "
                 "whether one can be started was not measured.");
}

static void report_handles(struct row *row)
{
    row->mechanism = "Handle lists: a command inherits its three standard handles and nothing else.";
    row->fix = "Provision again; if it stays so, this host does not keep PROC_THREAD_ATTRIBUTE_HANDLE_LIST.";
    weigh(row, row->input->probes->inherit_unlisted,
          "use an inheritable handle of the runner that was not listed");
    weigh_more(row, row->input->probes->see_variable, false,
               "see a variable of yours that the policy does not pass on");
}

static void (*const reporters[SBX_DOMAIN_COUNT])(struct row *row) = {
    [SBX_FILE_WRITE] = report_file_write, [SBX_FILE_DELETE] = report_file_delete,
    [SBX_FILE_READ] = report_file_read,   [SBX_NETWORK] = report_network,
    [SBX_PROCESS] = report_process,       [SBX_DESKTOP] = report_desktop,
    [SBX_RESOURCES] = report_resources,   [SBX_LIFETIME] = report_lifetime,
    [SBX_HANDLES] = report_handles,
};

sbx_status report_make(const struct report_input *input, struct findings *findings, struct sbx_error *error)
{
    struct findings made = {NULL, 0};
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < SBX_DOMAIN_COUNT && !status; i++) {
        struct row row = {.input = input,
                          .domain = (enum sbx_domain)i,
                          .assurance = input->measurement->assurance[i],
                          .mechanism = "",
                          .fix = "",
                          .detail = SBX_BUFFER_EMPTY};

        reporters[i](&row);
        if (input->whole && row.assurance == SBX_ENFORCED && row.probed && !row.unproved) {
            row.assurance = SBX_VERIFIED;
            say(&row, "The same was done outside, and there it could be done.");
        }
        status = buffer_failed(&row.detail)
                     ? SBX_E_MEMORY
                     : findings_add(&made, domain_name(row.domain), row.assurance, input->required[i],
                                    row.mechanism, buffer_text(&row.detail),
                                    row.assurance >= SBX_ENFORCED ? "" : row.fix);
        buffer_free(&row.detail);
    }
    if (status) {
        findings_free(&made);
        return error_memory(error, "the report");
    }
    *findings = made;
    return SBX_OK;
}
