/* The type library as it was built: what object browsers, PowerShell and our own dispatch rely on. */
#include "sbxcom/typeinfo.h"
#include "base/status.h"
#include "com/support.h"

#include <stdio.h>

static ITypeLib *library(void)
{
    ITypeLib *lib = NULL;

    CU_ASSERT_EQUAL_FATAL(LoadTypeLibEx(dll_path(), REGKIND_NONE, &lib), S_OK);
    return lib;
}

/* Calls `look` for each type; *attributes and names are valid during the call. */
static void each_type(void (*look)(ITypeInfo *info, const TYPEATTR *attributes, const WCHAR *name))
{
    ITypeLib *lib = library();

    for (UINT i = 0; i < ITypeLib_GetTypeInfoCount(lib); i++) {
        ITypeInfo *info;
        TYPEATTR *attributes;
        BSTR name = NULL;

        CU_ASSERT_EQUAL_FATAL(ITypeLib_GetTypeInfo(lib, i, &info), S_OK);
        CU_ASSERT_EQUAL_FATAL(ITypeInfo_GetTypeAttr(info, &attributes), S_OK);
        CU_ASSERT_EQUAL(ITypeInfo_GetDocumentation(info, MEMBERID_NIL, &name, NULL, NULL, NULL), S_OK);
        look(info, attributes, name);
        SysFreeString(name);
        ITypeInfo_ReleaseTypeAttr(info, attributes);
        ITypeInfo_Release(info);
    }
    ITypeLib_Release(lib);
}

static bool expect(bool truth, const WCHAR *type, const WCHAR *member, const char *what)
{
    if (!truth)
        printf("    %ls.%ls: %s\n", type, member ? member : L"", what);
    CU_ASSERT(truth);
    return truth;
}

/* ---- what dispatch relies on ----------------------------------------------------------------------------------------- */

static unsigned duals;

static void is_in_the_table(ITypeInfo *info, const TYPEATTR *attributes, const WCHAR *name)
{
    bool found = false;

    (void)info;
    if (attributes->typekind != TKIND_DISPATCH || !(attributes->wTypeFlags & TYPEFLAG_FDUAL))
        return;
    duals++;
    for (int type = 0; type < TYPE_COUNT && !found; type++)
        found = IsEqualIID(typeinfo_iid(type), &attributes->guid);
    expect(found, name, NULL, "not in TYPEINFO_INTERFACES");
}

static void every_dual_interface_is_known_to_dispatch(void)
{
    duals = 0;
    each_type(is_in_the_table);
    CU_ASSERT_EQUAL(duals, TYPE_COUNT);
    for (int type = 0; type < TYPE_COUNT; type++) {
        const struct typeinfo *info = NULL;

        CU_ASSERT_EQUAL(typeinfo_get(type, &info), S_OK); /* E_NOTIMPL: a type that dispatch does not know */
    }
}

static void members_stand_in_the_vtable_where_the_header_says(void)
{
    const struct typeinfo *info = NULL;
    size_t count;

    CU_ASSERT_EQUAL_FATAL(typeinfo_get(TYPE_ISandboxSession, &info), S_OK);
    CU_ASSERT_EQUAL(typeinfo_find(info, 1, &count)->offset, offsetof(ISandboxSessionVtbl, put_Workspace));
    CU_ASSERT_EQUAL(count, 2);
    CU_ASSERT_EQUAL(typeinfo_find(info, 104, &count)->offset, offsetof(ISandboxSessionVtbl, Run));
    CU_ASSERT_EQUAL(typeinfo_find(info, 121, &count)->offset, offsetof(ISandboxSessionVtbl, SetPolicy));
    CU_ASSERT_PTR_NULL(typeinfo_find(info, 9, &count));
    CU_ASSERT_EQUAL(typeinfo_find_name(info, L"SETPOLICY")->id, 121);
    CU_ASSERT_PTR_NULL(typeinfo_find_name(info, L"SetPolic"));
    CU_ASSERT_PTR_NULL(typeinfo_find_name(info, L""));
}

