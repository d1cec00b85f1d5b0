/*
 * sddl.c - security descriptors as text.
 */
#include "core/sddl.h"
#include "base/memory.h"
#include "core/acl.h"

#include <stdlib.h>
#include <string.h>

/* Tables */

/* Two letters, and the bits that they stand for. */
struct letters {
    char text[3];
    uint32_t bits;
};

/* [MS-DTYP] 2.5.1.1, ace-flag-string; CR and TP from the SDK's sddl.h. In the order that Windows writes. */
static const struct letters flag_letters[] = {
    {"OI", 0x01}, {"CI", 0x02}, {"NP", 0x04}, {"IO", 0x08}, {"ID", 0x10},
    {"CR", 0x20}, {"SA", 0x40}, {"FA", 0x80}, {"TP", 0x40},
};
#define FLAG_LETTERS_WRITTEN 8

/* [MS-DTYP] 2.5.1.1: file, generic, standard, registry and directory rights; the first eight are written. */
static const struct letters right_letters[] = {
    {"FA", 0x001F01FF}, {"FR", 0x00120089}, {"FW", 0x00120116}, {"FX", 0x001200A0}, {"GA", 0x10000000},
    {"GR", 0x80000000}, {"GW", 0x40000000}, {"GX", 0x20000000}, {"RC", 0x00020000}, {"SD", 0x00010000},
    {"WD", 0x00040000}, {"WO", 0x00080000}, {"KA", 0x000F003F}, {"KR", 0x00020019}, {"KW", 0x00020006},
    {"KX", 0x00020019}, {"CC", 0x00000001}, {"DC", 0x00000002}, {"LC", 0x00000004}, {"SW", 0x00000008},
    {"RP", 0x00000010}, {"WP", 0x00000020}, {"DT", 0x00000040}, {"LO", 0x00000080}, {"CR", 0x00000100},
};
#define RIGHT_LETTERS_WRITTEN 8

/* The SDK's sddl.h: the policy of a mandatory label. */
static const struct letters label_letters[] = {
    {"NW", ACE_NO_WRITE_UP}, {"NR", ACE_NO_READ_UP}, {"NX", ACE_NO_EXECUTE_UP}};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/*
 * The two-letter SIDs that are the same everywhere: names from [MS-DTYP] 2.5.1.1 (sid-token) and the SDK's
 * sddl.h, numbers from [MS-DTYP] 2.4.2.4 and the SDK's winnt.h.
 */
static const struct sid_letters {
    char text[3];
    uint8_t authority;
    uint8_t count;
    uint32_t subauthorities[6];
} sid_letters[] = {
    {"AA", 5, 2, {32, 579}}, {"AC", 15, 2, {2, 1}},   {"AN", 5, 1, {7}},       {"AO", 5, 2, {32, 548}},
    {"AS", 18, 1, {1}},      {"AU", 5, 1, {11}},      {"BA", 5, 2, {32, 544}}, {"BG", 5, 2, {32, 546}},
    {"BO", 5, 2, {32, 551}}, {"BU", 5, 2, {32, 545}}, {"CD", 5, 2, {32, 574}}, {"CG", 3, 1, {1}},
    {"CO", 3, 1, {0}},       {"CY", 5, 2, {32, 569}}, {"ED", 5, 1, {9}},       {"ER", 5, 2, {32, 573}},
    {"ES", 5, 2, {32, 576}}, {"HA", 5, 2, {32, 578}}, {"HI", 16, 1, {12288}},  {"HO", 5, 2, {32, 584}},
    {"IS", 5, 2, {32, 568}}, {"IU", 5, 1, {4}},       {"LS", 5, 1, {19}},      {"LU", 5, 2, {32, 559}},
    {"LW", 16, 1, {4096}},   {"ME", 16, 1, {8192}},   {"MP", 16, 1, {8448}},   {"MS", 5, 2, {32, 577}},
    {"MU", 5, 2, {32, 558}}, {"NO", 5, 2, {32, 556}}, {"NS", 5, 1, {20}},      {"NU", 5, 1, {2}},
    {"OW", 3, 1, {4}},       {"PO", 5, 2, {32, 550}}, {"PS", 5, 1, {10}},      {"PU", 5, 2, {32, 547}},
    {"RA", 5, 2, {32, 575}}, {"RC", 5, 1, {12}},      {"RD", 5, 2, {32, 555}}, {"RE", 5, 2, {32, 552}},
    {"RM", 5, 2, {32, 580}}, {"RU", 5, 2, {32, 554}}, {"SH", 5, 2, {32, 585}}, {"SI", 16, 1, {16384}},
    {"SO", 5, 2, {32, 549}}, {"SS", 18, 1, {2}},      {"SU", 5, 1, {6}},       {"SY", 5, 1, {18}},
    {"UD", 5, 6, {84}},      {"WD", 1, 1, {0}},       {"WR", 5, 1, {33}},
};

