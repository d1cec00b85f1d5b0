/*
 * error.h - the one place where a failure becomes COM's: an HRESULT and the thread's IErrorInfo.
 */
#ifndef SBX_SBXCOM_ERROR_H
#define SBX_SBXCOM_ERROR_H

#include "base/status.h"
#include "sbxcom/com.h"

/*
 * SBX_OK is S_OK. Any other status becomes SBX_HRESULT_BASE + status, with the thread's error information set: the
 * description "CODE_WORD: text", the source (a ProgID) and the interface that failed. `error` may be NULL or empty
 * (a time-out has no text of its own); the description then says what the code means.
 *
 * SBX_E_MEMORY becomes a bare E_OUTOFMEMORY: no memory is needed to say that there is none.
 */
HRESULT error_raise(const WCHAR *source, const IID *iid, sbx_status status, const struct sbx_error *error);

#endif
