/*
 * descriptor_test.c - a descriptor that is read and built again is the same bytes, and nothing that is none
 * is taken.
 */
#include "core/descriptor.h"
#include "base/memory.h"
#include "core/acl.h"
#include "core/descriptor_random.h"
#include "core/memory_failing.h"
#include "core/sddl.h"
#include "support/harness.h"

#include <string.h>

static bool same_bytes(const struct sbx_buffer *a, const struct sbx_buffer *b)
{
    return a->size == b->size && (!a->size || memcmp(a->data, b->data, a->size) == 0);
}

/*
 * Reads from a block of exactly this size, so that the sanitizer sees one byte too many, and then everything
 * that is in what was read: the SIDs of all entries are in their text.
 */
static sbx_status parse_exactly(const struct sbx_buffer *bytes, size_t size, struct descriptor *descriptor)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    uint8_t *exact = sbx_alloc(size);
    sbx_status status;

    CU_ASSERT_PTR_NOT_NULL_FATAL(exact);
    if (size)
        memcpy(exact, bytes->data, size);
    status = descriptor_parse(exact, size, descriptor, NULL);
    sbx_free(exact);
    if (status == SBX_OK)
        CU_ASSERT_EQUAL(sddl_write(descriptor, &text, NULL), SBX_OK);
    buffer_free(&text);
    return status;
}

static bool rebuilds(const struct sbx_buffer *bytes)
{
    struct sbx_buffer built = SBX_BUFFER_EMPTY;
    struct descriptor descriptor = {0};
    struct descriptor copy = {0};
    bool same = parse_exactly(bytes, bytes->size, &descriptor) == SBX_OK &&
                descriptor_build(&descriptor, &built, NULL) == SBX_OK && same_bytes(bytes, &built);

    if (same) {
        buffer_free(&built);
        same = descriptor_copy(&descriptor, &copy) == SBX_OK &&
               descriptor_build(&copy, &built, NULL) == SBX_OK && same_bytes(bytes, &built);
    }
    descriptor_free(&copy);
    descriptor_free(&descriptor);
    buffer_free(&built);
    return same;
}

static void every_descriptor_is_built_again_byte_for_byte(void)
{
    struct cases cases = chance_cases(20000);
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct chance chance;

    for (unsigned long i = 0; i < cases.count; i++) {
        chance_seed(&chance, cases.first_seed + i);
        buffer_free(&bytes);
        chance_descriptor(&chance, 6, &bytes);
        if (!rebuilds(&bytes)) {
            chance_failed("every_descriptor_is_built_again", cases.first_seed + i);
            CU_FAIL("other bytes");
            break;
        }
    }
    buffer_free(&bytes);
}

/* Cut anywhere or any byte changed: read or refused, never past its end; what is read builds again. */
static void nothing_is_read_past_the_end(void)
{
    struct cases cases = chance_cases(500);
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct chance chance;
    bool same = true;

    for (unsigned long i = 0; same && i < cases.count; i++) {
        chance_seed(&chance, cases.first_seed + i);
        buffer_free(&bytes);
        chance_descriptor(&chance, 3, &bytes);
        for (size_t size = 0; size < bytes.size; size++) {
            struct descriptor descriptor = {0};

            if (parse_exactly(&bytes, size, &descriptor) == SBX_OK)
                descriptor_free(&descriptor);
        }
        for (unsigned change = 0; same && change < 40; change++) {
            struct descriptor descriptor = {0};
            size_t at = chance_below(&chance, (uint32_t)bytes.size);
            uint8_t was = bytes.data[at];

            bytes.data[at] = chance_percent(&chance, 50) ? (uint8_t)chance_any(&chance)
                                                         : (uint8_t)(was + 1 - chance_below(&chance, 3));
            if (parse_exactly(&bytes, bytes.size, &descriptor) == SBX_OK) {
                descriptor_free(&descriptor);
                same = rebuilds(&bytes);
            }
            bytes.data[at] = was;
        }
        if (!same) {
            chance_failed("nothing_is_read_past_the_end", cases.first_seed + i);
            CU_FAIL("other bytes");
        }
    }
    buffer_free(&bytes);
}

/* O:SY G:SY D:(A;;FA;;;WD), in the order in which files have it: DACL, owner, group. */
static const uint8_t of_a_file[] = {
    1, 0, 4, 0x80, 48, 0, 0,  0, 60,   0, 0,    0, 0, 0, 0, 0, 20, 0, 0, 0, 2,  0, 28, 0,
    1, 0, 0, 0,    0,  0, 20, 0, 0xFF, 1, 0x1F, 0, 1, 1, 0, 0, 0,  0, 0, 1, 0,  0, 0,  0,
    1, 1, 0, 0,    0,  0, 0,  5, 18,   0, 0,    0, 1, 1, 0, 0, 0,  0, 0, 5, 18, 0, 0,  0,
};

