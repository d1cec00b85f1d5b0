/*
 * memory_failing.c - an act, with each of its requests of memory failing in turn.
 */
#include "core/memory_failing.h"

#include "base/memory.h"
#include "support/harness.h"

#define MOST_REQUESTS 100000

static size_t asked;
static size_t refused_from;
static bool for_ever;
static bool refused;

static bool refuse(void *context, size_t size)
{
    (void)context;
    (void)size;
    asked++;
    if (asked != refused_from && !(for_ever && asked > refused_from))
        return false;
    refused = true;
    return true;
}

static void run_until_nothing_fails(sbx_status (*act)(void *context), void *context)
{
    for (refused_from = 1; refused_from < MOST_REQUESTS; refused_from++) {
        sbx_status status;

        asked = 0;
        refused = false;
        sbx_memory_set_hook(refuse, NULL);
        status = act(context);
        sbx_memory_set_hook(NULL, NULL);
        CU_ASSERT_EQUAL(status, refused ? SBX_E_MEMORY : SBX_OK);
        if (!refused)
            return;
    }
    CU_FAIL("it never ends");
}

void with_memory_failing(sbx_status (*act)(void *context), void *context)
{
    for_ever = false;
    run_until_nothing_fails(act, context);
    for_ever = true;
    run_until_nothing_fails(act, context);
}
