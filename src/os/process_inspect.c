/*
 * process_inspect.c - what a process has that has not run yet: desktop, handles, mitigation policies. And whose child one is.
 *
 * Everything here is read from the process that the system made. The structures of ntdll that are used have kept their
 * layout since Windows XP (PEB, RTL_USER_PROCESS_PARAMETERS) or are only ever extended at their end (winternl.h, phnt).
 */
#include "os/process.h"
#include "base/memory.h"
#include "os/filesystem.h"
#include "os/native.h"

#include <string.h>

typedef LONG(WINAPI *query_process)(HANDLE process, ULONG class, void *information, ULONG size,
                                    ULONG *needed);
typedef LONG(WINAPI *query_system)(ULONG class, void *information, ULONG size, ULONG *needed);
typedef BOOL(WINAPI *compare_handles)(HANDLE first, HANDLE second);
typedef BOOL(WINAPI *get_policy)(HANDLE process, int policy, void *value, SIZE_T size);
typedef LONG(WINAPI *get_version)(OSVERSIONINFOW *version);

#define PROCESS_BASIC_CLASS  0
#define PROCESS_HANDLE_CLASS 51 /* ProcessHandleInformation, Windows 8 */
#define SYSTEM_HANDLE_CLASS  64 /* SystemExtendedHandleInformation, every process's */

#define HANDLE_IS_INHERITABLE 0x2 /* OBJ_INHERIT, in a list's attributes */

#define STATUS_TOO_SHORT ((LONG)0xC0000004) /* STATUS_INFO_LENGTH_MISMATCH */
#define FIRST_SIZE       (16 * 1024)
#define MOST_SIZE        (64 * 1024 * 1024)
#define MOST_DESKTOP     1024 /* units of "winsta\desktop" */
#define MOST_IMAGE       32768

#define UNIX_EPOCH 116444736000000000u /* in units of 100 ns since 1601 */

/* Of the process's own bitness, which is ours: a 32-bit program on 64-bit Windows has a 64-bit block, too. */
#define PARAMETERS_IN_PEB     (sizeof(void *) == 8 ? 0x20 : 0x10)
#define DESKTOP_IN_PARAMETERS (sizeof(void *) == 8 ? 0xC0 : 0x78)

struct counted_text {
    USHORT size; /* bytes */
    USHORT room;
    WCHAR *text;
};

struct basic_information {
    LONG exit_status;
    BYTE *peb;
    ULONG_PTR affinity;
    LONG priority;
    ULONG_PTR id, parent_id;
};

struct process_handles {
    ULONG_PTR count, reserved;
    struct {
        HANDLE value;
        ULONG_PTR handle_count, pointer_count;
        ULONG access, type, attributes, reserved;
    } items[1];
};

struct system_handles {
    ULONG_PTR count, reserved;
    struct {
        void *object;
        ULONG_PTR process_id;
        ULONG_PTR value;
        ULONG access;
        USHORT trace, type;
        ULONG attributes, reserved;
    } items[1];
};

uint32_t process_mitigations(void)
{
    get_version version = (get_version)native_call(L"ntdll.dll", "RtlGetVersion");
    OSVERSIONINFOW found;

    memset(&found, 0, sizeof found);
    found.dwOSVersionInfoSize = sizeof found;
    if (!version || version(&found))
        return 0;
    if (found.dwMajorVersion >= 10 && found.dwBuildNumber >= 10586)
        return PROCESS_NO_EXTENSION_POINTS | PROCESS_NO_REMOTE_IMAGES | PROCESS_NO_LOW_LABEL_IMAGES;
    if (found.dwMajorVersion > 6 || (found.dwMajorVersion == 6 && found.dwMinorVersion >= 2))
        return PROCESS_NO_EXTENSION_POINTS;
    return 0;
}

/* Wine 8.0 says TRUE and writes nothing: what it leaves is what was there, which is no policy. */
static DWORD policy_of(HANDLE process, int policy)
{
    get_policy query = (get_policy)native_call(L"kernel32.dll", "GetProcessMitigationPolicy");
    DWORD value = 0;

    return query && query(process, policy, &value, sizeof value) ? value : 0;
}

