/*
 * result.h - ISandboxResult: how a command ended and what it wrote.
 */
#ifndef SBX_SBXCOM_RESULT_H
#define SBX_SBXCOM_RESULT_H

#include "base/buffer.h"
#include "core/decode.h"
#include "sbxcom/engine.h"
#include "sbxcom/session.h"

/* Takes over the client reference on `run`, which has ended, and both buffers, in any case. E_OUTOFMEMORY. */
HRESULT result_create(struct session *session, struct engine_run *run, struct sbx_buffer output[2],
                      bool truncated, enum text_encoding encoding, ISandboxResult **value);

#endif
