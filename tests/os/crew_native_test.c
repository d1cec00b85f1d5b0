/*
 * crew_native_test.c - what a crew leaves behind in the system, and in whose name it acts.
 */
#include "os/child.h"
#include "os/crew.h"
#include "os/native.h"
#include "support/harness.h"

#define COMPANY_WAIT_MS 30000

struct sight {
    DWORD caller;
    unsigned elsewhere; /* parts done on other threads */
    unsigned here;
    bool other_token; /* somebody acted under another token than the caller */
    bool impersonates;
};

static bool has_token(void)
{
    HANDLE token;

    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token))
        return false;
    CloseHandle(token);
    return true;
}

/* A thread that was started late finds its part done by who handed it over. */
static void wait_for_company(struct crew *crew, const struct sight *sight)
{
    for (int i = 0; i < COMPANY_WAIT_MS; i++) {
        bool came;

        crew_lock(crew);
        came = sight->elsewhere > 0;
        crew_unlock(crew);
        if (came)
            return;
        Sleep(1);
    }
}

static void look(struct crew *crew, void *context, void *item)
{
    struct sight *sight = context;
    bool handed_over = false;

    crew_lock(crew);
    if (GetCurrentThreadId() == sight->caller)
        sight->here++;
    else
        sight->elsewhere++;
    sight->other_token |= has_token() != sight->impersonates;
    crew_unlock(crew);
    for (uintptr_t i = 0; item && i < 200; i++) {
        if (crew_hand_over(crew, NULL))
            handed_over = true;
        else
            look(crew, context, NULL);
    }
    if (handed_over)
        wait_for_company(crew, sight);
}

static void no_thread_and_no_handle_is_left(void)
{
    struct sight sight = {.caller = GetCurrentThreadId()};
    uint32_t before;

    CU_ASSERT_EQUAL(crew_run(4, look, &sight, &sight, NULL), SBX_OK); /* what the system opens once */
    before = open_handles();
    for (int i = 0; i < 50; i++)
        CU_ASSERT_EQUAL(crew_run(4, look, &sight, &sight, NULL), SBX_OK);
    CU_ASSERT_EQUAL(open_handles(), before);
    CU_ASSERT(sight.elsewhere > 0 && sight.here > 0);
    CU_ASSERT_EQUAL(sight.here + sight.elsewhere, 51 * 201);
}

/* A thread that was started would act as the process, not as the one that the caller impersonates. */
static void whoever_impersonates_works_alone(void)
{
    struct sight sight = {.caller = GetCurrentThreadId(), .impersonates = true};

    CU_ASSERT_FATAL(ImpersonateSelf(SecurityImpersonation));
    CU_ASSERT_EQUAL(crew_run(4, look, &sight, &sight, NULL), SBX_OK);
    CU_ASSERT(RevertToSelf());
    CU_ASSERT_FALSE(sight.other_token);
    CU_ASSERT_EQUAL(sight.elsewhere, 0);
    CU_ASSERT_EQUAL(sight.here, 201);
}

/* All that the process may use, and no more. */
static void one_processor_means_one_worker(void)
{
    struct sight sight = {.caller = GetCurrentThreadId()};
    DWORD_PTR ours, all;

    CU_ASSERT_FATAL(GetProcessAffinityMask(GetCurrentProcess(), &ours, &all));
    if (!SetProcessAffinityMask(GetCurrentProcess(), all & (~all + 1)))
        HARNESS_SKIP("this process may not choose its processors");
    CU_ASSERT_EQUAL(crew_run(0, look, &sight, &sight, NULL), SBX_OK);
    CU_ASSERT_EQUAL(sight.elsewhere, 0);
    CU_ASSERT(SetProcessAffinityMask(GetCurrentProcess(), all));
    CU_ASSERT_EQUAL(crew_run(0, look, &sight, &sight, NULL), SBX_OK);
    CU_ASSERT_EQUAL(sight.elsewhere > 0, (all & (all - 1)) != 0);
    CU_ASSERT(SetProcessAffinityMask(GetCurrentProcess(), ours));
}

const struct harness_suite crew_native_suite = {
    "crew_native",
    (const struct harness_test[]){
        {"no thread and no handle is left", no_thread_and_no_handle_is_left},
        {"whoever impersonates works alone", whoever_impersonates_works_alone},
        {"one processor means one worker", one_processor_means_one_worker},
        {NULL, NULL},
    },
};
