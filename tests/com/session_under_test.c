/*
 * session_under_test.c - a session's own files, for a program that is not the DLL: over the engine under test, so that grants are
 * put on lists that are kept in memory. Only the runner is another one: the DLL's, not the one beside the program.
 */
#include "com/grants_world.h"

#define add add_change
#include "sbxcom/change.c"
#undef add
#include "sbxcom/command.c"
#include "sbxcom/connection_enum.c"
#include "sbxcom/decision.c"
#include "sbxcom/events.c"
#define deliver deliver_event
#include "sbxcom/events_notify.c"
#undef deliver
#include "sbxcom/grant.c"
#include "sbxcom/operation.c"
#define add       add_entries
#define result_of result_of_policy
#include "sbxcom/policy.c"
#undef add
#undef result_of
#include "sbxcom/problem.c"
#define result_of result_of_process
#include "sbxcom/process.c"
#undef result_of
#include "sbxcom/reading.c"
#include "sbxcom/result.c"
#include "sbxcom/session.c"
#include "sbxcom/session_files.c"
#include "sbxcom/session_grants.c"
#include "sbxcom/session_policy.c"
#include "sbxcom/session_report.c"
#include "sbxcom/session_run.c"
#include "sbxcom/session_selftest.c"
#include "sbxcom/session_told.c"
#include "sbxcom/session_transcript.c"
#include "sbxcom/task.c"
#include "sbxcom/violation.c"

static sbx_status open_with_runner(const struct engine_options *options, void *stop, struct engine **engine,
                                   struct findings *findings, struct sbx_error *error)
{
    struct engine_options given = *options;
    char *runner = work_find_runner();
    sbx_status status;

    given.runner = runner;
    status = engine_open(&given, stop, engine, findings, error);
    sbx_free(runner);
    return status;
}

#define engine_open open_with_runner
#define deliver     deliver_engine
#include "sbxcom/session_provision.c"