/* Those of a domain, a forest or this machine's accounts: S-1-5-21-...-RID. */
static const char domain_letters[][3] = {"AP", "CA", "CN", "DA", "DC", "DD", "DG", "DU", "EA",
                                         "EK", "KA", "LA", "LG", "PA", "RO", "RS", "SA"};

/* Entry types with a form of their own, where nothing lies behind the SID. */
enum form { PLAIN, OBJECT };
static const struct type_letters {
    char text[3];
    uint8_t type;
    enum form form;
} type_letters[] = {
    {"A", 0x00, PLAIN},   {"D", 0x01, PLAIN},   {"AU", 0x02, PLAIN},  {"AL", 0x03, PLAIN},
    {"OA", 0x05, OBJECT}, {"OD", 0x06, OBJECT}, {"OU", 0x07, OBJECT}, {"OL", 0x08, OBJECT},
    {"ML", 0x11, PLAIN},  {"SP", 0x13, PLAIN},  {"TL", 0x14, PLAIN},
};

/* Types whose SDDL form tells a condition or an attribute in words, which this module does not read. */
static const char worded_letters[][3] = {"XA", "XD", "XU", "ZA", "RA", "FL"};

enum { OBJECT_TYPE_PRESENT = 1, INHERITED_OBJECT_TYPE_PRESENT = 2, GUID_SIZE = 16 };

static bool is_object_type(uint8_t type)
{
    return (type >= 0x05 && type <= 0x08) || type == 0x0B || type == 0x0C || type == 0x0F || type == 0x10;
}

static char upper(char letter)
{
    return letter >= 'a' && letter <= 'z' ? (char)(letter - 'a' + 'A') : letter;
}

static bool is_letter(char letter)
{
    return upper(letter) >= 'A' && upper(letter) <= 'Z';
}

static bool begins_with(const char *text, const char *letters)
{
    size_t i = 0;

    while (letters[i] && upper(text[i]) == letters[i])
        i++;
    return !letters[i];
}

static bool equal_letters(const char *text, size_t size, const char *letters)
{
    return strlen(letters) == size && begins_with(text, letters);
}

static void make_sid(const struct sid_letters *letters, struct sid *sid)
{
    const struct sid none = {{1, letters->count, 0, 0, 0, 0, 0, letters->authority},
                             (uint8_t)(8 + 4 * letters->count)};

    *sid = none;
    for (unsigned i = 0; i < letters->count; i++)
        for (unsigned byte = 0; byte < 4; byte++)
            sid->bytes[8 + 4 * i + byte] = (uint8_t)(letters->subauthorities[i] >> (8 * byte));
}

/* Reading */

struct reader {
    const char *text;
    const char *at;
    struct sbx_error *error;
};

/* A part of the text. */
struct slice {
    const char *start;
    size_t size;
};

static sbx_status wrong(const struct reader *reader, const char *at, const char *what)
{
    return error_set(reader->error, SBX_E_ARGUMENT, "SDDL, column %lu: %s.",
                     (unsigned long)(at - reader->text) + 1, what);
}

