/*
 * firewall_scope.h - do two lists of addresses, or of ports, of a firewall rule mean the same?
 *
 * Windows keeps what a rule means and not how it was written: "127.0.0.0/8" is read back as "127.0.0.0/255.0.0.0", lists may come
 * sorted and joined. Pure. A list with anything in it that is no number ("LocalSubnet", "RPC") is compared as a text.
 */
#ifndef SBX_CORE_FIREWALL_SCOPE_H
#define SBX_CORE_FIREWALL_SCOPE_H

#include <stdbool.h>

/* "*", single addresses, "a/prefix", "a/mask", "a-b", IPv4 and IPv6, separated by commas. NULL and "" are "*". */
bool scope_addresses_equal(const char *a, const char *b);

/* "*", single ports and "a-b", separated by commas. */
bool scope_ports_equal(const char *a, const char *b);

#endif
