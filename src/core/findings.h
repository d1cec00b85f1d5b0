/*
 * findings.h - what holds, domain by domain: the content of every report.
 *
 * Nine domains, each with an assurance that was measured, the one that the policy requires, and three texts:
 * by what mechanism, what was seen, and what would raise it. Pure data; who measures is attest and probe, who
 * shows is COM.
 */
#ifndef SBX_CORE_FINDINGS_H
#define SBX_CORE_FINDINGS_H

#include "base/buffer.h"
#include "base/status.h"

#include <stdbool.h>

enum sbx_domain {
    SBX_FILE_WRITE,
    SBX_FILE_DELETE,
    SBX_FILE_READ,
    SBX_NETWORK,
    SBX_PROCESS,
    SBX_DESKTOP,
    SBX_RESOURCES, /* limits */
    SBX_LIFETIME,  /* the tree ends with its session */
    SBX_HANDLES,   /* only listed handles are inherited */
    SBX_DOMAIN_COUNT,
};

enum sbx_assurance { SBX_ABSENT, SBX_ADVISORY, SBX_ENFORCED, SBX_VERIFIED };

/* "fileWrite", ... as policies and reports spell them. Constant. */
const char *domain_name(enum sbx_domain domain);
bool domain_from_name(const char *name, enum sbx_domain *domain);

/* "absent", "advisory", "enforced", "verified". Constant. */
const char *assurance_name(enum sbx_assurance assurance);
bool assurance_from_name(const char *name, enum sbx_assurance *assurance);

struct finding {
    char *domain; /* a domain's name, or a host fact's ("workspace", "wine") in host reports */
    enum sbx_assurance assurance;
    enum sbx_assurance required;
    char *mechanism; /* owned texts, "" never NULL */
    char *detail;
    char *fix;
};

struct findings {
    struct finding *items; /* in the order of enum sbx_domain where they are domains */
    size_t count;
};

void findings_free(struct findings *findings);
sbx_status findings_copy(const struct findings *from, struct findings *to);

/* Copies the texts (NULL counts as ""). SBX_E_MEMORY, then nothing was added. */
sbx_status findings_add(struct findings *findings, const char *domain, enum sbx_assurance assurance,
                        enum sbx_assurance required, const char *mechanism, const char *detail,
                        const char *fix);

const struct finding *findings_find(const struct findings *findings, const char *domain); /* NULL: none */

/* Nothing is below what is required. */
bool findings_meet(const struct findings *findings);

/*
 * SBX_OK when findings_meet; else SBX_E_BELOW_REQUIREMENT with a text that names each failing domain with its
 * detail and fix, and ends with the exact `require` object that this host meets (every required domain, those
 * below lowered to what was measured), ready to be pasted.
 */
sbx_status findings_check(const struct findings *findings, struct sbx_error *error);

/*
 * {"fileWrite": "absent", ...}: the `require` object that these findings meet, for domains with a
 * requirement.
 */
void findings_write_require(const struct findings *findings, struct sbx_buffer *out);

/* A table for people, UTF-8, lines ended by \r\n; and the same as JSON (an array of objects). */
void findings_write_text(const struct findings *findings, struct sbx_buffer *out);
void findings_write_json(const struct findings *findings, struct sbx_buffer *out);

/*
 * The same array for putting into something larger: jansson's json_t, released with json_decref; NULL without
 * memory.
 */
struct json_t;
struct json_t *findings_as_json(const struct findings *findings);

#endif
