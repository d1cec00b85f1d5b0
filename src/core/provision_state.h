/*
 * provision_state.h - a workspace's folder of ours: its journal, who lives in it. Private to provision.c and
 * provision_list.c.
 */
#ifndef SBX_CORE_PROVISION_STATE_H
#define SBX_CORE_PROVISION_STATE_H

#include "core/provision.h"

/* FOLDER\NAMEEXTENSION, freed with sbx_free; NULL without memory. */
char *provision_join(const char *folder, const char *name, const char *extension);

/*
 * journal_open, of `folder`\journal; a `subject` makes the folder, too. SBX_E_TIMEOUT when somebody else
 * holds it for so long; with 0, which does not wait, SBX_E_STATE. SBX_E_CANCELLED when `control` (may be NULL)
 * says so while it waits.
 */
sbx_status provision_open_journal(const char *folder, const struct journal_subject *subject,
                                  uint32_t most_wait_ms, const struct tree_control *control,
                                  struct journal **journal, struct sbx_error *error);
void provision_close_journal(const char *folder, struct journal *journal);

/* Does a session other than this one (NULL: any) live in it? */
sbx_status provision_is_in_use(const char *folder, const char *own_session, bool *in_use,
                               struct sbx_error *error);

/*
 * Does something stand that was granted for a while? A file beside the journal, for the journal's holder: made before the grant, gone
 * after it.
 */
bool provision_is_for_a_while(const char *folder);
sbx_status provision_set_for_a_while(const char *folder, bool for_a_while, struct sbx_error *error);

#endif
