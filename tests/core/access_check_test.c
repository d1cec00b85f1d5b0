/*
 * access_check_test.c - the access check says what Windows would, and why.
 *
 * Cases with their source are data: tests/fixtures/access/cases.txt, whose first lines tell the form. Beyond
 * them a million random ones, which tests/sim/oracle.c must decide alike.
 */
#include "core/access_check.h"
#include "base/memory.h"
#include "core/descriptor_random.h"
#include "core/fixtures.h"
#include "core/sddl.h"
#include "sim/oracle.h"
#include "support/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SIDS 16

/* A token with room for its SIDs. */
struct whole_token {
    struct access_token token;
    struct access_sid groups[MOST_SIDS];
    struct sid restricting[MOST_SIDS];
    const struct access_mapping *mapping; /* of the object that it asks for */
};

/* Copies keep pointing into the first one until this is done. */
static void settle(struct whole_token *whole)
{
    whole->token.groups = whole->groups;
    whole->token.restricting = whole->restricting;
}

static bool oracle_agrees(const struct sbx_buffer *bytes, const struct access_token *token, uint32_t wanted,
                          const struct access_mapping *mapping, const struct access_decision *decision)
{
    uint32_t granted = 0;
    bool given = oracle_gives(bytes->data, bytes->size, token, wanted, mapping, &granted);

    return given == decision->allowed && granted == decision->granted;
}

/* Cases from the table */

#define MOST_NAMES 64

struct table {
    struct {
        char name[32];
        char value[96];
    } names[MOST_NAMES]; /* "let" */
    size_t name_count;
    struct {
        char name[32];
        struct whole_token token;
    } tokens[MOST_NAMES]; /* "token" */
    size_t token_count;
    unsigned long line;
    unsigned long cases;
};

static void table_fails(const struct table *table, const char *what, const char *which)
{
    fprintf(stderr, "cases.txt:%lu: %s: %s\n", table->line, what, which);
    CU_FAIL("tests/fixtures/access/cases.txt");
}

/* $NAME replaced by its value. */
static void replace_names(const struct table *table, const char *text, struct sbx_buffer *out)
{
    while (*text) {
        size_t i = 0;

        while (i < table->name_count &&
               (*text != '$' || strncmp(text + 1, table->names[i].name, strlen(table->names[i].name)) != 0))
            i++;
        if (i < table->name_count) {
            buffer_append_text(out, table->names[i].value);
            text += 1 + strlen(table->names[i].name);
        } else
            buffer_append(out, text++, 1);
    }
}

static bool read_level(const char *text, uint32_t *level)
{
    static const struct {
        const char *name;
        uint32_t level;
    } levels[] = {
        {"untrusted", 0}, {"low", 0x1000}, {"medium", 0x2000}, {"high", 0x3000}, {"system", 0x4000}};

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(levels[i].name, text) == 0) {
            *level = levels[i].level;
            return true;
        }
    return false;
}

/* "group=WD,BU": each SID of the list. */
static bool read_sids(const char *list, const char *kind, struct whole_token *whole)
{
    char text[512];

    snprintf(text, sizeof text, "%s", list);
    for (char *at = strtok(text, ","); at; at = strtok(NULL, ",")) {
        struct sid sid;

        if (sddl_parse_sid(at, &sid, NULL))
            return false;
        if (strcmp(kind, "user") == 0 || strcmp(kind, "user-deny") == 0) {
            whole->token.user = (struct access_sid){sid, true, strcmp(kind, "user") != 0};
            continue;
        }
        if (strcmp(kind, "restrict") == 0) {
            if (whole->token.restricting_count == MOST_SIDS)
                return false;
            whole->restricting[whole->token.restricting_count++] = sid;
            continue;
        }
        if (whole->token.group_count == MOST_SIDS)
            return false;
        whole->groups[whole->token.group_count++] =
            (struct access_sid){sid, strcmp(kind, "group") == 0, strcmp(kind, "deny") == 0};
    }
    return true;
}

