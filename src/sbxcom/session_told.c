/*
 * session_told.c - what commands did beside what they were asked for: violations and changes.
 *
 * A violation has one object from the moment it is first asked for, by whatever way: polling, a result, an event. So they can
 * be compared.
 */
#include "base/memory.h"
#include "sbxcom/change.h"
#include "sbxcom/collection.h"
#include "sbxcom/session_private.h"
#include "sbxcom/violation.h"

#include <string.h>

struct listed_violation {
    const struct engine *engine; /* that found it: by its address alone */
    struct violation violation;  /* its texts are lent from `one` */
    struct violations one;
    ISandboxViolation *object;
};

/* ---- violations ------------------------------------------------------------------------------------------------ */

static size_t count_of(const struct session *self, const struct engine *engine)
{
    size_t count = 0;

    for (size_t i = 0; i < self->violation_count; i++)
        count += self->violations[i].engine == engine;
    return count;
}

static sbx_status list_one(struct session *self, const struct engine *engine,
                           const struct violation *violation)
{
    struct listed_violation made = {.engine = engine};
    struct listed_violation *larger =
        sbx_realloc(self->violations, (self->violation_count + 1) * sizeof *larger);

    if (!larger)
        return SBX_E_MEMORY;
    self->violations = larger;
    if (violations_add(&made.one, violation))
        return SBX_E_MEMORY;
    made.violation = made.one.items[0];
    if (FAILED(violation_create(violation, &made.object))) {
        violations_free(&made.one);
        return SBX_E_MEMORY;
    }
    self->violations[self->violation_count++] = made;
    return SBX_OK;
}

/* Adds what one engine has found since. */
static sbx_status list_those_of(struct session *self, struct engine *engine)
{
    struct violations found = {NULL, 0};
    sbx_status status = engine_violations(engine, count_of(self, engine), &found);

    for (size_t i = 0; i < found.count && !status; i++)
        status = list_one(self, engine, &found.items[i]);
    violations_free(&found);
    return status;
}

/* The i-th engine with a hold, NULL: it has gone with a failed Provision; false: there are no more. */
static bool take_engine(struct session *self, size_t i, struct engine **engine)
{
    bool more;

    AcquireSRWLockShared(&self->lock);
    more = i <= self->past_count;
    *engine = i < self->past_count ? self->past[i] : more ? self->engine : NULL;
    if (*engine)
        engine_hold(*engine);
    ReleaseSRWLockShared(&self->lock);
    return more;
}

/* The list is up to date. Locked. */
static sbx_status list_violations(struct session *self)
{
    struct engine *engine;
    sbx_status status = SBX_OK;

    for (size_t i = 0; !status && take_engine(self, i, &engine); i++) {
        if (!engine)
            continue;
        status = list_those_of(self, engine);
        engine_release(engine);
    }
    return status;
}

/* Those of one command, 0: all. */
static HRESULT collect(struct session *self, uint32_t process, ISandboxViolations **value)
{
    struct collection *collection = collection_new(TYPE_ISandboxViolations, SESSION_SOURCE, "violation", 0);
    HRESULT result;

    if (!collection)
        return E_OUTOFMEMORY;
    AcquireSRWLockExclusive(&self->violations_lock);
    result = list_violations(self) ? E_OUTOFMEMORY : S_OK;
    for (size_t i = 0; i < self->violation_count && SUCCEEDED(result); i++) {
        if (!process || self->violations[i].violation.process == process)
            result = collection_add(collection, NULL, (IDispatch *)self->violations[i].object);
    }
    ReleaseSRWLockExclusive(&self->violations_lock);
    if (FAILED(result))
        object_release(&collection->object);
    else
        *value = object_interface(&collection->object);
    return result;
}

HRESULT session_violations_of(struct session *session, uint32_t process, ISandboxViolations **value)
{
    return collect(session, process, value);
}

HRESULT STDMETHODCALLTYPE Session_Violations(ISandboxSession *iface, ISandboxViolations **value)
{
    if (!value)
        return E_POINTER;
    *value = NULL;
    return collect(impl_from_ISandboxSession(iface), 0, value);
}

static bool is_same(const struct violation *a, const struct violation *b)
{
    return a->kind == b->kind && a->process == b->process && a->utc_ms == b->utc_ms &&
           !strcmp(a->path, b->path);
}

HRESULT session_violation(struct session *self, const struct violation *violation, ISandboxViolation **value)
{
    ISandboxViolation *found = NULL;

    AcquireSRWLockExclusive(&self->violations_lock);
    list_violations(self);
    for (size_t i = 0; i < self->violation_count && !found; i++) {
        if (is_same(&self->violations[i].violation, violation))
            found = self->violations[i].object;
    }
    if (found)
        ISandboxViolation_AddRef(found);
    ReleaseSRWLockExclusive(&self->violations_lock);
    if (!found)
        return violation_create(violation, value);
    *value = found;
    return S_OK;
}

/* ---- changes --------------------------------------------------------------------------------------------------- */

HRESULT STDMETHODCALLTYPE Session_Changes(ISandboxSession *iface, ISandboxChanges **value)
{
    struct session *self = impl_from_ISandboxSession(iface);
    struct change_list list = {NULL, 0};
    struct sbx_error error = {0};
    struct engine *engine;
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    AcquireSRWLockShared(&self->lock);
    engine = self->engine;
    if (engine)
        engine_hold(engine);
    ReleaseSRWLockShared(&self->lock);
    if (!engine)
        return session_result(self, session_not_running(sbxStateNew, &error), &error);

    status = engine_changes(engine, &list, &error);
    engine_release(engine);
    result = status ? session_result(self, status, &error) : changes_collect(&list, value);
    change_list_free(&list);
    return result;
}

void session_forget_told(struct session *self)
{
    for (size_t i = 0; i < self->violation_count; i++) {
        violations_free(&self->violations[i].one);
        ISandboxViolation_Release(self->violations[i].object);
    }
    sbx_free(self->violations);
    change_log_release(self->changes);
}
