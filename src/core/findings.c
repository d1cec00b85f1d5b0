/*
 * findings.c - domains, assurances and reports made of them.
 */
#include "core/findings.h"

#include "base/memory.h"
#include "base/text.h"
#include "core/jsontext.h"

#include <string.h>

static const char *const domain_names[SBX_DOMAIN_COUNT] = {
    [SBX_FILE_WRITE] = "fileWrite", [SBX_FILE_DELETE] = "fileDelete", [SBX_FILE_READ] = "fileRead",
    [SBX_NETWORK] = "network",      [SBX_PROCESS] = "process",        [SBX_DESKTOP] = "desktop",
    [SBX_RESOURCES] = "resources",  [SBX_LIFETIME] = "lifetime",      [SBX_HANDLES] = "handles",
};

static const char *const assurance_names[] = {
    [SBX_ABSENT] = "absent",
    [SBX_ADVISORY] = "advisory",
    [SBX_ENFORCED] = "enforced",
    [SBX_VERIFIED] = "verified",
};

#define ASSURANCE_COUNT (sizeof assurance_names / sizeof assurance_names[0])

const char *domain_name(enum sbx_domain domain)
{
    return (size_t)domain < SBX_DOMAIN_COUNT ? domain_names[domain] : "";
}

bool domain_from_name(const char *name, enum sbx_domain *domain)
{
    for (int i = 0; i < SBX_DOMAIN_COUNT; i++) {
        if (strcmp(name, domain_names[i]) == 0) {
            *domain = (enum sbx_domain)i;
            return true;
        }
    }
    return false;
}

const char *assurance_name(enum sbx_assurance assurance)
{
    return (size_t)assurance < ASSURANCE_COUNT ? assurance_names[assurance] : "";
}

bool assurance_from_name(const char *name, enum sbx_assurance *assurance)
{
    for (size_t i = 0; i < ASSURANCE_COUNT; i++) {
        if (strcmp(name, assurance_names[i]) == 0) {
            *assurance = (enum sbx_assurance)i;
            return true;
        }
    }
    return false;
}

static void free_finding(struct finding *finding)
{
    sbx_free(finding->domain);
    sbx_free(finding->mechanism);
    sbx_free(finding->detail);
    sbx_free(finding->fix);
}

void findings_free(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        free_finding(&findings->items[i]);
    sbx_free(findings->items);
    findings->items = NULL;
    findings->count = 0;
}

sbx_status findings_copy(const struct findings *from, struct findings *to)
{
    struct findings copy = {NULL, 0};

    for (size_t i = 0; i < from->count; i++) {
        const struct finding *item = &from->items[i];
        sbx_status status = findings_add(&copy, item->domain, item->assurance, item->required,
                                         item->mechanism, item->detail, item->fix);

        if (status) {
            findings_free(&copy);
            return status;
        }
    }
    *to = copy;
    return SBX_OK;
}

static char *copy_text(const char *text)
{
    return sbx_strdup(text ? text : "");
}

sbx_status findings_add(struct findings *findings, const char *domain, enum sbx_assurance assurance,
                        enum sbx_assurance required, const char *mechanism, const char *detail,
                        const char *fix)
{
    struct finding *items;
    struct finding added = {
        .domain = copy_text(domain),
        .assurance = assurance,
        .required = required,
        .mechanism = copy_text(mechanism),
        .detail = copy_text(detail),
        .fix = copy_text(fix),
    };

    if (!added.domain || !added.mechanism || !added.detail || !added.fix)
        goto free_added;
    items = sbx_realloc(findings->items, (findings->count + 1) * sizeof *items);
    if (!items)
        goto free_added;

    items[findings->count++] = added;
    findings->items = items;
    return SBX_OK;

free_added:
    free_finding(&added);
    return SBX_E_MEMORY;
}

const struct finding *findings_find(const struct findings *findings, const char *domain)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->items[i].domain, domain) == 0)
            return &findings->items[i];
    }
    return NULL;
}

