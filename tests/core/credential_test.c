/*
 * credential_test.c - passwords reach their user and nobody else, and what is kept or handed over is whole or refused.
 */
#include "core/credential.h"

#include "base/memory.h"
#include "core/guarded.h"
#include "core/password.h"
#include "memory_failing.h"
#include "os/filesystem.h"
#include "sim/machine.h"
#include "support/harness.h"

#include <string.h>

#define MINE     "C:\\Users\\me\\AppData\\Local\\sbxcom"
#define OTHERS   "C:\\Users\\other\\AppData\\Local\\sbxcom"
#define MACHINE  "C:\\Program Files\\sbxcom\\state"
#define HANDOVER MACHINE "\\" SIM_USER ".handover"
#define SECRET   "Sw0rdf!sh-of-the-test-0123456789"

static struct credentials two(const char *user_sid)
{
    struct credentials made = {.user_sid = sbx_strdup(user_sid)};

    CU_ASSERT_EQUAL_FATAL(credentials_add(&made, "Sbx-1-off1", "first", NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(credentials_add(&made, "Sbx-1-on1", SECRET, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(credentials_add(&made, "sbx-1-OFF1", "second", NULL), SBX_OK);
    return made;
}

static void expect_two(struct credentials *found)
{
    CU_ASSERT_EQUAL(found->count, 2);
    CU_ASSERT_STRING_EQUAL(credentials_find(found, "Sbx-1-off1"), "second");
    CU_ASSERT_STRING_EQUAL(credentials_find(found, "Sbx-1-on1"), SECRET);
    CU_ASSERT_PTR_NULL(credentials_find(found, "Sbx-1-off2"));
    credentials_free(found);
}

static void what_is_written_is_read_again(void)
{
    struct credentials made, found = {0};
    uint8_t *bytes = NULL;
    size_t size = 0;

    sim_reset();
    made = two(SIM_USER);
    CU_ASSERT_EQUAL_FATAL(credentials_write(&made, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(credentials_read(bytes, size, &found, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(found.user_sid, SIM_USER);
    expect_two(&found);
    for (size_t cut = 0; cut < size; cut++) { /* a prefix is whole only at a line's end */
        sbx_status status = credentials_read(bytes, cut, &found, NULL);

        CU_ASSERT(status == SBX_E_CREDENTIAL || bytes[cut - 1] == '\n');
        if (!status)
            credentials_free(&found);
    }
    sbx_free(bytes);
    credentials_free(&made);
}

static void what_nobody_wrote_is_refused(void)
{
    static const char *const texts[] = {
        "",
        "sbxcom credentials 2\n" SIM_USER "\n",
        "sbxcom credentials 1\n",
        "sbxcom credentials 1\nme\n",
        "sbxcom credentials 1\nS-1-5-18\n",
        "sbxcom credentials 1\n" SIM_USER "\nname\n",
        "sbxcom credentials 1\n" SIM_USER "\n\tpassword\n",
        "sbxcom credentials 1\n" SIM_USER "\nname\t\n",
        "sbxcom credentials 1\n" SIM_USER "\nname\ta b\n",
        "sbxcom credentials 1\n" SIM_USER "\nname\ta\nNAME\tb\n",
        "sbxcom credentials 1\n" SIM_USER "\nname\t\xC3\xA9\n",
    };
    struct credentials found = {0};
    struct sbx_error error = {0};
    char text[CREDENTIALS_MOST_SIZE + 2];

    sim_reset();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        CU_ASSERT_EQUAL(credentials_read(texts[i], strlen(texts[i]), &found, NULL), SBX_E_CREDENTIAL);
    memset(text, 'a', sizeof text);
    CU_ASSERT_EQUAL(credentials_read(text, sizeof text, &found, &error), SBX_E_CREDENTIAL);
    CU_ASSERT_PTR_NULL(strstr(error.text, "aaa"));
    CU_ASSERT_PTR_NULL(found.items);
}

static void kept_ones_open_for_their_user_alone(void)
{
    struct credentials made, found = {0};
    const char *bytes;
    size_t size = 0;

    sim_reset();
    made = two(SIM_USER);
    CU_ASSERT_EQUAL(credentials_load(MINE, NULL, &found, NULL), SBX_E_CREDENTIAL); /* none yet */
    CU_ASSERT_EQUAL_FATAL(credentials_keep(MINE, &made, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(credentials_load(MINE, NULL, &found, NULL), SBX_OK);
    expect_two(&found);

    bytes = sim_contents(MINE "\\credentials", &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    for (size_t i = 0; i + 8 < size; i++)
        CU_ASSERT(memcmp(bytes + i, SECRET, 8) != 0);

    /* Another user may not even read the file, and what he copies does not open. */
    sim_call_as(sim_token_of(SIM_OTHER_ORDINARY_USER));
    CU_ASSERT_EQUAL(credentials_load(MINE, NULL, &found, NULL), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(credentials_keep(OTHERS, &made, NULL), SBX_E_CREDENTIAL);
    sim_call_as(NULL);
    CU_ASSERT_EQUAL(credentials_forget(MINE, NULL), SBX_OK);
    CU_ASSERT_EQUAL(credentials_forget(MINE, NULL), SBX_OK);
    CU_ASSERT_FALSE(sim_exists(MINE "\\credentials"));
    credentials_free(&made);
}

static void damaged_or_unopenable_ones_say_what_to_do(void)
{
    struct credentials made, found = {0};
    struct sbx_error error = {0};

    sim_reset();
    made = two(SIM_USER);
    CU_ASSERT_EQUAL_FATAL(credentials_keep(MINE, &made, NULL), SBX_OK);
    sim_set_contents(MINE "\\credentials", "what nobody wrote, but long enough for a blob of DPAPI");
    CU_ASSERT_EQUAL(credentials_load(MINE, NULL, &found, &error), SBX_E_CREDENTIAL);
    sim_host.has_no_dpapi = true;
    CU_ASSERT_EQUAL(credentials_keep(MINE, &made, NULL), SBX_E_CREDENTIAL);
    credentials_free(&made);
}

static void machine_folder(void)
{
    sim_reset();
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    CU_ASSERT_EQUAL_FATAL(guarded_make(MACHINE, NULL), SBX_OK);
}

static void hand_over_is_adopted_once_by_its_user_and_destroyed(void)
{
    struct credentials made, found = {0};

    machine_folder();
    made = two(SIM_USER);
    CU_ASSERT_EQUAL_FATAL(handover_leave(MACHINE, &made, NULL), SBX_OK);
    CU_ASSERT_TRUE(sim_exists(HANDOVER));
    CU_ASSERT_EQUAL_FATAL(handover_leave(MACHINE, &made, NULL), SBX_OK); /* replaces the older one */

    sim_call_as(sim_token_of(SIM_OTHER_ORDINARY_USER));
    {
        char *bytes = NULL;
        size_t size;

        CU_ASSERT_EQUAL(file_read_all(HANDOVER, 4096, &bytes, &size, NULL), SBX_E_SYSTEM);
    }
    CU_ASSERT_EQUAL(credentials_load(OTHERS, MACHINE, &found, NULL), SBX_E_CREDENTIAL);

    sim_call_as(NULL);
    CU_ASSERT_EQUAL_FATAL(credentials_load(MINE, MACHINE, &found, NULL), SBX_OK);
    expect_two(&found);
    CU_ASSERT_FALSE(sim_exists(HANDOVER));
    CU_ASSERT_EQUAL_FATAL(credentials_load(MINE, MACHINE, &found, NULL), SBX_OK); /* his own now */
    expect_two(&found);
    credentials_free(&made);
}

/* Not kept: not destroyed. Kept and not destroyed: the next time, again. */
static void hand_over_is_lost_nowhere(void)
{
    size_t points = 0;

    for (size_t n = 1;; n++) {
        struct credentials made, found = {0};
        sbx_status status;

        machine_folder();
        made = two(SIM_USER);
        CU_ASSERT_EQUAL_FATAL(handover_leave(MACHINE, &made, NULL), SBX_OK);
        sim_call_as(NULL);
        sim_fail_call(n);
        status = credentials_load(MINE, MACHINE, &found, NULL);
        credentials_free(&made);
        if (sim_call_count() < n) {
            sim_fail_call(0);
            CU_ASSERT_EQUAL(status, SBX_OK);
            credentials_free(&found);
            break;
        }
        sim_fail_call(0);
        points++;
        credentials_free(&found);
        CU_ASSERT_EQUAL_FATAL(credentials_load(MINE, MACHINE, &found, NULL), SBX_OK);
        expect_two(&found);
        CU_ASSERT_FALSE(sim_exists(HANDOVER));
    }
    CU_ASSERT(points > 5);
}

static sbx_status read_two(void *context)
{
    struct credentials found = {0};
    const char *text = context;
    sbx_status status = credentials_read(text, strlen(text), &found, NULL);

    credentials_free(&found);
    return status;
}

static void any_allocation_may_fail(void)
{
    static char text[] = "sbxcom credentials 1\n" SIM_USER "\na\tb\nc\td\n";

    sim_reset();
    with_memory_failing(read_two, text);
}

/* Folders that something elevated trusts. */

#define TI "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"

static void folders_are_guarded_as_the_table_says(void)
{
    static const struct {
        const char *above, *folder; /* SDDL; NULL: what it inherits below Program Files */
        const char *reason;         /* NULL: guarded */
    } rows[] = {
        {NULL, NULL, NULL},
        {NULL, "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", NULL},
        {NULL, "O:" TI "D:P(A;OICI;FA;;;" TI ")(A;OICI;0x1200a9;;;BU)", NULL},
        {NULL, "O:BAD:P(A;OICI;FA;;;BA)(A;OICIIO;FA;;;BU)", NULL}, /* what is made in it is another matter */
        {NULL, "O:BAD:P(D;;FA;;;BU)(A;OICI;FA;;;BA)", NULL},
        {NULL, "O:" SIM_USER "D:P(A;OICI;FA;;;BA)(A;;RC;;;S-1-3-4)", NULL},
        {"O:BAD:P(A;;0x6;;;BU)(A;;0x1200a9;;;BU)(A;OICI;FA;;;BA)", "O:BAD:P(A;OICI;FA;;;BA)",
         NULL}, /* as C:\ has it */
        {NULL, "O:" SIM_USER "D:P(A;OICI;FA;;;BA)", "owns it"},
        {NULL, "O:" SIM_USER "D:P(A;OICI;FA;;;BA)(A;;0x60000;;;S-1-3-4)", "may change it"},
        {NULL, "O:BAD:P(A;;0x2;;;BU)(A;OICI;FA;;;BA)", "may change it"},
        {NULL, "O:BAD:P(A;;0x4;;;WD)(A;OICI;FA;;;BA)", "may change it"},
        {NULL, "O:BAD:P(A;;0x40;;;AU)(A;OICI;FA;;;BA)", "may change it"},
        {NULL, "O:BAD:P(A;;0x10000;;;IU)(A;OICI;FA;;;BA)", "may change it"},
        {NULL, "O:BAD:P(A;;0x40000;;;BU)(A;OICI;FA;;;BA)", "may change it"},
        {NULL, "O:BAD:P(A;;0x80000;;;BU)(A;OICI;FA;;;BA)", "may change it"},
        {NULL, "O:BAD:P(A;;FA;;;" SIM_USER ")(A;OICI;FA;;;BA)", "may change it"},
        {NULL, "O:BAD:NO_ACCESS_CONTROL", "no access control list"},
        {"O:BAD:P(A;;0x10000;;;BU)(A;OICI;FA;;;BA)", "O:BAD:P(A;OICI;FA;;;BA)", "may change it"},
        {"O:BAD:P(A;;0x40;;;BU)(A;OICI;FA;;;BA)", "O:BAD:P(A;OICI;FA;;;BA)", "may change it"},
        {"O:" SIM_USER "D:P(A;OICI;FA;;;BA)", "O:BAD:P(A;OICI;FA;;;BA)", "owns it"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sbx_error error = {0};
        sbx_status status;

        sim_reset();
        sim_call_as(sim_token_of(SIM_ELEVATED_USER));
        sim_add_folder("C:\\Program Files\\above\\folder");
        if (rows[i].above)
            sim_set_descriptor("C:\\Program Files\\above", rows[i].above);
        if (rows[i].folder)
            sim_set_descriptor("C:\\Program Files\\above\\folder", rows[i].folder);
        status = guarded_check("C:\\Program Files\\above\\folder", &error);
        CU_ASSERT_EQUAL(status, rows[i].reason ? SBX_E_SETUP_FAILED : SBX_OK);
        if (rows[i].reason)
            CU_ASSERT_PTR_NOT_NULL(strstr(error.text, rows[i].reason));
        if (status != (rows[i].reason ? SBX_E_SETUP_FAILED : SBX_OK))
            printf("    row %zu: %s\n", i, error.text);
    }
    printf("    folders judged: %zu\n", sizeof rows / sizeof rows[0]);
}

static void places_of_others_are_not_guarded(void)
{
    sim_reset();
    CU_ASSERT_EQUAL(guarded_check("C:\\Users\\me", NULL), SBX_E_SETUP_FAILED);
    sim_call_as(sim_token_of(SIM_ELEVATED_USER)); /* others may not even look into it */
    CU_ASSERT_EQUAL(guarded_check("C:\\Windows\\Temp", NULL), SBX_E_SETUP_FAILED);
    CU_ASSERT_EQUAL(guarded_check("C:\\ProgramData", NULL), SBX_E_SETUP_FAILED);
    CU_ASSERT_EQUAL(guarded_check("C:\\Windows\\System32", NULL), SBX_OK);
    CU_ASSERT_EQUAL(guarded_check("C:\\Windows\\System32\\cmd.exe", NULL), SBX_OK);
    CU_ASSERT_EQUAL(guarded_check("C:\\Program Files\\none", NULL), SBX_E_PATH_NOT_FOUND);
    sim_add_volume("F:", SIM_VOLUME_FAT);
    sim_add_folder("F:\\sbxcom");
    CU_ASSERT_EQUAL(guarded_check("F:\\sbxcom", NULL), SBX_E_SETUP_FAILED);
}

static void ordinary_user_makes_no_guarded_folder(void)
{
    sim_reset();
    CU_ASSERT_NOT_EQUAL(guarded_make(MACHINE, NULL), SBX_OK);
    CU_ASSERT_FALSE(sim_exists("C:\\Program Files\\sbxcom"));
    machine_folder();
    CU_ASSERT_EQUAL(guarded_make(MACHINE, NULL), SBX_OK);
    sim_call_as(NULL);
    CU_ASSERT_NOT_EQUAL(file_create(MACHINE "\\mine", "", 0, NULL), SBX_OK);
}

const struct harness_suite credential_suite = {
    "credential",
    (const struct harness_test[]){
        {"what is written is read again", what_is_written_is_read_again},
        {"what nobody wrote is refused", what_nobody_wrote_is_refused},
        {"kept ones open for their user alone", kept_ones_open_for_their_user_alone},
        {"damaged or unopenable ones say what to do", damaged_or_unopenable_ones_say_what_to_do},
        {"a hand-over is adopted once by its user, and destroyed",
         hand_over_is_adopted_once_by_its_user_and_destroyed},
        {"a hand-over is lost nowhere", hand_over_is_lost_nowhere},
        {"any allocation may fail", any_allocation_may_fail},
        {"folders are guarded as the table says", folders_are_guarded_as_the_table_says},
        {"places of others are not guarded", places_of_others_are_not_guarded},
        {"an ordinary user makes no guarded folder", ordinary_user_makes_no_guarded_folder},
        {NULL, NULL},
    },
};
