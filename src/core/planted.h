/*
 * planted.h - protected and denied names, looked at after each command.
 *
 * A deny stands on an object. Where there is none yet (.git before the first `git init`), nothing keeps a command
 * from making one, and whatever tool of the user's reads it later runs what the sandbox wrote. So each name in
 * a place that may be written is looked at when a command has ended, by handle from its write root on, never
 * through a link: what appeared there is told, loses the sandbox's rights where grants are in force, and is moved
 * aside where the policy says so (files.onPlanted "move"). What was there and is another object now, or gone,
 * is told as well: at the restricted level the write-restricted recipe does not hold deletes.
 *
 * A link or a file on the way (.git a junction, or one of git's one-line files) counts as standing on the name: it
 * decides what the name means. What was seen once is told once.
 *
 * The look says what is there, not who did it: with several commands at a time, or a user at work in the same folder,
 * "after command 3" is all that is known. What its maker opened to Everyone stays open to Everyone.
 */
#ifndef SBX_CORE_PLANTED_H
#define SBX_CORE_PLANTED_H

#include "core/boundary.h"
#include "core/tree.h"
#include "core/violation.h"

struct planted; /* one session's; calls on it must not overlap */

struct planted_options {
    const struct boundary *boundary; /* lent, as long as the struct planted lives */
    bool granted;                    /* grants are in force, so there are rights to be taken out */
    bool move;                       /* files.onPlanted is "move" */
};

/*
 * What the boundary says was there is what counts as untouched, so begin may come long after it was resolved. Asks the
 * host only about links, of which the boundary has no ids. SBX_E_SYSTEM, SBX_E_MEMORY; *planted is untouched on
 * failure. Freed with planted_free; NULL is fine.
 */
sbx_status planted_begin(const struct planted_options *options, struct planted **planted,
                         struct sbx_error *error);
void planted_free(struct planted *planted);

/*
 * Looks at every name and appends what is new to `found`. `process`: the session's id of the command that has
 * ended; 0 at the session's end. `control` as in core/tree.h: it is asked while rights are taken out of a large tree; that it was
 * stopped is told in the violation's text, each later look tries again, and what came of it is told, at the end in any case. What cannot be looked at becomes one violation of its own, until it can again. Only
 * SBX_E_MEMORY is returned; then what was not told is told by the next look.
 */
sbx_status planted_look(struct planted *planted, uint32_t process, const struct tree_control *control,
                        struct violations *found, struct sbx_error *error);

#endif
