/*
 * sim_test.c - the simulation keeps the rules of Windows that tests of everything else rely on: files, their
 * descriptors and who may open them; power, logs and marks.
 */
#include "base/memory.h"
#include "core/acl.h"
#include "os/acl.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <string.h>

#define WORK  "C:\\src\\app"
#define STATE "C:\\Users\\me\\AppData\\Local\\sbxcom"

static bool descriptor_is(const char *path, const char *sddl)
{
    size_t size, other_size;
    const void *bytes = sim_descriptor(path, &size);
    struct sbx_buffer copy = SBX_BUFFER_EMPTY;
    const void *other;
    bool same;

    buffer_append(&copy, bytes, size);
    sim_add_file("C:\\Users\\Public\\expected");
    sim_set_descriptor("C:\\Users\\Public\\expected", sddl);
    other = sim_descriptor("C:\\Users\\Public\\expected", &other_size);
    same = size == other_size && memcmp(copy.data, other, size) == 0;
    sim_remove("C:\\Users\\Public\\expected");
    buffer_free(&copy);
    return same;
}

/* [MS-DTYP] 2.5.3.4: each row a list of the folder and what a file and a folder in it get. */
static void new_files_inherit_by_the_rules(void)
{
    static const struct {
        const char *parent, *file, *folder;
    } rows[] = {
        {"(A;OICI;FA;;;SY)", "(A;ID;FA;;;SY)", "(A;OICIID;FA;;;SY)"},
        {"(A;OI;FR;;;SY)", "(A;ID;FR;;;SY)", "(A;OIIOID;FR;;;SY)"},
        {"(A;CI;FR;;;SY)(A;OICI;FR;;;BU)", "(A;ID;FR;;;BU)", "(A;CIID;FR;;;SY)(A;OICIID;FR;;;BU)"},
        {"(A;OICINP;FR;;;SY)", "(A;ID;FR;;;SY)", "(A;ID;FR;;;SY)"},
        {"(D;OICIIO;SD;;;SY)", "(D;ID;SD;;;SY)", "(D;OICIID;SD;;;SY)"},
        {"(A;OICIIO;GA;;;CO)", "(A;ID;FA;;;" SIM_USER ")", "(A;ID;FA;;;" SIM_USER ")(A;OICIIOID;GA;;;CO)"},
        {"(A;OICIIO;GXGR;;;BU)", "(A;ID;0x1200a9;;;BU)", "(A;ID;0x1200a9;;;BU)(A;OICIIOID;GXGR;;;BU)"},
        {"(A;OICI;FR;;;CG)", "(A;ID;FR;;;" SIM_NO_GROUP ")",
         "(A;ID;FR;;;" SIM_NO_GROUP ")(A;OICIIOID;FR;;;CG)"},
        {"(A;OICI;FR;;;SY)(A;;FA;;;BU)", "(A;ID;FR;;;SY)", "(A;OICIID;FR;;;SY)"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char sddl[512];

        sim_reset();
        sim_add_folder(WORK);
        snprintf(sddl, sizeof sddl, "O:SYG:SYD:PAI%s", rows[i].parent);
        sim_set_descriptor(WORK, sddl);
        sim_add_file(WORK "\\file");
        sim_add_folder(WORK "\\folder");
        snprintf(sddl, sizeof sddl, "O:" SIM_USER "G:" SIM_NO_GROUP "D:AI%s", rows[i].file);
        CU_ASSERT(descriptor_is(WORK "\\file", sddl));
        snprintf(sddl, sizeof sddl, "O:" SIM_USER "G:" SIM_NO_GROUP "D:AI%s", rows[i].folder);
        CU_ASSERT(descriptor_is(WORK "\\folder", sddl));
    }
}

/*
 * The default list of the token where nothing is inherited; no marks where the folder's list was not
 * inherited automatically.
 */
static void without_inheritance_a_file_is_its_owners(void)
{
    sim_reset();
    sim_add_folder(WORK);
    sim_set_descriptor(WORK, "O:SYG:SYD:P(A;;FA;;;SY)");
    sim_add_file(WORK "\\own");
    CU_ASSERT(
        descriptor_is(WORK "\\own", "O:" SIM_USER "G:" SIM_NO_GROUP "D:(A;;FA;;;" SIM_USER ")(A;;FA;;;SY)"));

    sim_set_descriptor(WORK, "O:SYG:SYD:P(A;OI;FA;;;SY)");
    sim_add_file(WORK "\\old");
    CU_ASSERT(descriptor_is(WORK "\\old", "O:" SIM_USER "G:" SIM_NO_GROUP "D:(A;;FA;;;SY)"));

    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    sim_add_file(WORK "\\elevated");
    CU_ASSERT(descriptor_is(WORK "\\elevated", "O:BAG:" SIM_NO_GROUP "D:(A;;FA;;;SY)"));
}

static void a_list_is_written_by_handle_and_comes_back_byte_for_byte(void)
{
    struct sim_snapshot *before, *between, *after;
    struct sbx_buffer old = SBX_BUFFER_EMPTY, new = SBX_BUFFER_EMPTY;
    struct acl_object *object = NULL;

    sim_reset();
    sim_add_file(WORK "\\file");
    before = sim_snapshot(NULL);
    CU_ASSERT_EQUAL_FATAL(acl_open(WORK "\\file", ACL_CHANGE, &object, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_read(object, &old, NULL), SBX_OK);
    sim_add_file("C:\\Users\\Public\\other");
    sim_set_descriptor("C:\\Users\\Public\\other", "O:SYG:SYD:AI(D;;SD;;;WD)(A;ID;FA;;;SY)");
    {
        size_t size;
        const void *bytes = sim_descriptor("C:\\Users\\Public\\other", &size);

        buffer_append(&new, bytes, size);
    }
    sim_remove("C:\\Users\\Public\\other");

    CU_ASSERT_EQUAL(acl_write(object, new.data, new.size, NULL), SBX_OK);
    CU_ASSERT(descriptor_is(WORK "\\file", "O:" SIM_USER "G:" SIM_NO_GROUP "D:AI(D;;SD;;;WD)(A;ID;FA;;;SY)"));
    between = sim_snapshot(NULL);
    CU_ASSERT_PTR_NOT_NULL(sim_snapshot_difference(before, between));
    CU_ASSERT_EQUAL(acl_write(object, old.data, old.size, NULL), SBX_OK);
    after = sim_snapshot(NULL);
    CU_ASSERT_PTR_NULL(sim_snapshot_difference(before, after));

    acl_close(object);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    sim_snapshot_free(before);
    sim_snapshot_free(between);
    sim_snapshot_free(after);
    buffer_free(&old);
    buffer_free(&new);
}

static void only_who_may_read_or_change_a_list_opens_it(void)
{
    struct sbx_error error = {0};
    struct acl_object *object = NULL;
    struct sbx_strings names = {0};

    sim_reset();
    CU_ASSERT_EQUAL(acl_open("C:\\Windows", ACL_LOOK, &object, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_list(object, &names, NULL), SBX_OK);
    CU_ASSERT_EQUAL(names.count, 2);
    strings_free(&names);
    acl_close(object);
    CU_ASSERT_EQUAL(acl_open("C:\\Windows", ACL_CHANGE, &object, &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, 5);
    CU_ASSERT_EQUAL(acl_open("C:\\Users\\other", ACL_LOOK, &object, NULL), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(acl_open("C:\\nothing\\here", ACL_LOOK, &object, NULL), SBX_E_PATH_NOT_FOUND);
    sim_call_as(sim_token_of(SIM_ELEVATED_USER));
    CU_ASSERT_EQUAL(acl_open("C:\\Users\\other", ACL_CHANGE, &object, NULL), SBX_OK);
    acl_close(object);
}

static void links_names_and_ids_lead_to_one_file(void)
{
    struct acl_object *object = NULL, *folder = NULL;
    struct acl_facts file, link, by_id;
    char *path = NULL;

    sim_reset();
    sim_add_file(WORK "\\file");
    sim_add_hard_link("C:\\src\\second", WORK "\\file");
    sim_add_link(WORK "\\link", "C:\\Windows");
    CU_ASSERT_EQUAL(acl_open(WORK, ACL_LOOK, &folder, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_open_child(folder, "FILE", ACL_LOOK, &object, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_examine(object, &file, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file.link_count, 2);
    CU_ASSERT_EQUAL(file.kind, FILE_KIND_FILE);
    acl_close(object);

    CU_ASSERT_EQUAL(acl_open_child(folder, "link", ACL_LOOK, &object, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_examine(object, &link, NULL), SBX_OK);
    CU_ASSERT(link.reparse);
    acl_close(object);

    sim_remove(WORK "\\file");
    CU_ASSERT_EQUAL(acl_open_by_id("C:\\", file.file_id, ACL_CHANGE, &object, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_examine(object, &by_id, NULL), SBX_OK);
    CU_ASSERT_EQUAL(by_id.link_count, 1);
    CU_ASSERT_EQUAL(acl_path(object, &path, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(path, "C:\\src\\second");
    sbx_free(path);
    acl_close(object);
    sim_remove("C:\\src\\second");
    CU_ASSERT_EQUAL(acl_open_by_id("C:\\", file.file_id, ACL_LOOK, &object, NULL), SBX_E_PATH_NOT_FOUND);
    acl_close(folder);
}

static void logs_and_marks_are_their_holders_alone(void)
{
    struct log_file *log = NULL, *other = NULL;
    struct held_file *mark = NULL;

    sim_reset();
    CU_ASSERT_EQUAL(log_open(STATE "\\journal", &log, NULL), SBX_OK);
    CU_ASSERT_EQUAL(held_open(STATE "\\a.live", &mark, NULL), SBX_OK);
    sim_actor(1);
    CU_ASSERT_EQUAL(log_open(STATE "\\journal", &other, NULL), SBX_E_STATE);
    CU_ASSERT(held_is(STATE "\\a.live"));
    sim_kill_actor(0);
    CU_ASSERT(!held_is(STATE "\\a.live"));
    CU_ASSERT_EQUAL(log_open(STATE "\\journal", &other, NULL), SBX_OK);
    log_close(other);
    sim_actor(0);
    CU_ASSERT_EQUAL(log_append(log, "x", 1, NULL), SBX_E_SYSTEM);
    log_close(log);
    held_close(mark);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
}

/* Every point at which the power can go, and what may have become of what was not flushed. */
static void flushed_bytes_outlive_the_power_and_others_may_not(void)
{
    static const char *const left[SIM_UNFLUSHED_COUNT] = {
        [SIM_UNFLUSHED_LOST] = "one\n",
        [SIM_UNFLUSHED_KEPT] = "one\ntwo\n",
        [SIM_UNFLUSHED_TORN] = "one\ntw",
        [SIM_UNFLUSHED_ZEROED] = "one\n", /* and zeros */
    };

    for (int what = 0; what < SIM_UNFLUSHED_COUNT; what++) {
        struct log_file *log = NULL;
        struct held_file *mark = NULL;
        size_t size;

        sim_reset();
        sim_cut_power(6, SIM_CUT_BEFORE);
        CU_ASSERT_EQUAL(log_open(STATE "\\journal", &log, NULL), SBX_OK);
        CU_ASSERT_EQUAL(held_open(STATE "\\a.live", &mark, NULL), SBX_OK);
        CU_ASSERT_EQUAL(log_append(log, "one\n", 4, NULL), SBX_OK);
        CU_ASSERT_EQUAL(log_flush(log, NULL), SBX_OK);
        CU_ASSERT_EQUAL(log_append(log, "two\n", 4, NULL), SBX_OK);
        CU_ASSERT_EQUAL(log_flush(log, NULL), SBX_E_SYSTEM);
        CU_ASSERT_EQUAL(log_flush(log, NULL), SBX_E_SYSTEM);
        log_close(log);
        held_close(mark);
        sim_reboot((enum sim_unflushed)what);
        CU_ASSERT_STRING_EQUAL(sim_contents(STATE "\\journal", &size), left[what]);
        CU_ASSERT_EQUAL(size, what == SIM_UNFLUSHED_ZEROED ? 8 : strlen(left[what]));
        CU_ASSERT(sim_exists(STATE "\\a.live"));
        CU_ASSERT(!held_is(STATE "\\a.live"));
        CU_ASSERT(!sim_exists(STATE "\\a.live"));
    }
}

const struct harness_suite sim_suite = {
    "sim",
    (const struct harness_test[]){
        {"new files and folders inherit by the rules", new_files_inherit_by_the_rules},
        {"without inheritance a file is its owner's", without_inheritance_a_file_is_its_owners},
        {"a list is written by handle and comes back byte for byte",
         a_list_is_written_by_handle_and_comes_back_byte_for_byte},
        {"only who may read or change a list opens it", only_who_may_read_or_change_a_list_opens_it},
        {"links, names and ids lead to one file", links_names_and_ids_lead_to_one_file},
        {"logs and marks are their holder's alone", logs_and_marks_are_their_holders_alone},
        {"flushed bytes outlive the power, others may not",
         flushed_bytes_outlive_the_power_and_others_may_not},
        {NULL, NULL},
    },
};
