/*
 * explain.h - may the sandbox do this to that path, and why: a view of access_check and nothing else.
 *
 * The verdict is the access check's on the object's own descriptor with the session's token as it was measured, so on a
 * host that drops restricting SIDs the answer is what such a token really may. Who put the deciding entry there is
 * looked up in the boundary.
 *
 * As NTFS does: deleting and renaming need DELETE on the object or FILE_DELETE_CHILD on its folder; reading attributes
 * is also given by FILE_LIST_DIRECTORY on the folder. Writing a path that is not there is creating it: FILE_ADD_FILE on
 * its folder, and who creates a file may do with that handle what was asked. A path may name an alternate stream; its file
 * decides. A link is followed, but for deleting: that takes the link away.
 */
#ifndef SBX_CORE_EXPLAIN_H
#define SBX_CORE_EXPLAIN_H

#include "core/access_check.h"
#include "core/boundary.h"

enum explain_access {
    EXPLAIN_READ = 1,
    EXPLAIN_WRITE = 2,
    EXPLAIN_DELETE = 4,
    EXPLAIN_EXECUTE = 8
}; /* sbxAccess */

/*
 * The token of the session's commands for access_check; made of what was measured. Freed with explain_token_free.
 *
 * Groups that only deny are not measured: an entry that denies something to Administrators or to the logon SID is not
 * seen to deny it to a command. Privileges that are there count as enabled, because a command can enable them. Where the
 * integrity could not be told it is medium, which is what every recipe asks for.
 */
struct explain_token {
    struct access_token token;
    struct access_sid *groups;
    struct sid *restricting;
};

/* SBX_E_ARGUMENT for a SID text that is none, SBX_E_MEMORY; *token is untouched on failure. */
sbx_status explain_token_make(const struct token_facts *facts, struct explain_token *token,
                              struct sbx_error *error);
void explain_token_free(struct explain_token *token);

struct explanation {
    bool allowed;
    char *path;      /* final; of one that is not there the folder's final path and the name as given */
    uint32_t access; /* what was asked for, enum explain_access */
    struct access_decision decision; /* of the check that decided */
    /* "deny S-1-9-... (the sandbox): write, delete; on C:\src\app\.git\hooks, inherited" */
    char *decided_by;
    /*
     * JSON pointer of the place behind it: the one that put the deciding entry there, or that leaves the path out of what was
     * asked; of a place that stands for a while its words ("allowed for 10 minutes by AllowWrite"); else "the host's own descriptor".
     */
    char *rule;
    char *fix;  /* what would change it; "" where nothing sensible would */
    char *text; /* all of it in a sentence or two */
};
void explanation_free(struct explanation *explanation); /* leaves it zeroed */

/*
 * `token` is the one of commands, not the caller's. Each of what `access` asks for must be given; the explanation is of the
 * first that is not, else of the last.
 *
 * SBX_E_ARGUMENT (no local absolute path, a device's name, unknown bits, none), SBX_E_PATH_NOT_FOUND (a folder above is
 * missing; the path is, and is not to be written), SBX_E_SYSTEM (we may not read the descriptor: says so), SBX_E_MEMORY.
 * *explanation is untouched on failure.
 */
sbx_status explain_path(const struct boundary *boundary, const struct access_token *token, const char *path,
                        uint32_t access, struct explanation *explanation, struct sbx_error *error);

#endif
