/*
 * policy.h - Sbx.Policy: what is allowed, as ISandboxPolicy has it. The policy itself is core/policy.h.
 *
 * A session holds the object it was given and copies the policy when it provisions, so a script may go on editing: that
 * counts at the next Provision, which knows by the version that there was an edit.
 */
#ifndef SBX_SBXCOM_POLICY_H
#define SBX_SBXCOM_POLICY_H

#include "core/policy.h"
#include "sbxcom/com.h"

struct policy_object;

HRESULT policy_create(REFIID iid, void **value);

/* Takes the policy in any case; NULL without memory. The caller has one reference. */
struct policy_object *policy_object_new(struct sbx_policy *policy);

/* An object that a client passed, if it is one of this DLL's policies; else NULL. Borrowed: hold it to keep it. */
struct policy_object *policy_object_from_client(IUnknown *client);

void policy_object_hold(struct policy_object *policy);
void policy_object_release(struct policy_object *policy);
ISandboxPolicy *policy_object_interface(struct policy_object *policy);

/* What it says now, and the number of edits until now; SBX_E_MEMORY. `edits` may be NULL. */
sbx_status policy_object_copy(struct policy_object *policy, struct sbx_policy *copy, uint32_t *edits);
uint32_t policy_object_edits(struct policy_object *policy);

/* JSON text that begins with a brace, or else the absolute path of a file with such text. */
sbx_status policy_take(const char *text, size_t size, struct sbx_policy *policy, struct sbx_error *error);

#endif
