/*
 * file.h - volumes, files and their names, shared by the files of the simulation.
 *
 * A file is an object with an id, a descriptor and contents; a name is where a folder says what it is called.
 * A file may have several names (hard links), a folder has one, a root has one without a folder. A link
 * (junction, symbolic link) is an object of its own that leads on when it is met on the way, and at the end
 * where the caller follows it.
 */
#ifndef TESTS_SIM_FILE_H
#define TESTS_SIM_FILE_H

#include "os/filesystem.h"
#include "sim/sim.h"

struct sim_volume {
    bool keeps_acls;
    bool remote;
    bool opens_by_id;
    unsigned number;
    struct sim_volume *next;
};

struct sim_file {
    enum file_kind kind;
    struct sim_volume *volume;
    char volume_id[40];
    char file_id[40];
    char *link;        /* NULL: no link */
    bool substitution; /* a link that is a drive: it is never seen itself */
    bool read_only;    /* FILE_ATTRIBUTE_READONLY */
    uint8_t *descriptor;
    size_t descriptor_size;
    uint8_t *bytes; /* contents, NUL-ended */
    size_t size, room;
    size_t flushed_size;            /* what is behind it may be lost with the power */
    size_t links;                   /* names */
    size_t references;              /* names and opens */
    struct sim_name *children;      /* of a folder */
    struct sim_name *name;          /* one of its names, NULL: none left */
    struct sim_file *next, *before; /* of all */
};

struct sim_name {
    char *text;              /* of a root: "C:" or "\\server\share" */
    struct sim_file *folder; /* NULL: a root */
    struct sim_file *file;
    struct sim_name *next;  /* in the folder */
    struct sim_name *other; /* of the same file */
};

/* A path taken apart: what it leads to, and where a new one of that name would go. */
struct sim_place {
    struct sim_name *name;   /* NULL: there is none of that name */
    struct sim_file *file;   /* what it is, links followed as asked */
    struct sim_file *folder; /* where it is or would be; NULL of a root, or when a folder above is missing */
    const char *last;        /* inside the path: the last name */
    size_t last_size;
    bool through_link; /* the last name is a link's */
    bool over_link;    /* some link was followed */
    bool leads_off;    /* to another machine: nothing was followed, nothing found */
};
enum sim_follow { SIM_LOOK_AT_LINK, SIM_FOLLOW_LINK };
struct sim_place sim_find(const char *path, enum sim_follow follow);

/* The same by a call that looks at each link before it follows it, and follows none that leads to another machine. */
struct sim_place sim_walk(const char *path, enum sim_follow follow);
sbx_status sim_leads_off(const char *path, struct sbx_error *error);
struct sim_name *sim_child(const struct sim_file *folder, const char *name, size_t size);

/* The size of "C:" or "\\server\share" at the front, 0 where the path has no root. */
size_t sim_root_size(const char *path);
bool sim_is_separator(char letter);

/* The true path by that name. World memory: freed with free. */
char *sim_path_of(const struct sim_name *name);

/*
 * A new object in `folder` (NULL: a root), with the descriptor it inherits there and the caller's token as
 * owner. Does not ask who may.
 */
struct sim_file *sim_file_make(struct sim_file *folder, const char *name, size_t size, enum file_kind kind);
struct sim_name *sim_name_add(struct sim_file *folder, const char *text, size_t size, struct sim_file *file);
void sim_name_remove(
    struct sim_name *name); /* the file goes with its last name and the last who has it open */
void sim_name_move(struct sim_name *name, struct sim_file *folder, const char *text, size_t size);
void sim_file_hold(struct sim_file *file);
void sim_file_release(struct sim_file *file);

void sim_file_set_descriptor(struct sim_file *file, const void *bytes, size_t size); /* a copy of them */
void sim_file_append(struct sim_file *file, const void *bytes, size_t size);

/* Calls `visit` for every name below the roots, folders first, in the order of their names. */
void sim_visit(void (*visit)(void *context, const struct sim_name *name, const char *path), void *context);

/* After a power cut: what was not flushed. */
void sim_files_power_returns(enum sim_unflushed what);

/* file_replace, with a descriptor of its own for the new file (NULL: what it inherits). */
struct sim_bytes;
sbx_status sim_replace(const char *path, const struct sim_bytes *descriptor, const void *bytes, size_t size,
                       struct sbx_error *error);

struct sid;
void sim_set_owner(struct sim_file *file, const struct sid *owner); /* in acts.c */

struct sim_file *sim_file_by_id(const char *volume_id, const char *file_id);
void sim_files_clear(void);
void sim_files_standard(void); /* the folders that every Windows has */
void sim_files_reset(void);    /* both */

#endif
