/*
 * journal_bench.c - what a record of the journal costs, and how much of that is waiting for the disk.
 *
 * Each record is appended and flushed, or a crash could forget it. So the same bytes are appended and flushed without a journal
 * around them, and only appended: the difference is the flush, and what the journal itself adds should be small beside it.
 *
 * Native and alone (scripts/bench.sh core), with a log over POSIX: there is nothing of it in the program of this folder.
 */
int journal_bench(const char *folder);

#ifdef SBX_BENCH_ALONE
#define _POSIX_C_SOURCE 200809L
#include "base/memory.h"
#include "core/journal.h"
#include "os/filesystem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define STEPS  200 /* two records each */
#define ROUNDS 5

struct log_file {
    int file;
    char path[512];
};

static sbx_status failed(const char *call, struct sbx_error *error)
{
    return error_system(error, call, (uint32_t)errno);
}

sbx_status log_open(const char *path, struct log_file **file, struct sbx_error *error)
{
    struct log_file *made = sbx_alloc(sizeof *made);

    if (!made)
        return error_memory(error, "a log");
    snprintf(made->path, sizeof made->path, "%s", path);
    made->file = open(path, O_RDWR | O_CREAT | O_APPEND, 0600);
    if (made->file < 0) {
        sbx_free(made);
        return failed("open", error);
    }
    *file = made;
    return SBX_OK;
}

void log_close(struct log_file *file)
{
    if (file)
        close(file->file);
    sbx_free(file);
}

sbx_status log_read(struct log_file *file, size_t most, char **bytes, size_t *size, struct sbx_error *error)
{
    off_t end = lseek(file->file, 0, SEEK_END);

    if (end < 0 || (size_t)end > most)
        return failed("lseek", error);
    *bytes = sbx_alloc((size_t)end + 1);
    if (!*bytes)
        return error_memory(error, "a log");
    *size = (size_t)end;
    return pread(file->file, *bytes, (size_t)end, 0) == (ssize_t)end ? SBX_OK : failed("pread", error);
}

sbx_status log_append(struct log_file *file, const void *bytes, size_t size, struct sbx_error *error)
{
    return write(file->file, bytes, size) == (ssize_t)size ? SBX_OK : failed("write", error);
}

sbx_status log_flush(struct log_file *file, struct sbx_error *error)
{
    return fdatasync(file->file) ? failed("fdatasync", error) : SBX_OK;
}

sbx_status log_cut(struct log_file *file, size_t size, struct sbx_error *error)
{
    return ftruncate(file->file, (off_t)size) ? failed("ftruncate", error) : SBX_OK;
}

sbx_status log_delete(struct log_file *file, struct sbx_error *error)
{
    return unlink(file->path) ? failed("unlink", error) : SBX_OK;
}

/* Is there a log already? */
sbx_status file_examine(const char *path, struct file_facts *facts, struct sbx_error *error)
{
    if (access(path, F_OK))
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no %s.", path);
    memset(facts, 0, sizeof *facts);
    return SBX_OK;
}

void file_facts_free(struct file_facts *facts)
{
    (void)facts; /* nothing is in it */
}

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static struct step make_step(struct ace *entries)
{
    struct step step = {.kind = STEP_ALLOW};

    step.rule = "/files/write/0";
    step.files.path = "C:\\src\\app\\a folder with an ordinary name";
    snprintf(step.files.volume_id, sizeof step.files.volume_id, "%016x", 7);
    snprintf(step.files.file_id, sizeof step.files.file_id, "%032x", 77);
    step.files.folder = true;
    step.files.entries = entries;
    step.files.entry_count = 1;
    return step;
}

/* All records of STEPS steps, through the journal; *size: how many bytes that were. Negative: it failed. */
static double with_journal(const char *path, size_t *size)
{
    static const struct journal_subject subject = {.path = "C:\\src\\app",
                                                   .volume_id = "7",
                                                   .file_id = "77",
                                                   .principal_sid = "S-1-9-1",
                                                   .level = SBX_LEVEL_RESTRICTED};
    struct ace entry = {ACE_ALLOW, 0, 0x1201BF, {{1}, 0}};
    struct step step = make_step(&entry);
    struct journal *journal = NULL;
    struct log_file *file = NULL;
    char *bytes = NULL;
    double start;
    double us = -1;

    remove(path);
    if (sid_parse("S-1-9-1396856881-1-2-3-4", &entry.sid, NULL) ||
        journal_open(path, &subject, &journal, NULL) || journal_begin(journal, NULL))
        goto close_journal;
    start = now_us();
    for (int i = 0; i < STEPS; i++) {
        uint32_t number;

        if (journal_intend(journal, &step, &number, NULL) || journal_done(journal, number, NULL))
            goto close_journal;
    }
    us = now_us() - start;

close_journal:
    journal_close(journal);
    if (us >= 0 && (log_open(path, &file, NULL) || log_read(file, JOURNAL_MOST_SIZE, &bytes, size, NULL)))
        us = -1;
    sbx_free(bytes);
    log_close(file);
    remove(path);
    return us;
}

static double bare(const char *path, size_t size, bool flushes)
{
    size_t each = size / (2 * STEPS);
    char *bytes = calloc(1, each);
    struct log_file *file = NULL;
    double start;
    double us = -1;

    remove(path);
    if (!bytes || log_open(path, &file, NULL))
        goto free_bytes;
    start = now_us();
    for (int i = 0; i < 2 * STEPS; i++) {
        if (log_append(file, bytes, each, NULL) || (flushes && log_flush(file, NULL)))
            goto close_file;
    }
    us = now_us() - start;
close_file:
    log_close(file);
    remove(path);
free_bytes:
    free(bytes);
    return us;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median_of(double *times)
{
    qsort(times, ROUNDS, sizeof times[0], by_size);
    return times[ROUNDS / 2] / (2 * STEPS); /* a record */
}

int journal_bench(const char *folder)
{
    double journal[ROUNDS], flushed[ROUNDS], appended[ROUNDS];
    double whole, flush, append;
    char path[512];
    size_t size = 0;

    snprintf(path, sizeof path, "%s/journal_bench.tmp", folder);
    for (int i = 0; i < ROUNDS; i++) { /* in turns: what else the disk does is in all three */
        journal[i] = with_journal(path, &size);
        flushed[i] = bare(path, size, true);
        appended[i] = bare(path, size, false);
        if (journal[i] < 0 || flushed[i] < 0 || appended[i] < 0)
            return 1;
    }
    whole = median_of(journal);
    flush = median_of(flushed);
    append = median_of(appended);
    printf("journal, microseconds a record (%u bytes), medians of %d rounds of %d:\n",
           (unsigned)(size / (2 * STEPS)), ROUNDS, 2 * STEPS);
    printf("  append and flush through it     %8.1f\n", whole);
    printf("  the same bytes, without it      %8.1f\n", flush);
    printf("  the same bytes, not flushed     %8.1f\n", append);
    printf("  of the whole is the flush       %7.0f %%\n", 100 * (flush - append) / whole);
    return 0;
}

int main(int argc, char **argv)
{
    return journal_bench(argc > 1 ? argv[1] : ".");
}
#endif
