/*
 * descriptor_random.h - random security descriptors, for the properties that must hold for all of them.
 *
 * Every case has a seed of its own, so that the one that fails can be run again alone: SBX_SEED=n SBX_CASES=1
 * with the n that the failing test prints.
 */
#ifndef TESTS_CORE_DESCRIPTOR_RANDOM_H
#define TESTS_CORE_DESCRIPTOR_RANDOM_H

#include "core/access_check.h"

struct chance {
    uint64_t state;
};

/* The cases of a test: `usual_count`, or what SBX_CASES says; the first one's seed by SBX_SEED or fixed. */
struct cases {
    uint64_t first_seed;
    unsigned long count;
};
struct cases chance_cases(unsigned long usual_count);

/* Prints, once per test, how to run the failed case again. */
void chance_failed(const char *test, uint64_t seed);

void chance_seed(struct chance *chance, uint64_t seed);
uint32_t chance_any(struct chance *chance);
uint32_t chance_below(struct chance *chance, uint32_t limit); /* 0 .. limit - 1 */
bool chance_percent(struct chance *chance, uint32_t percent);

/* One of a few that turn up again and again, well-known and made up; rarely any other. */
struct sid chance_sid(struct chance *chance);

/*
 * A well-formed ACL with up to `most` entries: explicit and inherited in any order, all types that there are
 * and some that there are not, bytes behind SIDs, slack, filled reserved fields. `sane`: as an object would
 * have it, and made for collisions: known types, few bits in the masks, every SID well-formed.
 */
void chance_acl(struct chance *chance, unsigned most, bool sane, struct sbx_buffer *out);

/* A well-formed descriptor of such lists: parts in any order, gaps, any control bits, NULL and no DACL. */
void chance_descriptor(struct chance *chance, unsigned most, struct sbx_buffer *out);

struct ace chance_ace(struct chance *chance); /* a plain allow or deny, now and then inherited */

#endif
