/*
 * later.c - what a command may reach, and which places that are granted later are among it.
 */
#include "core/later.h"
#include "base/memory.h"
#include "core/path.h"
#include "os/filesystem.h"

#include <string.h>

#define NAME_SIZE  32
#define MOST_PATHS 512 /* in a command; one with more waits for everything */
#define MOST_ENDS  8   /* of one path with blanks in it and no quotes around it */

void later_reach_free(struct later_reach *reach)
{
    strings_free(&reach->paths);
    strings_free(&reach->names);
    reach->too_many = false;
}

/* Who needs what. */

static bool touches(const struct later_reach *reach, const char *folder)
{
    for (size_t i = 0; i < reach->paths.count; i++) {
        if (path_holds(folder, reach->paths.items[i]))
            return true;
    }
    return false;
}

/* The next of the names with a blank between two; false: there is none. */
static bool next_name(const char **names, char name[NAME_SIZE])
{
    size_t size = *names ? strcspn(*names, " ") : 0;

    if (!size || size >= NAME_SIZE)
        return false;
    memcpy(name, *names, size);
    name[size] = '\0';
    *names += size + strspn(*names + size, " ");
    return true;
}

static bool calls(const struct later_reach *reach, const struct toolchain_family *family)
{
    const char *names = family ? family->users : NULL;
    char name[NAME_SIZE];

    while (next_name(&names, name)) {
        if (strings_hold_ascii_nocase(&reach->names, name))
            return true;
    }
    return false;
}

bool later_needs(const struct plan *plan, const struct later_reach *reach, size_t index)
{
    const struct toolchain_family *family = plan->later[index].family;

    if (reach->too_many || touches(reach, plan->later[index].path) || calls(reach, family))
        return true;
    for (size_t i = 0; family && i < plan->later_count; i++) {
        if (plan->later[i].family == family && touches(reach, plan->later[i].path))
            return true;
    }
    return false;
}

/* What a command reaches. */

/*
 * Of something that is not there the nearest folder above it. A letter that is no disk's is not followed: it may be a command's
 * own, or lead to another machine, and no toolchain lies there.
 */
static sbx_status add_final(struct later_reach *reach, char *path)
{
    struct file_facts facts;
    sbx_status status;

    if (!file_drive_is_disk(path))
        return SBX_OK;
    while ((status = file_examine(path, &facts, NULL)) != SBX_OK) {
        char *slash = strrchr(path, '\\');

        if (status == SBX_E_MEMORY)
            return status;
        if (!slash || slash <= path + 2)
            return SBX_OK;
        *slash = '\0';
    }
    status = strings_append(&reach->paths, facts.path);
    file_facts_free(&facts);
    return status;
}

/* "C:\\x\\mvn.cmd" is mvn. */
static sbx_status add_name(struct later_reach *reach, const char *path)
{
    const char *name = path_name(path);
    char *copy = sbx_strndup(name, strlen(name) - strlen(path_extension(name)));
    sbx_status status = copy ? strings_append(&reach->names, copy) : SBX_E_MEMORY;

    sbx_free(copy);
    return status;
}

/* One that is no absolute local path is nothing. `named`: it may name a program. */
static sbx_status add_path(struct later_reach *reach, const char *text, bool named)
{
    char *path;
    sbx_status status;

    if (path_form(text) != PATH_FORM_DRIVE || reach->too_many)
        return SBX_OK;
    if (reach->paths.count >= MOST_PATHS) {
        reach->too_many = true;
        return SBX_OK;
    }
    path = path_absolute(text, text);
    status = path ? strings_append(&reach->paths, path) : SBX_E_MEMORY;
    if (!status && named)
        status = add_name(reach, path);
    if (!status)
        status = add_final(reach, path);
    sbx_free(path);
    return status;
}

static bool begins_path(const char *text)
{
    return ((text[0] >= 'A' && text[0] <= 'Z') || (text[0] >= 'a' && text[0] <= 'z')) && text[1] == ':' &&
           (text[2] == '\\' || text[2] == '/');
}

/* Where the path that begins `text` ends at the latest. */
static size_t longest_path(const char *text)
{
    size_t size = strcspn(text, "\"';,|&<>()*?\r\n");

    for (size_t i = 3; i < size; i++) {
        if (begins_path(text + i))
            return i;
    }
    return size;
}

