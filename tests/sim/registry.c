/*
 * registry.c - os/registry.h of the simulation: keys below HKEY_LOCAL_MACHINE, each with its values.
 */
#include "os/registry.h"
#include "base/memory.h"
#include "sim/machine.h"
#include "sim/security.h"
#include "sim/snapshot.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum value_kind { VALUE_TEXT, VALUE_NUMBER, VALUE_BINARY };

struct value {
    char *name;
    enum value_kind kind;
    char *text;
    uint32_t number;
    struct value *next;
};

struct key {
    char *path;
    struct value *values;
    struct key *next;
};

static struct key *keys;

static struct key **find_key(const char *path)
{
    struct key **link = &keys;

    while (*link && !text_equal_ascii_nocase((*link)->path, path))
        link = &(*link)->next;
    return link;
}

static struct value **find_value(struct key *key, const char *name)
{
    struct value **link = &key->values;

    while (*link && !text_equal_ascii_nocase((*link)->name, name))
        link = &(*link)->next;
    return link;
}

static void make_key(const char *path)
{
    struct key *key = sim_allocate(sizeof *key);

    key->path = sim_duplicate(path);
    key->next = keys;
    keys = key;
}

static void remove_value(struct value **link)
{
    struct value *value = *link;

    *link = value->next;
    free(value->name);
    free(value->text);
    free(value);
}

static void remove_key(struct key **link)
{
    struct key *key = *link;

    while (key->values)
        remove_value(&key->values);
    *link = key->next;
    free(key->path);
    free(key);
}

static bool has_keys_below(const char *path)
{
    size_t size = strlen(path);

    for (const struct key *key = keys; key; key = key->next) {
        char *front = sim_duplicate(key->path);
        bool below = strlen(front) > size && front[size] == '\\';

        if (below)
            front[size] = '\0';
        below = below && text_equal_ascii_nocase(front, path);
        free(front);
        if (below)
            return true;
    }
    return false;
}

static struct value *value_of(const char *key, const char *name)
{
    struct key *found = *find_key(key);

    return found ? *find_value(found, name) : NULL;
}

/* Reading. */

static sbx_status read_value(const char *key, const char *name, enum value_kind kind,
                             const struct value **value, struct sbx_error *error)
{
    sbx_status status = sim_enter("RegGetValue", error);

    if (status)
        return status;
    *value = value_of(key, name);
    if (!*value)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no value %s in %s.", name, key);
    if ((*value)->kind != kind)
        return error_system(error, "RegGetValue", SIM_ERROR_UNSUPPORTED_TYPE);
    return SBX_OK;
}

sbx_status registry_read_text(const char *key, const char *name, char **text, struct sbx_error *error)
{
    const struct value *value;
    sbx_status status = read_value(key, name, VALUE_TEXT, &value, error);
    char *copy;

    if (status)
        return status;
    copy = sbx_strdup(value->text);
    if (!copy)
        return error_memory(error, "a value");
    *text = copy;
    return SBX_OK;
}

sbx_status registry_read_number(const char *key, const char *name, uint32_t *number, struct sbx_error *error)
{
    const struct value *value;
    sbx_status status = read_value(key, name, VALUE_NUMBER, &value, error);

    if (!status)
        *number = value->number;
    return status;
}

sbx_status registry_list(const char *key, struct sbx_strings *names, struct sbx_error *error)
{
    struct sbx_strings found = {0};
    sbx_status status = sim_enter("RegEnumValue", error);
    struct key *there;

    if (status)
        return status;
    there = *find_key(key);
    if (!there)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no key %s.", key);
    for (const struct value *value = there->values; value && !status; value = value->next)
        status = strings_append(&found, value->name);
    if (status) {
        strings_free(&found);
        return error_memory(error, "names");
    }
    *names = found;
    return SBX_OK;
}

/* Writing: each key that is made is a change of its own. */

static sbx_status make_keys(const char *path, struct sbx_error *error)
{
    sbx_status status = SBX_OK;
    char *part = sim_duplicate(path);

    for (size_t size = 0; !status; size++) {
        if (path[size] && path[size] != '\\')
            continue;
        part[size] = '\0';
        if (!*find_key(part)) {
            status = sim_change("RegCreateKeyEx", error);
            if (!status) {
                make_key(part);
                status = sim_changed("RegCreateKeyEx", error);
            }
        }
        part[size] = path[size];
        if (!path[size])
            break;
    }
    free(part);
    return status;
}

