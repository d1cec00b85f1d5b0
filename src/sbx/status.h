/*
 * status.h - sbx status: what holds on this host, domain by domain.
 */
#ifndef SBX_SBX_STATUS_H
#define SBX_SBX_STATUS_H

#include "client.h"

/* Provisions a session, prints its report as a table or as JSON, closes it. A refused one prints the report and the error. */
int status_show(const struct client_options *options, bool json);

#endif
