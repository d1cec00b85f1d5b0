/*
 * typeinfo.h - what the type library says of our interfaces, in the form that dispatch needs.
 *
 * The library is a resource of the DLL itself and is read from there, never through the registry: a client without
 * registration (a manifest, sbx.exe) gets the same objects, and nobody's stale registration changes what a call does.
 * Each interface is read when it is first used and kept until the DLL is unloaded.
 */
#ifndef SBX_SBXCOM_TYPEINFO_H
#define SBX_SBXCOM_TYPEINFO_H

#include "sbxcom/com.h"

#include <stdbool.h>

/* The dual interfaces that objects of the DLL implement. */
#define TYPEINFO_INTERFACES(X) \
    X(ISandboxChange)          \
    X(ISandboxChanges)         \
    X(ISandboxCommand)         \
    X(ISandboxDecision)        \
    X(ISandboxEnvironment)     \
    X(ISandboxFinding)         \
    X(ISandboxFindings)        \
    X(ISandboxGrant)           \
    X(ISandboxGrants)          \
    X(ISandboxHost)            \
    X(ISandboxOperation)       \
    X(ISandboxPlan)            \
    X(ISandboxPolicy)          \
    X(ISandboxProblem)         \
    X(ISandboxProblems)        \
    X(ISandboxProcess)         \
    X(ISandboxProcesses)       \
    X(ISandboxReport)          \
    X(ISandboxResult)          \
    X(ISandboxSession)         \
    X(ISandboxStep)            \
    X(ISandboxSteps)           \
    X(ISandboxViolation)       \
    X(ISandboxViolations)      \
    X(ISandboxWorkspace)       \
    X(ISandboxWorkspaces)

enum type {
#define X(name) TYPE_##name,
    TYPEINFO_INTERFACES(X)
#undef X
        TYPE_COUNT,
};

#define MEMBER_MOST_PARAMETERS 6 /* with the result; AllowNetwork has five */

struct parameter {
    char *name;    /* "timeoutMs", beginning in lower case; owned */
    VARTYPE type;  /* VT_BSTR, VT_I4, VT_R8, VT_BOOL, VT_VARIANT, VT_DISPATCH: an object of interface `iid` */
    bool optional; /* a VARIANT that may be missing */
    IID iid;
};

/* One function of an interface: a method, or one way of using a property. */
struct member {
    DISPID id;
    INVOKEKIND kind;
    char *name;            /* owned */
    ULONG_PTR offset;      /* of its slot in the vtable */
    UINT parameter_count;  /* what a caller gives */
    VARTYPE result;        /* what it gets: VT_EMPTY is nothing, else as above or VT_DATE, VT_UNKNOWN */
    bool result_has_items; /* the result is an object whose default member takes an argument */
    struct parameter parameters[MEMBER_MOST_PARAMETERS];
    VARTYPE call_types[MEMBER_MOST_PARAMETERS]; /* for DispCallFunc; the result by reference */
};

struct typeinfo {
    ITypeInfo *dispatch;    /* for GetTypeInfo */
    struct member *members; /* ordered by id; the ways of using one property in the order of the library */
    size_t member_count;
};

const IID *typeinfo_iid(enum type type);

/* *info lives until the DLL is unloaded. E_OUTOFMEMORY, or the type library's own failures. */
HRESULT typeinfo_get(enum type type, const struct typeinfo **info);

/* The class's type information, and the whole library's; the caller releases. */
HRESULT typeinfo_get_class(REFCLSID clsid, ITypeInfo **info);
HRESULT typeinfo_get_library(ITypeLib **library);

/* The first member with this id, and how many there are; NULL: none. */
const struct member *typeinfo_find(const struct typeinfo *info, DISPID id, size_t *count);

/* By name, case ignored as in every Automation language. NULL: none. */
const struct member *typeinfo_find_name(const struct typeinfo *info, const WCHAR *name);

/* The same comparison: a name as a client writes it, and one of ours. */
bool typeinfo_is_name(const WCHAR *given, const char *name);

/* Only when no object is left: when the DLL is unloaded. */
void typeinfo_free(void);

#endif
