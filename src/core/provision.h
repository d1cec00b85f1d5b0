/*
 * provision.h - one workspace's grants on this host, from plan to undo, with other sessions and crashes in between.
 *
 * State, below the user's local application data: sbxcom\workspaces\KEY\ with KEY from the workspace's capability SID. In it
 * `journal`, open and held only while something is changed, and for each session that uses the workspace a mark
 * `SESSION.live`, held as long as that session lives (os/filesystem.h, held_*).
 *
 * Sessions side by side: one whose plan is what stands joins without a change. While another session lives, a plan that
 * differs is refused (SBX_E_POLICY_CONFLICT), because changing the grants would change what that session was told holds; and
 * undoing is refused (SBX_E_STATE) with the way out: close the other session first.
 */
#ifndef SBX_CORE_PROVISION_H
#define SBX_CORE_PROVISION_H

#include "core/apply.h"
#include "core/findings.h"

struct provision_host {
    const char *state_folder; /* "...\\sbxcom"; made where it is missing */
    const struct step_deeds *deeds;
    const struct tree_control *control;                                                  /* may be NULL */
    void (*progress)(void *context, const struct step *step, size_t done, size_t total); /* may be NULL */
    void *context;
};

/* What provision_apply gave: this session's mark. */
struct provision;

/* The plan of a boundary with the state of each step as the journal has it; changes nothing, makes no folder. */
sbx_status provision_plan(const struct provision_host *host, const struct boundary *boundary,
                          struct plan *plan, struct sbx_error *error);

/*
 * Carries it out. *plan and *outcome are filled whenever something was planned, also on a failure; the caller frees. On a host that keeps no ACLs the
 * plan has no step and nothing is written. apply_plan's errors, and: SBX_E_POLICY_CONFLICT (above), SBX_E_TIMEOUT (another
 * session held the journal for more than 30 seconds).
 */
sbx_status provision_apply(const struct provision_host *host, const struct boundary *boundary,
                           const char *session_id, struct provision **provision, struct plan *plan,
                           struct tree_outcome *outcome, struct sbx_error *error);

/* Ends this session's use; what was done stays for the next one. NULL is fine. */
void provision_release(struct provision *provision);

/*
 * Undoes all that stands for the workspace of this capability SID, by whichever session or version it was done; nothing there is fine. The caller
 * releases its own mark first. SBX_E_STATE: another session lives in it.
 */
sbx_status provision_undo(const struct provision_host *host, const char *capability_sid,
                          struct tree_outcome *outcome, struct sbx_error *error);

/* All workspaces on which something stands. One whose journal cannot be read is listed with an error text. */
struct provisioned_workspace {
    struct journal_subject subject;
    char *key;     /* the folder's name */
    char *rights;  /* in words: "write; 3 protected; 1 denied" */
    char *problem; /* NULL: none */
    bool in_use;   /* a session lives in it */
    bool complete;
};
sbx_status provision_list(const struct provision_host *host, struct provisioned_workspace **workspaces,
                          size_t *count, struct sbx_error *error);
void provisioned_workspaces_free(struct provisioned_workspace *workspaces, size_t count);

/*
 * For every workspace that no session lives in: finishes or undoes what a crash left; and removes folders of sessions that died (sessions\ID\XXXXXXXX without
 * a live mark). *findings gets one line for each that was found, with what was done; goes on past failures and returns the first.
 */
sbx_status provision_recover(const struct provision_host *host, struct findings *findings,
                             struct sbx_error *error);

#endif
