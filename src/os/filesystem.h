/*
 * filesystem.h - paths as the file system sees them, and the few files we keep ourselves.
 *
 * A path is a UTF-8 (WTF-8) Windows path. The questions that matter for a boundary are asked of an open handle, never
 * of the text: 8.3 names, trailing dots, junctions and case make texts differ that name one file.
 */
#ifndef SBX_OS_FILESYSTEM_H
#define SBX_OS_FILESYSTEM_H

#include "base/text.h"
#include "os/handle.h"

enum file_kind { FILE_KIND_FILE, FILE_KIND_DIRECTORY, FILE_KIND_OTHER };

struct file_facts {
    char *path; /* the final path with true case and every link resolved, C:\... or \\server\share\... */
    enum file_kind kind;
    bool reparse;    /* the last component itself is a reparse point (a link, a junction, a placeholder) */
    bool remote;     /* on a network volume */
    bool keeps_acls; /* FILE_PERSISTENT_ACLS: what the volume says, not yet what it does */
    bool volume_root;
    char volume_id[40]; /* the volume's serial number as 16 hexadecimal digits */
    char file_id[40];   /* the file id as 32 hexadecimal digits; two names of one file have one id */
};

/*
 * From here on this process follows links as the system does, to other machines, too, and looks at no folder on the way: for one
 * whose user has nothing that a logon elsewhere could give away, and who may pass where it may not look (the runner under a sandbox
 * account, a stage inside the sandbox). file_save still goes through no link.
 */
void file_walk_plainly(void);

/*
 * Follows links to local disks alone. One that leads to another machine, or to a drive that is none, is not followed, because who
 * follows it logs on there: SBX_E_WORKSPACE_REFUSED. It was looked at where `path` itself begins on the network. This holds for
 * file_is_program, file_read_all and folder_hold too, and for acl_open and folder_watch_open: commands may put links wherever they
 * may write. (Wine 8.0 makes none that leave the machine.)
 *
 * Of a device (NUL, a pipe) only `kind` and the path as it was given. Paths may be of any length; Wine 8.0 cannot tell the final path
 * of more than 260 units (SBX_E_SYSTEM with 234). SBX_E_ARGUMENT for a path that is not absolute, SBX_E_PATH_NOT_FOUND,
 * SBX_E_SYSTEM, SBX_E_MEMORY. *facts is untouched on failure.
 */
sbx_status file_examine(const char *path, struct file_facts *facts, struct sbx_error *error);
void file_facts_free(struct file_facts *facts);

/* Is there an ordinary file of that name? Never fails: what cannot be seen is not there. For looking up programs. */
bool file_is_program(const char *path);

enum known_folder {
    FOLDER_SYSTEM,            /* C:\Windows\System32 */
    FOLDER_WINDOWS,           /* C:\Windows */
    FOLDER_PROFILE,           /* C:\Users\me */
    FOLDER_LOCAL_DATA,        /* C:\Users\me\AppData\Local */
    FOLDER_PROGRAM_FILES,     /* C:\Program Files */
    FOLDER_PROGRAM_FILES_X86, /* SBX_E_PATH_NOT_FOUND on 32-bit Windows */
    FOLDER_PROGRAM_DATA,      /* C:\ProgramData */
};
/* Asked of the system (known folders, the profile from the token), never of the environment. Caller frees. */
sbx_status folder_path(enum known_folder folder, char **path, struct sbx_error *error);

/* "C:\\" of each fixed or removable drive of this computer, in order; no network drives, no CDs. SBX_E_SYSTEM, SBX_E_MEMORY. */
sbx_status drive_list(struct sbx_strings *roots, struct sbx_error *error);

/*
 * Is the drive that `path` begins with a disk of this computer itself? Neither a network drive nor a letter that stands for another path:
 * whoever is logged on may define one (SUBST, DefineDosDevice) that leads over links to anywhere. Opens nothing. For paths that
 * a command may have written somewhere.
 */
bool file_drive_is_disk(const char *path);

/*
 * Whole file as bytes, NUL-ended behind *size; SBX_E_LIMIT above `most` bytes, SBX_E_PATH_NOT_FOUND, SBX_E_ARGUMENT for a
 * folder. Caller frees.
 */
sbx_status file_read_all(const char *path, size_t most, char **bytes, size_t *size, struct sbx_error *error);

