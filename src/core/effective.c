/*
 * effective.c - one command's own report.
 */
#include "core/effective.h"

/* "Read back of this process before it ran: restricting SIDs, integrity level not as set." */
static void describe(const struct measurement *measurement, enum sbx_domain domain, struct sbx_buffer *out)
{
    struct sbx_buffer differences = SBX_BUFFER_EMPTY;

    if (!attest_covers(measurement, domain)) {
        buffer_append_text(out, "Not read back of a single process.");
        return;
    }
    attest_describe(measurement, domain, &differences);
    if (buffer_failed(&differences))
        out->failed = true;
    else if (differences.size)
        buffer_append_format(out, "Read back of this process before it ran, and not as set: %s.",
                             buffer_text(&differences));
    else
        buffer_append_text(out,
                           "Read back of this process before it ran: nothing differs from what was set.");
    buffer_free(&differences);
}

static sbx_status add(const struct finding *session, const struct measurement *measurement,
                      struct findings *made)
{
    struct sbx_buffer detail = SBX_BUFFER_EMPTY;
    enum sbx_assurance assurance = session->assurance;
    enum sbx_domain domain;
    sbx_status status = SBX_E_MEMORY;

    if (!domain_from_name(session->domain, &domain))
        return findings_add(made, session->domain, session->assurance, session->required, session->mechanism,
                            session->detail, session->fix);

    if (measurement->assurance[domain] < assurance)
        assurance = measurement->assurance[domain];
    describe(measurement, domain, &detail);
    buffer_append_format(&detail, " Of the session: %s", session->detail);
    if (!buffer_failed(&detail))
        status = findings_add(made, session->domain, assurance, session->required, session->mechanism,
                              buffer_text(&detail), session->fix);
    buffer_free(&detail);
    return status;
}

sbx_status effective_make(const struct findings *session, const struct measurement *measurement,
                          struct findings *effective, struct sbx_error *error)
{
    struct findings made = {NULL, 0};

    for (size_t i = 0; i < session->count; i++) {
        if (add(&session->items[i], measurement, &made)) {
            findings_free(&made);
            return error_memory(error, "a report");
        }
    }
    *effective = made;
    return SBX_OK;
}
