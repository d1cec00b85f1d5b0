/*
 * append.h - what was written to the append file that was opened last, since sim_append_reset.
 */
#ifndef TESTS_SIM_APPEND_H
#define TESTS_SIM_APPEND_H

#include <stddef.h>

#define SIM_APPEND_FOLDER "C:\\s"

void sim_append_reset(void); /* that file goes; the folder is there */
const char *sim_append_text(void);
size_t sim_append_size(void);
size_t sim_append_writes(void); /* one a line is what the transcript promises */

#endif
