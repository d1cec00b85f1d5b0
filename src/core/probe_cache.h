/*
 * probe_cache.h - what the quick share of the probes found, kept for the next session of the same workspace.
 *
 * Outcomes hold only for the state of the host in which they were found: the key is a hash of everything that they depend on,
 * and what is kept under another key is as good as not kept. The attestation of each command is never kept; it is made
 * anew, and lowers what is claimed like always.
 *
 * Whoever can write the file could forge a refusal. So results are worth keeping only where commands were found unable to
 * write outside the workspace (probe_cache_is_worth); deleting it only costs a measurement.
 */
#ifndef SBX_CORE_PROBE_CACHE_H
#define SBX_CORE_PROBE_CACHE_H

#include "core/boundary.h"
#include "core/plan.h"
#include "core/probe.h"

struct probe_cache_facts {
    const struct boundary *boundary;
    const struct plan *plan;          /* carried out; NULL: nothing was */
    const char *version;              /* of the product */
    const char *runner;               /* file id of sbxrun.exe: a new one may probe otherwise */
    const char *boot;                 /* clock_boot_id; "" is a host that cannot tell: nothing is kept */
    const char *host;                 /* struct host_facts' product */
    const struct token_facts *caller; /* whose acts the controls were */
};

#define PROBE_CACHE_KEY_SIZE 65

/* SBX_E_UNSUPPORTED_HOST without a boot id; SBX_E_MEMORY, SBX_E_SYSTEM. */
sbx_status probe_cache_key(const struct probe_cache_facts *facts, char key[PROBE_CACHE_KEY_SIZE],
                           struct sbx_error *error);

/* All of the quick share was tried, and nothing outside could be written. `file_write`: what the report claims of it. */
bool probe_cache_is_worth(const struct probe_results *results, enum sbx_assurance file_write);

/* False: nothing is kept for this key, or not whole. *results is untouched then. */
bool probe_cache_read(const char *path, const char *key, struct probe_results *results);

/* Replaces what was kept. Its folder is there. */
sbx_status probe_cache_write(const char *path, const char *key, const struct probe_results *results,
                             struct sbx_error *error);

#endif
