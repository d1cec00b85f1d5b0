/*
 * run.c - a session for one command.
 *
 * Three threads move bytes: one an output stream, one for the input. The session's objects are free-threaded, so they are
 * called directly from all of them. The input thread may sit in a read that nothing ends (a console, an open pipe); the
 * process leaves without it.
 */
#include "run.h"

#include <process.h>

#define PIECE_SIZE          65536
#define EXIT_CODE_CONTROL_C ((LONG)0xC000013A) /* STATUS_CONTROL_C_EXIT, as an interrupted program has it */

struct mover {
    ISandboxProcess *process;
    long stream; /* sbxStreamOutput or sbxStreamError */
    HANDLE file; /* ours */
};

static ISandboxProcess *volatile running; /* for the Ctrl-C handler */
static volatile LONG interrupted;

static VARIANT number(long value)
{
    VARIANT variant = {.vt = VT_I4};

    variant.lVal = value;
    return variant;
}

static VARIANT absent(void)
{
    VARIANT variant = {.vt = VT_ERROR};

    variant.scode = DISP_E_PARAMNOTFOUND;
    return variant;
}

static BOOL WINAPI on_control(DWORD event)
{
    (void)event;
    InterlockedExchange(&interrupted, 1);
    if (running)
        ISandboxProcess_Terminate(running, number(EXIT_CODE_CONTROL_C));
    return TRUE;
}

static unsigned __stdcall move_output(void *context)
{
    const struct mover *mover = context;

    for (;;) {
        VARIANT piece;
        HRESULT result;
        bool written;

        VariantInit(&piece);
        result = ISandboxProcess_ReadBytes(mover->process, number(PIECE_SIZE), number(-1),
                                           number(mover->stream), &piece);
        if (result == (HRESULT)sbxErrorCancelled)
            continue; /* Ctrl-C: the command is being ended, and its last words are still to come */
        if (FAILED(result) || piece.vt != (VT_ARRAY | VT_UI1)) {
            VariantClear(&piece);
            return 0;
        }

        written = client_write(mover->file, piece.parray->pvData, piece.parray->rgsabound[0].cElements);
        VariantClear(&piece);
        if (!written) {
            /* Whoever read our output has left; a command started directly would learn it the hard way, too. */
            ISandboxProcess_Terminate(mover->process, absent());
            return 0;
        }
    }
}

static bool pass_input(ISandboxProcess *process, const BYTE *bytes, DWORD size)
{
    VARIANT piece = {.vt = VT_ARRAY | VT_UI1};
    HRESULT result;

    piece.parray = SafeArrayCreateVector(VT_UI1, 0, size);
    if (!piece.parray)
        return false;
    memcpy(piece.parray->pvData, bytes, size);
    result = ISandboxProcess_WriteBytes(process, piece);
    VariantClear(&piece);
    return SUCCEEDED(result);
}

static unsigned __stdcall move_input(void *context)
{
    const struct mover *mover = context;
    static BYTE bytes[PIECE_SIZE];
    DWORD got;

    while (ReadFile(mover->file, bytes, sizeof bytes, &got, NULL) && got > 0) {
        if (!pass_input(mover->process, bytes, got))
            return 0;
    }
    ISandboxProcess_CloseInput(mover->process);
    return 0;
}

static HANDLE start_mover(struct mover *mover, unsigned(__stdcall *move)(void *))
{
    return (HANDLE)_beginthreadex(NULL, 0, move, mover, 0, NULL);
}

/* An array of text, as Spawn takes it: quoting is the session's business. */
static HRESULT make_command(wchar_t **arguments, int count, VARIANT *command)
{
    SAFEARRAY *array = SafeArrayCreateVector(VT_BSTR, 0, (ULONG)count);

    for (LONG i = 0; array && i < count; i++) {
        BSTR *item = (BSTR *)array->pvData + i;

        *item = SysAllocString(arguments[i]);
        if (!*item) {
            SafeArrayDestroy(array);
            array = NULL;
        }
    }
    if (!array)
        return E_OUTOFMEMORY;
    command->vt = VT_ARRAY | VT_BSTR;
    command->parray = array;
    return S_OK;
}

