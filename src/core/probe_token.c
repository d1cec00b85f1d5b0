/*
 * probe_token.c - facts of a token as lines of text.
 */
#include "core/probe_token.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define BEGIN "token "

struct writer {
    struct sbx_buffer *out;
    size_t line_count;
};

static void write_text(struct writer *writer, const char *word, const char *value)
{
    buffer_append_format(writer->out, BEGIN "%s %s\n", word, value);
    writer->line_count++;
}

static void write_number(struct writer *writer, const char *word, uint32_t value)
{
    buffer_append_format(writer->out, BEGIN "%s %lu\n", word, (unsigned long)value);
    writer->line_count++;
}

static void write_texts(struct writer *writer, const char *word, const struct sbx_strings *values)
{
    for (size_t i = 0; i < values->count; i++)
        write_text(writer, word, values->items[i]);
}

void probe_token_write(const struct token_facts *facts, struct sbx_buffer *out)
{
    struct writer writer = {out, 0};

    write_text(&writer, "user", facts->user_sid);
    write_texts(&writer, "restricting", &facts->restricting_sids);
    write_texts(&writer, "group", &facts->enabled_groups);
    write_texts(&writer, "privilege", &facts->privileges);
    write_number(&writer, "restricted", facts->restricted);
    write_number(&writer, "write-restricted", facts->write_restricted);
    write_number(&writer, "administrator", facts->administrator);
    write_number(&writer, "elevated", facts->elevated);
    write_number(&writer, "integrity", facts->integrity);
    write_number(&writer, "end", (uint32_t)writer.line_count);
}

static bool read_number(const char *text, uint32_t *number)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || value > UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    return true;
}

static bool read_bool(const char *text, bool *value)
{
    uint32_t number;

    if (!read_number(text, &number) || number > 1)
        return false;
    *value = number;
    return true;
}

static bool read_user(struct token_facts *facts, const char *value)
{
    if (facts->user_sid)
        return false;
    facts->user_sid = sbx_strdup(value);
    return facts->user_sid != NULL;
}

/* What stands behind the word; false: it cannot be taken. */
static bool read_fact(struct token_facts *facts, const char *word, const char *value)
{
    if (!strcmp(word, "user"))
        return read_user(facts, value);
    if (!strcmp(word, "restricting"))
        return !strings_append(&facts->restricting_sids, value);
    if (!strcmp(word, "group"))
        return !strings_append(&facts->enabled_groups, value);
    if (!strcmp(word, "privilege"))
        return !strings_append(&facts->privileges, value);
    if (!strcmp(word, "restricted"))
        return read_bool(value, &facts->restricted);
    if (!strcmp(word, "write-restricted"))
        return read_bool(value, &facts->write_restricted);
    if (!strcmp(word, "administrator"))
        return read_bool(value, &facts->administrator);
    if (!strcmp(word, "elevated"))
        return read_bool(value, &facts->elevated);
    return !strcmp(word, "integrity") && read_number(value, &facts->integrity);
}

bool probe_token_read_line(struct probe_token *token, const char *line)
{
    char word[24];
    const char *value;
    size_t word_size;
    uint32_t count;

    if (strncmp(line, BEGIN, sizeof BEGIN - 1))
        return false;
    line += sizeof BEGIN - 1;
    word_size = strcspn(line, " ");
    value = line + word_size;
    if (*value != ' ' || !value[1] || word_size >= sizeof word || token->whole) {
        token->spoilt = true;
        token->whole = false;
        return true;
    }
    memcpy(word, line, word_size);
    word[word_size] = '\0';
    value++;

    if (!strcmp(word, "end")) {
        token->whole = !token->spoilt && token->facts.user_sid && read_number(value, &count) &&
                       count == token->line_count;
        token->spoilt = !token->whole;
    } else {
        token->line_count++;
        token->spoilt = token->spoilt || !read_fact(&token->facts, word, value);
    }
    return true;
}

void probe_token_free(struct probe_token *token)
{
    token_facts_free(&token->facts);
    memset(token, 0, sizeof *token);
}
