/*
 * filesystem.c - os/filesystem.h of the simulation: a tree of names with links, true case and ids. No
 * descriptors yet.
 */
#include "os/filesystem.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
    char *name;          /* of a root: "C:" or "\\server\share" */
    struct node *parent; /* NULL: a root */
    enum file_kind kind;
    char *link; /* of a link: what it leads to */
    char volume_id[40];
    char file_id[40];
    struct node *next; /* of all nodes */
};

static struct node *nodes;

#define MOST_LINKS 8

static struct node *node_make(struct node *parent, const char *name, size_t size, enum file_kind kind)
{
    struct node *node = sim_allocate(sizeof *node);
    unsigned number = 0;

    for (const struct node *other = nodes; other; other = other->next)
        number++;
    node->name = sim_allocate(size + 1);
    memcpy(node->name, name, size);
    node->parent = parent;
    node->kind = kind;
    snprintf(node->volume_id, sizeof node->volume_id, "%016x", parent ? 0 : 0x1000 + number);
    if (parent)
        memcpy(node->volume_id, parent->volume_id, sizeof node->volume_id);
    snprintf(node->file_id, sizeof node->file_id, "%032x", 0x100 + number);
    node->next = nodes;
    nodes = node;
    return node;
}

static bool is_separator(char letter)
{
    return letter == '\\' || letter == '/';
}

static size_t component_size(const char *text)
{
    size_t size = 0;

    while (text[size] && !is_separator(text[size]))
        size++;
    return size;
}

/* The size of "C:" or "\\server\share" at the front, 0 where the path has no root. */
static size_t root_size(const char *path)
{
    size_t size;

    if (path[0] && path[1] == ':' && (is_separator(path[2]) || !path[2]))
        return 2;
    if (!is_separator(path[0]) || !is_separator(path[1]))
        return 0;
    size = 2 + component_size(path + 2);
    return is_separator(path[size]) ? size + 1 + component_size(path + size + 1) : 0;
}

static bool name_is(const char *name, const char *text, size_t size)
{
    char *copy = sim_allocate(size + 1);
    bool equal;

    memcpy(copy, text, size);
    equal = text_equal_ascii_nocase(name, copy);
    free(copy);
    return equal;
}

static struct node *child(struct node *parent, const char *name, size_t size)
{
    for (struct node *node = nodes; node; node = node->next) {
        if (node->parent == parent && name_is(node->name, name, size))
            return node;
    }
    return NULL;
}

static struct node *resolve(const char *path, bool make, bool *through_link, int links);

/* One step down; with `make` a missing folder is made. Windows drops trailing dots and blanks of a name. */
static struct node *step(struct node *at, const char *name, size_t size, bool make, bool *through_link,
                         int links)
{
    struct node *next;

    *through_link = false;
    if (size == 0 || (size == 1 && name[0] == '.'))
        return at;
    if (size == 2 && name[0] == '.' && name[1] == '.')
        return at->parent ? at->parent : at;
    while (size > 0 && (name[size - 1] == '.' || name[size - 1] == ' '))
        size--;

    next = child(at, name, size);
    if (!next && make && at->kind == FILE_KIND_DIRECTORY)
        next = node_make(at, name, size, FILE_KIND_DIRECTORY);
    if (next && next->link) {
        next = links < MOST_LINKS ? resolve(next->link, false, through_link, links + 1) : NULL;
        *through_link = true;
    }
    return next;
}

static struct node *resolve(const char *path, bool make, bool *through_link, int links)
{
    size_t size = root_size(path);
    struct node *at;

    if (!size)
        return NULL;
    at = child(NULL, path, size);
    if (!at && make)
        at = node_make(NULL, path, size, FILE_KIND_DIRECTORY);
    if (at && at->link)
        at = resolve(at->link, false, through_link, links + 1);
    while (at && path[size]) {
        size_t name = size + 1;

        size = name + component_size(path + name);
        at = step(at, path + name, size - name, make, through_link, links);
    }
    return at;
}

static struct node *find(const char *path)
{
    bool through_link;

    return resolve(path, false, &through_link, 0);
}

