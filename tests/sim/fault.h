/*
 * fault.h - what a call into the simulated system begins and ends with: counting, failing, power, whose turn
 * it is. For the files of the simulation; tests choose the faults by sim.h.
 *
 *     status = sim_enter("SetSecurityInfo", error);      every call that can fail in Windows
 *     ...checks that change nothing...
 *     status = sim_change("SetSecurityInfo", error);     the moment before something durable is changed
 *     if (status)
 *         return status;
 *     ...the change, which cannot fail...
 *     return sim_changed("SetSecurityInfo", error);      the moment after it
 */
#ifndef TESTS_SIM_FAULT_H
#define TESTS_SIM_FAULT_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define SIM_MOST_ACTORS 8

/*
 * Counts the call, lets the test's hook run, and fails it when it is its turn, the power is off or its actor
 * dead.
 */
sbx_status sim_enter(const char *call, struct sbx_error *error);

/*
 * A failure of sim_change means that nothing was changed; one of sim_changed, that it was and nobody hears of
 * it.
 */
sbx_status sim_change(const char *call, struct sbx_error *error);
sbx_status sim_changed(const char *call, struct sbx_error *error);

/* How many of `size` bytes still fit on the disk; takes them. */
size_t sim_take_disk(size_t size);

bool sim_power_is_off(void);
void sim_power_off(void);
void sim_power_on(void);
unsigned sim_current_actor(void);
bool sim_actor_is_dead(unsigned actor);
void sim_faults_reset(void);

#endif
