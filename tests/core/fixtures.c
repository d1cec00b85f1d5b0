/*
 * fixtures.c - files of the checkout for tests.
 */
#include "core/fixtures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <dirent.h>
#endif

#define PATH_SIZE 4096

static char root[PATH_SIZE];

static bool exists(const char *path)
{
    FILE *file = fopen(path, "rb");

    if (file)
        fclose(file);
    return file != NULL;
}

/* `start` or a folder above it that is the checkout, by a file that every checkout has. */
static bool find_above(const char *start)
{
    char folder[PATH_SIZE / 2];
    char probe[PATH_SIZE];

    snprintf(folder, sizeof folder, "%s", start);
    for (;;) {
        char *end;

        snprintf(probe, sizeof probe, "%s/tests/core/core_tests.vcxproj", folder);
        if (exists(probe)) {
            snprintf(root, sizeof root, "%s", folder);
            return true;
        }
        end = folder + strlen(folder);
        while (end > folder && *end != '/' && *end != '\\')
            end--;
        if (end == folder)
            return false;
        *end = '\0';
    }
}

void fixtures_init(const char *program)
{
    static const char *const above_current[] = {".", "..", "../..", "../../.."};

    if (find_above(program))
        return;
    for (size_t i = 0; i < sizeof above_current / sizeof above_current[0]; i++) {
        if (find_above(above_current[i]))
            return;
    }
    fprintf(stderr, "no checkout in or above the folder of %s or the current folder\n", program);
    exit(EXIT_FAILURE);
}

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    char *bytes;
    long end;

    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    end = ftell(file);
    rewind(file);
    bytes = calloc(1, (size_t)end + 1);
    if (!bytes || fread(bytes, 1, (size_t)end, file) != (size_t)end)
        abort();
    fclose(file);
    if (size)
        *size = (size_t)end;
    return bytes;
}

char *fixtures_read(const char *path, size_t *size)
{
    char full[2 * PATH_SIZE];

    snprintf(full, sizeof full, "%s/%s", root, path);
    return read_file(full, size);
}

static void add_name(struct sbx_strings *names, const char *name, const char *extension)
{
    char without[256];
    size_t size = strlen(name);
    size_t extension_size = strlen(extension);

    if (size <= extension_size || strcmp(name + size - extension_size, extension) != 0)
        return;
    snprintf(without, sizeof without, "%.*s", (int)(size - extension_size), name);
    if (strings_append(names, without))
        abort();
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct sbx_strings fixtures_list(const char *folder, const char *extension)
{
    struct sbx_strings names = {NULL, 0};
    char full[2 * PATH_SIZE];
#ifdef _WIN32
    WIN32_FIND_DATAA found;
    HANDLE search;

    snprintf(full, sizeof full, "%s/%s/*", root, folder);
    search = FindFirstFileA(full, &found);
    if (search != INVALID_HANDLE_VALUE) {
        do
            add_name(&names, found.cFileName, extension);
        while (FindNextFileA(search, &found));
        FindClose(search);
    }
#else
    DIR *directory;
    struct dirent *found;

    snprintf(full, sizeof full, "%s/%s", root, folder);
    directory = opendir(full);
    while (directory && (found = readdir(directory)))
        add_name(&names, found->d_name, extension);
    if (directory)
        closedir(directory);
#endif
    if (names.count)
        qsort(names.items, names.count, sizeof *names.items, compare);
    return names;
}
