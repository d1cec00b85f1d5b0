/*
 * console.c - pseudoconsoles.
 */
#include "os/console.h"
#include "base/memory.h"
#include "os/console_native.h"
#include "os/native.h"

typedef HRESULT(WINAPI *create_call)(COORD size, HANDLE input, HANDLE output, DWORD flags, void **console);
typedef HRESULT(WINAPI *resize_call)(void *console, COORD size);
typedef void(WINAPI *close_call)(void *console);

struct console {
    void *native;
    resize_call resize;
    close_call close;
};

static sbx_status check_size(uint32_t columns, uint32_t rows, COORD *size, struct sbx_error *error)
{
    if (columns < 1 || columns > CONSOLE_MOST_CELLS || rows < 1 || rows > CONSOLE_MOST_CELLS)
        return error_set(error, SBX_E_ARGUMENT,
                         "A terminal of %lu columns and %lu rows cannot be. Each is 1 to %d.",
                         (unsigned long)columns, (unsigned long)rows, CONSOLE_MOST_CELLS);
    size->X = (SHORT)columns;
    size->Y = (SHORT)rows;
    return SBX_OK;
}

sbx_status console_create(uint32_t columns, uint32_t rows, sbx_handle input, sbx_handle output,
                          struct console **console, struct sbx_error *error)
{
    create_call create = (create_call)native_call(L"kernel32.dll", "CreatePseudoConsole");
    struct console *made;
    COORD size;
    HRESULT result;
    sbx_status status = check_size(columns, rows, &size, error);

    if (status)
        return status;
    made = sbx_alloc(sizeof *made);
    if (!made)
        return error_memory(error, "a terminal");
    made->resize = (resize_call)native_call(L"kernel32.dll", "ResizePseudoConsole");
    made->close = (close_call)native_call(L"kernel32.dll", "ClosePseudoConsole");
    if (!create || !made->resize || !made->close) {
        status =
            error_set(error, SBX_E_UNSUPPORTED_HOST,
                      "This Windows has no pseudoconsoles; they came with Windows 10 1809. Start the command "
                      "without a terminal.");
        goto free_made;
    }
    result = create(size, input, output, 0, &made->native);
    if (FAILED(result)) {
        status = error_system(error, "CreatePseudoConsole", (uint32_t)result);
        goto free_made;
    }
    *console = made;
    return SBX_OK;

free_made:
    sbx_free(made);
    return status;
}

sbx_status console_resize(struct console *console, uint32_t columns, uint32_t rows, struct sbx_error *error)
{
    COORD size;
    HRESULT result;
    sbx_status status = check_size(columns, rows, &size, error);

    if (status)
        return status;
    result = console->resize(console->native, size);
    if (result == E_NOTIMPL)
        return native_error_as(
            error, SBX_E_UNSUPPORTED_HOST, "ResizePseudoConsole", (DWORD)result,
            "This host's terminals keep their size (ResizePseudoConsole says E_NOTIMPL, as Wine's "
            "does). Start the command with the size that is wanted.");
    return FAILED(result) ? error_system(error, "ResizePseudoConsole", (uint32_t)result) : SBX_OK;
}

void console_close(struct console *console)
{
    if (!console)
        return;
    console->close(console->native);
    sbx_free(console);
}

void *console_native(const struct console *console)
{
    return console->native;
}
