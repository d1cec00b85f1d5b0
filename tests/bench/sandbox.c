#include "bench/sandbox.h"
#include "bench/samples.h"

#include <stdio.h>
#include <wchar.h>

#define TEXT_COUNT 2048

static wchar_t workspace[MAX_PATH + 32];
static wchar_t policy[TEXT_COUNT]; /* "" until it was asked for */

VARIANT absent(void)
{
    VARIANT value = {.vt = VT_ERROR};

    value.scode = DISP_E_PARAMNOTFOUND;
    return value;
}

VARIANT number(long value)
{
    VARIANT variant = {.vt = VT_I4};

    variant.lVal = value;
    return variant;
}

/* The text of this thread's error, taken from the thread; NULL where there is none. */
static BSTR take_error(void)
{
    IErrorInfo *info;
    BSTR text = NULL;

    if (GetErrorInfo(0, &info) != S_OK)
        return NULL;
    IErrorInfo_GetDescription(info, &text);
    IErrorInfo_Release(info);
    return text;
}

bool went_well(HRESULT got, const char *what)
{
    BSTR text;

    if (SUCCEEDED(got))
        return true;
    text = take_error();
    fprintf(stderr, "bench: %s: %08lx %ls\n", what, (unsigned long)got, text ? text : L"");
    SysFreeString(text);
    return false;
}

const wchar_t *sandbox_workspace(void)
{
    wchar_t temp[MAX_PATH];

    if (!*workspace) {
        GetTempPathW(MAX_PATH, temp);
        swprintf(workspace, MAX_PATH + 32, L"%lssbx-bench-%lu", temp, GetCurrentProcessId());
        CreateDirectoryW(workspace, NULL);
    }
    return workspace;
}

void sandbox_end(void)
{
    if (*workspace)
        RemoveDirectoryW(workspace);
}

static ISandboxSession *create(void)
{
    ISandboxSession *session = NULL;
    BSTR path = SysAllocString(sandbox_workspace());
    bool done = went_well(CoCreateInstance(&CLSID_SandboxSession, NULL, CLSCTX_INPROC_SERVER,
                                           &IID_ISandboxSession, (void **)&session),
                          "CoCreateInstance") &&
                went_well(ISandboxSession_put_Workspace(session, path), "put Workspace");

    SysFreeString(path);
    return done ? session : NULL;
}

/* The strict default's refusal ends with the `require` object that this host meets. */
static void ask_for_policy(void)
{
    ISandboxSession *session = create();
    ISandboxReport *report = NULL;
    const wchar_t *from, *to;
    BSTR text;

    swprintf(policy, TEXT_COUNT, L"{}");
    if (!session)
        return;
    if (SUCCEEDED(ISandboxSession_Provision(session, &report))) {
        ISandboxReport_Release(report);
    } else {
        text = take_error();
        from = text ? wcsrchr(text, L'{') : NULL;
        to = from ? wcschr(from, L'}') : NULL;
        if (to)
            swprintf(policy, TEXT_COUNT, L"{ \"require\": %.*ls }", (int)(to - from + 1), from);
        SysFreeString(text);
    }
    sandbox_close(session);
}

ISandboxSession *sandbox_open(void)
{
    ISandboxSession *session;
    ISandboxReport *report = NULL;
    VARIANT text = {.vt = VT_BSTR};

    if (!*policy)
        ask_for_policy();
    session = create();
    if (!session)
        return NULL;
    text.bstrVal = SysAllocString(policy);
    if (!went_well(ISandboxSession_put_Policy(session, text), "put Policy") ||
        !went_well(ISandboxSession_Provision(session, &report), "Provision")) {
        ISandboxSession_Release(session);
        session = NULL;
    }
    if (report)
        ISandboxReport_Release(report);
    VariantClear(&text);
    return session;
}

void sandbox_close(ISandboxSession *session)
{
    ISandboxSession_Close(session);
    ISandboxSession_Release(session);
}

static VARIANT as_command(BSTR line)
{
    VARIANT command = {.vt = VT_BSTR};

    command.bstrVal = line;
    return command;
}

bool sandbox_run(ISandboxSession *session, BSTR line, DWORD *exit_code)
{
    ISandboxResult *result = NULL;
    long code = -1;
    bool done =
        went_well(ISandboxSession_Run(session, as_command(line), absent(), absent(), &result), "Run") &&
        went_well(ISandboxResult_get_ExitCode(result, &code), "ExitCode");

    if (result)
        ISandboxResult_Release(result);
    *exit_code = (DWORD)code;
    return done;
}

bool sandbox_collect(ISandboxSession *session, BSTR line, VARIANT *bytes, size_t *size)
{
    ISandboxResult *result = NULL;
    bool done =
        went_well(ISandboxSession_Run(session, as_command(line), absent(), absent(), &result), "Run") &&
        went_well(ISandboxResult_StdOutBytes(result, bytes), "StdOutBytes");

    if (done)
        *size = bytes->parray->rgsabound[0].cElements;
    if (result)
        ISandboxResult_Release(result);
    return done;
}

/* One piece; 0 at the end of output, or after saying what failed. */
static ULONG read_piece(ISandboxProcess *process, DWORD piece_size)
{
    VARIANT piece;
    ULONG size = 0;

    VariantInit(&piece);
    if (went_well(ISandboxProcess_ReadBytes(process, number((long)piece_size), absent(), absent(), &piece),
                  "ReadBytes") &&
        piece.vt == (VT_ARRAY | VT_UI1))
        size = piece.parray->rgsabound[0].cElements;
    VariantClear(&piece);
    return size;
}

bool sandbox_stream(ISandboxSession *session, BSTR line, DWORD piece_size, double *seconds,
                    unsigned long long *size)
{
    ISandboxProcess *process = NULL;
    VARIANT_BOOL ended = VARIANT_FALSE;
    double begin;
    ULONG got;

    if (!went_well(ISandboxSession_Spawn(session, as_command(line), absent(), absent(), &process), "Spawn"))
        return false;
    *size = read_piece(process, piece_size);
    begin = now();
    while ((got = read_piece(process, piece_size)) != 0)
        *size += got;
    *seconds = now() - begin;
    went_well(ISandboxProcess_Wait(process, absent(), &ended), "Wait");
    ISandboxProcess_Release(process);
    return ended == VARIANT_TRUE;
}
