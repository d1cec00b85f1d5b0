/*
 * report.c - ISandboxReport, ISandboxFindings and ISandboxFinding over one frozen list.
 */
#include "sbxcom/report.h"
#include "base/memory.h"
#include "sbxcom/collection.h"
#include "sbxcom/values.h"

/* The report and each of its findings hold the list, not each other: a finding outlives its report. */
struct frozen {
    LONG references;
    struct findings findings;
};

static struct frozen *frozen_hold(struct frozen *frozen)
{
    InterlockedIncrement(&frozen->references);
    return frozen;
}

static void frozen_release(struct frozen *frozen)
{
    if (InterlockedDecrement(&frozen->references) == 0) {
        findings_free(&frozen->findings);
        sbx_free(frozen);
    }
}

/* ---- one finding --------------------------------------------------------------------------------------------------- */

struct finding_object {
    struct object object;
    struct frozen *frozen;
    const struct finding *finding; /* in `frozen` */
};

static const struct finding *finding_from_ISandboxFinding(ISandboxFinding *iface)
{
    return CONTAINING_RECORD(iface, struct finding_object, object.IDispatch_iface)->finding;
}

static HRESULT STDMETHODCALLTYPE Finding_get_Domain(ISandboxFinding *iface, BSTR *value)
{
    return value_text(finding_from_ISandboxFinding(iface)->domain, value);
}

