/*
 * machine_record.c - which SIDs our accounts and groups were given.
 */
#include "core/machine_record.h"
#include "base/memory.h"
#include "os/registry.h"

#define KEY  "SOFTWARE\\sbxcom\\identities"
#define STOP "SOFTWARE"

sbx_status record_read(const char *name, char **sid, struct sbx_error *error)
{
    struct sbx_error met = {0};
    char *text = NULL;
    sbx_status status = registry_read_text(KEY, name, &text, &met);

    if (status && status != SBX_E_PATH_NOT_FOUND) {
        if (error && !error->code)
            *error = met;
        return status;
    }
    *sid = text;
    return SBX_OK;
}

sbx_status record_write(const char *name, const char *sid, struct sbx_error *error)
{
    return registry_write_text(KEY, name, sid, error);
}

sbx_status record_delete(const char *name, struct sbx_error *error)
{
    return registry_delete(KEY, name, STOP, error);
}

sbx_status record_list_sids(struct sbx_strings *sids, struct sbx_error *error)
{
    struct sbx_error met = {0};
    struct sbx_strings names = {0}, found = {0};
    sbx_status status = registry_list(KEY, &names, &met);

    if (status == SBX_E_PATH_NOT_FOUND)
        status = SBX_OK;
    else if (status && error && !error->code)
        *error = met;
    for (size_t i = 0; i < names.count && !status; i++) {
        char *sid = NULL;

        status = record_read(names.items[i], &sid, error);
        if (!status && sid && strings_append(&found, sid))
            status = error_memory(error, "a list");
        sbx_free(sid);
    }
    strings_free(&names);
    if (status) {
        strings_free(&found);
        return status;
    }
    *sids = found;
    return SBX_OK;
}
