/*
 * boundary.h - the policy resolved on this host. Everything later reads the boundary; nothing reads the
 * policy again.
 */
#ifndef SBX_CORE_BOUNDARY_H
#define SBX_CORE_BOUNDARY_H

#include "core/environment.h"
#include "core/policy.h"
#include "os/token.h"

struct boundary {
    enum sbx_level level;           /* restricted; never auto */
    enum sbx_token token;           /* never auto */
    char *workspace;                /* final path, true case */
    char *capability_sid;           /* of the workspace root */
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

/* S-1-9-… of (user, volume, file): two spellings of one root give one SID, and no state file is needed. */
sbx_status boundary_capability_sid(const char *user_sid, const char *volume_id, const char *file_id,
                                   char **sid, struct sbx_error *error);

#endif
