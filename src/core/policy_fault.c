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

static const char *fault_of_names(const char *names)
{
    if (strpbrk(names, "*?"))
        return "has a wildcard. A path covers everything below it; patterns are not read here";
    if (has_dots(names))
        return "has a \".\" or \"..\". Write the path that it leads to";
    return path_fault(names);
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

static const char *fault_of_place(enum path_kind kind, const char *text, const char **nearest)
{
    size_t count = kind == PATH_ANY_PLACES ? COUNT(place_presets) : COUNT(place_presets) - 1;
    size_t size = preset_size(text);

    if (size) {
        if (!is_known(text, size, place_presets, count)) {
            *nearest = nearest_preset(text, size, place_presets, count);
            return kind == PATH_ANY_PLACES
                       ? "is no known place. Known are ${workspace}, ${temp}, ${home} and ${toolchains}"
                       : "is no known place here. Known are ${workspace}, ${temp} and ${home}";
        }
        if (!text[size])
            return NULL;
        if (strncmp(text, "${toolchains}", size) == 0)
            return "goes on behind ${toolchains}, which stands for several folders. Write the folder itself";
        if (!is_separator(text[size]))
            return "needs a / or \\ behind the place's name";
        return fault_of_names(text + size);
    }

    switch (path_form(text)) {
    case PATH_FORM_DRIVE:
        if (!is_separator(text[0]))
            return fault_of_names(text);
        return "has a prefix that turns off how Windows reads names. Write it without, as C:\\folder";
    case PATH_FORM_DEVICE:
        return "is a device path. Write it with a drive, as C:\\folder";
    case PATH_FORM_NETWORK:
        return "is on another machine, where Windows does not let us keep a boundary. Write a path on a "
               "local drive";
    default:
        break;
    }
    if (text[0] && strchr("~%$", text[0]))
        return "is relative: ~ and variables are not expanded here. Write C:\\folder, or begin with ${home}, "
               "${workspace} or ${temp}";
    return "is relative. Write C:\\folder, or begin with ${workspace}, ${temp} or ${home}";
}

static const char *fault_of_protected(const char *text, const char **nearest)
{
    size_t size = preset_size(text);

    if (size) {
        if (!is_known(text, size, name_presets, COUNT(name_presets)))
            *nearest = nearest_preset(text, size, name_presets, COUNT(name_presets));
        else if (!text[size])
            return NULL;
        return "is no known set of names. Known are ${vcs}, ${agents} and ${editors}, each alone";
    }
    if (path_form(text) != PATH_FORM_RELATIVE)
        return "is absolute. Protected names are relative to each folder that may be written, as .git/hooks; "
               "a path of its own belongs into files.deny";
    return fault_of_names(text);
}

const char *policy_fault_of_path(enum path_kind kind, const char *text, const char **nearest)
{
    *nearest = NULL;
    if (!*text)
        return "is empty";
    if (strlen(text) > MOST_PATH)
        return "is longer than any Windows path";
    return kind == PATH_PROTECTED ? fault_of_protected(text, nearest) : fault_of_place(kind, text, nearest);
}

static char folded(char letter)
{
    if (letter == '\\')
        return '/';
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

/* One character further, a run of separators being one, and at the end of the text none. */
static const char *step(const char *at)
{
    if (!is_separator(*at))
        return at + 1;
    while (is_separator(*at))
        at++;
    return at;
}

static bool is_end(const char *at)
{
    return !*at || (is_separator(*at) && !*step(at));
}

bool policy_same_path(const char *a, const char *b)
{
    while (!is_end(a) && !is_end(b)) {
        if (folded(*a) != folded(*b))
            return false;
        a = step(a);
        b = step(b);
    }
    return is_end(a) && is_end(b);
}

static bool has_control_character(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7F)
            return true;
    }
    return false;
}

const char *policy_fault_of_pattern(const char *text)
{
    if (!*text)
        return "is empty";
    if (strlen(text) > MOST_NAME)
        return "is longer than any variable's name that programs use";
    if (strchr(text, '='))
        return "has a \"=\". Write the variable's name alone; values go into environment.set";
    if (has_control_character(text))
        return "has a control character";
    return NULL;
}

const char *policy_fault_of_name(const char *text)
{
    const char *fault = policy_fault_of_pattern(text);

    if (!fault && strpbrk(text, "*?"))
        return "has a wildcard. A value is set for one variable: write its name";
    return fault;
}

const char *policy_fault_of_value(const char *text)
{
    return strlen(text) > MOST_VALUE ? "is longer than Windows takes (32766)" : NULL;
}

const char *policy_fault_of_command(const char *text)
{
    if (!*text)
        return "is empty. Leave the key out to grant to every command";
    return has_control_character(text) ? "has a control character" : NULL;
}

static bool is_letter_or_digit(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9');
}

const char *policy_fault_of_host(const char *text)
{
    static const char not_a_name[] =
        "is no host name. Write letters, digits, hyphens and dots, as packages.example.com";
    size_t label = 0;

    if (!*text)
        return "is empty";
    if (strlen(text) > MOST_HOST)
        return "is longer than any host name (253)";
    if (strstr(text, "://") || strchr(text, '/'))
        return "is an address with more than the host. Write the host's name alone, as packages.example.com";
    if (strpbrk(text, "*?"))
        return "has a wildcard. A grant names one host; write an entry for each";
    if (strchr(text, ':'))
        return "has a \":\". Write the port under \"port\"; IPv6 addresses are not granted by number, write "
               "the host's name";
    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at >= 0x80)
            return "has letters outside ASCII. Write the name as DNS has it (xn--...)";
        if (*at == '.') {
            if (!label || at[-1] == '-')
                return not_a_name;
            label = 0;
        } else if (is_letter_or_digit(*at) || *at == '_' || (*at == '-' && label)) {
            if (++label > MOST_LABEL)
                return "has a part of more than 63 letters, which no host name has";
        } else
            return not_a_name;
    }
    return !label || text[strlen(text) - 1] == '-' ? not_a_name : NULL;
}
