/*
 * boundary.h - the policy resolved on this host. Everything later reads the boundary; nothing reads the
 * policy again.
 */
#ifndef SBX_CORE_BOUNDARY_H
#define SBX_CORE_BOUNDARY_H

#include "core/environment.h"
#include "core/policy.h"
#include "core/repositories.h"
#include "os/filesystem.h"
#include "os/token.h"

/*
 * What the policy says of a file or folder, resolved. Where several places hold a path, the narrowest one counts; of
 * two that are the same one, deny beats protect beats read beats write. What says nothing new is left out: a place in one
 * of the same right, a protected name in what may not be written anyway. Each time a rule gave way, `notes` says which won.
 *
 * Two exceptions are refused instead (SBX_E_POLICY_CONFLICT, SBX_E_WORKSPACE_REFUSED): a denied place that holds the whole
 * workspace, and a path to write or read that leaves a write root through a link, which commands could turn elsewhere.
 */
enum boundary_right {
    BOUNDARY_WRITE,   /* read, write, create, delete, run; of a root itself not its own deletion */
    BOUNDARY_READ,    /* read and run */
    BOUNDARY_PROTECT, /* a name in a write root: read and run, never changed, deleted, moved or swapped */
    BOUNDARY_DENY,    /* nothing at all, as far as the level's table goes */
};

/*
 * Tools that read one another's folders: cargo.exe lies in .cargo\\bin and runs what is in .rustup. `users`: programs (names
 * without extension, a blank between two) that read these folders wherever they lie themselves; NULL: none.
 */
struct toolchain_family {
    const char *users;
};

struct boundary_place {
    enum boundary_right right;
    /* Final; of one that is not there the final path of the nearest folder above and the names as written. */
    char *path;
    bool present; /* else nothing is done about it now; protected and denied ones are looked for later */
    /*
     * The link at `path` itself, not what it leads to, which is a place of its own. Denied and protected ones only: who may
     * put another one there has swapped what the name means. The entries go on the link alone; it has no ids here.
     */
    bool link;
    /*
     * Of a git repository that was found below a write root, where the policy's names hold as well as in the root; a denied one: what a
     * toolchain keeps of credentials. Nobody wrote this path: what cannot be given its entries is told and left open, where another place is refused.
     */
    bool found;
    /*
     * A place to read that comes from ${toolchains} alone: what it needs on files may be put there while the session runs already.
     * Not where the policy names the folder itself, by another value too, or lets something in it be read or written.
     */
    bool later;
    const struct toolchain_family *family; /* of a later one */
    bool keeps_acls;
    enum file_kind kind;
    char volume_id[40], file_id[40]; /* of a present one; "" on a file system without */
    char *pointer; /* the policy's value, "/files/deny/0"; of a preset's parts the preset's */
    /*
     * NULL: the policy's own. Else it stands for a while beside the policy, whose value `pointer` does not name then, and this says so:
     * "allowed for 10 minutes by AllowWrite". Whoever adds such a place to a policy writes it here.
     */
    char *grant;
    /*
     * Whom an entry that allows names, NULL where nothing is allowed. With restricting SIDs each write root has a capability
     * SID of its own (the session's temp the workspace's), a place to read the workspace's; without, it is the account. At
     * the elevated level with restricting SIDs both checks must pass: an entry for principal_sid is needed beside this one.
     */
    char *sid;
};

