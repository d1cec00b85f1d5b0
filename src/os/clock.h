/*
 * clock.h - wall time for people, a monotonic one for limits.
 */
#ifndef SBX_OS_CLOCK_H
#define SBX_OS_CLOCK_H

#include <stdint.h>

/* Milliseconds since 1970-01-01 UTC. */
int64_t clock_utc_ms(void);

/* Milliseconds since some fixed moment of this boot; never goes back, the same for all processes. */
uint64_t clock_monotonic_ms(void);

/* Blocks the calling thread for about so long. For waiting until somebody else is done where nothing can be waited on. */
void clock_sleep_ms(uint32_t ms);

/*
 * One text for each start of this host: when it was started, to 100 ns, as the kernel has it. Setting the clock may change
 * it. "" where the host does not tell.
 */
#define CLOCK_BOOT_SIZE 24
void clock_boot_id(char text[CLOCK_BOOT_SIZE]);

/* "2026-11-21T09:30:00.123Z" */
#define CLOCK_TEXT_SIZE 32
void clock_format_utc(int64_t utc_ms, char text[CLOCK_TEXT_SIZE]);

#endif