static sbx_status read_sid(const struct reader *reader, struct slice slice, struct sid *sid)
{
    char text[sizeof "S-1-0x" + 12 + 16 * 11];

    if (slice.size > 2 && slice.size < sizeof text) {
        memcpy(text, slice.start, slice.size);
        text[slice.size] = '\0';
        if (sid_parse(text, sid, NULL) == SBX_OK)
            return SBX_OK;
    }
    for (size_t i = 0; i < COUNT(sid_letters); i++)
        if (equal_letters(slice.start, slice.size, sid_letters[i].text)) {
            make_sid(&sid_letters[i], sid);
            return SBX_OK;
        }
    for (size_t i = 0; i < COUNT(domain_letters); i++)
        if (equal_letters(slice.start, slice.size, domain_letters[i]))
            return wrong(reader, slice.start, "this SID is relative to a domain; write it as S-1-5-21-...");
    return wrong(reader, slice.start, "no SID");
}

/* Letters in pairs, or a number in C's notation. */
static sbx_status read_bits(const struct reader *reader, struct slice slice, const struct letters *table,
                            size_t count, const char *what, uint32_t *bits)
{
    char number[2 + 22 + 1]; /* 64 bits in octal */
    unsigned long long value;
    char *end;

    *bits = 0;
    if (slice.size && slice.start[0] >= '0' && slice.start[0] <= '9') {
        if (slice.size >= sizeof number)
            return wrong(reader, slice.start, what);
        memcpy(number, slice.start, slice.size);
        number[slice.size] = '\0';
        value = strtoull(number, &end, 0);
        if (*end || value > UINT32_MAX)
            return wrong(reader, slice.start, what);
        *bits = (uint32_t)value;
        return SBX_OK;
    }

    for (size_t at = 0; at < slice.size; at += 2) {
        size_t i = 0;

        while (i < count && !equal_letters(slice.start + at, slice.size - at < 2 ? 1 : 2, table[i].text))
            i++;
        if (i == count)
            return wrong(reader, slice.start + at, what);
        *bits |= table[i].bits;
    }
    return SBX_OK;
}

static int hexadecimal(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return upper(digit) >= 'A' && upper(digit) <= 'F' ? upper(digit) - 'A' + 10 : -1;
}

static bool read_byte(const char *text, uint8_t *byte)
{
    int high = hexadecimal(text[0]);
    int low = high < 0 ? -1 : hexadecimal(text[1]);

    *byte = (uint8_t)(high * 16 + low);
    return low >= 0;
}

/* XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX; the first three groups are numbers, little-endian in memory. */
static const uint8_t guid_order[GUID_SIZE] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
#define GUID_TEXT_SIZE 36

static bool is_hyphen_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

static sbx_status read_guid(const struct reader *reader, struct slice slice, uint8_t guid[GUID_SIZE])
{
    const char *at = slice.start;

    if (slice.size != GUID_TEXT_SIZE)
        return wrong(reader, slice.start, "no GUID");
    for (size_t i = 0; i < GUID_SIZE; i++) {
        if (is_hyphen_before(i) && *at++ != '-')
            return wrong(reader, slice.start, "no GUID");
        if (!read_byte(at, &guid[guid_order[i]]))
            return wrong(reader, slice.start, "no GUID");
        at += 2;
    }
    return SBX_OK;
}

/* Up to the next ; or the closing parenthesis, which stays. */
static struct slice next_field(struct reader *reader)
{
    struct slice field = {reader->at, strcspn(reader->at, ";()")};

    reader->at += field.size;
    return field;
}

static sbx_status expect(struct reader *reader, char letter)
{
    char what[] = "\"?\" expected";

    if (*reader->at == letter) {
        reader->at++;
        return SBX_OK;
    }
    what[1] = letter;
    return wrong(reader, reader->at, what);
}

/* "0x" and pairs of digits: what lies behind an entry's header. */
static sbx_status read_bytes(const struct reader *reader, struct slice slice, struct sbx_buffer *out)
{
    if (slice.size < 2 || slice.size % 2 || slice.start[0] != '0' || upper(slice.start[1]) != 'X')
        return wrong(reader, slice.start, "no bytes, which are written as 0x and two digits each");
    for (size_t i = 2; i < slice.size; i += 2) {
        uint8_t byte;

        if (!read_byte(slice.start + i, &byte))
            return wrong(reader, slice.start + i, "no bytes, which are written as 0x and two digits each");
        buffer_append(out, &byte, 1);
    }
    return SBX_OK;
}

