/*
 * journal_fuzz.c - any bytes as a journal, and any texts as its records: read or refused, never past their end; what is read
 * is what its whole records alone come to, and each step in it goes into JSON and comes back as it was.
 *
 * A first byte '=' means that sizes and check sums are put before each line, else nothing behind them would ever be reached.
 */
#include "core/journal_record.h"
#include "core/jsontext.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static uint32_t sum_of(const uint8_t *bytes, size_t size)
{
    uint32_t sum = 0xFFFFFFFFu;

    for (size_t i = 0; i < size; i++) {
        sum ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            sum = sum & 1 ? sum >> 1 ^ 0xEDB88320u : sum >> 1;
    }
    return ~sum;
}

static void frame_lines(const uint8_t *data, size_t size, struct sbx_buffer *out)
{
    while (size) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t line = end ? (size_t)(end - data) : size;

        if (line) {
            buffer_append_format(out, "%08x %zu ", (unsigned)sum_of(data, line), line);
            buffer_append(out, data, line);
            buffer_append_text(out, "\n");
        }
        data += line + (end ? 1 : 0);
        size -= line + (end ? 1 : 0);
    }
}

static void try_step(const struct step *step)
{
    json_t *json = step_as_json(step);
    struct step again = {0};

    must(json != NULL && step_from_json(json, &again, NULL) == SBX_OK && step_equal(step, &again));
    step_free(&again);
    must(step_copy(step, &again) == SBX_OK && step_equal(step, &again));
    step_free(&again);
    json_decref(json);
}

static void same_states(const struct journal_state *a, const struct journal_state *b)
{
    must(a->begun == b->begun && a->unfinished == b->unfinished && a->count == b->count &&
         a->last_number == b->last_number);
    for (size_t i = 0; i < a->count; i++) {
        must(a->entries[i].number == b->entries[i].number && a->entries[i].undoing == b->entries[i].undoing &&
             a->entries[i].step.state == b->entries[i].step.state &&
             step_equal(&a->entries[i].step, &b->entries[i].step));
        try_step(&a->entries[i].step);
    }
}

static void try_journal(const char *bytes, size_t size)
{
    struct journal_state state, again;
    struct sbx_error error = {0};
    size_t good_size, good_again;
    sbx_status status = journal_read(bytes, size, &state, &good_size, &error);

    if (status) {
        must(status == SBX_E_JOURNAL && error.code == status && error.text[0]);
        return;
    }
    must(good_size <= size);
    must(journal_read(bytes, good_size, &again, &good_again, NULL) == SBX_OK && good_again == good_size);
    same_states(&state, &again);
    journal_state_free(&again);
    journal_state_free(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    char *bytes;

    if (size && data[0] == '=')
        frame_lines(data + 1, size - 1, &text);
    else
        buffer_append(&text, data, size);
    bytes = malloc(text.size + 1); /* of its own, so that the sanitizer sees the byte behind */
    must(bytes != NULL && !buffer_failed(&text));
    if (text.size)
        memcpy(bytes, text.data, text.size);
    size = text.size;
    buffer_free(&text);
    bytes = realloc(bytes, size ? size : 1);
    must(bytes != NULL);
    try_journal(bytes, size);
    free(bytes);
    return 0;
}
