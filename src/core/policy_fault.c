/*
 * policy_fault.c - paths, names and hosts in policies, by their text.
 *
 * Of paths that is refused which Windows would quietly read as another path than the one that stands there:
 * relative paths, "..", dots and blanks at the end of a name, streams. A rule that silently covers something
 * else is worse than an error.
 */
#include "core/policy_fault.h"

#include "base/text.h"
#include "core/path.h"

#include <string.h>

#define FAULT(what, fix) ((struct policy_fault){(what), (fix), NULL})
#define FINE             FAULT(NULL, NULL)

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ${toolchains} last: only PATH_ANY_PLACES knows it. */
static const char *const place_presets[] = {"${workspace}", "${temp}", "${home}", "${toolchains}"};
static const char *const name_presets[] = {"${vcs}", "${agents}", "${editors}"};

#define MOST_PATH  32767 /* bytes; the kernel's limit is as many UTF-16 units */
#define MOST_VALUE 32766 /* bytes of a variable's value, the same */
#define MOST_NAME  255   /* bytes of a variable's name or pattern */
#define MOST_HOST  253
#define MOST_LABEL 63

static bool is_separator(char letter)
{
    return letter == '/' || letter == '\\';
}

static bool has_dots(const char *names)
{
    while (*names) {
        size_t size = strcspn(names, "/\\");

        if ((size == 1 && names[0] == '.') || (size == 2 && names[0] == '.' && names[1] == '.'))
            return true;
        names += size;
        names += strspn(names, "/\\");
    }
    return false;
}

static struct policy_fault fault_of_names(const char *names)
{
    const char *what;

    if (strpbrk(names, "*?"))
        return FAULT("has a wildcard", "A path covers everything below it; patterns are not read here.");
    if (has_dots(names))
        return FAULT("has a \".\" or \"..\"", "Write the path that it leads to.");
    what = path_fault(names);
    return what ? FAULT(what, "Write the path as Windows itself shows it.") : FINE;
}

/* The length of "${name}" at the front, 0 where there is none. */
static size_t preset_size(const char *text)
{
    const char *end;

    if (strncmp(text, "${", 2) != 0)
        return 0;
    end = strchr(text, '}');
    return end ? (size_t)(end - text) + 1 : 0;
}

static bool is_known(const char *text, size_t size, const char *const *presets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(presets[i]) == size && strncmp(presets[i], text, size) == 0)
            return true;
    }
    return false;
}

static const char *nearest_preset(const char *text, size_t size, const char *const *presets, size_t count)
{
    char name[32] = "";

    if (size < sizeof name)
        memcpy(name, text, size);
    return text_nearest(name, presets, count);
}

static struct policy_fault fault_of_preset(enum path_kind kind, const char *text, size_t size)
{
    size_t count = kind == PATH_ANY_PLACES ? COUNT(place_presets) : COUNT(place_presets) - 1;

    if (!is_known(text, size, place_presets, count)) {
        const char *nearest = nearest_preset(text, size, place_presets, count);

        if (kind == PATH_ANY_PLACES)
            return (struct policy_fault){
                "is no known place", "Known are ${workspace}, ${temp}, ${home} and ${toolchains}.", nearest};
        return (struct policy_fault){"is no known place here", "Known are ${workspace}, ${temp} and ${home}.",
                                     nearest};
    }
    if (!text[size])
        return FINE;
    if (strncmp(text, "${toolchains}", size) == 0)
        return FAULT("goes on behind ${toolchains}, which stands for several folders",
                     "Write the folder itself.");
    if (!is_separator(text[size]))
        return FAULT("has letters right behind a place's name", "Write a / or \\ between them.");
    return fault_of_names(text + size);
}

static struct policy_fault fault_of_place(enum path_kind kind, const char *text)
{
    static const char absolute[] = "Write C:\\folder, or begin with ${workspace}, ${temp} or ${home}.";
    size_t size = preset_size(text);

    if (size)
        return fault_of_preset(kind, text, size);
    switch (path_form(text)) {
    case PATH_FORM_DRIVE:
        if (!is_separator(text[0]))
            return fault_of_names(text);
        return FAULT("has a prefix that turns off how Windows reads names",
                     "Write it without, as C:\\folder.");
    case PATH_FORM_DEVICE:
        return FAULT("is a device path", "Write it with a drive, as C:\\folder.");
    case PATH_FORM_NETWORK:
        return FAULT("is on another machine, where Windows does not let us keep a boundary",
                     "Write a path on a local drive.");
    default:
        break;
    }
    if (text[0] && strchr("~%$", text[0]))
        return FAULT("is relative: ~ and variables are not expanded here", absolute);
    return FAULT("is relative", absolute);
}

