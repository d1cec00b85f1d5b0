/*
 * explain.h - may the sandbox do this to that path, and why: a view of access_check and nothing else.
 *
 * The verdict is the access check's on the object's own descriptor with the session's token as it was measured, so on a host that
 * drops restricting SIDs the answer is what such a token really may. Who put the deciding entry there is looked up in the boundary.
 *
 * As NTFS does: deleting and renaming need DELETE on the object or FILE_DELETE_CHILD on its folder; reading attributes is
 * also given by FILE_LIST_DIRECTORY on the folder. Writing a file that is not there is creating it: FILE_ADD_FILE on its
 * folder. A path may name an alternate stream; its file decides.
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

/* The token of the session's commands for access_check; made of what was measured. Freed with explain_token_free. */
struct explain_token {
    struct access_token token;
    struct access_sid *groups;
    struct sid *restricting;
};
sbx_status explain_token_make(const struct token_facts *facts, struct explain_token *token,
                              struct sbx_error *error);
void explain_token_free(struct explain_token *token);

struct explanation {
    bool allowed;
    char *path;      /* final; of one that is not there the folder's final path and the names as given */
    uint32_t access; /* what was asked for, enum explain_access */
    struct access_decision decision; /* of the check that decided */
    char *
        decided_by; /* "deny S-1-9-... (the sandbox): write, delete; on C:\\src\\app\\.git\\hooks, inherited" */
    char *rule;     /* JSON pointer, "/files/protect/0", or "the host's own descriptor" */
    char *fix;      /* what would change it; "" where nothing sensible would */
    char *text;     /* all of it in a sentence or two */
};
void explanation_free(struct explanation *explanation);

/*
 * SBX_E_ARGUMENT (relative path, unknown bits, none), SBX_E_PATH_NOT_FOUND (a folder above is missing), SBX_E_SYSTEM (we may not read the descriptor:
 * says so), SBX_E_MEMORY. *explanation is untouched on failure.
 */
sbx_status explain_path(const struct boundary *boundary, const struct access_token *token, const char *path,
                        uint32_t access, struct explanation *explanation, struct sbx_error *error);

#endif
