/*
 * server_test.c - the set-up server, registered by run.sh. On Windows its prompt would wait for a person, so what is shown of it there is
 * in tests/windows; here every call is one whose caller the host cannot tell (Wine), and must be refused.
 */
#include "support/harness.h"

#include <windows.h>
#include <ole2.h>
#include <oleauto.h>
#include <tlhelp32.h>
#include <stdbool.h>

#include "sbxcom.h"

#define MONIKER L"Elevation:Administrator!new:{D379D699-4818-4D1E-AE56-E2280B084AB9}"
#define GONE_MS 8000

static bool is_wine(void)
{
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != NULL;
}

static unsigned servers(void)
{
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    PROCESSENTRY32W process = {.dwSize = sizeof process};
    unsigned count = 0;

    for (BOOL more = Process32FirstW(all, &process); more; more = Process32NextW(all, &process))
        count += lstrcmpiW(process.szExeFile, L"sbxsetup.exe") == 0;
    CloseHandle(all);
    return count;
}

static bool gone(void)
{
    for (DWORD start = GetTickCount(); GetTickCount() - start < GONE_MS; Sleep(100))
        if (!servers())
            return true;
    return false;
}

static ISandboxSetup *activated(void)
{
    ISandboxSetup *setup = NULL;
    HRESULT result =
        CoCreateInstance(&CLSID_SandboxSetup, NULL, CLSCTX_LOCAL_SERVER, &IID_ISandboxSetup, (void **)&setup);

    CU_ASSERT_EQUAL_FATAL(result, S_OK);
    return setup;
}

/* A server from an earlier test may still be on its way out. */
static bool begin(void)
{
    if (!is_wine()) {
        harness_skip("plain activation is Wine's way; Windows has the moniker (tests/windows)");
        return false;
    }
    CU_ASSERT_EQUAL_FATAL(CoInitializeEx(NULL, COINIT_MULTITHREADED), S_OK);
    CU_ASSERT_FATAL(gone());
    return true;
}

static void every_verb_refuses_a_caller_that_cannot_be_told(void)
{
    static const HRESULT refused = (HRESULT)sbxErrorSetupCaller;
    ISandboxSetup *setup;
    SAFEARRAY *bytes = (SAFEARRAY *)1;
    BSTR text = (BSTR)1;

    if (!begin())
        return;
    setup = activated();
    CU_ASSERT_EQUAL(ISandboxSetup_Provision(setup, 0, &bytes), refused);
    CU_ASSERT_PTR_NULL(bytes);
    CU_ASSERT_EQUAL(ISandboxSetup_Provision(setup, -1, &bytes),
                    refused); /* before its argument is looked at */
    CU_ASSERT_EQUAL(ISandboxSetup_Repair(setup, &bytes), refused);
    CU_ASSERT_EQUAL(ISandboxSetup_Status(setup, &text), refused);
    CU_ASSERT_PTR_NULL(text);
    CU_ASSERT_EQUAL(ISandboxSetup_Deprovision(setup, VARIANT_FALSE), refused);
    CU_ASSERT_EQUAL(ISandboxSetup_Deprovision(setup, VARIANT_TRUE), refused);
    ISandboxSetup_Release(setup);
    CoUninitialize();
}

/* No IDispatch: no VARIANT of a caller's is ever taken apart by a program that runs elevated. */
static void scripts_have_no_way_in(void)
{
    static const IID *const others[] = {&IID_IDispatch, &IID_IPersist, &IID_IMarshal, &IID_ISandboxHost};
    ISandboxSetup *setup;

    if (!begin())
        return;
    setup = activated();
    for (size_t i = 0; i < 4; i++) {
        IUnknown *object = NULL;
        HRESULT result = ISandboxSetup_QueryInterface(setup, others[i], (void **)&object);

        if (others[i] != &IID_IMarshal) /* the proxy's own */
            CU_ASSERT_EQUAL(result, E_NOINTERFACE);
        if (object)
            IUnknown_Release(object);
    }
    ISandboxSetup_Release(setup);
    CoUninitialize();
}

static void each_client_has_a_server_of_his_own_that_ends_with_him(void)
{
    ISandboxSetup *first, *second;

    if (!begin())
        return;
    first = activated();
    second = activated();
    CU_ASSERT_EQUAL(servers(), 2);
    ISandboxSetup_Release(first);
    ISandboxSetup_Release(second);
    CU_ASSERT_TRUE(gone());
    CoUninitialize();
}

/*
 * Wine hands the one class object of a program for a single activation to whoever asks meanwhile, and the second one gets
 * E_NOINTERFACE; so he asks again. Windows starts a program for him.
 */
static HRESULT activate_as_often_as_it_takes(ISandboxSetup **setup)
{
    HRESULT result = E_FAIL;

    for (int i = 0; i < 20 && FAILED(result); i++) {
        if (i)
            Sleep(200);
        result = CoCreateInstance(&CLSID_SandboxSetup, NULL, CLSCTX_LOCAL_SERVER, &IID_ISandboxSetup,
                                  (void **)setup);
    }
    return result;
}

static DWORD WINAPI call_on_thread(void *parameter)
{
    HRESULT *result = parameter;
    ISandboxSetup *setup = NULL;
    SAFEARRAY *bytes = NULL;

    CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);
    *result = activate_as_often_as_it_takes(&setup);
    if (SUCCEEDED(*result)) {
        *result = ISandboxSetup_Provision(setup, 0, &bytes);
        ISandboxSetup_Release(setup);
    }
    CoUninitialize();
    return 0;
}

static void two_clients_at_once_are_each_answered(void)
{
    HRESULT results[2] = {S_OK, S_OK};
    HANDLE threads[2];

    if (!begin())
        return;
    for (int i = 0; i < 2; i++)
        threads[i] = CreateThread(NULL, 0, call_on_thread, &results[i], 0, NULL);
    CU_ASSERT_EQUAL(WaitForMultipleObjects(2, threads, TRUE, 60000), WAIT_OBJECT_0);
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(results[i], (HRESULT)sbxErrorSetupCaller);
        if (results[i] != (HRESULT)sbxErrorSetupCaller)
            printf("    client %d: 0x%08lX\n", i, (unsigned long)results[i]);
        CloseHandle(threads[i]);
    }
    CU_ASSERT_TRUE(gone());
    CoUninitialize();
}

/* What the DLL's seam goes by: where this no longer holds, it has to be looked at again. */
static void host_without_the_moniker_says_so_as_the_seam_expects(void)
{
    BIND_OPTS3 options = {.cbStruct = sizeof options, .dwClassContext = CLSCTX_LOCAL_SERVER};
    ISandboxSetup *setup = NULL;
    HRESULT result;

    if (!begin())
        return;
    result = CoGetObject(MONIKER, (BIND_OPTS *)&options, &IID_ISandboxSetup, (void **)&setup);
    CU_ASSERT(result == MK_E_CANTOPENFILE || result == MK_E_SYNTAX || result == MK_E_NOOBJECT);
    CoUninitialize();
}

const struct harness_suite server_suite = {
    "server",
    (const struct harness_test[]){
        {"every verb refuses a caller that cannot be told", every_verb_refuses_a_caller_that_cannot_be_told},
        {"scripts have no way in", scripts_have_no_way_in},
        {"each client has a server of his own, that ends with him",
         each_client_has_a_server_of_his_own_that_ends_with_him},
        {"two clients at once are each answered", two_clients_at_once_are_each_answered},
        {"a host without the moniker says so as the seam expects",
         host_without_the_moniker_says_so_as_the_seam_expects},
        {NULL, NULL},
    },
};