static bool is_below(const struct finding *finding)
{
    return finding->assurance < finding->required;
}

static size_t count_below(const struct findings *findings)
{
    size_t count = 0;

    for (size_t i = 0; i < findings->count; i++)
        count += is_below(&findings->items[i]);
    return count;
}

bool findings_meet(const struct findings *findings)
{
    return count_below(findings) == 0;
}

void findings_write_require(const struct findings *findings, struct sbx_buffer *out)
{
    const char *separator = "";

    buffer_append_text(out, "{");
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *item = &findings->items[i];
        enum sbx_domain domain;

        if (item->required == SBX_ABSENT || !domain_from_name(item->domain, &domain))
            continue;
        buffer_append_format(out, "%s\"%s\": \"%s\"", separator, item->domain,
                             assurance_name(is_below(item) ? item->assurance : item->required));
        separator = ", ";
    }
    buffer_append_text(out, "}");
}

/* One sentence behind another, with a blank between them and a point where there is none. */
static void append_sentence(struct sbx_buffer *out, const char *sentence)
{
    size_t size = strlen(sentence);

    if (!size)
        return;
    buffer_append_text(out, " ");
    buffer_append_text(out, sentence);
    if (!strchr(".!?:", sentence[size - 1]))
        buffer_append_text(out, ".");
}

/* What `finding` lacks on a line of its own, of at most `most` bytes. */
static void append_lack(struct sbx_buffer *out, const struct finding *finding, size_t most)
{
    size_t start = out->size;

    buffer_append_format(out, "\n%s is %s, %s is required.", finding->domain,
                         assurance_name(finding->assurance), assurance_name(finding->required));
    append_sentence(out, finding->detail);
    append_sentence(out, finding->fix);

    if (!buffer_failed(out) && out->size - start > most) {
        size_t size = most - strlen("...");

        size -= text_incomplete_tail(out->data + start, size);
        out->size = start + size;
        buffer_append_text(out, "...");
    }
}

#define LEAST_SHARE 80 /* bytes of a line about one domain; all domains need no less than nine times that */

/*
 * The end of this text is what somebody pastes, so it must never be what an error's limited room cuts off:
 * the failing domains share what the rest leaves.
 */
sbx_status findings_check(const struct findings *findings, struct sbx_error *error)
{
    static const char head[] = "This host does not give what the policy requires.";
    static const char advice[] =
        "\nRaise them as said, or, to use this host knowingly, write into the policy:\n\"require\": ";
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct sbx_buffer require = SBX_BUFFER_EMPTY;
    size_t below = count_below(findings);
    size_t share;
    sbx_status status;

    if (!below)
        return SBX_OK;

    findings_write_require(findings, &require);
    share = (SBX_ERROR_TEXT_SIZE - sizeof head - sizeof advice - require.size) / below;
    if (share < LEAST_SHARE)
        share = LEAST_SHARE;

    buffer_append_text(&text, head);
    for (size_t i = 0; i < findings->count; i++) {
        if (is_below(&findings->items[i]))
            append_lack(&text, &findings->items[i], share);
    }
    buffer_append_text(&text, advice);
    buffer_append_text(&text, buffer_text(&require));

    if (buffer_failed(&text) || buffer_failed(&require))
        status = error_memory(error, "the list of what is below its requirement");
    else
        status = error_set(error, SBX_E_BELOW_REQUIREMENT, "%s", buffer_text(&text));
    buffer_free(&require);
    buffer_free(&text);
    return status;
}

#define TABLE_WIDTH 100

/*
 * Columns that the text takes: its characters (one column each; wide ones make a line longer than it should
 * be).
 */
