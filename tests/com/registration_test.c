/*
 * What registering writes and what removing takes: our keys, all of them, and nobody else's. The registry's roots are
 * replaced by an empty key for the DLL's calls, so nothing of the host's registration is touched.
 */
#include "base/buffer.h"
#include "base/memory.h"
#include "com/support.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>

typedef HRESULT(STDAPICALLTYPE *entry_point)(void);
typedef HRESULT(STDAPICALLTYPE *install_point)(BOOL, const WCHAR *);

#define PLACE L"Software\\sbxcom-test"

#ifdef _WIN64
#define OTHER_PLATFORM L"win32"
#else
#define OTHER_PLATFORM L"win64"
#endif

/* ---- a registry of our own ----------------------------------------------------------------------------------------- */

static HKEY place;

static void delete_tree(HKEY root, const WCHAR *path)
{
    HKEY key;
    WCHAR name[256];

    if (RegOpenKeyExW(root, path, 0, KEY_READ, &key))
        return;
    for (;;) {
        DWORD length = 256;

        if (RegEnumKeyExW(key, 0, name, &length, NULL, NULL, NULL, NULL))
            break;
        delete_tree(key, name);
    }
    RegCloseKey(key);
    RegDeleteKeyW(root, path);
}

static bool place_open(void)
{
    if (!dll_function("DllRegisterServer"))
        return false;
    delete_tree(HKEY_CURRENT_USER, PLACE);
    return RegCreateKeyExW(HKEY_CURRENT_USER, PLACE, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &place, NULL) == 0;
}

static void place_close(void)
{
    RegCloseKey(place);
    delete_tree(HKEY_CURRENT_USER, PLACE);
}

/* Calls the DLL with `root` replaced. */
static HRESULT with_root(HKEY root, const char *name)
{
    HRESULT result;

    CU_ASSERT_EQUAL_FATAL(RegOverridePredefKey(root, place), 0);
    if (root == HKEY_LOCAL_MACHINE)
        result = ((entry_point)dll_function(name))();
    else
        result = ((install_point)dll_function("DllInstall"))(strcmp(name, "DllRegisterServer") == 0, L"user");
    RegOverridePredefKey(root, NULL);
    return result;
}

static void write_text(const WCHAR *path, const WCHAR *name, const WCHAR *data)
{
    HKEY key;

    CU_ASSERT_EQUAL_FATAL(RegCreateKeyExW(place, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL), 0);
    CU_ASSERT_EQUAL(
        RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)data, (DWORD)(wcslen(data) + 1) * sizeof *data),
        0);
    RegCloseKey(key);
}

/* ---- snapshots: every key and value below the place, one a line, sorted -------------------------------------------- */

struct snapshot {
    WCHAR **lines;
    size_t count;
};

static void snapshot_add(struct snapshot *snapshot, const WCHAR *line)
{
    snapshot->lines = sbx_realloc(snapshot->lines, (snapshot->count + 1) * sizeof *snapshot->lines);
    snapshot->lines[snapshot->count] = _wcsdup(line);
    snapshot->count++;
}

static void snapshot_walk(struct snapshot *snapshot, HKEY parent, const WCHAR *path)
{
    HKEY key;
    WCHAR name[256], line[1400], child[600];
    BYTE data[1024];

    if (RegOpenKeyExW(parent, path, 0, KEY_READ, &key))
        return;
    _snwprintf(line, 1400, L"%ls\\", path);
    snapshot_add(snapshot, line);
    for (DWORD i = 0;; i++) {
        DWORD length = 256, size = sizeof data - 2, type;

        memset(data, 0, sizeof data);
        if (RegEnumValueW(key, i, name, &length, NULL, &type, data, &size))
            break;
        _snwprintf(line, 1400, L"%ls|%ls=%lu:%ls", path, name, type, (const WCHAR *)data);
        snapshot_add(snapshot, line);
    }
    for (DWORD i = 0;; i++) {
        DWORD length = 256;

        if (RegEnumKeyExW(key, i, name, &length, NULL, NULL, NULL, NULL))
            break;
        _snwprintf(child, 600, L"%ls\\%ls", path, name);
        snapshot_walk(snapshot, parent, child);
    }
    RegCloseKey(key);
}

