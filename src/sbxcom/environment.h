/*
 * environment.h - ISandboxEnvironment: the variables of one command, editable until it is run. The list itself is
 * core/environment.h.
 */
#ifndef SBX_SBXCOM_ENVIRONMENT_H
#define SBX_SBXCOM_ENVIRONMENT_H

#include "core/environment.h"
#include "sbxcom/object.h"

struct environment_object;

/* An object with a copy of `variables` and one reference. NULL without memory. */
struct environment_object *environment_object_new(const struct environment *variables);
struct object *environment_object_base(struct environment_object *self);

/* What is in it now; the caller frees. SBX_E_MEMORY. */
sbx_status environment_object_copy(struct environment_object *self, struct environment *variables);

#endif
