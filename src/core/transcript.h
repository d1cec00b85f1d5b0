/*
 * transcript.h - what happened, one JSON object a line, readable while the session runs.
 *
 * Every line has "time" (UTC, ISO 8601), "session" and "event"; the rest depends on the event: provisioned,
 * refused, started, output, exited, violation, granted and ended (of grants for a while), changes and change, closed, lost, gap. Command lines and output are written as
 * they were given; environment values never are.
 *
 * A line that could not be written is missing; the next one that can be has one before it, "gap", that says how many.
 */
#ifndef SBX_CORE_TRANSCRIPT_H
#define SBX_CORE_TRANSCRIPT_H

#include "core/changes.h"
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
/*
 * A grant for a while: "granted" with "access" ("write"), "path" and "until"; "ended" with access, path and "reason": "expired",
 * "revoked", "closed" (with the session), or "gone": what was to stay could not be looked at any more, so all ended. Nobody
 * tells how often one was used.
 */
enum transcript_grant_end { GRANT_EXPIRED, GRANT_REVOKED, GRANT_CLOSED, GRANT_GONE };
sbx_status transcript_granted(struct transcript *transcript, const char *path, int64_t until_utc_ms,
                              struct sbx_error *error);
sbx_status transcript_grant_ended(struct transcript *transcript, const char *path,
                                  enum transcript_grant_end why, struct sbx_error *error);

/* A toolchain that was granted while the session runs: "granted" with "access" ("read") and "path"; or, with `why`, "refused" with
 * "toolchain PATH" as "command", "code" and "text". */
sbx_status transcript_toolchain(struct transcript *transcript, const char *path, const struct sbx_error *why,
                                struct sbx_error *error);

/* What a command wrote to a stream (0 stdout, 1 stderr), decoded; or how many bytes more it wrote than are written down. */
sbx_status transcript_output(struct transcript *transcript, uint32_t id, int stream, const char *text,
                             struct sbx_error *error);
sbx_status transcript_omitted(struct transcript *transcript, uint32_t id, int stream, uint64_t size,
                              struct sbx_error *error);

/*
 * What has changed up to now: "changes" with their number, then a line for each of the first TRANSCRIPT_MOST_CHANGES. The
 * latest such list counts. The other function only makes the text.
 */
#define TRANSCRIPT_MOST_CHANGES 10000
sbx_status transcript_changes(struct transcript *transcript, const struct change_list *list,
                              struct sbx_error *error);
void transcript_write_changes(const char *session, const struct change_list *list, struct sbx_buffer *out);

/* How many lines could not be written, and why the first could not; 0: *failure is untouched. */
uint64_t transcript_failure(const struct transcript *transcript, struct sbx_error *failure);

/* What of the account's became the user's: "ownership" with "taken", "refused" and "firstRefused" (owner.h). */
struct owner_outcome;
sbx_status transcript_ownership(struct transcript *transcript, const struct owner_outcome *outcome,
                                struct sbx_error *error);

sbx_status transcript_event(struct transcript *transcript, const char *event,
                            struct sbx_error *error); /* closed, lost */

#endif
