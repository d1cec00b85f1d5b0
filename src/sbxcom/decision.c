/*
 * decision.c - ISandboxDecision over one explanation, and the words of sbxAccess.
 */
#include "sbxcom/decision.h"
#include "sbxcom/arguments.h"
#include "sbxcom/object.h"
#include "sbxcom/values.h"

static const struct argument_word access_words[] = {{"read", EXPLAIN_READ},
                                                    {"write", EXPLAIN_WRITE},
                                                    {"delete", EXPLAIN_DELETE},
                                                    {"execute", EXPLAIN_EXECUTE}};
#define ACCESS_WORD_COUNT (sizeof access_words / sizeof access_words[0])

sbx_status decision_access(const VARIANT *given, uint32_t *access, struct sbx_error *error)
{
    int32_t value = 0;
    sbx_status status;

    if (argument_absent(given))
        return error_set(error, SBX_E_ARGUMENT,
                         "access is missing. Give read, write, delete, execute, or several of them.");
    status = argument_flags(given, "access", access_words, ACCESS_WORD_COUNT, &value, error);
    if (!status && !value)
        status = error_set(error, SBX_E_ARGUMENT,
                           "access names nothing that could be done. Give read, write, delete, execute, or "
                           "several of them.");
    if (!status)
        *access = (uint32_t)value;
    return status;
}

struct decision_object {
    struct object object;
    struct explanation explanation;
};

static const struct explanation *explanation_from_ISandboxDecision(ISandboxDecision *iface)
{
    return &CONTAINING_RECORD(iface, struct decision_object, object.IDispatch_iface)->explanation;
}

static HRESULT STDMETHODCALLTYPE Decision_get_Allowed(ISandboxDecision *iface, VARIANT_BOOL *value)
{
    if (!value)
        return E_POINTER;
    *value = explanation_from_ISandboxDecision(iface)->allowed ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Decision_get_Path(ISandboxDecision *iface, BSTR *value)
{
    return value_text(explanation_from_ISandboxDecision(iface)->path, value);
}

static HRESULT STDMETHODCALLTYPE Decision_get_Access(ISandboxDecision *iface, sbxAccess *value)
{
    if (!value)
        return E_POINTER;
    *value = (sbxAccess)explanation_from_ISandboxDecision(iface)->access;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Decision_get_AccessText(ISandboxDecision *iface, BSTR *value)
{
    uint32_t access = explanation_from_ISandboxDecision(iface)->access;
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    HRESULT result;

    if (!value)
        return E_POINTER;
    *value = NULL;
    for (size_t i = 0; i < ACCESS_WORD_COUNT; i++)
        if (access & (uint32_t)access_words[i].value)
            buffer_append_format(&text, "%s%s", text.size ? ", " : "", access_words[i].word);
    result = buffer_failed(&text) ? E_OUTOFMEMORY : value_text(buffer_text(&text), value);
    buffer_free(&text);
    return result;
}

static HRESULT STDMETHODCALLTYPE Decision_get_DecidedBy(ISandboxDecision *iface, BSTR *value)
{
    return value_text(explanation_from_ISandboxDecision(iface)->decided_by, value);
}

static HRESULT STDMETHODCALLTYPE Decision_get_Rule(ISandboxDecision *iface, BSTR *value)
{
    return value_text(explanation_from_ISandboxDecision(iface)->rule, value);
}

static HRESULT STDMETHODCALLTYPE Decision_get_Fix(ISandboxDecision *iface, BSTR *value)
{
    return value_text(explanation_from_ISandboxDecision(iface)->fix, value);
}

static HRESULT STDMETHODCALLTYPE Decision_get_Text(ISandboxDecision *iface, BSTR *value)
{
    return value_text(explanation_from_ISandboxDecision(iface)->text, value);
}

static const ISandboxDecisionVtbl decision_vtbl = {
    OBJECT_METHODS(ISandboxDecision),
    Decision_get_Allowed,
    Decision_get_Path,
    Decision_get_Access,
    Decision_get_AccessText,
    Decision_get_DecidedBy,
    Decision_get_Rule,
    Decision_get_Fix,
    Decision_get_Text,
};

static void decision_destroy(struct object *object)
{
    explanation_free(&CONTAINING_RECORD(object, struct decision_object, object)->explanation);
}

static const struct object_class decision_class = {
    .type = TYPE_ISandboxDecision,
    .source = L"Sbx.Session",
    .destroy = decision_destroy,
};

HRESULT decision_create(struct explanation *explanation, ISandboxDecision **value)
{
    struct decision_object *self = object_new(sizeof *self, &decision_class, &decision_vtbl);

    if (!self) {
        explanation_free(explanation);
        return E_OUTOFMEMORY;
    }
    self->explanation = *explanation;
    *value = object_interface(&self->object);
    return S_OK;
}
