/*
 * host_report.c - the host, asked.
 */
#include "core/host_report.h"
#include "core/version.h"
#include "os/acl.h"
#include "os/identity.h"

static sbx_status add_fact(struct findings *findings, const char *fact, bool there, const char *mechanism,
                           const char *detail, const char *fix)
{
    return findings_add(findings, fact, there ? SBX_ENFORCED : SBX_ABSENT, SBX_ABSENT, mechanism, detail,
                        there ? "" : fix);
}

static sbx_status add_system(struct findings *findings, const struct host_facts *host)
{
    if (host->wine[0])
        return add_fact(
            findings, "windows", false, "the kernel's own version", host->product,
            "Under Wine there is one Unix user behind everything: restricted tokens, access control "
            "lists and job limits are accepted and not kept. Use it for trying, not for holding.");
    return add_fact(findings, "windows", true, "the kernel's own version", host->product, "");
}

static sbx_status add_acls(struct findings *findings, const char *scratch_folder)
{
    struct sbx_error error = {0};
    bool kept = false;

    if (acl_host_keeps_entries(scratch_folder, &kept, &error))
        return add_fact(findings, "acls", false, "an entry added to a scratch file and read back", error.text,
                        "Make the local application data folder writable.");
    return add_fact(
        findings, "acls", kept, "an entry added to a scratch file and read back",
        kept ? "The entry came back as it was set."
             : "The entry did not come back as it was set: this host does not keep access control lists.",
        "Use a volume with access control lists (NTFS, ReFS) on Windows. No workspace grant is "
        "applied here: it would change the modes of real files and hold nothing.");
}

sbx_status host_report_make(const char *scratch_folder, struct findings *findings, struct sbx_error *error)
{
    struct findings made = {NULL, 0};
    struct host_facts host;
    sbx_status status;

    host_examine(&host);
    status = add_fact(&made, "sbxcom", true, "this library", SBX_VERSION, "");
    if (!status)
        status = add_system(&made, &host);
    if (!status)
        status = add_acls(&made, scratch_folder);
    if (!status)
        status = add_fact(&made, "jobList", host.job_list_attribute, "PROC_THREAD_ATTRIBUTE_JOB_LIST",
                          host.job_list_attribute ? "A process is in its job from its first moment."
                                                  : "A process is put into its job while it is suspended.",
                          "Windows 10 has it; nothing is lost without it.");
    if (!status)
        status = add_fact(&made, "pseudoconsole", host.pseudoconsole, "CreatePseudoConsole",
                          host.pseudoconsole ? "The call is there. Terminals are not built in this version."
                                             : "The call is not there.",
                          "Windows 10 version 1809 has it.");
    if (!status)
        status = add_fact(&made, "mitigations", host.mitigation_policies, "SetProcessMitigationPolicy",
                          host.mitigation_policies ? "The call is there. It is not used in this version."
                                                   : "The call is not there.",
                          "Windows 8 has it.");
    if (!status)
        status = add_fact(&made, "elevated", false, "dedicated local accounts",
                          "The elevated level is not built in this version.", "Use the restricted level.");
    if (status) {
        findings_free(&made);
        return error_memory(error, "a report");
    }
    *findings = made;
    return SBX_OK;
}
