/*
 * oracle.h - who may do what, by a second reading of the specification.
 *
 * The simulation decides every access with this and never with core/access_check, which Explain uses: two
 * readings by two roads must agree. So this one works on the stored bytes and not on core's parts of them,
 * and it asks of every single right whether it is given, instead of walking a list once with what is left to
 * grant. Nothing of src/core is called here; the types of a token and of a mapping are shared, their meaning
 * is written down twice.
 *
 * Read from: [MS-DTYP] 2.4.3 to 2.4.6, 2.5.3.1 to 2.5.3.3; "How DACLs Control Access to an Object",
 * "Restricted Tokens", "SID Attributes in an Access Token", "Mandatory Integrity Control" (Microsoft); J.
 * Forshaw, "Windows Security Internals", chapter 7.
 */
#ifndef TESTS_SIM_ORACLE_H
#define TESTS_SIM_ORACLE_H

#include "core/access_check.h"

/*
 * `descriptor` is a well-formed self-relative one of `size` bytes. True when all of `wanted` is given;
 * *granted (may be NULL) is then what the handle would have, with MAXIMUM_ALLOWED everything that is given,
 * else 0.
 */
bool oracle_gives(const void *descriptor, size_t size, const struct access_token *token, uint32_t wanted,
                  const struct access_mapping *mapping, uint32_t *granted);

#endif
