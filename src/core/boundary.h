/*
 * boundary.h - the policy resolved on this host. Everything later reads the boundary; nothing reads the
 * policy again.
 */
#ifndef SBX_CORE_BOUNDARY_H
#define SBX_CORE_BOUNDARY_H

#include "core/environment.h"
#include "core/policy.h"
#include "os/filesystem.h"
#include "os/token.h"

/*
 * What the policy says of a file or folder, resolved. Where several places hold a path, the narrowest one counts;
 * of two that are the same one, deny beats protect beats read beats write. boundary_resolve leaves out a place that says
 * nothing new, and each time a rule gave way, `notes` says which won.
 */
enum boundary_right {
    BOUNDARY_WRITE,   /* read, write, create, delete, run; of a root itself not its own deletion */
    BOUNDARY_READ,    /* read and run */
    BOUNDARY_PROTECT, /* a name in a write root: read and run, never changed, deleted, moved or swapped */
    BOUNDARY_DENY,    /* nothing at all, as far as the level's table goes */
};

struct boundary_place {
    enum boundary_right right;
    char *
        path; /* final; of one that is not there the final path of the nearest folder above and the names as written */
    bool present; /* else nothing is done about it now; protected and denied ones are looked for later */
    bool keeps_acls;
    enum file_kind kind;
    char volume_id[40], file_id[40]; /* of a present one */
    char *pointer; /* the policy's value, "/files/deny/0"; protected by a preset: the preset's */
    char *sid;     /* whom an entry that allows names: each write root has a capability SID of its own */
};

struct boundary {
    enum sbx_level level; /* never auto */
    enum sbx_token token; /* never auto */
    char *workspace;      /* final path, true case */
    char *capability_sid; /* of the workspace root */
    char *principal_sid;  /* whom denies name: the capability SID, at the elevated level the account */
    struct boundary_place
        *places; /* by path, a folder before what is in it; [0] is not always the workspace */
    size_t place_count;
    struct sbx_strings notes;       /* "/files/write/1 gives way to /files/deny/0: the same folder." */
    char *temp;                     /* private folder of the session, absolute; made by provisioning */
    struct environment environment; /* of every command, before its own additions */
    struct token_recipe recipe;
    uint64_t memory_size; /* bytes */
    uint32_t process_count;
    uint32_t cpu_percent;
    uint32_t seconds;
    uint64_t output_size; /* bytes */
    enum sbx_assurance required[SBX_DOMAIN_COUNT];
    enum sbx_transcript_output transcript_output;
};

struct boundary_input {
    const struct sbx_policy *policy;
    enum sbx_level level;       /* the session's own wish; auto: the policy's */
    const char *workspace;      /* as the script wrote it */
    const char *session_folder; /* ours: holds temp and transcript */
    const char *user_sid;
    const struct sbx_strings *caller_environment;
    const char *account_sid; /* that serves this workspace; NULL: the elevated level is not set up */
};

/*
 * SBX_E_WORKSPACE_REFUSED (volume root, a profile root, Windows, Program Files, a file, remote, ...: with the
 * reason and what to do), SBX_E_PATH_NOT_FOUND, SBX_E_ARGUMENT (empty, relative), SBX_E_POLICY_CONFLICT
 * (session and policy ask for different levels), SBX_E_NOT_BUILT, SBX_E_MEMORY. *boundary is untouched on
 * failure.
 */
sbx_status boundary_resolve(const struct boundary_input *input, struct boundary *boundary,
                            struct sbx_error *error);
void boundary_free(struct boundary *boundary);

/*
 * The final path of a folder that may be a workspace. Refuses texts before it asks the host: empty, relative,
 * drive-relative ("C:x", "\x"), device paths (\\.\), with a NUL; accepts \\?\C:\x as C:\x. Then what the host
 * says: not there, a file, a reparse point that leads elsewhere is followed and its target judged, UNC and
 * mapped network drives refused, a volume root, the profile root, anything that holds or lies in Windows or
 * Program Files or holds the profile, our own state.
 */
sbx_status boundary_workspace(const char *workspace, char **final_path, char **capability_sid,
                              const char *user_sid, struct sbx_error *error);

/*
 * The place that counts for a final path, NULL: no rule says anything of it. `path` need not be there.
 */
const struct boundary_place *boundary_place_for(const struct boundary *boundary, const char *path);

/* S-1-9-… of (user, volume, file): two spellings of one root give one SID, and no state file is needed. */
sbx_status boundary_capability_sid(const char *user_sid, const char *volume_id, const char *file_id,
                                   char **sid, struct sbx_error *error);

#endif
