/*
 * files.h - sbx plan, sbx explain, sbx deprovision: what a session puts on files.
 */
#ifndef SBX_SBX_FILES_H
#define SBX_SBX_FILES_H

#include "client.h"

/* Prints the steps that a session would take, as a table or as JSON; takes none. */
int files_plan(const struct client_options *options, bool json);

/*
 * Provisions a session, says whether its commands may do `access` (words; NULL: write) to `path`, and why. Exits with 0
 * where they may and 1 where they may not.
 */
int files_explain(const struct client_options *options, const wchar_t *path, const wchar_t *access);

/* Takes back what was put on files for the workspace. */
int files_deprovision(const struct client_options *options);

#endif