static int compare_lines(const void *a, const void *b)
{
    return wcscmp(*(WCHAR *const *)a, *(WCHAR *const *)b);
}

static struct snapshot snapshot_take(void)
{
    struct snapshot snapshot = {NULL, 0};

    snapshot_walk(&snapshot, place, L"Software");
    qsort(snapshot.lines, snapshot.count, sizeof *snapshot.lines, compare_lines);
    return snapshot;
}

static void snapshot_free(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->count; i++)
        free(snapshot->lines[i]);
    sbx_free(snapshot->lines);
}

static bool has_line(const struct snapshot *snapshot, const WCHAR *line)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        if (_wcsicmp(snapshot->lines[i], line) == 0)
            return true;
    }
    printf("    missing: %ls\n", line);
    return false;
}

static bool equal_snapshots(const struct snapshot *a, const struct snapshot *b)
{
    bool equal = a->count == b->count;

    for (size_t i = 0; i < a->count && equal; i++)
        equal = wcscmp(a->lines[i], b->lines[i]) == 0;
    for (size_t i = 0; !equal && i < b->count; i++) {
        if (i >= a->count || wcscmp(a->lines[i], b->lines[i]) != 0)
            printf("    %ls\n", b->lines[i]);
    }
    return equal;
}

/* ---- identifiers as the header has them ---------------------------------------------------------------------------- */

static const WCHAR *guid_text(const GUID *guid)
{
    static WCHAR texts[4][40];
    static int next;

    next = (next + 1) % 4;
    StringFromGUID2(guid, texts[next], 40);
    return texts[next];
}

static bool has_value(const struct snapshot *snapshot, const WCHAR *key, const GUID *id, const WCHAR *below,
                      const WCHAR *name, const WCHAR *data)
{
    WCHAR line[1400];

    _snwprintf(line, 1400, L"Software\\Classes\\%ls%ls%ls|%ls=1:%ls", key, id ? guid_text(id) : L"", below,
               name, data);
    return has_line(snapshot, line);
}

static void check_class(const struct snapshot *snapshot, const CLSID *clsid, const WCHAR *prog_id)
{
    WCHAR versioned[64], key[80];

    _snwprintf(versioned, 64, L"%ls.1", prog_id);
    CU_ASSERT(has_value(snapshot, L"CLSID\\", clsid, L"\\InprocServer32", L"", dll_path()));
    CU_ASSERT(has_value(snapshot, L"CLSID\\", clsid, L"\\InprocServer32", L"ThreadingModel", L"Both"));
    CU_ASSERT(has_value(snapshot, L"CLSID\\", clsid, L"\\ProgID", L"", versioned));
    CU_ASSERT(has_value(snapshot, L"CLSID\\", clsid, L"\\VersionIndependentProgID", L"", prog_id));
    CU_ASSERT(has_value(snapshot, L"CLSID\\", clsid, L"\\TypeLib", L"", guid_text(&LIBID_SbxComLib)));
    CU_ASSERT(has_value(snapshot, L"CLSID\\", clsid, L"\\Version", L"", L"1.0"));
    _snwprintf(key, 80, L"%ls\\CLSID", versioned);
    CU_ASSERT(has_value(snapshot, key, NULL, L"", L"", guid_text(clsid)));
    _snwprintf(key, 80, L"%ls\\CLSID", prog_id);
    CU_ASSERT(has_value(snapshot, key, NULL, L"", L"", guid_text(clsid)));
    _snwprintf(key, 80, L"%ls\\CurVer", prog_id);
    CU_ASSERT(has_value(snapshot, key, NULL, L"", L"", versioned));
}

static void check_interface(const struct snapshot *snapshot, const IID *iid, const WCHAR *name,
                            const WCHAR *marshaler)
{
    CU_ASSERT(has_value(snapshot, L"Interface\\", iid, L"", L"", name));
    CU_ASSERT(has_value(snapshot, L"Interface\\", iid, L"\\ProxyStubClsid32", L"", marshaler));
    CU_ASSERT(has_value(snapshot, L"Interface\\", iid, L"\\TypeLib", L"", guid_text(&LIBID_SbxComLib)));
    CU_ASSERT(has_value(snapshot, L"Interface\\", iid, L"\\TypeLib", L"Version", L"1.0"));
}