struct boundary {
    enum sbx_level level; /* never auto */
    enum sbx_token token; /* never auto */
    char *workspace;      /* final path, true case */
    char *capability_sid; /* of the workspace root, whether or not the policy lets it be written */
    char *principal_sid;  /* whom denies name: the capability SID, at the elevated level the account */
    char *group_sid; /* the account's, by which the network is closed to it; NULL at the restricted level */
    /*
     * By path without regard to ASCII case, a folder right before all that is in it. ${temp} is among them where the policy lets it
     * be written: not present as long as the session's folder is not made, and never granted by a plan, because it is another one
     * in each session; whoever makes it gives it its descriptor.
     */
    struct boundary_place *places;
    size_t place_count;
    /* "/files/write/1 gives way to /files/deny/0: both are C:\\data."; before them why level auto is which. */
    struct sbx_strings notes;
    /*
     * NULL: ${vcs} holds for every git repository below the write roots. Else a sentence that says where not all of them were found, and
     * what ended the search: what was not found is open, and no report may say that all that is protected is kept.
     */
    char *not_all_repositories;
    char *temp;                     /* private folder of the session, absolute; made by provisioning */
    struct environment environment; /* of every command, before its own additions */
    struct token_recipe recipe;
    uint64_t memory_size; /* bytes */
    uint32_t process_count;
    uint32_t cpu_percent;
    uint32_t seconds;
    uint64_t output_size; /* bytes */
    bool private_desktop;
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
    /* That serves this workspace, and its group, which firewall and filters name; both NULL: not set up, or not asked for. */
    const char *account_sid, *account_group_sid;
    const char *level_words; /* why level auto is which, a sentence for the report; may be NULL */
    /* Where sbxcom itself lies: commands that may write it write what the next session runs. NULL: not looked at. */
    const char *program_folder;
    /* How far git repositories are looked for, for ${vcs}; NULL: as far as usual. */
    const struct repositories_search *search;
    /* Of these roots it is known already; what is found of others is kept here, on a failure, too. NULL: nothing is known. */
    struct repositories_kept *searched;
    bool unbuilt_too; /* also what policy_check_built refuses: tests of what is not honoured yet */
};

/*
 * Level auto is the elevated one where there is an account; whoever looks for one (account_pool_level) refuses what is not
 * to be had, and here level elevated without an account is SBX_E_NOT_PROVISIONED. At the elevated level with restricting SIDs the
 * account's group is one of those: FWPM_CONDITION_ALE_USER_ID is an access check of the token (WFP), which such a token passes
 * only where a restricting SID is named, too, and a filter that does not match does not block.
 *
 * SBX_E_WORKSPACE_REFUSED (a root that is a volume root, a profile root, Windows, Program Files, our programs, a file,
 * remote, ..., or that leaves another root through a link: with the reason and what to do), SBX_E_PATH_NOT_FOUND (a root
 * is not there), SBX_E_ARGUMENT (empty, relative, a device's name), SBX_E_POLICY_CONFLICT (session and policy ask for
 * different levels; a recipe or a network that is not the level's; a denied place that holds the workspace), SBX_E_NOT_BUILT,
 * SBX_E_CANCELLED (as `search` says), SBX_E_SYSTEM, SBX_E_MEMORY. Errors about a path of the policy begin with its JSON pointer. *boundary is untouched
 * on failure.
 */
sbx_status boundary_resolve(const struct boundary_input *input, struct boundary *boundary,
                            struct sbx_error *error);
void boundary_free(struct boundary *boundary);

/*
 * The final path of a folder that may be a workspace. Refuses texts before it asks the host: empty, relative,
 * drive-relative ("C:x", "\x"), device paths (\\.\) and names (con, nul), with a NUL; accepts \\?\C:\x as C:\x. Then
 * what the host says: not there, a file, a reparse point that leads elsewhere is followed and its target judged, UNC and
 * mapped network drives refused, a volume root, the profile root, anything that holds or lies in Windows or
 * Program Files or holds the profile, our own state, our own programs (program_folder, NULL: not looked at).
 *
 * Whether the volume keeps access control lists is for plan_make, which knows whether the host keeps them anywhere.
 */
sbx_status boundary_workspace(const char *workspace, const char *user_sid, const char *program_folder,
                              char **final_path, char **capability_sid, struct sbx_error *error);

/*
 * The place that counts for a final path, NULL: no rule says anything of it. `path` need not be there. Takes a
 * search for each folder above.
 */
const struct boundary_place *boundary_place_for(const struct boundary *boundary, const char *path);

/* S-1-9-... of (user, volume, file): two spellings of one root give one SID, and no state file is needed. */
sbx_status boundary_capability_sid(const char *user_sid, const char *volume_id, const char *file_id,
                                   char **sid, struct sbx_error *error);

/*
 * Of another write root than the workspace: of the user, the ids of both. So two workspaces that share an extra root name two
 * SIDs on it: neither ever takes out the other's entries, and a command of one passes by nothing that was granted to the other.
 */
sbx_status boundary_root_sid(const char *user_sid, const struct boundary_place *workspace,
                             const struct boundary_place *root, char **sid, struct sbx_error *error);

#endif
