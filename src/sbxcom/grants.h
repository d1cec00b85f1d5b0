/*
 * grants.h - what this user's sessions have put on files, with or without an engine: core/provision.h on this
 * host, with the state below the user's local application data, the end that somebody wishes for, and progress.
 *
 * All of it looks at files and may wait for another session; a client's thread has it done by task.h.
 */
#ifndef SBX_SBXCOM_GRANTS_H
#define SBX_SBXCOM_GRANTS_H

#include "core/provision.h"
#include "os/handle.h"

/* Where something is that takes its time. */
struct grants_progress {
    /*
     * On the thread that does the work. `phase` is a constant for people; `total` 0: nobody knows how much there is
     * (files in a folder), or there is nothing to count.
     */
    void (*tell)(void *context, const char *phase, uint64_t done, uint64_t total);
    void *context;
};

/* NULL-safe: nobody need listen. */
void grants_tell(const struct grants_progress *progress, const char *phase, uint64_t done, uint64_t total);

/* `host` for the calls of core/provision.h, as long as this lives where it is. */
struct grants {
    struct provision_host host;
    struct tree_control control;
    char *state_folder;
    sbx_handle stop;                        /* may be NULL */
    const struct grants_progress *progress; /* may be NULL */
    const char *phase, *files_phase;        /* constants: its steps, and what is in a step's tree */
};

enum grants_work { GRANTS_LOOK, GRANTS_GIVE, GRANTS_TAKE_BACK, GRANTS_RECOVER };

/* *grants needs grants_end on success. SBX_E_SYSTEM, SBX_E_MEMORY. */
sbx_status grants_begin(struct grants *grants, enum grants_work work, sbx_handle stop,
                        const struct grants_progress *progress, struct sbx_error *error);
void grants_end(struct grants *grants);

/* "...\\sbxcom", whether or not it is there. The caller frees. */
sbx_status grants_state_folder(char **path, struct sbx_error *error);

/*
 * Where our programs lie together (above the module, in the 32-bit module's case): no workspace may hold them. The
 * caller frees.
 */
sbx_status grants_program_folder(char **path, struct sbx_error *error);

/*
 * Undoes everything that was done for the workspace, by whichever session; nothing done is fine. The folder may be
 * gone or another one under the same path: what the journals say of that path comes out. SBX_E_STATE while a session lives in
 * it, boundary_workspace's errors (but that it is gone), provision_undo's. Goes on past a failure and returns the first.
 */
sbx_status grants_deprovision(const char *workspace, sbx_handle stop, const struct grants_progress *progress,
                              struct sbx_error *error);

/* provision_list and provision_recover. */
sbx_status grants_list(struct provisioned_workspace **workspaces, size_t *count, struct sbx_error *error);
sbx_status grants_recover(sbx_handle stop, struct findings *findings, struct sbx_error *error);

#endif
