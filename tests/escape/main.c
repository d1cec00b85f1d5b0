/*
 * main.c - the escape battery: each row of rows.h as a command of a real session, with the very same act outside as its control.
 *
 * PASS: inside it was refused, with the code that means a refusal, and outside it could be done. FAIL: inside it could be done
 * although the session's report says that this is held, or what is always promised is not. SKIP: the row is invalid, because
 * the control failed; or it could be done, and the report had said so (with its own words). The last line is the sum.
 */
#include "escape/battery.h"
#include "escape/rows.h"
#include "os/attempt.h"
#include "os/identity.h"

#include <ole2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define EVENT_NAME "Local\\sbx-escape"
#define LOGON_NAME "Local\\sbx-escape-logon"
#define PIPE_NAME  "\\\\.\\pipe\\sbx-escape"
#define VARIABLE   "SBX_ESCAPE_CANARY"

/* Of the battery's rows that nobody has to try here, and why. */
static const struct {
    const char *number, *what, *why;
} untried[] = {
    {"E12", "a scheduled task", "brokers of the same user are not promised at this level (README)"},
    {"E13", "a process by WMI", "brokers of the same user are not promised at this level (README)"},
    {"E14", "COM servers of the interactive user",
     "brokers of the same user are not promised at this level (README)"},
    {"E15", "a transfer job of BITS", "brokers of the same user are not promised at this level (README)"},
    {"E16", "another logon from inside", "there is no account at this level"},
    {"E17", "an elevation prompt", "it would ask the person at this machine"},
    {"E19", "the print spooler", "brokers of the same user are not promised at this level (README)"},
    {"E36", "remote SMB and WebDAV", "tests use no network"},
    {"E38", "direct connections beyond loop-back", "tests use no network"},
    {"E41", "names resolved by the system's service", "not promised (README), and tests use no network"},
    {"E42", "a proxy's parser", "there is no proxy yet: network.mode \"grants\" is refused"},
    {"E43", "WSL", "no WSL is started by a test"},
    {"E45", "Windows Sandbox and Hyper-V", "no virtual machine is started by a test"},
    {"C15", "curl to the internet", "tests use no network"},
    {"C16", "Invoke-WebRequest to the internet", "tests use no network"},
    {"C41", "a browser by Start-Process", "it would open on this machine"},
};

static struct world world;
static struct battery_session sessions[2]; /* ordinary, read-only */
static struct attempt_listener *listeners[2];
static uint16_t ports[2];
static struct attempt_target *pipe_target;
static char no_pipe[256]; /* why not; "" while there is one */
static unsigned acts;
static HANDLE logon_event;             /* NULL: this user's token has no logon SID */
static wchar_t state_file[PATH_UNITS]; /* "": it could not be made */

/* ---- verdicts ------------------------------------------------------------------------------------------------------------- */

static int domain_of(const char *promise)
{
    for (int i = 0; i < DOMAIN_COUNT; i++) {
        const wchar_t *name = domain_names[i];
        size_t k = 0;

        while (name[k] && (wchar_t)promise[k] == name[k])
            k++;
        if (!name[k] && !promise[k])
            return i;
    }
    return -1;
}

static const char *words_of(int assurance)
{
    static const char *const words[] = {"absent", "advisory", "enforced", "verified"};

    return assurance >= 0 && assurance < 4 ? words[assurance] : "unknown";
}

static void judge_allowed(const struct battery_session *session, const struct row *row, DWORD inside)
{
    char claim[160];

    snprintf(claim, sizeof claim, "a command can %s", row->name);
    if (!inside)
        verdict(HELD, row->number, claim, "%s", "");
    else if (!session->writes_workspace && strcmp(row->promise, "fileWrite") == 0)
        verdict(OPEN, row->number, claim,
                "inside it fails with %lu; the report says that commands can not write the workspace here "
                "(measured)",
                (unsigned long)inside);
    else
        verdict(ESCAPED, row->number, claim, "inside it fails with %lu", (unsigned long)inside);
}

