/*
 * collection.c - one implementation for all.
 */
#include "sbxcom/collection.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "base/text.h"
#include "sbxcom/arguments.h"
#include "sbxcom/enumerator.h"

/*
 * In the IDL all collections have the same members in the same order, and differ in what Item returns: a pointer to an
 * interface. So the vtable of one of them is the vtable of all.
 */
static struct collection *impl_from_ISandboxFindings(ISandboxFindings *iface)
{
    return CONTAINING_RECORD(iface, struct collection, object.IDispatch_iface);
}

static HRESULT STDMETHODCALLTYPE Collection_get_Count(ISandboxFindings *iface, LONG *count)
{
    if (!count)
        return E_POINTER;
    *count = (LONG)impl_from_ISandboxFindings(iface)->count;
    return S_OK;
}

/* ---- Item ---------------------------------------------------------------------------------------------------------- */

static const struct collection_item *find_key(const struct collection *self, const char *key)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->items[i].key && text_equal_ascii_nocase(self->items[i].key, key))
            return &self->items[i];
    }
    return NULL;
}

/* Some may have none: of the grants of one folder the latest alone is found by it. */
static bool has_keys(const struct collection *self)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->items[i].key)
            return true;
    }
    return false;
}

/* "There is no finding "netwrok". Its keys are: fileWrite, network." */
static sbx_status no_such_key(const struct collection *self, const char *key, struct sbx_error *error)
{
    struct sbx_buffer keys = SBX_BUFFER_EMPTY;
    sbx_status status;

    for (size_t i = 0; i < self->count; i++) {
        if (self->items[i].key)
            buffer_append_format(&keys, "%s%s", keys.size ? ", " : "", self->items[i].key);
    }
    if (buffer_failed(&keys))
        status = error_memory(error, "an error's text");
    else
        status = error_set(error, SBX_E_ARGUMENT, "There is no %s \"%s\". There are: %s.", self->item_word,
                           key, buffer_text(&keys));
    buffer_free(&keys);
    return status;
}

static sbx_status no_such_number(const struct collection *self, double number, struct sbx_error *error)
{
    if (self->count == 0)
        return error_set(error, SBX_E_ARGUMENT, "There is no %s at all: the collection is empty.",
                         self->item_word);
    return error_set(error, SBX_E_ARGUMENT, "There is no %s %.15g. The numbers go from 0 to %ld.",
                     self->item_word, number, (long)self->count - 1);
}

/* A text is a key; where there are no keys it may be a number, too. */
static sbx_status find_item(const struct collection *self, const VARIANT *index,
                            const struct collection_item **item, struct sbx_error *error)
{
    double number;
    char *key;
    sbx_status status;

    if (argument_shape(index) == ARGUMENT_TEXT && has_keys(self)) {
        status = argument_text(index, "index", &key, NULL, error);
        if (status)
            return status;
        *item = find_key(self, key);
        if (!*item)
            status = no_such_key(self, key, error);
        sbx_free(key);
        return status;
    }
    if (argument_shape(index) == ARGUMENT_TEXT && self->count == 0)
        return no_such_number(self, 0, error); /* nor of that key: who can tell whether it would have any */
    status = argument_number(index, "index", -1e300, 1e300, &number, NULL);
    if (status == SBX_E_ARGUMENT)
        return argument_wrong(index, "index",
                              has_keys(self) ? "a number from 0, or a key" : "a number from 0", error);
    if (status)
        return error_memory(error, "an argument");
    if (number < 0 || number >= (double)self->count || number != (double)(size_t)number)
        return no_such_number(self, number, error);
    *item = &self->items[(size_t)number];
    return SBX_OK;
}

static HRESULT STDMETHODCALLTYPE Collection_get_Item(ISandboxFindings *iface, VARIANT index,
                                                     ISandboxFinding **value)
{
    struct collection *self = impl_from_ISandboxFindings(iface);
    const struct collection_item *item = NULL;
    struct sbx_error error;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    error.code = SBX_OK;
    status = find_item(self, &index, &item, &error);
    if (status)
        return object_result(&self->object, status, &error);
    IDispatch_AddRef(item->value);
    *value = (ISandboxFinding *)item->value;
    return S_OK;
}

/* ---- _NewEnum ------------------------------------------------------------------------------------------------------ */

static HRESULT STDMETHODCALLTYPE Collection_get__NewEnum(ISandboxFindings *iface, IUnknown **enumerator)
{
    struct collection *self = impl_from_ISandboxFindings(iface);
    VARIANT *values;

    if (!enumerator)
        return E_POINTER;
    *enumerator = NULL;
    values = sbx_alloc_array(self->count, sizeof *values);
    if (!values)
        return E_OUTOFMEMORY;
    for (size_t i = 0; i < self->count; i++) {
        V_VT(&values[i]) = VT_DISPATCH;
        V_DISPATCH(&values[i]) = self->items[i].value;
        IDispatch_AddRef(self->items[i].value);
    }
    return enumerator_create(values, self->count, enumerator);
}

static const ISandboxFindingsVtbl collection_vtbl = {
    OBJECT_METHODS(ISandboxFindings),
    Collection_get_Count,
    Collection_get_Item,
    Collection_get__NewEnum,
};

/* ---- making one ---------------------------------------------------------------------------------------------------- */

static void collection_destroy(struct object *object)
{
    struct collection *self = CONTAINING_RECORD(object, struct collection, object);

    for (size_t i = 0; i < self->count; i++) {
        sbx_free(self->items[i].key);
        IDispatch_Release(self->items[i].value);
    }
    sbx_free(self->items);
}

struct collection *collection_new(enum type type, const WCHAR *source, const char *item_word, size_t capacity)
{
    struct collection *self;
    struct collection_item *items = sbx_alloc_array(capacity, sizeof *items);
    struct object_class class = {.type = type, .source = source, .destroy = collection_destroy};

    if (!items)
        return NULL;
    self = object_new(sizeof *self, NULL, &collection_vtbl);
    if (!self) {
        sbx_free(items);
        return NULL;
    }
    self->class = class;
    self->object.class = &self->class;
    self->item_word = item_word;
    self->items = items;
    self->capacity = capacity;
    return self;
}

HRESULT collection_add(struct collection *self, const char *key, IDispatch *value)
{
    char *copy = NULL;

    if (self->count == self->capacity) {
        size_t capacity = self->capacity < 8 ? 16 : self->capacity * 2;
        struct collection_item *larger = sbx_realloc(self->items, capacity * sizeof *larger);

        if (!larger)
            return E_OUTOFMEMORY;
        self->items = larger;
        self->capacity = capacity;
    }
    if (key) {
        copy = sbx_strdup(key);
        if (!copy)
            return E_OUTOFMEMORY;
    }
    IDispatch_AddRef(value);
    self->items[self->count].key = copy;
    self->items[self->count].value = value;
    self->count++;
    return S_OK;
}