/* The fields behind the flags of an entry with a form of its own. */
static sbx_status read_body(struct reader *reader, const struct type_letters *type, struct sbx_buffer *body)
{
    bool label = type->type == ACE_LABEL;
    struct slice rights = next_field(reader);
    struct slice guids[2];
    uint8_t guid[GUID_SIZE];
    uint32_t mask = 0;
    struct sid sid;
    sbx_status status =
        label ? read_bits(reader, rights, label_letters, COUNT(label_letters), "no label's policy", &mask)
              : read_bits(reader, rights, right_letters, COUNT(right_letters), "no rights", &mask);

    for (unsigned i = 0; !status && i < 2; i++) {
        status = expect(reader, ';');
        guids[i] = next_field(reader);
        if (!status && guids[i].size && type->form != OBJECT)
            status = wrong(reader, guids[i].start, "a GUID in an entry that is no object entry");
    }
    if (!status)
        status = expect(reader, ';');
    if (status)
        return status;
    status = read_sid(reader, next_field(reader), &sid);
    if (status)
        return status;

    buffer_append_u32(body, mask);
    if (type->form == OBJECT) {
        buffer_append_u32(body, (guids[0].size ? OBJECT_TYPE_PRESENT : 0) |
                                    (guids[1].size ? INHERITED_OBJECT_TYPE_PRESENT : 0));
        for (unsigned i = 0; i < 2; i++) {
            if (!guids[i].size)
                continue;
            status = read_guid(reader, guids[i], guid);
            if (status)
                return status;
            buffer_append(body, guid, sizeof guid);
        }
    }
    buffer_append(body, sid.bytes, sid.size);
    return SBX_OK;
}

/* NULL, and an error, where there is no such type. */
static const struct type_letters *find_type(const struct reader *reader, struct slice field)
{
    for (size_t i = 0; i < COUNT(type_letters); i++)
        if (equal_letters(field.start, field.size, type_letters[i].text))
            return &type_letters[i];
    for (size_t i = 0; i < COUNT(worded_letters); i++)
        if (equal_letters(field.start, field.size, worded_letters[i])) {
            wrong(reader, field.start, "entries of this type are read as (0xTYPE;flags;0xBYTES) only");
            return NULL;
        }
    wrong(reader, field.start, "no type of an entry");
    return NULL;
}

/* One entry with its parentheses. */
static sbx_status read_entry(struct reader *reader, struct sbx_buffer *entries, bool *has_object)
{
    const char *start = reader->at;
    struct sbx_buffer body = SBX_BUFFER_EMPTY;
    const struct type_letters *letters = NULL;
    struct slice field;
    uint32_t type = 0;
    uint32_t flags = 0;
    sbx_status status = expect(reader, '(');

    if (status)
        return status;

    field = next_field(reader);
    if (field.size && field.start[0] == '0') {
        status = read_bits(reader, field, NULL, 0, "no type of an entry", &type);
        if (!status && type > UINT8_MAX)
            status = wrong(reader, field.start, "no type of an entry");
    } else {
        letters = find_type(reader, field);
        if (letters)
            type = letters->type;
        else
            status = SBX_E_ARGUMENT;
    }

    if (!status)
        status = expect(reader, ';');
    if (!status)
        status = read_bits(reader, next_field(reader), flag_letters, COUNT(flag_letters),
                           "no flags of an entry", &flags);
    if (!status && flags > UINT8_MAX)
        status = wrong(reader, reader->at, "no flags of an entry");
    if (!status)
        status = expect(reader, ';');
    if (!status)
        status = letters ? read_body(reader, letters, &body) : read_bytes(reader, next_field(reader), &body);
    if (!status)
        status = expect(reader, ')');
    if (!status && body.size > ACL_MOST_SIZE - 12)
        status = wrong(reader, start, "the entry is too large");
    if (status)
        goto free_body;

    buffer_append(entries, (const uint8_t[]){(uint8_t)type, (uint8_t)flags}, 2);
    buffer_append_u16(entries, (uint16_t)(4 + body.size));
    buffer_append(entries, body.data, body.size);
    if (buffer_failed(&body))
        status = error_memory(reader->error, "a security descriptor");
    *has_object = *has_object || is_object_type((uint8_t)type);

free_body:
    buffer_free(&body);
    return status;
}

