/*
 * caller.h - who calls, as the system tells it; what to think of him is core/setup_caller.h.
 */
#ifndef SBX_SBXSETUP_CALLER_H
#define SBX_SBXSETUP_CALLER_H

#include "core/setup_caller.h"

/*
 * In a call that COM dispatched. The caller is impersonated for as long as his token takes to be opened, and not while
 * anything is done: work under his name could be done on his objects. *caller is filled also where the host tells nothing
 * (SETUP_IMPERSONATION_NONE). SBX_E_SYSTEM, SBX_E_MEMORY.
 */
sbx_status caller_identify(struct setup_caller *caller, struct sbx_error *error);

/* This process's own token. */
sbx_status caller_examine_server(struct setup_server *server, struct sbx_error *error);

#endif
