/*
 * fault_points.h - one act, interrupted at every point there is: each call fails (that one, and all from it on), each request
 * of memory is refused (likewise), its process is killed at each call, the power goes before and after each change with
 * unflushed bytes lost, kept, torn or zeroed, the disk is full.
 *
 * The tests that use it have "fault point" in their names, so that one command runs them all and shows the figures:
 *
 *     build/native-gcc/core_tests "fault point"
 */
#ifndef TESTS_CORE_FAULT_POINTS_H
#define TESTS_CORE_FAULT_POINTS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct fault_scene {
    const char *name;
    bool volatile_only; /* nothing durable changes, so neither power nor disk has a point */
    size_t
        long_act; /* not 0: a part of memory, disk and what is unflushed, and of calls, kills and cuts each so many. SBX_LONG=1: all */
    void (*prepare)(void); /* a fresh world, up to the act */
    sbx_status (*act)(void);
    sbx_status (*recover)(void); /* what the next start does; nothing fails any more */

    /* Asserts what must hold after the act (the process goes on: `recovered` false) and after recovery. */
    void (*inspect)(sbx_status status, int recovered);
};

/* Tries them all, prints how many there were, and says in the test's verdict line how many of each scene so far. */
size_t fault_points(const struct fault_scene *scene);

/* Adds what was counted in another way to that line. */
void fault_points_count(const char *name, size_t count);

#endif
