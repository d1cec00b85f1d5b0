/*
 * fixtures.h - the files that tests are driven by, wherever the test program was built and is run from.
 */
#ifndef TESTS_CORE_FIXTURES_H
#define TESTS_CORE_FIXTURES_H

#include "base/text.h"

/* Called by main before any test; the fixtures lie in or above the program's folder or the current one. */
void fixtures_init(const char *program);

/*
 * A file of the checkout, "tests/fixtures/...", NUL-ended. *size may be NULL. The caller frees with free.
 * NULL, where there is none.
 */
char *fixtures_read(const char *path, size_t *size);

/* Names of the files in a folder of the checkout that end with `extension`, without it, sorted. */
struct sbx_strings fixtures_list(const char *folder, const char *extension);

#endif
