/*
 * acl_test.c - our entries go in where they belong, and out again without a trace.
 */
#include "core/acl.h"
#include "base/memory.h"
#include "core/access_check.h"
#include "core/descriptor_random.h"
#include "core/memory_failing.h"
#include "core/sddl.h"
#include "support/harness.h"

#include <stdlib.h>
#include <string.h>

/* Lists as text: what stands behind "D:" in SDDL. */

static struct descriptor parsed(const char *sddl)
{
    struct descriptor descriptor = {0};

    CU_ASSERT_EQUAL_FATAL(sddl_parse(sddl, &descriptor, NULL), SBX_OK);
    return descriptor;
}

static char *text_of_list(const void *bytes, size_t size)
{
    struct descriptor descriptor = {0};
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    CU_ASSERT_EQUAL_FATAL(descriptor_set_dacl(&descriptor, bytes, size, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(sddl_write(&descriptor, &text, NULL), SBX_OK);
    descriptor_free(&descriptor);
    return buffer_take(&text, NULL);
}

/* The entries of a list in SDDL, as plain ones. */
static size_t entries_of(const char *sddl, struct ace *entries, size_t most)
{
    struct descriptor descriptor = parsed(sddl);
    struct acl_cursor cursor;
    struct acl_entry entry;
    size_t count = 0;

    CU_ASSERT_TRUE_FATAL(acl_begin(descriptor.dacl.bytes, descriptor.dacl.size, &cursor));
    while (acl_next(&cursor, &entry)) {
        CU_ASSERT_TRUE_FATAL(count < most && ace_read(&entry, &entries[count]));
        count++;
    }
    descriptor_free(&descriptor);
    return count;
}

static void entries_go_where_canonical_order_has_them(void)
{
    static const struct {
        const char *list;
        const char *added;
        const char *expected;
    } cases[] = {
        {"D:", "D:(A;;FA;;;BU)", "D:(A;;FA;;;BU)"},
        {"D:(A;;FA;;;SY)", "D:(A;;FR;;;BU)", "D:(A;;FA;;;SY)(A;;FR;;;BU)"},
        {"D:(A;;FA;;;SY)", "D:(D;;FW;;;BU)", "D:(D;;FW;;;BU)(A;;FA;;;SY)"},
        {"D:(D;;FW;;;BG)(A;;FA;;;SY)", "D:(D;;FW;;;BU)", "D:(D;;FW;;;BU)(D;;FW;;;BG)(A;;FA;;;SY)"},
        {"D:(A;;FA;;;SY)(A;ID;FR;;;WD)", "D:(A;;FR;;;BU)", "D:(A;;FA;;;SY)(A;;FR;;;BU)(A;ID;FR;;;WD)"},
        {"D:(A;ID;FA;;;SY)", "D:(A;;FR;;;BU)", "D:(A;;FR;;;BU)(A;ID;FA;;;SY)"},
        {"D:(A;ID;FA;;;SY)", "D:(D;;FW;;;BU)(A;;FR;;;BU)", "D:(D;;FW;;;BU)(A;;FR;;;BU)(A;ID;FA;;;SY)"},
        {"D:(A;;FR;;;SY)", "D:(A;;FR;;;BU)(D;;FW;;;BU)(A;;FX;;;BU)(D;;FX;;;BG)",
         "D:(D;;FW;;;BU)(D;;FX;;;BG)(A;;FR;;;SY)(A;;FR;;;BU)(A;;FX;;;BU)"},
        /* inherited forms: denies before what was inherited, allows behind it */
        {"D:(A;;FR;;;SY)(D;ID;FW;;;BG)(A;ID;FA;;;BA)", "D:(A;ID;FR;;;BU)(D;ID;FW;;;BU)",
         "D:(A;;FR;;;SY)(D;ID;FW;;;BU)(D;ID;FW;;;BG)(A;ID;FA;;;BA)(A;ID;FR;;;BU)"},
        {"D:(A;;FR;;;SY)", "D:(A;ID;FR;;;BU)(D;ID;FW;;;BU)(A;;FX;;;BU)(D;;FX;;;BU)",
         "D:(D;;FX;;;BU)(A;;FR;;;SY)(A;;FX;;;BU)(D;ID;FW;;;BU)(A;ID;FR;;;BU)"},
        /* not canonical: stays as it is, ours before its first entry and its first inherited one */
        {"D:(A;;FR;;;SY)(D;;FW;;;BG)", "D:(D;;FX;;;BU)(A;;FX;;;BU)",
         "D:(D;;FX;;;BU)(A;;FR;;;SY)(D;;FW;;;BG)(A;;FX;;;BU)"},
        {"D:(A;ID;FR;;;SY)(D;;FW;;;BG)", "D:(D;;FX;;;BU)(A;;FX;;;BU)",
         "D:(D;;FX;;;BU)(A;;FX;;;BU)(A;ID;FR;;;SY)(D;;FW;;;BG)"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct descriptor descriptor = parsed(cases[i].list);
        struct sbx_buffer out = SBX_BUFFER_EMPTY;
        struct ace entries[8];
        size_t count = entries_of(cases[i].added, entries, 8);
        char *text;

        CU_ASSERT_EQUAL_FATAL(
            acl_add(descriptor.dacl.bytes, descriptor.dacl.size, entries, count, &out, NULL), SBX_OK);
        text = text_of_list(out.data, out.size);
        CU_ASSERT_STRING_EQUAL(text, cases[i].expected);
        CU_ASSERT_EQUAL(acl_is_canonical(descriptor.dacl.bytes, descriptor.dacl.size),
                        acl_is_canonical(out.data, out.size));
        sbx_free(text);
        buffer_free(&out);
        descriptor_free(&descriptor);
    }
}

static void entry_list_that_is_new_has_revision_2(void)
{
    static const uint8_t expected[] = {2,    0, 28, 0, 1, 0, 0, 0, 0, 0, 20, 0, 0xFF, 1,
                                       0x1F, 0, 1,  1, 0, 0, 0, 0, 0, 1, 0,  0, 0,    0};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct ace entry = {ACE_ALLOW, 0, 0x1F01FF, sid_everyone};

    CU_ASSERT_EQUAL(acl_add(NULL, 0, &entry, 1, &out, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(out.size, sizeof expected);
    CU_ASSERT_EQUAL(memcmp(out.data, expected, sizeof expected), 0);
    buffer_free(&out);
    CU_ASSERT_EQUAL(acl_add(NULL, 0, NULL, 0, &out, NULL), SBX_OK);
    CU_ASSERT_EQUAL(out.size, 8);
    buffer_free(&out);
}

static void canonical_order_is_recognized(void)
{
    static const struct {
        const char *list;
        bool canonical;
    } cases[] = {
        {"D:", true},
        {"D:(D;;FR;;;BU)(A;;FR;;;BU)(D;ID;FR;;;BU)(A;ID;FR;;;BU)(D;ID;FR;;;BG)", true},
        {"D:(A;;FR;;;BU)(D;;FR;;;BU)", false},
        {"D:(A;ID;FR;;;BU)(A;;FR;;;BU)", false},
        {"D:(D;ID;FR;;;BU)(D;;FR;;;BU)", false},
        {"D:(OA;;FR;;;BU)(D;;FR;;;BU)", false},
        {"D:(OD;;FR;;;BU)(A;;FR;;;BU)(OA;;FR;;;BU)", true},
        {"D:(A;;FR;;;BU)(OD;;FR;;;BU)", false},
        {"D:(0x9;;0xFF011F00010100000000000100000000)(D;;FR;;;BU)", false},  /* callback allow */
        {"D:(A;;FR;;;BU)(0xA;;0xFF011F00010100000000000100000000)", false},  /* callback deny */
        {"D:(A;;FR;;;BU)(0x99;;0x00000000)(AU;;FR;;;BU)(A;;FR;;;BG)", true}, /* says nothing of itself */
        {"D:(0x99;ID;0x00000000)(A;;FR;;;BG)", false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct descriptor descriptor = parsed(cases[i].list);

        CU_ASSERT_EQUAL(acl_is_canonical(descriptor.dacl.bytes, descriptor.dacl.size), cases[i].canonical);
        descriptor_free(&descriptor);
    }
    CU_ASSERT_FALSE(acl_is_canonical(NULL, 0));
    CU_ASSERT_FALSE(acl_is_canonical((const uint8_t[8]){2, 0, 8, 0, 1, 0}, 8));
}

/*
 * The property. Two sessions add their entries to any list and take them out again in either order, each once
 * in two halves; the list is in a descriptor that goes through its bytes each time, as it does on a real
 * object. At the end the bytes are the first ones.
 */

struct session {
    struct ace entries[5];
    size_t count;
};

static bool edit(struct sbx_buffer *bytes, const struct ace *entries, size_t count, bool adds)
{
    struct descriptor descriptor = {0};
    struct sbx_buffer acl = SBX_BUFFER_EMPTY;
    size_t removed = count;
    bool done = false;

    if (descriptor_parse(bytes->data, bytes->size, &descriptor, NULL))
        return false;
    if (adds ? acl_add(descriptor.dacl.bytes, descriptor.dacl.size, entries, count, &acl, NULL)
             : acl_remove(descriptor.dacl.bytes, descriptor.dacl.size, entries, count, &acl, &removed, NULL))
        goto free_descriptor;

    sbx_free(descriptor.dacl.bytes);
    descriptor.dacl.size = acl.size;
    descriptor.dacl.bytes = (uint8_t *)buffer_take(&acl, NULL);
    buffer_free(bytes);
    done = removed == count && descriptor_build(&descriptor, bytes, NULL) == SBX_OK;

free_descriptor:
    descriptor_free(&descriptor);
    return done;
}

static bool removing_gives_the_original(struct chance *chance)
{
    struct sbx_buffer original = SBX_BUFFER_EMPTY;
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct session sessions[2];
    struct descriptor descriptor = {0};
    unsigned first = chance_below(chance, 2);
    bool same = true;

    chance_descriptor(chance, 7, &original);
    CU_ASSERT_EQUAL_FATAL(descriptor_parse(original.data, original.size, &descriptor, NULL), SBX_OK);
    if (!descriptor.dacl.bytes) /* nothing is ever added to a NULL DACL */
        goto free_buffers;

    buffer_append(&bytes, original.data, original.size);
    for (unsigned s = 0; s < 2; s++) {
        struct session *session = &sessions[s];

        session->count = chance_below(chance, 6);
        for (size_t i = 0; i < session->count; i++)
            session->entries[i] = chance_ace(chance);
        same = same && edit(&bytes, session->entries, session->count, true);
    }
    for (unsigned s = 0; s < 2; s++) {
        struct session *session = &sessions[s ^ first];
        size_t half = chance_below(chance, (uint32_t)session->count + 1);

        same = same && edit(&bytes, session->entries + half, session->count - half, false) &&
               edit(&bytes, session->entries, half, false);
    }
    same = same && bytes.size == original.size && memcmp(bytes.data, original.data, bytes.size) == 0;

free_buffers:
    descriptor_free(&descriptor);
    buffer_free(&bytes);
    buffer_free(&original);
    return same;
}

static void removing_what_was_added_gives_the_original_bytes(void)
{
    struct cases cases = chance_cases(100000);
    struct chance chance;

    for (unsigned long i = 0; i < cases.count; i++) {
        chance_seed(&chance, cases.first_seed + i);
        if (!removing_gives_the_original(&chance)) {
            chance_failed("removing_what_was_added", cases.first_seed + i);
            CU_FAIL("other bytes");
            return;
        }
    }
}

/* Where entries like ours are there already: the very same bytes must remain, not only equal ones. */
static void alike_entries_of_others_stay_where_they_are(void)
{
    static const struct {
        const char *list;
        const char *added;
    } cases[] = {
        {"D:(A;;FR;;;BU)(D;;FW;;;BU)", "D:(D;;FW;;;BU)"},
        {"D:(D;;FW;;;BG)(D;;FW;;;BU)", "D:(D;;FW;;;BU)(D;;FW;;;BG)"},
        {"D:(A;;FR;;;BU)(A;;FW;;;BU)(A;ID;FX;;;BU)(A;;FR;;;BU)", "D:(A;;FR;;;BU)"},
        {"D:(A;ID;FX;;;BU)(A;;FR;;;BU)(A;;FW;;;BU)", "D:(A;;FR;;;BU)"},
        {"D:(A;ID;FR;;;BU)(A;ID;FX;;;BU)", "D:(A;ID;FR;;;BU)(A;ID;FR;;;BU)"},
        {"D:(D;ID;FR;;;BG)(D;ID;FR;;;BU)", "D:(D;ID;FR;;;BU)"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct descriptor descriptor = parsed(cases[i].list);
        struct sbx_buffer with = SBX_BUFFER_EMPTY;
        struct sbx_buffer without = SBX_BUFFER_EMPTY;
        struct ace entries[8];
        size_t count = entries_of(cases[i].added, entries, 8);
        size_t removed = 0;

        CU_ASSERT_EQUAL(acl_add(descriptor.dacl.bytes, descriptor.dacl.size, entries, count, &with, NULL),
                        SBX_OK);
        CU_ASSERT_EQUAL(acl_remove(with.data, with.size, entries, count, &without, &removed, NULL), SBX_OK);
        CU_ASSERT_EQUAL(removed, count);
        CU_ASSERT_EQUAL_FATAL(without.size, descriptor.dacl.size);
        CU_ASSERT_EQUAL(memcmp(without.data, descriptor.dacl.bytes, without.size), 0);
        buffer_free(&without);
        buffer_free(&with);
        descriptor_free(&descriptor);
    }
}

static void only_what_is_exactly_ours_is_removed(void)
{
    /* Another type, flag, mask, SID, bytes behind the SID, an object entry: none of them is ours. */
    static const char list[] = "D:(D;;FR;;;BU)(A;OI;FR;;;BU)(A;;FA;;;BU)(A;;FR;;;BG)(OA;;FR;;;BU)"
                               "(0x0;;0x89001200010200000000000520000000210200000000)(A;ID;FR;;;BU)";
    struct descriptor descriptor = parsed(list);
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct ace entries[2];
    size_t removed = 7;
    char *text;

    CU_ASSERT_EQUAL(entries_of("D:(A;;FR;;;BU)", entries, 1), 1);
    CU_ASSERT_EQUAL(acl_remove(descriptor.dacl.bytes, descriptor.dacl.size, entries, 1, &out, &removed, NULL),
                    SBX_OK);
    CU_ASSERT_EQUAL(removed, 0);
    CU_ASSERT_EQUAL(out.size, descriptor.dacl.size);
    buffer_free(&out);

    /* Asked for two and one is there: it goes, and the count says so. */
    entries[1] = entries[0] = (struct ace){ACE_ALLOW, 0, 0x1F01FF, entries[0].sid};
    CU_ASSERT_EQUAL(acl_remove(descriptor.dacl.bytes, descriptor.dacl.size, entries, 2, &out, &removed, NULL),
                    SBX_OK);
    CU_ASSERT_EQUAL(removed, 1);
    text = text_of_list(out.data, out.size);
    CU_ASSERT_STRING_EQUAL(text, "D:(D;;FR;;;BU)(A;OI;FR;;;BU)(A;;FR;;;BG)(OA;;FR;;;BU)"
                                 "(0x0;;0x89001200010200000000000520000000210200000000)(A;ID;FR;;;BU)");
    sbx_free(text);
    buffer_free(&out);
    descriptor_free(&descriptor);
}

/* Whatever became of its flags; but not another type, mask or SID, bytes behind the SID, an object entry. */
static void what_is_like_ours_is_removed_whatever_its_flags(void)
{
    static const char list[] = "D:(D;;FR;;;BU)(A;OI;FR;;;BU)(A;;FA;;;BU)(A;;FR;;;BG)(OA;;FR;;;BU)"
                               "(0x0;;0x89001200010200000000000520000000210200000000)(A;ID;FR;;;BU)"
                               "(A;OICIIOID;FR;;;BU)(A;;FR;;;BU)(D;ID;FW;;;BG)";
    struct descriptor descriptor = parsed(list);
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct ace entries[2];
    size_t removed = 7;
    char *text;

    CU_ASSERT_EQUAL(entries_of("D:(A;CI;FR;;;BU)(D;;FW;;;BG)", entries, 2), 2);
    CU_ASSERT_EQUAL(
        acl_remove_like(descriptor.dacl.bytes, descriptor.dacl.size, entries, 2, &out, &removed, NULL),
        SBX_OK);
    CU_ASSERT_EQUAL(removed, 5);
    text = text_of_list(out.data, out.size);
    CU_ASSERT_STRING_EQUAL(text, "D:(D;;FR;;;BU)(A;;FA;;;BU)(A;;FR;;;BG)(OA;;FR;;;BU)"
                                 "(0x0;;0x89001200010200000000000520000000210200000000)");
    sbx_free(text);
    buffer_free(&out);

    entries[0].sid.size = 0; /* nobody is like nobody */
    CU_ASSERT_EQUAL(
        acl_remove_like(descriptor.dacl.bytes, descriptor.dacl.size, entries, 1, &out, &removed, NULL),
        SBX_OK);
    CU_ASSERT_EQUAL(removed, 0);
    CU_ASSERT_EQUAL(out.size, descriptor.dacl.size);
    buffer_free(&out);
    descriptor_free(&descriptor);
}

static void entry_is_found_only_as_it_is(void)
{
    struct descriptor descriptor =
        parsed("D:(A;OI;FR;;;BU)(OA;;FW;;;BU)(0x0;;0x9F011200010200000000000520000000210200000000)");
    struct ace entries[5];

    CU_ASSERT_EQUAL(
        entries_of("D:(A;OI;FR;;;BU)(A;;FR;;;BU)(D;OI;FR;;;BU)(A;OI;FR;;;BG)(A;;FW;;;BU)", entries, 5), 5);
    CU_ASSERT_TRUE(acl_has(descriptor.dacl.bytes, descriptor.dacl.size, &entries[0]));
    for (unsigned i = 1; i < 5; i++)
        CU_ASSERT_FALSE(acl_has(descriptor.dacl.bytes, descriptor.dacl.size, &entries[i]));
    CU_ASSERT_FALSE(acl_has(NULL, 0, &entries[0]));
    descriptor_free(&descriptor);
}

static void everything_that_names_a_sid_is_removed(void)
{
    static const char list[] = "D:(D;;FR;;;BU)(A;;FR;;;BG)(A;ID;FR;;;BU)(OA;;FR;;;BU)(AU;SA;FR;;;BU)";
    struct descriptor descriptor = parsed(list);
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct ace entry;
    size_t removed = 0;
    char *text;

    entries_of("D:(A;;FR;;;BU)", &entry, 1);
    CU_ASSERT_EQUAL(
        acl_remove_sid(descriptor.dacl.bytes, descriptor.dacl.size, &entry.sid, false, &out, &removed, NULL),
        SBX_OK);
    CU_ASSERT_EQUAL(removed, 2);
    text = text_of_list(out.data, out.size);
    CU_ASSERT_STRING_EQUAL(text, "D:(A;;FR;;;BG)(A;ID;FR;;;BU)(OA;;FR;;;BU)");
    sbx_free(text);
    buffer_free(&out);

    CU_ASSERT_EQUAL(
        acl_remove_sid(descriptor.dacl.bytes, descriptor.dacl.size, &entry.sid, true, &out, &removed, NULL),
        SBX_OK);
    CU_ASSERT_EQUAL(removed, 3);
    text = text_of_list(out.data, out.size);
    CU_ASSERT_STRING_EQUAL(text, "D:(A;;FR;;;BG)(OA;;FR;;;BU)");
    sbx_free(text);
    buffer_free(&out);
    descriptor_free(&descriptor);
}

static void list_that_would_grow_too_large_is_refused(void)
{
    struct sbx_buffer list = SBX_BUFFER_EMPTY;
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct ace *entries = calloc(3276, sizeof *entries);
    struct sbx_error error = {0};

    CU_ASSERT_PTR_NOT_NULL_FATAL(entries);
    for (size_t i = 0; i < 3276; i++)
        entries[i] = (struct ace){ACE_ALLOW, 0, (uint32_t)i, sid_everyone};
    CU_ASSERT_EQUAL(acl_add(NULL, 0, entries, 3276, &list, NULL), SBX_OK); /* 8 + 3276 * 20 = 65528 */
    CU_ASSERT_EQUAL(list.size, 65528);
    CU_ASSERT_EQUAL(acl_add(list.data, list.size, entries, 1, &out, &error), SBX_E_LIMIT);
    CU_ASSERT_EQUAL(error.code, SBX_E_LIMIT);
    CU_ASSERT_EQUAL(out.size, 0);
    free(entries);
    buffer_free(&list);
}

static void what_is_no_list_and_no_entry_is_refused(void)
{
    static const uint8_t lists[][12] = {
        {1, 0, 8, 0},
        {5, 0, 8, 0},
        {2, 0, 7, 0},
        {2, 0, 13, 0},
        {2, 0, 8, 0, 1, 0},
        {2, 0, 12, 0, 1, 0, 0, 0, 0, 0, 3, 0},
        {2, 0, 12, 0, 1, 0, 0, 0, 0, 0, 5, 0},
        {2, 0, 12, 0, 2, 0, 0, 0, 0, 0, 4, 0},
    };
    struct ace entry = {ACE_ALLOW, 0, 1, sid_everyone};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct ace inherited[2];
    size_t count = 9;

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        CU_ASSERT_EQUAL(acl_add(lists[i], 12, &entry, 1, &out, NULL), SBX_E_ARGUMENT);
        CU_ASSERT_EQUAL(acl_remove(lists[i], 12, &entry, 1, &out, &count, NULL), SBX_E_ARGUMENT);
        CU_ASSERT_EQUAL(acl_remove_like(lists[i], 12, &entry, 1, &out, &count, NULL), SBX_E_ARGUMENT);
        CU_ASSERT_FALSE(acl_has(lists[i], 12, &entry));
        CU_ASSERT_EQUAL(acl_remove_sid(lists[i], 12, &entry.sid, true, &out, &count, NULL), SBX_E_ARGUMENT);
    }
    entry.type = 5; /* not plain */
    CU_ASSERT_EQUAL(acl_add(NULL, 0, &entry, 1, &out, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(ace_inherit(&entry, true, NULL, NULL, inherited, &count), SBX_E_ARGUMENT);
    entry.type = ACE_ALLOW;
    entry.sid.size = 0;
    CU_ASSERT_EQUAL(acl_add(NULL, 0, &entry, 1, &out, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(ace_inherit(&entry, true, NULL, NULL, inherited, &count), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(count, 9);
    CU_ASSERT_EQUAL(out.size, 0);
    CU_ASSERT_PTR_NULL(out.data);
}

/*
 * Inheritance: the table of [MS-DTYP] 2.5.3.4.4 and the rules of "ACE Inheritance Rules" (generic rights and
 * CREATOR SIDs mapped where the entry takes effect, kept where it is only passed on).
 */
static void children_inherit_as_documented(void)
{
    static const struct {
        const char *parent;
        const char *folder; /* what a child folder gets, and a file; owner BU, group BG */
        const char *file;
    } cases[] = {
        {"D:(A;;FR;;;WD)", "D:", "D:"},
        {"D:(A;IO;FR;;;WD)", "D:", "D:"},
        {"D:(A;NP;FR;;;WD)", "D:", "D:"},
        {"D:(A;OI;FR;;;WD)", "D:(A;OIIOID;FR;;;WD)", "D:(A;ID;FR;;;WD)"},
        {"D:(A;OINP;FR;;;WD)", "D:", "D:(A;ID;FR;;;WD)"},
        {"D:(A;OIIO;FR;;;WD)", "D:(A;OIIOID;FR;;;WD)", "D:(A;ID;FR;;;WD)"},
        {"D:(A;OINPIO;FR;;;WD)", "D:", "D:(A;ID;FR;;;WD)"},
        {"D:(A;CI;FR;;;WD)", "D:(A;CIID;FR;;;WD)", "D:"},
        {"D:(A;CINP;FR;;;WD)", "D:(A;ID;FR;;;WD)", "D:"},
        {"D:(A;CIIO;FR;;;WD)", "D:(A;CIID;FR;;;WD)", "D:"},
        {"D:(A;CINPIO;FR;;;WD)", "D:(A;ID;FR;;;WD)", "D:"},
        {"D:(A;OICI;FR;;;WD)", "D:(A;OICIID;FR;;;WD)", "D:(A;ID;FR;;;WD)"},
        {"D:(A;OICINP;FR;;;WD)", "D:(A;ID;FR;;;WD)", "D:(A;ID;FR;;;WD)"},
        {"D:(A;OICIIO;FR;;;WD)", "D:(A;OICIID;FR;;;WD)", "D:(A;ID;FR;;;WD)"},
        {"D:(A;OICINPIO;FR;;;WD)", "D:(A;ID;FR;;;WD)", "D:(A;ID;FR;;;WD)"},
        /* inherited already: goes on just the same */
        {"D:(A;OICIID;FR;;;WD)", "D:(A;OICIID;FR;;;WD)", "D:(A;ID;FR;;;WD)"},
        /* a deny, an audit entry with its own flags */
        {"D:(D;OICI;FW;;;WD)", "D:(D;OICIID;FW;;;WD)", "D:(D;ID;FW;;;WD)"},
        {"D:(AU;OICISAFA;FW;;;WD)", "D:(AU;OICIIDSAFA;FW;;;WD)", "D:(AU;IDSAFA;FW;;;WD)"},
        /* generic rights: split on a folder, mapped on a file */
        {"D:(A;OICI;GA;;;WD)", "D:(A;ID;FA;;;WD)(A;OICIIOID;GA;;;WD)", "D:(A;ID;FA;;;WD)"},
        {"D:(A;CI;GR;;;WD)", "D:(A;ID;FR;;;WD)(A;CIIOID;GR;;;WD)", "D:"},
        {"D:(A;OI;GX;;;WD)", "D:(A;OIIOID;GX;;;WD)", "D:(A;ID;FX;;;WD)"},
        {"D:(A;OICINP;GW;;;WD)", "D:(A;ID;FW;;;WD)", "D:(A;ID;FW;;;WD)"},
        {"D:(A;OICI;GRSD;;;WD)", "D:(A;ID;0x130089;;;WD)(A;OICIIOID;0x80010000;;;WD)",
         "D:(A;ID;0x130089;;;WD)"},
        /* CREATOR OWNER and CREATOR GROUP */
        {"D:(A;OICIIO;FA;;;CO)", "D:(A;ID;FA;;;BU)(A;OICIIOID;FA;;;CO)", "D:(A;ID;FA;;;BU)"},
        {"D:(A;OICIIO;GA;;;CO)", "D:(A;ID;FA;;;BU)(A;OICIIOID;GA;;;CO)", "D:(A;ID;FA;;;BU)"},
        {"D:(A;OIIO;GA;;;CO)", "D:(A;OIIOID;GA;;;CO)", "D:(A;ID;FA;;;BU)"},
        {"D:(A;CIIO;FR;;;CG)", "D:(A;ID;FR;;;BG)(A;CIIOID;FR;;;CG)", "D:"},
        {"D:(A;OICINPIO;GA;;;CO)", "D:(A;ID;FA;;;BU)", "D:(A;ID;FA;;;BU)"},
        {"D:(D;OICI;FW;;;CG)", "D:(D;ID;FW;;;BG)(D;OICIIOID;FW;;;CG)", "D:(D;ID;FW;;;BG)"},
        /* OWNER RIGHTS is no placeholder: it stays and means each object's own owner */
        {"D:(A;OICI;FR;;;OW)", "D:(A;OICIID;FR;;;OW)", "D:(A;ID;FR;;;OW)"},
        /* a label's mask is a policy */
        {"D:(ML;OICI;NW;;;LW)", "D:(ML;OICIID;NW;;;LW)", "D:(ML;ID;NW;;;LW)"},
    };
    struct ace people[2];

    CU_ASSERT_EQUAL_FATAL(entries_of("D:(A;;FR;;;BU)(A;;FR;;;BG)", people, 2), 2);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (unsigned container = 0; container < 2; container++) {
            struct sbx_buffer list = SBX_BUFFER_EMPTY;
            struct sbx_buffer body = SBX_BUFFER_EMPTY;
            struct ace parent;
            struct ace inherited[2];
            size_t count = 0;
            char *text;

            CU_ASSERT_EQUAL_FATAL(entries_of(cases[i].parent, &parent, 1), 1);
            CU_ASSERT_EQUAL(
                ace_inherit(&parent, container, &people[0].sid, &people[1].sid, inherited, &count), SBX_OK);
            for (size_t entry = 0; entry < count; entry++)
                ace_write(&inherited[entry], &body);
            buffer_append(&list, (const uint8_t[]){2, 0}, 2);
            buffer_append_u16(&list, (uint16_t)(8 + body.size));
            buffer_append_u32(&list, (uint32_t)count);
            buffer_append(&list, body.data, body.size);
            text = text_of_list(list.data, list.size);
            CU_ASSERT_STRING_EQUAL(text, container ? cases[i].folder : cases[i].file);
            sbx_free(text);
            buffer_free(&body);
            buffer_free(&list);
        }
}

static void creator_entries_name_nobody_where_there_is_no_owner(void)
{
    struct ace parent;
    struct ace inherited[2];
    size_t count = 9;

    CU_ASSERT_EQUAL_FATAL(entries_of("D:(A;OICI;FA;;;CO)", &parent, 1), 1);
    CU_ASSERT_EQUAL(ace_inherit(&parent, false, NULL, NULL, inherited, &count), SBX_OK);
    CU_ASSERT_EQUAL(count, 0);
    CU_ASSERT_EQUAL(ace_inherit(&parent, true, NULL, NULL, inherited, &count), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(count, 1);
    CU_ASSERT_EQUAL(inherited[0].flags,
                    ACE_OBJECT_INHERIT | ACE_CONTAINER_INHERIT | ACE_INHERIT_ONLY | ACE_INHERITED);
}

static void only_plain_entries_are_read_as_such(void)
{
    struct descriptor descriptor = parsed("D:(OA;;FR;;;BU)(0x0;;0x00000000)(A;OI;FR;;;WD)");
    struct acl_cursor cursor;
    struct acl_entry entry;
    struct ace ace = {.mask = 77};

    CU_ASSERT_TRUE_FATAL(acl_begin(descriptor.dacl.bytes, descriptor.dacl.size, &cursor));
    for (unsigned i = 0; i < 2; i++) {
        CU_ASSERT_TRUE_FATAL(acl_next(&cursor, &entry));
        CU_ASSERT_FALSE(ace_read(&entry, &ace));
    }
    CU_ASSERT_EQUAL(ace.mask, 77);
    CU_ASSERT_TRUE_FATAL(acl_next(&cursor, &entry));
    CU_ASSERT_TRUE(ace_read(&entry, &ace));
    CU_ASSERT_EQUAL(ace.mask, 0x120089);
    CU_ASSERT_EQUAL(ace.flags, ACE_OBJECT_INHERIT);
    CU_ASSERT_TRUE(sid_equal(&ace.sid, &sid_everyone));
    descriptor_free(&descriptor);
}

static sbx_status add_and_remove(void *context)
{
    const struct descriptor *descriptor = context;
    struct sbx_buffer with = SBX_BUFFER_EMPTY;
    struct sbx_buffer without = SBX_BUFFER_EMPTY;
    struct ace entries[2] = {{ACE_DENY, 0, 1, sid_everyone},
                             {ACE_ALLOW, ACE_INHERITED, 2, sid_creator_owner}};
    size_t removed = 99;
    sbx_status status = acl_add(descriptor->dacl.bytes, descriptor->dacl.size, entries, 2, &with, NULL);

    if (status) {
        CU_ASSERT_EQUAL(with.size, 0);
        goto free_buffers;
    }
    status = acl_remove(with.data, with.size, entries, 1, &without, &removed, NULL);
    if (!status) {
        buffer_free(&without);
        removed = 99;
        status = acl_remove_sid(with.data, with.size, &sid_everyone, true, &without, &removed, NULL);
    }
    if (!status) {
        buffer_free(&without);
        removed = 99;
        status = acl_remove_like(with.data, with.size, entries, 2, &without, &removed, NULL);
    }
    if (status) {
        CU_ASSERT_EQUAL(removed, 99);
        CU_ASSERT_EQUAL(without.size, 0);
    }

free_buffers:
    buffer_free(&without);
    buffer_free(&with);
    return status;
}

static void memory_that_runs_out_leaves_the_outputs(void)
{
    struct descriptor descriptor = parsed("D:(A;;FR;;;BU)(A;;FR;;;BG)(A;ID;FR;;;BU)");

    with_memory_failing(add_and_remove, &descriptor);
    descriptor_free(&descriptor);
}

const struct harness_suite acl_suite = {
    "acl",
    (const struct harness_test[]){
        {"entries go where canonical order has them", entries_go_where_canonical_order_has_them},
        {"a new list has revision 2 and nothing but the entries", entry_list_that_is_new_has_revision_2},
        {"canonical order is recognized", canonical_order_is_recognized},
        {"removing what was added gives the original bytes, for every descriptor",
         removing_what_was_added_gives_the_original_bytes},
        {"entries of others that are like ours stay where they are",
         alike_entries_of_others_stay_where_they_are},
        {"only what is exactly ours is removed", only_what_is_exactly_ours_is_removed},
        {"what is like ours is removed, whatever its flags", what_is_like_ours_is_removed_whatever_its_flags},
        {"an entry is found only as it is", entry_is_found_only_as_it_is},
        {"everything plain that names a SID is removed", everything_that_names_a_sid_is_removed},
        {"a list that would grow too large is refused", list_that_would_grow_too_large_is_refused},
        {"what is no list and no entry is refused", what_is_no_list_and_no_entry_is_refused},
        {"children inherit as documented", children_inherit_as_documented},
        {"CREATOR entries name nobody where there is no owner",
         creator_entries_name_nobody_where_there_is_no_owner},
        {"only plain entries are read as such", only_plain_entries_are_read_as_such},
        {"memory that runs out leaves the outputs as they were", memory_that_runs_out_leaves_the_outputs},
        {NULL, NULL},
    },
};
