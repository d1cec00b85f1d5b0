/*
 * program.c - which file a command names, and the command line that it gets.
 *
 * A text keeps its first word as it was typed: the program found is told to the system separately, and
 * programs that look at their own name see what every shell would have given them. A batch file is the
 * exception, since it is cmd that runs: its line is made anew from the text's arguments.
 */
#include "core/program.h"
#include "base/memory.h"
#include "core/cmdline.h"
#include "core/excerpt.h"
#include "core/path.h"
#include "os/filesystem.h"

#include <string.h>

#define DEFAULT_PATHEXT ".COM;.EXE;.BAT;.CMD" /* cmd's own, less the scripts */
#define COUNT(array)    (sizeof(array) / sizeof(array)[0])

/* What cmd does itself, without a program (cmd /?, help). */
static const char *const built_ins[] = {
    "assoc",    "break",  "call",  "cd",   "chdir",    "cls",    "color",  "copy",   "date",
    "del",      "dir",    "dpath", "echo", "endlocal", "erase",  "exit",   "for",    "ftype",
    "goto",     "if",     "keys",  "md",   "mkdir",    "mklink", "move",   "path",   "pause",
    "popd",     "prompt", "pushd", "rd",   "rem",      "ren",    "rename", "rmdir",  "set",
    "setlocal", "shift",  "start", "time", "title",    "type",   "ver",    "verify", "vol",
};

/* Files that Windows opens with another program. Which one is the user's setting and no guess of ours. */
static const struct {
    const char *extension;
    const char *how;
} scripts[] = {
    {".ps1", "powershell -NoProfile -File"},
    {".vbs", "cscript //nologo"},
    {".vbe", "cscript //nologo"},
    {".js", "cscript //nologo (or node)"},
    {".jse", "cscript //nologo"},
    {".wsf", "cscript //nologo"},
    {".wsh", "cscript //nologo"},
    {".py", "python"},
    {".pyw", "pythonw"},
    {".pl", "perl"},
    {".rb", "ruby"},
    {".sh", "bash"},
    {".msc", "mmc"},
    {".msi", "msiexec /i"},
    {".jar", "java -jar"},
};

/* One look-up. The lists are split once. */
struct search {
    const char *name;              /* as the command has it */
    struct sbx_strings extensions; /* of PATHEXT, with the dot */
    struct sbx_strings folders;    /* of PATH, absolute; empty where the name has a separator */
    bool any_extension;            /* take a file as it is named even if its extension is no program's */
    char *found;                   /* absolute path of the program, batch file or script; NULL: none */
};

static void search_free(struct search *search)
{
    strings_free(&search->extensions);
    strings_free(&search->folders);
    sbx_free(search->found);
}

static bool is_extension(const char *extension, const char *other)
{
    return text_equal_ascii_nocase(extension, other);
}

static bool is_program_extension(const char *extension)
{
    return is_extension(extension, ".exe") || is_extension(extension, ".com");
}

static bool is_batch_extension(const char *extension)
{
    return is_extension(extension, ".bat") || is_extension(extension, ".cmd");
}

static const char *script_program(const char *extension)
{
    for (size_t i = 0; i < COUNT(scripts); i++) {
        if (is_extension(extension, scripts[i].extension))
            return scripts[i].how;
    }
    return NULL;
}

/*
 * Appends the entries of a list like PATH that `accept` takes. Quotes, which let a name have a semicolon, go;
 * blanks around an entry are not part of it.
 */
static sbx_status split_list(const char *list, bool (*accept)(const char *entry), struct sbx_strings *entries)
{
    struct sbx_buffer entry = SBX_BUFFER_EMPTY;
    sbx_status status = SBX_OK;

    while (!status) {
        bool quoted = false;

        entry.size = 0;
        list += strspn(list, " ");
        for (; *list && (quoted || *list != ';'); list++) {
            if (*list == '"')
                quoted = !quoted;
            else
                buffer_append(&entry, list, 1);
        }
        while (entry.size > 0 && entry.data[entry.size - 1] == ' ')
            entry.size--;
        buffer_append(&entry, "", 1);
        if (buffer_failed(&entry))
            status = SBX_E_MEMORY;
        else if (accept(buffer_text(&entry)))
            status = strings_append(entries, buffer_text(&entry));
        if (!*list++)
            break;
    }
    buffer_free(&entry);
    return status;
}

