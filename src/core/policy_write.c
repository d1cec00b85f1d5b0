/*
 * policy_write.c - a policy as its canonical text, which json.dumps(..., indent=2) of Python would write as well.
 */
#include "core/policy.h"

#include "core/policy_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* JSON's two-character escapes are few enough to do without: what has to be escaped is rare. */
void policy_write_text(struct sbx_buffer *out, const char *text)
{
    buffer_append_text(out, "\"");
    while (*text) {
        size_t plain = 0;

        while ((unsigned char)text[plain] >= ' ' && text[plain] != '"' && text[plain] != '\\')
            plain++;
        buffer_append(out, text, plain);
        text += plain;
        if (*text == '"' || *text == '\\')
            buffer_append_format(out, "\\%c", *text++);
        else if (*text)
            buffer_append_format(out, "\\u%04x", (unsigned)*text++);
    }
    buffer_append_text(out, "\"");
}

/*
 * The shortest text that reads as the same number. In programs that set a locale printf may write a comma, or
 * something of several bytes, for the point.
 */
void policy_write_number(struct sbx_buffer *out, double number)
{
    char text[40];
    bool in_point = false;

    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    for (const char *at = text; *at; at++) {
        bool plain = strchr("0123456789+-e", *at) != NULL;

        if (plain)
            buffer_append(out, at, 1);
        else if (!in_point)
            buffer_append_text(out, ".");
        in_point = !plain;
    }
}

static void write_line(struct sbx_buffer *out, int level)
{
    buffer_append_format(out, "\n%*s", 2 * level, "");
}

/* `first` tells whether a comma is needed, and is false afterwards. */
static void write_key(struct sbx_buffer *out, int level, const char *key, bool *first)
{
    if (!*first)
        buffer_append_text(out, ",");
    *first = false;
    write_line(out, level);
    policy_write_text(out, key);
    buffer_append_text(out, ": ");
}

static void write_word(struct sbx_buffer *out, int level, const char *key, const char *word, bool *first)
{
    write_key(out, level, key, first);
    policy_write_text(out, word);
}

static void write_whole(struct sbx_buffer *out, int level, const char *key, uint32_t number, bool *first)
{
    write_key(out, level, key, first);
    buffer_append_format(out, "%lu", (unsigned long)number);
}

static void write_list(struct sbx_buffer *out, int level, const char *key, const struct sbx_strings *strings,
                       bool *first)
{
    write_key(out, level, key, first);
    buffer_append_text(out, "[");
    for (size_t i = 0; i < strings->count; i++) {
        buffer_append_text(out, i ? "," : "");
        write_line(out, level + 1);
        policy_write_text(out, strings->items[i]);
    }
    if (strings->count)
        write_line(out, level);
    buffer_append_text(out, "]");
}

/* Opens an object as the value of a key; `first` is that of its own keys. */
static bool open_object(struct sbx_buffer *out, int level, const char *key, bool *first)
{
    write_key(out, level, key, first);
    buffer_append_text(out, "{");
    return true;
}

static void close_object(struct sbx_buffer *out, int level)
{
    write_line(out, level);
    buffer_append_text(out, "}");
}

static void write_files(const struct sbx_policy *policy, struct sbx_buffer *out, bool *outer)
{
    bool first = open_object(out, 1, "files", outer);

    write_list(out, 2, "write", &policy->files.write, &first);
    write_list(out, 2, "read", &policy->files.read, &first);
    write_list(out, 2, "deny", &policy->files.deny, &first);
    write_list(out, 2, "protect", &policy->files.protect, &first);
    write_word(out, 2, "onPlanted", policy_planted_words[policy->files.on_planted], &first);
    close_object(out, 1);
}

static void write_grant(const struct policy_grant *grant, struct sbx_buffer *out)
{
    bool first = true;

    write_line(out, 3);
    buffer_append_text(out, "{");
    write_word(out, 4, "host", grant->host, &first);
    write_whole(out, 4, "port", grant->port, &first);
    write_key(out, 4, "minutes", &first);
    policy_write_number(out, grant->minutes);
    if (grant->command)
        write_word(out, 4, "command", grant->command, &first);
    close_object(out, 3);
}

static void write_network(const struct sbx_policy *policy, struct sbx_buffer *out, bool *outer)
{
    bool first = open_object(out, 1, "network", outer);

    write_word(out, 2, "mode", policy_mode_words[policy->network.mode], &first);
    write_word(out, 2, "localhost", policy_localhost_words[policy->network.localhost], &first);
    write_key(out, 2, "allow", &first);
    buffer_append_text(out, "[");
    for (size_t i = 0; i < policy->network.allow_count; i++) {
        buffer_append_text(out, i ? "," : "");
        write_grant(&policy->network.allow[i], out);
    }
    if (policy->network.allow_count)
        write_line(out, 2);
    buffer_append_text(out, "]");
    close_object(out, 1);
}

static void write_limits(const struct sbx_policy *policy, struct sbx_buffer *out, bool *outer)
{
    bool first = open_object(out, 1, "limits", outer);

    write_whole(out, 2, "memoryMB", policy->limits.memory_mb, &first);
    write_whole(out, 2, "processes", policy->limits.processes, &first);
    write_whole(out, 2, "cpuPercent", policy->limits.cpu_percent, &first);
    write_whole(out, 2, "seconds", policy->limits.seconds, &first);
    write_whole(out, 2, "outputMB", policy->limits.output_mb, &first);
    close_object(out, 1);
}

static void write_environment(const struct sbx_policy *policy, struct sbx_buffer *out, bool *outer)
{
    bool first = open_object(out, 1, "environment", outer);
    bool first_name = true;

    write_list(out, 2, "inherit", &policy->environment.inherit, &first);
    write_key(out, 2, "set", &first);
    buffer_append_text(out, "{");
    for (size_t i = 0; i < policy->environment.set_count; i++)
        write_word(out, 3, policy->environment.set[i].name, policy->environment.set[i].value, &first_name);
    if (policy->environment.set_count)
        write_line(out, 2);
    buffer_append_text(out, "}");
    write_list(out, 2, "deny", &policy->environment.deny, &first);
    close_object(out, 1);
}

static void write_require(const struct sbx_policy *policy, struct sbx_buffer *out, bool *outer)
{
    bool first = open_object(out, 1, "require", outer);

    for (int i = 0; i < SBX_DOMAIN_COUNT; i++)
        write_word(out, 2, domain_name((enum sbx_domain)i), assurance_name(policy->require[i]), &first);
    close_object(out, 1);
}

void policy_write(const struct sbx_policy *policy, struct sbx_buffer *out)
{
    bool first = true;
    bool first_output;

    buffer_append_text(out, "{");
    write_whole(out, 1, "version", 1, &first);
    write_word(out, 1, "level", policy_level_words[policy->level], &first);
    write_word(out, 1, "token", policy_token_words[policy->token], &first);
    write_files(policy, out, &first);
    write_network(policy, out, &first);
    write_limits(policy, out, &first);
    write_environment(policy, out, &first);
    write_word(out, 1, "desktop", policy_desktop_words[policy->desktop], &first);
    write_require(policy, out, &first);
    first_output = open_object(out, 1, "transcript", &first);
    write_word(out, 2, "output", policy_output_words[policy->transcript_output], &first_output);
    close_object(out, 1);
    buffer_append_text(out, "\n}\n");
}
