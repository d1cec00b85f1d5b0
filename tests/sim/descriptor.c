/*
 * descriptor.c - security descriptors as bytes and as text, the simulation's own reading.
 */
#include "sim/security.h"
#include "sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct access_mapping sim_file_mapping = {0x120089, 0x120116, 0x1200A0, 0x1F01FF};

/* Bytes. */

void sim_put(struct sim_bytes *bytes, const void *more, size_t size)
{
    if (bytes->size + size + 1 > bytes->room) {
        size_t room = 2 * (bytes->size + size + 1) + 64;
        uint8_t *longer = realloc(bytes->data, room);

        if (!longer)
            abort();
        bytes->data = longer;
        bytes->room = room;
    }
    if (size)
        memcpy(bytes->data + bytes->size, more, size);
    bytes->size += size;
}

void sim_put16(struct sim_bytes *bytes, unsigned value)
{
    sim_put(bytes, (uint8_t[]){(uint8_t)value, (uint8_t)(value >> 8)}, 2);
}

void sim_put32(struct sim_bytes *bytes, uint32_t value)
{
    sim_put16(bytes, value & 0xFFFF);
    sim_put16(bytes, value >> 16);
}

void sim_bytes_free(struct sim_bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct sim_bytes){NULL, 0, 0};
}

static unsigned two(const uint8_t *at)
{
    return at[0] + at[1] * 256u;
}

static uint32_t four(const uint8_t *at)
{
    return two(at) + two(at + 2) * 65536u;
}

/* Parts. */

static size_t sid_size(const uint8_t *sid)
{
    return 8 + 4u * sid[1];
}

unsigned sim_control_of(const void *descriptor)
{
    return two((const uint8_t *)descriptor + 2);
}

const uint8_t *sim_part_of(const void *descriptor, enum sim_part part, size_t *size)
{
    static const uint8_t present[] = {[SIM_SACL] = 0x10, [SIM_DACL] = 0x04};
    const uint8_t *bytes = descriptor;
    uint32_t offset = four(bytes + 4 + 4 * part);
    bool is_list = part == SIM_SACL || part == SIM_DACL;

    *size = 0;
    if (!offset || (is_list && !(sim_control_of(bytes) & present[part])))
        return NULL;
    *size = is_list ? two(bytes + offset + 2) : sid_size(bytes + offset);
    return bytes + offset;
}

void sim_build(unsigned control, const void *owner, const void *group, const void *sacl, const void *dacl,
               struct sim_bytes *out)
{
    const uint8_t *parts[] = {[SIM_OWNER] = owner, [SIM_GROUP] = group, [SIM_SACL] = sacl, [SIM_DACL] = dacl};
    static const enum sim_part order[] = {SIM_SACL, SIM_DACL, SIM_OWNER, SIM_GROUP};
    size_t start = out->size;

    sim_put16(out, 1);
    sim_put16(out, control | 0x8000);
    sim_put(out, (uint8_t[16]){0}, 16);
    for (size_t i = 0; i < 4; i++) {
        const uint8_t *part = parts[order[i]];
        bool is_list = order[i] == SIM_SACL || order[i] == SIM_DACL;
        uint32_t offset = (uint32_t)(out->size - start);

        if (!part)
            continue;
        sim_put(out, part, is_list ? two(part + 2) : sid_size(part));
        for (size_t k = 0; k < 4; k++)
            out->data[start + 4 + 4 * order[i] + k] = (uint8_t)(offset >> (8 * k));
    }
}

/* Text. */

static void misunderstood(const char *text)
{
    fprintf(stderr, "The simulation does not understand %s\n", text);
    abort();
}

static const struct {
    char letters[3];
    const char *sid;
} people[] = {
    {"WD", "S-1-1-0"},      {"CO", "S-1-3-0"},      {"CG", "S-1-3-1"},      {"OW", "S-1-3-4"},
    {"NU", "S-1-5-2"},      {"IU", "S-1-5-4"},      {"SU", "S-1-5-6"},      {"AN", "S-1-5-7"},
    {"PS", "S-1-5-10"},     {"AU", "S-1-5-11"},     {"RC", "S-1-5-12"},     {"SY", "S-1-5-18"},
    {"LS", "S-1-5-19"},     {"NS", "S-1-5-20"},     {"WR", "S-1-5-33"},     {"BA", "S-1-5-32-544"},
    {"BU", "S-1-5-32-545"}, {"BG", "S-1-5-32-546"}, {"PU", "S-1-5-32-547"}, {"LW", "S-1-16-4096"},
    {"ME", "S-1-16-8192"},  {"HI", "S-1-16-12288"}, {"SI", "S-1-16-16384"}, {"AC", "S-1-15-2-1"},
};