static struct policy_fault fault_of_protected(const char *text)
{
    size_t size = preset_size(text);

    if (size) {
        struct policy_fault unknown = {"is no known set of names",
                                       "Known are ${vcs}, ${agents} and ${editors}, each alone.", NULL};

        if (!is_known(text, size, name_presets, COUNT(name_presets)))
            unknown.nearest = nearest_preset(text, size, name_presets, COUNT(name_presets));
        else if (!text[size])
            return FINE;
        return unknown;
    }
    if (path_form(text) != PATH_FORM_RELATIVE)
        return FAULT("is absolute",
                     "Protected names are relative to each folder that may be written, as .git/hooks; "
                     "a path of its own belongs into files.deny.");
    return fault_of_names(text);
}

struct policy_fault policy_fault_of_path(enum path_kind kind, const char *text)
{
    if (!*text)
        return FAULT("is empty", kind == PATH_PROTECTED
                                     ? "Write a name such as .git/hooks, or take the entry out."
                                     : "Write a path such as C:\\folder, or take the entry out.");
    if (strlen(text) > MOST_PATH)
        return FAULT("is longer than any Windows path", "At most 32767 bytes are taken.");
    return kind == PATH_PROTECTED ? fault_of_protected(text) : fault_of_place(kind, text);
}

static char folded(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

void policy_fold_path(char *path)
{
    char *out = path;

    for (const char *at = path; *at; at++) {
        if (!is_separator(*at))
            *out++ = folded(*at);
        else if (out == path || out[-1] != '/')
            *out++ = '/';
    }
    if (out > path && out[-1] == '/')
        out--;
    *out = '\0';
}

static bool has_control_character(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            return true;
    }
    return false;
}

struct policy_fault policy_fault_of_pattern(const char *text)
{
    if (!*text)
        return FAULT("is empty", "Write a variable's name, or take the entry out.");
    if (strlen(text) > MOST_NAME)
        return FAULT("is longer than any variable's name that programs use", "At most 255 bytes are taken.");
    if (strchr(text, '='))
        return FAULT("has a \"=\"", "Write the variable's name alone; values go into environment.set.");
    if (has_control_character(text))
        return FAULT("has a control character", "Take it out.");
    return FINE;
}

struct policy_fault policy_fault_of_name(const char *text)
{
    struct policy_fault fault = policy_fault_of_pattern(text);

    if (!fault.what && strpbrk(text, "*?"))
        return FAULT("has a wildcard", "A value is set for one variable: write its name.");
    return fault;
}

struct policy_fault policy_fault_of_value(const char *text)
{
    return strlen(text) > MOST_VALUE ? FAULT("is longer than Windows takes", "At most 32766 bytes are taken.")
                                     : FINE;
}

struct policy_fault policy_fault_of_command(const char *text)
{
    if (!*text)
        return FAULT("is empty", "Leave the key out to grant to every command.");
    return has_control_character(text) ? FAULT("has a control character", "Take it out.") : FINE;
}

static bool is_letter_or_digit(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
}

/* Letters, digits, hyphens and underscores between dots, no hyphen at either end of a part. */
static struct policy_fault fault_of_labels(const char *text)
{
    const struct policy_fault not_a_name =
        FAULT("is no host name", "Write letters, digits, hyphens and dots, as packages.example.com.");
    size_t label = 0;

    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at >= 0x80)
            return FAULT("has letters outside ASCII", "Write the name as DNS has it (xn--...).");
        if (*at == '.') {
            if (!label || at[-1] == '-')
                return not_a_name;
            label = 0;
        } else if (is_letter_or_digit(*at) || *at == '_' || (*at == '-' && label)) {
            if (++label > MOST_LABEL)
                return FAULT("has a part of more than 63 letters, which no host name has",
                             "Write the name as DNS has it.");
        } else
            return not_a_name;
    }
    return !label || text[strlen(text) - 1] == '-' ? not_a_name : FINE;
}

struct policy_fault policy_fault_of_host(const char *text)
{
    if (!*text)
        return FAULT("is empty", "Write the host's name, as packages.example.com.");
    if (strlen(text) > MOST_HOST)
        return FAULT("is longer than any host name", "At most 253 letters are taken.");
    if (strstr(text, "://") || strchr(text, '/'))
        return FAULT("is an address with more than the host",
                     "Write the host's name alone, as packages.example.com.");
    if (strpbrk(text, "*?"))
        return FAULT("has a wildcard", "A grant names one host; write an entry for each.");
    if (strchr(text, ':'))
        return FAULT("has a \":\"",
                     "Write the port under \"port\"; IPv6 addresses are not granted by number, write "
                     "the host's name.");
    return fault_of_labels(text);
}