static bool read_word(const struct table *table, const char *word, struct whole_token *whole)
{
    static const char *const sid_kinds[] = {"user", "user-deny", "group", "deny", "off", "restrict"};
    const char *value = strchr(word, '=');
    size_t size = value ? (size_t)(value++ - word) : strlen(word);

    for (size_t i = 0; value && i < sizeof sid_kinds / sizeof sid_kinds[0]; i++)
        if (strlen(sid_kinds[i]) == size && strncmp(word, sid_kinds[i], size) == 0)
            return read_sids(value, sid_kinds[i], whole);

    if (strcmp(word, "write-restricted") == 0)
        whole->token.write_restricted = true;
    else if (strcmp(word, "no-policy") == 0)
        whole->token.no_write_up = false;
    else if (strcmp(word, "security") == 0)
        whole->token.privileges |= PRIVILEGE_SECURITY;
    else if (strcmp(word, "take-ownership") == 0)
        whole->token.privileges |= PRIVILEGE_TAKE_OWNERSHIP;
    else if (strcmp(word, "relabel") == 0)
        whole->token.privileges |= PRIVILEGE_RELABEL;
    else if (strcmp(word, "of-process") == 0)
        whole->mapping = &access_mapping_process;
    else if (read_level(word, &whole->token.integrity))
        return true;
    else {
        for (size_t i = 0; i < table->token_count; i++)
            if (strcmp(table->tokens[i].name, word) == 0) {
                *whole = table->tokens[i].token;
                settle(whole);
                return true;
            }
        return false;
    }
    return true;
}

static bool read_token(const struct table *table, char *text, struct whole_token *whole)
{
    char *rest = text;

    memset(whole, 0, sizeof *whole);
    whole->token.no_write_up = true;
    whole->token.integrity = 0x2000;
    whole->mapping = &access_mapping_file;
    settle(whole);
    while (*rest) {
        char *word = rest;

        rest += strcspn(rest, " ");
        if (*rest)
            *rest++ = '\0';
        if (*word && !read_word(table, word, whole))
            return false;
    }
    return true;
}

/* "FR+MAX": SDDL's letters or numbers, MAX, ASS (ACCESS_SYSTEM_SECURITY), SY (SYNCHRONIZE), NONE. */
static bool read_wish(const char *text, uint32_t *wanted)
{
    char copy[64];

    *wanted = 0;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *at = strtok(copy, "+"); at; at = strtok(NULL, "+")) {
        uint32_t bits = 0;

        if (strcmp(at, "MAX") == 0)
            bits = ACCESS_MAXIMUM_ALLOWED;
        else if (strcmp(at, "ASS") == 0)
            bits = ACCESS_SYSTEM;
        else if (strcmp(at, "SY") == 0)
            bits = ACCESS_SYNCHRONIZE;
        else if (strcmp(at, "NONE") != 0 && sddl_parse_rights(at, &bits, NULL))
            return false;
        *wanted |= bits;
    }
    return true;
}

/* What the fields "expected" and "decided by" would say of this decision. */
static void describe(const struct access_decision *decision, bool with_granted, char *expected, char *decided,
                     size_t size)
{
    static const char *const rules[] = {"entry",     "nothing", "null dacl", "owner",
                                        "privilege", "label",   "invalid"};
    int used;

    if (with_granted && decision->allowed)
        snprintf(expected, size, "allow 0x%lx", (unsigned long)decision->granted);
    else
        snprintf(expected, size, "%s", decision->allowed ? "allow" : "deny");

    used = snprintf(decided, size, "%s", rules[decision->rule]);
    if (decision->rule == ACCESS_BY_ENTRY)
        used += snprintf(decided + used, size - (size_t)used, " %d", decision->entry);
    if (decision->second_check)
        used += snprintf(decided + used, size - (size_t)used, " second");
    if (!decision->allowed)
        used +=
            snprintf(decided + used, size - (size_t)used, " 0x%lx", (unsigned long)decision->deciding_bits);
    if (decision->unevaluated >= 0)
        snprintf(decided + used, size - (size_t)used, " unevaluated %d", decision->unevaluated);
}

