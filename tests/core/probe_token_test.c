/*
 * probe_token_test.c - the token that Explain goes by arrives whole, or not at all.
 */
#include "core/probe_token.h"

#include "base/memory.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <string.h>

static struct token_facts facts_of_a_command(void)
{
    struct token_facts facts = {.restricted = true, .write_restricted = true, .integrity = 0x2000};

    facts.user_sid = sbx_strdup("S-1-5-21-1-2-3-1001");
    CU_ASSERT_EQUAL(strings_append(&facts.restricting_sids, "S-1-9-1-2"), SBX_OK);
    CU_ASSERT_EQUAL(strings_append(&facts.restricting_sids, "S-1-1-0"), SBX_OK);
    CU_ASSERT_EQUAL(strings_append(&facts.enabled_groups, "S-1-5-32-545"), SBX_OK);
    CU_ASSERT_EQUAL(strings_append(&facts.privileges, "SeChangeNotifyPrivilege"), SBX_OK);
    return facts;
}

/* Feeds the lines of `text`, leaving out the one numbered `without`. Returns how many there are. */
static size_t read_lines(const char *text, size_t without, struct probe_token *token)
{
    size_t number = 0;

    for (const char *next; *text; text = next) {
        char line[128];
        size_t size = strcspn(text, "\n");

        next = text + size + 1;
        memcpy(line, text, size);
        line[size] = '\0';
        if (number++ != without)
            CU_ASSERT(probe_token_read_line(token, line));
    }
    return number;
}

static bool same_strings(const struct sbx_strings *a, const struct sbx_strings *b)
{
    bool same = a->count == b->count;

    for (size_t i = 0; i < a->count && same; i++)
        same = !strcmp(a->items[i], b->items[i]);
    return same;
}

static void what_was_written_is_read(void)
{
    struct token_facts facts = facts_of_a_command();
    struct probe_token token = {0};
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    probe_token_write(&facts, &text);
    read_lines(buffer_text(&text), SIZE_MAX, &token);
    CU_ASSERT(token.whole);
    CU_ASSERT_STRING_EQUAL(token.facts.user_sid, facts.user_sid);
    CU_ASSERT(same_strings(&token.facts.restricting_sids, &facts.restricting_sids));
    CU_ASSERT(same_strings(&token.facts.enabled_groups, &facts.enabled_groups));
    CU_ASSERT(same_strings(&token.facts.privileges, &facts.privileges));
    CU_ASSERT(token.facts.restricted && token.facts.write_restricted);
    CU_ASSERT(!token.facts.administrator && !token.facts.elevated);
    CU_ASSERT_EQUAL(token.facts.integrity, 0x2000);

    /* A line behind the end is one too many. */
    CU_ASSERT(probe_token_read_line(&token, "token group S-1-1-0"));
    CU_ASSERT(!token.whole);
    probe_token_free(&token);
    token_facts_free(&facts);
    buffer_free(&text);
}

static void a_missing_line_spoils_all(void)
{
    struct token_facts facts = facts_of_a_command();
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    size_t count = 1;

    probe_token_write(&facts, &text);
    for (size_t without = 0; without < count; without++) {
        struct probe_token token = {0};

        count = read_lines(buffer_text(&text), without, &token);
        CU_ASSERT(!token.whole);
        probe_token_free(&token);
    }
    CU_ASSERT_EQUAL(count, 11);
    token_facts_free(&facts);
    buffer_free(&text);
}

static void lines_that_are_none_spoil_all(void)
{
    static const char *const wrong[] = {
        "token ",
        "token group",
        "token group ",
        "token colour red",
        "token elevated 2",
        "token elevated -1",
        "token integrity 0x2000",
        "token integrity 4294967296",
        "token user S-1-1",
        "token end 11",
        "token end x",
    };
    struct token_facts facts = facts_of_a_command();
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    probe_token_write(&facts, &text);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct probe_token token = {0};

        CU_ASSERT(probe_token_read_line(&token, "token user S-1-5-18"));
        CU_ASSERT(probe_token_read_line(&token, wrong[i]));
        CU_ASSERT(probe_token_read_line(&token, "token end 2"));
        CU_ASSERT(!token.whole);
        probe_token_free(&token);
    }

    /* Of another kind. */
    {
        struct probe_token token = {0};

        CU_ASSERT(!probe_token_read_line(&token, "write_workspace allowed 0"));
        CU_ASSERT(!probe_token_read_line(&token, "tokens"));
        CU_ASSERT(!probe_token_read_line(&token, ""));
        CU_ASSERT(!token.spoilt);
    }
    token_facts_free(&facts);
    buffer_free(&text);
}

/* Without memory for one line, the others are not taken for the token. */
static void lack_of_memory_spoils_all(void)
{
    struct token_facts facts = facts_of_a_command();
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    bool whole = false;
    unsigned failures = 0;

    probe_token_write(&facts, &text);
    for (unsigned n = 1; !whole && n < 100; n++) {
        struct probe_token token = {0};

        sim_fail_allocation(n);
        read_lines(buffer_text(&text), SIZE_MAX, &token);
        sim_fail_allocation(0);
        whole = token.whole;
        failures += !whole;
        probe_token_free(&token);
    }
    CU_ASSERT(whole);
    CU_ASSERT(failures >= 5);
    token_facts_free(&facts);
    buffer_free(&text);
}

const struct harness_suite probe_token_suite = {
    "probe token",
    (const struct harness_test[]){
        {"what was written is read", what_was_written_is_read},
        {"a missing line spoils all", a_missing_line_spoils_all},
        {"lines that are none spoil all", lines_that_are_none_spoil_all},
        {"lack of memory spoils all", lack_of_memory_spoils_all},
        {NULL, NULL},
    },
};
