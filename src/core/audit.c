/*
 * audit.c - where a token may write that nobody gave it.
 */
#include "core/audit.h"
#include "base/memory.h"
#include "core/path.h"
#include "os/acl.h"
#include "os/clock.h"

#include <string.h>

#define MEDIUM_INTEGRITY 0x2000
#define ADD_FILE         0x0002u /* FILE_WRITE_DATA of a file */
#define ADD_FOLDER       0x0004u /* FILE_APPEND_DATA */
#define DELETE_CHILD     0x0040u
#define NOBODY           "S-1-5-21-0-0-0-0" /* a local account that no list names */
#define COUNT(array)     (sizeof(array) / sizeof(array)[0])

struct looking {
    const struct audit_question *question;
    struct audit found;
    size_t place_capacity;
    struct sbx_strings folders; /* to go into, in this order */
    size_t next;
    uint64_t began_ms;
    struct sbx_error *error;
};

void audit_free(struct audit *audit)
{
    for (size_t i = 0; i < audit->count; i++)
        sbx_free(audit->places[i].path);
    sbx_free(audit->places);
    memset(audit, 0, sizeof *audit);
}

static sbx_status no_memory(struct looking *looking)
{
    return error_memory(looking->error, "a list of writable places");
}

/* Asked only where there is more to be done. False: a limit is met, and what is left is left. */
static bool may_go_on(struct looking *looking, sbx_status *status)
{
    const struct audit_question *question = looking->question;

    if (question->go_on && !question->go_on(question->context)) {
        *status = error_set(looking->error, SBX_E_CANCELLED, "It was cancelled.");
        return false;
    }
    looking->found.elapsed_ms = (uint32_t)(clock_monotonic_ms() - looking->began_ms);
    looking->found.out_of_time = looking->found.elapsed_ms >= question->most_ms;
    looking->found.out_of_count = looking->found.seen >= question->most_objects;
    return !looking->found.out_of_time && !looking->found.out_of_count;
}

static bool is_spared(const struct looking *looking, const char *path)
{
    const struct sbx_strings *spared = looking->question->spared;

    for (size_t i = 0; spared && i < spared->count; i++)
        if (path_holds(spared->items[i], path))
            return true;
    return false;
}

/* Rights. */

static void find_who(const struct descriptor *descriptor, int index, struct sid *who)
{
    struct acl_cursor cursor;
    struct acl_entry entry;
    struct ace ace;

    if (index < 0 || !acl_begin(descriptor->dacl.bytes, descriptor->dacl.size, &cursor))
        return;
    for (int i = 0; acl_next(&cursor, &entry); i++)
        if (i == index && ace_read(&entry, &ace))
            *who = ace.sid;
}

/* By single bits: each is refused or given by itself. */
static uint32_t rights_on(const struct looking *looking, const struct descriptor *descriptor, bool folder,
                          struct sid *who)
{
    static const struct {
        uint32_t bit, right;
        bool of_folders;
    } asked[] = {
        {ADD_FILE, AUDIT_WRITE, false},         {ADD_FOLDER, AUDIT_MAKE, false},
        {DELETE_CHILD, AUDIT_DELETE, true},     {ACCESS_WRITE_DAC, AUDIT_OWN, false},
        {ACCESS_WRITE_OWNER, AUDIT_OWN, false},
    };
    uint32_t rights = 0;

    for (size_t i = 0; i < COUNT(asked); i++) {
        struct access_decision decision;

        if ((asked[i].of_folders && !folder) ||
            access_check(descriptor, looking->question->token, asked[i].bit, &access_mapping_file, &decision,
                         NULL) ||
            !decision.allowed)
            continue;
        if (!rights && decision.rule == ACCESS_BY_ENTRY)
            find_who(descriptor, decision.entry, who);
        rights |= asked[i].right;
    }
    return rights;
}

