/*
 * security.h - security descriptors as the simulation reads and makes them, by its own code: text,
 * inheritance, the caller's rights.
 *
 * Nothing of src/core is called here: tests hold core's readings against these. The type of a token is
 * shared.
 */
#ifndef TESTS_SIM_SECURITY_H
#define TESTS_SIM_SECURITY_H

#include "os/identity.h"
#include "sim/oracle.h"

#include <stdint.h>

extern const struct access_mapping sim_file_mapping;

/* Bytes that grow, in world memory. */
struct sim_bytes {
    uint8_t *data;
    size_t size, room;
};
void sim_put(struct sim_bytes *bytes, const void *more, size_t size);
void sim_put16(struct sim_bytes *bytes, unsigned value);
void sim_put32(struct sim_bytes *bytes, uint32_t value);
void sim_bytes_free(struct sim_bytes *bytes);

/* Where a part of a self-relative descriptor begins and how long it is; NULL, 0 where it is not there. */
enum sim_part { SIM_OWNER, SIM_GROUP, SIM_SACL, SIM_DACL };
const uint8_t *sim_part_of(const void *descriptor, enum sim_part part, size_t *size);
unsigned sim_control_of(const void *descriptor);

/*
 * A self-relative descriptor of parts; owner, group, SACL, DACL one behind the other as NTFS stores them.
 * NULL: none.
 */
void sim_build(unsigned control, const void *owner, const void *group, const void *sacl, const void *dacl,
               struct sim_bytes *out);

/*
 * SDDL as far as tests need it (well-known letters for SIDs and rights, numbers, D: with its flags, S: with
 * labels). Aborts at what it does not understand. sim_descriptor_text is for messages; freed with free.
 */
void sim_sddl(const char *text, struct sim_bytes *out);
void sim_sid(const char *text, uint8_t sid[68]);
void sim_sid_text(const struct sid *sid, char text[SID_TEXT_SIZE]); /* numbers in decimal */
char *sim_descriptor_text(const void *descriptor);

/*
 * The descriptor of a new object in a folder with `parent` (NULL: none), made by `token` without a descriptor
 * of its own: [MS-DTYP] 2.5.3.4. `mapping` for generic rights in what it inherits.
 */
void sim_inherit(const void *parent, bool is_container, const struct access_token *token,
                 const struct access_mapping *mapping, struct sim_bytes *out);

/* Who is calling: the ordinary user, unless the test says otherwise (sim_call_as). */
const struct access_token *sim_caller(void);
const struct access_token *sim_caller_set(const struct access_token *token); /* what was set before */
bool sim_is_administrator(const struct access_token *token);                 /* the group grants */

#endif
