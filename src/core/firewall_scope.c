/*
 * firewall_scope.c - lists of addresses and ports as sets: read into ranges, sorted, joined where they touch.
 */
#include "core/firewall_scope.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define MOST_RANGES 64 /* a rule of ours has 6 */
#define MOST_PART   64 /* bytes of one address */

/* The kind first, then the number, the greatest byte first: so memcmp is the order. */
#define KEY_SIZE 17
enum kind { KIND_PORT = 2, KIND_IPV4 = 4, KIND_IPV6 = 16 }; /* the size of its number */

struct range {
    uint8_t least[KEY_SIZE], most[KEY_SIZE];
};

struct scope {
    struct range ranges[MOST_RANGES];
    size_t count;
};

static bool add(struct scope *scope, const struct range *range)
{
    if (scope->count == MOST_RANGES || range->least[0] != range->most[0] ||
        memcmp(range->least, range->most, KEY_SIZE) > 0)
        return false;
    scope->ranges[scope->count++] = *range;
    return true;
}

static bool add_all(struct scope *scope, enum kind kind)
{
    struct range range = {{0}, {0}};

    range.least[0] = range.most[0] = (uint8_t)kind;
    memset(range.most + 1, 0xFF, kind);
    return add(scope, &range);
}

/* Decimal or hexadecimal digits, at most `most`; moves *text behind them. */
static bool read_number(const char **text, unsigned base, uint32_t most, uint32_t *number)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *start = *text;
    uint32_t made = 0;

    while (**text) {
        const char *digit = strchr(digits, **text);
        uint32_t value = digit ? (uint32_t)(digit - digits) % 16 : base;

        if (value >= base)
            break;
        made = made * base + value;
        if (made > most)
            return false;
        (*text)++;
    }
    *number = made;
    return *text > start;
}

static bool read_ipv4(const char *text, uint8_t key[KEY_SIZE])
{
    uint32_t number;

    key[0] = KIND_IPV4;
    for (int i = 0; i < 4; i++) {
        if ((i && *text++ != '.') || !read_number(&text, 10, 255, &number))
            return false;
        key[1 + i] = (uint8_t)number;
    }
    return !*text;
}

/* Groups of 16 bits; "::" once stands for as many zeros as are missing. */
static bool read_ipv6(const char *text, uint8_t key[KEY_SIZE])
{
    uint8_t groups[16] = {0};
    size_t count = 0;
    size_t gap = SIZE_MAX;

    if (text[0] == ':' && text[1] != ':')
        return false;
    while (*text) {
        uint32_t number;

        if (text[0] == ':' && text[1] == ':') {
            if (gap != SIZE_MAX)
                return false;
            gap = count;
            text += 2;
            continue;
        }
        if (count && gap != count && *text++ != ':')
            return false;
        if (count == 8 || !read_number(&text, 16, 0xFFFF, &number))
            return false;
        groups[2 * count] = (uint8_t)(number >> 8);
        groups[2 * count + 1] = (uint8_t)number;
        count++;
    }
    if (gap == SIZE_MAX ? count != 8 : count == 8)
        return false;
    if (gap == SIZE_MAX)
        gap = 8;

    memset(key, 0, KEY_SIZE);
    key[0] = KIND_IPV6;
    memcpy(key + 1, groups, 2 * gap);
    memcpy(key + KEY_SIZE - 2 * (count - (gap < count ? gap : count)), groups + 2 * gap,
           2 * (count - (gap < count ? gap : count)));
    return true;
}

static bool read_address(const char *text, uint8_t key[KEY_SIZE])
{
    memset(key, 0, KEY_SIZE);
    return strchr(text, ':') ? read_ipv6(text, key) : read_ipv4(text, key);
}

static bool read_port(const char *text, uint8_t key[KEY_SIZE])
{
    uint32_t number;

    if (!read_number(&text, 10, 65535, &number) || *text)
        return false;
    memset(key, 0, KEY_SIZE);
    key[0] = KIND_PORT;
    key[1] = (uint8_t)(number >> 8);
    key[2] = (uint8_t)number;
    return true;
}

