/*
 * clock.c - wall time and monotonic time.
 */
#include "os/clock.h"
#include "os/native.h"

#include <stdio.h>
#include <string.h>

#define UNIX_EPOCH_MS 11644473600000ll /* from 1601, where FILETIME begins */
#define DAY_MS        86400000ll

int64_t clock_utc_ms(void)
{
    FILETIME now;

    GetSystemTimeAsFileTime(&now);
    return (int64_t)(((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) / 10000) - UNIX_EPOCH_MS;
}

uint64_t clock_monotonic_ms(void)
{
    LARGE_INTEGER counter;
    LARGE_INTEGER frequency;
    uint64_t ticks;
    uint64_t second;

    /* GetTickCount64 moves in steps of 10 to 16 ms. These calls cannot fail on Windows XP or later (their remarks). */
    QueryPerformanceCounter(&counter);
    QueryPerformanceFrequency(&frequency);
    ticks = (uint64_t)counter.QuadPart;
    second = (uint64_t)frequency.QuadPart;
    return ticks / second * 1000 + ticks % second * 1000 / second;
}

void clock_boot_id(char text[CLOCK_BOOT_SIZE])
{
    typedef LONG(NTAPI * query_system)(int, void *, ULONG, ULONG *);
    query_system query = (query_system)native_call(L"ntdll.dll", "NtQuerySystemInformation");
    struct { /* SYSTEM_TIMEOFDAY_INFORMATION, as far as winternl.h's 48 reserved bytes are known */
        LARGE_INTEGER boot, now, bias;
        ULONG zone, reserved;
        ULONGLONG boot_bias, sleep_bias;
    } times;
    ULONG size = 0;

    text[0] = '\0';
    memset(&times, 0, sizeof times);
    if (query && query(3, &times, sizeof times, &size) >= 0 && times.boot.QuadPart > 0)
        snprintf(text, CLOCK_BOOT_SIZE, "%llx", (unsigned long long)times.boot.QuadPart);
}

void clock_sleep_ms(uint32_t ms)
{
    Sleep(ms);
}

void clock_format_utc(int64_t utc_ms, char text[CLOCK_TEXT_SIZE])
{
    int64_t days = utc_ms / DAY_MS;
    int64_t ms = utc_ms % DAY_MS;
    int64_t era;
    unsigned day_of_era;
    unsigned year_of_era;
    unsigned day_of_year;
    unsigned month; /* from March, so that the leap day is the year's last */
    int64_t year;

    if (ms < 0) {
        ms += DAY_MS;
        days--;
    }

    days += 719468; /* from 0000-03-01, a whole number of 400-year eras before 1970 and a rest */
    era = (days >= 0 ? days : days - 146096) / 146097;
    day_of_era = (unsigned)(days - era * 146097);
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    month = (5 * day_of_year + 2) / 153;
    year = era * 400 + year_of_era + (month >= 10);

    snprintf(text, CLOCK_TEXT_SIZE, "%04lld-%02u-%02uT%02u:%02u:%02u.%03uZ", (long long)year,
             month < 10 ? month + 3 : month - 9, day_of_year - (153 * month + 2) / 5 + 1,
             (unsigned)(ms / 3600000), (unsigned)(ms / 60000 % 60), (unsigned)(ms / 1000 % 60),
             (unsigned)(ms % 1000));
}
