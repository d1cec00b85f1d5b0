/*
 * enumerator.h - what For Each and foreach walk along: a snapshot of values.
 */
#ifndef SBX_SBXCOM_ENUMERATOR_H
#define SBX_SBXCOM_ENUMERATOR_H

#include "sbxcom/com.h"

/*
 * An IEnumVARIANT over `count` values, which it takes: array (from sbx_alloc_array) and contents, also when this fails. The
 * only failure is E_OUTOFMEMORY.
 */
HRESULT enumerator_create(VARIANT *values, size_t count, IUnknown **enumerator);

#endif
