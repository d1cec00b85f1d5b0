/*
 * acts.h - what a program with a given token does to files: may it, and it is done.
 *
 * Each act asks for as little as an attacker would (FILE_READ_DATA to read, no more), except the two that ask
 * as ordinary programs do. The oracle decides, by the descriptors of the file and of its folder; folders
 * above are passed with SeChangeNotify. Links on the way are followed; deleting, renaming and linking mean
 * the last name itself. None of it counts as a call or change of ours.
 *
 * NTFS, [MS-FSA] 2.1.5:
 *
 *     read attributes    FILE_READ_ATTRIBUTES, or FILE_LIST_DIRECTORY on the folder
 *     create             FILE_ADD_FILE or FILE_ADD_SUBDIRECTORY on the folder; the new one inherits, its creator owns it
 *     delete             DELETE, or FILE_DELETE_CHILD on the folder; what is read-only: FILE_WRITE_ATTRIBUTES, too
 *     rename             as delete, and as create in another folder. Within one folder nothing more: the I/O manager opens
 *                        the target's folder only where a path is given. What is replaced must be a file, and deletable.
 *                        A folder with an open file in it stays. Descriptors are kept, whatever the new folder's say
 *     hard link          FILE_WRITE_ATTRIBUTES on the file, and as create
 *     junction           an empty folder with FILE_WRITE_ATTRIBUTES or FILE_WRITE_DATA
 *     take ownership     WRITE_OWNER or the privilege; the new owner is the token's user
 */
#ifndef TESTS_SIM_ACTS_H
#define TESTS_SIM_ACTS_H

#include "core/access_check.h"
#include "sim/sim.h"

enum sim_act {
    SIM_ACT_READ,  /* of a folder: list it */
    SIM_ACT_WRITE, /* of a file that is there */
    SIM_ACT_APPEND,
    SIM_ACT_EXECUTE,
    SIM_ACT_READ_ATTRIBUTES,
    SIM_ACT_WRITE_ATTRIBUTES,
    SIM_ACT_CREATE_FILE,
    SIM_ACT_CREATE_FOLDER,
    SIM_ACT_DELETE, /* a folder: an empty one */
    SIM_ACT_READ_DESCRIPTOR,
    SIM_ACT_SET_DACL,
    SIM_ACT_TAKE_OWNERSHIP,
    SIM_ACT_OPEN_TO_READ,  /* GENERIC_READ */
    SIM_ACT_OPEN_TO_WRITE, /* GENERIC_WRITE */
    SIM_ACT_COUNT,
};
const char *sim_act_name(enum sim_act act); /* "read", for messages */

/* 0, or the system's error: 2 (not there), 5, 17, 80, 145, 183. Nothing is changed. */
uint32_t sim_may(const struct access_token *token, const char *path, enum sim_act act);
uint32_t sim_may_rename(const struct access_token *token, const char *from, const char *to, bool replace);

/*
 * The same, and it is done. `text`: what is written (SIM_ACT_WRITE, _APPEND, _CREATE_FILE), the SDDL of the
 * new DACL (SIM_ACT_SET_DACL); else NULL.
 */
uint32_t sim_do(const struct access_token *token, const char *path, enum sim_act act, const char *text);
uint32_t sim_do_rename(const struct access_token *token, const char *from, const char *to, bool replace);
uint32_t sim_do_hard_link(const struct access_token *token, const char *path, const char *file);
uint32_t sim_do_junction(const struct access_token *token, const char *path, const char *target);

#endif