static void parts_are_found(void)
{
    struct descriptor descriptor = {0};
    struct acl_cursor cursor;
    struct acl_entry entry;

    CU_ASSERT_EQUAL_FATAL(descriptor_parse(of_a_file, sizeof of_a_file, &descriptor, NULL), SBX_OK);
    CU_ASSERT_EQUAL(descriptor.control, SD_SELF_RELATIVE | SD_DACL_PRESENT);
    CU_ASSERT_EQUAL(descriptor.owner.size, 12);
    CU_ASSERT_TRUE(sid_equal(&descriptor.owner, &descriptor.group));
    CU_ASSERT_FALSE(descriptor.one_sid);
    CU_ASSERT_EQUAL(descriptor.dacl.size, 28);
    CU_ASSERT_PTR_NULL(descriptor.sacl.bytes);
    CU_ASSERT_EQUAL(descriptor.layout[0], DESCRIPTOR_DACL);
    CU_ASSERT_TRUE_FATAL(acl_begin(descriptor.dacl.bytes, descriptor.dacl.size, &cursor));
    CU_ASSERT_TRUE_FATAL(acl_next(&cursor, &entry));
    CU_ASSERT_TRUE(entry.plain);
    CU_ASSERT_EQUAL(entry.mask, 0x1F01FF);
    CU_ASSERT_FALSE(acl_next(&cursor, &entry));
    descriptor_free(&descriptor);
}

