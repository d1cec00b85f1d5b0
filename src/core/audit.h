/*
 * audit.h - where a token may write that nobody gave it: what Everyone, Users or Authenticated Users were left somewhere.
 *
 * Looks at lists and changes nothing. Begins with the folders that it is given, all of them before what is in any, then goes on
 * level by level, because what is high up matters most and a whole drive is never done. What may be written is told and not
 * gone into: what is in it is presumed to be as open. Links, junctions and other reparse points are never followed, so a folder
 * that is reached through one alone is not seen. Time and number both end it, and the result says that they did.
 */
#ifndef SBX_CORE_AUDIT_H
#define SBX_CORE_AUDIT_H

#include "core/access_check.h"

struct audit_question {
    const struct access_token *token;
    const struct sbx_strings *roots;  /* absolute; one that is not there is left out */
    const struct sbx_strings *spared; /* what the token may write by right: not looked at; may be NULL */
    uint32_t most_ms;
    size_t most_objects;
    bool (*go_on)(void *context); /* now and then; false is SBX_E_CANCELLED; may be NULL */
    void *context;
};

enum audit_right {
    AUDIT_WRITE = 1,  /* of a folder: make files in it; of a file: change it */
    AUDIT_MAKE = 2,   /* of a folder: make folders in it, of a file: append */
    AUDIT_DELETE = 4, /* of a folder: delete what is in it */
    AUDIT_OWN = 8,    /* change its list or its owner */
};

struct audit_place {
    char *path;
    uint32_t rights; /* enum audit_right */
    struct sid who;  /* that the entry names which gives the first of them; size 0: no list, or no entry */
};

struct audit {
    struct audit_place *places; /* in the order in which they were found */
    size_t count;
    size_t seen;    /* files and folders */
    size_t refused; /* whose list or names the caller may not read: nothing is known of them */
    size_t links;
    uint32_t elapsed_ms;
    bool out_of_time, out_of_count; /* it ended there, with folders left to go into */
};

/* SBX_E_CANCELLED, SBX_E_MEMORY; *audit is untouched on failure. What cannot be looked at is counted, and no failure. */
sbx_status audit_run(const struct audit_question *question, struct audit *audit, struct sbx_error *error);
void audit_free(struct audit *audit); /* leaves it zeroed */

/*
 * "3 places may be written beside: C:\x (Users: make folders), ... 1200 files and folders were looked at; more was there when ...".
 * The first `most` by name. Appended; look at buffer_failed.
 */
void audit_write_words(const struct audit *audit, size_t most, struct sbx_buffer *out);

/*
 * Where to begin on this host: each drive, the folders of `path_variable` (PATH; NULL: none), ProgramData, Program Files, Windows.
 * Each once. SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status audit_roots(const char *path_variable, struct sbx_strings *roots, struct sbx_error *error);

/*
 * The token of an account that is in nothing but what every local account is in, and in the groups given (SIDs), for when there is
 * no command whose token could be measured. Freed with audit_token_free.
 */
struct audit_token {
    struct access_token token;
    struct access_sid *groups;
};
sbx_status audit_token_make(const char *account_sid, const struct sbx_strings *group_sids,
                            struct audit_token *token, struct sbx_error *error);
void audit_token_free(struct audit_token *token);

#endif
