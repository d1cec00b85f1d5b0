/*
 * collection.h - all collections of the library: Count, Item and _NewEnum over a list that does not change.
 *
 *     collection = collection_new(TYPE_ISandboxFindings, L"Sbx.Session", "finding", count);
 *     for (...)
 *         result = collection_add(collection, domain, object_interface(&finding->object));
 *     *value = object_interface(&collection->object);
 *
 * Filled by whoever makes it, before a client sees it; never changed afterwards. So it needs no lock, an enumeration
 * is of what Count counted, and a client that wants to know what is there later asks for a new one.
 */
#ifndef SBX_SBXCOM_COLLECTION_H
#define SBX_SBXCOM_COLLECTION_H

#include "sbxcom/object.h"

struct collection_item {
    char *key; /* NULL: found by its number alone */
    IDispatch *value;
};

struct collection {
    struct object object;
    struct object_class class; /* of this very collection: each type of collection has the one vtable */
    const char *item_word;
    struct collection_item *items;
    size_t count;
    size_t capacity;
};

/*
 * An empty collection with room for `capacity` items; NULL without memory. `type` is one of the library's collections.
 * `item_word` is what one item is called in errors: "finding". Both texts are constants.
 */
struct collection *collection_new(enum type type, const WCHAR *source, const char *item_word,
                                  size_t capacity);

/* Takes a reference of its own on `value`; copies the key (may be NULL). Keys compare regardless of case. */
HRESULT collection_add(struct collection *collection, const char *key, IDispatch *value);

#endif
