/*
 * sim_credential_test.c - the simulated credential file keeps to what os/credential.h promises.
 */
#include "base/memory.h"
#include "os/credential.h"
#include "os/filesystem.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#define FOLDER "C:\\Users\\me\\AppData\\Local\\sbxcom"
#define KEPT   FOLDER "\\credential"

static const char secret[] = "Secret-0123456789";

static void a_credential_file_is_one_users(void)
{
    uint8_t *found = NULL;
    size_t size = 7;

    sim_reset();
    sim_add_folder(FOLDER);
    CU_ASSERT_EQUAL_FATAL(credential_write(KEPT, NULL, secret, sizeof secret, NULL), SBX_OK);
    sim_call_as(sim_token_of(SIM_OTHER_ORDINARY_USER));
    CU_ASSERT_EQUAL(credential_read(KEPT, 100, &found, &size, NULL), SBX_E_SYSTEM);
    sim_call_as(NULL);
    CU_ASSERT_EQUAL_FATAL(credential_read(KEPT, 100, &found, &size, NULL), SBX_OK);
    CU_ASSERT(size == sizeof secret && !memcmp(found, secret, size));
    sbx_free(found);
    found = NULL;

    CU_ASSERT_EQUAL(file_create(FOLDER "\\plain", secret, sizeof secret, NULL), SBX_OK);
    CU_ASSERT_EQUAL(credential_read(FOLDER "\\plain", 100, &found, &size, NULL), SBX_E_CREDENTIAL);
    CU_ASSERT_PTR_NULL(found);
    CU_ASSERT_EQUAL(credential_destroy(KEPT, NULL), SBX_OK);
    CU_ASSERT_FALSE(sim_exists(KEPT));
    sim_add_volume("D:", SIM_VOLUME_FAT);
    CU_ASSERT_EQUAL(credential_write("D:\\credential", NULL, secret, sizeof secret, NULL),
                    SBX_E_NOT_ENFORCED);
}

#define SHARED "C:\\ProgramData\\sbxcom"

/* What others can read of it, under whatever name. */
static size_t readable_files(void)
{
    struct sbx_strings names = {0};
    size_t count = 0;

    CU_ASSERT_EQUAL(folder_list(SHARED, &names, NULL), SBX_OK);
    for (size_t i = 0; i < names.count; i++) {
        char path[512], *bytes;
        size_t size;

        snprintf(path, sizeof path, SHARED "\\%s", names.items[i]);
        if (file_read_all(path, 100, &bytes, &size, NULL))
            continue;
        count++;
        sbx_free(bytes);
    }
    strings_free(&names);
    return count;
}

/* The power may go at any moment: what is there then is for nobody else, the file beside it included. */
static void a_hand_over_is_its_users_from_the_first_moment(void)
{
    sbx_status status;
    size_t cuts = 0;
    uint8_t *found;
    size_t size;

    do {
        sim_reset();
        sim_add_folder(SHARED);
        sim_call_as(sim_token_of(SIM_ELEVATED_USER));
        sim_cut_power(++cuts, SIM_CUT_AFTER);
        status = credential_write(SHARED "\\hand-over", SIM_OTHER_USER, secret, sizeof secret, NULL);
        sim_cut_power(0, SIM_CUT_AFTER);
        if (status)
            sim_reboot(SIM_UNFLUSHED_KEPT);
        sim_call_as(NULL);
        CU_ASSERT_EQUAL(readable_files(), 0);
    } while (status && cuts < 100);
    CU_ASSERT(cuts > 3);

    sim_call_as(sim_token_of(SIM_OTHER_ORDINARY_USER));
    CU_ASSERT_EQUAL_FATAL(credential_read(SHARED "\\hand-over", 100, &found, &size, NULL), SBX_OK);
    CU_ASSERT(size == sizeof secret && !memcmp(found, secret, size));
    sbx_free(found);
    CU_ASSERT_EQUAL(credential_destroy(SHARED "\\hand-over", NULL), SBX_OK);
}

const struct harness_suite sim_credential_suite = {
    "sim_credential",
    (const struct harness_test[]){
        {"a credential file is one user's", a_credential_file_is_one_users},
        {"a hand-over is its user's from the first moment", a_hand_over_is_its_users_from_the_first_moment},
        {NULL, NULL},
    },
};
