/*
 * plan.c - ISandboxPlan, ISandboxSteps and ISandboxStep over one frozen plan.
 */
#include "sbxcom/plan.h"
#include "base/memory.h"
#include "sbxcom/collection.h"
#include "sbxcom/values.h"

/* The plan and each of its steps hold this, not each other: a step outlives its plan. */
struct frozen_plan {
    LONG references;
    struct plan plan;
};

static struct frozen_plan *frozen_plan_hold(struct frozen_plan *frozen)
{
    InterlockedIncrement(&frozen->references);
    return frozen;
}

static void frozen_plan_release(struct frozen_plan *frozen)
{
    if (InterlockedDecrement(&frozen->references) == 0) {
        plan_free(&frozen->plan);
        sbx_free(frozen);
    }
}

/* ---- one step ------------------------------------------------------------------------------------------------------ */

struct step_object {
    struct object object;
    struct frozen_plan *frozen;
    const struct step *step; /* in `frozen` */
};

static const struct step *step_from_ISandboxStep(ISandboxStep *iface)
{
    return CONTAINING_RECORD(iface, struct step_object, object.IDispatch_iface)->step;
}

static HRESULT STDMETHODCALLTYPE Step_get_Kind(ISandboxStep *iface, BSTR *value)
{
    return value_text(step_kind_name(step_from_ISandboxStep(iface)->kind), value);
}

/* What `write` makes of the step, as a BSTR. */
static HRESULT step_written(ISandboxStep *iface, void (*write)(const struct step *, struct sbx_buffer *),
                            BSTR *value)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    HRESULT result;

    if (!value)
        return E_POINTER;
    *value = NULL;
    write(step_from_ISandboxStep(iface), &text);
    result = buffer_failed(&text) ? E_OUTOFMEMORY : value_text_size(buffer_text(&text), text.size, value);
    buffer_free(&text);
    return result;
}

static HRESULT STDMETHODCALLTYPE Step_get_Target(ISandboxStep *iface, BSTR *value)
{
    return step_written(iface, step_write_target, value);
}

static HRESULT STDMETHODCALLTYPE Step_get_Detail(ISandboxStep *iface, BSTR *value)
{
    return step_written(iface, step_write_detail, value);
}

static HRESULT STDMETHODCALLTYPE Step_get_Undo(ISandboxStep *iface, BSTR *value)
{
    return step_written(iface, step_write_undo, value);
}

static HRESULT STDMETHODCALLTYPE Step_get_Elevated(ISandboxStep *iface, VARIANT_BOOL *value)
{
    if (!value)
        return E_POINTER;
    *value = step_is_elevated(step_from_ISandboxStep(iface)) ? VARIANT_TRUE : VARIANT_FALSE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Step_get_State(ISandboxStep *iface, sbxStepState *value)
{
    if (!value)
        return E_POINTER;
    *value = (sbxStepState)step_from_ISandboxStep(iface)->state;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Step_get_StateText(ISandboxStep *iface, BSTR *value)
{
    return value_text(step_state_name(step_from_ISandboxStep(iface)->state), value);
}

static const ISandboxStepVtbl step_vtbl = {
    OBJECT_METHODS(ISandboxStep),
    Step_get_Kind,
    Step_get_Target,
    Step_get_Detail,
    Step_get_Undo,
    Step_get_Elevated,
    Step_get_State,
    Step_get_StateText,
};

static void step_destroy(struct object *object)
{
    frozen_plan_release(CONTAINING_RECORD(object, struct step_object, object)->frozen);
}

static const struct object_class step_class = {
    .type = TYPE_ISandboxStep,
    .source = L"Sbx.Session",
    .destroy = step_destroy,
};

/* ---- the plan ------------------------------------------------------------------------------------------------------ */

struct shown_plan {
    struct object object;
    struct frozen_plan *frozen;
    struct collection *steps;
};

static struct shown_plan *impl_from_ISandboxPlan(ISandboxPlan *iface)
{
    return CONTAINING_RECORD(iface, struct shown_plan, object.IDispatch_iface);
}

static HRESULT STDMETHODCALLTYPE Plan_get_Steps(ISandboxPlan *iface, ISandboxSteps **value)
{
    struct shown_plan *self = impl_from_ISandboxPlan(iface);

    if (!value)
        return E_POINTER;
    object_hold(&self->steps->object);
    *value = object_interface(&self->steps->object);
    return S_OK;
}

static HRESULT plan_written(ISandboxPlan *iface, void (*write)(const struct plan *, struct sbx_buffer *),
                            BSTR *value)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    HRESULT result;

    if (!value)
        return E_POINTER;
    *value = NULL;
    write(&impl_from_ISandboxPlan(iface)->frozen->plan, &text);
    result = buffer_failed(&text) ? E_OUTOFMEMORY : value_text_size(buffer_text(&text), text.size, value);
    buffer_free(&text);
    return result;
}

static HRESULT STDMETHODCALLTYPE Plan_get_Text(ISandboxPlan *iface, BSTR *value)
{
    return plan_written(iface, plan_write_text, value);
}

static HRESULT STDMETHODCALLTYPE Plan_get_Json(ISandboxPlan *iface, BSTR *value)
{
    return plan_written(iface, plan_write_json, value);
}

static const ISandboxPlanVtbl plan_vtbl = {
    OBJECT_METHODS(ISandboxPlan),
    Plan_get_Steps,
    Plan_get_Text,
    Plan_get_Json,
};

static void plan_destroy(struct object *object)
{
    struct shown_plan *self = CONTAINING_RECORD(object, struct shown_plan, object);

    if (self->steps)
        object_release(&self->steps->object);
    if (self->frozen)
        frozen_plan_release(self->frozen);
}

static const struct object_class plan_class = {
    .type = TYPE_ISandboxPlan,
    .source = L"Sbx.Session",
    .destroy = plan_destroy,
};

static HRESULT add_step(struct shown_plan *self, const struct step *step)
{
    struct step_object *item = object_new(sizeof *item, &step_class, &step_vtbl);
    HRESULT result;

    if (!item)
        return E_OUTOFMEMORY;
    item->frozen = frozen_plan_hold(self->frozen);
    item->step = step;
    result = collection_add(self->steps, NULL, object_interface(&item->object));
    object_release(&item->object);
    return result;
}

static HRESULT add_steps(struct shown_plan *self, const WCHAR *source)
{
    const struct plan *plan = &self->frozen->plan;
    HRESULT result = S_OK;

    self->steps = collection_new(TYPE_ISandboxSteps, source, "step", plan->count);
    if (!self->steps)
        return E_OUTOFMEMORY;
    for (size_t i = 0; i < plan->count && SUCCEEDED(result); i++)
        result = add_step(self, &plan->steps[i]);
    return result;
}

HRESULT plan_create(const WCHAR *source, struct plan *plan, ISandboxPlan **value)
{
    struct shown_plan *self = object_new(sizeof *self, &plan_class, &plan_vtbl);
    struct frozen_plan *frozen = sbx_alloc(sizeof *frozen);
    HRESULT result;

    if (!self || !frozen) {
        plan_free(plan);
        sbx_free(frozen);
        if (self)
            object_release(&self->object);
        return E_OUTOFMEMORY;
    }
    frozen->references = 1;
    frozen->plan = *plan;
    self->frozen = frozen;
    result = add_steps(self, source);
    if (FAILED(result)) {
        object_release(&self->object);
        return result;
    }
    *value = object_interface(&self->object);
    return S_OK;
}
