/*
 * setup_machine.h - the verbs of the elevated server and of its command line, for one user of this machine or for all.
 *
 * One engine behind both. Everything that changes something holds the machine's lock (os/lock.h), keeps a journal for each
 * user in a folder that only administrators may write, and is undone whole where it fails. Names nothing but SIDs: what a
 * user is called is the caller's business.
 *
 * State: `state_folder` ("C:\\Program Files\\sbxcom\\state": below Program Files nobody but an administrator can have
 * been there first, as somebody could below ProgramData). In it S-1-....journal of each user, and S-1-....handover until its
 * user has adopted it (credential.h).
 */
#ifndef SBX_CORE_SETUP_MACHINE_H
#define SBX_CORE_SETUP_MACHINE_H

#include "core/credential.h"
#include "core/findings.h"
#include "core/setup.h"

#define SETUP_MOST_WAIT_MS 60000 /* for another set-up to end */

struct setup_machine {
    const char *state_folder;
    void (*progress)(void *context, const struct step *step, size_t done, size_t total); /* may be NULL */
    void *context;
};

/* "...\\Program Files\\sbxcom\\state" of this machine. The caller frees with sbx_free. */
sbx_status setup_state_folder(char **path, struct sbx_error *error);

/*
 * Sets up what is missing, puts right what has drifted, and gives every account a new password: *credentials has all of
 * the user's, and whatever he kept before is worthless. `input->user_sid` is whom it is for; ports that are 0 are his own
 * (setup_ports).
 * `closed` that is NULL is what is closed already, or else the usual folders (closed_usual); no folders: none.
 *
 * Looks before it changes anything: SBX_E_ARGUMENT (no person's SID, a folder that cannot be closed), SBX_E_PATH_NOT_FOUND (it is not there), SBX_E_SETUP_CALLER (a sandbox account's),
 * SBX_E_FIREWALL_INEFFECTIVE (which profile, which policy), SBX_E_UNSUPPORTED_HOST (no filtering platform, and the input does not say
 * without_filters). Then: SBX_E_ACCOUNT_DRIFT (a stranger has a name of ours), SBX_E_SETUP_FAILED, SBX_E_NOT_ENFORCED
 * (the host accepts and does not keep), SBX_E_TIMEOUT, SBX_E_JOURNAL, SBX_E_SYSTEM, SBX_E_MEMORY. After a failure the machine
 * is as it was, but for what had drifted already and passwords of accounts that stood before.
 */
sbx_status setup_provision(const struct setup_machine *machine, const struct setup_input *input,
                           struct credentials *credentials, struct sbx_error *error);

/*
 * Puts right what has changed of what stands: as setup_provision with the input that is recorded. *healed tells what was
 * found, one finding each. SBX_E_NOT_PROVISIONED: nothing stands for the user (what a crash left was undone).
 */
sbx_status setup_repair(const struct setup_machine *machine, const char *user_sid,
                        struct credentials *credentials, struct findings *healed, struct sbx_error *error);

/*
 * Undoes all for the user, or for every user (NULL): accounts with their profiles, groups, rights, rules, filters, values,
 * journals, hand-overs, folders. Nothing there is fine. What a stranger put under a name of ours stays.
 *
 * `force`: where a journal is lost or cannot be read, takes out by name what this version would have made; without it
 * such a journal is SBX_E_JOURNAL. SBX_E_SYSTEM where a profile is in use; what was undone until then stays undone, and
 * another call goes on.
 */
sbx_status setup_deprovision(const struct setup_machine *machine, const char *user_sid, bool force,
                             struct sbx_error *error);

/* What setup_provision would do, each step with its state by the journal; changes nothing. Administrators only: they read it. */
sbx_status setup_dry_run(const struct setup_machine *machine, const struct setup_input *input,
                         struct plan *plan, struct sbx_error *error);

/* ---- looking ---- */

enum setup_trouble {
    SETUP_MISSING = 1,
    SETUP_STRANGER = 2, /* somebody else's of that name */
    SETUP_DISABLED = 4,
    SETUP_LOCKED_OUT = 8,
    SETUP_EXPIRED = 16,
    SETUP_PASSWORD_EXPIRED = 32,
    SETUP_RENAMED = 64,
    SETUP_NEW_SID = 128,        /* deleted, and made again under our name */
    SETUP_NOT_IN_GROUP = 256,   /* nor bound by its rules */
    SETUP_NOT_IN_USERS = 512,   /* Users, whatever it is called here */
    SETUP_ADMINISTRATOR = 1024, /* somebody made it one */
    SETUP_FLAGS = 2048,         /* its password expires, or it may change it */
};

struct setup_account {
    char *name;
    char *sid;        /* as recorded, "" where it is not */
    uint32_t trouble; /* enum setup_trouble; 0: as it was left */
};

struct setup_look {
    bool provisioned; /* the record is there: all was done */
    struct setup_account *accounts;
    size_t count;
    struct findings findings; /* "setUp", "accounts", "groups", ...: enforced is as it was left */
};

/*
 * What is set up for the user and whether it is as it was left. Reads only, as anybody: what only an administrator may see (rights,
 * filters) is `advisory` then and says so. SBX_E_SETUP_FAILED (a record that is none), SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status setup_look(const char *user_sid, struct setup_look *look, struct sbx_error *error);
void setup_look_free(struct setup_look *look);

/*
 * Where a sandbox account of the user may write by what everybody may, within 1.5 s and 20,000 files and folders: what set-up
 * did not close. *nothing: all was looked at and there is none. `detail` is appended to, in sentences; `scratch_folder` is the
 * caller's to write. Where the host keeps no lists nothing can be told by them, and that is said. SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status setup_look_outside(const char *user_sid, const char *scratch_folder, bool *nothing,
                              struct sbx_buffer *detail, struct sbx_error *error);

/* The same as a finding "writablePlaces", of which nothing is required. */
sbx_status setup_look_add_outside(const char *user_sid, const char *scratch_folder, struct findings *findings,
                                  struct sbx_error *error);
/*
 * "profiles": did the user's accounts get profiles of their own from Windows (profile_state.h)? Of nothing required. *good: none
 * of them is in trouble. SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status setup_look_profiles(const struct setup_look *look, bool *good, struct sbx_buffer *detail,
                               struct sbx_error *error);
sbx_status setup_look_add_profiles(struct setup_look *look, struct sbx_error *error);

#define SETUP_OUTSIDE_FIX                                                                     \
    "As administrator: sbxsetup provision --close FOLDER, once for each folder of the list; " \
    "or take the right from everybody (icacls)."

/*
 * {"version": 1, "user": "S-1-...", "provisioned": true, "accounts": [{"name", "sid", "state": ["ok"]}], "findings": [...]}:
 * ISandboxSetup.Status and `sbxsetup status --json`. Appended; look at buffer_failed.
 */
void setup_look_write_json(const struct setup_look *look, const char *user_sid, struct sbx_buffer *out);

#endif
