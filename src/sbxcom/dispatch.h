/*
 * dispatch.h - late-bound calls, by the rules of the interface page instead of Automation's own.
 *
 * ITypeInfo::Invoke would do most of it, but answers DISP_E_TYPEMISMATCH where a script needs to be told which
 * parameter takes what (PowerShell cannot even show that code), converts text by the user's locale, and refuses VT_I8. So
 * the type library says what a member takes (typeinfo.h), arguments.h says what the script means, and DispCallFunc
 * calls the vtable. Reading a property this way allocates nothing but the value itself.
 */
#ifndef SBX_SBXCOM_DISPATCH_H
#define SBX_SBXCOM_DISPATCH_H

#include "sbxcom/object.h"

/*
 * Ids of a member and its parameters. DISP_E_UNKNOWNNAME with DISPID_UNKNOWN in each place that has none.
 */
HRESULT dispatch_get_ids(const struct object *object, LPOLESTR *names, UINT count, DISPID *ids);

/*
 * Calls a member. `flags` as for IDispatch::Invoke; a method and a property's get are the same to us. Fails with
 *
 *     DISP_E_MEMBERNOTFOUND   no such member, or it cannot be written
 *     DISP_E_PARAMNOTFOUND    a named argument that the member has not
 *     DISP_E_EXCEPTION        everything else: *exception has the HRESULT in scode, the description and the source.
 *                             Wrong arguments are E_ARGUMENT, whatever is wrong with them
 *     E_OUTOFMEMORY, E_POINTER, E_NOINTERFACE   as they are, without a text
 */
HRESULT dispatch_invoke(struct object *object, DISPID id, WORD flags, DISPPARAMS *given, VARIANT *result,
                        EXCEPINFO *exception, UINT *wrong);

#endif
