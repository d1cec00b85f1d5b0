/* COM's rules for objects, against the DLL as it was built. */
#include "com/support.h"

#include <objsafe.h>
#include <stdio.h>

typedef HRESULT(STDAPICALLTYPE *get_class_object)(REFCLSID, REFIID, void **);
typedef HRESULT(STDAPICALLTYPE *can_unload_now)(void);

static const CLSID *const classes[] = {&CLSID_SandboxSession, &CLSID_SandboxPolicy, &CLSID_SandboxHost};
static const WCHAR *const class_names[] = {L"SandboxSession", L"SandboxPolicy", L"SandboxHost"};
static const IID *const defaults[] = {&IID_ISandboxSession, &IID_ISandboxPolicy, &IID_ISandboxHost};

static bool dll_is_there(void)
{
    if (dll_function("DllGetClassObject"))
        return true;
    printf("    %ls cannot be loaded (error %lu)\n", dll_path(), GetLastError());
    CU_FAIL("the DLL");
    return false;
}

static IClassFactory *factory_of(const CLSID *clsid)
{
    IClassFactory *factory = NULL;
    get_class_object get = (get_class_object)dll_function("DllGetClassObject");

    CU_ASSERT_EQUAL_FATAL(get(clsid, &IID_IClassFactory, (void **)&factory), S_OK);
    return factory;
}

static void *object_of(const CLSID *clsid, const IID *iid)
{
    IClassFactory *factory = factory_of(clsid);
    void *object = NULL;

    CU_ASSERT_EQUAL_FATAL(IClassFactory_CreateInstance(factory, NULL, iid, &object), S_OK);
    IClassFactory_Release(factory);
    return object;
}

static bool may_unload(void)
{
    return ((can_unload_now)dll_function("DllCanUnloadNow"))() == S_OK;
}

static void classes_are_made_by_their_factories(void)
{
    get_class_object get = (get_class_object)dll_function("DllGetClassObject");
    void *object = &object;

    if (!dll_is_there())
        return;
    for (int i = 0; i < 3; i++) {
        IUnknown *made = object_of(classes[i], defaults[i]);

        IUnknown_Release(made);
    }
    CU_ASSERT_EQUAL(get(&CLSID_SandboxSetup, &IID_IClassFactory, &object), CLASS_E_CLASSNOTAVAILABLE);
    CU_ASSERT_PTR_NULL(object);
    CU_ASSERT_EQUAL(get(&CLSID_SandboxHost, &IID_IDispatch, &object), E_NOINTERFACE);
}

static void aggregation_is_refused(void)
{
    IClassFactory *factory;
    IUnknown *outer;
    void *object = &object;

    if (!dll_is_there())
        return;
    outer = object_of(&CLSID_SandboxHost, &IID_IUnknown);
    for (int i = 0; i < 3; i++) {
        factory = factory_of(classes[i]);
        CU_ASSERT_EQUAL(IClassFactory_CreateInstance(factory, outer, &IID_IUnknown, &object),
                        CLASS_E_NOAGGREGATION);
        CU_ASSERT_PTR_NULL(object);
        IClassFactory_Release(factory);
    }
    IUnknown_Release(outer);
}

/* What an object answers for, always: from each interface to each other, with one identity. */
static void identity_holds_between_all_interfaces(void)
{
    const IID *iids[] = {&IID_IUnknown,          &IID_IDispatch,         NULL,
                         &IID_ISupportErrorInfo, &IID_IProvideClassInfo, &IID_IProvideClassInfo2};
    enum { COUNT = sizeof iids / sizeof iids[0] };

    if (!dll_is_there())
        return;
    for (int c = 0; c < 3; c++) {
        IUnknown *identity = object_of(classes[c], &IID_IUnknown);

        iids[2] = defaults[c];
        for (int i = 0; i < COUNT; i++) {
            IUnknown *one = NULL;

            CU_ASSERT_EQUAL_FATAL(IUnknown_QueryInterface(identity, iids[i], (void **)&one), S_OK);
            for (int j = 0; j < COUNT; j++) {
                IUnknown *other = NULL, *back = NULL, *who = NULL;

                CU_ASSERT_EQUAL_FATAL(IUnknown_QueryInterface(one, iids[j], (void **)&other), S_OK);
                CU_ASSERT_EQUAL(IUnknown_QueryInterface(other, iids[i], (void **)&back), S_OK);
                CU_ASSERT_EQUAL(IUnknown_QueryInterface(other, &IID_IUnknown, (void **)&who), S_OK);
                CU_ASSERT_PTR_EQUAL(who, identity);
                IUnknown_Release(who);
                IUnknown_Release(back);
                IUnknown_Release(other);
            }
            IUnknown_Release(one);
        }
        CU_ASSERT_EQUAL(IUnknown_Release(identity), 0);
    }
}

