/*
 * setup.h - ISandboxSetup: four verbs for whoever calls, and for nobody that he names.
 */
#ifndef SBX_SBXSETUP_SETUP_H
#define SBX_SBXSETUP_SETUP_H

#include "com.h"

HRESULT setup_create(REFIID iid, void **value);

#endif
