/*
 * open.h - files that somebody has open: a handle is an actor's, and goes with it.
 *
 * What the tested code holds (struct acl_object and the like) is its own memory and outlives the power or the
 * actor that opened it, as far as the test's own process lives on to free it; the open itself is the world's
 * and ends with them.
 */
#ifndef TESTS_SIM_OPEN_H
#define TESTS_SIM_OPEN_H

#include "sim/file.h"

struct sim_open {
    struct sim_file *file; /* NULL: ended, its actor died or the power was cut */
    struct sim_name *name; /* by which it was opened; NULL: by id, or the name is gone */
    unsigned actor;
    bool alone;                /* shared with nobody */
    bool dies_with_its_holder; /* FILE_FLAG_DELETE_ON_CLOSE */
    uint32_t granted;          /* rights of the handle */
    struct sim_open *next;
};

struct sim_open *sim_open_make(struct sim_file *file, struct sim_name *name, uint32_t granted);
void sim_open_close(struct sim_open *open); /* NULL is fine */

/* Is it open by anybody? alone_only: by somebody who shares it with nobody. */
bool sim_is_open(const struct sim_file *file, bool alone_only);

void sim_opens_end(unsigned actor);
void sim_opens_end_all(void);
void sim_opens_forget_name(const struct sim_name *name);
size_t sim_opens_count(void);

#endif
