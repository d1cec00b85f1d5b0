/*
 * workspace.c - ISandboxWorkspace over one frozen list; the collection is collection.c's.
 */
#include "sbxcom/workspace.h"
#include "base/memory.h"
#include "core/policy.h"
#include "sbxcom/collection.h"
#include "sbxcom/values.h"

/* Each workspace holds the list, not the collection: it outlives it. */
struct frozen_list {
    LONG references;
    struct provisioned_workspace *items;
    size_t count;
};

static void frozen_list_release(struct frozen_list *frozen)
{
    if (InterlockedDecrement(&frozen->references) == 0) {
        provisioned_workspaces_free(frozen->items, frozen->count);
        sbx_free(frozen);
    }
}

struct workspace_object {
    struct object object;
    struct frozen_list *frozen;
    const struct provisioned_workspace *workspace; /* in `frozen` */
};

static const struct provisioned_workspace *workspace_from_ISandboxWorkspace(ISandboxWorkspace *iface)
{
    return CONTAINING_RECORD(iface, struct workspace_object, object.IDispatch_iface)->workspace;
}

/* One whose journal cannot be read has no path any more, but a name all the same: its folder of ours. */
static const char *path_of(const struct provisioned_workspace *workspace)
{
    return workspace->subject.path ? workspace->subject.path : workspace->key;
}

static HRESULT STDMETHODCALLTYPE Workspace_get_Path(ISandboxWorkspace *iface, BSTR *value)
{
    return value_text(path_of(workspace_from_ISandboxWorkspace(iface)), value);
}

static HRESULT STDMETHODCALLTYPE Workspace_get_Level(ISandboxWorkspace *iface, sbxLevel *value)
{
    if (!value)
        return E_POINTER;
    *value = (sbxLevel)workspace_from_ISandboxWorkspace(iface)->subject.level;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Workspace_get_LevelText(ISandboxWorkspace *iface, BSTR *value)
{
    return value_text(level_name(workspace_from_ISandboxWorkspace(iface)->subject.level), value);
}

static HRESULT STDMETHODCALLTYPE Workspace_get_Since(ISandboxWorkspace *iface, DATE *value)
{
    if (!value)
        return E_POINTER;
    *value = value_local_time(workspace_from_ISandboxWorkspace(iface)->subject.since_utc_ms);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE Workspace_get_SinceUtc(ISandboxWorkspace *iface, BSTR *value)
{
    return value_utc_text(workspace_from_ISandboxWorkspace(iface)->subject.since_utc_ms, value);
}

/* In words, with what a reader must know of them: whether they can be relied on. */
static HRESULT STDMETHODCALLTYPE Workspace_get_Rights(ISandboxWorkspace *iface, BSTR *value)
{
    const struct provisioned_workspace *workspace = workspace_from_ISandboxWorkspace(iface);
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    HRESULT result;

    if (!value)
        return E_POINTER;
    *value = NULL;
    buffer_append_text(&text, workspace->rights);
    if (workspace->problem)
        buffer_append_format(&text, "%sunknown: %s", text.size ? "; " : "", workspace->problem);
    else if (!workspace->complete)
        buffer_append_format(&text, "%sunfinished: call Sbx.Host's Recover", text.size ? "; " : "");
    if (workspace->in_use)
        buffer_append_format(&text, "%sa session lives in it", text.size ? "; " : "");
    result = buffer_failed(&text) ? E_OUTOFMEMORY : value_text_size(buffer_text(&text), text.size, value);
    buffer_free(&text);
    return result;
}

static const ISandboxWorkspaceVtbl workspace_vtbl = {
    OBJECT_METHODS(ISandboxWorkspace),
    Workspace_get_Path,
    Workspace_get_Level,
    Workspace_get_LevelText,
    Workspace_get_Since,
    Workspace_get_SinceUtc,
    Workspace_get_Rights,
};

static void workspace_destroy(struct object *object)
{
    frozen_list_release(CONTAINING_RECORD(object, struct workspace_object, object)->frozen);
}

static const struct object_class workspace_class = {
    .type = TYPE_ISandboxWorkspace,
    .source = L"Sbx.Host",
    .destroy = workspace_destroy,
};

static HRESULT add_workspace(struct collection *collection, struct frozen_list *frozen,
                             const struct provisioned_workspace *workspace)
{
    struct workspace_object *item = object_new(sizeof *item, &workspace_class, &workspace_vtbl);
    HRESULT result;

    if (!item)
        return E_OUTOFMEMORY;
    InterlockedIncrement(&frozen->references);
    item->frozen = frozen;
    item->workspace = workspace;
    result = collection_add(collection, path_of(workspace), object_interface(&item->object));
    object_release(&item->object);
    return result;
}

HRESULT workspaces_create(const WCHAR *source, struct provisioned_workspace *workspaces, size_t count,
                          ISandboxWorkspaces **value)
{
    struct frozen_list *frozen = sbx_alloc(sizeof *frozen);
    struct collection *collection;
    HRESULT result = S_OK;

    if (!frozen) {
        provisioned_workspaces_free(workspaces, count);
        return E_OUTOFMEMORY;
    }
    *frozen = (struct frozen_list){1, workspaces, count};
    collection = collection_new(TYPE_ISandboxWorkspaces, source, "workspace", count);
    if (!collection)
        result = E_OUTOFMEMORY;
    for (size_t i = 0; i < count && SUCCEEDED(result); i++)
        result = add_workspace(collection, frozen, &workspaces[i]);
    frozen_list_release(frozen);

    if (SUCCEEDED(result))
        *value = object_interface(&collection->object);
    else if (collection)
        object_release(&collection->object);
    return result;
}
