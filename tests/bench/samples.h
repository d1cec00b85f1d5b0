/*
 * samples.h - measured times of one row, ours and the plain baseline's, and the table line made of them.
 *
 * Both are measured in turns within the same run, so that whatever else the machine does falls on both alike.
 */
#ifndef TESTS_BENCH_SAMPLES_H
#define TESTS_BENCH_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>

#define SAMPLES_MOST 1000

struct samples {
    double times[SAMPLES_MOST]; /* seconds */
    size_t count;
};

enum row_unit { ROW_NANOSECONDS, ROW_MILLISECONDS, ROW_MEGABYTES_A_SECOND };

struct row {
    const char *name;
    enum row_unit unit;
    double amount; /* what one sample moved, in MB; for ROW_MEGABYTES_A_SECOND */
    double target; /* the ratio at most, or for a speed at least; 0: none */
    struct samples ours;
    struct samples plain;
};

/* Seconds since some start. */
double now(void);

void samples_add(struct samples *samples, double seconds);

void row_print_head(void);

/*
 * Median and p95 of both sides and their ratios. A speed's p95 is what 95 of 100 rounds reach or surpass, so that it
 * is the bad end in every line. Sorts the samples.
 */
void row_print(struct row *row);

#endif
