/*
 * typeinfo.c - reading our own type library.
 */
#include "sbxcom/typeinfo.h"
#include "base/memory.h"
#include "sbxcom/module.h"

static const IID *const interface_iids[TYPE_COUNT] = {
#define X(name) &IID_##name,
    TYPEINFO_INTERFACES(X)
#undef X
};

static SRWLOCK loading = SRWLOCK_INIT; /* guards the library, and making an entry of `infos` */
static ITypeLib *library;
static struct typeinfo *infos[TYPE_COUNT];

/* ---- the library --------------------------------------------------------------------------------------------------- */

/* Locked. */
static HRESULT load_library(void)
{
    WCHAR *path;
    HRESULT result;

    if (library)
        return S_OK;
    result = module_path(&path);
    if (FAILED(result))
        return result;
    result = LoadTypeLibEx(path, REGKIND_NONE, &library);
    sbx_free(path);
    return result;
}

HRESULT typeinfo_get_library(ITypeLib **value)
{
    HRESULT result;

    AcquireSRWLockExclusive(&loading);
    result = load_library();
    if (SUCCEEDED(result)) {
        ITypeLib_AddRef(library);
        *value = library;
    }
    ReleaseSRWLockExclusive(&loading);
    return result;
}

HRESULT typeinfo_get_class(REFCLSID clsid, ITypeInfo **info)
{
    ITypeLib *lib;
    HRESULT result = typeinfo_get_library(&lib);

    if (FAILED(result))
        return result;
    result = ITypeLib_GetTypeInfoOfGuid(lib, clsid, info);
    ITypeLib_Release(lib);
    return result;
}

const IID *typeinfo_iid(enum type type)
{
    return interface_iids[type];
}

/* ---- one interface ------------------------------------------------------------------------------------------------- */

/* Names in the library are ASCII: they are C identifiers. */
static char *copy_name(const WCHAR *name, bool lower_first)
{
    size_t length = wcslen(name);
    char *copy = sbx_alloc(length + 1);

    if (!copy)
        return NULL;
    for (size_t i = 0; i < length; i++)
        copy[i] = (char)name[i];
    if (lower_first && copy[0] >= 'A' && copy[0] <= 'Z')
        copy[0] = (char)(copy[0] - 'A' + 'a');
    return copy;
}

/* Has this interface a default member that takes an argument, as collections do? */
static HRESULT read_has_items(ITypeInfo *info, const TYPEATTR *attributes, bool *has_items)
{
    bool found = false;

    for (UINT i = 0; i < attributes->cFuncs && !found; i++) {
        FUNCDESC *function;
        HRESULT result = ITypeInfo_GetFuncDesc(info, i, &function);

        if (FAILED(result))
            return result;
        found = function->memid == DISPID_VALUE && function->invkind == INVOKE_PROPERTYGET &&
                function->cParams > 0;
        ITypeInfo_ReleaseFuncDesc(info, function);
    }
    *has_items = found;
    return S_OK;
}

/* What a value of this type is to dispatch. `pointer`: it is what a pointer points to. */
static HRESULT read_type(ITypeInfo *info, const TYPEDESC *type, bool pointer, VARTYPE *vt, IID *iid,
                         bool *has_items)
{
    ITypeInfo *referred;
    TYPEATTR *attributes;
    HRESULT result;

    switch (type->vt) {
    case VT_BSTR:
    case VT_I4:
    case VT_R8:
    case VT_BOOL:
    case VT_DATE:
    case VT_VARIANT:
    case VT_UNKNOWN:
        *vt = type->vt;
        return pointer ? E_NOTIMPL : S_OK;
    case VT_PTR:
        return pointer ? E_NOTIMPL : read_type(info, type->lptdesc, true, vt, iid, has_items);
    case VT_USERDEFINED:
        break;
    default:
        return E_NOTIMPL; /* the IDL has a type that Automation's rules here do not know */
    }

    result = ITypeInfo_GetRefTypeInfo(info, type->hreftype, &referred);
    if (FAILED(result))
        return result;
    result = ITypeInfo_GetTypeAttr(referred, &attributes);
    if (FAILED(result))
        goto release;
    if (attributes->typekind == TKIND_ENUM && !pointer) {
        *vt = VT_I4;
    } else if (attributes->typekind == TKIND_DISPATCH && pointer) {
        *vt = VT_DISPATCH;
        *iid = attributes->guid;
        result = read_has_items(referred, attributes, has_items);
    } else {
        result = E_NOTIMPL;
    }
    ITypeInfo_ReleaseTypeAttr(referred, attributes);
release:
    ITypeInfo_Release(referred);
    return result;
}

