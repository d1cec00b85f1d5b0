/*
 * host.c - Sbx.Host: what this computer can do, and what sbxcom set up on it.
 */
#include "sbxcom/host.h"
#include "base/memory.h"
#include "core/host_report.h"
#include "core/setup_machine.h"
#include "core/version.h"
#include "os/filesystem.h"
#include "os/identity.h"
#include "sbxcom/arguments.h"
#include "sbxcom/grants.h"
#include "sbxcom/object.h"
#include "sbxcom/report.h"
#include "sbxcom/setup_client.h"
#include "sbxcom/values.h"

#define SOURCE L"Sbx.Host"

static HRESULT STDMETHODCALLTYPE Host_get_Version(ISandboxHost *iface, BSTR *value)
{
    (void)iface;
    return value_text(SBX_VERSION, value);
}

/* Ends a method that makes a report: takes the findings over, whatever `status` is. */
static HRESULT give_report(ISandboxHost *iface, sbx_status status, struct findings *findings,
                           const struct sbx_error *error, ISandboxReport **value)
{
    HRESULT result = status ? object_result(object_from_interface(iface), status, error)
                            : report_create(SOURCE, findings, value);

    findings_free(findings);
    return result;
}

static HRESULT STDMETHODCALLTYPE Host_Doctor(ISandboxHost *iface, ISandboxReport **value)
{
    struct findings findings = {NULL, 0};
    struct sbx_error error = {0};
    char *folder = NULL;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = grants_state_folder(&folder, &error);
    if (!status)
        status = folder_create(folder, &error);
    if (!status)
        status = host_report_make(folder, &findings, &error);
    sbx_free(folder);
    return give_report(iface, status, &findings, &error, value);
}

/* ---- what is set up ---- */

/* Do the passwords that are kept open, and are all of them there? */
static sbx_status add_credentials(const char *folder, const struct setup_look *look,
                                  struct findings *findings, struct sbx_error *error)
{
    struct credentials credentials = {0};
    struct sbx_error met = {0};
    bool whole;
    sbx_status status = credentials_load(folder, NULL, &credentials, &met);

    if (status == SBX_E_MEMORY)
        return error_memory(error, "credentials");
    whole = !status;
    for (size_t i = 0; i < look->count && whole; i++)
        whole = credentials_find(&credentials, look->accounts[i].name) != NULL;
    credentials_free(&credentials);
    if (findings_add(findings, "credentials", whole ? SBX_ENFORCED : SBX_ABSENT, SBX_ENFORCED,
                     "a file of yours, opened by DPAPI",
                     status  ? met.text
                     : whole ? "There is a password for every account."
                             : "There is no password for one of the accounts.",
                     whole ? "" : "Run Host.Repair."))
        return error_memory(error, "a report");
    return SBX_OK;
}

/* Reads only, and asks nobody for elevation: what an administrator alone may see says so. */
static sbx_status look_at_set_up(struct findings *findings, struct sbx_error *error)
{
    struct setup_look look = {0};
    char user_sid[SID_TEXT_SIZE];
    char *folder = NULL;
    sbx_status status = identity_user_sid(user_sid, error);

    if (!status)
        status = grants_state_folder(&folder, error);
    if (!status)
        status = setup_look(user_sid, &look, error);
    if (!status && look.provisioned)
        status = add_credentials(folder, &look, &look.findings, error);
    if (!status && look.provisioned)
        status = setup_look_add_outside(user_sid, folder, &look.findings, error);
    if (!status && look.provisioned)
        status = setup_look_add_profiles(&look, error);
    if (!status) {
        *findings = look.findings;
        look.findings = (struct findings){NULL, 0};
    }
    setup_look_free(&look);
    sbx_free(folder);
    return status;
}

static HRESULT STDMETHODCALLTYPE Host_Status(ISandboxHost *iface, ISandboxReport **value)
{
    struct findings findings = {NULL, 0};
    struct sbx_error error = {0};
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = look_at_set_up(&findings, &error);
    return give_report(iface, status, &findings, &error, value);
}

/* ---- the elevated server's verbs ---- */

/* What came is kept for the caller, before anything is reported. */
static HRESULT keep_and_report(ISandboxHost *iface, sbx_status status, struct credentials *credentials,
                               struct sbx_error *error, ISandboxReport **value)
{
    struct findings findings = {NULL, 0};
    char *folder = NULL;

    if (!status)
        status = grants_state_folder(&folder, error);
    if (!status)
        status = credentials_keep(folder, credentials, error);
    credentials_free(credentials);
    sbx_free(folder);
    if (!status)
        status = look_at_set_up(&findings, error);
    return give_report(iface, status, &findings, error, value);
}

static HRESULT STDMETHODCALLTYPE Host_Provision(ISandboxHost *iface, ISandboxReport **value)
{
    struct credentials credentials = {0};
    struct sbx_error error = {0};
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = setup_client_provision(NULL, 0, &credentials, &error);
    return keep_and_report(iface, status, &credentials, &error, value);
}

static HRESULT STDMETHODCALLTYPE Host_Repair(ISandboxHost *iface, ISandboxReport **value)
{
    struct credentials credentials = {0};
    struct sbx_error error = {0};
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = setup_client_repair(NULL, &credentials, &error);
    return keep_and_report(iface, status, &credentials, &error, value);
}

static HRESULT STDMETHODCALLTYPE Host_Deprovision(ISandboxHost *iface, VARIANT all)
{
    struct sbx_error error = {0};
    bool everybody = false;
    char *folder = NULL;
    sbx_status status = argument_absent(&all) ? SBX_OK : argument_bool(&all, "all", &everybody, &error);

    if (!status)
        status = setup_client_deprovision(NULL, everybody, &error);
    if (!status)
        status = grants_state_folder(&folder, &error);
    if (!status)
        status = credentials_forget(folder, &error);
    sbx_free(folder);
    return object_result(object_from_interface(iface), status, &error);
}

static const ISandboxHostVtbl host_vtbl = {
    OBJECT_METHODS(ISandboxHost),
    Host_get_Version,
    Host_Doctor,
    Host_Provision,
    Host_Repair,
    Host_Deprovision,
    Host_Status,
    Host_Workspaces,
    Host_Recover,
};

static const struct object_class host_class = {
    .type = TYPE_ISandboxHost,
    .source = SOURCE,
    .clsid = &CLSID_SandboxHost,
};

HRESULT host_create(REFIID iid, void **value)
{
    struct object *self = object_new(sizeof *self, &host_class, &host_vtbl);

    return self ? object_give(self, iid, value) : E_OUTOFMEMORY;
}
