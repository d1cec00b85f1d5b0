/*
 * path.c - Windows paths by their text alone.
 */
#include "core/path.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

#define SEPARATORS "\\/"
#define DRIVE_SIZE 2 /* "C:" */

static bool is_separator(char letter)
{
    return letter == '\\' || letter == '/';
}

static bool is_drive(const char *path)
{
    return ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z')) && path[1] == ':';
}

/*
 * Past \\?\ or \??\, the two spellings of the namespace that takes a path as it stands; NULL where it is
 * neither.
 */
static const char *after_verbatim(const char *path)
{
    if (is_separator(path[0]) && (is_separator(path[1]) || path[1] == '?') && path[2] == '?' &&
        is_separator(path[3]))
        return path + 4;
    return NULL;
}

static bool is_verbatim_network(const char *rest)
{
    char name[4] = "";

    for (size_t i = 0; i < 3 && rest[i]; i++)
        name[i] = rest[i];
    return text_equal_ascii_nocase(name, "UNC") && is_separator(rest[3]);
}

enum path_form path_form(const char *path)
{
    const char *rest = after_verbatim(path);

    if (rest && is_drive(rest) && is_separator(rest[DRIVE_SIZE]) && path[1] != '?')
        return PATH_FORM_DRIVE;
    if (rest)
        return is_verbatim_network(rest) ? PATH_FORM_NETWORK : PATH_FORM_DEVICE;
    if (is_drive(path))
        return is_separator(path[DRIVE_SIZE]) ? PATH_FORM_DRIVE : PATH_FORM_DRIVE_RELATIVE;
    if (!is_separator(path[0]))
        return PATH_FORM_RELATIVE;
    if (!is_separator(path[1]))
        return PATH_FORM_ROOTED;
    if ((path[2] == '.' || path[2] == '?') && (is_separator(path[3]) || !path[3]))
        return PATH_FORM_DEVICE;
    return PATH_FORM_NETWORK;
}

/* Past what comes before the names: \\?\, a drive. */
static const char *names_of(const char *path)
{
    const char *rest = after_verbatim(path);

    if (rest)
        path = rest;
    return is_drive(path) ? path + DRIVE_SIZE : path;
}

static bool is_dots(const char *name, size_t size)
{
    return (size == 1 && name[0] == '.') || (size == 2 && name[0] == '.' && name[1] == '.');
}

/*
 * CON, NUL, COM1, ... whatever extension follows: to Windows before 11 the device, in every folder. Only \\?\ and newer
 * versions let a file be called so, and then other programs cannot open it.
 */
static bool is_device_name(const char *name, size_t size)
{
    static const char *const devices[] = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"};
    static const char *const ports[] = {"COM", "LPT"};
    static const char *const superscripts[] = {"\xC2\xB9", "\xC2\xB2",
                                               "\xC2\xB3"}; /* of 1, 2, 3: they count, too */
    char stem[8] = "";
    size_t stem_size = 0;

    while (stem_size < size && name[stem_size] != '.')
        stem_size++;
    while (stem_size > 0 && name[stem_size - 1] == ' ')
        stem_size--;
    if (stem_size >= sizeof stem)
        return false;
    memcpy(stem, name, stem_size);

    if (text_is_one_of_ascii_nocase(stem, devices, sizeof devices / sizeof devices[0]))
        return true;
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        char port[4] = {stem[0], stem[0] ? stem[1] : '\0', stem[0] && stem[1] ? stem[2] : '\0', '\0'};

        if (!text_equal_ascii_nocase(port, ports[i]))
            continue;
        if (stem_size == 4 && stem[3] >= '0' && stem[3] <= '9')
            return true;
        for (size_t k = 0; k < 3; k++) {
            if (strcmp(stem + 3, superscripts[k]) == 0)
                return true;
        }
    }
    return false;
}

const char *path_fault(const char *path)
{
    const char *name = names_of(path);

    while (*name) {
        size_t size = strcspn(name, SEPARATORS);

        for (size_t i = 0; i < size; i++) {
            if ((unsigned char)name[i] < ' ')
                return "has a control character, which no Windows path has";
            if (strchr("<>\"|?*", name[i]))
                return "has a character that no Windows path has (one of < > \" | ? *)";
            if (name[i] == ':')
                return "names a stream of a file (\":\" behind its name)";
        }
        if (size && !is_dots(name, size) && (name[size - 1] == '.' || name[size - 1] == ' '))
            return "has a name that ends with a dot or a blank, which Windows drops, so that it means "
                   "another";
        if (is_device_name(name, size))
            return "has a name that Windows keeps for a device (con, prn, aux, nul, com1, lpt1, ...), with "
                   "any "
                   "extension. Give the file or folder another name";
        name += size;
        name += strspn(name, SEPARATORS);
    }
    return NULL;
}

/* The size without its last name and the separator before it; never less than the drive. */
static size_t size_of_parent(const struct sbx_buffer *path)
{
    size_t size = path->size;

    while (size > DRIVE_SIZE && path->data[size - 1] != '\\')
        size--;
    return size > DRIVE_SIZE ? size - 1 : size;
}

static void append_names(struct sbx_buffer *out, const char *names)
{
    while (*names && !buffer_failed(out)) {
        size_t size;

        names += strspn(names, SEPARATORS);
        size = strcspn(names, SEPARATORS);
        if (size == 2 && is_dots(names, size)) {
            out->size = size_of_parent(out);
        } else if (size > 0 && !is_dots(names, size)) {
            buffer_append(out, "\\", 1);
            buffer_append(out, names, size);
        }
        names += size;
    }
}

char *path_absolute(const char *directory, const char *path)
{
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    bool relative = path_form(path) == PATH_FORM_RELATIVE;
    const char *names = names_of(relative ? directory : path);

    buffer_append(&out, names - DRIVE_SIZE, DRIVE_SIZE);
    append_names(&out, names);
    if (relative)
        append_names(&out, path);
    if (!buffer_failed(&out) && out.size == DRIVE_SIZE)
        buffer_append(&out, "\\", 1);
    return buffer_take(&out, NULL);
}

char *path_join(const char *folder, const char *names)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    size_t size = strlen(folder);

    buffer_append_format(&path, "%s%s%s", folder, size && folder[size - 1] == '\\' ? "" : "\\", names);
    return buffer_take(&path, NULL);
}

/* What both have in common by ASCII letters in any case; everything else by its bytes. */
static bool starts_with(const char *text, const char *start, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char one[2] = {text[i], '\0'};
        char other[2] = {start[i], '\0'};

        if (!text[i] || !text_equal_ascii_nocase(one, other))
            return false;
    }
    return true;
}

bool path_holds(const char *folder, const char *path)
{
    size_t size = strlen(folder);

    while (size > 0 && is_separator(folder[size - 1]))
        size--;
    return starts_with(path, folder, size) && (!path[size] || is_separator(path[size]));
}

const char *path_below(const char *folder, const char *path)
{
    size_t size = strlen(folder);

    if (!path_holds(folder, path) || strlen(path) <= size)
        return NULL;
    return path + size + (path[size] == '\\');
}

bool path_is_drive_root(const char *path)
{
    return strlen(path) <= 3 && path[0] && path[1] == ':';
}

const char *path_name(const char *path)
{
    const char *name = path + strlen(path);

    while (name > path && !is_separator(name[-1]) && name[-1] != ':')
        name--;
    return name;
}

const char *path_extension(const char *path)
{
    const char *name = path_name(path);
    const char *dot = strrchr(name, '.');

    return dot ? dot : path + strlen(path);
}