/* name | SDDL | token | wanted | expected | decided by | source or reason */
static void check_case(struct table *table, char *fields[7])
{
    struct sbx_buffer sddl = SBX_BUFFER_EMPTY;
    struct sbx_buffer words = SBX_BUFFER_EMPTY;
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct descriptor descriptor = {0};
    struct access_decision decision;
    struct whole_token whole;
    uint32_t wanted;
    char expected[64];
    char decided[64];

    if (fields[1][0] == 'D' || fields[1][0] == 'S' || !fields[1][0])
        buffer_append_text(&sddl, "O:SYG:SY");
    replace_names(table, fields[1], &sddl);
    replace_names(table, fields[2], &words);
    table->cases++;

    if (sddl_parse(buffer_text(&sddl), &descriptor, NULL)) {
        table_fails(table, "no SDDL", fields[0]);
        goto free_buffers;
    }
    if (!read_token(table, (char *)words.data, &whole) || !read_wish(fields[3], &wanted)) {
        table_fails(table, "no token or no wish", fields[0]);
        goto free_descriptor;
    }
    if (access_check(&descriptor, &whole.token, wanted, whole.mapping, &decision, NULL) ||
        descriptor_build(&descriptor, &bytes, NULL)) {
        table_fails(table, "malformed", fields[0]);
        goto free_descriptor;
    }

    describe(&decision, wanted & ACCESS_MAXIMUM_ALLOWED, expected, decided, sizeof expected);
    if (strcmp(expected, fields[4]) != 0 || strcmp(decided, fields[5]) != 0) {
        fprintf(stderr, "  is   %s | %s\n  want %s | %s\n", expected, decided, fields[4], fields[5]);
        table_fails(table, "decided otherwise", fields[0]);
    }
    if (!fields[6][0])
        table_fails(table, "without source or reason", fields[0]);
    if (!oracle_agrees(&bytes, &whole.token, wanted, whole.mapping, &decision))
        table_fails(table, "the oracle disagrees", fields[0]);

free_descriptor:
    descriptor_free(&descriptor);
free_buffers:
    buffer_free(&bytes);
    buffer_free(&words);
    buffer_free(&sddl);
}

static char *trim(char *text)
{
    size_t size;

    text += strspn(text, " ");
    size = strlen(text);
    while (size && text[size - 1] == ' ')
        text[--size] = '\0';
    return text;
}

static void read_line(struct table *table, char *line)
{
    char *fields[7];
    size_t count = 0;

    if (strncmp(line, "let ", 4) == 0 && table->name_count < MOST_NAMES &&
        sscanf(line, "let %31s %95s", table->names[table->name_count].name,
               table->names[table->name_count].value) == 2) {
        table->name_count++;
        return;
    }
    if (strncmp(line, "token ", 6) == 0 && table->token_count < MOST_NAMES) {
        struct sbx_buffer words = SBX_BUFFER_EMPTY;
        char *name = line + 6;
        size_t size = strcspn(name, " ");

        snprintf(table->tokens[table->token_count].name, sizeof table->tokens[0].name, "%.*s", (int)size,
                 name);
        replace_names(table, name + size, &words);
        if (!words.data || !read_token(table, (char *)words.data, &table->tokens[table->token_count].token))
            table_fails(table, "no token", line);
        table->token_count++;
        buffer_free(&words);
        return;
    }

    for (char *at = line; count < 7; at += strcspn(at, "|") + 1) {
        fields[count++] = at;
        if (!at[strcspn(at, "|")])
            break;
    }
    for (size_t i = 0; i < count; i++) {
        if (i < 6)
            fields[i][strcspn(fields[i], "|")] = '\0';
        fields[i] = trim(fields[i]);
    }
    if (count < 7)
        table_fails(table, "seven fields expected", line);
    else
        check_case(table, fields);
}

