/*
 * wfp.c - os/wfp.h of the simulation: filters in a provider and sublayer of ours, changed in transactions,
 * and a classification that says what they do.
 */
#include "os/wfp.h"
#include "base/memory.h"
#include "sim/machine.h"
#include "sim/security.h"
#include "sim/snapshot.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stored {
    struct wfp_filter filter; /* its texts are world memory */
    struct stored *next;
};

static struct stored *store;
static bool provider; /* and sublayer: both come and go together */

static struct stored **find(struct stored **list, const char *key)
{
    while (*list && !text_equal_ascii_nocase((*list)->filter.key, key))
        list = &(*list)->next;
    return list;
}

void wfp_filter_free(struct wfp_filter *filter)
{
    sbx_free(filter->name);
    sbx_free(filter->user_sid);
    memset(filter, 0, sizeof *filter);
}

static void put(struct stored **list, const struct wfp_filter *filter)
{
    struct stored *stored = sim_allocate(sizeof *stored);

    stored->filter = *filter;
    stored->filter.name = sim_duplicate(filter->name ? filter->name : "");
    stored->filter.user_sid = sim_duplicate(filter->user_sid ? filter->user_sid : "");
    stored->next = *list;
    *list = stored;
}

static void take(struct stored **link)
{
    struct stored *stored = *link;

    *link = stored->next;
    free(stored->filter.name);
    free(stored->filter.user_sid);
    free(stored);
}

static bool same(const struct wfp_filter *a, const struct wfp_filter *b)
{
    return strcmp(a->name ? a->name : "", b->name ? b->name : "") == 0 && a->layer == b->layer &&
           a->ipv6 == b->ipv6 && a->permit == b->permit && a->weight == b->weight &&
           strcmp(a->user_sid ? a->user_sid : "", b->user_sid ? b->user_sid : "") == 0 &&
           a->protocol == b->protocol && a->port_least == b->port_least && a->port_most == b->port_most &&
           a->loopback_only == b->loopback_only;
}

static bool is_sound(const struct wfp_filter *filter)
{
    return strlen(filter->key) == 36 && filter->layer < WFP_LAYER_COUNT && filter->weight <= 15 &&
           filter->port_least <= filter->port_most;
}

/* One change on the transaction's copy. */
static sbx_status change(struct stored **list, const struct wfp_change *what, struct sbx_error *error)
{
    struct stored **there;

    if (!what->add) {
        there = find(list, what->remove);
        if (*there)
            take(there);
        return SBX_OK;
    }
    if (!is_sound(what->add))
        return error_system(error, "FwpmFilterAdd0", SIM_E_FWP_INVALID_PARAMETER);
    there = find(list, what->add->key);
    if (*there)
        return same(&(*there)->filter, what->add)
                   ? SBX_OK
                   : error_system(error, "FwpmFilterAdd0", SIM_E_FWP_ALREADY_EXISTS);
    put(list, what->add);
    return SBX_OK;
}

static void clear(struct stored **list)
{
    while (*list)
        take(list);
}

static sbx_status open_engine(struct sbx_error *error)
{
    sbx_status status = sim_enter("FwpmEngineOpen0", error);

    if (status)
        return status;
    if (sim_host.has_no_wfp)
        return error_set(error, SBX_E_UNSUPPORTED_HOST, "This host has no filtering platform.");
    if (!sim_is_administrator(sim_caller()))
        return error_system(error, "FwpmEngineOpen0", SIM_ERROR_ACCESS_DENIED);
    return SBX_OK;
}

/* Everything happens on a copy, which becomes the store at once or not at all. */
sbx_status wfp_apply(const struct wfp_change *changes, size_t count, struct sbx_error *error)
{
    struct stored *copy = NULL;
    sbx_status status = open_engine(error);

    if (!status)
        status = sim_enter("FwpmTransactionBegin0", error);
    if (status)
        return status;
    for (const struct stored *stored = store; stored; stored = stored->next)
        put(&copy, &stored->filter);
    for (size_t i = 0; i < count && !status; i++) {
        status = sim_enter(changes[i].add ? "FwpmFilterAdd0" : "FwpmFilterDeleteByKey0", error);
        if (!status)
            status = change(&copy, &changes[i], error);
    }
    if (!status)
        status = sim_enter("FwpmTransactionCommit0", error);
    if (!status)
        status = sim_change("FwpmTransactionCommit0", error);
    if (status || sim_host.drops_filters) {
        clear(&copy);
        return status ? status : sim_changed("FwpmTransactionCommit0", error);
    }
    clear(&store);
    store = copy;
    provider = store != NULL;
    return sim_changed("FwpmTransactionCommit0", error);
}

