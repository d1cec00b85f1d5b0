/*
 * policy_edit.c - edits of a policy's canonical text, which is then read anew.
 */
#include "core/policy_edit.h"

#include "base/memory.h"
#include "core/jsonplace.h"
#include "core/policy_fault.h"
#include "core/policy_text.h"
#include "core/policy_words.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

#define MOST_NAMES 16

/* ---- Pointers ---- */

static sbx_status check_pointer(const char *pointer, struct sbx_error *error)
{
    bool good = !*pointer || *pointer == '/';

    for (const char *at = pointer; *at && good; at++)
        good = *at != '~' || at[1] == '0' || at[1] == '1';
    if (good && text_is_utf8(pointer, strlen(pointer)))
        return SBX_OK;
    return error_set(
        error, SBX_E_ARGUMENT,
        "\"%.200s\" is no JSON pointer. Write one as /limits/seconds or /files/deny/0; ~ is written as "
        "~0 and / as ~1 in a name.",
        pointer);
}

static size_t part_size(const char *pointer)
{
    return strcspn(pointer + 1, "/");
}

/* "0", "17"; not "01", "-" or a name. */
static bool index_of(const char *part, size_t size, size_t *index)
{
    size_t found = 0;

    if (!size || size > 6 || (*part == '0' && size > 1))
        return false;
    for (size_t i = 0; i < size; i++) {
        if (part[i] < '0' || part[i] > '9')
            return false;
        found = found * 10 + (size_t)(part[i] - '0');
    }
    *index = found;
    return true;
}

/* A part of a pointer as the name that it means, NUL-ended. */
static void append_part(struct sbx_buffer *out, const char *part, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (part[i] == '~')
            buffer_append_text(out, part[++i] == '0' ? "~" : "/");
        else
            buffer_append(out, part + i, 1);
    }
}

/* ---- Finding a value in the text ---- */

struct spot {
    bool there;
    bool root;
    struct jsonplace place; /* the value, where it is there */
    size_t container; /* what it is or would be in: an object, a list, or something that holds nothing */
    size_t before;    /* behind the member in front of it, or of all where it is not there; 0: none */
    size_t count;     /* of members in front of it */
    const char *rest; /* where it is not there: the pointer from the first part on that is missing */
};

static sbx_status is_part(const char *text, const struct spot *spot, const char *part, size_t size,
                          bool *same)
{
    struct sbx_buffer name = SBX_BUFFER_EMPTY;
    size_t index;

    if (text[spot->container] == '[') {
        *same = index_of(part, size, &index) && index == spot->count;
        return SBX_OK;
    }
    if (jsonplace_pointer_part(text, &spot->place, &name)) {
        buffer_free(&name);
        return SBX_E_MEMORY;
    }
    *same = name.size == size && memcmp(buffer_text(&name), part, size) == 0;
    buffer_free(&name);
    return SBX_OK;
}

/* One part down from spot->place. */
static sbx_status step(const char *text, const char *pointer, struct spot *spot)
{
    size_t size = part_size(pointer);

    spot->root = false;
    spot->there = false;
    spot->rest = pointer;
    spot->container = spot->place.start;
    spot->before = 0;
    spot->count = 0;
    if (text[spot->container] != '{' && text[spot->container] != '[')
        return SBX_OK;

    memset(&spot->place, 0, sizeof spot->place);
    while (jsonplace_next(text, spot->container, &spot->place)) {
        if (is_part(text, spot, pointer + 1, size, &spot->there))
            return SBX_E_MEMORY;
        if (spot->there)
            return SBX_OK;
        spot->before = spot->place.end;
        spot->count++;
    }
    return SBX_OK;
}

static sbx_status locate(const char *text, const char *pointer, struct spot *spot)
{
    memset(spot, 0, sizeof *spot);
    spot->place = jsonplace_root(text);
    spot->there = true;
    spot->root = true;
    for (; *pointer && spot->there; pointer += 1 + part_size(pointer)) {
        if (step(text, pointer, spot))
            return SBX_E_MEMORY;
    }
    return SBX_OK;
}

