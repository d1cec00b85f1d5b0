/*
 * policy.c - ISandboxPolicy over core/policy_edit.
 *
 * Arguments are read before the lock is taken, files are read and written without it: under the lock there is only
 * memory to be worked on.
 */
#include "sbxcom/policy.h"

#include "base/memory.h"
#include "core/excerpt.h"
#include "core/jsonplace.h"
#include "core/path.h"
#include "core/policy_edit.h"
#include "core/save.h"
#include "os/filesystem.h"
#include "sbxcom/arguments.h"
#include "sbxcom/object.h"
#include "sbxcom/problem.h"
#include "sbxcom/values.h"

#include <float.h>
#include <string.h>

#define SOURCE L"Sbx.Policy"

struct policy_object {
    struct object object;
    SRWLOCK lock; /* guards everything below */
    struct sbx_policy policy;
    uint32_t edits;
};

static struct policy_object *impl_from_ISandboxPolicy(ISandboxPolicy *iface)
{
    return CONTAINING_RECORD(iface, struct policy_object, object.IDispatch_iface);
}

static HRESULT result_of(const struct policy_object *self, sbx_status status, const struct sbx_error *error)
{
    return object_result(&self->object, status, error);
}

/* ---- The policy as a whole ---- */

/* Takes the policy. */
static void replace(struct policy_object *self, struct sbx_policy *policy)
{
    struct sbx_policy old;

    AcquireSRWLockExclusive(&self->lock);
    old = self->policy;
    self->policy = *policy;
    self->edits++;
    ReleaseSRWLockExclusive(&self->lock);
    policy_free(&old);
}

static sbx_status take_file(const char *path, struct sbx_policy *policy, struct sbx_error *error)
{
    struct sbx_policy made;
    const char *fault = path_fault(path);
    char shown[EXCERPT_SIZE];
    char *bytes = NULL;
    size_t size;
    sbx_status status;

    switch (path_form(path)) {
    case PATH_FORM_RELATIVE:
    case PATH_FORM_DRIVE_RELATIVE:
    case PATH_FORM_ROOTED:
        return error_set(
            error, SBX_E_ARGUMENT,
            "A policy is JSON text that begins with a brace, or the absolute path of a file with it; "
            "\"%s\" is neither. Write {...} or C:\\folder\\policy.json.",
            excerpt(shown, path));
    case PATH_FORM_DEVICE:
        return error_set(error, SBX_E_ARGUMENT,
                         "The policy's path \"%s\" names a device. Give a file's path with its drive letter.",
                         excerpt(shown, path));
    default:
        break;
    }
    if (fault)
        return error_set(error, SBX_E_ARGUMENT, "The policy's path \"%s\" %s.", excerpt(shown, path), fault);
    status = file_read_all(path, POLICY_MOST_SIZE, &bytes, &size, error);
    if (!status)
        status = policy_parse(bytes, size, &made, error);
    sbx_free(bytes);
    if (status)
        return status;
    made.source = sbx_strdup(path);
    if (!made.source) {
        policy_free(&made);
        return error_memory(error, "a policy");
    }
    *policy = made;
    return SBX_OK;
}

sbx_status policy_take(const char *text, size_t size, struct sbx_policy *policy, struct sbx_error *error)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* that a file began with, which somebody else has read */
    const char *first = text + (strncmp(text, mark, 3) ? 0 : 3);

    first += strspn(first, " \t\r\n");

    if (*first == '{')
        return policy_parse(text, size, policy, error);
    if (!*first)
        return error_set(
            error, SBX_E_ARGUMENT,
            "A policy is JSON text that begins with a brace, or the absolute path of a file with it; "
            "this is empty. Write {} for the strict default.");
    if (strlen(text) != size)
        return error_set(error, SBX_E_ARGUMENT,
                         "The path of a policy file has a NUL in it. Write the path without.");
    return take_file(text, policy, error);
}

