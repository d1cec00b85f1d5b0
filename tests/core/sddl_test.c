/*
 * sddl_test.c - text says what the bytes say, both ways, and what it cannot say stands there in bytes.
 */
#include "core/sddl.h"
#include "base/memory.h"
#include "core/acl.h"
#include "core/descriptor_random.h"
#include "core/memory_failing.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

/* Text through the parser and back; "" where it is refused. The caller frees. */
static char *through(const char *text)
{
    struct descriptor descriptor = {0};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;

    if (sddl_parse(text, &descriptor, NULL) == SBX_OK)
        CU_ASSERT_EQUAL(sddl_write(&descriptor, &out, NULL), SBX_OK);
    descriptor_free(&descriptor);
    return buffer_take(&out, NULL);
}

static void canonical_text_comes_back_the_same(void)
{
    static const char *const texts[] = {
        "",
        "O:SY",
        "G:BA",
        "D:",
        "S:",
        "D:NO_ACCESS_CONTROL",
        "S:NO_ACCESS_CONTROL",
        "D:PARAINO_ACCESS_CONTROL",
        "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICIIO;GA;;;CO)S:AI(AU;OICISAFA;FA;;;WD)",
        "O:S-1-5-21-1-2-3-1001G:S-1-5-21-1-2-3-513D:(A;;FR;;;S-1-9-1-2-3)",
        "O:S-1-0x100000000000-5G:WDD:P",
        "D:(D;ID;0x1;;;WD)(A;NP;0x80010000;;;AN)",
        "D:(OA;CI;FR;bf967aba-0de6-11d0-a285-00aa003049e2;;PS)(OD;;0x100;;bf967aba-0de6-11d0-a285-"
        "00aa003049e2;AU)"
        "(OA;;0x30;00000001-0002-0003-0405-060708090a0b;ffffffff-ffff-ffff-ffff-ffffffffffff;BU)(OA;;GA;;;"
        "BU)",
        "S:(ML;;NW;;;LW)(ML;OICI;NWNRNX;;;SI)(ML;;0x8;;;HI)(ML;;0x0;;;ME)",
        "S:(SP;;0x0;;;S-1-17-1-2)(TL;;0x1;;;S-1-19-512-4096)(AL;FA;GR;;;WD)(OU;SA;GW;;;WD)(OL;;GX;;;WD)",
        "D:(0x9;;0x000000800101000000000001000000006172747800000000)(0xFF;OICINPIOIDCRSAFA;0x)",
        "D:(A;CR;FA;;;BA)",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *text = through(texts[i]);

        CU_ASSERT_STRING_EQUAL(text, texts[i]);
        sbx_free(text);
    }
}