/* ---- tests --------------------------------------------------------------------------------------------------------- */

/* 26 dual interfaces, the event interface and the elevated server's; what else a line may be is counted. */
enum { INTERFACES = 28 };

static void check_everything(const struct snapshot *snapshot)
{
    WCHAR path[128], folder[1024];
    size_t values = 0;

    check_class(snapshot, &CLSID_SandboxSession, L"Sbx.Session");
    check_class(snapshot, &CLSID_SandboxPolicy, L"Sbx.Policy");
    check_class(snapshot, &CLSID_SandboxHost, L"Sbx.Host");
    check_interface(snapshot, &IID_ISandboxSession, L"ISandboxSession",
                    L"{00020424-0000-0000-C000-000000000046}");
    check_interface(snapshot, &IID_ISandboxSetup, L"ISandboxSetup",
                    L"{00020424-0000-0000-C000-000000000046}");
    check_interface(snapshot, &DIID_ISandboxSessionEvents, L"ISandboxSessionEvents",
                    L"{00020420-0000-0000-C000-000000000046}");
    _snwprintf(path, 128, L"TypeLib\\%ls\\1.0", guid_text(&LIBID_SbxComLib));
    lstrcpynW(folder, dll_path(), sizeof folder / sizeof *folder);
    *wcsrchr(folder, L'\\') = L'\0';
    CU_ASSERT(has_value(snapshot, path, NULL, L"\\FLAGS", L"", L"0"));
    CU_ASSERT(has_value(snapshot, path, NULL, L"\\HELPDIR", L"", folder));
    CU_ASSERT(has_value(snapshot, path, NULL, sizeof(void *) == 8 ? L"\\0\\win64" : L"\\0\\win32", L"",
                        dll_path()));

    for (size_t i = 0; i < snapshot->count; i++)
        values += wcschr(snapshot->lines[i], L'|') != NULL;
    CU_ASSERT_EQUAL(values, 3 * (7 + 2 + 3) + 4 + INTERFACES * 4);
}

static void registers_and_removes_exactly(HKEY root)
{
    struct snapshot before, written, again, after;

    if (!place_open())
        HARNESS_SKIP("the DLL or a place in the registry is not to be had");
    write_text(L"Software\\Classes\\CLSID\\{00000000-0000-0000-0000-000000000001}", NULL, L"a stranger");
    write_text(L"Software\\Classes\\Interface\\{00000000-0000-0000-0000-000000000001}", NULL, L"a stranger");
    write_text(L"Software\\Classes\\TypeLib\\{00000000-0000-0000-0000-000000000001}", NULL, L"a stranger");
    before = snapshot_take();

    CU_ASSERT_EQUAL(with_root(root, "DllRegisterServer"), S_OK);
    written = snapshot_take();
    CU_ASSERT_EQUAL(with_root(root, "DllRegisterServer"), S_OK); /* twice is once */
    again = snapshot_take();
    CU_ASSERT(equal_snapshots(&written, &again));
    CU_ASSERT_EQUAL(with_root(root, "DllUnregisterServer"), S_OK);
    after = snapshot_take();
    CU_ASSERT(equal_snapshots(&before, &after));
    CU_ASSERT_EQUAL(with_root(root, "DllUnregisterServer"), S_OK); /* what is not there is no failure */

    snapshot_free(&before);
    snapshot_free(&written);
    snapshot_free(&again);
    snapshot_free(&after);
    place_close();
}

static void per_machine_registration_comes_and_goes_exactly(void)
{
    registers_and_removes_exactly(HKEY_LOCAL_MACHINE);
}

static void per_user_registration_comes_and_goes_exactly(void)
{
    registers_and_removes_exactly(HKEY_CURRENT_USER);
}

static void every_key_that_com_looks_for_is_written(void)
{
    struct snapshot written;

    if (!place_open())
        HARNESS_SKIP("the DLL or a place in the registry is not to be had");
    CU_ASSERT_EQUAL(with_root(HKEY_LOCAL_MACHINE, "DllRegisterServer"), S_OK);
    written = snapshot_take();
    check_everything(&written);
    snapshot_free(&written);
    place_close();
}

