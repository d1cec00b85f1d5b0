/*
 * world.c - the files that rows act on, and the acts outside.
 */
#include "escape/battery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define CONTENT "mine"

/* Below the base: folders end with a backslash. `guarded`: a session protects or denies it. */
static const struct {
    const wchar_t *path;
    bool guarded;
} files[] = {
    {L"workspace\\", false},
    {L"workspace\\mine.txt", false},
    {L"workspace\\deep\\", false},
    {L"workspace\\deep\\a\\", false},
    {L"workspace\\deep\\a\\b\\", false},
    {L"workspace\\.git\\", true},
    {L"workspace\\.git\\hooks\\", true},
    {L"workspace\\.git\\config", true},
    {L"workspace\\.git\\hooks\\pre-commit", true},
    {L"workspace\\.codex\\", true},
    {L"workspace\\.codex\\policy.json", true},
    {L"workspace\\.vscode\\", true},
    {L"workspace\\.vscode\\tasks.json", true},
    {L"workspace\\.mcp.json", true},
    {L"workspace\\.env", true},
    {L"outside\\", false},
    {L"outside\\mine.txt", false},
    {L"outside\\deep\\", false},
    {L"outside\\deep\\mine.txt", false},
};
#define FILE_COUNT (sizeof files / sizeof *files)

static void below(const struct world *world, const wchar_t *name, wchar_t *path)
{
    size_t size;

    _snwprintf(path, PATH_UNITS, L"%ls\\%ls", world->base, name);
    path[PATH_UNITS - 1] = 0;
    size = wcslen(path);
    if (path[size - 1] == L'\\')
        path[size - 1] = 0;
}

static bool is_as_it_was(const wchar_t *path)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                              NULL, OPEN_EXISTING, 0, NULL);
    char bytes[16];
    DWORD got = 0;

    if (file == INVALID_HANDLE_VALUE)
        return false;
    if (!ReadFile(file, bytes, sizeof bytes, &got, NULL))
        got = 0;
    CloseHandle(file);
    return got == sizeof CONTENT - 1 && memcmp(bytes, CONTENT, got) == 0;
}

/* The bytes of a file that is there are written over, so that it stays the one that a session knows. */
static void write_content(const wchar_t *path, bool there)
{
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                              NULL, there ? TRUNCATE_EXISTING : CREATE_ALWAYS, 0, NULL);
    DWORD written;

    if (file == INVALID_HANDLE_VALUE)
        return;
    WriteFile(file, CONTENT, sizeof CONTENT - 1, &written, NULL);
    CloseHandle(file);
}

bool world_restore(const struct world *world)
{
    bool anew = false;

    for (size_t i = 0; i < FILE_COUNT; i++) {
        bool folder = files[i].path[wcslen(files[i].path) - 1] == L'\\';
        wchar_t path[PATH_UNITS];
        bool there;

        below(world, files[i].path, path);
        there = GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
        if (!there && files[i].guarded)
            anew = true;
        if (folder && !there)
            CreateDirectoryW(path, NULL);
        else if (!folder && !is_as_it_was(path))
            write_content(path, there);
    }
    return anew;
}

bool world_outside_is_intact(const struct world *world)
{
    wchar_t path[PATH_UNITS];
    WIN32_FIND_DATAW found;
    HANDLE search;
    unsigned count = 0;

    below(world, L"outside\\mine.txt", path);
    if (!is_as_it_was(path))
        return false;
    below(world, L"outside\\deep\\mine.txt", path);
    if (!is_as_it_was(path))
        return false;
    below(world, L"outside\\*", path);
    search = FindFirstFileW(path, &found);
    if (search == INVALID_HANDLE_VALUE)
        return false;
    do
        count++;
    while (FindNextFileW(search, &found));
    FindClose(search);
    return count == 4; /* ., .., mine.txt, deep */
}

