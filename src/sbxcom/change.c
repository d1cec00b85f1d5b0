/*
 * change.c - one change, and all of them.
 */
#include "sbxcom/change.h"

#include "base/memory.h"
#include "sbxcom/collection.h"
#include "sbxcom/values.h"

struct change_object {
    struct object object;
    struct change change; /* its path owned */
};

static const struct change *change_from(ISandboxChange *iface)
{
    return &CONTAINING_RECORD(iface, struct change_object, object.IDispatch_iface)->change;
}

static HRESULT STDMETHODCALLTYPE Change_get_Path(ISandboxChange *iface, BSTR *value)
{
    return value_text(change_from(iface)->path, value);
}

static HRESULT STDMETHODCALLTYPE Change_get_Kind(ISandboxChange *iface, BSTR *value)
{
    return value_text(change_kind_name(change_from(iface)->kind), value);
}

static HRESULT STDMETHODCALLTYPE Change_get_Process(ISandboxChange *iface, LONG *value)
{
    if (!value)
        return E_POINTER;
    *value = (LONG)change_from(iface)->process;
    return S_OK;
}

static const ISandboxChangeVtbl change_vtbl = {
    OBJECT_METHODS(ISandboxChange),
    Change_get_Path,
    Change_get_Kind,
    Change_get_Process,
};

static void change_destroy(struct object *object)
{
    sbx_free(CONTAINING_RECORD(object, struct change_object, object)->change.path);
}

static const struct object_class change_class = {
    .type = TYPE_ISandboxChange,
    .source = L"Sbx.Session",
    .destroy = change_destroy,
};

static HRESULT add(struct collection *collection, const struct change *change)
{
    struct change_object *item = object_new(sizeof *item, &change_class, &change_vtbl);
    HRESULT result = E_OUTOFMEMORY;

    if (!item)
        return E_OUTOFMEMORY;
    item->change = *change;
    item->change.path = sbx_strdup(change->path);
    if (item->change.path)
        result = collection_add(collection, change->path, object_interface(&item->object));
    object_release(&item->object);
    return result;
}

HRESULT changes_collect(const struct change_list *list, ISandboxChanges **value)
{
    struct collection *collection =
        collection_new(TYPE_ISandboxChanges, L"Sbx.Session", "change", list->count);
    HRESULT result = S_OK;

    if (!collection)
        return E_OUTOFMEMORY;
    for (size_t i = 0; i < list->count && SUCCEEDED(result); i++)
        result = add(collection, &list->items[i]);
    if (FAILED(result))
        object_release(&collection->object);
    else
        *value = object_interface(&collection->object);
    return result;
}