static void what_a_stranger_put_into_our_keys_stays(void)
{
    WCHAR class_key[128], library_key[160];
    struct snapshot after;

    if (!place_open())
        HARNESS_SKIP("the DLL or a place in the registry is not to be had");
    CU_ASSERT_EQUAL(with_root(HKEY_LOCAL_MACHINE, "DllRegisterServer"), S_OK);
    _snwprintf(class_key, 128, L"Software\\Classes\\CLSID\\%ls", guid_text(&CLSID_SandboxSession));
    write_text(class_key, L"AppID", L"{00000000-0000-0000-0000-000000000009}");
    write_text(L"Software\\Classes\\Sbx.Policy\\shellex", NULL, L"theirs");
    _snwprintf(library_key, 160, L"Software\\Classes\\TypeLib\\%ls\\1.1", guid_text(&LIBID_SbxComLib));
    write_text(library_key, NULL, L"a later version");
    write_text(L"Software\\Classes\\Sbx.Host\\CurVer", NULL,
               L"Sbx.Host.2"); /* a later version took the name over */

    CU_ASSERT_EQUAL(with_root(HKEY_LOCAL_MACHINE, "DllUnregisterServer"), S_OK);
    after = snapshot_take();
    CU_ASSERT(has_value(&after, L"CLSID\\", &CLSID_SandboxSession, L"", L"AppID",
                        L"{00000000-0000-0000-0000-000000000009}"));
    CU_ASSERT(has_line(&after, L"Software\\Classes\\Sbx.Policy\\shellex|=1:theirs"));
    CU_ASSERT(has_line(&after, L"Software\\Classes\\Sbx.Host\\CurVer|=1:Sbx.Host.2"));
    CU_ASSERT(has_value(&after, L"Sbx.Host\\CLSID", NULL, L"", L"", guid_text(&CLSID_SandboxHost)));
    CU_ASSERT_EQUAL(after.count, 4 /* Software, Classes, CLSID, TypeLib */ + 2 /* class */ +
                                     3 /* Sbx.Policy */ + 6 /* Sbx.Host */ + 3 /* library */);
    snapshot_free(&after);
    place_close();
}

static void removing_one_bitness_keeps_what_the_other_needs(void)
{
    WCHAR key[160], line[256];
    struct snapshot after;

    if (!place_open())
        HARNESS_SKIP("the DLL or a place in the registry is not to be had");
    CU_ASSERT_EQUAL(with_root(HKEY_LOCAL_MACHINE, "DllRegisterServer"), S_OK);
    _snwprintf(key, 160, L"Software\\Classes\\TypeLib\\%ls\\1.0\\0\\" OTHER_PLATFORM,
               guid_text(&LIBID_SbxComLib));
    write_text(key, NULL, L"C:\\other\\sbxcom.dll");
    CU_ASSERT_EQUAL(with_root(HKEY_LOCAL_MACHINE, "DllUnregisterServer"), S_OK);
    after = snapshot_take();
    _snwprintf(line, 256, L"%ls|=1:C:\\other\\sbxcom.dll", key);
    CU_ASSERT(has_line(&after, line));
    CU_ASSERT(has_value(&after, L"TypeLib\\", &LIBID_SbxComLib, L"\\1.0\\FLAGS", L"", L"0"));
    CU_ASSERT(
        has_line(&after, L"Software\\Classes\\Sbx.Session\\CurVer|=1:Sbx.Session.1")); /* one name for both */
    for (size_t i = 0; i < after.count; i++) {
        CU_ASSERT_PTR_NULL(wcsstr(after.lines[i], L"\\CLSID\\{"));
        CU_ASSERT_PTR_NULL(wcsstr(after.lines[i], L"\\Interface\\"));
        CU_ASSERT_PTR_NULL(wcsstr(after.lines[i], dll_path()));
    }
    snapshot_free(&after);
    place_close();
}

