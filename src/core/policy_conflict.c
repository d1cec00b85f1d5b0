/*
 * policy_conflict.c - what contradicts itself.
 *
 * Two things are the same when their keys are: a spelling that all names of the same thing have. The keys are
 * sorted, so that a thousand entries cost no million comparisons.
 */
#include "core/policy_conflict.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "core/policy_read.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    char *key;
    size_t index; /* in its list */
    bool denied;
};

struct entries {
    struct entry *items;
    size_t count;
};

static sbx_status entries_make(struct entries *entries, size_t most)
{
    entries->items = sbx_alloc_array(most, sizeof *entries->items);
    entries->count = 0;
    return entries->items ? SBX_OK : SBX_E_MEMORY;
}

static void entries_free(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        sbx_free(entries->items[i].key);
    sbx_free(entries->items);
}

/* Takes the key, NULL for lack of memory. */
static sbx_status entries_add(struct entries *entries, char *key, size_t index, bool denied)
{
    if (!key)
        return SBX_E_MEMORY;
    entries->items[entries->count++] = (struct entry){key, index, denied};
    return SBX_OK;
}

/* Same keys together: first what is granted, then what is denied, each in its list's order. */
static int compare(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    int order = strcmp(x->key, y->key);

    if (!order)
        order = (int)x->denied - (int)y->denied;
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static bool same(const struct entry *a, const struct entry *b)
{
    return strcmp(a->key, b->key) == 0;
}

static void entries_sort(struct entries *entries)
{
    qsort(entries->items, entries->count, sizeof *entries->items, compare);
}

/* ---- Paths ---- */

static sbx_status add_paths(const struct sbx_strings *paths, bool denied, struct entries *entries)
{
    for (size_t i = 0; i < paths->count; i++) {
        char *key;

        if (!paths->items[i][0])
            continue;
        key = sbx_strdup(paths->items[i]);
        if (key)
            policy_fold_path(key);
        if (entries_add(entries, key, i, denied))
            return SBX_E_MEMORY;
    }
    return SBX_OK;
}

static const struct policy_place whole = {NULL, NULL, 0, false};

static sbx_status refuse_path(const struct sbx_policy *policy, size_t denied, const char *list,
                              size_t granted, struct policy_problems *problems)
{
    const struct policy_place files = {&whole, "files", 0, false};
    const struct policy_place deny = {&files, "deny", 0, false};
    const struct policy_place place = {&deny, NULL, denied, false};
    char shown[POLICY_SHOWN_SIZE];

    return policy_refuse(&place, problems, SBX_E_POLICY_CONFLICT, "Take out one of the two.",
                         "%s is granted by /files/%s/%zu and denied here.",
                         policy_show(policy->files.deny.items[denied], shown), list, granted);
}

static sbx_status check_paths(const struct sbx_policy *policy, const struct sbx_strings *granted,
                              const char *list, struct policy_problems *problems)
{
    struct entries entries;
    const struct entry *grant = NULL;
    sbx_status status = entries_make(&entries, granted->count + policy->files.deny.count);

    if (status)
        return status;
    status = add_paths(granted, false, &entries);
    if (!status)
        status = add_paths(&policy->files.deny, true, &entries);
    if (!status)
        entries_sort(&entries);
    for (size_t i = 0; i < entries.count && !status; i++) {
        const struct entry *entry = &entries.items[i];

        if (!grant || !same(grant, entry))
            grant = entry->denied ? NULL : entry;
        else if (entry->denied)
            status = refuse_path(policy, entry->index, list, grant->index, problems);
    }
    entries_free(&entries);
    return status;
}

/* ---- Grants ---- */

static void append_folded(struct sbx_buffer *key, const char *text)
{
    for (; *text; text++) {
        char letter = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;

        buffer_append(key, &letter, 1);
    }
}

/* "host:port" for any command, else "host:port:command"; hosts have no colon. */
static char *key_of_grant(const struct policy_grant *grant)
{
    struct sbx_buffer key = SBX_BUFFER_EMPTY;

    append_folded(&key, grant->host);
    buffer_append_format(&key, ":%u", (unsigned)grant->port);
    if (grant->command)
        buffer_append_format(&key, ":%s", grant->command);
    return buffer_take(&key, NULL);
}

static sbx_status refuse_grant(const struct policy_grant *grant, size_t index, size_t first,
                               struct policy_problems *problems)
{
    const struct policy_place network = {&whole, "network", 0, false};
    const struct policy_place allow = {&network, "allow", 0, false};
    const struct policy_place place = {&allow, NULL, index, false};
    char shown[POLICY_SHOWN_SIZE];

    return policy_refuse(&place, problems, SBX_E_POLICY_CONFLICT, "Take out one of the two.",
                         "%s, port %u, is granted by /network/allow/%zu already.",
                         policy_show(grant->host, shown), (unsigned)grant->port, first);
}

static sbx_status check_grants(const struct sbx_policy *policy, struct policy_problems *problems)
{
    const struct policy_grant *grants = policy->network.allow;
    struct entries entries;
    const struct entry *first = NULL;
    sbx_status status = entries_make(&entries, policy->network.allow_count);

    for (size_t i = 0; i < policy->network.allow_count && !status; i++) {
        if (grants[i].host)
            status = entries_add(&entries, key_of_grant(&grants[i]), i, false);
    }
    if (!status)
        entries_sort(&entries);
    for (size_t i = 0; i < entries.count && !status; i++) {
        const struct entry *entry = &entries.items[i];

        if (first && same(first, entry))
            status = refuse_grant(&grants[entry->index], entry->index, first->index, problems);
        else
            first = entry;
    }
    entries_free(&entries);
    return status;
}

/* ---- Variables ---- */

static char *key_of_variable(const char *name)
{
    struct sbx_buffer key = SBX_BUFFER_EMPTY;

    append_folded(&key, name);
    return buffer_take(&key, NULL);
}

static sbx_status refuse_variable(const char *name, const char *other, struct policy_problems *problems)
{
    const struct policy_place environment = {&whole, "environment", 0, false};
    const struct policy_place set = {&environment, "set", 0, false};
    const struct policy_place place = {&set, name, 0, true};
    char first[POLICY_SHOWN_SIZE];
    char second[POLICY_SHOWN_SIZE];

    return policy_refuse(&place, problems, SBX_E_POLICY_CONFLICT, "Take out one of the two.",
                         "%s and %s are the same variable to Windows.", policy_show(other, first),
                         policy_show(name, second));
}

/* JSON's keys differ by case, Windows' variables do not: of two values one would be dropped. */
static sbx_status check_variables(const struct sbx_policy *policy, struct policy_problems *problems)
{
    const struct policy_variable *set = policy->environment.set;
    struct entries entries;
    const struct entry *first = NULL;
    sbx_status status = entries_make(&entries, policy->environment.set_count);

    for (size_t i = 0; i < policy->environment.set_count && !status; i++) {
        if (set[i].name)
            status = entries_add(&entries, key_of_variable(set[i].name), i, false);
    }
    if (!status)
        entries_sort(&entries);
    for (size_t i = 0; i < entries.count && !status; i++) {
        const struct entry *entry = &entries.items[i];

        if (first && same(first, entry))
            status = refuse_variable(set[entry->index].name, set[first->index].name, problems);
        else
            first = entry;
    }
    entries_free(&entries);
    return status;
}

sbx_status policy_conflicts(const struct sbx_policy *policy, struct policy_problems *problems)
{
    sbx_status status = check_paths(policy, &policy->files.write, "write", problems);

    if (!status)
        status = check_paths(policy, &policy->files.read, "read", problems);
    if (!status)
        status = check_grants(policy, problems);
    if (!status)
        status = check_variables(policy, problems);
    return status;
}