static HRESULT read_parameters(ITypeInfo *info, const FUNCDESC *function, struct member *member)
{
    if (function->cParams > MEMBER_MOST_PARAMETERS)
        return E_NOTIMPL;
    for (UINT i = 0; i < (UINT)function->cParams; i++) {
        const ELEMDESC *element = &function->lprgelemdescParam[i];
        USHORT flags = element->paramdesc.wParamFlags;
        struct parameter *parameter = &member->parameters[i];
        bool unused;
        IID no_iid;
        HRESULT result;

        if (flags & PARAMFLAG_FRETVAL) {
            result = read_type(info, element->tdesc.lptdesc, false, &member->result, &no_iid,
                               &member->result_has_items);
            member->call_types[i] = VT_BYREF | member->result;
        } else if (flags & PARAMFLAG_FOUT) {
            result = E_NOTIMPL; /* scripts have no use for a second result */
        } else {
            result = read_type(info, &element->tdesc, false, &parameter->type, &parameter->iid, &unused);
            parameter->optional = (flags & PARAMFLAG_FOPT) != 0;
            member->call_types[i] = parameter->type;
            member->parameter_count++;
        }
        if (FAILED(result))
            return result;
    }
    return S_OK;
}

/* The value of a property put has no name in a library: it gets the property's. */
static HRESULT read_names(ITypeInfo *info, struct member *member)
{
    BSTR names[1 + MEMBER_MOST_PARAMETERS] = {NULL};
    UINT count = 0;
    HRESULT result = ITypeInfo_GetNames(info, member->id, names, 1 + MEMBER_MOST_PARAMETERS, &count);

    if (FAILED(result))
        return result;
    member->name = copy_name(names[0], false);
    if (!member->name)
        result = E_OUTOFMEMORY;
    for (UINT i = 0; i < member->parameter_count; i++) {
        bool named = 1 + i < count && names[1 + i];

        member->parameters[i].name = copy_name(names[named ? 1 + i : 0], named);
        if (!member->parameters[i].name)
            result = E_OUTOFMEMORY;
    }
    for (UINT i = 0; i < count; i++)
        SysFreeString(names[i]);
    return result;
}

static HRESULT read_member(ITypeInfo *info, UINT index, struct member *member)
{
    FUNCDESC *function;
    HRESULT result = ITypeInfo_GetFuncDesc(info, index, &function);

    if (FAILED(result))
        return result;
    member->id = function->memid;
    member->kind = function->invkind;
    member->offset = (ULONG_PTR)function->oVft;
    result = read_parameters(info, function, member);
    if (SUCCEEDED(result))
        result = read_names(info, member);
    ITypeInfo_ReleaseFuncDesc(info, function);
    return result;
}

static void free_info(struct typeinfo *info)
{
    if (info->dispatch)
        ITypeInfo_Release(info->dispatch);
    for (size_t i = 0; i < info->member_count; i++) {
        for (UINT j = 0; j < MEMBER_MOST_PARAMETERS; j++)
            sbx_free(info->members[i].parameters[j].name);
        sbx_free(info->members[i].name);
    }
    sbx_free(info->members);
    sbx_free(info);
}

/* Insertion keeps the library's order among the ways of using one property: what stands first is found first. */
static void sort_members(struct typeinfo *info)
{
    for (size_t i = 1; i < info->member_count; i++) {
        struct member moved = info->members[i];
        size_t j = i;

        for (; j > 0 && info->members[j - 1].id > moved.id; j--)
            info->members[j] = info->members[j - 1];
        info->members[j] = moved;
    }
}