static sbx_status add_place(struct looking *looking, const char *path, uint32_t rights, const struct sid *who)
{
    struct audit *found = &looking->found;

    if (found->count == looking->place_capacity) {
        size_t capacity = looking->place_capacity ? 2 * looking->place_capacity : 8;
        struct audit_place *grown = sbx_realloc(found->places, capacity * sizeof *grown);

        if (!grown)
            return no_memory(looking);
        found->places = grown;
        looking->place_capacity = capacity;
    }
    found->places[found->count] = (struct audit_place){sbx_strdup(path), rights, *who};
    if (!found->places[found->count].path)
        return no_memory(looking);
    found->count++;
    return SBX_OK;
}

/* What the caller may not see is counted; only memory ends it. */
static sbx_status refused(struct looking *looking, sbx_status status)
{
    if (status == SBX_E_MEMORY)
        return no_memory(looking);
    if (status != SBX_E_PATH_NOT_FOUND) /* gone meanwhile */
        looking->found.refused++;
    return SBX_OK;
}

/* One file or folder: *goes_in where it is a folder that is to be gone into. */
static sbx_status look_at(struct looking *looking, const struct acl_object *object, const char *path,
                          bool *goes_in)
{
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct descriptor descriptor = {0};
    struct acl_facts facts;
    struct sid who = {0};
    uint32_t rights;
    sbx_status status = acl_examine(object, &facts, NULL);

    *goes_in = false;
    looking->found.seen++;
    if (status)
        return refused(looking, status);
    if (facts.reparse) {
        looking->found.links++;
        return SBX_OK;
    }
    status = acl_read(object, &bytes, NULL);
    if (!status)
        status = descriptor_parse(bytes.data, bytes.size, &descriptor, NULL);
    buffer_free(&bytes);
    if (status)
        return refused(looking, status);
    rights = rights_on(looking, &descriptor, facts.kind == FILE_KIND_DIRECTORY, &who);
    descriptor_free(&descriptor);
    *goes_in = !rights && facts.kind == FILE_KIND_DIRECTORY;
    return rights ? add_place(looking, path, rights, &who) : SBX_OK;
}

/* Walking. */

static sbx_status queue(struct looking *looking, const char *path)
{
    return strings_append(&looking->folders, path) ? no_memory(looking) : SBX_OK;
}

static sbx_status look_at_root(struct looking *looking, const char *path)
{
    struct acl_object *object;
    bool goes_in;
    sbx_status status = acl_open(path, ACL_LOOK, &object, NULL);

    if (status)
        return refused(looking, status);
    status = look_at(looking, object, path, &goes_in);
    acl_close(object);
    /* The root of a drive where folders may be made is gone into all the same: what is in it has lists of its own. */
    if (!status && (goes_in || path_is_drive_root(path)))
        status = queue(looking, path);
    return status;
}

static sbx_status look_at_child(struct looking *looking, const struct acl_object *folder, const char *path,
                                const char *name)
{
    char *child = path_join(path, name);
    struct acl_object *object;
    bool goes_in = false;
    sbx_status status;

    if (!child)
        return no_memory(looking);
    /* A root was looked at before, as one. */
    if (is_spared(looking, child) || strings_hold_ascii_nocase(looking->question->roots, child)) {
        sbx_free(child);
        return SBX_OK;
    }
    status = acl_open_child(folder, name, ACL_LOOK, &object, NULL);
    if (status) {
        looking->found.seen++;
        status = refused(looking, status);
    } else {
        status = look_at(looking, object, child, &goes_in);
        acl_close(object);
    }
    if (!status && goes_in)
        status = queue(looking, child);
    sbx_free(child);
    return status;
}

static sbx_status look_into(struct looking *looking, const char *path)
{
    struct sbx_strings names = {NULL, 0};
    struct acl_object *folder;
    struct acl_facts facts;
    sbx_status status = acl_open(path, ACL_LOOK, &folder, NULL);

    if (status)
        return refused(looking, status);
    status = acl_examine(folder, &facts, NULL);
    if (!status && facts.reparse) /* since it was looked at */
        status = SBX_E_PATH_NOT_FOUND;
    if (!status)
        status = acl_list(folder, &names, NULL);
    if (status)
        status = refused(looking, status);
    for (size_t i = 0; i < names.count && !status && may_go_on(looking, &status); i++)
        status = look_at_child(looking, folder, path, names.items[i]);
    strings_free(&names);
    acl_close(folder);
    return status;
}

