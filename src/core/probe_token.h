/*
 * probe_token.h - the token of a command, as the probe inside measured its own: lines out, facts in.
 *
 *     token user S-1-5-21-...
 *     token group S-1-5-32-545
 *     token end 14
 *
 * The last line counts those before it, so a token of which a part is missing, a group that denies perhaps, is none at all.
 */
#ifndef SBX_CORE_PROBE_TOKEN_H
#define SBX_CORE_PROBE_TOKEN_H

#include "base/buffer.h"
#include "os/token.h"

/* Appended; look at buffer_failed. */
void probe_token_write(const struct token_facts *facts, struct sbx_buffer *out);

struct probe_token { /* begins zeroed; freed with probe_token_free */
    struct token_facts facts;
    size_t line_count;
    bool spoilt; /* a line that was none, or no memory for one: the facts are not all there */
    bool whole;  /* all lines came; only then the facts mean anything */
};

/* False: it is no line about a token, and was not looked at. */
bool probe_token_read_line(struct probe_token *token, const char *line);
void probe_token_free(struct probe_token *token);

#endif
