/*
 * fault_points.h - one act, interrupted at every point there is: each call fails, each request of memory is
 * refused, the power goes before and after each change with unflushed bytes lost, kept, torn or zeroed, the
 * disk is full.
 */
#ifndef TESTS_CORE_FAULT_POINTS_H
#define TESTS_CORE_FAULT_POINTS_H

#include "base/status.h"

#include <stddef.h>

struct fault_scene {
    const char *name;
    void (*prepare)(void); /* a fresh world, up to the act */
    sbx_status (*act)(void);
    sbx_status (*recover)(void); /* what the next start does; nothing fails any more */

    /* Asserts what must hold after the act (the process goes on: `recovered` false) and after recovery. */
    void (*inspect)(sbx_status status, int recovered);
};

/* Tries them all and prints how many there were; returns that. */
size_t fault_points(const struct fault_scene *scene);

#endif
