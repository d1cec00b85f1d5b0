/*
 * desktop_test.c - a session's desktop has what commands need, and nothing of it is left behind.
 */
#include "core/desktop.h"
#include "core/sddl.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <string.h>

#define USER       "S-1-5-21-1000-2000-3000-1001"
#define CAPABILITY "S-1-9-1396856881-1-2-3-4"

/* As Windows has them: the logon SID's entries among others'. */
#define STATION "D:(A;NPIO;0xf0000000;;;S-1-5-5-0-77)(A;NP;0xf037f;;;S-1-5-5-0-77)(A;;0xf037f;;;SY)"
#define NAMED   "D:(A;;0xf000f;;;SY)(A;;0x2000f;;;S-1-5-5-0-77)(A;;0x3;;;WD)"

static char *restricting[] = {CAPABILITY, "S-1-1-0"};
static const struct sbx_strings sids = {restricting, 2};

static void share(int object, const char *sddl)
{
    struct descriptor descriptor = {0};
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;

    CU_ASSERT_EQUAL_FATAL(sddl_parse(sddl, &descriptor, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(descriptor_build(&descriptor, &bytes, NULL), SBX_OK);
    sim_set_shared(object, bytes.data, bytes.size);
    buffer_free(&bytes);
    descriptor_free(&descriptor);
}

static void prepare(void)
{
    sim_reset();
    share(DESKTOP_STATION, STATION);
    share(DESKTOP_NAMED_OBJECTS, NAMED);
}

static void expect_list(int object, const char *sddl)
{
    struct descriptor descriptor = {0};
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    size_t size;
    const void *bytes = sim_shared(object, &size);

    CU_ASSERT_EQUAL_FATAL(descriptor_parse(bytes, size, &descriptor, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(sddl_write(&descriptor, &text, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(buffer_text(&text), sddl);
    buffer_free(&text);
    descriptor_free(&descriptor);
}

/* Byte for byte as `prepare` made it. */
static bool is_as_before(void)
{
    static const char *const before[] = {NULL, STATION, NAMED};
    bool same = true;

    for (int object = DESKTOP_STATION; object < DESKTOP_OBJECT_COUNT; object++) {
        struct descriptor descriptor = {0};
        struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
        size_t size;
        const void *found = sim_shared(object, &size);

        CU_ASSERT_EQUAL_FATAL(sddl_parse(before[object], &descriptor, NULL), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(descriptor_build(&descriptor, &bytes, NULL), SBX_OK);
        same = same && size == bytes.size && memcmp(found, bytes.data, size) == 0;
        buffer_free(&bytes);
        descriptor_free(&descriptor);
    }
    return same;
}

#define ACCOUNT "S-1-5-21-1000-2000-3000-1042"

static void capability_gets_what_drawing_takes_and_no_more(void)
{
    struct private_desktop desktop = {0};

    prepare();
    CU_ASSERT_EQUAL_FATAL(private_desktop_open(USER, NULL, &sids, &desktop, NULL), SBX_OK);
    CU_ASSERT_EQUAL(strncmp(desktop.name, "WinSta0\\sbx-", 12), 0);
    for (int object = 0; object < DESKTOP_OBJECT_COUNT; object++)
        CU_ASSERT_EQUAL(desktop.entries[object], DESKTOP_ENTRIES_PUT);

    /* Of the station no clipboard (4), no new desktops (8), no exit (0x40), no screen (0x200). */
    expect_list(DESKTOP_STATION, STATION "(A;;0x20133;;;" CAPABILITY ")");
    expect_list(DESKTOP_NAMED_OBJECTS, NAMED "(A;;0xf;;;" CAPABILITY ")");
    CU_ASSERT_EQUAL(private_desktop_close(&desktop, NULL), SBX_OK);
    CU_ASSERT(is_as_before());
    CU_ASSERT_EQUAL(sim_open_desktops(), 0);
    CU_ASSERT_PTR_NULL(desktop.name);
    CU_ASSERT_EQUAL(private_desktop_close(&desktop, NULL), SBX_OK);
}

/* The elevated level: with a desktop named the secondary logon service makes no entries, so the account's are ours. */
static void account_gets_the_same(void)
{
    static const struct sbx_strings none = {NULL, 0};
    struct private_desktop desktop = {0};

    prepare();
    CU_ASSERT_EQUAL_FATAL(private_desktop_open(USER, ACCOUNT, &none, &desktop, NULL), SBX_OK);
    for (int object = 0; object < DESKTOP_OBJECT_COUNT; object++)
        CU_ASSERT_EQUAL(desktop.entries[object], DESKTOP_ENTRIES_PUT);
    expect_list(DESKTOP_STATION, STATION "(A;;0x20133;;;" ACCOUNT ")");
    expect_list(DESKTOP_NAMED_OBJECTS, NAMED "(A;;0xf;;;" ACCOUNT ")");
    CU_ASSERT_EQUAL(private_desktop_close(&desktop, NULL), SBX_OK);
    CU_ASSERT(is_as_before());
}

/* One entry each: whoever goes first takes his own and leaves the other's. */
static void two_sessions_of_one_workspace_take_out_their_own(void)
{
    struct private_desktop first = {0}, second = {0};

    prepare();
    CU_ASSERT_EQUAL_FATAL(private_desktop_open(USER, NULL, &sids, &first, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(private_desktop_open(USER, NULL, &sids, &second, NULL), SBX_OK);
    CU_ASSERT_STRING_NOT_EQUAL(first.name, second.name);
    CU_ASSERT_EQUAL(private_desktop_close(&first, NULL), SBX_OK);
    expect_list(DESKTOP_STATION, STATION "(A;;0x20133;;;" CAPABILITY ")");
    CU_ASSERT_EQUAL(private_desktop_close(&second, NULL), SBX_OK);
    CU_ASSERT(is_as_before());
}

static void token_without_capabilities_changes_nothing_that_is_shared(void)
{
    static char *everyone[] = {"S-1-1-0", "S-1-5-12"};
    const struct sbx_strings none = {everyone, 2};
    struct private_desktop desktop = {0};

    prepare();
    CU_ASSERT_EQUAL_FATAL(private_desktop_open(USER, NULL, &none, &desktop, NULL), SBX_OK);
    CU_ASSERT(is_as_before());
    CU_ASSERT_EQUAL(desktop.entries[DESKTOP_STATION], DESKTOP_ENTRIES_NONE);
    private_desktop_close(&desktop, NULL);
}

static void object_without_a_list_is_given_none(void)
{
    static const uint8_t no_list[20] = {1, 0, 0, 0x80};
    struct private_desktop desktop = {0};
    size_t size;

    prepare();
    sim_set_shared(DESKTOP_STATION, no_list, sizeof no_list);
    CU_ASSERT_EQUAL_FATAL(private_desktop_open(USER, NULL, &sids, &desktop, NULL), SBX_OK);
    CU_ASSERT_EQUAL(desktop.entries[DESKTOP_STATION], DESKTOP_ENTRIES_LOST);
    CU_ASSERT(memcmp(sim_shared(DESKTOP_STATION, &size), no_list, sizeof no_list) == 0);
    private_desktop_close(&desktop, NULL);
    CU_ASSERT(memcmp(sim_shared(DESKTOP_STATION, &size), no_list, sizeof no_list) == 0);
}

static void what_the_host_does_not_take_or_keep_is_told(void)
{
    struct private_desktop desktop = {0};
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    prepare();
    sim_host.guarded_object = DESKTOP_NAMED_OBJECTS;
    CU_ASSERT_EQUAL_FATAL(private_desktop_open(USER, NULL, &sids, &desktop, NULL), SBX_OK);
    CU_ASSERT_EQUAL(desktop.entries[DESKTOP_NAMED_OBJECTS], DESKTOP_ENTRIES_REFUSED);
    private_desktop_describe(&desktop, &text);
    CU_ASSERT(strstr(buffer_text(&text), "BaseNamedObjects could not be given entries") != NULL);
    CU_ASSERT(strstr(buffer_text(&text), "the window station has the entries") != NULL);
    buffer_free(&text);
    private_desktop_close(&desktop, NULL);
    CU_ASSERT(is_as_before());

    prepare();
    sim_host.drops_desktop_entries = true;
    CU_ASSERT_EQUAL_FATAL(private_desktop_open(USER, NULL, &sids, &desktop, NULL), SBX_OK);
    for (int object = 0; object < DESKTOP_OBJECT_COUNT; object++)
        CU_ASSERT_EQUAL(desktop.entries[object], DESKTOP_ENTRIES_LOST);
    private_desktop_close(&desktop, NULL);
    CU_ASSERT(is_as_before());

    prepare();
    sim_host.has_no_desktops = true;
    CU_ASSERT_EQUAL(private_desktop_open(USER, NULL, &sids, &desktop, NULL), SBX_E_UNSUPPORTED_HOST);
    CU_ASSERT_PTR_NULL(desktop.desktop);
    CU_ASSERT(is_as_before());
}

/* Each call and each request for memory refused in turn: afterwards all is as before. */
static void any_failure_leaves_nothing_behind(void)
{
    for (int memory = 0; memory < 2; memory++) {
        size_t failures = 0;
        sbx_status status = SBX_OK;

        for (size_t nth = 1; nth < 200; nth++) {
            struct private_desktop desktop = {0};

            prepare();
            if (memory)
                sim_fail_allocation(nth);
            else
                sim_fail_call(nth);
            status = private_desktop_open(USER, NULL, &sids, &desktop, NULL);
            sim_fail_call(0);
            sim_fail_allocation(0);
            failures += status != SBX_OK;
            if (status)
                CU_ASSERT(desktop.desktop == NULL && desktop.name == NULL);
            CU_ASSERT_EQUAL(private_desktop_close(&desktop, NULL), SBX_OK);
            CU_ASSERT(is_as_before());
            CU_ASSERT_EQUAL(sim_open_desktops(), 0);
        }
        CU_ASSERT_EQUAL(status, SBX_OK);
        CU_ASSERT(failures >= 3);
    }
}

const struct harness_suite desktop_suite = {
    "desktop",
    (const struct harness_test[]){
        {"a capability gets what drawing takes and no more", capability_gets_what_drawing_takes_and_no_more},
        {"two sessions of one workspace take out their own",
         two_sessions_of_one_workspace_take_out_their_own},
        {"a token without capabilities changes nothing that is shared",
         token_without_capabilities_changes_nothing_that_is_shared},
        {"an object without a list is given none", object_without_a_list_is_given_none},
        {"what the host does not take or keep is told", what_the_host_does_not_take_or_keep_is_told},
        {"any failure leaves nothing behind", any_failure_leaves_nothing_behind},
        {"an account gets the same", account_gets_the_same},
        {NULL, NULL},
    },
};
