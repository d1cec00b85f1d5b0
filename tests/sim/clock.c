/*
 * clock.c - os/clock.h of the simulation: time goes by only as it is asked for, one millisecond a question, and
 * as somebody sleeps.
 */
#include "os/clock.h"

#include <stdio.h>

#define START_MS 1795253400123 /* 2026-11-21T09:30:00.123Z */
#define DAY_MS   86400000

static int64_t asked;

int64_t clock_utc_ms(void)
{
    return START_MS + asked++;
}

uint64_t clock_monotonic_ms(void)
{
    return (uint64_t)(1000 + asked++);
}

void clock_boot_id(char text[CLOCK_BOOT_SIZE])
{
    snprintf(text, CLOCK_BOOT_SIZE, "1");
}

void clock_sleep_ms(uint32_t ms)
{
    asked += ms;
}

/* Years of 365 or 366 days from 1970 on, months of their lengths: slow, and plain. */
void clock_format_utc(int64_t utc_ms, char text[CLOCK_TEXT_SIZE])
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = utc_ms >= 0 ? utc_ms / DAY_MS : 0;
    int in_day = utc_ms >= 0 ? (int)(utc_ms % DAY_MS) : 0;
    int year = 1970;
    int month = 0;

    for (;;) {
        int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        int length = lengths[month] + (month == 1 && leap);

        if (days < length)
            break;
        days -= length;
        month = (month + 1) % 12;
        year += !month;
    }
    snprintf(text, CLOCK_TEXT_SIZE, "%04u-%02d-%02uT%02d:%02d:%02d.%03dZ", (unsigned)year % 10000, month + 1,
             (unsigned)days % 31 + 1, in_day / 3600000, in_day / 60000 % 60, in_day / 1000 % 60,
             in_day % 1000);
}
