/*
 * snapshot.h - how each part of the world writes itself into a snapshot: lines of what it is and how.
 */
#ifndef TESTS_SIM_SNAPSHOT_H
#define TESTS_SIM_SNAPSHOT_H

#include "sim/sim.h"

/* `key` tells what ("C:\\src: descriptor"), `value` how; both are copied. Keys of one snapshot differ. */
void sim_snapshot_add(struct sim_snapshot *snapshot, const char *key, const char *value);
void sim_snapshot_add_bytes(struct sim_snapshot *snapshot, const char *key, const void *bytes, size_t size);

/* The parts that are no files. */
void sim_accounts_snapshot(struct sim_snapshot *snapshot);
void sim_firewall_snapshot(struct sim_snapshot *snapshot);
void sim_wfp_snapshot(struct sim_snapshot *snapshot);
void sim_registry_snapshot(struct sim_snapshot *snapshot);
void sim_profiles_snapshot(struct sim_snapshot *snapshot);

#endif
