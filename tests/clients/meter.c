#include "clients/meter.h"

#include <windows.h>
#include <ntsecapi.h>
#include <psapi.h>
#include <tlhelp32.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

/* NtQuerySystemInformation(SystemExtendedHandleInformation); no header has it. */
#define HANDLE_INFORMATION 64
#define LENGTH_MISMATCH    ((LONG)0xC0000004)

struct handle_entry {
    void *object;
    ULONG_PTR process_id;
    ULONG_PTR value;
    ULONG access;
    USHORT trace;
    USHORT type;
    ULONG attributes;
    ULONG reserved;
};

struct handle_list {
    ULONG_PTR count;
    ULONG_PTR reserved;
    struct handle_entry entries[1];
};

static unsigned long count_handles(unsigned long process_id)
{
    LONG(WINAPI * query)(ULONG, void *, ULONG, ULONG *);
    struct handle_list *list = NULL;
    ULONG size = 1 << 20, needed;
    unsigned long found = 0;
    ULONG_PTR i;
    LONG status;

    query = (LONG(WINAPI *)(ULONG, void *, ULONG, ULONG *))(void *)GetProcAddress(GetModuleHandleW(L"ntdll"),
                                                                                  "NtQuerySystemInformation");
    do {
        free(list);
        size *= 2;
        list = malloc(size);
        status = list ? query(HANDLE_INFORMATION, list, size, &needed) : -1;
    } while (status == LENGTH_MISMATCH);
    for (i = 0; !status && i < list->count; i++)
        if (list->entries[i].process_id == process_id)
            found++;
    free(list);
    return found;
}

/* Calls `look` with every process until it says that it has seen enough. */
static void each_process(bool (*look)(void *context, const PROCESSENTRY32W *entry), void *context)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    PROCESSENTRY32W entry = {.dwSize = sizeof entry};
    BOOL more;

    for (more = Process32FirstW(snapshot, &entry); more && !look(context, &entry);
         more = Process32NextW(snapshot, &entry))
        ;
    CloseHandle(snapshot);
}

struct wanted {
    unsigned long process_id;
    unsigned long threads;
};

static bool look_for_id(void *context, const PROCESSENTRY32W *entry)
{
    struct wanted *wanted = context;

    if (entry->th32ProcessID != wanted->process_id)
        return false;
    wanted->threads = entry->cntThreads;
    return true;
}

bool process_is_there(unsigned long process_id)
{
    struct wanted wanted = {process_id, 0};

    each_process(look_for_id, &wanted);
    return wanted.threads != 0;
}

struct runner_wanted {
    unsigned long caller, found, threads;
};

static bool look_for_runner(void *context, const PROCESSENTRY32W *entry)
{
    struct runner_wanted *wanted = context;

    if (entry->th32ParentProcessID == wanted->caller && !_wcsicmp(entry->szExeFile, L"sbxrun.exe") &&
        entry->cntThreads > wanted->threads) {
        wanted->found = entry->th32ProcessID;
        wanted->threads = entry->cntThreads;
    }
    return false;
}

unsigned long runner_of(unsigned long process_id)
{
    struct runner_wanted wanted = {process_id, 0, 0};

    each_process(look_for_runner, &wanted);
    return wanted.found;
}

unsigned long runner_of_this_process(void)
{
    return runner_of(GetCurrentProcessId());
}

/* The runner's own descriptor lets nobody in; an administrator has the privilege to do it all the same. */
bool process_kill(unsigned long process_id)
{
    TOKEN_PRIVILEGES debug = {.PrivilegeCount = 1, .Privileges[0].Attributes = SE_PRIVILEGE_ENABLED};
    HANDLE token, process;
    BOOL done;

    if (OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token)) {
        LookupPrivilegeValueW(NULL, L"SeDebugPrivilege", &debug.Privileges[0].Luid);
        AdjustTokenPrivileges(token, FALSE, &debug, 0, NULL, NULL);
        CloseHandle(token);
    }
    process = OpenProcess(PROCESS_TERMINATE, FALSE, process_id);
    done = process && TerminateProcess(process, 99);
    if (!done)
        printf("    process %lu is not to be killed: error %lu\n", process_id, GetLastError());
    CloseHandle(process);
    return done;
}

