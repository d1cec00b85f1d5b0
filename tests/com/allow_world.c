/*
 * allow_world.c - a folder beside the workspace, and grants for it.
 */
#include "com/allow_world.h"
#include "base/buffer.h"
#include "base/memory.h"
#include "com/acl_world.h"
#include "com/support.h"
#include "os/filesystem.h"

#include <string.h>

char *extra;

char *in_extra(const char *name)
{
    return work_below(extra, name);
}

static void make_extra(void)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    struct file_facts facts;
    char *file, *folder;

    buffer_append_format(&path, "%s extra\\secret", work_folder);
    folder = buffer_take(&path, NULL);
    CU_ASSERT_EQUAL_FATAL(folder_create(folder, NULL), SBX_OK);
    *strstr(folder, "\\secret") = '\0';
    CU_ASSERT_EQUAL_FATAL(file_examine(folder, &facts, NULL), SBX_OK);
    extra = facts.path;
    sbx_free(folder);
    folder = in_extra("inner");
    CU_ASSERT_EQUAL_FATAL(folder_create(folder, NULL), SBX_OK);
    sbx_free(folder);
    file = in_extra("data.txt");
    CU_ASSERT_EQUAL_FATAL(file_create(file, "x", 1, NULL), SBX_OK);
    sbx_free(file);
}

void make_in_extra(const char *name)
{
    char *path = in_extra(name);
    char *folder = sbx_strdup(path);

    *strrchr(folder, '\\') = '\0';
    CU_ASSERT_EQUAL_FATAL(folder_create(folder, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(file_create(path, "x", 1, NULL), SBX_OK);
    sbx_free(folder);
    sbx_free(path);
}

void allow_begin(void)
{
    work_begin();
    make_extra();
}

void allow_end(void)
{
    CU_ASSERT_EQUAL(folder_delete_tree(extra, NULL), SBX_OK);
    sbx_free(extra);
    extra = NULL;
    work_end();
}

bool names(struct engine *engine, const char *name, const char *part)
{
    char *path = *name ? in_extra(name) : sbx_strdup(extra);
    const char *list = acl_world_list(path);
    bool found = strstr(list, engine_boundary(engine)->capability_sid) && strstr(list, part);

    sbx_free(path);
    return found;
}

bool is_active(struct engine *engine, const struct engine_allowance *allowance)
{
    struct engine_allowance_info info;

    engine_allowance_info(engine, allowance, &info);
    return info.active;
}

bool ends_in_time(struct engine *engine, const struct engine_allowance *allowance)
{
    for (int waited = 0; waited < WAIT_MS && is_active(engine, allowance); waited += 20)
        Sleep(20);
    return !is_active(engine, allowance);
}

struct engine_allowance *allow_well(struct engine *engine, const char *path, uint64_t for_ms)
{
    struct engine_allowance *allowance = NULL;
    struct sbx_error error = {0};

    if (engine_allow_write(engine, path, for_ms, NULL, &allowance, &error))
        printf("    %s\n", error.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(allowance);
    return allowance;
}

bool refused(struct engine *engine, const char *path, sbx_status status, const char *says)
{
    struct engine_allowance *allowance = NULL;
    struct sbx_error error = {0};
    sbx_status got = engine_allow_write(engine, path, LONG_MS, NULL, &allowance, &error);
    bool as_expected = got == status && !allowance && strstr(error.text, says);

    if (!as_expected)
        printf("    %s: %d, %s\n", path, (int)got, error.text);
    return as_expected;
}

bool extra_is_as_it_was(void)
{
    static const char *const inside[] = {"data.txt", "secret", "inner"};
    bool as_it_was = acl_world_file_is_as_it_was(extra);

    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        char *path = in_extra(inside[i]);

        as_it_was = acl_world_file_is_as_it_was(path) && as_it_was;
        sbx_free(path);
    }
    return as_it_was;
}

char *strict_policy(void)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY, path = SBX_BUFFER_EMPTY;

    for (const char *at = extra; *at; at++)
        buffer_append_format(&path, *at == '\\' ? "\\\\" : "%c", *at);
    buffer_append_format(
        &text, "{\"files\": {\"deny\": [\"%s\\\\secret\"], \"read\": [\"%s\\\\inner\"]}, " LOWERED "}",
        buffer_text(&path), buffer_text(&path));
    buffer_free(&path);
    return buffer_take(&text, NULL);
}
