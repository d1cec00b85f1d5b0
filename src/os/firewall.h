/*
 * firewall.h - rules of the Windows Firewall that are bound to a local group.
 *
 * Called by the elevated server alone. What was added is read back by firewall_read: INetFwRules::Add returns success
 * on hosts that do nothing (Wine 8.0), and group policy may make local rules count for nothing.
 *
 * Each call initializes COM for itself where the thread has not, in the multi-threaded apartment. SBX_E_UNSUPPORTED_HOST from all of
 * them where rules cannot name users: Windows 7, and Wine, whose rules cannot be read. SBX_E_FIREWALL_INEFFECTIVE while the firewall's service is
 * stopped. SBX_E_SYSTEM with 5 for who is no administrator, 87 for what the firewall refuses.
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
    uint16_t protocol; /* 6 TCP, 17 UDP, FIREWALL_ANY_PROTOCOL */
    /*
     * "*", "127.0.0.0/8,::1" and "*", "0-1023,1025-65535" (only with a protocol that has ports). Windows keeps what they mean and not how they were
     * written: "127.0.0.0/8" is read as "127.0.0.0/255.0.0.0". Compare with core/firewall_scope.
     */
    char *remote_addresses;
    char *remote_ports;
    bool allow; /* else block */
    bool
        enabled; /* read: and on all profiles, for every program, service, interface and local address and port */
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