static void descriptor_made_by_hand_is_well_formed(void)
{
    struct descriptor descriptor = {0};
    struct descriptor again = {0};
    struct sbx_buffer built = SBX_BUFFER_EMPTY;
    struct sbx_buffer acl = SBX_BUFFER_EMPTY;
    struct ace ace = {ACE_ALLOW, 0, 0x1F01FF, sid_everyone};

    CU_ASSERT_EQUAL(descriptor_build(&descriptor, &built, NULL), SBX_OK);
    CU_ASSERT_EQUAL(built.size, 20);
    buffer_free(&built);

    descriptor.owner = sid_everyone;
    descriptor.group = sid_creator_group;
    CU_ASSERT_EQUAL(acl_add(NULL, 0, &ace, 1, &acl, NULL), SBX_OK);
    CU_ASSERT_EQUAL(descriptor_set_dacl(&descriptor, acl.data, acl.size, NULL), SBX_OK);
    CU_ASSERT_EQUAL(descriptor_set_dacl(&descriptor, acl.data, 0, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(descriptor_build(&descriptor, &built, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(descriptor_parse(built.data, built.size, &again, NULL), SBX_OK);
    CU_ASSERT_TRUE(again.control & SD_DACL_PRESENT);
    CU_ASSERT_TRUE(sid_equal(&again.owner, &sid_everyone));
    CU_ASSERT_TRUE(sid_equal(&again.group, &sid_creator_group));
    CU_ASSERT_EQUAL(again.layout[0], DESCRIPTOR_OWNER);
    CU_ASSERT_EQUAL(again.dacl.size, 28);

    descriptor_free(&again);
    descriptor_free(&descriptor);
    buffer_free(&acl);
    buffer_free(&built);
}

/* Owner and group at one offset stay there, and part as soon as they differ. */
static void one_sid_for_owner_and_group(void)
{
    uint8_t bytes[32] = {1, 0, 0, 0x80, 20, 0, 0, 0, 20, 0, 0, 0, 0,  0, 0, 0,
                         0, 0, 0, 0,    1,  1, 0, 0, 0,  0, 0, 5, 18, 0, 0, 0};
    struct descriptor descriptor = {0};
    struct sbx_buffer built = SBX_BUFFER_EMPTY;

    CU_ASSERT_EQUAL_FATAL(descriptor_parse(bytes, sizeof bytes, &descriptor, NULL), SBX_OK);
    CU_ASSERT_TRUE(descriptor.one_sid);
    CU_ASSERT_EQUAL(descriptor_build(&descriptor, &built, NULL), SBX_OK);
    CU_ASSERT_EQUAL(built.size, sizeof bytes);
    buffer_free(&built);

    descriptor.group = sid_everyone;
    CU_ASSERT_EQUAL(descriptor_build(&descriptor, &built, NULL), SBX_OK);
    CU_ASSERT_EQUAL(built.size, sizeof bytes + 12);
    descriptor_free(&descriptor);
    CU_ASSERT_EQUAL(descriptor_parse(built.data, built.size, &descriptor, NULL), SBX_OK);
    CU_ASSERT_TRUE(sid_equal(&descriptor.group, &sid_everyone));
    CU_ASSERT_EQUAL(descriptor.owner.bytes[8], 18);
    descriptor_free(&descriptor);
    buffer_free(&built);
}

static void what_is_malformed_is_refused_and_nothing_written(void)
{
    static const struct {
        const char *what;
        size_t size; /* 0: whole */
        struct {
            size_t at;
            uint8_t byte;
        } changes[2];
    } cases[] = {
        {"shorter than the header", 19, {{0, 1}, {0, 1}}},
        {"header that points behind the end", 20, {{0, 1}, {0, 1}}},
        {"another revision", 0, {{0, 2}, {0, 2}}},
        {"absolute", 0, {{3, 0}, {3, 0}}},
        {"owner in the header", 0, {{4, 16}, {4, 16}}},
        {"owner behind the end", 0, {{4, 72}, {4, 72}}},
        {"owner far away", 0, {{7, 0xFF}, {6, 0xFF}}},
        {"owner over the DACL", 0, {{4, 36}, {4, 36}}},
        {"group over half of the owner", 0, {{8, 52}, {52, 1}}},
        {"DACL at the owner", 0, {{16, 48}, {16, 48}}},
        {"SID of 16 sub-authorities", 0, {{49, 16}, {49, 16}}},
        {"SID of another revision", 0, {{48, 2}, {48, 2}}},
        {"ACL of revision 1", 0, {{20, 1}, {20, 1}}},
        {"ACL of revision 5", 0, {{20, 5}, {20, 5}}},
        {"ACL smaller than its header", 0, {{22, 7}, {22, 7}}},
        {"ACL larger than what is left", 0, {{23, 1}, {23, 1}}},
        {"ACL over the owner", 0, {{22, 32}, {22, 32}}},
        {"ACL of more entries than fit", 0, {{24, 2}, {24, 2}}},
        {"entry larger than its ACL", 0, {{30, 24}, {30, 24}}},
        {"entry smaller than its header", 0, {{30, 3}, {30, 3}}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct descriptor descriptor;
        struct sbx_error error = {0};
        uint8_t bytes[sizeof of_a_file];

        memcpy(bytes, of_a_file, sizeof bytes);
        for (size_t change = 0; change < 2; change++)
            bytes[cases[i].changes[change].at] = cases[i].changes[change].byte;
        memset(&descriptor, 0xAA, sizeof descriptor);

        CU_ASSERT_EQUAL(
            descriptor_parse(bytes, cases[i].size ? cases[i].size : sizeof bytes, &descriptor, &error),
            SBX_E_ARGUMENT);
        CU_ASSERT_EQUAL(error.code, SBX_E_ARGUMENT);
        CU_ASSERT_EQUAL(descriptor.control, 0xAAAA);
        if (error.code != SBX_E_ARGUMENT)
            CU_FAIL(cases[i].what);
    }
}

/* Memory that runs out: nothing leaks, nothing is half made. */

static sbx_status parse_copy_and_build(void *context)
{
    const struct sbx_buffer *bytes = context;
    struct sbx_buffer built = SBX_BUFFER_EMPTY;
    struct descriptor descriptor = {0};
    struct descriptor copy = {0};
    sbx_status status = descriptor_parse(bytes->data, bytes->size, &descriptor, NULL);

    if (status) {
        CU_ASSERT_EQUAL(descriptor.control, 0);
        return status;
    }
    status = descriptor_copy(&descriptor, &copy);
    if (status) {
        CU_ASSERT_EQUAL(copy.control, 0);
        goto free_descriptor;
    }
    status = descriptor_set_dacl(&copy, of_a_file + 20, 28, NULL);
    if (status)
        CU_ASSERT_PTR_NOT_EQUAL(copy.dacl.bytes, NULL);
    if (!status)
        status = descriptor_build(&copy, &built, NULL);
    if (status)
        CU_ASSERT_EQUAL(built.size, 0);
    buffer_free(&built);
    descriptor_free(&copy);

free_descriptor:
    descriptor_free(&descriptor);
    return status;
}

static void memory_that_runs_out_leaves_nothing(void)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct descriptor descriptor = {0};
    struct chance chance;
    uint64_t seed = 0;

    /* One that has everything: both lists and something between. */
    for (;;) {
        chance_seed(&chance, seed++);
        buffer_free(&bytes);
        chance_descriptor(&chance, 3, &bytes);
        CU_ASSERT_EQUAL_FATAL(descriptor_parse(bytes.data, bytes.size, &descriptor, NULL), SBX_OK);
        if (descriptor.dacl.bytes && descriptor.sacl.bytes && descriptor.rest.bytes)
            break;
        descriptor_free(&descriptor);
    }
    descriptor_free(&descriptor);
    with_memory_failing(parse_copy_and_build, &bytes);
    buffer_free(&bytes);
}

const struct harness_suite descriptor_suite = {
    "descriptor",
    (const struct harness_test[]){
        {"every descriptor is built again byte for byte", every_descriptor_is_built_again_byte_for_byte},
        {"nothing is read past the end, cut or changed anywhere", nothing_is_read_past_the_end},
        {"parts are found wherever they lie", parts_are_found},
        {"a descriptor made by hand is well-formed", descriptor_made_by_hand_is_well_formed},
        {"one SID for owner and group stays one", one_sid_for_owner_and_group},
        {"what is malformed is refused and nothing written",
         what_is_malformed_is_refused_and_nothing_written},
        {"memory that runs out leaves nothing half made", memory_that_runs_out_leaves_nothing},
        {NULL, NULL},
    },
};
