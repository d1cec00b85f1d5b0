/*
 * append.h - what was written to append files since sim_append_reset. All of them go into one.
 */
#ifndef TESTS_SIM_APPEND_H
#define TESTS_SIM_APPEND_H

#include <stddef.h>

void sim_append_reset(void); /* frees what was kept */
const char *sim_append_text(void);
size_t sim_append_size(void);
size_t sim_append_writes(void); /* one a line is what the transcript promises */

#endif