/* ---- What is not there ---- */

static sbx_status raise(const char *pointer, const char *what, struct sbx_buffer *fix,
                        struct sbx_error *error)
{
    struct policy_problem problem = {.code = SBX_E_POLICY_VALUE};

    if (buffer_failed(fix))
        return error_memory(error, "the policy");
    problem.pointer = (char *)pointer;
    problem.text = (char *)what;
    problem.fix = (char *)buffer_text(fix);
    return policy_problem_raise(&problem, error);
}

/* The names in the object, and the one of them that somebody may have meant. */
static sbx_status advise_names(const char *text, const struct spot *spot, struct sbx_buffer *fix)
{
    struct jsonplace place = {0, 0, 0};
    struct sbx_strings names = {NULL, 0};
    struct sbx_buffer wanted = SBX_BUFFER_EMPTY;
    const char *nearest;
    sbx_status status = SBX_OK;

    while (!status && names.count < MOST_NAMES && jsonplace_next(text, spot->container, &place)) {
        struct sbx_buffer name = SBX_BUFFER_EMPTY;

        status = jsonplace_key(text, &place, &name);
        if (!status)
            status = strings_append(&names, buffer_text(&name));
        buffer_free(&name);
    }
    append_part(&wanted, spot->rest + 1, part_size(spot->rest));
    if (!status && !buffer_failed(&wanted)) {
        nearest = text_nearest(buffer_text(&wanted), (const char *const *)names.items, names.count);
        if (nearest)
            buffer_append_format(fix, "Did you mean \"%s\"? ", nearest);
        buffer_append_text(fix, names.count ? "Here are: " : "Nothing is set here yet.");
        for (size_t i = 0; i < names.count; i++)
            buffer_append_format(fix, "%s\"%.64s\"", i ? ", " : "", names.items[i]);
        if (names.count)
            buffer_append_text(fix, spot->count > names.count ? " and more." : ".");
    }
    if (buffer_failed(&wanted))
        status = SBX_E_MEMORY;
    strings_free(&names);
    buffer_free(&wanted);
    return status;
}

static sbx_status nothing_there(const char *text, const char *pointer, const struct spot *spot,
                                struct sbx_error *error)
{
    struct sbx_buffer fix = SBX_BUFFER_EMPTY;
    const char *what = "there is nothing of that name.";
    sbx_status status = SBX_OK;

    if (text[spot->container] == '{') {
        status = advise_names(text, spot, &fix);
    } else if (text[spot->container] == '[') {
        what = "the list has no such entry.";
        if (spot->count)
            buffer_append_format(&fix, "Its entries are 0 to %zu, and - is behind the last.",
                                 spot->count - 1);
        else
            buffer_append_text(&fix, "It is empty; - is behind its last entry.");
    } else {
        what = "a single value has nothing below it.";
        buffer_append_format(&fix, "Name the value itself: %.*s.", (int)(spot->rest - pointer), pointer);
    }
    status = status ? error_memory(error, "the policy") : raise(pointer, what, &fix, error);
    buffer_free(&fix);
    return status;
}

/* ---- Changing the text ---- */

/* [start, end) becomes `with`. */
static void splice(struct sbx_buffer *text, size_t start, size_t end, const struct sbx_buffer *with)
{
    struct sbx_buffer made = SBX_BUFFER_EMPTY;

    buffer_append(&made, text->data, start);
    buffer_append(&made, with->data, with->size);
    buffer_append(&made, text->data + end, text->size - end);
    made.failed |= with->failed;
    buffer_free(text);
    *text = made;
}

/* Puts `members`, one or several with commas between them, behind the last one. */
static void append_members(struct sbx_buffer *text, const struct spot *spot, const struct sbx_buffer *members)
{
    struct sbx_buffer with = SBX_BUFFER_EMPTY;
    size_t at = spot->before ? spot->before : spot->container + 1;

    buffer_append_text(&with, spot->before ? "," : "");
    buffer_append(&with, members->data, members->size);
    with.failed |= members->failed;
    splice(text, at, at, &with);
    buffer_free(&with);
}

