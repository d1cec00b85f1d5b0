/*
 * filesystem_drive_test.c - a drive letter is a disk, or it is whatever somebody defined it to be.
 */
#include "os/filesystem.h"
#include "support/harness.h"

#include <windows.h>

static bool is_disk_as(const WCHAR *device)
{
    bool is;

    if (!DefineDosDeviceW(DDD_RAW_TARGET_PATH, L"R:", device))
        return true;
    is = file_drive_is_disk("R:\\x");
    CU_ASSERT(DefineDosDeviceW(DDD_RAW_TARGET_PATH | DDD_REMOVE_DEFINITION | DDD_EXACT_MATCH_ON_REMOVE, L"R:",
                               device));
    return is;
}

/* Whoever is logged on gives a letter any meaning: a share, or a folder on a disk, over links to anywhere. */
static void a_letter_that_somebody_defined_is_no_disk(void)
{
    CU_ASSERT_TRUE(file_drive_is_disk("C:\\"));
    CU_ASSERT_TRUE(file_drive_is_disk("c:\\x\\y"));
    CU_ASSERT_FALSE(file_drive_is_disk("R:\\x"));
    CU_ASSERT_FALSE(file_drive_is_disk("\\\\server\\share"));
    CU_ASSERT_FALSE(file_drive_is_disk(""));
    CU_ASSERT_FALSE(file_drive_is_disk("::\\"));
    if (!DefineDosDeviceW(DDD_RAW_TARGET_PATH, L"R:", L"\\??\\C:\\users"))
        HARNESS_SKIP("no drive can be defined here");
    CU_ASSERT_FALSE(file_drive_is_disk("R:\\x"));
    CU_ASSERT(DefineDosDeviceW(DDD_RAW_TARGET_PATH | DDD_REMOVE_DEFINITION | DDD_EXACT_MATCH_ON_REMOVE, L"R:",
                               L"\\??\\C:\\users"));
    CU_ASSERT_FALSE(is_disk_as(L"\\??\\UNC\\evil\\share"));
    CU_ASSERT_FALSE(is_disk_as(L"\\Device\\Mup\\evil\\share"));
}

const struct harness_suite filesystem_drive_suite = {
    "filesystem_drive",
    (const struct harness_test[]){
        {"a letter that somebody defined is no disk", a_letter_that_somebody_defined_is_no_disk},
        {NULL, NULL},
    },
};