static void every_case_of_the_table(void)
{
    struct table *table = calloc(1, sizeof *table);
    char *text = fixtures_read("tests/fixtures/access/cases.txt", NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    for (char *line = text, *end; *line; line = end) {
        end = line + strcspn(line, "\r\n");
        table->line += *end != '\r';
        if (*end)
            *end++ = '\0';
        if (*line && *line != '#')
            read_line(table, line);
    }
    CU_ASSERT_TRUE(table->cases >= 200);
    fprintf(stderr, "access_check: %lu cases of the table\n", table->cases);
    free(text);
    free(table);
}

/* Two readings */

static void random_token(struct chance *chance, struct whole_token *whole)
{
    static const struct access_mapping odd = {0x0000000F, 0x00021FF0, 0x00004001, 0x0FFFFFFF};

    memset(whole, 0, sizeof *whole);
    settle(whole);
    whole->token.user =
        (struct access_sid){chance_sid(chance), chance_percent(chance, 50), chance_percent(chance, 10)};
    whole->token.group_count = chance_below(chance, 6);
    for (size_t i = 0; i < whole->token.group_count; i++)
        whole->groups[i] =
            (struct access_sid){chance_sid(chance), chance_percent(chance, 80), chance_percent(chance, 15)};
    if (chance_percent(chance, 50))
        whole->token.restricting_count = chance_below(chance, 4);
    for (size_t i = 0; i < whole->token.restricting_count; i++)
        whole->restricting[i] = chance_sid(chance);
    whole->token.write_restricted = chance_percent(chance, 50);
    whole->token.integrity = 0x1000 * chance_below(chance, 5);
    whole->token.no_write_up = chance_percent(chance, 90);
    if (chance_percent(chance, 15))
        whole->token.privileges = chance_below(chance, 8);
    whole->mapping = chance_percent(chance, 80)   ? &access_mapping_file
                     : chance_percent(chance, 60) ? &access_mapping_process
                                                  : &odd;
}

static uint32_t random_wish(struct chance *chance)
{
    static const uint32_t usual[] = {0x120089,   0x120116,   0x1200A0,   0x1F01FF,   0x1301BF,   0x10000,
                                     0x40,       0x40000,    0x80000,    0x20000,    0x60000,    0x100000,
                                     0x80000000, 0x40000000, 0xC0000000, 0x10000000, 0x20000000, 0};
    uint32_t wish = usual[chance_below(chance, sizeof usual / sizeof usual[0])];

    if (chance_percent(chance, 40))
        wish = 1u << chance_below(chance, 25);
    if (chance_percent(chance, 10))
        wish |= chance_any(chance) & chance_any(chance) & chance_any(chance);
    if (chance_percent(chance, 15))
        wish = (chance_percent(chance, 70) ? 0 : wish) | ACCESS_MAXIMUM_ALLOWED;
    return wish;
}

static void random_object(struct chance *chance, struct descriptor *descriptor)
{
    struct sbx_buffer dacl = SBX_BUFFER_EMPTY;
    struct sbx_buffer sacl = SBX_BUFFER_EMPTY;
    struct ace label = {ACE_LABEL, 0, 0, {{1, 1, 0, 0, 0, 0, 0, 16}, 12}};

    memset(descriptor, 0, sizeof *descriptor);
    descriptor->control = SD_DACL_PRESENT | SD_SACL_PRESENT;
    if (!chance_percent(chance, 2))
        descriptor->owner = chance_sid(chance);
    if (chance_percent(chance, 95)) {
        chance_acl(chance, 7, true, &dacl);
        descriptor->dacl.size = dacl.size;
        descriptor->dacl.bytes = (uint8_t *)buffer_take(&dacl, NULL);
    }
    if (chance_percent(chance, 3))
        descriptor->control &= (uint16_t)~SD_DACL_PRESENT;
    if (chance_percent(chance, 5))
        descriptor->control &= (uint16_t)~SD_SACL_PRESENT;

    if (chance_percent(chance, 50))
        return;
    label.flags = chance_percent(chance, 10) ? ACE_INHERIT_ONLY : 0;
    label.mask = chance_below(chance, 8);
    label.sid.bytes[9] = (uint8_t)(0x10 * chance_below(chance, 5));
    if (chance_percent(chance, 5))
        label.sid.bytes[7] = 5; /* a label for no level: none */
    chance_acl(chance, 1, true, &sacl);
    acl_add(sacl.data, sacl.size, &label, 1, &dacl, NULL);
    descriptor->sacl.size = dacl.size;
    descriptor->sacl.bytes = (uint8_t *)buffer_take(&dacl, NULL);
    buffer_free(&sacl);
}

/* A decision must hold together: its entry is of the kind that decides so, and holds the bits. */
static bool is_sound(const struct descriptor *descriptor, const struct whole_token *whole, uint32_t wanted,
                     const struct access_decision *decision)
{
    uint32_t named = access_map(wanted, whole->mapping) & ~ACCESS_MAXIMUM_ALLOWED;
    struct acl_cursor cursor;
    struct acl_entry entry;
    int left = decision->entry;

    if (decision->allowed ? (named & ~decision->granted) || !decision->deciding_bits : decision->granted != 0)
        return false;
    if (decision->allowed && decision->deciding_bits & ~decision->granted)
        return false;
    if (!decision->allowed && decision->deciding_bits & ~named)
        return false;
    if (decision->second_check && !whole->token.restricting_count)
        return false;
    if (decision->rule != ACCESS_BY_ENTRY)
        return decision->entry == -1;

    if (!acl_begin(descriptor->dacl.bytes, descriptor->dacl.size, &cursor))
        return false;
    do
        if (!acl_next(&cursor, &entry))
            return false;
    while (left-- > 0);
    return entry.effect == (decision->allowed ? ACL_ALLOWS : ACL_DENIES) &&
           !(entry.flags & ACE_INHERIT_ONLY) &&
           !(decision->deciding_bits & ~access_map(entry.mask, whole->mapping));
}

#define TOKENS_PER_OBJECT 25

static void report_case(const struct descriptor *descriptor, const struct whole_token *whole, uint32_t wanted,
                        const struct access_decision *decision, uint32_t oracle)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    sddl_write(descriptor, &text, NULL);
    buffer_append_text(&text, "\n  user ");
    sddl_write_sid(&whole->token.user.sid, &text);
    buffer_append_text(&text, whole->token.user.deny_only ? " deny-only, groups" : ", groups");
    for (size_t i = 0; i < whole->token.group_count; i++) {
        buffer_append_text(&text, " ");
        sddl_write_sid(&whole->groups[i].sid, &text);
        buffer_append_text(&text, whole->groups[i].deny_only ? "(deny-only)"
                                  : whole->groups[i].enabled ? ""
                                                             : "(off)");
    }
    buffer_append_text(&text, ", restricting");
    for (size_t i = 0; i < whole->token.restricting_count; i++) {
        buffer_append_text(&text, " ");
        sddl_write_sid(&whole->restricting[i], &text);
    }
    fprintf(stderr,
            "%s%s, integrity 0x%x%s, privileges %u\n  wanted 0x%lx of mapping 0x%lx, access_check %s 0x%lx "
            "by rule %d "
            "entry %d, oracle 0x%lx\n",
            buffer_text(&text), whole->token.write_restricted ? " (writing)" : "",
            (unsigned)whole->token.integrity, whole->token.no_write_up ? "" : " (no policy)",
            (unsigned)whole->token.privileges, (unsigned long)wanted, (unsigned long)whole->mapping->all,
            decision->allowed ? "gives" : "refuses", (unsigned long)decision->granted, (int)decision->rule,
            decision->entry, (unsigned long)oracle);
    buffer_free(&text);
}