/* The true name. Caller frees with sbx_free; NULL for lack of memory. */
static char *final_path(const struct node *node)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    const struct node *chain[64];
    size_t depth = 0;

    for (const struct node *at = node; at; at = at->parent)
        chain[depth++] = at;
    while (depth-- > 0) {
        buffer_append_text(&path, chain[depth]->name);
        if (depth > 0 || !node->parent)
            buffer_append_text(&path, "\\");
    }
    return buffer_take(&path, NULL);
}

sbx_status file_examine(const char *path, struct file_facts *facts, struct sbx_error *error)
{
    bool through_link = false;
    struct node *node;
    char *text;
    sbx_status status = sim_enter("GetFinalPathNameByHandle", error);

    if (status)
        return status;
    node = resolve(path, false, &through_link, 0);
    if (!node)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is nothing at %s.", path);
    text = final_path(node);
    if (!text)
        return error_memory(error, "a path");

    memset(facts, 0, sizeof *facts);
    facts->path = text;
    facts->kind = node->kind;
    facts->reparse = through_link;
    facts->remote = is_separator(text[0]);
    facts->keeps_acls = true;
    facts->volume_root = !node->parent;
    memcpy(facts->volume_id, node->volume_id, sizeof facts->volume_id);
    memcpy(facts->file_id, node->file_id, sizeof facts->file_id);
    return SBX_OK;
}

void file_facts_free(struct file_facts *facts)
{
    sbx_free(facts->path);
    memset(facts, 0, sizeof *facts);
}

bool file_is_program(const char *path)
{
    struct node *node = find(path);

    return node && node->kind == FILE_KIND_FILE;
}

sbx_status folder_path(enum known_folder folder, char **path, struct sbx_error *error)
{
    static const char *const paths[] = {
        [FOLDER_SYSTEM] = "C:\\Windows\\System32",    [FOLDER_WINDOWS] = "C:\\Windows",
        [FOLDER_PROFILE] = "C:\\Users\\me",           [FOLDER_LOCAL_DATA] = "C:\\Users\\me\\AppData\\Local",
        [FOLDER_PROGRAM_FILES] = "C:\\Program Files", [FOLDER_PROGRAM_FILES_X86] = "C:\\Program Files (x86)",
        [FOLDER_PROGRAM_DATA] = "C:\\ProgramData",
    };
    sbx_status status = sim_enter("SHGetKnownFolderPath", error);
    char *copy;

    if (status)
        return status;
    copy = sbx_strdup(paths[folder]);
    if (!copy)
        return error_memory(error, "a path");
    *path = copy;
    return SBX_OK;
}

/* What tests put there. */

void sim_add_folder(const char *path)
{
    bool through_link;

    if (!resolve(path, true, &through_link, 0))
        abort();
}

static struct node *add_leaf(const char *path, enum file_kind kind)
{
    const char *name = path + strlen(path);
    bool through_link;
    char *folder;
    struct node *parent;

    while (!is_separator(name[-1]))
        name--;
    folder = sim_duplicate(path);
    folder[name - path - 1] = '\0';
    parent = resolve(folder, true, &through_link, 0);
    free(folder);
    if (!parent)
        abort();
    return node_make(parent, name, strlen(name), kind);
}

void sim_add_file(const char *path)
{
    add_leaf(path, FILE_KIND_FILE);
}

void sim_add_link(const char *path, const char *target)
{
    struct node *link = path[2] ? add_leaf(path, FILE_KIND_DIRECTORY)
                                : node_make(NULL, path, 2, FILE_KIND_DIRECTORY); /* a SUBST drive */

    link->link = sim_duplicate(target);
}

void sim_set_folder_id(const char *path, const char *volume_id, const char *file_id)
{
    struct node *node = find(path);

    if (!node)
        abort();
    snprintf(node->volume_id, sizeof node->volume_id, "%s", volume_id);
    snprintf(node->file_id, sizeof node->file_id, "%s", file_id);
}

void sim_files_reset(void)
{
    static const char *const folders[] = {
        "C:\\Windows\\System32",   "C:\\Users\\me\\AppData\\Local\\sbxcom",
        "C:\\Users\\Public",       "C:\\Program Files",
        "C:\\Program Files (x86)", "C:\\ProgramData",
    };

    while (nodes) {
        struct node *next = nodes->next;

        free(nodes->name);
        free(nodes->link);
        free(nodes);
        nodes = next;
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        sim_add_folder(folders[i]);
    sim_add_file("C:\\Windows\\System32\\cmd.exe");
}