static uint32_t mitigations_of(HANDLE process)
{
    const int extension_points = 6, image_load = 10; /* PROCESS_MITIGATION_POLICY of winnt.h */
    DWORD images = policy_of(process, image_load);
    uint32_t found = 0;

    if (policy_of(process, extension_points) & 1)
        found |= PROCESS_NO_EXTENSION_POINTS;
    if (images & 1)
        found |= PROCESS_NO_REMOTE_IMAGES;
    if (images & 2)
        found |= PROCESS_NO_LOW_LABEL_IMAGES;
    return found;
}

static bool read_memory(HANDLE process, const void *from, void *to, size_t size)
{
    SIZE_T got = 0;

    return ReadProcessMemory(process, from, to, size, &got) && got == size;
}

/* NULL where it cannot be read, which nobody takes for an answer. */
static sbx_status read_desktop(HANDLE process, char **desktop, struct sbx_error *error)
{
    query_process query = (query_process)native_call(L"ntdll.dll", "NtQueryInformationProcess");
    struct basic_information basic;
    struct counted_text name;
    WCHAR text[MOST_DESKTOP + 1];
    BYTE *parameters;

    memset(&basic, 0, sizeof basic);
    if (!query || query(process, PROCESS_BASIC_CLASS, &basic, sizeof basic, NULL) || !basic.peb ||
        !read_memory(process, basic.peb + PARAMETERS_IN_PEB, &parameters, sizeof parameters) ||
        !read_memory(process, parameters + DESKTOP_IN_PARAMETERS, &name, sizeof name) ||
        name.size > MOST_DESKTOP * sizeof *text || !read_memory(process, name.text, text, name.size))
        return SBX_OK;
    text[name.size / sizeof *text] = 0;
    return native_text(text, desktop, error);
}

/* Asks with more room until it fits. `ask` is one of the two calls below. */
typedef LONG (*ask_for_handles)(HANDLE process, void *information, ULONG size);

static LONG ask_process(HANDLE process, void *information, ULONG size)
{
    query_process query = (query_process)native_call(L"ntdll.dll", "NtQueryInformationProcess");

    return query ? query(process, PROCESS_HANDLE_CLASS, information, size, NULL) : -1;
}

static LONG ask_system(HANDLE process, void *information, ULONG size)
{
    query_system query = (query_system)native_call(L"ntdll.dll", "NtQuerySystemInformation");

    (void)process;
    return query ? query(SYSTEM_HANDLE_CLASS, information, size, NULL) : -1;
}

/* *information NULL: this host does not answer. */
static sbx_status ask(ask_for_handles question, HANDLE process, void **information, struct sbx_error *error)
{
    *information = NULL;
    for (ULONG size = FIRST_SIZE; size <= MOST_SIZE; size *= 2) {
        void *room = sbx_alloc(size);
        LONG result;

        if (!room)
            return error_memory(error, "a list of handles");
        result = question(process, room, size);
        if (result >= 0) {
            *information = room;
            return SBX_OK;
        }
        sbx_free(room);
        if (result != STATUS_TOO_SHORT)
            return SBX_OK;
    }
    return SBX_OK;
}

/* The values of all inheritable handles of the process (one that was inherited is inheritable again); *known false where the host tells none. Freed with sbx_free. */
static sbx_status list_handles(const struct process *process, HANDLE **values, size_t *count, bool *known,
                               struct sbx_error *error)
{
    void *information;
    HANDLE *made;
    size_t found = 0;
    sbx_status status = ask(ask_process, process->handle, &information, error);
    const bool own = information != NULL;

    if (!status && !own)
        status = ask(ask_system, NULL, &information, error);
    *known = information != NULL;
    if (status || !information)
        return status;

    /* Both structures begin with the count. */
    made = sbx_alloc_array(*(ULONG_PTR *)information + 1, sizeof *made);
    if (!made) {
        sbx_free(information);
        return error_memory(error, "a list of handles");
    }
    for (ULONG_PTR i = 0; i < *(ULONG_PTR *)information; i++) {
        const struct process_handles *of_process = information;
        const struct system_handles *of_system = information;

        if (own && of_process->items[i].attributes & HANDLE_IS_INHERITABLE)
            made[found++] = of_process->items[i].value;
        else if (!own && of_system->items[i].process_id == process->id &&
                 of_system->items[i].attributes & HANDLE_IS_INHERITABLE)
            made[found++] = (HANDLE)of_system->items[i].value;
    }
    sbx_free(information);
    *values = made;
    *count = found;
    return SBX_OK;
}

