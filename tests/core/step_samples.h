/*
 * step_samples.h - a step of each kind, with something in every field, for the tests of whatever keeps or shows steps.
 */
#ifndef TESTS_CORE_STEP_SAMPLES_H
#define TESTS_CORE_STEP_SAMPLES_H

#include "core/step.h"

/* The caller frees with step_free; memory is asserted. */
struct step step_sample(enum step_kind kind);

/* The step as one line of JSON; the caller frees with sbx_free. */
char *step_sample_text(const struct step *step);

#endif