sbx_status wfp_read(const char *key, struct wfp_filter *filter, struct sbx_error *error)
{
    sbx_status status = open_engine(error);
    struct wfp_filter made;
    struct stored *stored;

    if (status)
        return status;
    stored = *find(&store, key);
    if (!stored)
        return error_set(error, SBX_E_PATH_NOT_FOUND, "There is no filter %s.", key);
    made = stored->filter;
    made.name = sbx_strdup(stored->filter.name);
    made.user_sid = sbx_strdup(stored->filter.user_sid);
    if (!made.name || !made.user_sid) {
        wfp_filter_free(&made);
        return error_memory(error, "a filter");
    }
    *filter = made;
    return SBX_OK;
}

sbx_status wfp_list(struct sbx_strings *keys, struct sbx_error *error)
{
    struct sbx_strings found = {0};
    sbx_status status = open_engine(error);

    if (status)
        return status;
    for (const struct stored *stored = store; stored && !status; stored = stored->next)
        status = strings_append(&found, stored->filter.key);
    if (status) {
        strings_free(&found);
        return error_memory(error, "keys");
    }
    *keys = found;
    return SBX_OK;
}

/* What tests ask and do. */

size_t sim_filter_count(void)
{
    size_t count = 0;

    for (const struct stored *stored = store; stored; stored = stored->next)
        count++;
    return count;
}

bool sim_has_provider(void)
{
    return provider;
}

bool sim_drop_filter(const char *key)
{
    if (!*find(&store, key))
        return false;
    take(find(&store, key));
    return true;
}

/*
 * The heaviest that matches decides; of two as heavy the block, which WFP leaves open and nobody may rely on.
 */
enum sim_verdict sim_filter_verdict(const char *sid, enum wfp_layer layer, bool ipv6, uint8_t protocol,
                                    uint16_t port, bool loopback)
{
    enum sim_verdict verdict = SIM_NO_FILTER;
    int heaviest = -1;

    for (const struct stored *stored = store; stored; stored = stored->next) {
        const struct wfp_filter *filter = &stored->filter;
        bool any_port = !filter->port_least && !filter->port_most;

        if (filter->layer != layer || filter->ipv6 != ipv6 || strcmp(filter->user_sid, sid) != 0 ||
            (filter->protocol && filter->protocol != protocol) || (filter->loopback_only && !loopback) ||
            (!any_port && (port < filter->port_least || port > filter->port_most)))
            continue;
        if (filter->weight < heaviest || (filter->weight == heaviest && filter->permit))
            continue;
        heaviest = filter->weight;
        verdict = filter->permit ? SIM_PERMITTED : SIM_BLOCKED;
    }
    return verdict;
}

void sim_wfp_reset(void)
{
    clear(&store);
    provider = false;
}

void sim_wfp_snapshot(struct sim_snapshot *snapshot)
{
    sim_snapshot_add(snapshot, "filter provider and sublayer", provider ? "are there" : "are not there");
    for (const struct stored *stored = store; stored; stored = stored->next) {
        const struct wfp_filter *filter = &stored->filter;
        char key[128], value[1024];

        snprintf(key, sizeof key, "filter %s", filter->key);
        snprintf(value, sizeof value, "%s: %s layer %d %s weight %u for %s protocol %u ports %u-%u%s",
                 filter->name, filter->permit ? "permit" : "block", (int)filter->layer,
                 filter->ipv6 ? "IPv6" : "IPv4", filter->weight, filter->user_sid, filter->protocol,
                 filter->port_least, filter->port_most, filter->loopback_only ? " loop-back" : "");
        sim_snapshot_add(snapshot, key, value);
    }
}