/* A key in which nobody may write. */
static bool lock_key(const WCHAR *path)
{
    HKEY key;
    SECURITY_DESCRIPTOR *descriptor;
    HKEY probe;
    bool locked;

    CU_ASSERT_EQUAL_FATAL(RegCreateKeyExW(place, path, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL), 0);
    CU_ASSERT_FATAL(ConvertStringSecurityDescriptorToSecurityDescriptorW(
        L"D:P(A;;KR;;;WD)(A;;SD;;;WD)", SDDL_REVISION_1, (PSECURITY_DESCRIPTOR *)&descriptor, NULL));
    RegSetKeySecurity(key, DACL_SECURITY_INFORMATION, descriptor);
    LocalFree(descriptor);
    RegCloseKey(key);
    locked = RegOpenKeyExW(place, path, 0, KEY_SET_VALUE, &probe) == ERROR_ACCESS_DENIED;
    if (!locked)
        RegCloseKey(probe);
    return locked;
}

static void a_registration_that_fails_puts_everything_back(void)
{
    WCHAR locked[128], previous[128];
    struct snapshot before, after;

    if (!place_open())
        HARNESS_SKIP("the DLL or a place in the registry is not to be had");
    /* An older registration is replaced on the way, and one of the last keys cannot be written. */
    _snwprintf(previous, 128, L"Software\\Classes\\CLSID\\%ls\\InprocServer32",
               guid_text(&CLSID_SandboxSession));
    write_text(previous, NULL, L"C:\\old\\sbxcom.dll");
    write_text(L"Software\\Classes\\Sbx.Session", NULL, L"older");
    _snwprintf(locked, 128, L"Software\\Classes\\Interface\\%ls", guid_text(&IID_ISandboxSetup));
    if (!lock_key(locked)) {
        place_close();
        HARNESS_SKIP("this user writes into keys whatever their access control list says");
    }
    before = snapshot_take();
    CU_ASSERT_EQUAL(with_root(HKEY_LOCAL_MACHINE, "DllRegisterServer"),
                    HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED));
    after = snapshot_take();
    CU_ASSERT(equal_snapshots(&before, &after));
    snapshot_free(&before);
    snapshot_free(&after);
    place_close();
}

static void only_known_words_are_taken_by_dll_install(void)
{
    install_point install = (install_point)dll_function("DllInstall");

    CU_ASSERT_PTR_NOT_NULL_FATAL(install);
    CU_ASSERT_EQUAL(install(TRUE, L"everybody"), E_INVALIDARG);
    CU_ASSERT_EQUAL(install(TRUE, L""), S_OK); /* regsvr32 /i without a word, after DllRegisterServer */
}

static void a_class_registered_for_one_user_can_be_created(void)
{
    install_point install = (install_point)dll_function("DllInstall");
    bool was_there;
    HKEY key;
    CLSID clsid;

    if (on_wine())
        HARNESS_SKIP("Wine does not look into HKEY_CURRENT_USER\\Software\\Classes for classes");
    was_there = RegOpenKeyExW(HKEY_CURRENT_USER, L"Software\\Classes\\Sbx.Host", 0, KEY_READ, &key) == 0;
    if (was_there)
        RegCloseKey(key);
    CU_ASSERT_EQUAL(install(TRUE, L"user"), S_OK);
    CU_ASSERT_EQUAL(CLSIDFromProgID(L"Sbx.Host", &clsid), S_OK);
    CU_ASSERT(IsEqualCLSID(&clsid, &CLSID_SandboxHost));
    if (!was_there)
        CU_ASSERT_EQUAL(install(FALSE, L"user"), S_OK);
}

const struct harness_suite registration_suite = {
    "registration",
    (const struct harness_test[]){
        {"per machine it comes and goes exactly, and twice is once",
         per_machine_registration_comes_and_goes_exactly},
        {"per user it comes and goes exactly, and twice is once",
         per_user_registration_comes_and_goes_exactly},
        {"every key that COM looks for is written, and no other", every_key_that_com_looks_for_is_written},
        {"what a stranger or a later version put into our keys stays",
         what_a_stranger_put_into_our_keys_stays},
        {"removing one bitness keeps what the other needs", removing_one_bitness_keeps_what_the_other_needs},
        {"a registration that fails puts everything back", a_registration_that_fails_puts_everything_back},
        {"DllInstall takes known words only", only_known_words_are_taken_by_dll_install},
        {"a class registered for one user can be created", a_class_registered_for_one_user_can_be_created},
        {NULL, NULL},
    },
};
