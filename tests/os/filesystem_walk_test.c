/*
 * filesystem_walk_test.c - links are read before they are followed, and none leads off this machine.
 *
 * Wine 8.0 makes no junctions, so there only the reading and judging of what a link says is tested, and the walk along plain
 * names and Unix links; on Windows real junctions are walked along.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "os/acl.h"
#include "os/child.h"
#include "os/filesystem_native.h"
#include "support/harness.h"

#include <string.h>
#include <wchar.h>

#define TAG_JUNCTION 0xA0000003u
#define TAG_SYMLINK  0xA000000Cu
#define SET_REPARSE  0x000900A4u /* FSCTL_SET_REPARSE_POINT */
#define MOST_BYTES   1024

/* The bytes that NTFS keeps of a link. The size. */
static size_t link_bytes(uint32_t tag, uint32_t flags, const WCHAR *target, uint8_t bytes[MOST_BYTES])
{
    uint16_t size = (uint16_t)(wcslen(target) * sizeof *target);
    uint16_t offsets[4] = {0, size, (uint16_t)(size + sizeof *target), 0};
    size_t names = tag == TAG_SYMLINK ? 20 : 16;
    uint16_t data = (uint16_t)(names - 8 + size + 2 * sizeof *target);

    memset(bytes, 0, MOST_BYTES);
    memcpy(bytes, &tag, sizeof tag);
    memcpy(bytes + 4, &data, sizeof data);
    memcpy(bytes + 8, offsets, sizeof offsets);
    if (tag == TAG_SYMLINK)
        memcpy(bytes + 16, &flags, sizeof flags);
    memcpy(bytes + names, target, size);
    return names + size + 2 * sizeof *target;
}

static void what_a_link_says_is_read(void)
{
    uint8_t bytes[MOST_BYTES];
    WCHAR *target = NULL;
    bool relative = true;
    size_t size = link_bytes(TAG_JUNCTION, 0, L"\\??\\C:\\x", bytes);

    CU_ASSERT_EQUAL_FATAL(native_link_target(bytes, size, &target, &relative, NULL), SBX_OK);
    CU_ASSERT_EQUAL(wcscmp(target, L"\\??\\C:\\x"), 0);
    CU_ASSERT_FALSE(relative);
    sbx_free(target);
    target = NULL;
    size = link_bytes(TAG_SYMLINK, 1, L"..\\y", bytes);
    CU_ASSERT_EQUAL_FATAL(native_link_target(bytes, size, &target, &relative, NULL), SBX_OK);
    CU_ASSERT_EQUAL(wcscmp(target, L"..\\y"), 0);
    CU_ASSERT(relative);
    sbx_free(target);
}

/* A command writes such bytes itself: no length in them is to be believed. */
static void bytes_that_lie_are_no_link(void)
{
    static const struct {
        size_t at;
        uint16_t value;
    } lies[] = {{8, 2000}, {10, 2000}, {10, 7}, {10, 0}, {8, 65535}, {10, 65534}, {0, 1}};
    WCHAR *target = NULL;
    bool relative = false;

    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        uint8_t bytes[MOST_BYTES];
        size_t size = link_bytes(i % 2 ? TAG_SYMLINK : TAG_JUNCTION, 0, L"\\??\\C:\\x", bytes);

        memcpy(bytes + lies[i].at, &lies[i].value, sizeof lies[i].value);
        CU_ASSERT_EQUAL(native_link_target(bytes, size, &target, &relative, NULL), SBX_E_ARGUMENT);
    }
    for (size_t size = 0; size < 20; size++) {
        uint8_t bytes[MOST_BYTES];

        link_bytes(TAG_SYMLINK, 0, L"\\??\\C:\\x", bytes);
        CU_ASSERT_EQUAL(native_link_target(bytes, size, &target, &relative, NULL), SBX_E_ARGUMENT);
    }
    CU_ASSERT_PTR_NULL(target);
}

static void only_disks_of_this_machine_are_local(void)
{
    static const WCHAR *const elsewhere[] = {L"\\??\\UNC\\evil\\share\\x",
                                             L"\\??\\unc\\evil\\share\\",
                                             L"\\Device\\Mup\\evil\\share\\",
                                             L"\\??\\GLOBALROOT\\Device\\Mup\\evil\\share\\",
                                             L"\\??\\Global\\UNC\\evil\\",
                                             L"\\\\evil\\share\\",
                                             L"\\\\?\\C:\\x",
                                             L"\\??\\Q:\\",
                                             L"\\??\\Volume{no such volume}\\",
                                             L"\\??\\pipe\\x\\",
                                             L"\\??\\C:",
                                             L"C:\\x\\",
                                             L"",
                                             L"\\"};

    CU_ASSERT(native_is_local_target(L"\\??\\C:\\"));
    CU_ASSERT(native_is_local_target(L"\\??\\c:\\x\\y"));
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        CU_ASSERT_FALSE(native_is_local_target(elsewhere[i]));
}