static HRESULT STDMETHODCALLTYPE Policy_get_Json(ISandboxPolicy *iface, BSTR *value)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    HRESULT result;

    if (!value)
        return E_POINTER;
    *value = NULL;
    AcquireSRWLockShared(&self->lock);
    policy_write(&self->policy, &text);
    ReleaseSRWLockShared(&self->lock);
    result = buffer_failed(&text) ? E_OUTOFMEMORY : value_text_size(buffer_text(&text), text.size, value);
    buffer_free(&text);
    return result;
}

static HRESULT STDMETHODCALLTYPE Policy_Load(ISandboxPolicy *iface, BSTR given)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct sbx_policy policy;
    struct sbx_error error = {0};
    char *path = NULL;
    sbx_status status = argument_bstr(given, "path", &path, NULL, &error);

    if (!status)
        status = take_file(path, &policy, &error);
    if (!status)
        replace(self, &policy);
    sbx_free(path);
    return result_of(self, status, &error);
}

static HRESULT STDMETHODCALLTYPE Policy_Parse(ISandboxPolicy *iface, BSTR given)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct sbx_policy policy;
    struct sbx_error error = {0};
    char *text = NULL;
    size_t size;
    sbx_status status = argument_bstr(given, "text", &text, &size, &error);

    if (!status)
        status = policy_parse(text, size, &policy, &error);
    if (!status)
        replace(self, &policy);
    sbx_free(text);
    return result_of(self, status, &error);
}

static HRESULT STDMETHODCALLTYPE Policy_Save(ISandboxPolicy *iface, BSTR given)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    char *path = NULL;
    sbx_status status = argument_bstr(given, "path", &path, NULL, &error);

    if (status)
        return result_of(self, status, &error);
    AcquireSRWLockShared(&self->lock);
    policy_write(&self->policy, &text);
    ReleaseSRWLockShared(&self->lock);
    status = buffer_failed(&text) ? SBX_E_MEMORY : save_file(path, text.data, text.size, &error);
    buffer_free(&text);
    sbx_free(path);
    return result_of(self, status, &error);
}

static HRESULT STDMETHODCALLTYPE Policy_Validate(ISandboxPolicy *iface, BSTR given, ISandboxProblems **value)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct policy_problems problems = {NULL, 0};
    struct sbx_error error = {0};
    char *text = NULL;
    size_t size;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = argument_bstr(given, "text", &text, &size, &error);
    if (!status)
        status = policy_validate(text, size, &problems, &error);
    sbx_free(text);
    return status ? result_of(self, status, &error) : problems_create(SOURCE, &problems, value);
}

/* ---- Single values ---- */

static HRESULT number_out(double number, VARIANT *value)
{
    if (number >= LONG_MIN && number <= LONG_MAX && number == (LONG)number) {
        V_VT(value) = VT_I4;
        V_I4(value) = (LONG)number;
    } else {
        V_VT(value) = VT_R8;
        V_R8(value) = number;
    }
    return S_OK;
}

static HRESULT value_out(const struct policy_object *self, const char *pointer,
                         const struct policy_value *found, VARIANT *value)
{
    struct sbx_error error = {0};
    char shown[EXCERPT_SIZE];
    sbx_status status;

    switch (found->kind) {
    case POLICY_TEXT:
        return value_variant_text(found->text, strlen(found->text), value);
    case POLICY_NUMBER:
        return number_out(found->number, value);
    default:
        status = error_set(&error, SBX_E_ARGUMENT, "%s is %s. GetJson gives it as JSON text.",
                           *pointer ? excerpt(shown, pointer) : "The policy as a whole",
                           found->kind == POLICY_LIST ? "a list" : "an object");
        return result_of(self, status, &error);
    }
}

