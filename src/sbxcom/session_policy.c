/*
 * session_policy.c - the policy of a session: the object it holds, and the copy that it was provisioned with.
 */
#include "base/memory.h"
#include "sbxcom/arguments.h"
#include "sbxcom/session_private.h"
#include "sbxcom/values.h"

/* Takes the caller's hold on the policy. A closed session is never provisioned again, so it would ignore a new one. */
static sbx_status use_policy(struct session *self, struct policy_object *policy, struct sbx_error *error)
{
    struct policy_object *old = policy;
    sbx_status status = SBX_OK;

    AcquireSRWLockExclusive(&self->lock);
    if (session_state(self) == sbxStateClosed) {
        status = session_not_running(sbxStateClosed, error);
    } else {
        old = self->policy;
        self->policy = policy;
        self->changed |= policy != old;
    }
    ReleaseSRWLockExclusive(&self->lock);
    policy_object_release(old);
    return status;
}

static sbx_status no_policy(struct sbx_error *error)
{
    return error_set(
        error, SBX_E_ARGUMENT,
        "Policy takes an object of Sbx.Policy, JSON text or the path of a file; this object is none "
        "of ours. Create one by the name Sbx.Policy, or give its JSON text (in PowerShell: ConvertTo-Json).");
}

/* The caller has a hold on *policy. */
static sbx_status hold_client_policy(IUnknown *client, struct policy_object **policy, struct sbx_error *error)
{
    struct policy_object *found = policy_object_from_client(client);

    if (!found)
        return no_policy(error);
    policy_object_hold(found);
    *policy = found;
    return SBX_OK;
}

static sbx_status make_policy(const VARIANT *given, struct policy_object **policy, struct sbx_error *error)
{
    struct sbx_policy read;
    char *text = NULL;
    size_t size;
    sbx_status status;

    if (argument_absent(given)) {
        status = policy_default(&read); /* $null takes a policy off again: the strict default */
    } else {
        status = argument_text(given, "Policy", &text, &size, error);
        if (!status)
            status = policy_take(text, size, &read, error);
        sbx_free(text);
    }
    if (status)
        return status;
    *policy = policy_object_new(&read);
    return *policy ? SBX_OK : SBX_E_MEMORY;
}

HRESULT STDMETHODCALLTYPE Session_put_Policy(ISandboxSession *iface, VARIANT given)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct policy_object *policy = NULL;
    struct sbx_error error = {0};
    VARIANT value;
    sbx_status status;

    switch (argument_shape(&given)) {
    case ARGUMENT_ABSENT:
    case ARGUMENT_TEXT:
        status = make_policy(&given, &policy, &error);
        break;
    case ARGUMENT_OBJECT:
        value = argument_value(&given);
        status = hold_client_policy(V_UNKNOWN(&value), &policy, &error);
        break;
    case ARGUMENT_ARRAY: /* what PowerShell's Get-Content gives */
        status =
            error_set(&error, SBX_E_ARGUMENT,
                      "Policy takes a policy object, JSON text or the path of a file, not an array. Join its "
                      "lines to one text (in PowerShell: Get-Content -Raw), or give the file's path.");
        break;
    default:
        status = argument_wrong(&given, "Policy", "a policy object, JSON text or the path of a file", &error);
    }
    if (!status)
        status = use_policy(self, policy, &error);
    return session_result(self, status, &error);
}

HRESULT STDMETHODCALLTYPE Session_putref_Policy(ISandboxSession *iface, ISandboxPolicy *given)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct policy_object *policy = NULL;
    struct sbx_error error = {0};
    sbx_status status = hold_client_policy((IUnknown *)given, &policy, &error);

    if (!status)
        status = use_policy(self, policy, &error);
    return session_result(self, status, &error);
}

HRESULT STDMETHODCALLTYPE Session_get_Policy(ISandboxSession *iface, ISandboxPolicy **value)
{
    struct session *self = impl_from_ISandboxSession(iface);

    if (!value)
        return E_POINTER;
    AcquireSRWLockShared(&self->lock);
    policy_object_hold(self->policy);
    *value = policy_object_interface(self->policy);
    ReleaseSRWLockShared(&self->lock);
    return S_OK;
}

HRESULT STDMETHODCALLTYPE Session_SetPolicy(ISandboxSession *iface, ISandboxPolicy *policy)
{
    return Session_putref_Policy(iface, policy);
}

HRESULT session_query_policy(struct session *self, VARIANT *value)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct sbx_policy policy;
    HRESULT result;
    sbx_status status;

    AcquireSRWLockShared(&self->lock);
    status = self->has_frozen ? policy_copy(&self->frozen, &policy)
                              : policy_object_copy(self->policy, &policy, NULL);
    ReleaseSRWLockShared(&self->lock);
    if (status)
        return E_OUTOFMEMORY;
    policy_write(&policy, &text);
    policy_free(&policy);
    result = buffer_failed(&text) ? E_OUTOFMEMORY : value_variant_text(buffer_text(&text), text.size, value);
    buffer_free(&text);
    return result;
}