/* Whoever is logged on gives a letter any meaning, without a right to anything. */
static void a_drive_that_stands_for_a_share_is_not_local(void)
{
    CU_ASSERT_FALSE(native_is_local_target(L"\\??\\R:\\"));
    if (!DefineDosDeviceW(DDD_RAW_TARGET_PATH, L"R:", L"\\??\\UNC\\evil\\share"))
        HARNESS_SKIP("no drive can be defined here");
    CU_ASSERT_FALSE(native_is_local_target(L"\\??\\R:\\"));
    CU_ASSERT(DefineDosDeviceW(DDD_RAW_TARGET_PATH | DDD_REMOVE_DEFINITION | DDD_EXACT_MATCH_ON_REMOVE, L"R:",
                               L"\\??\\UNC\\evil\\share"));
    CU_ASSERT_FALSE(native_is_local_target(L"\\??\\R:\\"));
}

static void the_way_goes_on_where_the_link_says(void)
{
    static const struct {
        const WCHAR *path;
        size_t above;
        const WCHAR *target;
        bool relative;
        const WCHAR *rest, *next;
    } rows[] = {
        {L"\\??\\C:\\a\\link\\b", 9, L"\\??\\D:\\x", false, L"b", L"\\??\\D:\\x\\b"},
        {L"\\??\\C:\\a\\link", 9, L"\\??\\D:\\", false, L"", L"\\??\\D:\\"},
        {L"\\??\\C:\\a\\link", 9, L"\\??\\D:", false, L"", L"\\??\\D:\\"},
        {L"\\??\\C:\\a\\link\\b\\c", 9, L"..\\x", true, L"b\\c", L"\\??\\C:\\x\\b\\c"},
        {L"\\??\\C:\\a\\link", 9, L"..\\..\\..\\x", true, L"", L"\\??\\C:\\x"},
        {L"\\??\\C:\\a\\link", 9, L".\\.\\y\\.", true, L"", L"\\??\\C:\\a\\y"},
        {L"\\??\\C:\\a\\link", 9, L"\\x", true, L"y", L"\\??\\C:\\x\\y"},
        {L"\\??\\C:\\a\\link", 9, L"\\\\evil\\share", true, L"", L"\\??\\C:\\evil\\share"},
        {L"\\??\\C:\\a\\link", 9, L"..", true, L"", L"\\??\\C:\\"},
        {L"\\??\\C:\\a\\link", 9, L"\\??\\UNC\\evil\\share", false, L"y", L"\\??\\UNC\\evil\\share\\y"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        WCHAR *next = NULL;

        CU_ASSERT_EQUAL_FATAL(native_way_on(rows[i].path, rows[i].above, rows[i].target, rows[i].relative,
                                            rows[i].rest, &next, NULL),
                              SBX_OK);
        CU_ASSERT_EQUAL(wcscmp(next, rows[i].next), 0);
        sbx_free(next);
    }
}

static char *in_scratch(const char *name)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    buffer_append_format(&path, "%s\\%s", scratch_folder(), name);
    return buffer_take(&path, NULL);
}

