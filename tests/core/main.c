/*
 * main.c - the core's suites. A new one gets its two lines here.
 */
#include "fixtures.h"
#include "support/harness.h"

extern const struct harness_suite access_check_suite;
extern const struct harness_suite acl_suite;
extern const struct harness_suite apply_suite;
extern const struct harness_suite attest_suite;
extern const struct harness_suite audit_suite;
extern const struct harness_suite base_buffer_suite;
extern const struct harness_suite base_text_suite;
extern const struct harness_suite below_suite;
extern const struct harness_suite boundary_places_suite;
extern const struct harness_suite boundary_suite;
extern const struct harness_suite changes_suite;
extern const struct harness_suite claims_suite;
extern const struct harness_suite closed_suite;
extern const struct harness_suite cmdline_suite;
extern const struct harness_suite account_pool_suite;
extern const struct harness_suite credential_suite;
extern const struct harness_suite decode_suite;
extern const struct harness_suite descriptor_suite;
extern const struct harness_suite desktop_suite;
extern const struct harness_suite effective_suite;
extern const struct harness_suite ending_suite;
extern const struct harness_suite environment_suite;
extern const struct harness_suite escape_suite;
extern const struct harness_suite explain_suite;
extern const struct harness_suite findings_suite;
extern const struct harness_suite frame_suite;
extern const struct harness_suite git_suite;
extern const struct harness_suite host_report_suite;
extern const struct harness_suite hostile_suite;
extern const struct harness_suite journal_suite;
extern const struct harness_suite large_workspace_suite;
extern const struct harness_suite launch_suite;
extern const struct harness_suite later_suite;
extern const struct harness_suite message_suite;
extern const struct harness_suite owner_suite;
extern const struct harness_suite path_suite;
extern const struct harness_suite plan_suite;
extern const struct harness_suite planted_suite;
extern const struct harness_suite policy_edit_suite;
extern const struct harness_suite policy_problems_suite;
extern const struct harness_suite policy_suite;
extern const struct harness_suite policy_write_suite;
extern const struct harness_suite private_folder_suite;
extern const struct harness_suite probe_cache_suite;
extern const struct harness_suite probe_suite;
extern const struct harness_suite profile_state_suite;
extern const struct harness_suite program_suite;
extern const struct harness_suite provision_suite;
extern const struct harness_suite repositories_suite;
extern const struct harness_suite save_suite;
extern const struct harness_suite sddl_suite;
extern const struct harness_suite setup_caller_suite;
extern const struct harness_suite setup_machine_suite;
extern const struct harness_suite setup_suite;
extern const struct harness_suite sid_suite;
extern const struct harness_suite sim_faults_suite;
extern const struct harness_suite sim_acts_suite;
extern const struct harness_suite firewall_scope_suite;
extern const struct harness_suite sim_credential_suite;
extern const struct harness_suite sim_machine_suite;
extern const struct harness_suite sim_suite;
extern const struct harness_suite step_suite;
extern const struct harness_suite transcript_export_suite;
extern const struct harness_suite transcript_suite;
extern const struct harness_suite tree_suite;

int main(int argc, char **argv)
{
    static const struct harness_suite *const suites[] = {
        &access_check_suite,
        &acl_suite,
        &apply_suite,
        &attest_suite,
        &audit_suite,
        &base_buffer_suite,
        &base_text_suite,
        &boundary_places_suite,
        &boundary_suite,
        &changes_suite,
        &claims_suite,
        &closed_suite,
        &cmdline_suite,
        &account_pool_suite,
        &credential_suite,
        &decode_suite,
        &descriptor_suite,
        &desktop_suite,
        &effective_suite,
        &ending_suite,
        &environment_suite,
        &escape_suite,
        &explain_suite,
        &findings_suite,
        &frame_suite,
        &git_suite,
        &host_report_suite,
        &hostile_suite,
        &journal_suite,
        &large_workspace_suite,
        &launch_suite,
        &later_suite,
        &message_suite,
        &owner_suite,
        &path_suite,
        &plan_suite,
        &below_suite,
        &planted_suite,
        &policy_edit_suite,
        &policy_problems_suite,
        &policy_suite,
        &policy_write_suite,
        &private_folder_suite,
        &probe_cache_suite,
        &probe_suite,
        &profile_state_suite,
        &program_suite,
        &provision_suite,
        &repositories_suite,
        &save_suite,
        &sddl_suite,
        &setup_caller_suite,
        &setup_machine_suite,
        &setup_suite,
        &sid_suite,
        &sim_faults_suite,
        &sim_acts_suite,
        &firewall_scope_suite,
        &sim_credential_suite,
        &sim_machine_suite,
        &sim_suite,
        &step_suite,
        &transcript_export_suite,
        &transcript_suite,
        &tree_suite,
        NULL,
    };

    fixtures_init(argv[0]);
    return harness_main(argc, argv, suites);
}