/*
 * PATHEXT is written in capitals, files are not: where a folder minds the case, and in error texts, this is
 * the better.
 */
static void lower_letters(struct sbx_strings *strings)
{
    for (size_t i = 0; i < strings->count; i++) {
        for (char *letter = strings->items[i]; *letter; letter++) {
            if (*letter >= 'A' && *letter <= 'Z')
                *letter |= 'a' - 'A'; /* the bit that parts them */
        }
    }
}

static bool is_usable_extension(const char *entry)
{
    return entry[0] == '.' && entry[1] && !strpbrk(entry, "\\/:") && strchr(entry + 1, '.') == NULL;
}

/*
 * Empty entries and relative ones would mean the working directory. Network folders are left out because it
 * is the runner that looks, with the user's credentials, before the command's network policy has a say.
 */
static bool is_usable_folder(const char *entry)
{
    return path_form(entry) == PATH_FORM_DRIVE && !path_fault(entry);
}

sbx_status program_folders(const struct environment *environment, struct sbx_strings *folders)
{
    const char *path = environment_get(environment, "PATH");

    return path ? split_list(path, is_usable_folder, folders) : SBX_OK;
}

static bool has_extension_of(const struct search *search, const char *path)
{
    const char *extension = path_extension(path);

    if (search->any_extension || is_program_extension(extension))
        return true;
    for (size_t i = 0; i < search->extensions.count; i++) {
        if (is_extension(extension, search->extensions.items[i]))
            return true;
    }
    return false;
}

/* Takes `path` with `extension` behind it, if there is such a file. */
static sbx_status try_file(struct search *search, const char *path, const char *extension)
{
    struct sbx_buffer whole = SBX_BUFFER_EMPTY;
    char *taken;

    buffer_append_text(&whole, path);
    buffer_append_text(&whole, extension);
    taken = buffer_take(&whole, NULL);
    if (!taken)
        return SBX_E_MEMORY;
    if (file_is_program(taken))
        search->found = taken;
    else
        sbx_free(taken);
    return SBX_OK;
}

/* The name as it is when its extension is one of a program, then with each of PATHEXT, in that order. */
static sbx_status try_path(struct search *search, const char *path)
{
    sbx_status status = SBX_OK;

    if (has_extension_of(search, path))
        status = try_file(search, path, "");
    for (size_t i = 0; i < search->extensions.count && !status && !search->found; i++)
        status = try_file(search, path, search->extensions.items[i]);
    return status;
}

static sbx_status try_absolute(struct search *search, const char *directory)
{
    char *path = path_absolute(directory, search->name);
    sbx_status status = path ? try_path(search, path) : SBX_E_MEMORY;

    sbx_free(path);
    return status;
}

static sbx_status try_folders(struct search *search)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < search->folders.count && !status && !search->found; i++)
        status = try_absolute(search, search->folders.items[i]);
    return status;
}