static void other_spellings_mean_the_same(void)
{
    static const struct {
        const char *text;
        const char *canonical;
    } cases[] = {
        {"S:D:G:BAO:SY", "O:SYG:BAD:S:"},
        {"o:syg:bad:pai(a;oici;fa;;;sy)", "O:SYG:BAD:PAI(A;OICI;FA;;;SY)"},
        {"D:AIARP", "D:PARAI"},
        {"O:s-1-5-32-544", "O:BA"},
        {"O:S-1-1-0D:(A;;0x1f01ff;;;S-1-5-18)", "O:WDD:(A;;FA;;;SY)"},
        {"O:S-1-0x5-18G:SY", "O:SYG:SY"},
        {"D:(A;IOCIOI;FA;;;SY)", "D:(A;OICIIO;FA;;;SY)"},
        {"D:(A;;FRFX;;;SY)", "D:(A;;0x1200a9;;;SY)"},
        {"D:(A;;2032127;;;SY)", "D:(A;;FA;;;SY)"},
        {"D:(A;;07600777;;;SY)", "D:(A;;FA;;;SY)"},
        {"D:(A;;0X1F01FF;;;SY)", "D:(A;;FA;;;SY)"},
        {"D:(A;;;;;SY)", "D:(A;;0x0;;;SY)"},
        {"D:(A;;RPWPCCDCLCSWLODTCRRCWDWOSD;;;SY)", "D:(A;;0xf01ff;;;SY)"},
        {"D:(A;;KA;;;SY)(A;;KR;;;SY)(A;;KW;;;SY)(A;;KX;;;SY)",
         "D:(A;;0xf003f;;;SY)(A;;0x20019;;;SY)(A;;0x20006;;;SY)(A;;0x20019;;;SY)"},
        {"S:(ML;;NXNRNW;;;LW)", "S:(ML;;NWNRNX;;;LW)"},
        {"D:(0;;0xFF011F00010100000000000512000000)", "D:(A;;FA;;;SY)"},
        {"S:(0x15;TP;0x)", "S:(0x15;SA;0x)"},
        {"D:(A;16;FA;;;SY)", "D:(A;ID;FA;;;SY)"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = through(cases[i].text);

        CU_ASSERT_STRING_EQUAL(text, cases[i].canonical);
        sbx_free(text);
    }
}

/* Every two-letter SID of [MS-DTYP] 2.5.1.1 and the SDK's sddl.h that is the same everywhere. */
static void two_letter_sids_are_those_of_the_tables(void)
{
    static const struct {
        const char *letters;
        const char *sid;
    } cases[] = {
        {"AA", "S-1-5-32-579"},
        {"AC", "S-1-15-2-1"},
        {"AN", "S-1-5-7"},
        {"AO", "S-1-5-32-548"},
        {"AS", "S-1-18-1"},
        {"AU", "S-1-5-11"},
        {"BA", "S-1-5-32-544"},
        {"BG", "S-1-5-32-546"},
        {"BO", "S-1-5-32-551"},
        {"BU", "S-1-5-32-545"},
        {"CD", "S-1-5-32-574"},
        {"CG", "S-1-3-1"},
        {"CO", "S-1-3-0"},
        {"CY", "S-1-5-32-569"},
        {"ED", "S-1-5-9"},
        {"ER", "S-1-5-32-573"},
        {"ES", "S-1-5-32-576"},
        {"HA", "S-1-5-32-578"},
        {"HI", "S-1-16-12288"},
        {"HO", "S-1-5-32-584"},
        {"IS", "S-1-5-32-568"},
        {"IU", "S-1-5-4"},
        {"LS", "S-1-5-19"},
        {"LU", "S-1-5-32-559"},
        {"LW", "S-1-16-4096"},
        {"ME", "S-1-16-8192"},
        {"MP", "S-1-16-8448"},
        {"MS", "S-1-5-32-577"},
        {"MU", "S-1-5-32-558"},
        {"NO", "S-1-5-32-556"},
        {"NS", "S-1-5-20"},
        {"NU", "S-1-5-2"},
        {"OW", "S-1-3-4"},
        {"PO", "S-1-5-32-550"},
        {"PS", "S-1-5-10"},
        {"PU", "S-1-5-32-547"},
        {"RA", "S-1-5-32-575"},
        {"RC", "S-1-5-12"},
        {"RD", "S-1-5-32-555"},
        {"RE", "S-1-5-32-552"},
        {"RM", "S-1-5-32-580"},
        {"RU", "S-1-5-32-554"},
        {"SH", "S-1-5-32-585"},
        {"SI", "S-1-16-16384"},
        {"SO", "S-1-5-32-549"},
        {"SS", "S-1-18-2"},
        {"SU", "S-1-5-6"},
        {"SY", "S-1-5-18"},
        {"UD", "S-1-5-84-0-0-0-0-0"},
        {"WD", "S-1-1-0"},
        {"WR", "S-1-5-33"},
    };
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct sid sid;
    struct sid numbers;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CU_ASSERT_EQUAL(sddl_parse_sid(cases[i].letters, &sid, NULL), SBX_OK);
        CU_ASSERT_EQUAL(sid_parse(cases[i].sid, &numbers, NULL), SBX_OK);
        CU_ASSERT_TRUE(sid_equal(&sid, &numbers));
        sddl_write_sid(&numbers, &out);
        CU_ASSERT_STRING_EQUAL(buffer_text(&out), cases[i].letters);
        buffer_free(&out);
    }
}