static void what_an_object_is_not_it_denies(void)
{
    IUnknown *host;
    void *object = &object;

    if (!dll_is_there())
        return;
    host = object_of(&CLSID_SandboxHost, &IID_IUnknown);
    CU_ASSERT_EQUAL(IUnknown_QueryInterface(host, &IID_IObjectSafety, &object), E_NOINTERFACE);
    CU_ASSERT_PTR_NULL(object);
    object = &object;
    CU_ASSERT_EQUAL(IUnknown_QueryInterface(host, &IID_ISandboxPolicy, &object), E_NOINTERFACE);
    CU_ASSERT_PTR_NULL(object);
    CU_ASSERT_EQUAL(IUnknown_QueryInterface(host, &IID_IUnknown, NULL), E_POINTER);
    IUnknown_Release(host);
}

static void objects_tell_their_class_and_events(void)
{
    if (!dll_is_there())
        return;
    for (int i = 0; i < 3; i++) {
        IProvideClassInfo2 *info = object_of(classes[i], &IID_IProvideClassInfo2);
        ITypeInfo *type = NULL;
        BSTR name = NULL;
        GUID guid;

        CU_ASSERT_EQUAL_FATAL(IProvideClassInfo2_GetClassInfo(info, &type), S_OK);
        ITypeInfo_GetDocumentation(type, MEMBERID_NIL, &name, NULL, NULL, NULL);
        CU_ASSERT(text_holds(name, class_names[i]));
        CU_ASSERT_EQUAL(IProvideClassInfo2_GetGUID(info, GUIDKIND_DEFAULT_SOURCE_DISP_IID, &guid),
                        i == 0 ? S_OK : E_NOINTERFACE);
        if (i == 0)
            CU_ASSERT(IsEqualGUID(&guid, &DIID_ISandboxSessionEvents));
        CU_ASSERT_EQUAL(IProvideClassInfo2_GetGUID(info, 77, &guid), E_INVALIDARG);
        SysFreeString(name);
        ITypeInfo_Release(type);
        IProvideClassInfo2_Release(info);
    }
}

static void the_type_information_is_of_the_default_interface(void)
{
    if (!dll_is_there())
        return;
    for (int i = 0; i < 3; i++) {
        IDispatch *object = object_of(classes[i], &IID_IDispatch);
        ISupportErrorInfo *errors = NULL;
        ITypeInfo *info = NULL;
        TYPEATTR *attributes;
        UINT count = 0;

        CU_ASSERT_EQUAL(IDispatch_GetTypeInfoCount(object, &count), S_OK);
        CU_ASSERT_EQUAL(count, 1);
        CU_ASSERT_EQUAL(IDispatch_GetTypeInfo(object, 1, 0, &info), DISP_E_BADINDEX);
        CU_ASSERT_EQUAL_FATAL(IDispatch_GetTypeInfo(object, 0, 0x0407, &info), S_OK);
        CU_ASSERT_EQUAL_FATAL(ITypeInfo_GetTypeAttr(info, &attributes), S_OK);
        CU_ASSERT(IsEqualGUID(&attributes->guid, defaults[i]));
        CU_ASSERT_EQUAL(attributes->typekind, TKIND_DISPATCH);
        ITypeInfo_ReleaseTypeAttr(info, attributes);
        ITypeInfo_Release(info);

        CU_ASSERT_EQUAL(IDispatch_QueryInterface(object, &IID_ISupportErrorInfo, (void **)&errors), S_OK);
        CU_ASSERT_EQUAL(ISupportErrorInfo_InterfaceSupportsErrorInfo(errors, defaults[i]), S_OK);
        CU_ASSERT_EQUAL(ISupportErrorInfo_InterfaceSupportsErrorInfo(errors, &IID_IClassFactory), S_FALSE);
        ISupportErrorInfo_Release(errors);
        IDispatch_Release(object);
    }
}

/* ---- apartments ---------------------------------------------------------------------------------------------------- */

struct crossing {
    IStream *stream;
    void *object;
    HRESULT result;
};

static DWORD WINAPI unmarshal_in_apartment(void *parameter)
{
    struct crossing *crossing = parameter;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    crossing->result = CoGetInterfaceAndReleaseStream(crossing->stream, &IID_ISandboxHost, &crossing->object);
    if (crossing->object)
        ISandboxHost_Release((ISandboxHost *)crossing->object);
    CoUninitialize();
    return 0;
}

