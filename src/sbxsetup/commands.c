/*
 * commands.c - the command line.
 */
#include "commands.h"
#include "base/memory.h"
#include "caller.h"
#include "com.h"
#include "core/setup_machine.h"
#include "os/filesystem.h"
#include "os/identity.h"

#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    char *user_sid; /* whom it is for */
    bool for_another;
    bool all, force, json, dry_run, without_filters;
    bool closes; /* with `closed`, which may be empty; else set-up's own list */
    struct sbx_strings closed;
    unsigned long accounts;
};

/* ---- saying ---- */

static void write_text(DWORD which, const char *text)
{
    HANDLE handle = GetStdHandle(which);
    uint16_t *units;
    size_t count;
    DWORD mode, written;

    if (GetConsoleMode(handle, &mode) && !text_to_utf16(text, strlen(text), &units, &count)) {
        WriteConsoleW(handle, units, (DWORD)count, &written, NULL);
        sbx_free(units);
    } else
        WriteFile(handle, text, (DWORD)strlen(text), &written, NULL);
}

void commands_say(const char *text)
{
    write_text(STD_OUTPUT_HANDLE, text);
}

void commands_complain(const char *text)
{
    write_text(STD_ERROR_HANDLE, text);
}

static void say_buffer(struct sbx_buffer *text)
{
    commands_say(buffer_failed(text) ? "out of memory\r\n" : buffer_text(text));
    buffer_free(text);
}

int commands_failed(int status, const struct sbx_error *error)
{
    struct sbx_buffer line = SBX_BUFFER_EMPTY;

    buffer_append_format(&line, "sbxsetup: %s: %s\r\n", status_word(status),
                         error->text[0] ? error->text : "The call failed.");
    commands_complain(buffer_failed(&line) ? "sbxsetup: out of memory\r\n" : buffer_text(&line));
    buffer_free(&line);
    switch (status) {
    case SBX_E_NOT_PROVISIONED:
        return EXIT_NOTHING;
    case SBX_E_SYSTEM:
    case SBX_E_JOURNAL:
    case SBX_E_TIMEOUT:
    case SBX_E_MEMORY:
        return EXIT_INTERNAL;
    default:
        return EXIT_REFUSED;
    }
}

static int usage(const char *what)
{
    commands_complain("sbxsetup: E_ARGUMENT: ");
    commands_complain(what);
    commands_complain(" Try sbxsetup --help.\r\n");
    return EXIT_USAGE;
}

/* ---- who ---- */

static sbx_status text_of_sid(PSID sid, char **text, struct sbx_error *error)
{
    WCHAR *wide;
    sbx_status status = SBX_OK;

    if (!ConvertSidToStringSidW(sid, &wide))
        return error_system(error, "ConvertSidToStringSid", GetLastError());
    if (text_from_utf16((const uint16_t *)wide, wcslen(wide), text, NULL))
        status = error_memory(error, "a SID");
    LocalFree(wide);
    return status;
}

/* A SID as it stands, or a name: "ann", "DOMAIN\ann", "ann@example.com". */
static sbx_status resolve_user(const wchar_t *name, char **user_sid, struct sbx_error *error)
{
    union {
        SID sid;
        BYTE bytes[SECURITY_MAX_SID_SIZE];
    } found;
    WCHAR domain[256];
    DWORD size = sizeof found, domain_size = 256;
    SID_NAME_USE use;
    char *text = NULL;
    sbx_status status;

    if (text_from_utf16((const uint16_t *)name, wcslen(name), &text, NULL))
        return error_memory(error, "a name");
    if (setup_is_person(text)) {
        *user_sid = text;
        return SBX_OK;
    }
    if (!LookupAccountNameW(NULL, name, &found, &size, domain, &domain_size, &use) || use != SidTypeUser)
        status = error_set(
            error, SBX_E_ARGUMENT,
            "%s is no user of this computer or its domain. Name one as DOMAIN\\name, or by his SID.", text);
    else
        status = text_of_sid(&found, user_sid, error);
    sbx_free(text);
    return status;
}

static sbx_status own_sid(char **user_sid, struct sbx_error *error)
{
    char sid[SID_TEXT_SIZE];
    sbx_status status = identity_user_sid(sid, error);

    if (status)
        return status;
    if (!setup_is_person(sid))
        return error_set(error, SBX_E_ARGUMENT,
                         "This runs as %s, which is no person's account. Say for whom: --for USER.", sid);
    *user_sid = sbx_strdup(sid);
    return *user_sid ? SBX_OK : error_memory(error, "a SID");
}

static sbx_status check_elevation(struct sbx_error *error)
{
    struct setup_server server;
    sbx_status status = caller_examine_server(&server, error);

    return status ? status : setup_server_judge(&server, error);
}