/* The control bits of the DACL; those of the SACL are one to the left. */
enum {
    LIST_PRESENT = SD_DACL_PRESENT,
    LIST_REQ = SD_DACL_AUTO_INHERIT_REQ,
    LIST_AUTO = SD_DACL_AUTO_INHERITED,
    LIST_PROTECTED = SD_DACL_PROTECTED
};

static const struct list_flag {
    char text[sizeof "NO_ACCESS_CONTROL"];
    uint16_t bits; /* of the DACL; 0: the NULL list */
} list_flags[] = {{"P", LIST_PROTECTED}, {"AR", LIST_REQ}, {"AI", LIST_AUTO}, {"NO_ACCESS_CONTROL", 0}};

static unsigned sacl_shift(bool sacl, uint16_t bits)
{
    return sacl ? (bits == LIST_PRESENT ? 2u : 1u) : 0u;
}

static sbx_status read_list(struct reader *reader, bool sacl, uint16_t *control, struct descriptor_part *part)
{
    const char *start = reader->at;
    struct sbx_buffer entries = SBX_BUFFER_EMPTY;
    struct sbx_buffer list = SBX_BUFFER_EMPTY;
    bool null_list = false;
    bool has_object = false;
    size_t count = 0;
    sbx_status status = SBX_OK;

    *control |= (uint16_t)(LIST_PRESENT << sacl_shift(sacl, LIST_PRESENT));
    while (is_letter(*reader->at) && reader->at[1] != ':') {
        size_t i = 0;

        while (i < COUNT(list_flags) && !begins_with(reader->at, list_flags[i].text))
            i++;
        if (i == COUNT(list_flags))
            return wrong(reader, reader->at, "no flag of a list; there are P, AR, AI and NO_ACCESS_CONTROL");
        reader->at += strlen(list_flags[i].text);
        *control |= (uint16_t)(list_flags[i].bits << sacl_shift(sacl, list_flags[i].bits));
        null_list = null_list || !list_flags[i].bits;
    }

    while (!status && *reader->at == '(') {
        status = read_entry(reader, &entries, &has_object);
        count++;
    }
    if (!status && null_list && count)
        status = wrong(reader, start, "NO_ACCESS_CONTROL and entries");
    if (!status && (entries.size > ACL_MOST_SIZE - 8 || count > UINT16_MAX))
        status = error_set(reader->error, SBX_E_LIMIT, "SDDL, column %lu: the list is larger than %d bytes.",
                           (unsigned long)(start - reader->text) + 1, ACL_MOST_SIZE);
    if (status || null_list)
        goto free_buffers;

    buffer_append(&list, (const uint8_t[]){has_object ? 4 : 2, 0}, 2);
    buffer_append_u16(&list, (uint16_t)(8 + entries.size));
    buffer_append_u32(&list, (uint32_t)count);
    buffer_append(&list, entries.data, entries.size);
    part->size = list.size;
    part->bytes = buffer_failed(&entries) ? NULL : (uint8_t *)buffer_take(&list, NULL);
    if (!part->bytes)
        status = error_memory(reader->error, "a security descriptor");

free_buffers:
    buffer_free(&list);
    buffer_free(&entries);
    return status;
}

/* A SID outside of parentheses: two letters, or S- and what may stand in one, up to the next part. */
static sbx_status read_part_sid(struct reader *reader, struct sid *sid)
{
    struct slice slice = {reader->at, 0};

    if (upper(slice.start[0]) == 'S' && slice.start[1] == '-') {
        while ((hexadecimal(slice.start[slice.size]) >= 0 || strchr("-SsXx", slice.start[slice.size])) &&
               slice.start[slice.size] && slice.start[slice.size + 1] != ':')
            slice.size++;
    } else
        while (slice.size < 2 && slice.start[slice.size])
            slice.size++;

    reader->at += slice.size;
    return read_sid(reader, slice, sid);
}