/*
 * Opens a folder so that nobody moves, deletes or replaces it while it is open, and tells its final path: what is checked
 * with it is what is used. Asks for the right that a working directory needs (traverse). SBX_E_PATH_NOT_FOUND
 * for what is no folder, SBX_E_ARGUMENT, SBX_E_SYSTEM, SBX_E_MEMORY. The caller closes *folder and frees *final_path.
 */
sbx_status folder_hold(const char *path, sbx_handle *folder, char **final_path, struct sbx_error *error);

/* Creates the folder and its missing parents; one that is there is fine. */
sbx_status folder_create(const char *path, struct sbx_error *error);
sbx_status file_delete(const char *path, struct sbx_error *error);
sbx_status folder_delete(const char *path, struct sbx_error *error); /* only an empty one */

/*
 * Deletes the folder and all that is in it, read-only files too. Nothing is followed: links and junctions go themselves, and
 * a `path` that is one is refused. Goes on after a failure and returns the first one.
 */
sbx_status folder_delete_tree(const char *path, struct sbx_error *error);

/* Creates a file that must not exist yet and writes `bytes`. SBX_E_SYSTEM with 80 where it does. */
sbx_status file_create(const char *path, const void *bytes, size_t size, struct sbx_error *error);

/*
 * Makes `bytes` the whole content of the file, which may be there or not: written beside it under another name, flushed,
 * and then renamed over it, so that whoever reads finds the old content or the new. SBX_E_ARGUMENT for a folder,
 * SBX_E_PATH_NOT_FOUND, SBX_E_SYSTEM; then what was there is as it was.
 */
sbx_status file_replace(const char *path, const void *bytes, size_t size, struct sbx_error *error);

/*
 * file_replace for a path that a client names, which may lead through a folder that commands write: into that very folder and
 * through no link, whoever puts one there meanwhile. SBX_E_WORKSPACE_REFUSED for a link on the way (Wine 8.0 tells of those to
 * folders), SBX_E_PATH_NOT_FOUND, SBX_E_ARGUMENT (a folder's name, a stream's), SBX_E_SYSTEM. A link that is the last name is
 * replaced itself.
 */
sbx_status file_save(const char *path, const void *bytes, size_t size, struct sbx_error *error);

/* A file that grows at its end and others may read, or append to, meanwhile. file_append writes all of `bytes` in one call. */
struct append_file;
sbx_status file_append_open(const char *path, struct append_file **file, struct sbx_error *error);
sbx_status file_append(struct append_file *file, const void *bytes, size_t size, struct sbx_error *error);
void file_append_close(struct append_file *file);

/*
 * A log: a file of one holder alone, that grows at its end and is read whole when it is opened again. The journal is one.
 * What log_append wrote may be lost or torn in a power cut until log_flush has returned; what was there before the
 * append is never touched by it.
 */
struct log_file;

/*
 * Opens or makes it, shared with nobody. SBX_E_STATE while somebody else has it open, SBX_E_PATH_NOT_FOUND when its
 * folder is missing, SBX_E_SYSTEM, SBX_E_MEMORY. The caller closes *file.
 */
sbx_status log_open(const char *path, struct log_file **file, struct sbx_error *error);
void log_close(struct log_file *file);

/* All of it, as file_read_all does. */
sbx_status log_read(struct log_file *file, size_t most, char **bytes, size_t *size, struct sbx_error *error);
sbx_status log_append(struct log_file *file, const void *bytes, size_t size, struct sbx_error *error);
sbx_status log_flush(struct log_file *file, struct sbx_error *error);
sbx_status log_cut(struct log_file *file, size_t size,
                   struct sbx_error *error); /* what is behind `size` goes, flushed */
sbx_status log_delete(struct log_file *file,
                      struct sbx_error *error); /* the name is gone at once; still to be closed */

/*
 * A mark that somebody lives: an empty file, open as long as its holder, gone when the holder closes it or dies. After a
 * power cut the file may be there, held by nobody. SBX_E_STATE when it is held already.
 */
struct held_file;
sbx_status held_open(const char *path, struct held_file **file, struct sbx_error *error);
void held_close(struct held_file *file);

/* Held by anybody? One that nobody holds is deleted on the way. Never fails: what cannot be seen is not held. */
bool held_is(const char *path);

/* The names in a folder of ours, in ASCII order. SBX_E_PATH_NOT_FOUND. */
sbx_status folder_list(const char *path, struct sbx_strings *names, struct sbx_error *error);

#endif