static HRESULT STDMETHODCALLTYPE Policy_get_Item(ISandboxPolicy *iface, BSTR given, VARIANT *value)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct policy_value found = {POLICY_OBJECT, NULL, 0};
    struct sbx_error error = {0};
    char *pointer = NULL;
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    VariantInit(value);
    status = argument_bstr(given, "pointer", &pointer, NULL, &error);
    if (!status) {
        AcquireSRWLockShared(&self->lock);
        status = policy_get(&self->policy, pointer, &found, &error);
        ReleaseSRWLockShared(&self->lock);
    }
    result = status ? result_of(self, status, &error) : value_out(self, pointer, &found, value);
    sbx_free(found.text);
    sbx_free(pointer);
    return result;
}

/* A text, number or Boolean; its text is the caller's to free. */
static sbx_status take_value(const VARIANT *given, const char *name, struct policy_value *value,
                             struct sbx_error *error)
{
    bool yes = false;
    sbx_status status;

    switch (argument_shape(given)) {
    case ARGUMENT_NUMBER:
        value->kind = POLICY_NUMBER;
        return argument_number(given, name, -DBL_MAX, DBL_MAX, &value->number, error);
    case ARGUMENT_BOOLEAN:
        value->kind = POLICY_BOOLEAN;
        status = argument_bool(given, name, &yes, error);
        value->number = yes ? 1 : 0;
        return status;
    case ARGUMENT_TEXT:
    case ARGUMENT_OBJECT:
        value->kind = POLICY_TEXT;
        return argument_text(given, name, &value->text, NULL, error);
    default:
        return argument_wrong(given, name,
                              "a text or a number (SetJson takes lists, Remove takes a value out)", error);
    }
}

static sbx_status set_value(struct policy_object *self, const char *pointer, const struct policy_value *value,
                            struct sbx_error *error)
{
    sbx_status status;

    AcquireSRWLockExclusive(&self->lock);
    status = policy_set(&self->policy, pointer, value, error);
    self->edits += !status;
    ReleaseSRWLockExclusive(&self->lock);
    return status;
}

static HRESULT STDMETHODCALLTYPE Policy_put_Item(ISandboxPolicy *iface, BSTR given, VARIANT given_value)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct policy_value value = {POLICY_OBJECT, NULL, 0};
    struct sbx_error error = {0};
    char *pointer = NULL;
    sbx_status status = argument_bstr(given, "pointer", &pointer, NULL, &error);

    if (!status)
        status = take_value(&given_value, "value", &value, &error);
    if (!status)
        status = set_value(self, pointer, &value, &error);
    sbx_free(value.text);
    sbx_free(pointer);
    return result_of(self, status, &error);
}

static HRESULT STDMETHODCALLTYPE Policy_get_Network(ISandboxPolicy *iface, BSTR *value)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct policy_value found = {POLICY_OBJECT, NULL, 0};
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    AcquireSRWLockShared(&self->lock);
    status = policy_get(&self->policy, "/network/mode", &found, NULL);
    ReleaseSRWLockShared(&self->lock);
    result = status ? E_OUTOFMEMORY : value_text(found.text, value);
    sbx_free(found.text);
    return result;
}

static HRESULT STDMETHODCALLTYPE Policy_put_Network(ISandboxPolicy *iface, BSTR given)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct policy_value value = {POLICY_TEXT, NULL, 0};
    struct sbx_error error = {0};
    sbx_status status = argument_bstr(given, "Network", &value.text, NULL, &error);

    if (!status)
        status = set_value(self, "/network/mode", &value, &error);
    sbx_free(value.text);
    return result_of(self, status, &error);
}

static HRESULT STDMETHODCALLTYPE Policy_Limit(ISandboxPolicy *iface, BSTR given, VARIANT given_value)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct policy_value value = {POLICY_OBJECT, NULL, 0};
    struct sbx_buffer pointer = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    char *name = NULL;
    sbx_status status = argument_bstr(given, "name", &name, NULL, &error);

    if (!status)
        status = take_value(&given_value, "value", &value, &error);
    if (!status) {
        buffer_append_text(&pointer, "/limits/");
        jsonplace_append_part(&pointer, name);
        status =
            buffer_failed(&pointer) ? SBX_E_MEMORY : set_value(self, buffer_text(&pointer), &value, &error);
    }
    buffer_free(&pointer);
    sbx_free(value.text);
    sbx_free(name);
    return result_of(self, status, &error);
}