static void append_key(struct sbx_buffer *out, const char *part, size_t size)
{
    struct sbx_buffer name = SBX_BUFFER_EMPTY;

    append_part(&name, part, size);
    policy_write_text(out, buffer_text(&name));
    buffer_append_text(out, ": ");
    out->failed |= buffer_failed(&name);
    buffer_free(&name);
}

/*
 * A value where nothing was: the parts of the pointer that are missing become objects around it. Whether there is such
 * a key at all, the reader knows.
 */
static sbx_status put_new(struct sbx_buffer *text, const char *pointer, const struct spot *spot,
                          const char *json, size_t size, struct sbx_error *error)
{
    struct sbx_buffer member = SBX_BUFFER_EMPTY;
    const char *part = spot->rest;
    size_t depth = 0;

    if (text->data[spot->container] == '{')
        append_key(&member, part + 1, part_size(part));
    else if (text->data[spot->container] != '[' || part_size(part) != 1 || part[1] != '-')
        return nothing_there(buffer_text(text), pointer, spot, error);
    for (part += 1 + part_size(part); *part; part += 1 + part_size(part)) {
        buffer_append_text(&member, "{");
        append_key(&member, part + 1, part_size(part));
        depth++;
    }
    buffer_append(&member, json, size);
    while (depth--)
        buffer_append_text(&member, "}");
    append_members(text, spot, &member);
    buffer_free(&member);
    return SBX_OK;
}

static sbx_status put(struct sbx_buffer *text, const char *pointer, const char *json, size_t size,
                      struct sbx_error *error)
{
    struct sbx_buffer with = SBX_BUFFER_EMPTY;
    struct spot spot;

    if (locate(buffer_text(text), pointer, &spot))
        return error_memory(error, "the policy");
    if (!spot.there)
        return put_new(text, pointer, &spot, json, size, error);
    buffer_append(&with, json, size);
    splice(text, spot.place.start, spot.place.end, &with);
    buffer_free(&with);
    return SBX_OK;
}

/* The text, once all edits are in it, becomes the policy. Frees the text. */
static sbx_status finish(struct sbx_policy *policy, struct sbx_buffer *text, sbx_status status,
                         struct sbx_error *error)
{
    struct sbx_policy made = {0};

    if (!status)
        status = buffer_failed(text) ? error_memory(error, "the policy")
                                     : policy_parse(buffer_text(text), text->size, &made, error);
    if (!status) {
        made.source = policy->source;
        policy->source = NULL;
        policy_free(policy);
        *policy = made;
    }
    buffer_free(text);
    return status;
}

/* The canonical text to work on, after a look at the pointer. */
static sbx_status begin(const struct sbx_policy *policy, const char *pointer, struct sbx_buffer *text,
                        struct sbx_error *error)
{
    sbx_status status = check_pointer(pointer, error);

    if (status)
        return status;
    policy_write(policy, text);
    if (!buffer_failed(text))
        return SBX_OK;
    buffer_free(text);
    return error_memory(error, "the policy");
}

/* ---- Looking ---- */

static sbx_status find(const char *text, const char *pointer, struct spot *spot, struct sbx_error *error)
{
    if (locate(text, pointer, spot))
        return error_memory(error, "the policy");
    return spot->there ? SBX_OK : nothing_there(text, pointer, spot, error);
}

/* One value's text as a value. */
static sbx_status take_value(const char *text, size_t size, struct policy_value *value,
                             struct sbx_error *error)
{
    struct policy_value found = {POLICY_OBJECT, NULL, 0};
    struct jsontext read;
    json_error_t where;