/*
 * Wherever a drive and a separator stand: -IC:\x, file:///C:/x, "a=C:\x y". A path ends where a quote or another path does, else at
 * a blank; who writes one with blanks and without quotes may mean either, so several of its ends count.
 */
static sbx_status add_paths_in(struct later_reach *reach, const char *text)
{
    sbx_status status = SBX_OK;

    for (; *text && !status && !reach->too_many; text++) {
        size_t size = begins_path(text) ? longest_path(text) : 0;
        size_t ends = 0;

        for (size_t end = size ? 3 : 1; end <= size && ends < MOST_ENDS && !status; end++) {
            char *path;

            if (end < size && text[end] != ' ' && text[end] != '\t')
                continue;
            path = sbx_strndup(text, end);
            status = path ? add_path(reach, path, true) : SBX_E_MEMORY;
            sbx_free(path);
            ends++;
        }
    }
    return status;
}

static sbx_status add_folder_of(const char *path, struct sbx_strings *folders)
{
    const char *name = path_name(path);
    char *folder = name > path ? sbx_strndup(path, (size_t)(name - path) - 1) : NULL;
    sbx_status status = SBX_OK;

    if (name > path)
        status = folder ? strings_append(folders, folder) : SBX_E_MEMORY;
    sbx_free(folder);
    return status;
}

/* The program's file, and the line that it gets, with all arguments; of a batch file the file stands there, too. Beside
 * it may be others that it calls: a virtual environment's pytest.exe runs its python.exe. */
static sbx_status add_program(struct later_reach *reach, const struct later_question *question,
                              struct sbx_strings *folders, bool *found)
{
    struct program program;
    sbx_status status = program_find(question->command, question->environment, question->directory,
                                     question->system_folder, &program, NULL);

    *found = !status;
    if (status)
        return status == SBX_E_MEMORY ? status : SBX_OK;
    status = add_path(reach, program.image, true);
    if (!status)
        status = add_folder_of(program.image, folders);
    if (!status)
        status = add_paths_in(reach, program.command_line);
    program_free(&program);
    return status;
}

static bool is_in(const char *folder, const char *name)
{
    static const char *const extensions[] = {".exe", ".cmd", ".bat"};
    bool found = false;

    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0] && !found; i++) {
        struct sbx_buffer path = SBX_BUFFER_EMPTY;

        buffer_append_format(&path, "%s\\%s%s", folder, name, extensions[i]);
        found = buffer_failed(&path) || file_is_program(buffer_text(&path)); /* without memory it waits */
        buffer_free(&path);
    }
    return found;
}

/* Which of a family's programs may it call? */
static sbx_status add_users(struct later_reach *reach, const struct sbx_strings *folders,
                            const struct toolchain_family *family)
{
    const char *names = family ? family->users : NULL;
    char name[NAME_SIZE];
    sbx_status status = SBX_OK;

    if (calls(reach, family))
        return SBX_OK;
    while (!status && next_name(&names, name)) {
        for (size_t i = 0; i < folders->count; i++) {
            if (is_in(folders->items[i], name))
                return strings_append(&reach->names, name);
        }
    }
    return status;
}

static bool was_asked(const struct plan *plan, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (plan->later[i].family == plan->later[index].family)
            return true;
    }
    return false;
}

/* `folders`: the program's own. */
static sbx_status add_folders(struct later_reach *reach, const struct plan *plan,
                              const struct environment *environment, struct sbx_strings *folders)
{
    size_t own = folders->count;
    sbx_status status = program_folders(environment, folders);

    for (size_t i = own; i < folders->count && !status; i++)
        status = add_path(reach, folders->items[i], false);
    for (size_t i = 0; i < plan->later_count && !status && !reach->too_many; i++) {
        if (!was_asked(plan, i))
            status = add_users(reach, folders, plan->later[i].family);
    }
    return status;
}

sbx_status later_look(const struct plan *plan, const struct later_question *question,
                      struct later_reach *reach, struct sbx_error *error)
{
    struct later_reach made = {{NULL, 0}, {NULL, 0}, false};
    struct sbx_strings folders = {NULL, 0};
    bool found = false;
    sbx_status status = add_program(&made, question, &folders, &found);

    if (!status && found)
        status = add_path(&made, question->directory, false);
    if (!status && found)
        status = add_folders(&made, plan, question->environment, &folders);
    strings_free(&folders);
    if (status) {
        later_reach_free(&made);
        return error_memory(error, "what a command needs");
    }
    *reach = made;
    return SBX_OK;
}
