/*
 * plan_bench.c - milliseconds from policy text to plan, for a policy that names a thousand paths.
 *
 *     gcc -std=c11 -O2 -ffunction-sections -Wl,--gc-sections -DSBX_BENCH_ALONE -Isrc -Itests tests/bench/plan_bench.c src/base/?*.c \
 *         src/core/{plan,plan_index,step,step_json,sid,descriptor,acl,access_check}.c \
 *         src/core/{jsontext,jsonplace,path,environment,findings,policy*}.c -ljansson -o plan_bench && ./plan_bench
 *
 * What the host is asked in between (the boundary's final paths, the descriptors) is made up here: it is measured elsewhere and is
 * the file system's. Native and alone, as access_check_bench.c.
 */
#include "base/memory.h"
#include "core/plan.h"
#include "core/sddl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int plan_bench(void);

#define PATHS     1000
#define ROUNDS    51
#define PRINCIPAL "S-1-9-1397967427-1-1-1-1"

/* A protective DACL: an empty list in force. */
static const uint8_t list[] = {1, 0, 4,  0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                               0, 0, 20, 0,    0, 0, 2, 0, 8, 0, 0, 0, 0, 0};

static char paths[PATHS][64];
static struct boundary_place places[PATHS + 1];
static struct plan_object objects[2 * PATHS + PATHS / 10 + 8];

static void make_text(struct sbx_buffer *text)
{
    buffer_append_text(text, "{\"files\":{\"deny\":[");
    for (int i = 0; i < PATHS; i++) {
        snprintf(paths[i], sizeof paths[i], "C:\\w\\d%03d\\e%d\\secret%04d", i / 10, i % 10, i);
        buffer_append_format(text, "%s\"C:/w/d%03d/e%d/secret%04d\"", i ? "," : "", i / 10, i % 10, i);
    }
    buffer_append_text(text, "]}}");
}

static void add_object(struct plan_facts *facts, const char *path, size_t size)
{
    struct plan_object *object = &objects[facts->count];

    object->path = sbx_strndup(path, size);
    snprintf(object->file_id, sizeof object->file_id, "%032zx", facts->count++);
    snprintf(object->volume_id, sizeof object->volume_id, "%016x", 1);
    object->folder = object->keeps_acls = object->changeable = true;
    object->descriptor = (uint8_t *)(uintptr_t)list;
    object->descriptor_size = sizeof list;
}

static void make_host(struct boundary *boundary, struct plan_facts *facts)
{
    places[0] = (struct boundary_place){
        .right = BOUNDARY_WRITE, .path = "C:\\w", .present = true, .pointer = "/", .sid = PRINCIPAL};
    add_object(facts, "C:\\w", 4);
    for (int i = 0; i < PATHS; i++) {
        places[i + 1] = (struct boundary_place){.right = BOUNDARY_DENY,
                                                .path = paths[i],
                                                .present = true,
                                                .pointer = "/files/deny/0",
                                                .sid = PRINCIPAL};
        if (i % 10 == 0)
            add_object(facts, paths[i], strlen("C:\\w\\d000"));
        add_object(facts, paths[i], strlen("C:\\w\\d000\\e0"));
        add_object(facts, paths[i], strlen(paths[i]));
    }
    *boundary = (struct boundary){.level = SBX_LEVEL_RESTRICTED,
                                  .principal_sid = PRINCIPAL,
                                  .places = places,
                                  .place_count = PATHS + 1};
    boundary->recipe.write_restricted = true;
    facts->objects = objects;
    facts->host_keeps_acls = true;
}

static double once(const struct sbx_buffer *text, const struct boundary *boundary,
                   const struct plan_facts *facts)
{
    struct sbx_policy policy;
    struct plan plan = {0};
    clock_t start = clock();
    double ms;

    if (policy_parse(buffer_text(text), text->size, &policy, NULL) ||
        plan_make(boundary, facts, &plan, NULL) || plan.count != 1 + PATHS + PATHS + PATHS / 10 + 1)
        return -1;
    ms = 1000.0 * (double)(clock() - start) / CLOCKS_PER_SEC;
    policy_free(&policy);
    plan_free(&plan);
    return ms;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

int plan_bench(void)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct plan_facts facts = {0};
    struct boundary boundary;
    double times[ROUNDS];

    make_text(&text);
    make_host(&boundary, &facts);
    for (int i = 0; i < ROUNDS; i++) {
        times[i] = once(&text, &boundary, &facts);
        if (times[i] < 0)
            return 1;
    }
    qsort(times, ROUNDS, sizeof times[0], by_size);
    printf("policy text to plan, %d paths: median %.2f ms, p95 %.2f ms\n", PATHS, times[ROUNDS / 2],
           times[ROUNDS * 95 / 100]);
    for (size_t i = 0; i < facts.count; i++)
        sbx_free(objects[i].path);
    buffer_free(&text);
    return 0;
}

#ifdef SBX_BENCH_ALONE
int main(void)
{
    return plan_bench();
}
#endif