    if (jsontext_read_as(text, size, JSON_DECODE_ANY, &read, &where))
        return error_memory(error, "the policy");
    if (json_is_string(read.root)) {
        found.kind = POLICY_TEXT;
        found.text = sbx_strdup(json_string_value(read.root));
    } else if (json_is_number(read.root)) {
        found.kind = POLICY_NUMBER;
        found.number = json_number_value(read.root);
    } else if (json_is_array(read.root))
        found.kind = POLICY_LIST;
    jsontext_free(&read);
    if (found.kind == POLICY_TEXT && !found.text)
        return error_memory(error, "the policy");
    *value = found;
    return SBX_OK;
}

sbx_status policy_get(const struct sbx_policy *policy, const char *pointer, struct policy_value *value,
                      struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct spot spot;
    sbx_status status = begin(policy, pointer, &text, error);

    if (status)
        return status;
    status = find(buffer_text(&text), pointer, &spot, error);
    if (!status)
        status = take_value(buffer_text(&text) + spot.place.start, spot.place.end - spot.place.start, value,
                            error);
    buffer_free(&text);
    return status;
}

/* Without the blanks that it has in front of each line for being so deep down. No text has a line end inside. */
static void append_dedented(struct sbx_buffer *out, const char *text, size_t size, size_t blanks)
{
    size_t start = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\n')
            continue;
        buffer_append(out, text + start, i + 1 - start);
        start = i + 1 + blanks;
    }
    buffer_append(out, text + start, size - start);
}

sbx_status policy_get_json(const struct sbx_policy *policy, const char *pointer, struct sbx_buffer *out,
                           struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct spot spot;
    size_t depth = 0;
    sbx_status status = begin(policy, pointer, &text, error);

    if (status)
        return status;
    for (const char *at = pointer; *at; at++)
        depth += *at == '/';
    status = find(buffer_text(&text), pointer, &spot, error);
    if (!status) {
        append_dedented(out, buffer_text(&text) + spot.place.start, spot.place.end - spot.place.start,
                        2 * depth);
        status = buffer_failed(out) ? error_memory(error, "the policy") : SBX_OK;
    }
    buffer_free(&text);
    return status;
}

/* ---- Setting ---- */

sbx_status policy_set_json(struct sbx_policy *policy, const char *pointer, const char *json, size_t size,
                           struct sbx_error *error)
{
    struct policy_problems problems = {NULL, 0};
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    sbx_status status = begin(policy, pointer, &text, error);

    if (status)
        return status;
    /* By itself first: what is no JSON could be something else once it is put between other text. */
    status = policy_check_json(json, size, &problems);
    if (status)
        error_memory(error, "the policy");
    else if (problems.count)
        status = policy_problem_raise(&problems.items[0], error);
    policy_problems_free(&problems);
    if (!status)
        status = put(&text, pointer, json, size, error);
    return finish(policy, &text, status, error);
}

static bool is_variable(const char *pointer)
{
    return strncmp(pointer, "/environment/set/", strlen("/environment/set/")) == 0;
}

/* Is it the text of a number, as JSON writes them? */
static bool is_number(const char *text)
{
    return *text && strspn(text, "0123456789+-.eE") == strlen(text);
}

static sbx_status append_number(struct sbx_buffer *json, double number, const char *pointer,
                                struct sbx_error *error)
{
    struct sbx_buffer fix = SBX_BUFFER_EMPTY;
    sbx_status status;

    if (number >= -DBL_MAX && number <= DBL_MAX) {
        if (number == (double)(int64_t)(number > -1e15 && number < 1e15 ? number : 0.5))
            buffer_append_format(json, "%lld", (long long)number);
        else
            policy_write_number(json, number);
        return SBX_OK;
    }
    buffer_append_text(&fix, "Write a finite one.");
    status = raise(pointer, "this is no number that JSON has.", &fix, error);
    buffer_free(&fix);
    return status;
}

