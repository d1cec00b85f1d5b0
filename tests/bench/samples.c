#include "bench/samples.h"

#include <windows.h>

#include <stdio.h>
#include <stdlib.h>

double now(void)
{
    LARGE_INTEGER ticks, frequency;

    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&frequency);
    return (double)ticks.QuadPart / (double)frequency.QuadPart;
}

void samples_add(struct samples *samples, double seconds)
{
    if (samples->count < SAMPLES_MOST)
        samples->times[samples->count++] = seconds;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return a < b ? -1 : a > b;
}

/* The smallest time that `share` of all samples do not exceed. */
static double percentile(const struct samples *samples, double share)
{
    size_t index = (size_t)(share * (double)samples->count);

    if (!samples->count)
        return 0;
    return samples->times[index < samples->count ? index : samples->count - 1];
}

static double in_unit(const struct row *row, double seconds)
{
    switch (row->unit) {
    case ROW_NANOSECONDS:
        return seconds * 1e9;
    case ROW_MILLISECONDS:
        return seconds * 1e3;
    default:
        return seconds > 0 ? row->amount / seconds : 0;
    }
}

static double ratio(const struct row *row, double ours, double plain)
{
    double by = in_unit(row, plain);

    return by > 0 ? in_unit(row, ours) / by : 0;
}

void row_print_head(void)
{
    printf("%-42s %-4s  %19s  %19s  %15s\n", "", "", "sbxcom", "plain", "ratio");
    printf("%-42s %-4s  %9s %9s  %9s %9s  %7s %7s  %s\n", "", "unit", "median", "p95", "median", "p95",
           "median", "p95", "target");
}

void row_print(struct row *row)
{
    static const char *const units[] = {"ns", "ms", "MB/s"};
    double ours[2], plain[2];

    qsort(row->ours.times, row->ours.count, sizeof *row->ours.times, compare);
    qsort(row->plain.times, row->plain.count, sizeof *row->plain.times, compare);
    ours[0] = percentile(&row->ours, 0.5);
    ours[1] = percentile(&row->ours, 0.95);
    plain[0] = percentile(&row->plain, 0.5);
    plain[1] = percentile(&row->plain, 0.95);

    printf("%-42s %-4s  %9.1f %9.1f  %9.1f %9.1f  %7.2f %7.2f", row->name, units[row->unit],
           in_unit(row, ours[0]), in_unit(row, ours[1]), in_unit(row, plain[0]), in_unit(row, plain[1]),
           ratio(row, ours[0], plain[0]), ratio(row, ours[1], plain[1]));
    if (row->target > 0)
        printf("  %s %.1f", row->unit == ROW_MEGABYTES_A_SECOND ? ">=" : "<=", row->target);
    printf("\n");
    fflush(stdout);
}