/* ---- JSON ---- */

static HRESULT STDMETHODCALLTYPE Policy_GetJson(ISandboxPolicy *iface, BSTR given, BSTR *value)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct sbx_buffer json = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    char *pointer = NULL;
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = argument_bstr(given, "pointer", &pointer, NULL, &error);
    if (!status) {
        AcquireSRWLockShared(&self->lock);
        status = policy_get_json(&self->policy, pointer, &json, &error);
        ReleaseSRWLockShared(&self->lock);
    }
    result = status ? result_of(self, status, &error) : value_text_size(buffer_text(&json), json.size, value);
    buffer_free(&json);
    sbx_free(pointer);
    return result;
}

static HRESULT STDMETHODCALLTYPE Policy_SetJson(ISandboxPolicy *iface, BSTR given, BSTR given_text)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct sbx_error error = {0};
    char *pointer = NULL;
    char *text = NULL;
    size_t size;
    sbx_status status = argument_bstr(given, "pointer", &pointer, NULL, &error);

    if (!status)
        status = argument_bstr(given_text, "text", &text, &size, &error);
    if (!status) {
        AcquireSRWLockExclusive(&self->lock);
        status = policy_set_json(&self->policy, pointer, text, size, &error);
        self->edits += !status;
        ReleaseSRWLockExclusive(&self->lock);
    }
    sbx_free(text);
    sbx_free(pointer);
    return result_of(self, status, &error);
}

static HRESULT STDMETHODCALLTYPE Policy_Remove(ISandboxPolicy *iface, BSTR given)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct sbx_error error = {0};
    char *pointer = NULL;
    sbx_status status = argument_bstr(given, "pointer", &pointer, NULL, &error);

    if (!status) {
        AcquireSRWLockExclusive(&self->lock);
        status = policy_remove(&self->policy, pointer, &error);
        self->edits += !status;
        ReleaseSRWLockExclusive(&self->lock);
    }
    sbx_free(pointer);
    return result_of(self, status, &error);
}

/* ---- Lists ---- */

static HRESULT add(ISandboxPolicy *iface, const char *list, const char *name, const VARIANT *given)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct sbx_strings entries = {NULL, 0};
    struct sbx_error error = {0};
    sbx_status status = argument_strings(given, name, &entries, &error);

    if (!status) {
        AcquireSRWLockExclusive(&self->lock);
        status = policy_add(&self->policy, list, &entries, &error);
        self->edits += !status;
        ReleaseSRWLockExclusive(&self->lock);
    }
    strings_free(&entries);
    return result_of(self, status, &error);
}

static HRESULT STDMETHODCALLTYPE Policy_AddWrite(ISandboxPolicy *iface, VARIANT path)
{
    return add(iface, "/files/write", "path", &path);
}

static HRESULT STDMETHODCALLTYPE Policy_AddRead(ISandboxPolicy *iface, VARIANT path)
{
    return add(iface, "/files/read", "path", &path);
}

static HRESULT STDMETHODCALLTYPE Policy_Deny(ISandboxPolicy *iface, VARIANT path)
{
    return add(iface, "/files/deny", "path", &path);
}

static HRESULT STDMETHODCALLTYPE Policy_Protect(ISandboxPolicy *iface, VARIANT name)
{
    return add(iface, "/files/protect", "name", &name);
}