sbx_status sddl_parse(const char *text, struct descriptor *descriptor, struct sbx_error *error)
{
    static const char parts[] = "OGDS";
    struct reader reader = {text, text, error};
    struct descriptor made = {0};
    bool seen[sizeof parts] = {false};
    sbx_status status = SBX_OK;

    while (!status && *reader.at) {
        char letter = upper(*reader.at);
        const char *part = strchr(parts, letter);

        if (!part || reader.at[1] != ':') {
            status = wrong(&reader, reader.at, "\"O:\", \"G:\", \"D:\" or \"S:\" expected");
            break;
        }
        if (seen[part - parts]) {
            status = wrong(&reader, reader.at, "this part is there twice");
            break;
        }
        seen[part - parts] = true;
        reader.at += 2;

        if (letter == 'O' || letter == 'G')
            status = read_part_sid(&reader, letter == 'O' ? &made.owner : &made.group);
        else
            status =
                read_list(&reader, letter == 'S', &made.control, letter == 'S' ? &made.sacl : &made.dacl);
    }
    if (status) {
        descriptor_free(&made);
        return status;
    }

    made.control |= SD_SELF_RELATIVE;
    *descriptor = made;
    return SBX_OK;
}

sbx_status sddl_parse_sid(const char *text, struct sid *sid, struct sbx_error *error)
{
    const struct reader reader = {text, text, error};
    const struct slice slice = {text, strlen(text)};

    return read_sid(&reader, slice, sid);
}

sbx_status sddl_parse_rights(const char *text, uint32_t *mask, struct sbx_error *error)
{
    const struct reader reader = {text, text, error};
    const struct slice slice = {text, strlen(text)};
    uint32_t bits;
    sbx_status status = read_bits(&reader, slice, right_letters, COUNT(right_letters), "no rights", &bits);

    if (!status)
        *mask = bits;
    return status;
}

/* Writing */

void sddl_write_sid(const struct sid *sid, struct sbx_buffer *out)
{
    struct sid known;

    for (size_t i = 0; i < COUNT(sid_letters); i++) {
        make_sid(&sid_letters[i], &known);
        if (sid_equal(&known, sid)) {
            buffer_append_text(out, sid_letters[i].text);
            return;
        }
    }
    sid_write_text(sid, out);
}

void sddl_write_rights(uint32_t mask, struct sbx_buffer *out)
{
    for (size_t i = 0; i < RIGHT_LETTERS_WRITTEN; i++)
        if (right_letters[i].bits == mask) {
            buffer_append_text(out, right_letters[i].text);
            return;
        }
    buffer_append_format(out, "0x%lx", (unsigned long)mask);
}

static void write_policy(uint32_t mask, struct sbx_buffer *out)
{
    uint32_t known = ACE_NO_WRITE_UP | ACE_NO_READ_UP | ACE_NO_EXECUTE_UP;

    if (!mask || mask & ~known) {
        buffer_append_format(out, "0x%lx", (unsigned long)mask);
        return;
    }
    for (size_t i = 0; i < COUNT(label_letters); i++)
        if (mask & label_letters[i].bits)
            buffer_append_text(out, label_letters[i].text);
}

static void write_guid(const uint8_t *guid, struct sbx_buffer *out)
{
    for (size_t i = 0; i < GUID_SIZE; i++)
        buffer_append_format(out, is_hyphen_before(i) ? "-%02x" : "%02x", guid[guid_order[i]]);
}

