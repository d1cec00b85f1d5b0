/*
 * below_test.c - looking below a folder leads nowhere else.
 */
#include "core/below.h"

#include "core/sandboxed.h"
#include "support/harness.h"

#define WS SANDBOXED_WORKSPACE

static bool is_folder(const char *path)
{
    struct acl_object *folder = NULL;
    bool found;

    CU_ASSERT_EQUAL_FATAL(acl_open(WS, ACL_LOOK, &folder, NULL), SBX_OK);
    found = below_is_folder(folder, path);
    acl_close(folder);
    CU_ASSERT_EQUAL(sim_open_handles(), 0);
    return found;
}

static void folders_are_told_from_everything_else(void)
{
    sandboxed_world();
    sim_add_folder(WS "\\a");
    sim_add_folder(WS "\\a\\b");
    sim_add_file(WS "\\a\\file");
    CU_ASSERT(is_folder("a"));
    CU_ASSERT(is_folder("a\\b"));
    CU_ASSERT(!is_folder("a\\file"));
    CU_ASSERT(!is_folder("a\\file\\x"));
    CU_ASSERT(!is_folder("a\\none"));
    CU_ASSERT(!is_folder("a\\..\\a"));
    CU_ASSERT(!is_folder("a\\\\b"));
    CU_ASSERT(!is_folder(""));
    sim_reset();
}

/* The folder behind the link is there, and is not looked at. */
static void no_link_is_followed(void)
{
    sandboxed_world();
    sim_add_folder("C:\\other");
    sim_add_folder("C:\\other\\b");
    sim_add_link(WS "\\link", "C:\\other");
    CU_ASSERT(!is_folder("link"));
    CU_ASSERT(!is_folder("link\\b"));
    sim_reset();
}

const struct harness_suite below_suite = {
    "below",
    (const struct harness_test[]){
        {"folders are told from everything else", folders_are_told_from_everything_else},
        {"no link is followed", no_link_is_followed},
        {NULL, NULL},
    },
};