static void what_is_wrong_is_refused_with_its_column(void)
{
    static const struct {
        const char *text;
        const char *error;
    } cases[] = {
        {"X:SY", "SDDL, column 1: \"O:\", \"G:\", \"D:\" or \"S:\" expected."},
        {"O", "SDDL, column 1: \"O:\", \"G:\", \"D:\" or \"S:\" expected."},
        {" O:SY", "SDDL, column 1: \"O:\", \"G:\", \"D:\" or \"S:\" expected."},
        {"O:SY ", "SDDL, column 5: \"O:\", \"G:\", \"D:\" or \"S:\" expected."},
        {"O:SYO:SY", "SDDL, column 5: this part is there twice."},
        {"D:D:", "SDDL, column 3: this part is there twice."},
        {"O:", "SDDL, column 3: no SID."},
        {"O:S", "SDDL, column 3: no SID."},
        {"O:XX", "SDDL, column 3: no SID."},
        {"O:S-1-5-", "SDDL, column 3: no SID."},
        {"O:DAG:SY", "SDDL, column 3: this SID is relative to a domain; write it as S-1-5-21-...."},
        {"D:(A;;FA;;;LA)", "SDDL, column 12: this SID is relative to a domain; write it as S-1-5-21-...."},
        {"D:X", "SDDL, column 3: no flag of a list; there are P, AR, AI and NO_ACCESS_CONTROL."},
        {"D:A(A;;FA;;;SY)", "SDDL, column 3: no flag of a list; there are P, AR, AI and NO_ACCESS_CONTROL."},
        {"D:NO_ACCESS_CONTROL(A;;FA;;;SY)", "SDDL, column 3: NO_ACCESS_CONTROL and entries."},
        {"D:(", "SDDL, column 4: no type of an entry."},
        {"D:()", "SDDL, column 4: no type of an entry."},
        {"D:(B;;FA;;;SY)", "SDDL, column 4: no type of an entry."},
        {"D:(0x100;;0x)", "SDDL, column 4: no type of an entry."},
        {"D:(A", "SDDL, column 5: \";\" expected."},
        {"D:(A;XX;FA;;;SY)", "SDDL, column 6: no flags of an entry."},
        {"D:(A;OIC;FA;;;SY)", "SDDL, column 8: no flags of an entry."},
        {"D:(A;256;FA;;;SY)", "SDDL, column 9: no flags of an entry."},
        {"D:(A;;XX;;;SY)", "SDDL, column 7: no rights."},
        {"D:(A;;F;;;SY)", "SDDL, column 7: no rights."},
        {"D:(A;;0x1g;;;SY)", "SDDL, column 7: no rights."},
        {"D:(A;;0x100000000;;;SY)", "SDDL, column 7: no rights."},
        {"D:(A;;99999999999999999999999999999;;;SY)", "SDDL, column 7: no rights."},
        {"D:(A;;NW;;;SY)", "SDDL, column 7: no rights."},
        {"S:(ML;;FA;;;LW)", "SDDL, column 8: no label's policy."},
        {"D:(A;;FA;;)", "SDDL, column 11: \";\" expected."},
        {"D:(A;;FA;;;)", "SDDL, column 12: no SID."},
        {"D:(A;;FA;;;SY", "SDDL, column 14: \")\" expected."},
        {"D:(A;;FA;;;SY;)", "SDDL, column 14: \")\" expected."},
        {"D:(A;;FA;;;SY))", "SDDL, column 15: \"O:\", \"G:\", \"D:\" or \"S:\" expected."},
        {"D:(A;;FA;bf967aba-0de6-11d0-a285-00aa003049e2;;SY)",
         "SDDL, column 10: a GUID in an entry that is no object entry."},
        {"D:(OA;;FA;bf967aba;;SY)", "SDDL, column 11: no GUID."},
        {"D:(OA;;FA;bf967aba-0de6-11d0-a285-00aa003049eg;;SY)", "SDDL, column 11: no GUID."},
        {"D:(OA;;FA;bf967aba+0de6-11d0-a285-00aa003049e2;;SY)", "SDDL, column 11: no GUID."},
        {"D:(XA;;FA;;;WD;(Exists a))",
         "SDDL, column 4: entries of this type are read as (0xTYPE;flags;0xBYTES) only."},
        {"S:(RA;;;;;WD;(\"a\",TI,0,1))",
         "SDDL, column 4: entries of this type are read as (0xTYPE;flags;0xBYTES) only."},
        {"D:(0x9;;)", "SDDL, column 9: no bytes, which are written as 0x and two digits each."},
        {"D:(0x9;;0x1)", "SDDL, column 9: no bytes, which are written as 0x and two digits each."},
        {"D:(0x9;;0x1G)", "SDDL, column 11: no bytes, which are written as 0x and two digits each."},
        {"D:(0x9;;FR;;;SY)", "SDDL, column 9: no bytes, which are written as 0x and two digits each."},
    };
    struct descriptor descriptor;

    memset(&descriptor, 0xAA, sizeof descriptor);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sbx_error error = {0};

        CU_ASSERT_EQUAL(sddl_parse(cases[i].text, &descriptor, &error), SBX_E_ARGUMENT);
        CU_ASSERT_STRING_EQUAL(error.text, cases[i].error);
        if (strcmp(error.text, cases[i].error) != 0)
            fprintf(stderr, "sddl: %s\n  got  %s\n  want %s\n", cases[i].text, error.text, cases[i].error);
        CU_ASSERT_EQUAL(descriptor.control, 0xAAAA);
    }
}