/* The word of a number of sbxAssurance, or a text as it is: the policy's reader knows the words. */
static sbx_status take_assurance(const VARIANT *given, char **word, struct sbx_error *error)
{
    int64_t number;
    sbx_status status;

    if (argument_shape(given) != ARGUMENT_NUMBER)
        return argument_text(given, "assurance", word, NULL, error);
    status = argument_whole(given, "assurance", SBX_ABSENT, SBX_VERIFIED, &number, error);
    if (status)
        return status;
    *word = sbx_strdup(assurance_name((enum sbx_assurance)number));
    return *word ? SBX_OK : SBX_E_MEMORY;
}

static HRESULT STDMETHODCALLTYPE Policy_Require(ISandboxPolicy *iface, VARIANT domain, VARIANT assurance)
{
    struct policy_object *self = impl_from_ISandboxPolicy(iface);
    struct sbx_strings domains = {NULL, 0};
    struct sbx_error error = {0};
    char *word = NULL;
    sbx_status status = argument_strings(&domain, "domain", &domains, &error);

    if (!status)
        status = take_assurance(&assurance, &word, &error);
    if (!status) {
        AcquireSRWLockExclusive(&self->lock);
        status = policy_require(&self->policy, &domains, word, &error);
        self->edits += !status;
        ReleaseSRWLockExclusive(&self->lock);
    }
    sbx_free(word);
    strings_free(&domains);
    return result_of(self, status, &error);
}

/* ---- The object ---- */

static const ISandboxPolicyVtbl policy_vtbl = {
    OBJECT_METHODS(ISandboxPolicy),
    Policy_get_Json,
    Policy_put_Item,
    Policy_get_Item,
    Policy_put_Network,
    Policy_get_Network,
    Policy_Load,
    Policy_Parse,
    Policy_Save,
    Policy_Validate,
    Policy_GetJson,
    Policy_SetJson,
    Policy_Remove,
    Policy_AddWrite,
    Policy_AddRead,
    Policy_Deny,
    Policy_Protect,
    Policy_Require,
    Policy_Limit,
};

static void policy_destroy(struct object *object)
{
    policy_free(&CONTAINING_RECORD(object, struct policy_object, object)->policy);
}

static const struct object_class policy_class = {
    .type = TYPE_ISandboxPolicy,
    .source = SOURCE,
    .clsid = &CLSID_SandboxPolicy,
    .destroy = policy_destroy,
};

struct policy_object *policy_object_new(struct sbx_policy *policy)
{
    struct policy_object *self = object_new(sizeof *self, &policy_class, &policy_vtbl);

    if (!self) {
        policy_free(policy);
        return NULL;
    }
    InitializeSRWLock(&self->lock);
    self->policy = *policy;
    return self;
}

struct policy_object *policy_object_from_client(IUnknown *client)
{
    struct object *object = object_from_client(client, &policy_class);

    return object ? CONTAINING_RECORD(object, struct policy_object, object) : NULL;
}

void policy_object_hold(struct policy_object *policy)
{
    object_hold(&policy->object);
}

void policy_object_release(struct policy_object *policy)
{
    object_release(&policy->object);
}

ISandboxPolicy *policy_object_interface(struct policy_object *policy)
{
    return object_interface(&policy->object);
}

sbx_status policy_object_copy(struct policy_object *policy, struct sbx_policy *copy, uint32_t *edits)
{
    sbx_status status;

    AcquireSRWLockShared(&policy->lock);
    status = policy_copy(&policy->policy, copy);
    if (!status && edits)
        *edits = policy->edits;
    ReleaseSRWLockShared(&policy->lock);
    return status;
}

uint32_t policy_object_edits(struct policy_object *policy)
{
    uint32_t edits;

    AcquireSRWLockShared(&policy->lock);
    edits = policy->edits;
    ReleaseSRWLockShared(&policy->lock);
    return edits;
}

HRESULT policy_create(REFIID iid, void **value)
{
    struct sbx_policy policy;
    struct policy_object *self = policy_default(&policy) ? NULL : policy_object_new(&policy);

    return self ? object_give(&self->object, iid, value) : E_OUTOFMEMORY;
}
