/*
 * lock_test.c - a command cannot open the runner.
 *
 * The one who tries is a child with a restricted token: Administrators are admitted, and under Wine every user is one.
 */
#include "base/memory.h"
#include "os/child.h"
#include "os/identity.h"
#include "os/native.h"
#include "os/security.h"
#include "os/token.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

struct victim {
    struct process process;
    DWORD thread_id;
    struct process_start attacker; /* how to start one */
};

static void victim_begin(struct victim *victim)
{
    struct token_recipe recipe;

    memset(&recipe, 0, sizeof recipe);
    memset(victim, 0, sizeof *victim);
    CU_ASSERT_EQUAL_FATAL(token_make(&recipe, &victim->attacker.token, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(child_start(NULL, "--child-sleep 60000", &victim->process, NULL), SBX_OK);
    victim->thread_id = GetThreadId(victim->process.thread);
}

static void victim_end(struct victim *victim)
{
    CU_ASSERT_EQUAL(process_terminate(victim->process.handle, 1, NULL),
                    SBX_OK); /* our handle keeps its access */
    process_free(&victim->process);
    handle_close(victim->attacker.token);
}

static uint32_t attack(const struct victim *victim, uint32_t access)
{
    char line[96];

    snprintf(line, sizeof line, "--child-open-process %lu 0x%lx", (unsigned long)victim->process.id,
             (unsigned long)access);
    return child_run(&victim->attacker, line);
}

static uint32_t attack_thread(const struct victim *victim, uint32_t access)
{
    char line[96];

    snprintf(line, sizeof line, "--child-open-thread %lu 0x%lx", (unsigned long)victim->thread_id,
             (unsigned long)access);
    return child_run(&victim->attacker, line);
}

static const uint32_t process_rights[] = {PROCESS_TERMINATE,
                                          PROCESS_VM_READ,
                                          PROCESS_VM_WRITE,
                                          PROCESS_DUP_HANDLE,
                                          PROCESS_CREATE_THREAD,
                                          PROCESS_QUERY_INFORMATION,
                                          PROCESS_QUERY_LIMITED_INFORMATION,
                                          PROCESS_SET_INFORMATION,
                                          PROCESS_ALL_ACCESS};
static const uint32_t owners_rights[] = {WRITE_DAC, WRITE_OWNER, DELETE, SYNCHRONIZE};

static void locked_process_is_refused_to_a_restricted_child(void)
{
    struct victim victim;

    victim_begin(&victim);
    CU_ASSERT_EQUAL(attack(&victim, PROCESS_TERMINATE), 0); /* the control */
    CU_ASSERT_EQUAL(attack_thread(&victim, THREAD_SUSPEND_RESUME), 0);

    CU_ASSERT_EQUAL(process_lock(&victim.process, NULL, NULL), SBX_OK);
    for (size_t i = 0; i < sizeof process_rights / sizeof *process_rights; i++)
        CU_ASSERT_EQUAL(attack(&victim, process_rights[i]), ERROR_ACCESS_DENIED);
    CU_ASSERT_EQUAL(attack_thread(&victim, THREAD_SUSPEND_RESUME), ERROR_ACCESS_DENIED);
    CU_ASSERT_EQUAL(attack_thread(&victim, THREAD_SET_CONTEXT), ERROR_ACCESS_DENIED);
    CU_ASSERT_EQUAL(process_resume(&victim.process, NULL), SBX_OK);
    victim_end(&victim);
}

/* The child runs as the same user, so it owns what it attacks. */
static void owner_cannot_open_the_lock(void)
{
    struct victim victim;

    if (on_wine())
        HARNESS_SKIP("Wine gives the owner all standard rights, whatever an OWNER RIGHTS entry says");
    victim_begin(&victim);
    CU_ASSERT_EQUAL(attack(&victim, WRITE_DAC), 0); /* the control */
    CU_ASSERT_EQUAL(process_lock(&victim.process, NULL, NULL), SBX_OK);
    for (size_t i = 0; i < sizeof owners_rights / sizeof *owners_rights; i++) {
        CU_ASSERT_EQUAL(attack(&victim, owners_rights[i]), ERROR_ACCESS_DENIED);
        CU_ASSERT_EQUAL(attack_thread(&victim, owners_rights[i]), ERROR_ACCESS_DENIED);
    }
    victim_end(&victim);
}

static void who_is_admitted_gets_in(void)
{
    struct victim victim;
    char sid[SID_TEXT_SIZE];

    victim_begin(&victim);
    CU_ASSERT_EQUAL_FATAL(identity_user_sid(sid, NULL), SBX_OK);
    CU_ASSERT_EQUAL(process_lock(&victim.process, sid, NULL), SBX_OK);
    CU_ASSERT_EQUAL(attack(&victim, PROCESS_ALL_ACCESS), 0);
    CU_ASSERT_EQUAL(attack_thread(&victim, THREAD_SUSPEND_RESUME), 0);
    victim_end(&victim);
}

/* The list entry by entry: without OWNER RIGHTS the owner could write a new one. */
static void list_has_system_administrators_and_owner_rights(void)
{
    static const struct {
        WELL_KNOWN_SID_TYPE type;
        DWORD mask;
    } wanted[] = {{WinLocalSystemSid, PROCESS_ALL_ACCESS},
                  {WinBuiltinAdministratorsSid, PROCESS_ALL_ACCESS},
                  {WinCreatorOwnerRightsSid, READ_CONTROL}};
    struct victim victim;
    void *descriptor;
    ACL *acl;

    victim_begin(&victim);
    CU_ASSERT_EQUAL(process_lock(&victim.process, NULL, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(security_object_acl(victim.process.handle, &descriptor, &acl, NULL), SBX_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(acl);
    CU_ASSERT_EQUAL_FATAL(acl->AceCount, 3);
    for (DWORD i = 0; i < 3; i++) {
        ACCESS_ALLOWED_ACE *entry;

        CU_ASSERT(GetAce(acl, i, (void **)&entry));
        CU_ASSERT_EQUAL(entry->Header.AceType, ACCESS_ALLOWED_ACE_TYPE);
        CU_ASSERT_EQUAL(entry->Mask, wanted[i].mask);
        CU_ASSERT(IsWellKnownSid(&entry->SidStart, wanted[i].type));
    }
    sbx_free(descriptor);
    victim_end(&victim);
}

static void admitting_what_is_no_sid_is_refused(void)
{
    struct victim victim;
    struct sbx_error error = {0};

    victim_begin(&victim);
    CU_ASSERT_EQUAL(process_lock(&victim.process, "BA", &error), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(attack(&victim, PROCESS_TERMINATE), 0); /* nothing was changed */
    victim_end(&victim);
}

/* See do_runner in child.c for the bits. Wine's new threads do not get the default DACL. */
static void locked_runner_is_closed_to_its_command_which_still_owns_itself(void)
{
    CU_ASSERT_EQUAL(child_run(NULL, "--child-runner"), on_wine() ? 2 : 0);
}

static sbx_status attempt_lock(void *context, struct sbx_error *error)
{
    return process_lock(context, "S-1-5-32-545", error);
}

static void locking_survives_memory_running_out(void)
{
    struct victim victim;

    victim_begin(&victim);
    expect_memory_failures(attempt_lock, &victim.process);
    victim_end(&victim);
}

const struct harness_suite lock_suite = {
    "lock",
    (const struct harness_test[]){
        {"a locked process is refused to a restricted child",
         locked_process_is_refused_to_a_restricted_child},
        {"the owner cannot open the lock", owner_cannot_open_the_lock},
        {"who is admitted gets in", who_is_admitted_gets_in},
        {"the list has SYSTEM, Administrators and OWNER RIGHTS",
         list_has_system_administrators_and_owner_rights},
        {"admitting what is no SID is refused", admitting_what_is_no_sid_is_refused},
        {"a locked runner is closed to its command, which still owns itself",
         locked_runner_is_closed_to_its_command_which_still_owns_itself},
        {"memory running out anywhere is an error like another", locking_survives_memory_running_out},
        {NULL, NULL},
    },
};