sbx_status audit_run(const struct audit_question *question, struct audit *audit, struct sbx_error *error)
{
    struct looking looking = {.question = question, .began_ms = clock_monotonic_ms(), .error = error};
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < question->roots->count && !status && may_go_on(&looking, &status); i++)
        if (!is_spared(&looking, question->roots->items[i]))
            status = look_at_root(&looking, question->roots->items[i]);
    for (; looking.next < looking.folders.count && !status && may_go_on(&looking, &status); looking.next++)
        status = look_into(&looking, looking.folders.items[looking.next]);
    looking.found.elapsed_ms = (uint32_t)(clock_monotonic_ms() - looking.began_ms);
    strings_free(&looking.folders);
    if (status) {
        audit_free(&looking.found);
        return status;
    }
    *audit = looking.found;
    return SBX_OK;
}

/* In words. */

static void write_who(const struct sid *who, struct sbx_buffer *out)
{
    static const struct {
        const char *sid, *name;
    } known[] = {{"S-1-1-0", "Everyone"}, {"S-1-5-11", "Authenticated Users"}, {"S-1-5-32-545", "Users"}};
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    if (!who->size) {
        buffer_append_text(out, "whoever comes");
        return;
    }
    sid_write_text(who, &text);
    for (size_t i = 0; i < COUNT(known); i++)
        if (!buffer_failed(&text) && !strcmp(buffer_text(&text), known[i].sid)) {
            buffer_append_text(out, known[i].name);
            buffer_free(&text);
            return;
        }
    buffer_append_text(out, buffer_text(&text));
    if (buffer_failed(&text))
        out->failed = true;
    buffer_free(&text);
}

static void write_place(const struct audit_place *place, struct sbx_buffer *out)
{
    static const struct {
        uint32_t right;
        const char *word;
    } words[] = {{AUDIT_WRITE, "write"}, {AUDIT_MAKE, "add"}, {AUDIT_DELETE, "delete"}, {AUDIT_OWN, "own"}};
    const char *between = ": ";

    buffer_append_format(out, "%s (", place->path);
    write_who(&place->who, out);
    for (size_t i = 0; i < COUNT(words); i++)
        if (place->rights & words[i].right) {
            buffer_append_format(out, "%s%s", between, words[i].word);
            between = ", ";
        }
    buffer_append_text(out, ")");
}

void audit_write_words(const struct audit *audit, size_t most, struct sbx_buffer *out)
{
    size_t shown = audit->count < most ? audit->count : most;

    if (!audit->count)
        buffer_append_text(out, "Nothing was found beside that may be written.");
    else
        buffer_append_format(out, "%zu %s beside may be written: ", audit->count,
                             audit->count == 1 ? "place" : "places");
    for (size_t i = 0; i < shown; i++) {
        buffer_append_text(out, i ? ", " : "");
        write_place(&audit->places[i], out);
    }
    if (shown < audit->count)
        buffer_append_format(out, " and %zu more", audit->count - shown);
    buffer_append_format(out, "%s %zu files and folders were looked at in %.1f s", audit->count ? "." : "",
                         audit->seen, audit->elapsed_ms / 1000.0);
    if (audit->out_of_time || audit->out_of_count)
        buffer_append_format(out, "; the limit of %s ended it, and there is more",
                             audit->out_of_time ? "time" : "number");
    if (audit->refused)
        buffer_append_format(out, "; the lists of %zu could not be read", audit->refused);
    buffer_append_text(out, ".");
}

/* Where to begin. */

static sbx_status add_root(struct sbx_strings *roots, const char *path)
{
    for (size_t i = 0; i < roots->count; i++)
        if (text_equal_ascii_nocase(roots->items[i], path))
            return SBX_OK;
    return strings_append(roots, path);
}