/* "8" or "255.0.0.0" to how many bits count. */
static bool read_prefix(const char *text, enum kind kind, unsigned *bits)
{
    uint8_t mask[KEY_SIZE] = {0};
    uint32_t number = 0;
    const char *end = text;

    if (kind == KIND_IPV4 && strchr(text, '.')) {
        if (!read_ipv4(text, mask))
            return false;
        while (number < 32 && mask[1 + number / 8] & (0x80 >> number % 8))
            number++;
        for (uint32_t rest = number; rest < 32; rest++) {
            if (mask[1 + rest / 8] & (0x80 >> rest % 8))
                return false;
        }
    } else if (!read_number(&end, 10, 8u * kind, &number) || *end)
        return false;
    *bits = number;
    return true;
}

static bool add_network(struct scope *scope, const uint8_t address[KEY_SIZE], const char *prefix)
{
    struct range range;
    unsigned bits;

    if (!read_prefix(prefix, (enum kind)address[0], &bits))
        return false;
    memcpy(range.least, address, KEY_SIZE);
    memcpy(range.most, address, KEY_SIZE);
    for (unsigned bit = bits; bit < 8u * address[0]; bit++) {
        range.least[1 + bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
        range.most[1 + bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    }
    return add(scope, &range);
}

typedef bool (*read_one)(const char *text, uint8_t key[KEY_SIZE]);

/* One part between commas, taken apart in place. */
static bool add_part(struct scope *scope, char *part, read_one read)
{
    char *dash = strchr(part, '-');
    char *slash = strchr(part, '/');
    struct range range;

    if (!strcmp(part, "*"))
        return read == read_port ? add_all(scope, KIND_PORT)
                                 : add_all(scope, KIND_IPV4) && add_all(scope, KIND_IPV6);
    if (dash)
        *dash++ = '\0';
    if (slash)
        *slash++ = '\0';
    if (!read(part, range.least) || (slash && (dash || read == read_port)))
        return false;
    if (slash)
        return add_network(scope, range.least, slash);
    if (!read(dash ? dash : part, range.most))
        return false;
    return add(scope, &range);
}

static int compare(const void *a, const void *b)
{
    return memcmp(((const struct range *)a)->least, ((const struct range *)b)->least, KEY_SIZE);
}

/* Is `next` the number right behind `most`? */
static bool touches(const uint8_t most[KEY_SIZE], const uint8_t next[KEY_SIZE])
{
    uint8_t after[KEY_SIZE];
    size_t i = most[0];

    memcpy(after, most, KEY_SIZE);
    while (i && ++after[i] == 0)
        i--;
    return i && !memcmp(after, next, KEY_SIZE);
}

static void join(struct scope *scope)
{
    size_t kept = 0;

    qsort(scope->ranges, scope->count, sizeof scope->ranges[0], compare);
    for (size_t i = 1; i < scope->count; i++) {
        struct range *last = &scope->ranges[kept];
        const struct range *next = &scope->ranges[i];
        bool apart = last->most[0] != next->least[0] ||
                     (memcmp(next->least, last->most, KEY_SIZE) > 0 && !touches(last->most, next->least));

        if (apart)
            scope->ranges[++kept] = *next;
        else if (memcmp(next->most, last->most, KEY_SIZE) > 0)
            memcpy(last->most, next->most, KEY_SIZE);
    }
    if (scope->count)
        scope->count = kept + 1;
}

static bool read_scope(const char *text, read_one read, struct scope *scope)
{
    scope->count = 0;
    do {
        char part[MOST_PART];
        size_t size = strcspn(text, ",");

        if (size >= sizeof part)
            return false;
        memcpy(part, text, size);
        part[size] = '\0';
        if (!add_part(scope, part, read))
            return false;
        text += size;
    } while (*text++ == ',');
    join(scope);
    return true;
}

static bool scopes_equal(const char *a, const char *b, read_one read)
{
    struct scope left;
    struct scope right;

    a = a && *a ? a : "*";
    b = b && *b ? b : "*";
    if (!read_scope(a, read, &left) || !read_scope(b, read, &right))
        return text_equal_ascii_nocase(a, b);
    return left.count == right.count &&
           !memcmp(left.ranges, right.ranges, left.count * sizeof left.ranges[0]);
}

bool scope_addresses_equal(const char *a, const char *b)
{
    return scopes_equal(a, b, read_address);
}

bool scope_ports_equal(const char *a, const char *b)
{
    return scopes_equal(a, b, read_port);
}