static void list_of_more_than_64_kilobytes_is_refused(void)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct descriptor descriptor = {0};

    buffer_append_text(&text, "D:");
    for (unsigned i = 0; i < 3276; i++)
        buffer_append_text(&text, "(A;;FA;;;WD)");
    CU_ASSERT_EQUAL(sddl_parse(buffer_text(&text), &descriptor, NULL), SBX_OK);
    CU_ASSERT_EQUAL(descriptor.dacl.size, 65528);
    descriptor_free(&descriptor);
    buffer_append_text(&text, "(A;;FA;;;WD)");
    CU_ASSERT_EQUAL(sddl_parse(buffer_text(&text), &descriptor, NULL), SBX_E_LIMIT);
    buffer_free(&text);

    buffer_append_text(&text, "D:(0x99;;0x");
    for (unsigned i = 0; i < 70000; i++)
        buffer_append_text(&text, "00");
    buffer_append_text(&text, ")");
    CU_ASSERT_EQUAL(sddl_parse(buffer_text(&text), &descriptor, NULL), SBX_E_ARGUMENT);
    buffer_free(&text);
}

static void rights_and_sids_alone(void)
{
    struct sid sid = {{0}, 0};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    uint32_t mask = 7;

    CU_ASSERT_EQUAL(sddl_parse_rights("FRFX", &mask, NULL), SBX_OK);
    CU_ASSERT_EQUAL(mask, 0x1200A9);
    CU_ASSERT_EQUAL(sddl_parse_rights("FRF", &mask, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(mask, 0x1200A9);
    CU_ASSERT_EQUAL(sddl_parse_sid("BU)", &sid, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(sddl_parse_sid("S-1-5-18D", &sid, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(sid.size, 0);
    sddl_write_rights(0x80000000, &out);
    sddl_write_rights(0x80000001, &out);
    CU_ASSERT_STRING_EQUAL(buffer_text(&out), "GR0x80000001");
    buffer_free(&out);
}

static void object_entries_make_a_list_of_revision_4(void)
{
    static const struct {
        const char *text;
        uint8_t revision;
    } cases[] = {
        {"D:", 2},          {"D:(A;;FR;;;WD)", 2}, {"D:(0x9;;0x)", 2}, {"D:(A;;FR;;;WD)(OA;;FR;;;WD)", 4},
        {"D:(0xB;;0x)", 4}, {"D:(0x10;;0x)", 4},   {"D:(0x11;;0x)", 2}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct descriptor descriptor = {0};

        CU_ASSERT_EQUAL_FATAL(sddl_parse(cases[i].text, &descriptor, NULL), SBX_OK);
        CU_ASSERT_EQUAL(descriptor.dacl.bytes[0], cases[i].revision);
        descriptor_free(&descriptor);
    }
}

static void malformed_list_is_not_written(void)
{
    static const uint8_t lists[][12] = {{1, 0, 8, 0}, {2, 0, 12, 0, 2, 0, 0, 0, 0x99, 0, 4, 0}};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    struct descriptor descriptor = {0};

    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL_FATAL(descriptor_set_dacl(&descriptor, lists[i], 12, NULL), SBX_OK);
        CU_ASSERT_EQUAL(sddl_write(&descriptor, &out, NULL), SBX_E_ARGUMENT);
        CU_ASSERT_EQUAL(out.size, 0);
    }
    descriptor_free(&descriptor);
}

/* Entries, byte for byte; SIDs; and the bits that text has a word for. */
static bool same_list(const struct descriptor *a, const struct descriptor *b, bool sacl)
{
    const struct descriptor_part *parts[2] = {sacl ? &a->sacl : &a->dacl, sacl ? &b->sacl : &b->dacl};
    uint16_t bits =
        sacl ? SD_SACL_PRESENT | SD_SACL_AUTO_INHERIT_REQ | SD_SACL_AUTO_INHERITED | SD_SACL_PROTECTED
             : SD_DACL_PRESENT | SD_DACL_AUTO_INHERIT_REQ | SD_DACL_AUTO_INHERITED | SD_DACL_PROTECTED;
    struct acl_cursor cursors[2];
    struct acl_entry entries[2];

    if (!(a->control & (sacl ? SD_SACL_PRESENT : SD_DACL_PRESENT)))
        return !(b->control & bits) && !parts[1]->bytes;
    if ((a->control & bits) != (b->control & bits) || !parts[0]->bytes != !parts[1]->bytes)
        return false;
    if (!parts[0]->bytes)
        return true;
    if (!acl_begin(parts[0]->bytes, parts[0]->size, &cursors[0]) ||
        !acl_begin(parts[1]->bytes, parts[1]->size, &cursors[1]))
        return false;
    while (acl_next(&cursors[0], &entries[0]))
        if (!acl_next(&cursors[1], &entries[1]) || entries[0].size != entries[1].size ||
            memcmp(entries[0].bytes, entries[1].bytes, entries[0].size) != 0)
            return false;
    return !acl_next(&cursors[1], &entries[1]) && !cursors[0].left && !cursors[1].left;
}

static bool survives_text(const struct descriptor *descriptor)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct sbx_buffer second = SBX_BUFFER_EMPTY;
    struct descriptor again = {0};
    bool same = sddl_write(descriptor, &text, NULL) == SBX_OK &&
                sddl_parse(buffer_text(&text), &again, NULL) == SBX_OK &&
                sid_equal(&descriptor->owner, &again.owner) && sid_equal(&descriptor->group, &again.group) &&
                same_list(descriptor, &again, false) && same_list(descriptor, &again, true) &&
                sddl_write(&again, &second, NULL) == SBX_OK &&
                strcmp(buffer_text(&text), buffer_text(&second)) == 0;

    descriptor_free(&again);
    buffer_free(&second);
    buffer_free(&text);
    return same;
}

static void every_descriptor_survives_text(void)
{
    struct cases cases = chance_cases(10000);
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct chance chance;

    for (unsigned long i = 0; i < cases.count; i++) {
        struct descriptor descriptor = {0};
        bool same;

        chance_seed(&chance, cases.first_seed + i);
        buffer_free(&bytes);
        chance_descriptor(&chance, 5, &bytes);
        CU_ASSERT_EQUAL_FATAL(descriptor_parse(bytes.data, bytes.size, &descriptor, NULL), SBX_OK);
        same = survives_text(&descriptor);
        descriptor_free(&descriptor);
        if (!same) {
            chance_failed("every_descriptor_survives_text", cases.first_seed + i);
            CU_FAIL("another descriptor");
            break;
        }
    }
    buffer_free(&bytes);
}

static sbx_status read_and_write(void *context)
{
    struct descriptor descriptor = {0};
    struct sbx_buffer out = SBX_BUFFER_EMPTY;
    sbx_status status = sddl_parse(context, &descriptor, NULL);

    if (status) {
        CU_ASSERT_EQUAL(descriptor.control, 0);
        return status;
    }
    status = sddl_write(&descriptor, &out, NULL);
    if (status)
        CU_ASSERT_EQUAL(out.size, 0);
    buffer_free(&out);
    descriptor_free(&descriptor);
    return status;
}

static void memory_that_runs_out_leaves_nothing(void)
{
    char text[] =
        "O:SYG:BAD:(A;;FA;;;SY)(OA;;FR;bf967aba-0de6-11d0-a285-00aa003049e2;;BU)(0x9;;0x0011)S:(ML;;NW;;;LW)";

    with_memory_failing(read_and_write, text);
}

const struct harness_suite sddl_suite = {
    "sddl",
    (const struct harness_test[]){
        {"canonical text comes back the same", canonical_text_comes_back_the_same},
        {"other spellings mean the same", other_spellings_mean_the_same},
        {"two-letter SIDs are those of the tables", two_letter_sids_are_those_of_the_tables},
        {"what is wrong is refused with its column", what_is_wrong_is_refused_with_its_column},
        {"a list of more than 64 kilobytes is refused", list_of_more_than_64_kilobytes_is_refused},
        {"rights and SIDs are read alone, too", rights_and_sids_alone},
        {"object entries make a list of revision 4", object_entries_make_a_list_of_revision_4},
        {"a malformed list is not written", malformed_list_is_not_written},
        {"every descriptor survives text", every_descriptor_survives_text},
        {"memory that runs out leaves nothing half made", memory_that_runs_out_leaves_nothing},
        {NULL, NULL},
    },
};
