/*
 * environment.c - ISandboxEnvironment.
 */
#include "sbxcom/environment.h"
#include "base/memory.h"
#include "core/excerpt.h"
#include "sbxcom/arguments.h"
#include "sbxcom/enumerator.h"
#include "sbxcom/values.h"

#include <string.h>

struct environment_object {
    struct object object;
    SRWLOCK lock;
    struct environment variables; /* guarded by `lock` */
};

static struct environment_object *impl_from_ISandboxEnvironment(ISandboxEnvironment *iface)
{
    return CONTAINING_RECORD(iface, struct environment_object, object.IDispatch_iface);
}

static HRESULT STDMETHODCALLTYPE Environment_get_Count(ISandboxEnvironment *iface, LONG *count)
{
    struct environment_object *self = impl_from_ISandboxEnvironment(iface);

    if (!count)
        return E_POINTER;
    AcquireSRWLockShared(&self->lock);
    *count = (LONG)self->variables.entries.count;
    ReleaseSRWLockShared(&self->lock);
    return S_OK;
}

/* Sets, or with `value` NULL removes. */
static HRESULT change(ISandboxEnvironment *iface, BSTR given_name, const BSTR *given_value)
{
    struct environment_object *self = impl_from_ISandboxEnvironment(iface);
    char *name = NULL, *value = NULL; /* UTF-8 */
    struct sbx_error error;
    sbx_status status;

    error.code = SBX_OK;
    status = argument_bstr(given_name, "name", &name, NULL, &error);
    if (!status && given_value)
        status = argument_bstr(*given_value, "value", &value, NULL, &error);
    if (!status) {
        AcquireSRWLockExclusive(&self->lock);
        status = environment_set(&self->variables, name, value, &error);
        ReleaseSRWLockExclusive(&self->lock);
    }
    sbx_free(value);
    sbx_free(name);
    return object_result(&self->object, status, &error);
}

static HRESULT STDMETHODCALLTYPE Environment_put_Item(ISandboxEnvironment *iface, BSTR name, BSTR value)
{
    return change(iface, name, &value);
}

static HRESULT STDMETHODCALLTYPE Environment_Remove(ISandboxEnvironment *iface, BSTR name)
{
    return change(iface, name, NULL);
}

/* "PATH" of "PATH=..."; the first = is never a name's first character here. */
static size_t name_size(const char *entry)
{
    const char *end = strchr(entry, '=');

    return end ? (size_t)(end - entry) : strlen(entry);
}

/* Locked. "There is no variable "PAHT" (perhaps PATH)." */
static sbx_status no_such_variable(const struct environment_object *self, const char *name,
                                   struct sbx_error *error)
{
    const struct sbx_strings *entries = &self->variables.entries;
    struct sbx_strings names = {NULL, 0};
    const char *nearest = NULL;
    char shown[EXCERPT_SIZE];
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < entries->count && !status; i++) {
        char *one = sbx_strndup(entries->items[i], name_size(entries->items[i]));

        status = one ? strings_append(&names, one) : SBX_E_MEMORY;
        sbx_free(one);
    }
    if (!status)
        nearest = text_nearest(name, (const char *const *)names.items, names.count);
    status = error_set(error, SBX_E_ARGUMENT, "There is no variable \"%s\"%s%s%s.", excerpt(shown, name),
                       nearest ? " (perhaps " : "", nearest ? nearest : "", nearest ? ")" : "");
    strings_free(&names);
    return status;
}

static HRESULT STDMETHODCALLTYPE Environment_get_Item(ISandboxEnvironment *iface, BSTR given_name,
                                                      BSTR *value)
{
    struct environment_object *self = impl_from_ISandboxEnvironment(iface);
    struct sbx_error error;
    const char *found;
    char *name;
    sbx_status status;
    HRESULT result = S_OK;

    if (!value)
        return E_POINTER;
    *value = NULL;
    error.code = SBX_OK;
    status = argument_bstr(given_name, "name", &name, NULL, &error);
    if (status)
        return object_result(&self->object, status, &error);

    AcquireSRWLockShared(&self->lock);
    found = environment_get(&self->variables, name);
    if (found)
        result = value_text(found, value);
    else
        status = no_such_variable(self, name, &error);
    ReleaseSRWLockShared(&self->lock);
    sbx_free(name);
    return status ? object_result(&self->object, status, &error) : result;
}

static HRESULT STDMETHODCALLTYPE Environment_get__NewEnum(ISandboxEnvironment *iface, IUnknown **enumerator)
{
    struct environment_object *self = impl_from_ISandboxEnvironment(iface);
    const struct sbx_strings *entries = &self->variables.entries;
    size_t count, made = 0;
    VARIANT *names;
    HRESULT result = S_OK;

    if (!enumerator)
        return E_POINTER;
    *enumerator = NULL;
    AcquireSRWLockShared(&self->lock);
    count = entries->count;
    names = sbx_alloc_array(count, sizeof *names);
    for (; names && made < count && SUCCEEDED(result); made++)
        result = value_variant_text(entries->items[made], name_size(entries->items[made]), &names[made]);
    ReleaseSRWLockShared(&self->lock);
    if (!names)
        return E_OUTOFMEMORY;
    if (FAILED(result)) {
        while (made > 0)
            VariantClear(&names[--made]);
        sbx_free(names);
        return result;
    }
    return enumerator_create(names, count, enumerator);
}

static const ISandboxEnvironmentVtbl environment_vtbl = {
    OBJECT_METHODS(ISandboxEnvironment),
    Environment_get_Count,
    Environment_put_Item,
    Environment_get_Item,
    Environment_get__NewEnum,
    Environment_Remove,
};

static void environment_destroy(struct object *object)
{
    environment_free(&CONTAINING_RECORD(object, struct environment_object, object)->variables);
}

static const struct object_class environment_class = {
    .type = TYPE_ISandboxEnvironment,
    .source = L"Sbx.Session",
    .destroy = environment_destroy,
};

struct environment_object *environment_object_new(const struct environment *variables)
{
    struct environment_object *self = object_new(sizeof *self, &environment_class, &environment_vtbl);

    if (!self)
        return NULL;
    InitializeSRWLock(&self->lock);
    if (environment_copy(variables, &self->variables)) {
        object_release(&self->object);
        return NULL;
    }
    return self;
}

struct object *environment_object_base(struct environment_object *self)
{
    return &self->object;
}

sbx_status environment_object_copy(struct environment_object *self, struct environment *variables)
{
    sbx_status status;

    AcquireSRWLockShared(&self->lock);
    status = environment_copy(&self->variables, variables);
    ReleaseSRWLockShared(&self->lock);
    return status;
}