static void every_apartment_calls_the_object_itself(void)
{
    struct crossing crossing = {NULL, NULL, E_FAIL};
    ISandboxHost *host;
    HANDLE thread;

    if (!dll_is_there())
        return;
    host = object_of(&CLSID_SandboxHost, &IID_ISandboxHost);
    CU_ASSERT_EQUAL_FATAL(
        CoMarshalInterThreadInterfaceInStream(&IID_ISandboxHost, (IUnknown *)host, &crossing.stream), S_OK);
    thread = CreateThread(NULL, 0, unmarshal_in_apartment, &crossing, 0, NULL);
    WaitForSingleObject(thread, 10000);
    CloseHandle(thread);
    CU_ASSERT_EQUAL(crossing.result, S_OK);
    CU_ASSERT_PTR_EQUAL(crossing.object, host); /* the pointer itself, no proxy */
    ISandboxHost_Release(host);
}

/* ---- the DLL's life ------------------------------------------------------------------------------------------------ */

static void the_dll_stays_while_anything_of_it_is_held(void)
{
    IClassFactory *factory;
    IUnknown *object;

    if (!dll_is_there())
        return;
    CU_ASSERT(may_unload());
    factory = factory_of(&CLSID_SandboxHost);
    CU_ASSERT_FALSE(may_unload());
    CU_ASSERT_EQUAL(IClassFactory_LockServer(factory, TRUE), S_OK);
    IClassFactory_Release(factory);
    CU_ASSERT_FALSE(may_unload());
    object = object_of(&CLSID_SandboxHost, &IID_IUnknown);
    factory = factory_of(&CLSID_SandboxHost);
    IClassFactory_LockServer(factory, FALSE);
    IClassFactory_Release(factory);
    CU_ASSERT_FALSE(may_unload());
    IUnknown_Release(object);
    CU_ASSERT(may_unload());
}

/* A copy of its own, so that nobody else has it loaded. */
static void it_can_be_unloaded_and_loaded_again(void)
{
    WCHAR copy[MAX_PATH + 16];

    GetTempPathW(MAX_PATH, copy);
    lstrcpynW(copy + wcslen(copy), L"sbxcom-test.dll", 16);
    CU_ASSERT_FATAL(CopyFileW(dll_path(), copy, FALSE));
    for (int round = 0; round < 3; round++) {
        HMODULE dll = LoadLibraryW(copy);
        IClassFactory *factory = NULL;
        IDispatch *host = NULL;
        VARIANT version = v_empty();
        get_class_object get;

        CU_ASSERT_PTR_NOT_NULL_FATAL(dll);
        get = (get_class_object)(void *)GetProcAddress(dll, "DllGetClassObject");
        CU_ASSERT_EQUAL_FATAL(get(&CLSID_SandboxHost, &IID_IClassFactory, (void **)&factory), S_OK);
        CU_ASSERT_EQUAL_FATAL(IClassFactory_CreateInstance(factory, NULL, &IID_IDispatch, (void **)&host),
                              S_OK);
        CU_ASSERT_EQUAL(late_get(host, 1, &version), S_OK); /* reads the type library */
        CU_ASSERT_EQUAL(V_VT(&version), VT_BSTR);
        VariantClear(&version);
        IDispatch_Release(host);
        IClassFactory_Release(factory);
        FreeLibrary(dll);
        CU_ASSERT_PTR_NULL(GetModuleHandleW(L"sbxcom-test.dll"));
    }
    CU_ASSERT(DeleteFileW(copy));
}

const struct harness_suite object_suite = {
    "object",
    (const struct harness_test[]){
        {"classes are made by their factories", classes_are_made_by_their_factories},
        {"aggregation is refused", aggregation_is_refused},
        {"identity holds between all interfaces", identity_holds_between_all_interfaces},
        {"what an object is not, it denies: IObjectSafety first", what_an_object_is_not_it_denies},
        {"objects tell their class and events", objects_tell_their_class_and_events},
        {"type information and error support are of the default interface",
         the_type_information_is_of_the_default_interface},
        {"every apartment calls the object itself", every_apartment_calls_the_object_itself},
        {"the DLL stays while anything of it is held", the_dll_stays_while_anything_of_it_is_held},
        {"it can be unloaded and loaded again", it_can_be_unloaded_and_loaded_again},
        {NULL, NULL},
    },
};