static void judge_refused(const struct battery_session *session, const struct row *row, DWORD inside,
                          bool intact)
{
    int domain = domain_of(row->promise);
    bool assured = domain < 0 || session->assurance[domain] >= 2;
    char claim[160], why[128];

    snprintf(claim, sizeof claim, "a command cannot %s", row->name);
    if (!inside)
        snprintf(why, sizeof why, "inside it could be done");
    else if (!intact)
        snprintf(why, sizeof why, "inside it said %lu, and did it", (unsigned long)inside);
    else
        snprintf(why, sizeof why, "inside it failed with %lu, which is no refusal (%u would be)",
                 (unsigned long)inside, row->code);
    if (inside == row->code && intact)
        verdict(HELD, row->number, claim, "%s", "");
    else if (assured)
        verdict(ESCAPED, row->number, claim, "%s", why);
    else
        verdict(OPEN, row->number, claim, "%s; the report had said %s %s (measured): %.160ls", why,
                row->promise, words_of(session->assurance[domain]), session->detail[domain]);
}

/* ---- one row ---------------------------------------------------------------------------------------------------------------- */

/* Room for one argument; the longest is a path with a few letters around it. */
static void expand(const char *text, wchar_t *out)
{
    size_t size = 0;

    for (; *text && size < PATH_UNITS - 1; text++) {
        wchar_t value[PATH_UNITS + 1] = L""; /* longer ones are cut, and end */

        if (*text != '{' || !text[1] || text[2] != '}') {
            out[size++] = (wchar_t)*text;
            continue;
        }
        switch (text[1]) {
        case 'w':
            _snwprintf(value, PATH_UNITS, L"%ls", world.workspace);
            break;
        case 'o':
            _snwprintf(value, PATH_UNITS, L"%ls", world.outside);
            break;
        case 's':
            if (!GetShortPathNameW(world.outside, value, PATH_UNITS))
                _snwprintf(value, PATH_UNITS, L"%ls", world.outside);
            break;
        case 'r':
            _snwprintf(value, PATH_UNITS, L"%ls", world.outside + 3);
            break;
        case 'd':
            _snwprintf(value, PATH_UNITS, L"%.2ls", world.outside);
            break;
        case 'n':
            _snwprintf(value, PATH_UNITS, L"%u", acts);
            break;
        case 'p':
            _snwprintf(value, PATH_UNITS, L"%lu", GetCurrentProcessId());
            break;
        case 'e':
            _snwprintf(value, PATH_UNITS, L"%ls", L"" EVENT_NAME);
            break;
        case 'u': {
            char sid[SID_TEXT_SIZE];

            if (!identity_user_sid(sid, NULL))
                _snwprintf(value, PATH_UNITS, L"%hs", sid);
            break;
        }
        case 'l':
            _snwprintf(value, PATH_UNITS, L"%ls", L"" LOGON_NAME);
            break;
        case 't':
            _snwprintf(value, PATH_UNITS, L"%ls", state_file);
            break;
        case 'i':
            _snwprintf(value, PATH_UNITS, L"%ls", L"" PIPE_NAME);
            break;
        case 'v':
            _snwprintf(value, PATH_UNITS, L"%ls", L"" VARIABLE);
            break;
        case '4':
            _snwprintf(value, PATH_UNITS, L"%u", ports[0]);
            break;
        case '6':
            _snwprintf(value, PATH_UNITS, L"%u", ports[1]);
            break;
        default:
            break;
        }
        for (size_t i = 0; value[i] && size < PATH_UNITS - 1; i++)
            out[size++] = value[i];
        text += 2;
    }
    out[size] = 0;
}

/* The verb and its arguments for one more act; the words are valid until the next call. */
static int make_words(const struct row *row, wchar_t *words[MOST_WORDS])
{
    static wchar_t room[MOST_WORDS][PATH_UNITS];
    const char *const parts[] = {row->verb, row->first, row->second, row->third};
    int count = 0;

    acts++;
    for (int i = 0; i < 4 && parts[i]; i++) {
        words[count] = room[count];
        expand(parts[i], words[count++]);
    }
    return count;
}