/* "S-1-5-21-..." or two letters; what is behind it. */
static const char *read_sid(const char *text, uint8_t sid[68])
{
    const char *number = text;
    char *end;

    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        if (strncmp(text, people[i].letters, 2) == 0) {
            read_sid(people[i].sid, sid);
            return text + 2;
        }
    }
    if (strncmp(text, "S-1-", 4) != 0)
        misunderstood(text);
    memset(sid, 0, 68);
    sid[0] = 1;
    for (int i = -1; i < 15; i++) {
        unsigned long long value = strtoull(number + (i < 0 ? 4 : 1), &end, 0);

        if (i < 0) {
            for (int k = 0; k < 6; k++)
                sid[2 + k] = (uint8_t)(value >> (8 * (5 - k)));
        } else {
            for (int k = 0; k < 4; k++)
                sid[8 + 4 * i + k] = (uint8_t)(value >> (8 * k));
            sid[1]++;
        }
        number = end;
        if (*number != '-')
            break;
    }
    return number;
}

void sim_sid(const char *text, uint8_t sid[68])
{
    if (*read_sid(text, sid))
        misunderstood(text);
}

struct letters {
    char letters[3];
    uint32_t value;
};
static const struct letters rights[] = {
    {"FA", 0x1F01FF},   {"FR", 0x120089},   {"FW", 0x120116},   {"FX", 0x1200A0}, {"GA", 0x10000000},
    {"GR", 0x80000000}, {"GW", 0x40000000}, {"GX", 0x20000000}, {"SD", 0x10000},  {"RC", 0x20000},
    {"WD", 0x40000},    {"WO", 0x80000},    {"CC", 1},          {"DC", 2},        {"LC", 4},
    {"SW", 8},          {"RP", 0x10},       {"WP", 0x20},       {"DT", 0x40},     {"LO", 0x80},
    {"CR", 0x100},      {"NW", 1},          {"NR", 2},          {"NX", 4},
};
static const struct letters flags[] = {{"OI", 1}, {"CI", 2}, {"NP", 4}, {"IO", 8}, {"ID", 0x10}};
static const struct letters types[] = {{"A;", 0}, {"D;", 1}, {"ML", 0x11}};

static uint32_t look_up(const struct letters *table, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(text, table[i].letters, 2) == 0)
            return table[i].value;
    }
    misunderstood(text);
    return 0;
}
#define LOOK_UP(table, text) look_up(table, sizeof(table) / sizeof((table)[0]), text)

/* One entry, behind its bracket; what is behind the closing one. */
static const char *read_entry(const char *text, struct sim_bytes *out)
{
    uint32_t type = 0, flag = 0, mask = 0;
    uint8_t sid[68];

    type |= LOOK_UP(types, text);
    text = strchr(text, ';') + 1;
    for (; *text != ';'; text += 2)
        flag |= LOOK_UP(flags, text);
    text++;
    if (strncmp(text, "0x", 2) == 0)
        mask = (uint32_t)strtoul(text, (char **)&text, 16);
    for (; *text != ';'; text += 2)
        mask |= LOOK_UP(rights, text);
    if (strncmp(text, ";;;", 3) != 0)
        misunderstood(text);
    text = read_sid(text + 3, sid);
    if (*text != ')')
        misunderstood(text);

    sim_put16(out, type | flag << 8);
    sim_put16(out, (unsigned)(8 + sid_size(sid)));
    sim_put32(out, mask);
    sim_put(out, sid, sid_size(sid));
    return text + 1;
}