/* What no look-up should be tried for, each with its own text. */
static sbx_status check_name(const char *name, const char *directory, struct sbx_error *error)
{
    const char *fault = path_fault(name);
    char start[EXCERPT_SIZE];

    excerpt(start, name);
    switch (path_form(name)) {
    case PATH_FORM_RELATIVE:
    case PATH_FORM_DRIVE:
        break;
    case PATH_FORM_DRIVE_RELATIVE:
        return error_set(error, SBX_E_COMMAND_NOT_FOUND,
                         "%s is relative to a directory that each drive keeps of its own, which a command "
                         "does not have. Write the program's whole path.",
                         start);
    case PATH_FORM_ROOTED:
        return error_set(error, SBX_E_COMMAND_NOT_FOUND,
                         "%s leaves out the drive. Write the program's whole path, or a relative one.",
                         start);
    case PATH_FORM_NETWORK:
        return error_set(error, SBX_E_COMMAND_NOT_FOUND,
                         "%s is on the network, where programs are not looked up: it would be done with your "
                         "credentials, outside the sandbox. Copy the program to a local folder.",
                         start);
    case PATH_FORM_DEVICE:
        return error_set(error, SBX_E_COMMAND_NOT_FOUND, "%s names a device and not a program's file.",
                         start);
    }
    if (fault)
        return error_set(error, SBX_E_COMMAND_NOT_FOUND, "The program %s %s.", start, fault);
    if (!*path_name(name) || strcmp(path_name(name), ".") == 0 || strcmp(path_name(name), "..") == 0)
        return error_set(error, SBX_E_COMMAND_NOT_FOUND, "%s is a folder and not a program.", start);
    if (path_form(directory) != PATH_FORM_DRIVE)
        return error_set(error, SBX_E_ARGUMENT, "The working directory %s is not an absolute local path.",
                         excerpt(start, directory));
    return SBX_OK;
}

static bool is_built_in(const char *name)
{
    for (size_t i = 0; i < COUNT(built_ins); i++) {
        if (text_equal_ascii_nocase(name, built_ins[i]))
            return true;
    }
    return false;
}

static void append_list(struct sbx_buffer *out, const struct sbx_strings *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        buffer_append_format(out, "%s%s", i ? ";" : "", entries->items[i]);
}

static sbx_status not_found(const struct search *search, bool bare, struct sbx_error *error)
{
    struct sbx_buffer where = SBX_BUFFER_EMPTY;
    char name[EXCERPT_SIZE];

    excerpt(name, search->name);
    if (bare && is_built_in(search->name))
        return error_set(error, SBX_E_COMMAND_NOT_FOUND,
                         "%s is a command of cmd itself and no program. Write: cmd /c %s ... (as an array: "
                         "cmd, /c, %s, ...).",
                         name, name, name);

    append_list(&where, &search->extensions);
    if (!bare) {
        error_set(error, SBX_E_COMMAND_NOT_FOUND,
                  "There is no program %s, neither by this name nor with one of the extensions %s.", name,
                  buffer_text(&where));
    } else if (search->folders.count == 0) {
        error_set(error, SBX_E_COMMAND_NOT_FOUND,
                  "There is no program %s: the command's PATH has no absolute local folder to look in. Let "
                  "the policy's environment inherit or set PATH, or write the program's whole path.",
                  name);
    } else {
        buffer_append_text(&where, ") in the command's PATH: ");
        append_list(&where, &search->folders);
        error_set(error, SBX_E_COMMAND_NOT_FOUND,
                  "There is no program %s. Write its whole path, or .\\%s for one in the working directory, "
                  "which is never searched. It was looked for (with %s",
                  name, name, buffer_text(&where));
    }
    buffer_free(&where);
    return SBX_E_COMMAND_NOT_FOUND;
}

static sbx_status find_file(struct search *search, const struct environment *environment,
                            const char *directory, struct sbx_error *error)
{
    const char *pathext = environment_get(environment, "PATHEXT");
    const char *path = environment_get(environment, "PATH");
    bool bare = path_form(search->name) == PATH_FORM_RELATIVE && !strpbrk(search->name, "\\/");
    sbx_status status = check_name(search->name, directory, error);

    if (status)
        return status;
    status = split_list(pathext ? pathext : DEFAULT_PATHEXT, is_usable_extension, &search->extensions);
    if (!status && search->extensions.count == 0)
        status = split_list(DEFAULT_PATHEXT, is_usable_extension, &search->extensions);
    lower_letters(&search->extensions);
    if (!status && bare && path)
        status = split_list(path, is_usable_folder, &search->folders);
    if (!status)
        status = bare ? try_folders(search) : try_absolute(search, directory);

    /*
     * A script that PATHEXT does not list (build.ps1, ./configure) is there all the same: the error tells how
     * to run it.
     */
    if (!status && !search->found && !(bare && is_built_in(search->name))) {
        search->any_extension = true;
        status = bare ? try_folders(search) : try_absolute(search, directory);
    }
    if (status)
        return error_memory(error, "a program's path");
    return search->found ? SBX_OK : not_found(search, bare, error);
}

