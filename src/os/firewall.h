/*
 * firewall.h - rules of the Windows Firewall that are bound to a local group.
 *
 * Called by the elevated server alone. What was added is read back by firewall_read: INetFwRules::Add returns success
 * on hosts that do nothing (Wine 8.0), and group policy may make local rules count for nothing.
 */
#ifndef SBX_OS_FIREWALL_H
#define SBX_OS_FIREWALL_H

#include "base/text.h"

#include <stdbool.h>

enum firewall_direction { FIREWALL_OUT, FIREWALL_IN };

#define FIREWALL_ANY_PROTOCOL 256 /* NET_FW_IP_PROTOCOL_ANY */

struct firewall_rule {
    char *name;  /* stable and ours: by it the rule is found again */
    char *group; /* the rules' group in the user interface */
    char *description;
    char *users; /* SDDL, O:LSD:(A;;CC;;;SID): whom it is for */
    enum firewall_direction direction;
    uint16_t protocol;      /* 6 TCP, 17 UDP, FIREWALL_ANY_PROTOCOL */
    char *remote_addresses; /* "*", "127.0.0.0/8,::1" */
    char *remote_ports;     /* "*", "0-1023,1025-65535"; only with a protocol that has ports */
    bool allow;             /* else block */
    bool enabled;
};
void firewall_rule_free(struct firewall_rule *rule);

/* Properties first, then Add, on all profiles. SBX_E_STATE when one of that name is there. */
sbx_status firewall_add(const struct firewall_rule *rule, struct sbx_error *error);
sbx_status firewall_read(const char *name, struct firewall_rule *rule,
                         struct sbx_error *error); /* SBX_E_PATH_NOT_FOUND */
sbx_status firewall_remove(const char *name, struct sbx_error *error);
sbx_status firewall_list(const char *prefix, struct sbx_strings *names, struct sbx_error *error);

/*
 * Do local rules count, on every profile? SBX_OK, or SBX_E_FIREWALL_INEFFECTIVE with a text that says which profile and which policy
 * neutralizes them (INetFwPolicy2::LocalPolicyModifyState exactly S_OK and NET_FW_MODIFY_STATE_OK; firewall on).
 */
sbx_status firewall_effective(struct sbx_error *error);

#endif
