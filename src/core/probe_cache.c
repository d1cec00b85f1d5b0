/*
 * probe_cache.c - outcomes under a hash of what they depend on.
 */
#include "core/probe_cache.h"

#include "base/memory.h"
#include "core/jsontext.h"
#include "core/path.h"
#include "os/filesystem.h"
#include "os/random.h"

#include <string.h>

#define HEAD      "sbxcom probes 1\n"
#define MOST_SIZE 4096

/* The quick share, and only it. unix_program is Wine's, which has nothing worth keeping. */
static const struct {
    const char *name;
    size_t offset;
} kept[] = {
    {"write_workspace", offsetof(struct probe_results, write_workspace)},
    {"write_outside", offsetof(struct probe_results, write_outside)},
    {"delete_outside", offsetof(struct probe_results, delete_outside)},
    {"read_outside", offsetof(struct probe_results, read_outside)},
    {"open_caller", offsetof(struct probe_results, open_caller)},
    {"open_runner", offsetof(struct probe_results, open_runner)},
    {"inherit_unlisted", offsetof(struct probe_results, inherit_unlisted)},
    {"outlive_command", offsetof(struct probe_results, outlive_command)},
    {"break_away", offsetof(struct probe_results, break_away)},
    {"reparent", offsetof(struct probe_results, reparent)},
};
#define KEPT_COUNT (sizeof kept / sizeof kept[0])

static enum probe_outcome outcome_of(const struct probe_results *results, size_t row)
{
    return *(const enum probe_outcome *)((const char *)results + kept[row].offset);
}

/* Each text with its length, so that no two lists of texts come to the same bytes. */
static void put(struct sbx_buffer *out, const char *text)
{
    buffer_append_format(out, "%lu:", (unsigned long)(text ? strlen(text) : 0));
    buffer_append_text(out, text ? text : "");
    buffer_append_text(out, text ? ";" : "-");
}

static void put_number(struct sbx_buffer *out, uint64_t number)
{
    buffer_append_format(out, "%llu;", (unsigned long long)number);
}

static void put_all(struct sbx_buffer *out, const struct sbx_strings *texts)
{
    put_number(out, texts->count);
    for (size_t i = 0; i < texts->count; i++)
        put(out, texts->items[i]);
}

static void put_boundary(struct sbx_buffer *out, const struct boundary *boundary)
{
    put_number(out, boundary->level);
    put_number(out, boundary->token);
    put(out, boundary->workspace);
    put(out, boundary->capability_sid);
    put(out, boundary->principal_sid);
    put_number(out, boundary->place_count);
    for (size_t i = 0; i < boundary->place_count; i++) {
        const struct boundary_place *place = &boundary->places[i];

        if (boundary->temp && path_holds(boundary->temp, place->path))
            continue; /* another folder in each session, and nobody else's */
        put_number(out, place->right);
        put_number(out, place->present);
        put_number(out, place->link);
        put_number(out, place->keeps_acls);
        put_number(out, place->kind);
        put(out, place->path);
        put(out, place->volume_id);
        put(out, place->file_id);
        put(out, place->sid);
    }
    put_all(out, &boundary->recipe.restricting_sids);
    put_all(out, &boundary->recipe.deny_only_sids);
    put_all(out, &boundary->recipe.default_dacl_sids);
    put_number(out, boundary->recipe.write_restricted);
    put_number(out, boundary->recipe.logon_deny_only);
    put_number(out, boundary->memory_size);
    put_number(out, boundary->process_count);
    put_number(out, boundary->cpu_percent);
}

static void put_token(struct sbx_buffer *out, const struct token_facts *token)
{
    put(out, token->user_sid);
    put_all(out, &token->enabled_groups);
    put_all(out, &token->restricting_sids);
    put_number(out, token->elevated);
    put_number(out, token->integrity);
}

sbx_status probe_cache_key(const struct probe_cache_facts *facts, char key[PROBE_CACHE_KEY_SIZE],
                           struct sbx_error *error)
{
    static const char digits[] = "0123456789abcdef";
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    uint8_t digest[32];
    sbx_status status;

    if (!*facts->boot)
        return error_set(error, SBX_E_UNSUPPORTED_HOST, "This host does not tell one start from another.");
    put(&text, facts->version);
    put(&text, facts->runner);
    put(&text, facts->boot);
    put(&text, facts->host);
    put_token(&text, facts->caller);
    put_boundary(&text, facts->boundary);
    put_number(&text, facts->plan ? facts->plan->count : 0);
    for (size_t i = 0; facts->plan && i < facts->plan->count; i++)
        jsontext_write(step_as_json(&facts->plan->steps[i]), &text);
    status = buffer_failed(&text) ? error_memory(error, "a key")
                                  : hash_sha256(text.data, text.size, digest, error);
    buffer_free(&text);
    if (status)
        return status;

    for (size_t i = 0; i < sizeof digest; i++) {
        key[2 * i] = digits[digest[i] >> 4];
        key[2 * i + 1] = digits[digest[i] & 15];
    }
    key[2 * sizeof digest] = '\0';
    return SBX_OK;
}

bool probe_cache_is_worth(const struct probe_results *results, enum sbx_assurance file_write)
{
    for (size_t i = 0; i < KEPT_COUNT; i++) {
        if (outcome_of(results, i) != PROBE_REFUSED && outcome_of(results, i) != PROBE_ALLOWED)
            return false;
    }
    return file_write >= SBX_ENFORCED && results->write_outside == PROBE_REFUSED;
}

/* What the file of this key begins with. */
static void write_head(struct sbx_buffer *out, const char *key)
{
    buffer_append_format(out, HEAD "key %s\n", key);
}

/* From line to line; false at the end, or where a line has none. */
static bool next_line(char **at, char **line)
{
    char *end = strchr(*at, '\n');

    if (!end)
        return false;
    *end = '\0';
    *line = *at;
    *at = end + 1;
    return true;
}

static bool read_lines(char *text, struct probe_results *results)
{
    struct probe_results read = {0};
    char *line;
    size_t count = 0;

    while (next_line(&text, &line)) {
        if (strcmp(line, "end") == 0)
            break;
        if (!probe_read_line(&read, line))
            return false;
        count++;
    }
    if (*text || count != KEPT_COUNT)
        return false;
    for (size_t i = 0; i < KEPT_COUNT; i++) {
        if (outcome_of(&read, i) == PROBE_NOT_RUN)
            return false;
    }
    *results = read;
    return true;
}

bool probe_cache_read(const char *path, const char *key, struct probe_results *results)
{
    struct sbx_buffer head = SBX_BUFFER_EMPTY;
    char *bytes = NULL;
    size_t size = 0;
    bool whole = false;

    write_head(&head, key);
    if (!buffer_failed(&head) && !file_read_all(path, MOST_SIZE, &bytes, &size, NULL))
        whole = size > head.size && strlen(bytes) == size && memcmp(bytes, head.data, head.size) == 0 &&
                strcmp(bytes + size - 5, "\nend\n") == 0 && read_lines(bytes + head.size, results);
    sbx_free(bytes);
    buffer_free(&head);
    return whole;
}

sbx_status probe_cache_write(const char *path, const char *key, const struct probe_results *results,
                             struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    sbx_status status;

    write_head(&text, key);
    for (size_t i = 0; i < KEPT_COUNT; i++)
        probe_write_line(&text, kept[i].name, outcome_of(results, i), 0);
    buffer_append_text(&text, "end\n");
    status = buffer_failed(&text) ? error_memory(error, "what the probes found")
                                  : file_replace(path, text.data, text.size, error);
    buffer_free(&text);
    return status;
}