/* The command line of an ordinary program. */
static sbx_status make_line(const struct command_text *command, char **line, struct sbx_error *error)
{
    if (!command->line)
        return cmdline_make(command->arguments->items[0], command->arguments, 1, line, error);

    *line = sbx_strdup(command->line + strspn(command->line, " \t"));
    return *line ? SBX_OK : error_memory(error, "a command line");
}

/* A batch file: cmd runs, and the line is made from the command's arguments. */
static sbx_status make_batch(const struct command_text *command, const char *batch, const char *system_folder,
                             struct program *program, struct sbx_error *error)
{
    struct sbx_strings split = {NULL, 0};
    const struct sbx_strings *arguments = command->arguments;
    char *cmd = path_absolute(system_folder, "cmd.exe");
    char *line;
    sbx_status status = SBX_OK;

    if (!cmd)
        return error_memory(error, "a path");
    if (command->line) {
        status = cmdline_split(command->line, &split, error);
        arguments = &split;
    }
    if (!status)
        status = cmdline_make_batch(cmd, batch, arguments, 1, &line, error);
    strings_free(&split);
    if (status) {
        sbx_free(cmd);
        return status;
    }
    program->image = cmd;
    program->command_line = line;
    program->batch = true;
    return SBX_OK;
}

/* By the kind of what was found; takes search->found over where it is the image. */
static sbx_status use_file(struct search *search, const struct command_text *command,
                           const char *system_folder, struct program *program, struct sbx_error *error)
{
    const char *extension = path_extension(search->found);
    const char *how = script_program(extension);
    char *line;
    sbx_status status;

    if (is_batch_extension(extension))
        return make_batch(command, search->found, system_folder, program, error);
    if (!is_program_extension(extension)) {
        char start[EXCERPT_SIZE];

        excerpt(start, search->found);
        if (how)
            return error_set(error, SBX_E_COMMAND_NOT_FOUND,
                             "%s is no program but a file for one. Name the program, for example: %s %s",
                             start, how, start);
        return error_set(error, SBX_E_COMMAND_NOT_FOUND,
                         "%s is no program but a file that Windows opens with one. Name that program, and "
                         "the file as its argument.",
                         start);
    }

    status = make_line(command, &line, error);
    if (status)
        return status;
    program->image = search->found;
    program->command_line = line;
    program->batch = false;
    search->found = NULL;
    return SBX_OK;
}

sbx_status program_find(const struct command_text *command, const struct environment *environment,
                        const char *directory, const char *system_folder, struct program *program,
                        struct sbx_error *error)
{
    struct search search = {0};
    char *first = NULL;
    const char *rest;
    sbx_status status;

    if (command->line) {
        status = cmdline_program(command->line, &first, &rest, error);
        if (status)
            return status;
        search.name = first;
    } else {
        if (command->arguments->count == 0 || !*command->arguments->items[0])
            return error_set(error, SBX_E_ARGUMENT,
                             "The command is empty. Name a program, and its arguments behind it.");
        search.name = command->arguments->items[0];
    }

    /* Before anything is looked up: what is too long is told as that, not as a program that is not there. */
    status = cmdline_check_size(command->line ? command->line : search.name, CMDLINE_MOST_UNITS, error);
    if (!status)
        status = find_file(&search, environment, directory, error);
    if (!status)
        status = use_file(&search, command, system_folder, program, error);

    search_free(&search);
    sbx_free(first);
    return status;
}

void program_free(struct program *program)
{
    sbx_free(program->image);
    sbx_free(program->command_line);
    program->image = NULL;
    program->command_line = NULL;
}