struct wanted_ids {
    const unsigned long *ids;
    size_t count, found;
};

static bool say_if_wanted(void *context, const PROCESSENTRY32W *entry)
{
    struct wanted_ids *wanted = context;

    for (size_t i = 0; i < wanted->count && entry->cntThreads; i++) {
        if (wanted->ids[i] != entry->th32ProcessID)
            continue;
        printf("    there: %ls, process %lu of %lu, %lu threads\n", entry->szExeFile, entry->th32ProcessID,
               entry->th32ParentProcessID, entry->cntThreads);
        wanted->found++;
        break;
    }
    return false;
}

size_t process_say(const unsigned long *ids, size_t count)
{
    struct wanted_ids wanted = {ids, count, 0};

    each_process(say_if_wanted, &wanted);
    return wanted.found;
}

struct family {
    unsigned long *ids;
    size_t count, most;
    const unsigned long *elders;
    size_t elder_count;
};

static bool add_any(void *context, const PROCESSENTRY32W *entry)
{
    struct family *all = context;

    if (entry->cntThreads)
        all->ids[all->count++] = entry->th32ProcessID;
    return all->count == all->most;
}

size_t process_all(unsigned long *ids, size_t most)
{
    struct family all = {.ids = ids, .most = most};

    each_process(add_any, &all);
    return all.count;
}

static bool look_for_children(void *context, const PROCESSENTRY32W *entry)
{
    struct family *family = context;
    bool child = false;

    for (size_t i = 0; i < family->count; i++) {
        if (family->ids[i] == entry->th32ProcessID)
            return false;
        child |= family->ids[i] == entry->th32ParentProcessID;
    }
    for (size_t i = 0; i < family->elder_count; i++)
        child &= family->elders[i] != entry->th32ProcessID;
    if (child && entry->cntThreads && family->count < family->most)
        family->ids[family->count++] = entry->th32ProcessID;
    return false;
}

size_t process_family(unsigned long *ids, size_t count, size_t most, const unsigned long *elders,
                      size_t elder_count)
{
    struct family family = {ids, count, most, elders, elder_count};
    size_t before;

    do {
        before = family.count;
        each_process(look_for_children, &family);
    } while (family.count > before);
    return family.count;
}

static unsigned long count_logons(void)
{
    ULONG count = 0;
    LUID *list = NULL;

    if (LsaEnumerateLogonSessions(&count, &list))
        return 0;
    if (list)
        LsaFreeReturnBuffer(list);
    return count;
}

bool meter_counts_logons(void)
{
    return count_logons() != 0;
}

bool meter_read(unsigned long process_id, struct meter *meter)
{
    struct wanted wanted = {process_id, 0};
    PROCESS_MEMORY_COUNTERS_EX memory = {.cb = sizeof memory};
    HANDLE process;

    Sleep(200); /* threads that are about to leave do */
    each_process(look_for_id, &wanted);
    process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process_id);
    if (process) {
        GetProcessMemoryInfo(process, (PROCESS_MEMORY_COUNTERS *)&memory, sizeof memory);
        CloseHandle(process);
    }
    meter->handles = count_handles(process_id);
    meter->threads = wanted.threads;
    meter->logon_sessions = count_logons();
    meter->memory_size =
        memory.PrivateUsage ? memory.PrivateUsage : memory.PagefileUsage; /* the second under Wine */
    return wanted.threads && meter->handles;
}

bool meter_grew(const struct meter *before, const struct meter *after, unsigned rounds, const char *whose)
{
    long long handles = (long long)after->handles - before->handles;
    long long threads = (long long)after->threads - before->threads;
    long long memory = (long long)after->memory_size - (long long)before->memory_size;

    printf("    %s, %u rounds: handles %lu -> %lu, threads %lu -> %lu, memory %zu -> %zu KiB, logon sessions "
           "%lu -> "
           "%lu\n",
           whose, rounds, before->handles, after->handles, before->threads, after->threads,
           before->memory_size / 1024, after->memory_size / 1024, before->logon_sessions,
           after->logon_sessions);
    return handles > (long long)rounds / 10 || threads > 3 || memory > (long long)rounds * 4096 ||
           after->logon_sessions > before->logon_sessions + rounds / 10;
}