static HRESULT STDMETHODCALLTYPE Finding_get_Assurance(ISandboxFinding *iface, sbxAssurance *value)
{
    if (!value)
        return E_POINTER;
    *value = (sbxAssurance)finding_from_ISandboxFinding(iface)->assurance;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Finding_get_AssuranceText(ISandboxFinding *iface, BSTR *value)
{
    return value_text(assurance_name(finding_from_ISandboxFinding(iface)->assurance), value);
}

static HRESULT STDMETHODCALLTYPE Finding_get_Required(ISandboxFinding *iface, sbxAssurance *value)
{
    if (!value)
        return E_POINTER;
    *value = (sbxAssurance)finding_from_ISandboxFinding(iface)->required;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Finding_get_RequiredText(ISandboxFinding *iface, BSTR *value)
{
    return value_text(assurance_name(finding_from_ISandboxFinding(iface)->required), value);
}

static HRESULT STDMETHODCALLTYPE Finding_get_Mechanism(ISandboxFinding *iface, BSTR *value)
{
    return value_text(finding_from_ISandboxFinding(iface)->mechanism, value);
}

static HRESULT STDMETHODCALLTYPE Finding_get_Detail(ISandboxFinding *iface, BSTR *value)
{
    return value_text(finding_from_ISandboxFinding(iface)->detail, value);
}

static HRESULT STDMETHODCALLTYPE Finding_get_Fix(ISandboxFinding *iface, BSTR *value)
{
    return value_text(finding_from_ISandboxFinding(iface)->fix, value);
}

static const ISandboxFindingVtbl finding_vtbl = {
    OBJECT_METHODS(ISandboxFinding), Finding_get_Domain,   Finding_get_Assurance,
    Finding_get_AssuranceText,       Finding_get_Required, Finding_get_RequiredText,
    Finding_get_Mechanism,           Finding_get_Detail,   Finding_get_Fix,
};

static void finding_destroy(struct object *object)
{
    frozen_release(CONTAINING_RECORD(object, struct finding_object, object)->frozen);
}

static const struct object_class finding_class = {
    .type = TYPE_ISandboxFinding,
    .source = L"Sbx.Session",
    .destroy = finding_destroy,
};

/* ---- the report ---------------------------------------------------------------------------------------------------- */

struct report {
    struct object object;
    struct object_class class; /* the class that all reports share, with the source of this one */
    struct frozen *frozen;
    struct collection *findings;
};

static struct report *impl_from_ISandboxReport(ISandboxReport *iface)
{
    return CONTAINING_RECORD(iface, struct report, object.IDispatch_iface);
}

static HRESULT STDMETHODCALLTYPE Report_get_Findings(ISandboxReport *iface, ISandboxFindings **value)
{
    struct report *self = impl_from_ISandboxReport(iface);

    if (!value)
        return E_POINTER;
    object_hold(&self->findings->object);
    *value = object_interface(&self->findings->object);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Report_get_Meets(ISandboxReport *iface, VARIANT_BOOL *value)
{
    if (!value)
        return E_POINTER;
    *value = findings_meet(&impl_from_ISandboxReport(iface)->frozen->findings) ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

/* What `write` makes of the findings, as a BSTR. */
static HRESULT written(ISandboxReport *iface, void (*write)(const struct findings *, struct sbx_buffer *),
                       BSTR *value)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    HRESULT result;

    if (!value)
        return E_POINTER;
    *value = NULL;
    write(&impl_from_ISandboxReport(iface)->frozen->findings, &text);
    result = buffer_failed(&text) ? E_OUTOFMEMORY : value_text_size(buffer_text(&text), text.size, value);
    buffer_free(&text);
    return result;
}

static HRESULT STDMETHODCALLTYPE Report_get_Text(ISandboxReport *iface, BSTR *value)
{
    return written(iface, findings_write_text, value);
}

static HRESULT STDMETHODCALLTYPE Report_get_Json(ISandboxReport *iface, BSTR *value)
{
    return written(iface, findings_write_json, value);
}

static const ISandboxReportVtbl report_vtbl = {
    OBJECT_METHODS(ISandboxReport), Report_get_Findings, Report_get_Meets, Report_get_Text, Report_get_Json,
};

static void report_destroy(struct object *object)
{
    struct report *self = CONTAINING_RECORD(object, struct report, object);

    if (self->findings)
        object_release(&self->findings->object);
    frozen_release(self->frozen);
}

static const struct object_class report_class = {
    .type = TYPE_ISandboxReport,
    .source = L"Sbx.Session",
    .destroy = report_destroy,
};

static HRESULT add_finding(struct report *self, const struct finding *finding)
{
    HRESULT result;
    struct finding_object *item = object_new(sizeof *item, &finding_class, &finding_vtbl);

    if (!item)
        return E_OUTOFMEMORY;
    item->frozen = frozen_hold(self->frozen);
    item->finding = finding;
    result = collection_add(self->findings, finding->domain, object_interface(&item->object));
    object_release(&item->object);
    return result;
}

static HRESULT add_findings(struct report *self)
{
    const struct findings *findings = &self->frozen->findings;
    HRESULT result = S_OK;

    self->findings = collection_new(TYPE_ISandboxFindings, self->class.source, "finding", findings->count);
    if (!self->findings)
        return E_OUTOFMEMORY;
    for (size_t i = 0; i < findings->count && SUCCEEDED(result); i++)
        result = add_finding(self, &findings->items[i]);
    return result;
}

HRESULT report_create(const WCHAR *source, const struct findings *findings, ISandboxReport **value)
{
    struct report *self;
    HRESULT result;
    struct frozen *frozen = sbx_alloc(sizeof *frozen);

    if (!frozen)
        return E_OUTOFMEMORY;
    frozen->references = 1;
    if (findings_copy(findings, &frozen->findings)) {
        sbx_free(frozen);
        return E_OUTOFMEMORY;
    }
    self = object_new(sizeof *self, &report_class, &report_vtbl);
    if (!self) {
        frozen_release(frozen);
        return E_OUTOFMEMORY;
    }
    self->class = report_class;
    self->class.source = source;
    self->object.class = &self->class;
    self->frozen = frozen;

    result = add_findings(self);
    if (FAILED(result)) {
        object_release(&self->object);
        return result;
    }
    *value = object_interface(&self->object);
    return S_OK;
}
