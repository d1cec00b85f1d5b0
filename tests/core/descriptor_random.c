/*
 * descriptor_random.c - random security descriptors.
 */
#include "core/descriptor_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cases chance_cases(unsigned long usual_count)
{
    const char *seed = getenv("SBX_SEED");
    const char *count = getenv("SBX_CASES");
    struct cases cases = {20240229, usual_count};

    if (seed)
        cases.first_seed = strtoull(seed, NULL, 0);
    if (count)
        cases.count = strtoul(count, NULL, 0);
    return cases;
}

void chance_failed(const char *test, uint64_t seed)
{
    static const char *last;

    if (test != last)
        fprintf(stderr, "%s: failed for SBX_SEED=%llu SBX_CASES=1\n", test, (unsigned long long)seed);
    last = test;
}

void chance_seed(struct chance *chance, uint64_t seed)
{
    chance->state = seed;
    chance_any(chance);
}

/* SplitMix64 (Steele, Lea, Flood 2014): neighbouring seeds give unrelated rows. */
uint32_t chance_any(struct chance *chance)
{
    uint64_t value = chance->state += UINT64_C(0x9E3779B97F4A7C15);

    value = (value ^ value >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ value >> 27) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)(value >> 32);
}

uint32_t chance_below(struct chance *chance, uint32_t limit)
{
    return (uint32_t)((uint64_t)chance_any(chance) * limit >> 32);
}

bool chance_percent(struct chance *chance, uint32_t percent)
{
    return chance_below(chance, 100) < percent;
}

struct sid chance_sid(struct chance *chance)
{
    static const char *const texts[] = {
        "S-1-1-0",
        "S-1-5-32-545",
        "S-1-5-21-1-2-3-1001",
        "S-1-5-21-1-2-3-1002",
        "S-1-5-12",
        "S-1-3-4",
        "S-1-3-0",
        "S-1-9-77-1-2-3-4",
        "S-1-5-10",
    };
    static struct sid pool[sizeof texts / sizeof texts[0]];
    struct sid sid = {{1}, 8};

    if (!pool[0].size)
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
            sid_parse(texts[i], &pool[i], NULL);

    if (!chance_percent(chance, 3))
        return pool[chance_below(chance, sizeof texts / sizeof texts[0])];

    sid.bytes[1] = (uint8_t)chance_below(chance, 16);
    sid.size = (uint8_t)(8 + 4 * sid.bytes[1]);
    for (size_t i = 2; i < sid.size; i++)
        sid.bytes[i] = (uint8_t)chance_any(chance);
    return sid;
}

static void append_any(struct chance *chance, size_t size, struct sbx_buffer *out)
{
    for (size_t i = 0; i < size; i++)
        buffer_append(out, (const uint8_t[]){(uint8_t)chance_any(chance)}, 1);
}

static void append_sid(struct chance *chance, struct sbx_buffer *out)
{
    struct sid sid = chance_sid(chance);

    buffer_append(out, sid.bytes, sid.size);
}

static uint32_t chance_mask(struct chance *chance, bool sane)
{
    static const uint32_t masks[] = {0x1F01FF, 0x1201BF, 0x120089, 0x120116, 0x1200A0, 0x10000, 0x40,
                                     0x40000,  0x80000,  0x20000,  0x2,      0x1,      0x100000};
    uint32_t mask;

    if (!sane && chance_percent(chance, 50))
        return chance_any(chance);

    mask = masks[chance_below(chance, sizeof masks / sizeof masks[0])];
    if (chance_percent(chance, 30))
        mask |= masks[chance_below(chance, sizeof masks / sizeof masks[0])];
    if (chance_percent(chance, 6))
        mask |= 1u << (28 + chance_below(chance, 4));
    if (chance_percent(chance, 2))
        mask |= 0x3000000; /* what no entry can give */
    return mask;
}

/* The body behind the header, by what the type asks for; `sane` leaves no type without it. */
static void append_body(struct chance *chance, uint8_t type, bool sane, struct sbx_buffer *out)
{
    bool object =
        (type >= 0x05 && type <= 0x08) || type == 0x0B || type == 0x0C || type == 0x0F || type == 0x10;
    bool callback = type >= 0x09 && type <= 0x10;
    uint32_t present = chance_below(chance, 4);

    if (!sane && chance_percent(chance, 15)) { /* no SID where there should be one */
        append_any(chance, 4 * chance_below(chance, 12), out);
        return;
    }
    if (type > 0x15) {
        append_any(chance, 4 * chance_below(chance, 8), out);
        return;
    }

    buffer_append_u32(out, chance_mask(chance, sane));
    if (object) {
        buffer_append_u32(out, present | (sane ? 0 : chance_any(chance) & ~3u));
        append_any(chance, 16 * ((present & 1) + (present >> 1)), out);
    }
    append_sid(chance, out);
    if (callback || type == 0x12 || chance_percent(chance, 5)) {
        if (callback && chance_percent(chance, 70))
            buffer_append(out, "artx", 4);
        append_any(chance, 4 * chance_below(chance, 6), out);
    }
}