static bool readings_agree(struct chance *chance)
{
    struct descriptor descriptor;
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    bool agree = true;

    random_object(chance, &descriptor);
    CU_ASSERT_EQUAL_FATAL(descriptor_build(&descriptor, &bytes, NULL), SBX_OK);
    for (unsigned i = 0; agree && i < TOKENS_PER_OBJECT; i++) {
        struct whole_token whole;
        struct access_decision decision;
        uint32_t wanted = random_wish(chance);

        random_token(chance, &whole);
        memset(&decision, 0, sizeof decision);
        agree = access_check(&descriptor, &whole.token, wanted, whole.mapping, &decision, NULL) == SBX_OK &&
                oracle_agrees(&bytes, &whole.token, wanted, whole.mapping, &decision) &&
                is_sound(&descriptor, &whole, wanted, &decision);
        if (!agree) {
            uint32_t granted = 0;

            oracle_gives(bytes.data, bytes.size, &whole.token, wanted, whole.mapping, &granted);
            report_case(&descriptor, &whole, wanted, &decision, granted);
        }
    }
    buffer_free(&bytes);
    descriptor_free(&descriptor);
    return agree;
}

static void oracle_decides_the_same_for_a_million_pairs(void)
{
    struct cases cases = chance_cases(1000000 / TOKENS_PER_OBJECT + 1);
    struct chance chance;

    for (unsigned long i = 0; i < cases.count; i++) {
        chance_seed(&chance, cases.first_seed + i);
        if (!readings_agree(&chance)) {
            chance_failed("oracle_decides_the_same", cases.first_seed + i);
            CU_FAIL("two readings");
            return;
        }
    }
}

/* The rest */

static void masks_are_those_of_the_documentation(void)
{
    CU_ASSERT_EQUAL(access_map(0x80000000, &access_mapping_file), 0x120089);
    CU_ASSERT_EQUAL(access_map(0x40000001, &access_mapping_file), 0x120117);
    CU_ASSERT_EQUAL(access_map(0xF0000000, &access_mapping_file), 0x1F01FF);
    CU_ASSERT_EQUAL(access_map(0x020F0000, &access_mapping_file), 0x020F0000);

    /* WriteData, AppendData, WriteEa, WriteAttributes; not FILE_DELETE_CHILD (0x40). */
    CU_ASSERT_EQUAL(access_write_mask(&access_mapping_file), 0x010D0116);
    /* Not PROCESS_TERMINATE (0x1), not PROCESS_VM_READ (0x10); VM_WRITE and CREATE_THREAD are. */
    CU_ASSERT_EQUAL(access_write_mask(&access_mapping_process), 0x010D0BEA);
}

