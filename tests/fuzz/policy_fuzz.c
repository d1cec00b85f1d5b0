/*
 * policy_fuzz.c - any text as a policy: read, or refused with the first of its problems; what is read has one canonical
 * text, which reads as the same policy; what GetJson gives of any part SetJson takes; and the text as a value, put
 * into a policy, gives a policy or leaves what was there.
 */
#include "core/policy_edit.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void same(const struct sbx_buffer *a, const struct sbx_buffer *b)
{
    must(!buffer_failed(a) && !buffer_failed(b) && a->size == b->size &&
         memcmp(a->data, b->data, a->size) == 0);
}

/* Places lie in the text and in its order; every problem has its sentences. */
static void look_at_problems(const struct policy_problems *problems, size_t size, sbx_status status)
{
    size_t before = 0;

    must((problems->count == 0) == (status == SBX_OK));
    must(problems->count <= POLICY_MOST_PROBLEMS);
    must(!problems->count || problems->items[0].code == status);
    for (size_t i = 0; i < problems->count; i++) {
        const struct policy_problem *problem = &problems->items[i];

        must(problem->text[0] && problem->fix[0] && text_is_utf8(problem->pointer, strlen(problem->pointer)));
        if (problem->offset != SIZE_MAX) {
            must(problem->offset >= before && problem->offset < size && problem->line && problem->column);
            before = problem->offset;
        }
    }
}

static void write_and_read_again(const struct sbx_policy *policy)
{
    static const char *const pointers[] = {
        "", "/files", "/files/deny", "/network/allow", "/environment/set", "/limits"};
    struct sbx_buffer texts[2] = {SBX_BUFFER_EMPTY, SBX_BUFFER_EMPTY};
    struct sbx_policy again;

    policy_write(policy, &texts[0]);
    must(policy_parse(buffer_text(&texts[0]), texts[0].size, &again, NULL) == SBX_OK);
    policy_write(&again, &texts[1]);
    same(&texts[0], &texts[1]);

    for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++) {
        struct sbx_buffer json = SBX_BUFFER_EMPTY;

        must(policy_get_json(&again, pointers[i], &json, NULL) == SBX_OK);
        must(policy_set_json(&again, pointers[i], buffer_text(&json), json.size, NULL) == SBX_OK);
        buffer_free(&json);
    }
    buffer_free(&texts[1]);
    policy_write(&again, &texts[1]);
    same(&texts[0], &texts[1]);
    buffer_free(&texts[0]);
    buffer_free(&texts[1]);
    policy_free(&again);
}

/* The text as a value, and, where it has no NUL, as a pointer. */
static void edit_with(const char *text, size_t size)
{
    static const char *const pointers[] = {"/files/deny/-", "/network", "/environment/set/A",
                                           "/limits/seconds", "/x/y"};
    struct sbx_buffer before = SBX_BUFFER_EMPTY;
    struct sbx_policy policy;
    char *pointer = sbx_strndup(text, size);

    must(pointer && policy_default(&policy) == SBX_OK);
    policy_write(&policy, &before);
    for (size_t i = 0; i < sizeof pointers / sizeof pointers[0]; i++) {
        struct sbx_buffer after = SBX_BUFFER_EMPTY;

        if (policy_set_json(&policy, pointers[i], text, size, NULL) == SBX_OK) {
            must(strcmp(pointers[i], "/x/y") != 0);
            write_and_read_again(&policy);
            must(policy_remove(&policy, i ? pointers[i] : "/files/deny/0", NULL) == SBX_OK);
        }
        policy_write(&policy, &after);
        same(&before, &after);
        buffer_free(&after);
    }
    if (policy_remove(&policy, pointer, NULL) == SBX_OK)
        write_and_read_again(&policy);
    sbx_free(pointer);
    buffer_free(&before);
    policy_free(&policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size ? size : 1); /* of its own, so that the sanitizer sees the byte behind it */
    struct policy_problems problems = {NULL, 0};
    struct sbx_error error = {0};
    struct sbx_policy policy;
    sbx_status status;

    must(text != NULL);
    if (size)
        memcpy(text, data, size);

    status = policy_parse(text, size, &policy, &error);
    must(status == error.code);
    must(policy_validate(text, size, &problems, NULL) == SBX_OK);
    look_at_problems(&problems, size, status);
    policy_problems_free(&problems);
    if (status) {
        must(error.text[0] && text_is_utf8(error.text, strlen(error.text)));
    } else {
        write_and_read_again(&policy);
        policy_free(&policy);
    }
    edit_with(text, size);
    free(text);
    return 0;
}
