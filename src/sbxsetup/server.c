/*
 * server.c - the life of the COM server.
 */
#include "server.h"
#include "com.h"
#include "setup.h"

#include <sddl.h>

#define NOBODY_MS 10000
#define SILENT_MS 120000
#define LOOK_MS   500

static LONG objects, calls, made;
static volatile LONG last_call; /* GetTickCount */
static HANDLE gone;

void server_object_made(void)
{
    InterlockedExchange(&last_call, (LONG)GetTickCount());
    InterlockedIncrement(&objects);
    InterlockedExchange(&made, 1);
}

void server_object_gone(void)
{
    if (InterlockedDecrement(&objects) == 0)
        SetEvent(gone);
}

void server_call_begins(void)
{
    InterlockedIncrement(&calls);
}

void server_call_ends(void)
{
    InterlockedExchange(&last_call, (LONG)GetTickCount());
    InterlockedDecrement(&calls);
}

/* The one object that there is, handed out once: the class object is gone after the first activation. */

static HRESULT STDMETHODCALLTYPE Factory_QueryInterface(IClassFactory *iface, REFIID iid, void **object)
{
    if (!object)
        return E_POINTER;
    *object = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IClassFactory))
        return E_NOINTERFACE;
    *object = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE Factory_AddRef(IClassFactory *iface)
{
    (void)iface;
    return 2; /* it lives as long as the program */
}

static ULONG STDMETHODCALLTYPE Factory_Release(IClassFactory *iface)
{
    (void)iface;
    return 1;
}

static HRESULT STDMETHODCALLTYPE Factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid,
                                                        void **object)
{
    (void)iface;
    if (!object)
        return E_POINTER;
    *object = NULL;
    if (outer)
        return CLASS_E_NOAGGREGATION;
    return setup_create(iid, object);
}

/* A lock would keep an elevated program alive that nobody uses. */
static HRESULT STDMETHODCALLTYPE Factory_LockServer(IClassFactory *iface, BOOL lock)
{
    (void)iface, (void)lock;
    return S_OK;
}

static const IClassFactoryVtbl factory_vtbl = {
    Factory_QueryInterface, Factory_AddRef, Factory_Release, Factory_CreateInstance, Factory_LockServer,
};
static IClassFactory factory = {&factory_vtbl};

/* Security. */

BOOL server_descriptor(const WCHAR *sddl, SECURITY_DESCRIPTOR **descriptor, DWORD *size)
{
    PSECURITY_DESCRIPTOR made;
    ULONG made_size;

    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1, &made, &made_size))
        return FALSE;
    *descriptor = made;
    *size = made_size;
    return TRUE;
}

/* COM wants the descriptor with pointers in it. */
static HRESULT initialize_security(void)
{
    SECURITY_DESCRIPTOR *relative;
    struct {
        SECURITY_DESCRIPTOR descriptor;
        BYTE acl[256], owner[SECURITY_MAX_SID_SIZE], group[SECURITY_MAX_SID_SIZE], sacl[16];
    } absolute;
    DWORD size = 0, descriptor_size = sizeof absolute.descriptor, acl_size = sizeof absolute.acl,
          sacl_size = sizeof absolute.sacl, owner_size = sizeof absolute.owner,
          group_size = sizeof absolute.group;
    HRESULT result = E_FAIL;

    if (!server_descriptor(SERVER_ACCESS, &relative, &size))
        return HRESULT_FROM_WIN32(GetLastError());
    if (MakeAbsoluteSD(relative, &absolute.descriptor, &descriptor_size, (ACL *)absolute.acl, &acl_size,
                       (ACL *)absolute.sacl, &sacl_size, absolute.owner, &owner_size, absolute.group,
                       &group_size))
        result = CoInitializeSecurity(&absolute.descriptor, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
                                      RPC_C_IMP_LEVEL_IDENTIFY, NULL,
                                      EOAC_NO_CUSTOM_MARSHAL | EOAC_DISABLE_AAA, NULL);
    else
        result = HRESULT_FROM_WIN32(GetLastError());
    LocalFree(relative);
    return result;
}

/* Serving. */

static BOOL is_over(DWORD started)
{
    DWORD now = GetTickCount();

    if (InterlockedCompareExchange(&calls, 0, 0))
        return FALSE;
    if (!InterlockedCompareExchange(&made, 0, 0))
        return now - started >= NOBODY_MS;
    return !InterlockedCompareExchange(&objects, 0, 0) || now - (DWORD)last_call >= SILENT_MS;
}

static HRESULT serve(void)
{
    DWORD cookie, started;
    HRESULT result = CoRegisterClassObject(&CLSID_SandboxSetup, (IUnknown *)&factory, CLSCTX_LOCAL_SERVER,
                                           REGCLS_SINGLEUSE | REGCLS_SUSPENDED, &cookie);

    if (FAILED(result))
        return result;
    result = CoResumeClassObjects();
    started = GetTickCount();
    while (SUCCEEDED(result) && !is_over(started))
        WaitForSingleObject(gone, LOOK_MS);
    CoRevokeClassObject(cookie);
    return result;
}

int server_run(void)
{
    HRESULT result;

    FreeConsole(); /* a window that COM may have made for a console program */
    gone = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!gone)
        return 1;
    result = CoInitializeEx(NULL, COINIT_MULTITHREADED | COINIT_DISABLE_OLE1DDE);
    if (SUCCEEDED(result)) {
        result = initialize_security();
        if (SUCCEEDED(result))
            result = serve();
        CoUninitialize();
    }
    CloseHandle(gone);
    return SUCCEEDED(result) ? 0 : 1;
}