static sbx_status append_value(struct sbx_buffer *json, const char *pointer, const struct policy_value *value,
                               const struct policy_value *now, struct sbx_error *error)
{
    bool wants_text = now->kind == POLICY_TEXT || is_variable(pointer);
    bool wants_number = now->kind == POLICY_NUMBER;
    sbx_status status = SBX_OK;

    switch (value->kind) {
    case POLICY_TEXT:
        if (wants_number && is_number(value->text))
            buffer_append_text(json, value->text);
        else
            policy_write_text(json, value->text);
        break;
    case POLICY_NUMBER:
        buffer_append_text(json, wants_text ? "\"" : "");
        status = append_number(json, value->number, pointer, error);
        buffer_append_text(json, wants_text ? "\"" : "");
        break;
    case POLICY_BOOLEAN:
        buffer_append_text(json, value->number != 0 ? "true" : "false");
        break;
    default:
        status = error_set(error, SBX_E_ARGUMENT, "A list or an object is set as JSON text.");
    }
    if (!status && buffer_failed(json))
        status = error_memory(error, "the policy");
    return status;
}

/* By the reader it would be told with a place in a text that whoever gave it has never seen. */
static sbx_status check_characters(const char *pointer, const char *text, struct sbx_error *error)
{
    if (text_is_utf8(text, strlen(text)))
        return SBX_OK;
    return error_set(
        error, SBX_E_POLICY_SYNTAX,
        "%s: the text has half of a character in it (a surrogate without the other), which no policy "
        "can hold. Take it out.",
        pointer);
}

sbx_status policy_set(struct sbx_policy *policy, const char *pointer, const struct policy_value *value,
                      struct sbx_error *error)
{
    struct sbx_buffer json = SBX_BUFFER_EMPTY;
    struct policy_value now = {POLICY_OBJECT, NULL, 0};
    struct sbx_error unused = {0};
    sbx_status status = policy_get(policy, pointer, &now, &unused);

    /* Nothing there yet: the reader will say whether there may be. */
    if (status && status != SBX_E_POLICY_VALUE)
        return error_set(error, unused.code, "%s", unused.text);
    status = value->kind == POLICY_TEXT ? check_characters(pointer, value->text, error) : SBX_OK;
    if (!status)
        status = append_value(&json, pointer, value, &now, error);
    sbx_free(now.text);
    if (!status)
        status = policy_set_json(policy, pointer, buffer_text(&json), json.size, error);
    buffer_free(&json);
    return status;
}

/* ---- Taking out ---- */

static sbx_status remove_from(struct sbx_buffer *text, const char *pointer, struct sbx_error *error)
{
    const struct sbx_buffer nothing = SBX_BUFFER_EMPTY;
    struct spot spot;
    size_t start;
    size_t end;
    sbx_status status = find(buffer_text(text), pointer, &spot, error);

    if (status)
        return status;
    /* With the comma in front, or of the first one with the comma behind. */
    start = spot.before ? spot.before : spot.place.key;
    end = spot.place.end;
    if (!spot.before && text->data[end] == ',')
        end++;
    splice(text, start, end, &nothing);
    return SBX_OK;
}

sbx_status policy_remove(struct sbx_policy *policy, const char *pointer, struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    sbx_status status = begin(policy, pointer, &text, error);

    if (status)
        return status;
    if (*pointer)
        status = remove_from(&text, pointer, error);
    else
        status = put(&text, pointer, "{}", 2, error);
    return finish(policy, &text, status, error);
}

/* ---- Adding ---- */

static const struct sbx_strings *list_at(const struct sbx_policy *policy, const char *pointer)
{
    if (strcmp(pointer, "/files/write") == 0)
        return &policy->files.write;
    if (strcmp(pointer, "/files/read") == 0)
        return &policy->files.read;
    if (strcmp(pointer, "/files/deny") == 0)
        return &policy->files.deny;
    if (strcmp(pointer, "/files/protect") == 0)
        return &policy->files.protect;
    return NULL;
}