/* collection.c has one vtable for all. */
static void all_collections_have_one_shape(void)
{
    static const enum type collections[] = {
        TYPE_ISandboxChanges,   TYPE_ISandboxFindings, TYPE_ISandboxGrants,     TYPE_ISandboxProblems,
        TYPE_ISandboxProcesses, TYPE_ISandboxSteps,    TYPE_ISandboxViolations, TYPE_ISandboxWorkspaces};

    for (size_t i = 0; i < sizeof collections / sizeof collections[0]; i++) {
        const struct typeinfo *info = NULL;
        size_t count;

        CU_ASSERT_EQUAL_FATAL(typeinfo_get(collections[i], &info), S_OK);
        CU_ASSERT_EQUAL(info->member_count, 3);
        CU_ASSERT_EQUAL(typeinfo_find(info, 1, &count)->offset, offsetof(ISandboxFindingsVtbl, get_Count));
        CU_ASSERT_EQUAL(typeinfo_find(info, DISPID_VALUE, &count)->offset,
                        offsetof(ISandboxFindingsVtbl, get_Item));
        CU_ASSERT_EQUAL(typeinfo_find(info, DISPID_NEWENUM, &count)->offset,
                        offsetof(ISandboxFindingsVtbl, get__NewEnum));
        CU_ASSERT_EQUAL(typeinfo_find(info, DISPID_VALUE, &count)->result, VT_DISPATCH);
    }
}

/* ---- what clients rely on --------------------------------------------------------------------------------------------- */

static void has_help(ITypeInfo *info, const TYPEATTR *attributes, const WCHAR *name)
{
    BSTR help = NULL;

    ITypeInfo_GetDocumentation(info, MEMBERID_NIL, NULL, &help, NULL, NULL);
    expect(SysStringLen(help) > 0, name, NULL, "no help string");
    SysFreeString(help);
    for (UINT i = 0; i < attributes->cFuncs; i++) {
        FUNCDESC *function;
        BSTR member = NULL;

        CU_ASSERT_EQUAL_FATAL(ITypeInfo_GetFuncDesc(info, i, &function), S_OK);
        help = NULL;
        ITypeInfo_GetDocumentation(info, function->memid, &member, &help, NULL, NULL);
        if (!(function->wFuncFlags & FUNCFLAG_FRESTRICTED &&
              function->memid >= 0x60000000)) /* IDispatch's own */
            expect(SysStringLen(help) > 0 && SysStringLen(help) < 256, name, member,
                   "no help string, or one too long");
        SysFreeString(member);
        SysFreeString(help);
        ITypeInfo_ReleaseFuncDesc(info, function);
    }
}

static void everything_has_a_help_string(void)
{
    each_type(has_help);
}

/* In a library each name stands once; what widl reads first decides about the case of all. */
static void is_capitalized(ITypeInfo *info, const TYPEATTR *attributes, const WCHAR *name)
{
    for (UINT i = 0; i < attributes->cFuncs; i++) {
        FUNCDESC *function;
        BSTR member = NULL;

        CU_ASSERT_EQUAL_FATAL(ITypeInfo_GetFuncDesc(info, i, &function), S_OK);
        ITypeInfo_GetDocumentation(info, function->memid, &member, NULL, NULL, NULL);
        expect((member[0] >= 'A' && member[0] <= 'Z') || wcscmp(member, L"_NewEnum") == 0, name, member,
               "the IDL's order makes its name begin in lower case");
        SysFreeString(member);
        ITypeInfo_ReleaseFuncDesc(info, function);
    }
}

static void names_are_spelled_as_in_the_idl(void)
{
    each_type(is_capitalized);
}

