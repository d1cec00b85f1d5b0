/*
 * access.h - rights on files and folders, and whether a token is given them.
 */
#ifndef TESTS_SIM_ACCESS_H
#define TESTS_SIM_ACCESS_H

#include "sim/file.h"
#include "sim/oracle.h"

enum sim_right { /* [MS-SMB2] 2.2.13.1 */
                 SIM_LIST = 0x1,
                 SIM_READ_DATA = 0x1,
                 SIM_ADD_FILE = 0x2,
                 SIM_WRITE_DATA = 0x2,
                 SIM_ADD_SUBDIRECTORY = 0x4,
                 SIM_APPEND_DATA = 0x4,
                 SIM_READ_EA = 0x8,
                 SIM_WRITE_EA = 0x10,
                 SIM_EXECUTE = 0x20,
                 SIM_TRAVERSE = 0x20,
                 SIM_DELETE_CHILD = 0x40,
                 SIM_READ_ATTRIBUTES = 0x80,
                 SIM_WRITE_ATTRIBUTES = 0x100,
                 SIM_DELETE = 0x10000,
                 SIM_READ_CONTROL = 0x20000,
                 SIM_WRITE_DAC = 0x40000,
                 SIM_WRITE_OWNER = 0x80000,
                 SIM_SYNCHRONIZE = 0x100000,
                 SIM_GENERIC_READ_FILE = 0x120089,
                 SIM_GENERIC_WRITE_FILE = 0x120116,
};

bool sim_gives(const struct sim_file *file, const struct access_token *token, uint32_t wanted);

/*
 * The same where NTFS also looks at the folder of the name that was used ([MS-FSA] 2.1.5.1.2): DELETE is
 * given by the folder's FILE_DELETE_CHILD, FILE_READ_ATTRIBUTES by its FILE_LIST_DIRECTORY. `folder` NULL: a
 * root.
 */
bool sim_gives_by_folder(const struct sim_file *file, const struct sim_file *folder,
                         const struct access_token *token, uint32_t wanted);

/* For the caller; SBX_E_SYSTEM with 5. */
sbx_status sim_allow(const char *call, const struct sim_file *file, const struct sim_file *folder,
                     uint32_t wanted, struct sbx_error *error);

#endif
