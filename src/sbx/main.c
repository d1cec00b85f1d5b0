/*
 * main.c - sbx.exe: the command line over the same COM objects that scripts use.
 */
#include "client.h"
#include "core/version.h"
#include "files.h"
#include "os/process.h"
#include "run.h"
#include "status.h"

#define WIDEN_(text) L##text
#define WIDEN(text)  WIDEN_(text)

static const wchar_t help[] = L"sbx " WIDEN(
    SBX_VERSION) L" - runs commands inside a boundary that the operating system holds\r\n"
                 L"\r\n"
                 L"  sbx run [--workspace DIR] [--policy FILE] -- COMMAND [ARGUMENT...]\r\n"
                 L"      Runs the command in DIR (default: the current directory). Output and input\r\n"
                 L"      pass through, Ctrl-C ends the whole tree, the exit code is the command's.\r\n"
                 L"\r\n"
                 L"  sbx status [--workspace DIR] [--policy FILE] [--json]\r\n"
                 L"      Says what is enforced on this host, measured, domain by domain.\r\n"
                 L"\r\n"
                 L"  sbx plan [--workspace DIR] [--policy FILE] [--json]\r\n"
                 L"      Shows what would be put on files, step by step, and does none of it.\r\n"
                 L"\r\n"
                 L"  sbx explain [--workspace DIR] [--policy FILE] PATH [ACCESS]\r\n"
                 L"      Says whether a command may do that to PATH, and why. ACCESS: read, write, "
                 L"delete,\r\n"
                 L"      execute, or several with commas between them (default: write). Exits with 0 where "
                 L"it\r\n"
                 L"      may, with 1 where it may not.\r\n"
                 L"\r\n"
                 L"  sbx deprovision [--workspace DIR]\r\n"
                 L"      Takes back what sessions have put on files of DIR.\r\n"
                 L"\r\n"
                 L"  sbx --help | --version\r\n"
                 L"\r\n"
                 L"--option=VALUE is the same as --option VALUE.\r\n"
                 L"\r\n"
                 L"The default policy is the strict one. A host that cannot meet it is refused, and the\r\n"
                 L"error prints the \"require\" object that the host does meet, ready for a policy file.\r\n"
                 L"\r\n"
                 L"Exit codes of sbx itself come with a line \"sbx: CODE_WORD: ...\" on standard error:\r\n"
                 L"64 wrong usage, 77 refused (policy, workspace, command), 70 anything else.\r\n";

/*
 * The value of the option `name` at *at, in either form: --name VALUE or --name=VALUE, with *at moved to its last argument.
 * NULL where another option, or none, stands there; "" where the value is missing.
 */
static const wchar_t *option_value(wchar_t **arguments, int count, int *at, const wchar_t *name)
{
    size_t length = wcslen(name);

    if (wcsncmp(arguments[*at], name, length))
        return NULL;
    if (arguments[*at][length] == L'=')
        return arguments[*at] + length + 1;
    if (arguments[*at][length])
        return NULL;
    return *at + 1 < count ? arguments[++*at] : L"";
}

/* Takes the options of all verbs. Returns the index of the first argument that is none, or -1 after saying why. */
static int take_options(wchar_t **arguments, int count, struct client_options *options, bool *json)
{
    for (int i = 0; i < count; i++) {
        const wchar_t *value;

        if (json && !wcscmp(arguments[i], L"--json")) {
            *json = true;
            continue;
        }
        if ((value = option_value(arguments, count, &i, L"--workspace")))
            options->workspace = value;
        else if ((value = option_value(arguments, count, &i, L"--policy")))
            options->policy = value;
        else
            return i;
        if (!*value) {
            client_usage(value == options->policy ? L"--policy takes a file."
                                                  : L"--workspace takes a folder.");
            return -1;
        }
    }
    return count;
}

static int verb_run(wchar_t **arguments, int count)
{
    struct client_options options = {0};
    int first = take_options(arguments, count, &options, NULL);

    if (first < 0)
        return EXIT_USAGE;
    if (first == count || wcscmp(arguments[first], L"--"))
        return client_usage(
            L"sbx run wants -- before the command, and knows --workspace and --policy before it.");
    if (first + 1 == count)
        return client_usage(L"There is no command after --.");
    return run_command(&options, arguments + first + 1, count - first - 1);
}

static int verb_status(wchar_t **arguments, int count)
{
    struct client_options options = {0};
    bool json = false;
    int first = take_options(arguments, count, &options, &json);

    if (first < 0)
        return EXIT_USAGE;
    if (first < count)
        return client_usage(L"sbx status knows --workspace, --policy and --json.");
    return status_show(&options, json);
}

static int verb_plan(wchar_t **arguments, int count)
{
    struct client_options options = {0};
    bool json = false;
    int first = take_options(arguments, count, &options, &json);

    if (first < 0)
        return EXIT_USAGE;
    if (first < count)
        return client_usage(L"sbx plan knows --workspace, --policy and --json.");
    return files_plan(&options, json);
}

static int verb_explain(wchar_t **arguments, int count)
{
    struct client_options options = {0};
    int first = take_options(arguments, count, &options, NULL);

    if (first < 0)
        return EXIT_USAGE;
    if (first < count && !wcsncmp(arguments[first], L"--", 2))
        return client_usage(L"sbx explain knows --workspace and --policy.");
    if (first == count || count - first > 2 || !*arguments[first])
        return client_usage(L"sbx explain takes a path, and what is done to it.");
    return files_explain(&options, arguments[first], first + 1 < count ? arguments[first + 1] : NULL);
}

static int verb_deprovision(wchar_t **arguments, int count)
{
    struct client_options options = {0};
    int first = take_options(arguments, count, &options, NULL);

    if (first < 0)
        return EXIT_USAGE;
    if (first < count || options.policy)
        return client_usage(L"sbx deprovision knows --workspace alone.");
    return files_deprovision(&options);
}

int wmain(int count, wchar_t **arguments)
{
    if (process_harden_self(NULL) || FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED))) {
        client_say(STD_ERROR_HANDLE, L"sbx: E_SYSTEM: The program could not set itself up.\r\n");
        return EXIT_INTERNAL;
    }

    if (count < 2)
        return client_usage(L"A verb is missing: run, status, plan, explain or deprovision.");
    if (!wcscmp(arguments[1], L"run"))
        return verb_run(arguments + 2, count - 2);
    if (!wcscmp(arguments[1], L"status"))
        return verb_status(arguments + 2, count - 2);
    if (!wcscmp(arguments[1], L"plan"))
        return verb_plan(arguments + 2, count - 2);
    if (!wcscmp(arguments[1], L"explain"))
        return verb_explain(arguments + 2, count - 2);
    if (!wcscmp(arguments[1], L"deprovision"))
        return verb_deprovision(arguments + 2, count - 2);
    if (!wcscmp(arguments[1], L"--help") || !wcscmp(arguments[1], L"-h") || !wcscmp(arguments[1], L"help")) {
        if (count > 2)
            return client_usage(L"--help stands alone.");
        return client_print(help, false);
    }
    if (!wcscmp(arguments[1], L"--version")) {
        if (count > 2)
            return client_usage(L"--version stands alone.");
        return client_print(WIDEN(SBX_VERSION), true);
    }
    return client_usage(L"This verb is not known; there are run, status, plan, explain and deprovision.");
}