static size_t columns(const char *text, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static bool is_blank(char letter)
{
    return (unsigned char)letter <= ' ' || letter == 0x7F;
}

static void new_line(struct sbx_buffer *out, size_t indent)
{
    buffer_append_format(out, "\r\n%*s", (int)indent, "");
}

/*
 * Words of `text` from column *at on, broken before TABLE_WIDTH and going on at `indent`. A longer word, a
 * path mostly, is never cut: somebody will want to copy it. Control characters are blanks here.
 */
static void append_words(struct sbx_buffer *out, const char *text, size_t indent, size_t *at)
{
    while (*text) {
        size_t size = 0;
        size_t width;

        while (is_blank(*text) && *text)
            text++;
        while (text[size] && !is_blank(text[size]))
            size++;
        if (!size)
            return;

        width = columns(text, size);
        if (*at > indent && *at + 1 + width > TABLE_WIDTH) {
            new_line(out, indent);
            *at = indent;
        }
        if (*at > indent) {
            buffer_append_text(out, " ");
            (*at)++;
        }
        buffer_append(out, text, size);
        *at += width;
        text += size;
    }
}

static void append_row(struct sbx_buffer *out, const struct finding *finding, size_t name_width)
{
    const struct {
        const char *label;
        const char *text;
    } texts[] = {{"", finding->mechanism}, {"", finding->detail}, {"To raise it:", finding->fix}};
    size_t indent = 2 + name_width + 2 + 8 + 2 + 8 + 2;
    size_t padding = name_width - columns(finding->domain, strlen(finding->domain));
    const char *required = finding->required == SBX_ABSENT ? "-" : assurance_name(finding->required);
    bool first = true;

    buffer_append_format(out, "%s%s%*s  %-8s  %s", is_below(finding) ? "! " : "  ", finding->domain,
                         (int)padding, "", assurance_name(finding->assurance), required);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t at = indent;

        if (!*texts[i].text)
            continue;
        if (first)
            buffer_append_format(out, "%*s", (int)(8 - strlen(required) + 2), "");
        else
            new_line(out, indent);
        append_words(out, texts[i].label, indent, &at);
        append_words(out, texts[i].text, indent, &at);
        first = false;
    }
    buffer_append_text(out, "\r\n");
}

void findings_write_text(const struct findings *findings, struct sbx_buffer *out)
{
    size_t name_width = strlen("fileDelete");
    size_t below = count_below(findings);

    for (size_t i = 0; i < findings->count; i++) {
        size_t width = columns(findings->items[i].domain, strlen(findings->items[i].domain));

        if (width > name_width)
            name_width = width;
    }

    buffer_append_format(out, "  %-*s  %-8s  %-8s  %s\r\n", (int)name_width, "Domain", "Holds", "Required",
                         "By what, and what was seen");
    for (size_t i = 0; i < findings->count; i++)
        append_row(out, &findings->items[i], name_width);
    if (below)
        buffer_append_format(out, "%zu of %zu below what is required (marked !).\r\n", below,
                             findings->count);
    else
        buffer_append_text(out, "Nothing is below what is required.\r\n");
}

static json_t *finding_as_json(const struct finding *finding)
{
    json_t *object = jsontext_object();

    if (jsontext_put_text(object, "domain", finding->domain) &&
        jsontext_put(object, "assurance", json_string(assurance_name(finding->assurance))) &&
        jsontext_put(object, "required", json_string(assurance_name(finding->required))) &&
        jsontext_put_text(object, "mechanism", finding->mechanism) &&
        jsontext_put_text(object, "detail", finding->detail) &&
        jsontext_put_text(object, "fix", finding->fix))
        return object;
    json_decref(object);
    return NULL;
}

struct json_t *findings_as_json(const struct findings *findings)
{
    json_t *array = jsontext_array();

    for (size_t i = 0; i < findings->count; i++) {
        if (!jsontext_append(array, finding_as_json(&findings->items[i]))) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

void findings_write_json(const struct findings *findings, struct sbx_buffer *out)
{
    jsontext_write(findings_as_json(findings), out);
}