/* What to say of an end that was not the command's own doing; NULL where there is nothing to say. */
static const wchar_t *end_in_words(sbxExit reason)
{
    switch (reason) {
    case sbxExitTimedOut:
    case sbxExitTimeLimit:
        return L"sbx: E_TIMEOUT: The command was ended at the policy's limits.seconds.\r\n";
    case sbxExitMemoryLimit:
        return L"sbx: E_LIMIT: The command was ended at the policy's limits.memoryMB.\r\n";
    case sbxExitProcessLimit:
        return L"sbx: E_LIMIT: The command was ended at the policy's limits.processes.\r\n";
    case sbxExitOutputLimit:
        return L"sbx: E_LIMIT: The command was ended at the policy's limits.outputMB.\r\n";
    case sbxExitSessionClosed:
        return L"sbx: E_CLOSED: The session was closed while the command ran.\r\n";
    case sbxExitRunnerLost:
        return L"sbx: E_RUNNER_LOST: The command runner died, and the command with it.\r\n";
    default:
        return NULL;
    }
}

static HRESULT wait_for_end(ISandboxProcess *process)
{
    VARIANT_BOOL ended;
    HRESULT result;

    result = ISandboxProcess_Wait(process, number(-1), &ended);
    if (result == (HRESULT)sbxErrorCancelled) {
        /* Ctrl-C came to the session's own handler first. */
        InterlockedExchange(&interrupted, 1);
        ISandboxProcess_Terminate(process, number(EXIT_CODE_CONTROL_C));
        result = ISandboxProcess_Wait(process, number(-1), &ended);
    }
    return result;
}

static int finish(ISandboxProcess *process)
{
    const wchar_t *words;
    sbxExit reason;
    long exit_code;
    HRESULT result;

    result = ISandboxProcess_get_ExitReason(process, &reason);
    if (SUCCEEDED(result))
        result = ISandboxProcess_get_ExitCode(process, &exit_code);
    if (FAILED(result))
        return client_failed(result);
    if (interrupted)
        return (int)EXIT_CODE_CONTROL_C;

    words = end_in_words(reason);
    if (words)
        client_say(STD_ERROR_HANDLE, words);
    return reason == sbxExitRunnerLost || reason == sbxExitSessionClosed ? EXIT_INTERNAL : (int)exit_code;
}

static int follow(ISandboxProcess *process)
{
    struct mover output = {process, sbxStreamOutput, GetStdHandle(STD_OUTPUT_HANDLE)};
    struct mover error = {process, sbxStreamError, GetStdHandle(STD_ERROR_HANDLE)};
    static struct mover input; /* outlives this function: its thread may */
    HANDLE threads[2];
    HRESULT result;

    threads[0] = start_mover(&output, move_output);
    threads[1] = start_mover(&error, move_output);
    input.process = process;
    input.file = GetStdHandle(STD_INPUT_HANDLE);
    if (!threads[0] || !threads[1] || !start_mover(&input, move_input)) {
        client_say(STD_ERROR_HANDLE,
                   L"sbx: E_SYSTEM: No thread could be started for the command's output.\r\n");
        ExitProcess(EXIT_INTERNAL);
    }

    result = wait_for_end(process);
    WaitForMultipleObjects(2, threads, TRUE, INFINITE);
    return FAILED(result) ? client_failed(result) : finish(process);
}

int run_command(const struct client_options *options, wchar_t **arguments, int count)
{
    ISandboxSession *session;
    ISandboxReport *report = NULL;
    ISandboxProcess *process = NULL;
    VARIANT command;
    HRESULT result;
    int code;

    result = client_open(options, &session);
    if (FAILED(result))
        return client_failed(result);

    VariantInit(&command);
    result = ISandboxSession_Provision(session, &report);
    if (SUCCEEDED(result))
        result = make_command(arguments, count, &command);
    if (SUCCEEDED(result))
        result = ISandboxSession_Spawn(session, command, absent(), absent(), &process);
    if (SUCCEEDED(result)) {
        running = process;
        SetConsoleCtrlHandler(on_control, TRUE);
        code = follow(process);
    } else {
        code = client_failed(result);
    }

    VariantClear(&command);
    if (report)
        ISandboxReport_Release(report);
    ISandboxSession_Close(session);
    /* Process and session are left to the end of this program: the input thread may still hold them. */
    return code;
}
