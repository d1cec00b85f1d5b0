/*
 * change_log.h - what has changed in a session's workspace since its first Provision: one list for all its engines.
 *
 * Each engine watches the workspace as long as it lives and writes down what it sees; while one takes the place of another, only
 * the newer one's counts, so nothing is written down twice. What happens while there is none, between
 * a runner's death and the next Provision, is not seen; no command runs then.
 */
#ifndef SBX_SBXCOM_CHANGE_LOG_H
#define SBX_SBXCOM_CHANGE_LOG_H

#include "core/changes.h"

struct change_log;

struct change_log *change_log_create(void); /* NULL without memory */
void change_log_hold(struct change_log *log);
void change_log_release(struct change_log *log); /* NULL is fine */

/* From now on what `writer` adds counts, and nobody else's. */
void change_log_claim(struct change_log *log, const void *writer);
void change_log_add(struct change_log *log, const void *writer, enum change_action action, const char *path,
                    uint32_t process);

/* The changes below the workspace; what is a folder and only changed is left out. Asks the host. SBX_E_MEMORY. */
sbx_status change_log_list(struct change_log *log, const char *workspace, struct change_list *list);

#endif