static void is_dual_or_setup(ITypeInfo *info, const TYPEATTR *attributes, const WCHAR *name)
{
    (void)info;
    if (attributes->typekind == TKIND_DISPATCH && attributes->wTypeFlags & TYPEFLAG_FDUAL)
        expect((attributes->wTypeFlags & TYPEFLAG_FNONEXTENSIBLE) != 0, name, NULL, "not nonextensible");
    if (attributes->typekind == TKIND_INTERFACE) /* the elevated server's: no IDispatch, no VARIANT */
        expect(wcscmp(name, L"ISandboxSetup") == 0, name, NULL, "an interface that scripts cannot call");
}

static void interfaces_are_dual_and_not_extensible(void)
{
    each_type(is_dual_or_setup);
}

static void follows_the_conventions(enum type type)
{
    const struct typeinfo *info = NULL;
    DISPID previous = DISPID_UNKNOWN - 100;
    bool got = false;

    CU_ASSERT_EQUAL_FATAL(typeinfo_get(type, &info), S_OK);
    for (size_t i = 0; i < info->member_count; i++) {
        const struct member *member = &info->members[i];
        bool is_method = member->kind == INVOKE_FUNC;

        CU_ASSERT_EQUAL(is_method, member->id > 100);
        CU_ASSERT(is_method || member->id < 100);
        /* PowerShell: the first setter of a DISPID wins, and it must be the put of a value. */
        got = member->id == previous && got;
        CU_ASSERT_FALSE(got && member->kind == INVOKE_PROPERTYPUT);
        got = got || member->kind == INVOKE_PROPERTYGET || member->kind == INVOKE_PROPERTYPUTREF;
        /* Scripts hold no other kinds of number. */
        CU_ASSERT(member->result == VT_EMPTY || member->result == VT_BSTR || member->result == VT_I4 ||
                  member->result == VT_R8 || member->result == VT_BOOL || member->result == VT_DATE ||
                  member->result == VT_VARIANT || member->result == VT_DISPATCH ||
                  member->result == VT_UNKNOWN);
        for (UINT j = 0; j < member->parameter_count; j++)
            CU_ASSERT(!member->parameters[j].optional || member->parameters[j].type == VT_VARIANT);
        previous = member->id;
    }
}

static void members_follow_the_conventions(void)
{
    for (int type = 0; type < TYPE_COUNT; type++)
        follows_the_conventions(type);
}

static void error_codes_are_those_of_status_h(void)
{
    CU_ASSERT_EQUAL((HRESULT)sbxErrorPolicySyntax, (HRESULT)(SBX_HRESULT_BASE + SBX_E_POLICY_SYNTAX));
    CU_ASSERT_EQUAL((HRESULT)sbxErrorRunnerLost, (HRESULT)(SBX_HRESULT_BASE + SBX_E_RUNNER_LOST));
    CU_ASSERT_EQUAL((HRESULT)sbxErrorCommandUnsafeArgument,
                    (HRESULT)(SBX_HRESULT_BASE + SBX_E_COMMAND_UNSAFE_ARGUMENT));
    CU_ASSERT_EQUAL((HRESULT)sbxErrorState, (HRESULT)(SBX_HRESULT_BASE + SBX_E_STATE));
    CU_ASSERT_EQUAL((HRESULT)sbxErrorNotBuilt, (HRESULT)(SBX_HRESULT_BASE + SBX_E_NOT_BUILT));
}

const struct harness_suite typeinfo_suite = {
    "typeinfo",
    (const struct harness_test[]){
        {"every dual interface is known to dispatch", every_dual_interface_is_known_to_dispatch},
        {"members stand in the vtable where the header says",
         members_stand_in_the_vtable_where_the_header_says},
        {"all collections have one shape", all_collections_have_one_shape},
        {"everything has a help string", everything_has_a_help_string},
        {"names are spelled as in the IDL", names_are_spelled_as_in_the_idl},
        {"interfaces are dual and not extensible, but for the elevated server's",
         interfaces_are_dual_and_not_extensible},
        {"members follow the conventions: DISPIDs, puts first, types that scripts hold",
         members_follow_the_conventions},
        {"error codes are those of status.h", error_codes_are_those_of_status_h},
        {NULL, NULL},
    },
};
