/*
 * desktop.h - a session's own desktop, with the entries that commands need and no more.
 *
 * The caller makes it, because only the interactive user may, and takes it away again. A token with restricting SIDs passes
 * a second check by a capability SID alone, so those get entries: on the new desktop, on the window station (without
 * clipboard, screen, exit and new desktops) and on the session's BaseNamedObjects (MSYS makes its objects there). Entries on what is
 * shared are added one by one and taken out one by one: of two sessions with the same SID each takes out its own, and
 * what was there before is the same byte for byte.
 *
 * A caller that is killed leaves its entries, and no journal takes them out. They need none: they stand on objects of this logon session,
 * which end with it, so a journal on a disk would outlive what it is about and next time be undone on another station. What they allow
 * they allow to a SID that no account has and only commands of this very workspace carry (the elevated level: to an account
 * that logs on for sessions alone), and the next session there puts the same entry again. What is left is their number: each crash
 * costs 36 bytes of a list that holds 65,535; a list without room is DESKTOP_ENTRIES_REFUSED, and the report says so.
 */
#ifndef SBX_CORE_DESKTOP_H
#define SBX_CORE_DESKTOP_H

#include "base/buffer.h"
#include "base/text.h"
#include "os/desktop.h"

#include <stdbool.h>

enum desktop_entries {
    DESKTOP_ENTRIES_NONE,    /* nobody needs any */
    DESKTOP_ENTRIES_PUT,     /* and read back */
    DESKTOP_ENTRIES_LOST,    /* this host takes them and keeps none, or has no list there */
    DESKTOP_ENTRIES_REFUSED, /* the caller may not change that object */
};

struct private_desktop {
    struct desktop *desktop; /* NULL: there is none */
    char *name;              /* "WinSta0\\sbx-..." */
    struct sbx_strings sids; /* that have entries */
    enum desktop_entries entries[DESKTOP_OBJECT_COUNT];
};

/*
 * `user_sid` gets what drawing takes of the new desktop; `restricting_sids` are the recipe's, of which those with an authority of
 * our own (S-1-9-...) get entries, as `account_sid` does (the elevated level; may be NULL): with a desktop named the secondary logon
 * service makes none. SBX_E_UNSUPPORTED_HOST, SBX_E_SYSTEM where no desktop can be made, SBX_E_MEMORY; then nothing
 * is left and *made is untouched. Entries that cannot be put are no failure but a fact in `entries`.
 */
sbx_status private_desktop_open(const char *user_sid, const char *account_sid,
                                const struct sbx_strings *restricting_sids, struct private_desktop *made,
                                struct sbx_error *error);

/* Takes the entries out again and closes the desktop. Returns the first failure and goes on. Leaves it empty; an empty one is fine. */
sbx_status private_desktop_close(struct private_desktop *desktop, struct sbx_error *error);

/* What became of it, in sentences for a report. */
void private_desktop_describe(const struct private_desktop *desktop, struct sbx_buffer *out);

#endif