static bool has(const struct sbx_strings *strings, const char *text)
{
    for (size_t i = 0; i < strings->count; i++) {
        if (strcmp(strings->items[i], text) == 0)
            return true;
    }
    return false;
}

/* Appends the path in its one spelling. */
static sbx_status append_folded(struct sbx_strings *strings, const char *path)
{
    sbx_status status = strings_append(strings, path);

    if (!status)
        policy_fold_path(strings->items[strings->count - 1]);
    return status;
}

/* The entries that are not there yet as JSON, with commas between them. "" is kept, for the reader to refuse. */
static sbx_status append_new(const struct sbx_strings *now, const struct sbx_strings *entries,
                             struct sbx_buffer *members)
{
    struct sbx_strings known = {NULL, 0};
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < now->count && !status; i++)
        status = append_folded(&known, now->items[i]);
    for (size_t i = 0; i < entries->count && !status; i++) {
        struct sbx_strings one = {NULL, 0};

        status = append_folded(&one, entries->items[i]);
        if (!status && !has(&known, one.items[0])) {
            buffer_append_text(members, members->size ? "," : "");
            policy_write_text(members, entries->items[i]);
            status = strings_append(&known, one.items[0]);
        }
        strings_free(&one);
    }
    strings_free(&known);
    return status || buffer_failed(members) ? SBX_E_MEMORY : SBX_OK;
}

sbx_status policy_add(struct sbx_policy *policy, const char *list, const struct sbx_strings *entries,
                      struct sbx_error *error)
{
    const struct sbx_strings *now = list_at(policy, list);
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct sbx_buffer members = SBX_BUFFER_EMPTY;
    struct sbx_buffer behind = SBX_BUFFER_EMPTY;
    struct spot spot;
    sbx_status status;

    if (!now)
        return error_set(error, SBX_E_ARGUMENT, "%s is no list that paths are added to.", list);
    for (size_t i = 0; i < entries->count; i++) {
        status = check_characters(list, entries->items[i], error);
        if (status)
            return status;
    }
    status = begin(policy, list, &text, error);
    if (status)
        return status;

    buffer_append_format(&behind, "%s/-", list);
    if (append_new(now, entries, &members) || buffer_failed(&behind) ||
        locate(buffer_text(&text), buffer_text(&behind), &spot))
        status = error_memory(error, "the policy");
    else if (members.size)
        append_members(&text, &spot, &members);
    buffer_free(&members);
    buffer_free(&behind);
    return finish(policy, &text, status, error);
}

/* ---- Requiring ---- */

static sbx_status put_requirement(struct sbx_buffer *text, const char *domain, const char *json,
                                  struct sbx_error *error)
{
    struct sbx_buffer pointer = SBX_BUFFER_EMPTY;
    sbx_status status = SBX_E_MEMORY;

    buffer_append_text(&pointer, "/require/");
    jsonplace_append_part(&pointer, domain);
    if (buffer_failed(&pointer))
        error_memory(error, "the policy");
    else
        status = put(text, buffer_text(&pointer), json, strlen(json), error);
    buffer_free(&pointer);
    return status;
}

sbx_status policy_require(struct sbx_policy *policy, const struct sbx_strings *domains, const char *assurance,
                          struct sbx_error *error)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    struct sbx_buffer json = SBX_BUFFER_EMPTY;
    sbx_status status = begin(policy, "", &text, error);

    if (status)
        return status;
    for (int i = 0; i <= SBX_VERIFIED; i++) {
        if (text_equal_ascii_nocase(assurance, assurance_name((enum sbx_assurance)i)))
            assurance = assurance_name((enum sbx_assurance)i);
    }
    policy_write_text(&json, assurance);
    if (buffer_failed(&json))
        status = error_memory(error, "the policy");
    for (size_t i = 0; i < domains->count && !status; i++)
        status = buffer_failed(&text) ? error_memory(error, "the policy")
                                      : put_requirement(&text, domains->items[i], buffer_text(&json), error);
    buffer_free(&json);
    return finish(policy, &text, status, error);
}