/* Each folder of "C:\a;\"C:\b c\";d": what is no absolute path on a drive is left out. */
static sbx_status add_search_path(struct sbx_strings *roots, const char *variable)
{
    sbx_status status = SBX_OK;

    while (variable && *variable && !status) {
        size_t size = strcspn(variable, ";");
        const char *from = variable;
        char *entry, *path;

        variable += size + (variable[size] == ';');
        if (size > 1 && from[0] == '"' && from[size - 1] == '"') {
            from++;
            size -= 2;
        }
        entry = sbx_strndup(from, size);
        if (!entry)
            return SBX_E_MEMORY;
        if (path_form(entry) == PATH_FORM_DRIVE) {
            path = path_absolute("C:\\", entry);
            status = path ? add_root(roots, path) : SBX_E_MEMORY;
            sbx_free(path);
        }
        sbx_free(entry);
    }
    return status;
}

sbx_status audit_roots(const char *path_variable, struct sbx_strings *roots, struct sbx_error *error)
{
    static const enum known_folder known[] = {FOLDER_PROGRAM_DATA, FOLDER_PROGRAM_FILES,
                                              FOLDER_PROGRAM_FILES_X86, FOLDER_WINDOWS};
    struct sbx_strings made = {NULL, 0};
    sbx_status status = drive_list(&made, error);

    if (!status && add_search_path(&made, path_variable))
        status = error_memory(error, "a list of folders");
    for (size_t i = 0; i < COUNT(known) && !status; i++) {
        struct sbx_error met = {0};
        char *path = NULL;

        status = folder_path(known[i], &path, &met);
        if (status == SBX_E_PATH_NOT_FOUND) {
            status = SBX_OK;
            continue;
        }
        if (status && error && !error->code)
            *error = met;
        else if (!status && add_root(&made, path))
            status = error_memory(error, "a list of folders");
        sbx_free(path);
    }
    if (status)
        strings_free(&made);
    else
        *roots = made;
    return status;
}

/* A token that is thought out. */

/* Every local account's, whoever it is. INTERACTIVE and the logon SID deny alone: the level's recipes make them so. */
static const struct {
    const char *sid;
    bool deny_only;
} everybodys[] = {
    {"S-1-1-0", false},  {"S-1-5-11", false}, {"S-1-5-32-545", false}, {"S-1-5-113", false},
    {"S-1-5-15", false}, {"S-1-2-0", false},  {"S-1-5-4", true},
};

sbx_status audit_token_make(const char *account_sid, const struct sbx_strings *group_sids,
                            struct audit_token *token, struct sbx_error *error)
{
    struct audit_token made = {
        .groups = sbx_alloc_array(COUNT(everybodys) + group_sids->count, sizeof *made.groups)};
    size_t count = 0;
    sbx_status status;

    if (!made.groups)
        return error_memory(error, "a token");
    status = sid_parse(account_sid && *account_sid ? account_sid : NOBODY, &made.token.user.sid, error);
    for (size_t i = 0; i < COUNT(everybodys) && !status; i++, count++) {
        made.groups[count].enabled = !everybodys[i].deny_only;
        made.groups[count].deny_only = everybodys[i].deny_only;
        status = sid_parse(everybodys[i].sid, &made.groups[count].sid, error);
    }
    for (size_t i = 0; i < group_sids->count && !status; i++, count++) {
        made.groups[count].enabled = true;
        status = sid_parse(group_sids->items[i], &made.groups[count].sid, error);
    }
    if (status) {
        sbx_free(made.groups);
        return status;
    }
    made.token.user.enabled = true;
    made.token.groups = made.groups;
    made.token.group_count = count;
    made.token.integrity = MEDIUM_INTEGRITY;
    made.token.no_write_up = true;
    *token = made;
    return SBX_OK;
}

void audit_token_free(struct audit_token *token)
{
    sbx_free(token->groups);
    memset(token, 0, sizeof *token);
}
