/*
 * problem.c - ISandboxProblem over one frozen list; the collection is collection.c's.
 */
#include "sbxcom/problem.h"

#include "base/memory.h"
#include "sbxcom/collection.h"
#include "sbxcom/values.h"

/* Each problem holds the list, not the collection: it outlives it. */
struct frozen {
    LONG references;
    struct policy_problems problems;
};

static void frozen_release(struct frozen *frozen)
{
    if (InterlockedDecrement(&frozen->references) == 0) {
        policy_problems_free(&frozen->problems);
        sbx_free(frozen);
    }
}

struct problem_object {
    struct object object;
    struct frozen *frozen;
    const struct policy_problem *problem; /* in `frozen` */
};

static const struct policy_problem *problem_from_ISandboxProblem(ISandboxProblem *iface)
{
    return CONTAINING_RECORD(iface, struct problem_object, object.IDispatch_iface)->problem;
}

static HRESULT STDMETHODCALLTYPE Problem_get_Code(ISandboxProblem *iface, sbxError *value)
{
    if (!value)
        return E_POINTER;
    *value = (sbxError)(SBX_HRESULT_BASE + (unsigned)problem_from_ISandboxProblem(iface)->code);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Problem_get_CodeText(ISandboxProblem *iface, BSTR *value)
{
    return value_text(status_word(problem_from_ISandboxProblem(iface)->code), value);
}

static HRESULT STDMETHODCALLTYPE Problem_get_Pointer(ISandboxProblem *iface, BSTR *value)
{
    return value_text(problem_from_ISandboxProblem(iface)->pointer, value);
}

static HRESULT STDMETHODCALLTYPE Problem_get_Line(ISandboxProblem *iface, LONG *value)
{
    if (!value)
        return E_POINTER;
    *value = (LONG)problem_from_ISandboxProblem(iface)->line;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Problem_get_Column(ISandboxProblem *iface, LONG *value)
{
    if (!value)
        return E_POINTER;
    *value = (LONG)problem_from_ISandboxProblem(iface)->column;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Problem_get_Text(ISandboxProblem *iface, BSTR *value)
{
    return value_text(problem_from_ISandboxProblem(iface)->text, value);
}

static HRESULT STDMETHODCALLTYPE Problem_get_Fix(ISandboxProblem *iface, BSTR *value)
{
    return value_text(problem_from_ISandboxProblem(iface)->fix, value);
}

static const ISandboxProblemVtbl problem_vtbl = {
    OBJECT_METHODS(ISandboxProblem),
    Problem_get_Code,
    Problem_get_CodeText,
    Problem_get_Pointer,
    Problem_get_Line,
    Problem_get_Column,
    Problem_get_Text,
    Problem_get_Fix,
};

static void problem_destroy(struct object *object)
{
    frozen_release(CONTAINING_RECORD(object, struct problem_object, object)->frozen);
}

static const struct object_class problem_class = {
    .type = TYPE_ISandboxProblem,
    .source = L"Sbx.Policy",
    .destroy = problem_destroy,
};

static HRESULT add_problem(struct collection *collection, struct frozen *frozen,
                           const struct policy_problem *problem)
{
    struct problem_object *item = object_new(sizeof *item, &problem_class, &problem_vtbl);
    HRESULT result;

    if (!item)
        return E_OUTOFMEMORY;
    InterlockedIncrement(&frozen->references);
    item->frozen = frozen;
    item->problem = problem;
    result = collection_add(collection, NULL, object_interface(&item->object));
    object_release(&item->object);
    return result;
}

HRESULT problems_create(const WCHAR *source, struct policy_problems *problems, ISandboxProblems **value)
{
    struct collection *collection = NULL;
    struct frozen *frozen = sbx_alloc(sizeof *frozen);
    HRESULT result = S_OK;

    if (!frozen) {
        policy_problems_free(problems);
        return E_OUTOFMEMORY;
    }
    frozen->references = 1;
    frozen->problems = *problems;

    collection = collection_new(TYPE_ISandboxProblems, source, "problem", problems->count);
    if (!collection)
        result = E_OUTOFMEMORY;
    for (size_t i = 0; SUCCEEDED(result) && i < frozen->problems.count; i++)
        result = add_problem(collection, frozen, &frozen->problems.items[i]);
    frozen_release(frozen);

    if (SUCCEEDED(result))
        *value = object_interface(&collection->object);
    else if (collection)
        object_release(&collection->object);
    return result;
}
