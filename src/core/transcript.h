/*
 * transcript.h - what happened, one JSON object a line, readable while the session runs.
 *
 * Every line has "time" (UTC, ISO 8601), "session" and "event"; the rest depends on the event: provisioned,
 * refused, started, exited, violation, closed, lost. Command lines are written as they were given; environment values
 * never are.
 */
#ifndef SBX_CORE_TRANSCRIPT_H
#define SBX_CORE_TRANSCRIPT_H

#include "core/findings.h"
#include "core/message.h"
#include "core/violation.h"

struct transcript;

/* Opens PATH for appending, creating it. The caller closes. Calls on one transcript must not overlap. */
sbx_status transcript_open(const char *path, const char *session, struct transcript **transcript,
                           struct sbx_error *error);
void transcript_close(struct transcript *transcript); /* NULL is fine */

sbx_status transcript_provisioned(struct transcript *transcript, const char *workspace,
                                  const struct findings *findings, struct sbx_error *error);
sbx_status transcript_refused(struct transcript *transcript, const char *command, const struct sbx_error *why,
                              struct sbx_error *error);
sbx_status transcript_started(struct transcript *transcript, uint32_t id, const char *command,
                              const char *directory, const struct message_launched *launched,
                              struct sbx_error *error);
sbx_status transcript_exited(struct transcript *transcript, uint32_t id, const struct message_exited *exited,
                             uint64_t stdout_size, uint64_t stderr_size, struct sbx_error *error);
sbx_status transcript_violation(struct transcript *transcript, const struct violation *violation,
                                struct sbx_error *error); /* its object as "violation" */
sbx_status transcript_event(struct transcript *transcript, const char *event,
                            struct sbx_error *error); /* closed, lost */

#endif
