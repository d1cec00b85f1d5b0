/*
 * meter.h - what a process holds, by counting it from outside: handles, threads, memory.
 *
 * GetProcessHandleCount answers 0 under Wine; the system's list of all handles is right on both.
 */
#ifndef TESTS_CLIENTS_METER_H
#define TESTS_CLIENTS_METER_H

#include <stdbool.h>
#include <stddef.h>

struct meter {
    unsigned long handles;
    unsigned long threads;
    size_t memory_size;           /* bytes of private committed memory */
    unsigned long logon_sessions; /* of the whole system; 0: this host or this user is not told */
};

/* Does this host list its logon sessions? Wine 8.0 says that there are none, which cannot be. */
bool meter_counts_logons(void);

/* False where the process is not there. Waits until what just ended is no longer counted. */
bool meter_read(unsigned long process_id, struct meter *meter);

/*
 * After `rounds` more rounds of the same, it has grown by something that goes with the rounds. Says on a line what
 * it saw. A leak of one handle in ten rounds is seen; of memory, one of a page in each.
 */
bool meter_grew(const struct meter *before, const struct meter *after, unsigned rounds, const char *whose);

/*
 * The runner that a process (this one) has; 0: none. While a session measures, what its probe starts in the process's own name is a
 * child of it from the same file, too; but a runner has more threads.
 */
unsigned long runner_of(unsigned long process_id);
unsigned long runner_of_this_process(void);

/* Is there a process with that id? */
bool process_is_there(unsigned long process_id);

/* Ends one that lets nobody in, as only an administrator can; says on a line when it could not. */
bool process_kill(unsigned long process_id);

/* Says on a line each what of `ids` is there: program, its own and its parent's id, threads. Returns how many. */
size_t process_say(const unsigned long *ids, size_t count);

/* The ids of all processes there are; at most `most`. Returns how many. */
size_t process_all(unsigned long *ids, size_t most);

/*
 * Adds to `ids` (`count` of them, room for `most`) all that descend from one of them, whether or not their parents live. Returns how
 * many there are then. A process keeps its parent's id when that one has ended and the id is another's: those that were there before
 * the family, `elders`, are none of its children.
 */
size_t process_family(unsigned long *ids, size_t count, size_t most, const unsigned long *elders,
                      size_t elder_count);

#endif