/* A dual interface stands in the library once and shows itself twice: as a dispinterface, and as what has a vtable. */
static HRESULT get_vtable_form(ITypeInfo *dispatch, ITypeInfo **vtable_form)
{
    HREFTYPE reference;
    HRESULT result = ITypeInfo_GetRefTypeOfImplType(dispatch, (UINT)-1, &reference);

    return FAILED(result) ? result : ITypeInfo_GetRefTypeInfo(dispatch, reference, vtable_form);
}

/* Locked. */
static HRESULT load_info(enum type type, struct typeinfo **value)
{
    ITypeInfo *form;
    TYPEATTR *attributes;
    HRESULT result;
    struct typeinfo *info = sbx_alloc(sizeof *info);

    if (!info)
        return E_OUTOFMEMORY;
    result = load_library();
    if (FAILED(result))
        goto free_info;
    result = ITypeLib_GetTypeInfoOfGuid(library, interface_iids[type], &info->dispatch);
    if (FAILED(result))
        goto free_info;
    result = get_vtable_form(info->dispatch, &form);
    if (FAILED(result))
        goto free_info;
    result = ITypeInfo_GetTypeAttr(form, &attributes);
    if (FAILED(result))
        goto release_form;

    info->members = sbx_alloc_array(attributes->cFuncs, sizeof *info->members);
    if (!info->members)
        result = E_OUTOFMEMORY;
    for (UINT i = 0; i < attributes->cFuncs && SUCCEEDED(result); i++) {
        info->member_count = i + 1;
        result = read_member(form, i, &info->members[i]);
    }
    sort_members(info);
    ITypeInfo_ReleaseTypeAttr(form, attributes);
release_form:
    ITypeInfo_Release(form);
free_info:
    if (FAILED(result))
        free_info(info);
    else
        *value = info;
    return result;
}

HRESULT typeinfo_get(enum type type, const struct typeinfo **value)
{
    struct typeinfo *info = InterlockedCompareExchangePointer((void **)&infos[type], NULL, NULL);
    HRESULT result = S_OK;

    if (!info) {
        AcquireSRWLockExclusive(&loading);
        info = infos[type];
        if (!info) {
            result = load_info(type, &info);
            if (SUCCEEDED(result))
                InterlockedExchangePointer((void **)&infos[type], info);
        }
        ReleaseSRWLockExclusive(&loading);
    }
    if (SUCCEEDED(result))
        *value = info;
    return result;
}

void typeinfo_free(void)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (infos[i])
            free_info(infos[i]);
        infos[i] = NULL;
    }
    if (library)
        ITypeLib_Release(library);
    library = NULL;
}

/* ---- finding members ----------------------------------------------------------------------------------------------- */

const struct member *typeinfo_find(const struct typeinfo *info, DISPID id, size_t *count)
{
    size_t first = 0, end = info->member_count, after;

    while (first < end) {
        size_t middle = first + (end - first) / 2;

        if (info->members[middle].id < id)
            first = middle + 1;
        else
            end = middle;
    }
    for (after = first; after < info->member_count && info->members[after].id == id; after++)
        ;
    *count = after - first;
    return after > first ? &info->members[first] : NULL;
}

bool typeinfo_is_name(const WCHAR *given, const char *name)
{
    for (; *given && *name; given++, name++) {
        unsigned a = *given, b = (unsigned char)*name;

        if (a >= 'A' && a <= 'Z')
            a += 'a' - 'A';
        if (b >= 'A' && b <= 'Z')
            b += 'a' - 'A';
        if (a != b)
            return false;
    }
    return *given == *name;
}

const struct member *typeinfo_find_name(const struct typeinfo *info, const WCHAR *name)
{
    for (size_t i = 0; i < info->member_count; i++) {
        if (typeinfo_is_name(name, info->members[i].name))
            return &info->members[i];
    }
    return NULL;
}
