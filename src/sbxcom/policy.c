/*
 * policy.c - nothing of it is built yet: a session takes its policy as text or as a file.
 */
#include "sbxcom/policy.h"
#include "sbxcom/not_built.h"

NOT_BUILT_RESULT1(Policy, get_Json, BSTR *)
NOT_BUILT2(Policy, put_Item, BSTR, VARIANT)
NOT_BUILT_RESULT2(Policy, get_Item, BSTR, VARIANT *)
NOT_BUILT1(Policy, put_Network, BSTR)
NOT_BUILT_RESULT1(Policy, get_Network, BSTR *)
NOT_BUILT1(Policy, Load, BSTR)
NOT_BUILT1(Policy, Parse, BSTR)
NOT_BUILT1(Policy, Save, BSTR)
NOT_BUILT_RESULT2(Policy, Validate, BSTR, ISandboxProblems **)
NOT_BUILT_RESULT2(Policy, GetJson, BSTR, BSTR *)
NOT_BUILT2(Policy, SetJson, BSTR, BSTR)
NOT_BUILT1(Policy, Remove, BSTR)
NOT_BUILT1(Policy, AddWrite, VARIANT)
NOT_BUILT1(Policy, AddRead, VARIANT)
NOT_BUILT1(Policy, Deny, VARIANT)
NOT_BUILT1(Policy, Protect, VARIANT)
NOT_BUILT2(Policy, Require, VARIANT, VARIANT)
NOT_BUILT2(Policy, Limit, BSTR, VARIANT)

static const ISandboxPolicyVtbl policy_vtbl = {
    OBJECT_METHODS(ISandboxPolicy),
    Policy_get_Json,
    Policy_put_Item,
    Policy_get_Item,
    Policy_put_Network,
    Policy_get_Network,
    Policy_Load,
    Policy_Parse,
    Policy_Save,
    Policy_Validate,
    Policy_GetJson,
    Policy_SetJson,
    Policy_Remove,
    Policy_AddWrite,
    Policy_AddRead,
    Policy_Deny,
    Policy_Protect,
    Policy_Require,
    Policy_Limit,
};

static const struct object_class policy_class = {
    .type = TYPE_ISandboxPolicy,
    .source = L"Sbx.Policy",
    .clsid = &CLSID_SandboxPolicy,
};

HRESULT policy_create(REFIID iid, void **value)
{
    struct object *self = object_new(sizeof *self, &policy_class, &policy_vtbl);

    return self ? object_give(self, iid, value) : E_OUTOFMEMORY;
}