/* A list with its flags, behind "D:". *null: the NULL list. */
static const char *read_list(const char *text, struct sim_bytes *list, unsigned *control, bool *null)
{
    unsigned count = 0;

    *null = false;
    for (;;) {
        if (strncmp(text, "NO_ACCESS_CONTROL", 17) == 0) {
            *null = true;
            text += 17;
        } else if (strncmp(text, "AI", 2) == 0 || strncmp(text, "AR", 2) == 0) {
            *control |= text[1] == 'I' ? 0x400 : 0x100;
            text += 2;
        } else if (*text == 'P') {
            *control |= 0x1000;
            text++;
        } else
            break;
    }
    sim_put(list, "\2\0\0\0\0\0\0\0", 8);
    for (; *text == '('; count++)
        text = read_entry(text + 1, list);
    list->data[2] = (uint8_t)list->size;
    list->data[3] = (uint8_t)(list->size >> 8);
    list->data[4] = (uint8_t)count;
    list->data[5] = (uint8_t)(count >> 8);
    return text;
}

void sim_sddl(const char *text, struct sim_bytes *out)
{
    uint8_t owner[68], group[68];
    struct sim_bytes dacl = {0}, sacl = {0};
    bool has_owner = false, has_group = false, null = false, no_sacl = false;
    unsigned control = 0;
    unsigned sacl_control = 0;

    for (const char *at = text; *at;) {
        if (strncmp(at, "O:", 2) == 0 && !has_owner) {
            at = read_sid(at + 2, owner);
            has_owner = true;
        } else if (strncmp(at, "G:", 2) == 0 && !has_group) {
            at = read_sid(at + 2, group);
            has_group = true;
        } else if (strncmp(at, "D:", 2) == 0 && !dacl.size) {
            at = read_list(at + 2, &dacl, &control, &null);
            control |= 4;
        } else if (strncmp(at, "S:", 2) == 0 && !sacl.size) {
            at = read_list(at + 2, &sacl, &sacl_control, &no_sacl);
            sacl_control |= 8;
        } else
            misunderstood(at);
    }
    sim_build(control | sacl_control << 1, has_owner ? owner : NULL, has_group ? group : NULL,
              sacl.size && !no_sacl ? sacl.data : NULL, dacl.size && !null ? dacl.data : NULL, out);
    sim_bytes_free(&dacl);
    sim_bytes_free(&sacl);
}

/* Writing, for messages. */

static void put_text(struct sim_bytes *out, const char *text)
{
    sim_put(out, text, strlen(text));
}

static void write_sid(const uint8_t *sid, struct sim_bytes *out)
{
    char text[256];
    int size = snprintf(text, sizeof text, "S-1-%u", sid[7]);

    for (unsigned i = 0; i < sid[1] && size < (int)sizeof text - 12; i++)
        size += snprintf(text + size, sizeof text - (size_t)size, "-%u", four(sid + 8 + 4 * i));
    put_text(out, text);
}

static void write_list(const uint8_t *list, struct sim_bytes *out)
{
    const uint8_t *at = list + 8;

    for (unsigned left = two(list + 4); left; left--, at += two(at + 2)) {
        char text[64];

        snprintf(text, sizeof text, "(%s%s", at[0] == 0 ? "A" : at[0] == 1 ? "D" : "?", ";");
        put_text(out, text);
        for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
            if (at[1] & flags[i].value)
                put_text(out, flags[i].letters);
        }
        if (two(at + 2) >= 8) {
            snprintf(text, sizeof text, ";0x%x;;;", four(at + 4));
            put_text(out, text);
        }
        if (two(at + 2) >= 16 &&
            16 + 4u * at[9] <= two(at + 2) + 0u) /* else of no kind that has a SID there */
            write_sid(at + 8, out);
        put_text(out, ")");
    }
}

char *sim_descriptor_text(const void *descriptor)
{
    struct sim_bytes out = {0};
    size_t size;
    const uint8_t *part;
    char control[32];

    for (enum sim_part which = SIM_OWNER; which <= SIM_GROUP; which++) {
        part = sim_part_of(descriptor, which, &size);
        put_text(&out, which == SIM_OWNER ? "O:" : "G:");
        if (part)
            write_sid(part, &out);
    }
    snprintf(control, sizeof control, " control 0x%04x D:", sim_control_of(descriptor));
    put_text(&out, control);
    part = sim_part_of(descriptor, SIM_DACL, &size);
    if (part)
        write_list(part, &out);
    else
        put_text(&out, "NULL");
    part = sim_part_of(descriptor, SIM_SACL, &size);
    if (part) {
        put_text(&out, "S:");
        write_list(part, &out);
    }
    sim_put(&out, "", 1);
    return (char *)out.data;
}