static void append_entry(struct chance *chance, bool sane, struct sbx_buffer *out)
{
    static const uint8_t common[] = {0, 0, 0, 0, 1, 1, 1, 2, 5, 6, 9, 0x0A, 0x0B, 0x0C};
    struct sbx_buffer body = SBX_BUFFER_EMPTY;
    uint8_t type = common[chance_below(chance, sizeof common)];
    uint8_t flags = 0;

    if (chance_percent(chance, sane ? 4 : 20))
        type = (uint8_t)chance_below(chance, chance_percent(chance, 80) ? 0x17 : 0x100);
    if (chance_percent(chance, 30))
        flags |= ACE_INHERITED;
    if (chance_percent(chance, 30))
        flags |= (uint8_t)chance_below(chance, 4);
    if (chance_percent(chance, 8))
        flags |= ACE_INHERIT_ONLY;
    if (!sane && chance_percent(chance, 10))
        flags = (uint8_t)chance_any(chance);

    append_body(chance, type, sane, &body);
    buffer_append(out, (const uint8_t[]){type, flags}, 2);
    buffer_append_u16(out, (uint16_t)(4 + body.size));
    buffer_append(out, body.data, body.size);
    buffer_free(&body);
}

void chance_acl(struct chance *chance, unsigned most, bool sane, struct sbx_buffer *out)
{
    struct sbx_buffer entries = SBX_BUFFER_EMPTY;
    unsigned count = chance_below(chance, most + 1);

    for (unsigned i = 0; i < count; i++)
        append_entry(chance, sane, &entries);
    if (chance_percent(chance, 20))
        append_any(chance, 4 * chance_below(chance, 8), &entries);

    buffer_append(out, (const uint8_t[]){(uint8_t)(2 + chance_below(chance, 3)), 0}, 2);
    buffer_append_u16(out, (uint16_t)(8 + entries.size));
    buffer_append_u16(out, (uint16_t)count);
    buffer_append_u16(out, chance_percent(chance, 10) ? (uint16_t)chance_any(chance) : 0);
    buffer_append(out, entries.data, entries.size);
    buffer_free(&entries);
}

void chance_descriptor(struct chance *chance, unsigned most, struct sbx_buffer *out)
{
    struct sbx_buffer body = SBX_BUFFER_EMPTY;
    uint8_t order[] = {0, 1, 2, 3}; /* owner, group, SACL, DACL, as the offsets in the header */
    uint32_t offsets[4] = {0};
    uint16_t control = (uint16_t)(chance_any(chance) | SD_SELF_RELATIVE);

    if (chance_percent(chance, 90))
        control |= SD_DACL_PRESENT;
    for (unsigned i = 3; i > 0; i--) {
        unsigned other = chance_below(chance, i + 1);
        uint8_t kept = order[i];

        order[i] = order[other];
        order[other] = kept;
    }

    for (unsigned i = 0; i < 4; i++) {
        if (chance_percent(chance, 12))
            continue;
        if (chance_percent(chance, 15))
            append_any(chance, 1 + chance_below(chance, 12), &body);
        if (order[i] < 2 && offsets[1 - order[i]] && chance_percent(chance, 10)) {
            offsets[order[i]] = offsets[1 - order[i]]; /* one SID for owner and group */
            continue;
        }
        offsets[order[i]] = (uint32_t)(20 + body.size);
        if (order[i] < 2)
            append_sid(chance, &body);
        else
            chance_acl(chance, most, false, &body);
    }
    if (chance_percent(chance, 15))
        append_any(chance, 1 + chance_below(chance, 12), &body);

    buffer_append(out, (const uint8_t[]){1, chance_percent(chance, 20) ? (uint8_t)chance_any(chance) : 0}, 2);
    buffer_append_u16(out, control);
    for (unsigned i = 0; i < 4; i++)
        buffer_append_u32(out, offsets[i]);
    buffer_append(out, body.data, body.size);
    buffer_free(&body);
}

struct ace chance_ace(struct chance *chance)
{
    struct ace ace;

    memset(&ace, 0, sizeof ace);
    ace.type = chance_percent(chance, 40) ? ACE_DENY : ACE_ALLOW;
    ace.flags = (uint8_t)(chance_below(chance, 4) | (chance_percent(chance, 30) ? ACE_INHERITED : 0));
    ace.mask = chance_mask(chance, true);
    ace.sid = chance_sid(chance);
    return ace;
}
