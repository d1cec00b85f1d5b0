/*
 * battery.h - what the files of the escape battery share: the files that rows act on, the acts outside, a session for
 * those inside.
 */
#ifndef TESTS_ESCAPE_BATTERY_H
#define TESTS_ESCAPE_BATTERY_H

#include <windows.h>
#include <ole2.h>

#include <stdbool.h>

#include "sbxcom.h"

#define PATH_UNITS 1024
#define MOST_WORDS 5

/* world.c: BASE\workspace and BASE\outside, on real files of the user who runs the battery. */
struct world {
    wchar_t base[PATH_UNITS], workspace[PATH_UNITS], outside[PATH_UNITS];
};
bool world_make(struct world *world, const wchar_t *name);
void world_delete(struct world *world);

/*
 * Puts back what a row changed, and takes away what it left outside. True: a protected or denied path had to be made anew, so what a
 * session put on the one before is gone with it.
 */
bool world_restore(const struct world *world);
bool world_outside_is_intact(const struct world *world);

/* What escape.exe said: 0 done, else the system's error; NO_ANSWER when it said nothing. */
#define NO_ANSWER 0xFFFFFFFFu

/* The act outside: escape.exe beside this program with these words (the verb first), and one handle to inherit too many. */
DWORD act_outside(wchar_t *const *words, int count);
const wchar_t *escape_program(void);
DWORD read_answer(const char *text);

/* verdict.c: "PASS row E28: a command cannot ...", "FAIL row ...: why", "SKIP ...". */
enum verdict {
    HELD,
    ESCAPED, /* or not there although it should work */
    OPEN,    /* as the session's report had said */
    INVALID, /* the control failed */
    UNTRIED,
    VERDICT_COUNT
};
#if defined(__MINGW32__) && !defined(__clang__)
__attribute__((format(gnu_printf, 4, 5)))
#endif
void
verdict(enum verdict verdict, const char *number, const char *claim, const char *format, ...);
unsigned verdict_sum(void); /* prints the last line; how many escaped */

/* session.c: a session as a client has it. */
#define DOMAIN_COUNT 9

/* "restricted", "elevated", "auto": of every session from here on. */
void session_level(const wchar_t *level);

struct battery_session {
    ISandboxSession *session;
    bool read_only;
    int assurance[DOMAIN_COUNT];       /* of its report */
    wchar_t detail[DOMAIN_COUNT][256]; /* the beginning */
    bool writes_workspace;             /* commands can, as the report probed */
};
extern const wchar_t *const domain_names[DOMAIN_COUNT];

/* Says on the screen what went wrong where it fails, and session_failure says it again. */
const char *session_failure(void);
bool session_begin(struct battery_session *session, const wchar_t *workspace, bool read_only);
void session_end(struct battery_session *session);

DWORD act_inside(struct battery_session *session, wchar_t *const *words, int count);

/* The lowest assurance of SelfTest, or of the Effective report of a command, below what the session's report says; the
 * domain's number, -1: none is lower, -2: there is no such report. */
int session_self_test(struct battery_session *session);
int session_effective(struct battery_session *session, wchar_t *const *words, int count);

/* True: the command was ended by its time. */
bool session_runs_into(struct battery_session *session, wchar_t *const *words, int count, long timeout_ms);

/* The number that the command printed; 0: none. */
DWORD session_number(struct battery_session *session, wchar_t *const *words, int count);

/* Does the session's transcript say that this path was planted? */
bool session_told_planted(struct battery_session *session, const wchar_t *path);

/* more.c */
void try_reports(struct battery_session *session);
void try_time(struct battery_session *session, const struct world *world);
void try_leftover(struct battery_session *session);
void try_planted(void);

#endif