/* What a row made anew is unknown to the session that protected what was there before. */
static bool refresh(bool anew)
{
    static bool stale = true;

    stale |= anew;
    if (!stale)
        return true;
    for (int i = 0; i < 2; i++)
        session_end(&sessions[i]);
    if (!session_begin(&sessions[0], world.workspace, false))
        return false;
    stale = false;
    return true;
}

static struct battery_session *session_for(const struct row *row)
{
    if (!(row->flags & ROW_READ_ONLY))
        return &sessions[0];
    session_end(&sessions[0]); /* two policies for one workspace do not go side by side */
    if (!sessions[1].session && !session_begin(&sessions[1], world.workspace, true))
        return NULL;
    return &sessions[1];
}

/* Whoever opened it used its one instance up. */
static bool renew_pipe(void)
{
    struct sbx_error error = {0};

    attempt_target_close(pipe_target);
    pipe_target = NULL;
    if (!attempt_target_pipe(PIPE_NAME, &pipe_target, &error))
        return true;
    snprintf(no_pipe, sizeof no_pipe, "the battery's pipe: %s", error.text);
    return false;
}

static bool try_row(const struct row *row)
{
    wchar_t *words[MOST_WORDS];
    struct battery_session *session;
    DWORD outside, inside;
    bool files = strncmp(row->promise, "file", 4) == 0;
    int count = make_words(row, words);

    outside = act_outside(words, count);
    if (!refresh(world_restore(&world)))
        return false;
    if (outside) {
        verdict(INVALID, row->number, row->name,
                "invalid, the same act outside fails with %lu on this host (measured)",
                (unsigned long)outside);
        return true;
    }
    if (!(row->flags & ROW_READ_ONLY) && !sessions[0].session && !refresh(true))
        return false;
    session = session_for(row);
    if (!session)
        return false;
    if (!renew_pipe())
        return false;
    count = make_words(row, words);
    inside = act_inside(session, words, count);
    if (row->kind == ROW_ALLOWED)
        judge_allowed(session, row, inside);
    else
        judge_refused(session, row, inside, !files || !inside || world_outside_is_intact(&world));
    return refresh(world_restore(&world)) || row->flags & ROW_READ_ONLY;
}

/* Open to the logon SID of this process's token and to nobody else: who has it set can set it. */
static void make_logon_event(void)
{
    BYTE bytes[16384], acl[256];
    TOKEN_GROUPS *groups = (TOKEN_GROUPS *)(void *)bytes;
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES security = {sizeof security, &descriptor, FALSE};
    DWORD size;
    HANDLE token;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return;
    if (!GetTokenInformation(token, TokenGroups, bytes, sizeof bytes, &size))
        groups->GroupCount = 0;
    CloseHandle(token);
    for (DWORD i = 0; i < groups->GroupCount && !logon_event; i++) {
        if ((groups->Groups[i].Attributes & SE_GROUP_LOGON_ID) == SE_GROUP_LOGON_ID &&
            InitializeAcl((ACL *)(void *)acl, sizeof acl, ACL_REVISION) &&
            AddAccessAllowedAce((ACL *)(void *)acl, ACL_REVISION, EVENT_ALL_ACCESS, groups->Groups[i].Sid) &&
            InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION) &&
            SetSecurityDescriptorDacl(&descriptor, TRUE, (ACL *)(void *)acl, FALSE))
            logon_event = CreateEventW(&security, TRUE, FALSE, L"" LOGON_NAME);
    }
}

