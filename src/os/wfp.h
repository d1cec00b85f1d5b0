/*
 * wfp.h - filters of the Windows Filtering Platform, persistent, in a provider and sublayer of ours.
 *
 * Called by the elevated server alone. All changes of one wfp_apply are one transaction: after it, or after a power cut in it,
 * all of them hold or none.
 */
#ifndef SBX_OS_WFP_H
#define SBX_OS_WFP_H

#include "base/text.h"

#include <stdbool.h>

enum wfp_layer {               /* each is added for IPv4 and IPv6 */
                 WFP_CONNECT,  /* FWPM_LAYER_ALE_AUTH_CONNECT */
                 WFP_LISTEN,   /* FWPM_LAYER_ALE_AUTH_LISTEN */
                 WFP_ACCEPT,   /* FWPM_LAYER_ALE_AUTH_RECV_ACCEPT */
                 WFP_RESOURCE, /* FWPM_LAYER_ALE_RESOURCE_ASSIGNMENT: raw sockets, ICMP */
                 WFP_LAYER_COUNT,
};

struct wfp_filter {
    char key[40]; /* GUID as text, without braces: ours, derived from user and purpose */
    char *name;
    enum wfp_layer layer;
    bool ipv6;
    bool permit;                    /* else block */
    uint8_t weight;                 /* 0..15, the greater first within our sublayer */
    char *user_sid;                 /* group that the filter is for (ALE_USER_ID) */
    uint8_t protocol;               /* 0: any */
    uint16_t port_least, port_most; /* remote port; 0, 0: any */
    bool loopback_only;
};
void wfp_filter_free(struct wfp_filter *filter);

struct wfp_change {
    const struct wfp_filter *add; /* NULL: `remove` */
    const char *remove;           /* key */
};

/*
 * Adding makes provider and sublayer where they are missing; removing the last filter of ours removes them. Adding one that is there
 * as asked, or removing one that is not, is fine. SBX_E_UNSUPPORTED_HOST where there is no WFP or its service does not run (all calls here),
 * SBX_E_ARGUMENT for a key, SID or filter that is none, SBX_E_SYSTEM.
 */
sbx_status wfp_apply(const struct wfp_change *changes, size_t count, struct sbx_error *error);
/*
 * SBX_E_PATH_NOT_FOUND: none of that key, or a stranger's. One of ours that somebody made into something that no struct wfp_filter
 * says (another sublayer, a further condition, disabled, not persistent) has the user_sid "", so that it is equal to none.
 */
sbx_status wfp_read(const char *key, struct wfp_filter *filter, struct sbx_error *error);
sbx_status wfp_list(struct sbx_strings *keys, struct sbx_error *error); /* our provider's */

#endif