/* The same value naming the same object in both? */
static bool is_inherited(compare_handles compare, HANDLE process, HANDLE parent, HANDLE value)
{
    HANDLE theirs = NULL, ours = NULL;
    bool same = false;

    if (DuplicateHandle(process, value, GetCurrentProcess(), &theirs, 0, FALSE, DUPLICATE_SAME_ACCESS) &&
        DuplicateHandle(parent, value, GetCurrentProcess(), &ours, 0, FALSE, DUPLICATE_SAME_ACCESS))
        same = compare(theirs, ours);
    handle_close(theirs);
    handle_close(ours);
    return same;
}

static bool was_given(const struct process *process, HANDLE value)
{
    for (size_t i = 0; i < 3; i++) {
        if (process->given[i] && process->given[i] == handle_to_wire(value))
            return true;
    }
    return false;
}

static sbx_status count_leaks(const struct process *process, HANDLE parent, struct process_facts *facts,
                              struct sbx_error *error)
{
    compare_handles compare = (compare_handles)native_call(L"kernelbase.dll", "CompareObjectHandles");
    HANDLE *values = NULL;
    size_t count = 0;
    sbx_status status;

    if (!compare) /* before Windows 10 */
        return SBX_OK;
    status = list_handles(process, &values, &count, &facts->handles_known, error);
    for (size_t i = 0; i < count; i++) {
        if (!was_given(process, values[i]) && is_inherited(compare, process->handle, parent, values[i]))
            facts->leak_count++;
    }
    sbx_free(values);
    return status;
}

sbx_status process_inspect(const struct process *process, sbx_handle parent, struct process_facts *facts,
                           struct sbx_error *error)
{
    struct process_facts made = {NULL, 0, false, 0};
    sbx_status status = read_desktop(process->handle, &made.desktop, error);

    if (!status)
        status = count_leaks(process, parent ? parent : GetCurrentProcess(), &made, error);
    if (status) {
        process_facts_free(&made);
        return status;
    }
    made.mitigations = mitigations_of(process->handle);
    *facts = made;
    return SBX_OK;
}

void process_facts_free(struct process_facts *facts)
{
    sbx_free(facts->desktop);
    memset(facts, 0, sizeof *facts);
}

/* Whose child. */

static bool is_same_file(const char *path, const char *other)
{
    struct file_facts facts, others;
    bool same;

    if (file_examine(path, &facts, NULL))
        return false;
    same = !file_examine(other, &others, NULL);
    if (same) {
        same = !strcmp(facts.volume_id, others.volume_id) && !strcmp(facts.file_id, others.file_id);
        file_facts_free(&others);
    }
    file_facts_free(&facts);
    return same;
}

static bool runs(HANDLE process, const char *image)
{
    WCHAR *wide = sbx_alloc_array(MOST_IMAGE, sizeof *wide);
    DWORD size = MOST_IMAGE;
    char *path = NULL;
    bool same = wide && QueryFullProcessImageNameW(process, 0, wide, &size) &&
                !native_text(wide, &path, NULL) && is_same_file(path, image);

    sbx_free(path);
    sbx_free(wide);
    return same;
}

static bool was_made_since(HANDLE process, int64_t since_utc_ms)
{
    FILETIME made, unused[3];
    ULARGE_INTEGER time;

    if (!GetProcessTimes(process, &made, &unused[0], &unused[1], &unused[2]))
        return false;
    time.LowPart = made.dwLowDateTime;
    time.HighPart = made.dwHighDateTime;
    return (int64_t)((time.QuadPart - UNIX_EPOCH) / 10000) >= since_utc_ms;
}

bool process_is_child(sbx_handle process, const char *image, int64_t since_utc_ms)
{
    query_process query = (query_process)native_call(L"ntdll.dll", "NtQueryInformationProcess");
    struct basic_information basic;

    memset(&basic, 0, sizeof basic);
    return query && !query(process, PROCESS_BASIC_CLASS, &basic, sizeof basic, NULL) &&
           basic.parent_id == GetCurrentProcessId() && was_made_since(process, since_utc_ms) &&
           runs(process, image);
}