/* The form that tells all of this entry, or NULL where none does. */
static const struct type_letters *form_of(const struct acl_entry *entry)
{
    size_t guids = 0;

    if (!entry->named)
        return NULL;
    for (size_t i = 0; i < COUNT(type_letters); i++) {
        const struct type_letters *letters = &type_letters[i];

        if (letters->type != entry->type)
            continue;
        if (letters->form == PLAIN)
            return entry->size == 8 + entry->sid_size ? letters : NULL;

        guids = (entry->bytes[8] & OBJECT_TYPE_PRESENT ? 1u : 0u) +
                (entry->bytes[8] & INHERITED_OBJECT_TYPE_PRESENT ? 1u : 0u);
        if (entry->bytes[8] > 3 || entry->bytes[9] || entry->bytes[10] || entry->bytes[11])
            return NULL;
        return entry->size == 12 + GUID_SIZE * guids + entry->sid_size ? letters : NULL;
    }
    return NULL;
}

static void write_entry(const struct acl_entry *entry, struct sbx_buffer *out)
{
    const struct type_letters *letters = form_of(entry);
    const uint8_t *guid = entry->bytes + 12;
    struct sid sid;

    if (letters)
        buffer_append_format(out, "(%s;", letters->text);
    else
        buffer_append_format(out, "(0x%X;", entry->type);
    for (size_t i = 0; i < FLAG_LETTERS_WRITTEN; i++)
        if (entry->flags & flag_letters[i].bits)
            buffer_append_text(out, flag_letters[i].text);
    buffer_append_text(out, ";");

    if (!letters) {
        buffer_append_text(out, "0x");
        for (size_t i = 4; i < entry->size; i++)
            buffer_append_format(out, "%02X", entry->bytes[i]);
        buffer_append_text(out, ")");
        return;
    }

    if (entry->type == ACE_LABEL)
        write_policy(entry->mask, out);
    else
        sddl_write_rights(entry->mask, out);
    buffer_append_text(out, ";");
    if (letters->form == OBJECT && entry->bytes[8] & OBJECT_TYPE_PRESENT) {
        write_guid(guid, out);
        guid += GUID_SIZE;
    }
    buffer_append_text(out, ";");
    if (letters->form == OBJECT && entry->bytes[8] & INHERITED_OBJECT_TYPE_PRESENT)
        write_guid(guid, out);
    buffer_append_text(out, ";");
    sid_read(entry->sid, entry->sid_size, &sid);
    sddl_write_sid(&sid, out);
    buffer_append_text(out, ")");
}

/* False for a malformed list. */
static bool write_list(const struct descriptor *descriptor, bool sacl, struct sbx_buffer *out)
{
    const struct descriptor_part *part = sacl ? &descriptor->sacl : &descriptor->dacl;
    struct acl_cursor cursor;
    struct acl_entry entry;

    if (!(descriptor->control & LIST_PRESENT << sacl_shift(sacl, LIST_PRESENT)))
        return true;

    buffer_append_text(out, sacl ? "S:" : "D:");
    for (size_t i = 0; i < COUNT(list_flags); i++)
        if (descriptor->control & list_flags[i].bits << sacl_shift(sacl, list_flags[i].bits))
            buffer_append_text(out, list_flags[i].text);
    if (!part->bytes) {
        buffer_append_text(out, "NO_ACCESS_CONTROL");
        return true;
    }

    if (!acl_begin(part->bytes, part->size, &cursor))
        return false;
    while (acl_next(&cursor, &entry))
        write_entry(&entry, out);
    return cursor.left == 0;
}

sbx_status sddl_write(const struct descriptor *descriptor, struct sbx_buffer *out, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    sbx_status status = SBX_OK;

    if (descriptor->owner.size) {
        buffer_append_text(&text, "O:");
        sddl_write_sid(&descriptor->owner, &text);
    }
    if (descriptor->group.size) {
        buffer_append_text(&text, "G:");
        sddl_write_sid(&descriptor->group, &text);
    }
    if (!write_list(descriptor, false, &text) || !write_list(descriptor, true, &text)) {
        status = error_set(error, SBX_E_ARGUMENT, "A list of the security descriptor is malformed.");
        goto free_text;
    }

    if (!buffer_failed(&text))
        buffer_append(out, text.data, text.size);
    if (buffer_failed(&text) || buffer_failed(out))
        status = error_memory(error, "the text of a security descriptor");

free_text:
    buffer_free(&text);
    return status;
}