static void set_value(const char *key, const char *name, enum value_kind kind, const char *text,
                      uint32_t number)
{
    struct value **link = find_value(*find_key(key), name);

    if (*link)
        remove_value(link);
    link = &(*find_key(key))->values;
    while (*link)
        link = &(*link)->next;
    *link = sim_allocate(sizeof **link);
    (*link)->name = sim_duplicate(name);
    (*link)->kind = kind;
    (*link)->text = sim_duplicate(text);
    (*link)->number = number;
}

static sbx_status enter_as_administrator(const char *call, struct sbx_error *error)
{
    sbx_status status = sim_enter(call, error);

    if (!status && !sim_is_administrator(sim_caller()))
        status = error_system(error, call, SIM_ERROR_ACCESS_DENIED);
    return status;
}

static sbx_status write_value(const char *key, const char *name, enum value_kind kind, const char *text,
                              uint32_t number, struct sbx_error *error)
{
    sbx_status status = enter_as_administrator("RegCreateKeyEx", error);

    if (!status && !sim_host.drops_values)
        status = make_keys(key, error);
    if (!status)
        status = sim_enter("RegSetValueEx", error);
    if (!status)
        status = sim_change("RegSetValueEx", error);
    if (status)
        return status;
    if (!sim_host.drops_values && *find_key(key))
        set_value(key, name, kind, text, number);
    return sim_changed("RegSetValueEx", error);
}

sbx_status registry_write_text(const char *key, const char *name, const char *text, struct sbx_error *error)
{
    return write_value(key, name, VALUE_TEXT, text, 0, error);
}

sbx_status registry_write_number(const char *key, const char *name, uint32_t number, struct sbx_error *error)
{
    return write_value(key, name, VALUE_NUMBER, "", number, error);
}

static bool is_below(const char *path, const char *stop)
{
    size_t size = strlen(stop);

    return strlen(path) > size + 1 && path[size] == '\\';
}

sbx_status registry_delete(const char *key, const char *name, const char *stop, struct sbx_error *error)
{
    sbx_status status = enter_as_administrator("RegDeleteValue", error);
    char *path;

    if (status)
        return status;
    if (value_of(key, name)) {
        status = sim_change("RegDeleteValue", error);
        if (status)
            return status;
        remove_value(find_value(*find_key(key), name));
        status = sim_changed("RegDeleteValue", error);
    }
    path = sim_duplicate(key);
    while (!status && is_below(path, stop) && !has_keys_below(path) &&
           (!*find_key(path) || !(*find_key(path))->values)) {
        if (*find_key(path)) {
            status = sim_change("RegDeleteKeyEx", error);
            if (status)
                break;
            remove_key(find_key(path));
            status = sim_changed("RegDeleteKeyEx", error);
        }
        *strrchr(path, '\\') = '\0';
    }
    free(path);
    return status;
}

/* What tests ask and do. */

static void make_keys_for_test(const char *path)
{
    char *part = sim_duplicate(path);
    char *end;

    if (!*find_key(path))
        make_key(path);
    while ((end = strrchr(part, '\\')) != NULL) {
        *end = '\0';
        if (!*find_key(part))
            make_key(part);
    }
    free(part);
}

void sim_set_value_text(const char *key, const char *name, const char *text)
{
    make_keys_for_test(key);
    set_value(key, name, VALUE_TEXT, text, 0);
}

void sim_set_value_number(const char *key, const char *name, uint32_t number)
{
    make_keys_for_test(key);
    set_value(key, name, VALUE_NUMBER, "", number);
}

void sim_set_value_binary(const char *key, const char *name)
{
    make_keys_for_test(key);
    set_value(key, name, VALUE_BINARY, "", 0);
}

bool sim_has_key(const char *key)
{
    return *find_key(key) != NULL;
}

void sim_registry_reset(void)
{
    while (keys)
        remove_key(&keys);
    sim_set_value_text("SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon", "Shell", "explorer.exe");
}

void sim_registry_snapshot(struct sim_snapshot *snapshot)
{
    for (const struct key *key = keys; key; key = key->next) {
        char line[1024], text[1024];

        snprintf(line, sizeof line, "key %s", key->path);
        sim_snapshot_add(snapshot, line, "is there");
        for (const struct value *value = key->values; value; value = value->next) {
            snprintf(line, sizeof line, "value %s of %s", value->name, key->path);
            snprintf(text, sizeof text, "kind %d, %s, %u", (int)value->kind, value->text,
                     (unsigned)value->number);
            sim_snapshot_add(snapshot, line, text);
        }
    }
}