/* A list that is broken anywhere is no list, whatever its sound part would decide. */
static void malformed_lists_are_refused_as_such(void)
{
    static const char *const lists[] = {
        "D:(A;;FA;;;WD)(0x0;;0x)",
        "D:(A;;FA;;;WD)(0x0;;0xFF011F00)",
        "D:(A;;FA;;;WD)(0x1;;0xFF011F000110000000000001)",
        "D:(A;;FA;;;WD)(0x1;;0xFF011F00010200000000000501000000)",
        "D:(A;;FA;;;WD)(0x5;;0xFF011F0003000000)",
        "D:(A;;FA;;;WD)(0x9;IO;0xFF011F00)",
    };
    struct whole_token whole;
    struct access_decision decision = {.entry = 77};
    struct descriptor descriptor = {0};
    char words[] = "group=WD";

    CU_ASSERT_TRUE(read_token(&(struct table){.line = 0}, words, &whole));
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        CU_ASSERT_EQUAL_FATAL(sddl_parse(lists[i], &descriptor, NULL), SBX_OK);
        descriptor.owner = sid_everyone;
        CU_ASSERT_EQUAL(access_check(&descriptor, &whole.token, 1, &access_mapping_file, &decision, NULL),
                        SBX_E_ARGUMENT);
        descriptor_free(&descriptor);
    }

    CU_ASSERT_EQUAL_FATAL(sddl_parse("O:WDD:(A;;FA;;;WD)S:(ML;;NW;;;HI)", &descriptor, NULL), SBX_OK);
    descriptor.dacl.bytes[4]++; /* one entry more than there is */
    CU_ASSERT_EQUAL(access_check(&descriptor, &whole.token, 1, &access_mapping_file, &decision, NULL),
                    SBX_E_ARGUMENT);
    descriptor.dacl.bytes[4]--;
    descriptor.dacl.bytes[0] = 0; /* no revision of a list */
    CU_ASSERT_EQUAL(access_check(&descriptor, &whole.token, 1, &access_mapping_file, &decision, NULL),
                    SBX_E_ARGUMENT);
    descriptor.dacl.bytes[0] = 2;
    descriptor.sacl.bytes[0] = 0;
    CU_ASSERT_EQUAL(access_check(&descriptor, &whole.token, 1, &access_mapping_file, &decision, NULL),
                    SBX_E_ARGUMENT);
    descriptor.sacl.bytes[0] = 2;
    descriptor.sacl.bytes[4]++;
    CU_ASSERT_EQUAL(access_check(&descriptor, &whole.token, 1, &access_mapping_file, &decision, NULL),
                    SBX_E_ARGUMENT);
    whole.token.no_write_up = false; /* no label counts, so nothing depends on it */
    CU_ASSERT_EQUAL(decision.entry, 77);
    CU_ASSERT_EQUAL(access_check(&descriptor, &whole.token, 1, &access_mapping_file, &decision, NULL),
                    SBX_OK);
    descriptor_free(&descriptor);
}

static bool never(void *context, size_t size)
{
    (void)size;
    *(bool *)context = true;
    return true;
}

static void check_asks_for_no_memory(void)
{
    struct descriptor descriptor = {0};
    struct access_decision decision;
    struct whole_token whole;
    char words[] = "group=WD restrict=WD";
    bool asked = false;

    CU_ASSERT_TRUE(read_token(&(struct table){.line = 0}, words, &whole));
    CU_ASSERT_EQUAL_FATAL(sddl_parse("O:WDD:(A;;FA;;;WD)S:(ML;;NW;;;LW)", &descriptor, NULL), SBX_OK);
    sbx_memory_set_hook(never, &asked);
    CU_ASSERT_EQUAL(access_check(&descriptor, &whole.token, ACCESS_MAXIMUM_ALLOWED, &access_mapping_file,
                                 &decision, NULL),
                    SBX_OK);
    sbx_memory_set_hook(NULL, NULL);
    CU_ASSERT_FALSE(asked);
    CU_ASSERT_EQUAL(decision.granted, 0x1F01FF);
    descriptor_free(&descriptor);
}

const struct harness_suite access_check_suite = {
    "access_check",
    (const struct harness_test[]){
        {"every case of the table is decided as its source says, by the entry that it names",
         every_case_of_the_table},
        {"the oracle decides the same for a million random pairs",
         oracle_decides_the_same_for_a_million_pairs},
        {"masks are those of the documentation", masks_are_those_of_the_documentation},
        {"malformed lists are refused as such", malformed_lists_are_refused_as_such},
        {"the check asks for no memory", check_asks_for_no_memory},
        {NULL, NULL},
    },
};
