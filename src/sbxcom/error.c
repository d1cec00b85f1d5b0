/*
 * error.c - failures on their way out.
 */
#include "sbxcom/error.h"
#include "base/buffer.h"
#include "sbxcom/values.h"

/* What to say for a code that came without a text. */
static const char *usual_text(sbx_status status)
{
    switch (status) {
    case SBX_E_TIMEOUT:
        return "The time was over first. Give a larger timeoutMs, or -1 for no limit.";
    case SBX_E_CANCELLED:
        return "The call was cancelled.";
    case SBX_E_CLOSED:
        return "The session is closed.";
    default:
        return "The call failed.";
    }
}

static BSTR description_of(sbx_status status, const char *text)
{
    struct sbx_buffer description = SBX_BUFFER_EMPTY;
    BSTR made = NULL;

    buffer_append_format(&description, "%s: %s", status_word(status), text);
    if (!buffer_failed(&description))
        value_text(buffer_text(&description), &made);
    buffer_free(&description);
    return made;
}

/* Nobody can be told that telling failed: what cannot be set is left out, and the HRESULT says the rest. */
static void set_error_info(const WCHAR *source, const IID *iid, BSTR description)
{
    ICreateErrorInfo *create;
    IErrorInfo *info;

    SetErrorInfo(0, NULL); /* an older failure's text is worse than none */
    if (FAILED(CreateErrorInfo(&create)))
        return;
    ICreateErrorInfo_SetGUID(create, iid);
    ICreateErrorInfo_SetSource(create, (OLECHAR *)source);
    if (description)
        ICreateErrorInfo_SetDescription(create, description);
    if (SUCCEEDED(ICreateErrorInfo_QueryInterface(create, &IID_IErrorInfo, (void **)&info))) {
        SetErrorInfo(0, info);
        IErrorInfo_Release(info);
    }
    ICreateErrorInfo_Release(create);
}

HRESULT error_raise(const WCHAR *source, const IID *iid, sbx_status status, const struct sbx_error *error)
{
    BSTR description;

    if (status == SBX_OK)
        return S_OK;
    if (status == SBX_E_MEMORY)
        return E_OUTOFMEMORY;

    description = description_of(status, error && error->text[0] ? error->text : usual_text(status));
    set_error_info(source, iid, description);
    SysFreeString(description);
    return (HRESULT)(SBX_HRESULT_BASE + (DWORD)status);
}
