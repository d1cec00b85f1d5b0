/*
 * memory_failing.h - an act, with each of its requests of memory failing in turn.
 */
#ifndef TESTS_CORE_MEMORY_FAILING_H
#define TESTS_CORE_MEMORY_FAILING_H

#include "base/status.h"

/*
 * Does `act` again and again: first every request of memory succeeds, then the first fails, the second, ...
 * and so on, once with that one failing alone and once with all from it on, until nothing was refused.
 * Asserts that `act` says SBX_E_MEMORY exactly where something was refused. The act itself looks that its
 * outputs are untouched; leaks are the sanitizer's.
 */
void with_memory_failing(sbx_status (*act)(void *context), void *context);

#endif