/* The user's own "...\AppData\Local\sbxcom". */
static sbx_status own_state_folder(char **path, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    char *folder;
    sbx_status status = folder_path(FOLDER_LOCAL_DATA, &folder, error);

    if (status)
        return status;
    buffer_append_format(&text, "%s\\sbxcom", folder);
    sbx_free(folder);
    *path = buffer_take(&text, NULL);
    buffer_free(&text);
    return *path ? SBX_OK : error_memory(error, "a path");
}

/* ---- the verbs ---- */

/* For oneself they are kept; for another a hand-over waits for him. */
static sbx_status keep(const struct setup_machine *machine, const struct options *options,
                       const struct credentials *credentials, struct sbx_error *error)
{
    char *folder;
    sbx_status status;

    if (options->for_another)
        return handover_leave(machine->state_folder, credentials, error);
    status = own_state_folder(&folder, error);
    if (status)
        return status;
    status = credentials_keep(folder, credentials, error);
    sbx_free(folder);
    return status;
}

static int show(const struct options *options, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct setup_look look;
    int code;
    sbx_status status = setup_look(options->user_sid, &look, error);

    if (!status && look.provisioned) {
        char *folder = NULL;

        status = own_state_folder(&folder, error);
        if (!status)
            status = folder_create(folder, error);
        if (!status)
            status = setup_look_add_outside(options->user_sid, folder, &look.findings, error);
        if (!status)
            status = setup_look_add_profiles(&look, error);
        sbx_free(folder);
        if (status)
            setup_look_free(&look);
    }
    if (status)
        return commands_failed(status, error);
    if (options->json) {
        setup_look_write_json(&look, options->user_sid, &text);
        buffer_append_text(&text, "\r\n");
    } else
        findings_write_text(&look.findings, &text);
    say_buffer(&text);
    code = !look.provisioned ? EXIT_NOTHING : findings_meet(&look.findings) ? EXIT_DONE : EXIT_DIFFERS;
    setup_look_free(&look);
    return code;
}

static int dry_run(const struct setup_machine *machine, const struct options *options,
                   const struct setup_input *input, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct plan plan = {0};
    sbx_status status = setup_dry_run(machine, input, &plan, error);

    if (status)
        return commands_failed(status, error);
    if (options->json) {
        plan_write_json(&plan, &text);
        buffer_append_text(&text, "\r\n");
    } else
        plan_write_text(&plan, &text);
    say_buffer(&text);
    plan_free(&plan);
    return EXIT_DONE;
}

static int provision(const struct setup_machine *machine, const struct options *options,
                     struct sbx_error *error)
{
    const struct setup_input input = {.user_sid = options->user_sid,
                                      .offline_accounts = (uint32_t)options->accounts,
                                      .without_filters = options->without_filters,
                                      .closed = options->closes ? &options->closed : NULL};
    struct credentials credentials = {0};
    sbx_status status;

    if (options->dry_run)
        return dry_run(machine, options, &input, error);
    status = setup_provision(machine, &input, &credentials, error);
    if (!status)
        status = keep(machine, options, &credentials, error);
    credentials_free(&credentials);
    return status ? commands_failed(status, error) : show(options, error);
}

static int repair(const struct setup_machine *machine, const struct options *options, struct sbx_error *error)
{
    struct credentials credentials = {0};
    struct findings healed = {NULL, 0};
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    sbx_status status = setup_repair(machine, options->user_sid, &credentials, &healed, error);

    if (!status)
        status = keep(machine, options, &credentials, error);
    credentials_free(&credentials);
    if (!status && !options->json) {
        findings_write_text(&healed, &text);
        say_buffer(&text);
    }
    findings_free(&healed);
    return status ? commands_failed(status, error) : show(options, error);
}

static int deprovision(const struct setup_machine *machine, const struct options *options,
                       struct sbx_error *error)
{
    char *folder;
    sbx_status status =
        setup_deprovision(machine, options->all ? NULL : options->user_sid, options->force, error);

    if (!status && !options->for_another) {
        status = own_state_folder(&folder, error);
        if (!status) {
            status = credentials_forget(folder, error);
            sbx_free(folder);
        }
    }
    return status ? commands_failed(status, error) : EXIT_DONE;
}

static int look_only(const struct setup_machine *machine, const struct options *options,
                     struct sbx_error *error)
{
    (void)machine;
    return show(options, error);
}

enum flag {
    FOR = 1,
    ALL = 2,
    FORCE = 4,
    JSON = 8,
    DRY_RUN = 16,
    WITHOUT_FILTERS = 32,
    ACCOUNTS = 64,
    CLOSE = 128,
    CLOSE_NONE = 256
};

