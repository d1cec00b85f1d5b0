/*
 * provision.h - one workspace's grants on this host, from plan to undo, with other sessions and crashes in
 * between.
 *
 * State, below the user's local application data: sbxcom\workspaces\KEY\ with the workspace's capability SID
 * as KEY. In it `journal`, open and held only while something is changed, and for each session that uses the
 * workspace a mark `SESSION.live`, held as long as that session lives (os/filesystem.h, held_*). Marks are
 * made, and looked at, by the holder of the journal alone: nobody appears between the look and the deed.
 *
 * Sessions side by side: one whose plan is what stands (but for later steps, which each may do) joins without a change. While another session lives, a
 * plan that differs is refused (SBX_E_POLICY_CONFLICT), because changing the grants would change what that
 * session was told holds; and undoing is refused (SBX_E_STATE) with the way out: close the other session
 * first.
 */
#ifndef SBX_CORE_PROVISION_H
#define SBX_CORE_PROVISION_H

#include "core/apply.h"
#include "core/findings.h"

#define PROVISION_MOST_WAIT_MS 30000

struct provision_host {
    const char *state_folder; /* "...\\sbxcom"; made where it is missing; its parent is there */
    const struct step_deeds *deeds;
    /* May be NULL. Its `false` also ends waiting for another session that is changing the grants. */
    const struct tree_control *control;
    void (*progress)(void *context, const struct step *step, size_t done, size_t total); /* may be NULL */
    void *context;
    /*
     * What provision_apply grants is for a while: the session narrows it again with an apply without this. A file in the
     * workspace's folder says so as long; where no session lives, provision_recover undoes all that stands there.
     */
    bool for_a_while;
    /*
     * provision_apply leaves later steps (plan.h) that do not stand to provision_apply_later, and what stands without them is what
     * was asked for.
     */
    bool leaves_later;
};

/* What provision_apply gave: this session's mark, and what stood before. */
struct provision;

/*
 * The plan of a boundary with the state of each step as the journal has it; changes nothing, makes no folder.
 * plan_make's errors, SBX_E_TIMEOUT as below.
 */
sbx_status provision_plan(const struct provision_host *host, const struct boundary *boundary,
                          struct plan *plan, struct sbx_error *error);

/*
 * Carries it out. *plan (all zero before) is filled whenever something was planned, also on a failure; the
 * caller frees it and *outcome. On a host that keeps no ACLs the plan has no step and nothing is written. On one
 * that keeps them a plan without steps is carried out as any other: what an earlier one put there goes.
 *
 * *provision is NULL, or what this session was given before: then it is freed on success, and kept on
 * failure. `session_id` is a file name.
 *
 * apply_plan's errors, and: SBX_E_POLICY_CONFLICT (above), SBX_E_TIMEOUT (another session held the journal
 * for more than 30 seconds), SBX_E_STATE (a session of that id lives elsewhere).
 */
sbx_status provision_apply(const struct provision_host *host, const struct boundary *boundary,
                           const char *session_id, struct provision **provision, struct plan *plan,
                           struct tree_outcome *outcome, struct sbx_error *error);

/*
 * The later steps of the place at `path`, as provision_apply left them in `plan`, beside all that stands, also while other sessions
 * live: they have the same plan. Those that stand already are fine. `provision` holds the session's mark. Between two calls
 * others get at the journal, so that whoever waits for it has its turn.
 *
 * On a failure or cancel nothing of the call is left. apply_more's errors, SBX_E_TIMEOUT.
 */
sbx_status provision_apply_later(const struct provision_host *host, const struct provision *provision,
                                 const struct plan *plan, const char *path, struct tree_outcome *outcome,
                                 struct sbx_error *error);

/*
 * Which of the plan's later places have all their later steps standing, whoever did them: any other change may undo them, where it
 * does not plan them or finds the journal unfinished. Reads only. *stand has a value for each of plan->later; sbx_free.
 * SBX_E_TIMEOUT, SBX_E_CANCELLED, journal_open's errors; *stand is untouched on failure.
 */
