/*
 * connection_enum.h - the two enumerators of connectable objects: connection points, and connections of one.
 */
#ifndef SBX_SBXCOM_CONNECTION_ENUM_H
#define SBX_SBXCOM_CONNECTION_ENUM_H

#include "sbxcom/com.h"

#include <stddef.h>

/* Over a copy of `items`, with references of its own. Of a connection point only pUnk counts. E_OUTOFMEMORY. */
HRESULT connection_points_create(const CONNECTDATA *items, size_t count, IEnumConnectionPoints **value);
HRESULT connections_create(const CONNECTDATA *items, size_t count, IEnumConnections **value);

#endif