/* Beside the journals and the credentials, which are kept in this folder. */
static void make_state_file(void)
{
    wchar_t local[PATH_UNITS - 128], folder[PATH_UNITS - 64];
    HANDLE file;

    if (!GetEnvironmentVariableW(L"LOCALAPPDATA", local, PATH_UNITS - 128))
        return;
    _snwprintf(folder, PATH_UNITS - 64, L"%ls\\sbxcom", local);
    CreateDirectoryW(folder, NULL);
    _snwprintf(state_file, PATH_UNITS, L"%ls\\sbx-escape-%lu.txt", folder, GetCurrentProcessId());
    file = CreateFileW(state_file, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        *state_file = 0;
    else
        CloseHandle(file);
}

/* Everything that rows name; the battery is the process whose things they are. */
static bool make_things(struct attempt_target **event)
{
    SetEnvironmentVariableA(VARIABLE, "hunter2");
    attempt_listen(false, &listeners[0], &ports[0], NULL);
    attempt_listen(true, &listeners[1], &ports[1], NULL);
    make_logon_event();
    make_state_file();
    return !attempt_target_event(EVENT_NAME, event, NULL) && renew_pipe() && world_make(&world, L"rows");
}

static bool is_wanted(const struct row *row, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], row->number) == 0)
            return true;
    }
    return argc < 2;
}

/* --level NAME, else SBX_ESCAPE_LEVEL, else "auto"; taken out of the arguments. NULL: no such level. */
static const wchar_t *choose_level(int *argc, char **argv)
{
    static const char *const names[] = {"auto", "restricted", "elevated"};
    static const wchar_t *const wide[] = {L"auto", L"restricted", L"elevated"};
    const char *given = getenv("SBX_ESCAPE_LEVEL");

    for (int i = 1; i < *argc - 1; i++) {
        if (strcmp(argv[i], "--level"))
            continue;
        given = argv[i + 1];
        for (int k = i; k < *argc - 2; k++)
            argv[k] = argv[k + 2];
        *argc -= 2;
        break;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!given || !*given || !strcmp(given, names[i]))
            return wide[i];
    }
    return NULL;
}

/* Nothing can be tried at a level that this host does not have. Anything else that keeps a session from beginning is a failure. */
static bool level_is_refused(const wchar_t *level)
{
    const char *why = session_failure();

    return !wcscmp(level, L"elevated") &&
           (strstr(why, "E_UNSUPPORTED_HOST") || strstr(why, "E_NOT_PROVISIONED"));
}

int main(int argc, char **argv)
{
    const wchar_t *level = choose_level(&argc, argv);
    struct attempt_target *event = NULL;
    unsigned failures = 0;
    bool made, going;

    setvbuf(stdout, NULL, _IONBF, 0);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (!level) {
        printf("FAIL the level is auto, restricted or elevated\n");
        return 64;
    }
    printf("level %ls\n", level);
    session_level(level);
    made = make_things(&event);
    going = made && refresh(true);
    if (made && !going && level_is_refused(level)) {
        printf("SKIP every row, %ls: this host refuses the level: %s\n", level, session_failure());
        goto close_things;
    }
    if (!going) {
        printf("FAIL the battery's surroundings could not be made: %s\n",
               *no_pipe ? no_pipe : session_failure());
        return 1;
    }
    if (argc < 2) {
        try_reports(&sessions[0]);
        try_time(&sessions[0], &world);
        try_leftover(&sessions[0]);
    }
    for (size_t i = 0; i < ESCAPE_ROW_COUNT && going; i++) {
        if (is_wanted(&escape_rows[i], argc, argv))
            going = try_row(&escape_rows[i]);
    }
    if (!going)
        verdict(ESCAPED, "battery", "every row is tried", "stopped behind act %u by %s", acts,
                *no_pipe ? no_pipe : session_failure());
    for (int i = 0; i < 2; i++)
        session_end(&sessions[i]);
    if (argc < 2)
        try_planted();
    for (size_t i = 0; argc < 2 && i < sizeof untried / sizeof *untried; i++)
        verdict(UNTRIED, untried[i].number, untried[i].what, "not tried: %s", untried[i].why);
    failures = verdict_sum();

close_things:
    if (logon_event)
        CloseHandle(logon_event);
    if (*state_file)
        DeleteFileW(state_file);
    attempt_target_close(event);
    attempt_target_close(pipe_target);
    attempt_listener_close(listeners[0]);
    attempt_listener_close(listeners[1]);
    world_delete(&world);
    CoUninitialize();
    return failures ? 1 : 0;
}
