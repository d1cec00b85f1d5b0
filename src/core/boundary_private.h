/*
 * boundary_private.h - what the files of the boundary share among themselves; everybody else includes boundary.h.
 *
 * boundary_root: which folders may be given to commands. boundary_places: the policy's paths looked up on this host.
 * boundary_rules: which of several places counts. boundary: all of it put together.
 */
#ifndef SBX_CORE_BOUNDARY_PRIVATE_H
#define SBX_CORE_BOUNDARY_PRIVATE_H

#include "core/boundary.h"

/* A folder and everything above it, by what the host calls them, nearest first. */
struct folder_id {
    char volume[40];
    char file[40];
};
struct lineage {
    struct folder_id *items;
    size_t count;
};

/* A file or folder with its final path and line. */
struct host_place {
    struct file_facts facts;
    struct lineage lineage;
};
sbx_status host_place_examine(const char *path, struct host_place *place, struct sbx_error *error);
void host_place_free(struct host_place *place);

/* Is `inner` the place itself or below it? By the texts and by what the host calls them: either is enough. */
bool host_place_holds(const struct host_place *outer, const struct host_place *inner);

/* Cuts the last name off a final path, "C:\x" becoming "C:\"; false at a root. */
bool path_go_up(char *path);

/* The folders that roots keep away from, looked up once for all roots. */
struct root_guards;
sbx_status root_guards_make(const char *program_folder, struct root_guards **guards, struct sbx_error *error);
void root_guards_free(struct root_guards *guards);

/* A root as somebody wrote it, for what errors say of it. */
struct root_question {
    const char *pointer; /* of the policy's value; NULL: it is the workspace */
    const char *written;
    enum boundary_right right; /* BOUNDARY_WRITE or BOUNDARY_READ */
};

/* What can be said of the text alone: nothing is opened for what is refused here, no server asked. */
sbx_status root_check_text(const struct root_question *question, struct sbx_error *error);

/* `path` is what was written, made absolute. Must be there. *root is the caller's, to be freed. */
sbx_status root_examine(const struct root_question *question, const char *path, struct host_place *root,
                        struct sbx_error *error);

/* SBX_E_WORKSPACE_REFUSED with the reason, SBX_E_MEMORY. */
sbx_status root_judge(const struct root_guards *guards, const struct root_question *question,
                      const struct host_place *root, struct sbx_error *error);

/* A failure of the host while something about a root was to be found out: "... cannot be examined: REASON" */
sbx_status root_cannot(const struct root_question *question, sbx_status status, const char *what,
                       const struct sbx_error *reason, struct sbx_error *error);

/* Places while they are gathered. */
struct place_list {
    struct boundary_place *items;
    size_t count;
    size_t capacity;
};
void boundary_place_free(struct boundary_place *place);
void place_list_free(struct place_list *list);

/* Takes over *place and leaves it empty, also on failure. */
sbx_status place_list_add(struct place_list *list, struct boundary_place *place);

/*
 * All places of the policy, in the policy's order, nothing left out yet: presets expanded, paths resolved, roots judged,
 * protected names looked up in every root and in the repositories below it. `sid` is NULL in all. What could not be looked at of
 * those is said in `notes`; what toolchains keep of credentials is denied where `reads_checked`; and where not all repositories were found in *not_all (NULL before), which is freed on a failure, too,
 * by the caller.
 */
sbx_status boundary_gather(const struct boundary_input *input, const struct root_guards *guards,
                           const struct host_place *workspace, const char *temp, bool reads_checked,
                           struct place_list *list, struct sbx_strings *notes, char **not_all,
                           struct sbx_error *error);

/*
 * Sorts, and leaves out what does not count. SBX_E_POLICY_CONFLICT where a denied place holds the whole workspace.
 */
sbx_status boundary_apply_rules(const struct host_place *workspace, struct place_list *list,
                                struct sbx_strings *notes, struct sbx_error *error);

/*
 * Folders below the user's own where tools install themselves for one user, in no order. One that is not on this host is
 * simply not there.
 */
struct toolchain {
    enum known_folder folder;
    const char *below;
    const struct toolchain_family *family;
    const char
        *secret; /* in it, where the tool keeps credentials: denied where reads are checked; NULL: nothing */
};
extern const struct toolchain boundary_toolchains[];
extern const size_t boundary_toolchain_count;

#endif