sbx_status provision_later_stand(const struct provision_host *host, const struct provision *provision,
                                 const struct plan *plan, bool **stand, struct sbx_error *error);

/*
 * Takes back what the provision_apply that gave `provision` changed, because the session that it was for did not
 * come about: what stood before stands again (the same entries), and a mark that the session did not have before
 * is gone. What was unfinished before stays undone. Cannot be cancelled; once only, a second time does nothing.
 * `provision` is still to be released, or, with the mark it had before, to be used on.
 *
 * SBX_E_STATE: another session has joined meanwhile; what it was told holds stays. SBX_E_TIMEOUT, apply_plan's
 * errors: what could not be taken back is in the journal, for provision_recover. On failure, too, the new mark
 * is gone.
 */
sbx_status provision_take_back(const struct provision_host *host, struct provision *provision,
                               struct sbx_error *error);

/* Does it hold the mark of a session that lives in the workspace? For giving it back. */
bool provision_has_mark(const struct provision *provision);

/* Ends this session's use; what was done stays for the next one. NULL is fine. */
void provision_release(struct provision *provision);

/*
 * Undoes all that stands for the workspace of this capability SID, by whichever session or version it was
 * done; nothing there is fine. The caller releases its own mark first. SBX_E_STATE: another session lives in
 * it. SBX_E_TIMEOUT as above, apply_undo's errors.
 */
sbx_status provision_undo(const struct provision_host *host, const char *capability_sid,
                          struct tree_outcome *outcome, struct sbx_error *error);

/*
 * The keys of all workspaces that were provisioned under this path, without regard to ASCII case, for
 * provision_undo: a folder that was deleted, or made anew, has another capability SID than the one that is in
 * the journal, or none. Workspaces whose journal cannot be read are passed over. Appended.
 */
sbx_status provision_keys_of(const struct provision_host *host, const char *path, struct sbx_strings *keys,
                             struct sbx_error *error);

/*
 * Git directories and .git files that the journal of this workspace protects, for repositories.h: those that were found by an earlier
 * search, and what denied places look like one; in no order, and not looked at. None where nothing stands, or where the journal cannot be
 * read, which whoever carries out a plan says. SBX_E_TIMEOUT as above, SBX_E_CANCELLED, SBX_E_MEMORY.
 */
sbx_status provision_repositories(const struct provision_host *host, const char *capability_sid,
                                  struct sbx_strings *paths, struct sbx_error *error);

/* All workspaces on which something stands. One whose journal cannot be read is listed with an error text. */
struct provisioned_workspace {
    struct journal_subject subject; /* zero where the journal cannot be read */
    char *key;                      /* the capability SID */
    char *rights;                   /* in words: "write; 3 protected; 1 denied"; "" where there are none */
    char *problem;                  /* NULL: none */
    bool in_use;                    /* a session lives in it */
    bool complete;
};
sbx_status provision_list(const struct provision_host *host, struct provisioned_workspace **workspaces,
                          size_t *count, struct sbx_error *error);
void provisioned_workspaces_free(struct provisioned_workspace *workspaces, size_t count);

/*
 * The mark of a session's private folder, sessions\ID\XXXXXXXX: taken before the folder is made, held
 * (held_close) until it is deleted. A folder without one belongs to nobody and is deleted by
 * provision_recover.
 */
sbx_status provision_mark_folder(const char *folder, struct held_file **mark, struct sbx_error *error);

/*
 * For every workspace that no session lives in: undoes what a crash left unfinished, or granted for a while; and removes private
 * folders of sessions that died. Whoever is at work on a workspace right now is left alone. *findings gets
 * one line for each that was found, with what was done, below its requirement where that failed; goes on past
 * failures and returns the first.
 */
sbx_status provision_recover(const struct provision_host *host, struct findings *findings,
                             struct sbx_error *error);

#endif
