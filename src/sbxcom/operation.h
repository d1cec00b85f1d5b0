/*
 * operation.h - ISandboxOperation: a Provision in progress, to be polled.
 */
#ifndef SBX_SBXCOM_OPERATION_H
#define SBX_SBXCOM_OPERATION_H

#include "sbxcom/provisioning.h"
#include "sbxcom/session.h"

/* Takes a hold of its own on both. E_OUTOFMEMORY. */
HRESULT operation_create(struct session *session, struct provisioning *provisioning,
                         ISandboxOperation **value);

#endif