static const struct verb {
    const wchar_t *name;
    unsigned takes; /* enum flag */
    bool changes;
    int (*run)(const struct setup_machine *machine, const struct options *options, struct sbx_error *error);
} verbs[] = {
    {L"provision", FOR | JSON | DRY_RUN | WITHOUT_FILTERS | ACCOUNTS | CLOSE | CLOSE_NONE, true, provision},
    {L"repair", FOR | JSON, true, repair},
    {L"status", FOR | JSON, false, look_only},
    {L"deprovision", FOR | ALL | FORCE, true, deprovision},
};

static const struct {
    const wchar_t *name;
    enum flag flag;
    bool takes_value;
} options_known[] = {
    {L"--for", FOR, true},
    {L"--all", ALL, false},
    {L"--force", FORCE, false},
    {L"--json", JSON, false},
    {L"--dry-run", DRY_RUN, false},
    {L"--without-filters", WITHOUT_FILTERS, false},
    {L"--accounts", ACCOUNTS, true},
    {L"--close", CLOSE, true},
    {L"--close-none", CLOSE_NONE, false},
};

static int add_closed(struct options *options, const wchar_t *value)
{
    struct sbx_error error = {0};
    char *folder = NULL;
    sbx_status status = SBX_OK;

    if (text_from_utf16((const uint16_t *)value, wcslen(value), &folder, NULL) ||
        strings_append(&options->closed, folder))
        status = error_memory(&error, "a list of folders");
    sbx_free(folder);
    return status ? commands_failed(status, &error) : 0;
}

/* 0, or the exit code after saying why. */
static int take_option(const struct verb *verb, const wchar_t *name, const wchar_t *value,
                       struct options *options, bool *took_value)
{
    struct sbx_error error = {0};
    wchar_t *end;
    sbx_status status;

    for (size_t i = 0; i < sizeof options_known / sizeof options_known[0]; i++) {
        if (wcscmp(name, options_known[i].name) != 0 || !(verb->takes & options_known[i].flag))
            continue;
        *took_value = options_known[i].takes_value;
        if (*took_value && (!value || !*value))
            return usage("An option lacks its value.");
        switch (options_known[i].flag) {
        case FOR:
            sbx_free(options->user_sid);
            options->user_sid = NULL;
            status = resolve_user(value, &options->user_sid, &error);
            options->for_another = true;
            return status ? commands_failed(status, &error) : 0;
        case ACCOUNTS:
            options->accounts = wcstoul(value, &end, 10);
            return *end || options->accounts < 1 || options->accounts > SETUP_MOST_ACCOUNTS
                       ? usage("--accounts takes a number from 1 to 16.")
                       : 0;
        case CLOSE:
            options->closes = true;
            return add_closed(options, value);
        case CLOSE_NONE:
            options->closes = true;
            return 0;
        case ALL:
            options->all = true;
            return 0;
        case FORCE:
            options->force = true;
            return 0;
        case JSON:
            options->json = true;
            return 0;
        case DRY_RUN:
            options->dry_run = true;
            return 0;
        case WITHOUT_FILTERS:
            options->without_filters = true;
            return 0;
        }
    }
    return usage("There is an option that this verb does not take.");
}

static int run_verb(const struct verb *verb, const struct options *options)
{
    struct sbx_error error = {0};
    struct setup_machine machine = {0};
    char *state_folder = NULL;
    int code;
    sbx_status status = verb->changes ? check_elevation(&error) : SBX_OK;

    if (!status)
        status = setup_state_folder(&state_folder, &error);
    machine.state_folder = state_folder;
    code = status ? commands_failed(status, &error) : verb->run(&machine, options, &error);
    sbx_free(state_folder);
    return code;
}

int commands_run(int count, wchar_t **arguments, int *exit_code)
{
    const struct verb *verb = NULL;
    struct options options = {0};
    struct sbx_error error = {0};
    sbx_status status;
    int code = 0;

    for (size_t i = 0; count && i < sizeof verbs / sizeof verbs[0]; i++)
        if (!wcscmp(arguments[0], verbs[i].name))
            verb = &verbs[i];
    if (!verb)
        return 0;
    for (int i = 1; i < count && !code; i++) {
        bool took_value = false;

        code =
            take_option(verb, arguments[i], i + 1 < count ? arguments[i + 1] : NULL, &options, &took_value);
        i += took_value;
    }
    if (!code && options.all && options.for_another)
        code = usage("--all and --for exclude each other.");
    if (!code && !options.user_sid && !options.all) {
        status = own_sid(&options.user_sid, &error);
        code = status ? commands_failed(status, &error) : 0;
    }
    *exit_code = code ? code : run_verb(verb, &options);
    strings_free(&options.closed);
    sbx_free(options.user_sid);
    return 1;
}
