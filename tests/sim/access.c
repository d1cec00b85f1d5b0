/*
 * access.c - whether the caller may: every call on files asks here, and the oracle answers.
 */
#include "sim/access.h"
#include "sim/security.h"
#include "sim/world.h"

bool sim_gives(const struct sim_file *file, const struct access_token *token, uint32_t wanted)
{
    return oracle_gives(file->descriptor, file->descriptor_size, token, wanted, &sim_file_mapping, NULL);
}

bool sim_gives_by_folder(const struct sim_file *file, const struct sim_file *folder,
                         const struct access_token *token, uint32_t wanted)
{
    uint32_t left = wanted;

    if (folder && left & SIM_DELETE && sim_gives(folder, token, SIM_DELETE_CHILD))
        left &= ~SIM_DELETE;
    if (folder && left & SIM_READ_ATTRIBUTES && sim_gives(folder, token, SIM_LIST))
        left &= ~SIM_READ_ATTRIBUTES;
    return !left || sim_gives(file, token, left);
}

sbx_status sim_allow(const char *call, const struct sim_file *file, const struct sim_file *folder,
                     uint32_t wanted, struct sbx_error *error)
{
    if (sim_gives_by_folder(file, folder, sim_caller(), wanted))
        return SBX_OK;
    return error_system(error, call, SIM_ERROR_ACCESS_DENIED);
}
