/*
 * profile.c - the profiles of os/account.h in the simulation: which SIDs have one, and which of them is loaded.
 */
#include "os/account.h"
#include "sim/machine.h"
#include "sim/security.h"
#include "sim/snapshot.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct profile {
    char *sid;
    bool loaded;
    struct profile *next;
} * profiles;

static struct profile **find(const char *sid)
{
    struct profile **link = &profiles;

    while (*link && strcmp((*link)->sid, sid) != 0)
        link = &(*link)->next;
    return link;
}

static void take_out(struct profile **link)
{
    struct profile *profile = *link;

    *link = profile->next;
    free(profile->sid);
    free(profile);
}

void sim_profiles_reset(void)
{
    while (profiles)
        take_out(&profiles);
}

void sim_add_profile(const char *sid, bool loaded)
{
    struct profile **link = find(sid);

    if (!*link) {
        *link = sim_allocate(sizeof **link);
        (*link)->sid = sim_duplicate(sid);
    }
    (*link)->loaded = loaded;
}

bool sim_has_profile(const char *sid)
{
    return *find(sid) != NULL;
}

sbx_status account_delete_profile(const char *sid, struct sbx_error *error)
{
    sbx_status status = sim_enter("DeleteProfile", error);

    if (!status && !sim_is_administrator(sim_caller()))
        status = error_system(error, "DeleteProfile", SIM_ERROR_ACCESS_DENIED);
    if (status || !*find(sid))
        return status;
    if ((*find(sid))->loaded)
        return error_system(error, "DeleteProfile", SIM_ERROR_SHARING_VIOLATION);
    status = sim_change("DeleteProfile", error);
    if (status)
        return status;
    take_out(find(sid));
    return sim_changed("DeleteProfile", error);
}

void sim_profiles_snapshot(struct sim_snapshot *snapshot)
{
    char key[256];

    for (const struct profile *profile = profiles; profile; profile = profile->next) {
        snprintf(key, sizeof key, "profile of %s", profile->sid);
        sim_snapshot_add(snapshot, key, profile->loaded ? "loaded" : "is there");
    }
}
