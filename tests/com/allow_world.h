/*
 * allow_world.h - a folder beside the workspace of grants_world.h, which commands are allowed for a while.
 */
#ifndef TESTS_COM_ALLOW_WORLD_H
#define TESTS_COM_ALLOW_WORLD_H

#include "com/grants_world.h"

#define LONG_MS 600000
#define WAIT_MS 20000

extern char *extra; /* final; holds data.txt, secret\ and inner\; between allow_begin and allow_end */

void allow_begin(void); /* work_begin, too */
void allow_end(void);
char *in_extra(const char *name);     /* freed with sbx_free */
void make_in_extra(const char *name); /* a file, with the folders above it */

/* Does the list of that file in the extra folder ("": its own) name the workspace's SID, and hold that part? */
bool names(struct engine *engine, const char *name, const char *part);
bool extra_is_as_it_was(void); /* each list of what allow_begin made, byte for byte */

struct engine_allowance *allow_well(struct engine *engine, const char *path, uint64_t for_ms);
bool refused(struct engine *engine, const char *path, sbx_status status, const char *says);
bool is_active(struct engine *engine, const struct engine_allowance *allowance);
bool ends_in_time(struct engine *engine, const struct engine_allowance *allowance);

/* A policy that denies one folder of the extra one (secret) and lets another one (inner) only be read. Freed with sbx_free. */
char *strict_policy(void);

#endif
