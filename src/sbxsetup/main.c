/*
 * main.c - sbxsetup.exe: the elevated server, its registration, its command line.
 */
#include "com.h"
#include "commands.h"
#include "core/version.h"
#include "os/process.h"
#include "registration.h"
#include "server.h"

#include <string.h>

static const char help[] =
    "sbxsetup " SBX_VERSION " - sets up what sandboxes need of this computer: accounts, firewall, filters\r\n"
    "\r\n"
    "  sbxsetup provision   [--for USER] [--accounts N] [--without-filters]\r\n"
    "                       [--close FOLDER]... [--close-none] [--json] [--dry-run]\r\n"
    "  sbxsetup repair      [--for USER] [--json]\r\n"
    "  sbxsetup status      [--for USER] [--json]\r\n"
    "  sbxsetup deprovision [--for USER | --all] [--force]\r\n"
    "  sbxsetup /RegServer | /UnregServer\r\n"
    "  sbxsetup --help | --version\r\n"
    "\r\n"
    "All but status want an administrator. Without --for it is for the user who runs it. --for leaves\r\n"
    "the passwords in a file that this user alone can read, until his first session takes them over.\r\n"
    "--dry-run prints the steps and takes none. --force takes out by name what a lost journal had.\r\n"
    "--without-filters: firewall rules alone are to hold the network, on a computer without the\r\n"
    "Windows Filtering Platform; nothing then claims that the network is enforced.\r\n"
    "--close: the folders where sandbox accounts may not write although everybody may, with all that\r\n"
    "is in them (of a drive its root alone). Without it those that are closed, at first the root of the\r\n"
    "system's drive, ProgramData, and Temp in Windows; a list replaces them. status names what is left.\r\n"
    "\r\n"
    "Exit codes: 0 done, or as it was left; 1 status: not as it was left; 2 nothing is set up;\r\n"
    "64 wrong usage; 77 refused, and nothing was changed; 70 the computer failed. A line\r\n"
    "\"sbxsetup: CODE_WORD: ...\" on standard error says what and what to do.\r\n";

static int register_server(void)
{
    struct sbx_error error = {0};
    int unguarded = 0;
    sbx_status status = registration_add(&unguarded, &error);

    if (status)
        return commands_failed(status, &error);
    if (unguarded)
        commands_complain("sbxsetup: this is Wine: who may write this folder was not looked at, and nothing "
                          "is elevated here.\r\n");
    return EXIT_DONE;
}

static int unregister_server(void)
{
    struct sbx_error error = {0};
    sbx_status status = registration_remove(&error);

    return status ? commands_failed(status, &error) : EXIT_DONE;
}

static int print_help(void)
{
    commands_say(help);
    return EXIT_DONE;
}

static int print_version(void)
{
    commands_say(SBX_VERSION "\r\n");
    return EXIT_DONE;
}

/* As COM and installers spell them, with either sign. */
static const struct {
    const wchar_t *name;
    int (*run)(void);
} switches[] = {
    {L"Embedding", server_run}, {L"RegServer", register_server}, {L"UnregServer", unregister_server},
    {L"-help", print_help},     {L"-version", print_version},
};

int wmain(int count, wchar_t **arguments)
{
    int code;

    if (process_harden_self(NULL))
        return EXIT_INTERNAL;
    if (count == 2 && (arguments[1][0] == L'-' || arguments[1][0] == L'/'))
        for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++)
            if (!lstrcmpiW(arguments[1] + 1, switches[i].name))
                return switches[i].run();
    if (commands_run(count - 1, arguments + 1, &code))
        return code;
    commands_complain("sbxsetup: E_ARGUMENT: A verb is missing, or is none. Try sbxsetup --help.\r\n");
    return EXIT_USAGE;
}
