/*
 * explain_words.h - a verdict in words, for explain alone: which entry, whose rule, what would change it.
 */
#ifndef SBX_CORE_EXPLAIN_WORDS_H
#define SBX_CORE_EXPLAIN_WORDS_H

#include "core/explain.h"

/* Rights on files and folders. */
#define EXPLAIN_LIST_FOLDER     0x0001u
#define EXPLAIN_ADD_FILE        0x0002u
#define EXPLAIN_DELETE_CHILD    0x0040u
#define EXPLAIN_READ_ATTRIBUTES 0x0080u

/* One check that was made, on the object that decided. */
struct explain_verdict {
    char *path;                   /* of that object */
    struct descriptor descriptor; /* its */
    struct access_decision decision;
    uint32_t wanted;
    uint32_t access; /* enum explain_access, all that was asked */
    bool by_folder;  /* it is the folder, which gave what the object itself did not */
    bool creates;    /* it is the folder, because there is nothing yet */
};

/* Fills decided_by, rule, fix and text of *explanation, whose other members are set. SBX_E_MEMORY. */
sbx_status explain_in_words(const struct boundary *boundary, const struct access_token *token,
                            const struct explain_verdict *verdict, struct explanation *explanation);

#endif