static void what_a_client_saves_goes_into_that_very_folder(void)
{
    char *folder = in_scratch("saved");
    char *link = in_scratch("to saved");
    char *file = in_scratch("saved\\x.json");
    char *through = in_scratch("to saved\\x.json");
    char *bytes = NULL;
    struct sbx_strings names = {NULL, 0};
    size_t size = 0;
    bool made;

    CU_ASSERT_EQUAL_FATAL(folder_create(folder, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_save(file, "old", 3, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_save(file, "newer", 5, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(file_read_all(file, 100, &bytes, &size, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(bytes, "newer");
    sbx_free(bytes);
    CU_ASSERT_EQUAL(file_save(folder, "x", 1, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(file_save("C:\\no such folder\\x", "x", 1, NULL), SBX_E_PATH_NOT_FOUND);
    made = make_link("to saved", "saved");
    if (made) {
        struct sbx_error error = {0};

        CU_ASSERT_EQUAL(file_save(through, "evil", 4, &error), SBX_E_WORKSPACE_REFUSED);
        CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "to saved, which somebody could turn elsewhere"));
        CU_ASSERT(remove_link("to saved"));
    }
    CU_ASSERT_EQUAL(folder_list(folder, &names, NULL), SBX_OK);
    CU_ASSERT_EQUAL(names.count, 1); /* nothing half made is left */
    strings_free(&names);
    CU_ASSERT_EQUAL(file_delete(file, NULL), SBX_OK);
    CU_ASSERT_EQUAL(folder_delete(folder, NULL), SBX_OK);
    sbx_free(folder);
    sbx_free(link);
    sbx_free(file);
    sbx_free(through);
    if (!made)
        HARNESS_SKIP("this user may not make symbolic links");
}

/* An empty folder becomes a junction; any user may do that where he may write. */
static bool make_junction(const char *path, const WCHAR *target)
{
    uint8_t bytes[MOST_BYTES];
    size_t size = link_bytes(TAG_JUNCTION, 0, target, bytes);
    WCHAR *wide = NULL;
    HANDLE folder;
    DWORD got;
    BOOL made;

    CU_ASSERT_EQUAL_FATAL(folder_create(path, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(native_path(path, &wide, NULL), SBX_OK);
    folder = CreateFileW(wide, GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                         FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    sbx_free(wide);
    made = DeviceIoControl(folder, SET_REPARSE, bytes, (DWORD)size, NULL, 0, &got, NULL);
    CloseHandle(folder);
    return made;
}

static void junctions_are_walked_along_or_refused(void)
{
    char *link = in_scratch("junction");
    char *file = in_scratch("junction\\target.txt");
    char *target = in_scratch("target.txt");
    WCHAR *scratch = NULL;
    WCHAR said[MAX_PATH];
    struct file_facts facts = {0};
    struct sbx_error error = {0};

    CU_ASSERT_EQUAL_FATAL(native_wide(scratch_folder(), &scratch, NULL), SBX_OK);
    _snwprintf(said, MAX_PATH, L"\\??\\%ls", scratch);
    sbx_free(scratch);
    if (!make_junction(link, said)) {
        CU_ASSERT_EQUAL(folder_delete(link, NULL), SBX_OK);
        sbx_free(link);
        sbx_free(file);
        sbx_free(target);
        HARNESS_SKIP("this host makes no junctions");
    }
    CU_ASSERT_EQUAL(file_create(target, "x", 1, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(file_examine(file, &facts, NULL), SBX_OK);
    CU_ASSERT(text_matches("*\\target.txt", facts.path));
    CU_ASSERT_PTR_NULL(strstr(facts.path, "junction"));
    CU_ASSERT_FALSE(facts.reparse);
    file_facts_free(&facts);
    CU_ASSERT_EQUAL_FATAL(file_examine(link, &facts, NULL), SBX_OK);
    CU_ASSERT(facts.reparse);
    file_facts_free(&facts);
    CU_ASSERT_EQUAL(file_save(file, "y", 1, NULL), SBX_E_WORKSPACE_REFUSED);
    CU_ASSERT_EQUAL(folder_delete(link, NULL), SBX_OK);

    CU_ASSERT(make_junction(link, L"\\??\\UNC\\127.0.0.1\\no such share"));
    CU_ASSERT_EQUAL(file_examine(file, &facts, &error), SBX_E_WORKSPACE_REFUSED);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "another computer"));
    CU_ASSERT_EQUAL(file_examine(link, &facts, NULL), SBX_E_WORKSPACE_REFUSED);
    CU_ASSERT_FALSE(file_is_program(file));
    CU_ASSERT_EQUAL(folder_delete(link, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_delete(target, NULL), SBX_OK);
    sbx_free(link);
    sbx_free(file);
    sbx_free(target);
}

/* The open of whoever holds nothing against us, and the one that would wait. */
static void an_open_that_would_wait_is_none(void)
{
    static const struct {
        LONG result;
        ACCESS_MASK access;
        bool kept;
    } rows[] = {
        {0, GENERIC_READ, true},
        {NT_OPLOCK_BREAK_IN_PROGRESS, READ_CONTROL | WRITE_DAC | SYNCHRONIZE, true},
        {NT_OPLOCK_BREAK_IN_PROGRESS, GENERIC_READ | SYNCHRONIZE, false},
        {NT_OPLOCK_BREAK_IN_PROGRESS, FILE_READ_DATA, false},
        {NT_OPLOCK_BREAK_IN_PROGRESS, DELETE | FILE_READ_ATTRIBUTES, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        HANDLE made = CreateEventW(NULL, TRUE, FALSE, NULL), file = made;
        DWORD flags;
        LONG result;

        CU_ASSERT_PTR_NOT_NULL_FATAL(file);
        result = native_unless_oplocked(rows[i].result, rows[i].access, &file);
        CU_ASSERT_EQUAL(result, rows[i].kept ? rows[i].result : NT_SHARING_VIOLATION);
        CU_ASSERT_PTR_EQUAL(file, rows[i].kept ? made : NULL);
        CU_ASSERT_EQUAL(GetHandleInformation(made, &flags) != 0, rows[i].kept);
        if (rows[i].kept)
            CloseHandle(made);
    }
}

#define REQUEST_BATCH 0x00090008u /* FSCTL_REQUEST_BATCH_OPLOCK */
#define WAIT_MS       10000

struct opening {
    const char *path;
    sbx_status look, read, moved;
    uint32_t read_system;
};

static DWORD WINAPI open_all_ways(void *context)
{
    struct opening *opening = context;
    struct acl_object *object = NULL, *folder = NULL;
    struct acl_facts facts = {0};
    struct sbx_error error = {0};
    char *bytes = NULL;
    size_t size = 0;

    opening->look = acl_open(opening->path, ACL_CHANGE, &object, NULL);
    if (!opening->look) {
        acl_examine(object, &facts, NULL);
        acl_close(object);
    }
    opening->read = file_read_all(opening->path, 100, &bytes, &size, &error);
    opening->read_system = error.system;
    sbx_free(bytes);
    if (!acl_open(scratch_folder(), ACL_LOOK, &folder, NULL)) {
        opening->moved = acl_rename_child(folder, "locked.txt", &facts, "moved.txt", NULL);
        acl_close(folder);
    }
    return 0;
}

/* A command holds a lock on a file that we look at after the next one, and never gives way: we do not wait for it. */
static void nobody_waits_for_who_holds_a_lock(void)
{
    struct opening opening = {.path = in_scratch("locked.txt")};
    OVERLAPPED asked = {0};
    WCHAR *wide = NULL;
    HANDLE file, thread;
    DWORD got;
    bool held;

    CU_ASSERT_EQUAL_FATAL(file_create(opening.path, "x", 1, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(native_path(opening.path, &wide, NULL), SBX_OK);
    asked.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    file = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE | DELETE,
                       FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                       FILE_FLAG_OVERLAPPED, NULL);
    sbx_free(wide);
    CU_ASSERT_PTR_NOT_EQUAL_FATAL(file, INVALID_HANDLE_VALUE);
    held = !DeviceIoControl(file, REQUEST_BATCH, NULL, 0, NULL, 0, &got, &asked) &&
           GetLastError() == ERROR_IO_PENDING;
    if (held) {
        thread = CreateThread(NULL, 0, open_all_ways, &opening, 0, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(thread);
        CU_ASSERT_EQUAL(WaitForSingleObject(thread, WAIT_MS), WAIT_OBJECT_0);
        CU_ASSERT_EQUAL(WaitForSingleObject(asked.hEvent, 0),
                        WAIT_OBJECT_0); /* the control: he was asked to */
    }
    CloseHandle(file); /* which lets go of whoever does wait */
    if (held) {
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
        CU_ASSERT_EQUAL(opening.look, SBX_OK);
        CU_ASSERT_EQUAL(opening.read, SBX_E_SYSTEM);
        CU_ASSERT_EQUAL(opening.read_system, ERROR_SHARING_VIOLATION);
        CU_ASSERT_EQUAL(opening.moved, SBX_E_SYSTEM);
    }
    CloseHandle(asked.hEvent);
    CU_ASSERT_EQUAL(file_delete(opening.path, NULL), SBX_OK);
    sbx_free((char *)(uintptr_t)opening.path);
    if (!held)
        HARNESS_SKIP("this host has no opportunistic locks");
}

const struct harness_suite filesystem_walk_suite = {
    "filesystem_walk",
    (const struct harness_test[]){
        {"what a link says is read", what_a_link_says_is_read},
        {"bytes that lie are no link", bytes_that_lie_are_no_link},
        {"only disks of this machine are local", only_disks_of_this_machine_are_local},
        {"a drive that stands for a share is not local", a_drive_that_stands_for_a_share_is_not_local},
        {"the way goes on where the link says", the_way_goes_on_where_the_link_says},
        {"what a client saves goes into that very folder", what_a_client_saves_goes_into_that_very_folder},
        {"junctions are walked along or refused", junctions_are_walked_along_or_refused},
        {"an open that would wait is none", an_open_that_would_wait_is_none},
        {"nobody waits for who holds a lock", nobody_waits_for_who_holds_a_lock},
        {NULL, NULL},
    },
};