/* Links go themselves: RemoveDirectory does not follow. */
static void delete_tree(const wchar_t *folder)
{
    wchar_t path[PATH_UNITS];
    WIN32_FIND_DATAW found;
    HANDLE search;

    _snwprintf(path, PATH_UNITS, L"%ls\\*", folder);
    path[PATH_UNITS - 1] = 0;
    search = FindFirstFileW(path, &found);
    if (search != INVALID_HANDLE_VALUE) {
        do {
            if (!wcscmp(found.cFileName, L".") || !wcscmp(found.cFileName, L".."))
                continue;
            _snwprintf(path, PATH_UNITS, L"%ls\\%ls", folder, found.cFileName);
            path[PATH_UNITS - 1] = 0;
            if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
                DeleteFileW(path);
            else if (found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)
                RemoveDirectoryW(path);
            else
                delete_tree(path);
        } while (FindNextFileW(search, &found));
        FindClose(search);
    }
    RemoveDirectoryW(folder);
}

bool world_make(struct world *world, const wchar_t *name)
{
    wchar_t temp[PATH_UNITS], whole[PATH_UNITS];

    GetTempPathW(PATH_UNITS, temp);
    _snwprintf(whole, PATH_UNITS, L"%lssbx-escape-%lu-%ls", temp, GetCurrentProcessId(), name);
    if (!CreateDirectoryW(whole, NULL) || !GetLongPathNameW(whole, world->base, PATH_UNITS - 64))
        return false;
    _snwprintf(world->workspace, PATH_UNITS, L"%ls\\workspace", world->base);
    _snwprintf(world->outside, PATH_UNITS, L"%ls\\outside", world->base);
    world_restore(world);
    return world_outside_is_intact(world);
}

void world_delete(struct world *world)
{
    delete_tree(world->base);
}

/* Acts outside. */

const wchar_t *escape_program(void)
{
    static wchar_t path[PATH_UNITS];
    wchar_t own[PATH_UNITS];
    wchar_t *slash;

    if (*path)
        return path;
    GetModuleFileNameW(NULL, own, PATH_UNITS - 32);
    slash = wcsrchr(own, L'\\');
    if (slash)
        *slash = 0;
    _snwprintf(path, PATH_UNITS, L"%ls\\programs\\escape.exe", own);
    return path;
}

DWORD read_answer(const char *text)
{
    unsigned long system = NO_ANSWER;

    if (strncmp(text, "done 0", 6) == 0)
        return 0;
    if (strncmp(text, "failed ", 7) == 0)
        system = strtoul(text + 7, NULL, 10);
    return system ? system : NO_ANSWER;
}

/* Quoted; a backslash before the closing quote would be one for the quote. */
static void append_word(wchar_t *line, size_t room, const wchar_t *word)
{
    size_t used = wcslen(line);
    size_t size = wcslen(word);

    _snwprintf(line + used, room - used, L"%ls\"%ls%ls\"", used ? L" " : L"", word,
               size && word[size - 1] == L'\\' ? L"\\" : L"");
    line[room - 1] = 0;
}

static DWORD read_pipe(HANDLE pipe)
{
    char text[64];
    DWORD size = 0, got;

    while (size < sizeof text - 1 && ReadFile(pipe, text + size, sizeof text - 1 - size, &got, NULL) && got)
        size += got;
    text[size] = '\0';
    return read_answer(text);
}

DWORD act_outside(wchar_t *const *words, int count)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    STARTUPINFOW start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    wchar_t line[4 * PATH_UNITS] = L"";
    HANDLE ours, theirs;
    HANDLE extra = CreateEventW(&inherited, TRUE, FALSE, NULL);
    DWORD answer = NO_ANSWER;

    append_word(line, 4 * PATH_UNITS, escape_program());
    for (int i = 0; i < count; i++)
        append_word(line, 4 * PATH_UNITS, words[i]);
    if (!CreatePipe(&ours, &theirs, &inherited, 0))
        goto close_extra;
    SetHandleInformation(ours, HANDLE_FLAG_INHERIT, 0);
    start.hStdInput = NULL;
    start.hStdOutput = start.hStdError = theirs;
    if (CreateProcessW(escape_program(), line, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &start,
                       &process)) {
        CloseHandle(theirs);
        theirs = NULL;
        answer = read_pipe(ours);
        WaitForSingleObject(process.hProcess, 10000);
        CloseHandle(process.hProcess);
        CloseHandle(process.hThread);
    }
    if (theirs)
        CloseHandle(theirs);
    CloseHandle(ours);
close_extra:
    if (extra)
        CloseHandle(extra);
    return answer;
}
