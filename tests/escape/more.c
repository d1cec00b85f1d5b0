/*
 * more.c - what a row of one act does not show: time, what is left behind, what is planted, what reports say.
 */
#include "escape/battery.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define WAIT_MS    500
#define ENDED_MS   5000
#define NOT_WRITES "the report says that commands can not write the workspace here (measured)"

void try_reports(struct battery_session *session)
{
    static const char *const self_test = "SelfTest finds nothing lower than the session's report says";
    static const char *const effective = "a command cannot be started with less than was reported";
    wchar_t *nothing[] = {L"nothing"};
    int lower = session_self_test(session);

    verdict(lower == -1 ? HELD : ESCAPED, "selftest", self_test, "%ls is lower",
            lower >= 0 ? domain_names[lower] : L"something");
    lower = session_effective(session, nothing, 1);
    verdict(lower == -1 ? HELD : ESCAPED, "E60", effective, "%ls is lower",
            lower >= 0 ? domain_names[lower] : L"something");
}

/* Before and after a command that ran into its time: the same answer. */
void try_time(struct battery_session *session, const struct world *world)
{
    static const char *const ends = "a command cannot run longer than it may";
    static const char *const same = "a command cannot do more after another ran into its time";
    wchar_t *sleeping[] = {L"sleep", L"60000"};
    wchar_t path[PATH_UNITS];
    wchar_t *writing[] = {L"write", path};
    DWORD before, after;
    DWORD began = GetTickCount();
    bool ended;

    _snwprintf(path, PATH_UNITS, L"%ls\\mine.txt", world->outside);
    before = act_inside(session, writing, 2);
    ended = session_runs_into(session, sleeping, 2, WAIT_MS);
    verdict(ended && GetTickCount() - began < 30000 ? HELD : ESCAPED, "C40", ends,
            "it was not ended in time");
    after = act_inside(session, writing, 2);
    verdict(before == after ? HELD : ESCAPED, "C40b", same, "%lu before, %lu after", (unsigned long)before,
            (unsigned long)after);
    world_restore(world);
}

/* Something that lets go of everything it was started with, and whose parent has ended. */
void try_leftover(struct battery_session *session)
{
    static const char *const claim = "a command cannot leave a process behind";
    wchar_t *leaving[] = {L"leave"};
    DWORD id = session_number(session, leaving, 1);
    HANDLE process = id ? OpenProcess(SYNCHRONIZE, FALSE, id) : NULL;
    bool assured = session->assurance[7] >= 2; /* lifetime */

    if (!id)
        verdict(assured ? ESCAPED : OPEN, "E55", claim, "the command did not say what it left");
    else if (!process || WaitForSingleObject(process, ENDED_MS) == WAIT_OBJECT_0)
        verdict(HELD, "E55", claim, "%s", "");
    else
        verdict(assured ? ESCAPED : OPEN, "E55", claim, "process %lu lives on (measured)", (unsigned long)id);
    if (process)
        CloseHandle(process);
}

void try_planted(void)
{
    static const char *const claim = "a command cannot plant .git\\hooks without its being told";
    static const wchar_t *const gone[] = {L".git\\hooks\\pre-commit", L".git\\config", L".git\\hooks",
                                          L".git"};
    static const wchar_t *const made[] = {L".git", L".git\\hooks"};
    struct world fresh;
    struct battery_session session;
    wchar_t path[PATH_UNITS];
    wchar_t *words[] = {L"mkdir", path};
    DWORD answer = 0;

    if (!world_make(&fresh, L"planted"))
        return;
    for (int i = 0; i < 4; i++) {
        _snwprintf(path, PATH_UNITS, L"%ls\\%ls", fresh.workspace, gone[i]);
        if (!DeleteFileW(path))
            RemoveDirectoryW(path);
    }
    if (session_begin(&session, fresh.workspace, false)) {
        for (int i = 0; i < 2 && !answer; i++) {
            _snwprintf(path, PATH_UNITS, L"%ls\\%ls", fresh.workspace, made[i]);
            answer = act_inside(&session, words, 2);
        }
        if (answer)
            verdict(session.writes_workspace ? ESCAPED : OPEN, "E29", claim,
                    "inside mkdir fails with %lu; " NOT_WRITES, (unsigned long)answer);
        else
            verdict(session_told_planted(&session, path) ? HELD : ESCAPED, "E29", claim,
                    "no violation says so");
    }
    session_end(&session);
    world_delete(&fresh);
}
