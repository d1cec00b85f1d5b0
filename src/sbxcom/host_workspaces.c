/*
 * host_workspaces.c - what sessions have put on files of this user: listed, and recovered after a crash.
 */
#include "sbxcom/grants.h"
#include "sbxcom/host.h"
#include "sbxcom/object.h"
#include "sbxcom/report.h"
#include "sbxcom/task.h"
#include "sbxcom/workspace.h"

#define HOST_SOURCE L"Sbx.Host"

struct listing {
    struct provisioned_workspace *workspaces;
    size_t count;
    sbx_status status;
    struct sbx_error error;
};

static void list_workspaces(void *context)
{
    struct listing *listing = context;

    listing->status = grants_list(&listing->workspaces, &listing->count, &listing->error);
}

HRESULT STDMETHODCALLTYPE Host_Workspaces(ISandboxHost *iface, ISandboxWorkspaces **value)
{
    struct object *self = object_from_interface(iface);
    struct listing listing = {0};
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    status = task_run(list_workspaces, &listing, NULL, &listing.error);
    if (!status)
        status = listing.status;
    if (status)
        return object_result(self, status, &listing.error);
    return workspaces_create(HOST_SOURCE, listing.workspaces, listing.count, value);
}

struct recovery {
    HANDLE stop;
    struct findings findings;
    sbx_status status;
    struct sbx_error error;
};

static void recover(void *context)
{
    struct recovery *recovery = context;

    recovery->status = grants_recover(recovery->stop, &recovery->findings, &recovery->error);
}

HRESULT STDMETHODCALLTYPE Host_Recover(ISandboxHost *iface, ISandboxReport **value)
{
    struct object *self = object_from_interface(iface);
    struct recovery recovery = {0};
    HRESULT result;
    sbx_status status;

    if (!value)
        return E_POINTER;
    *value = NULL;
    recovery.stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!recovery.stop)
        return E_OUTOFMEMORY;
    status = task_run(recover, &recovery, recovery.stop, &recovery.error);
    CloseHandle(recovery.stop);

    /* What could not be put right is a finding of the report, below its requirement; without one there is no report. */
    if (!status && (recovery.status == SBX_E_CANCELLED || !recovery.findings.count))
        status = recovery.status;
    result = status ? object_result(self, status, &recovery.error)
                    : report_create(HOST_SOURCE, &recovery.findings, value);
    findings_free(&recovery.findings);
    return result;
}
