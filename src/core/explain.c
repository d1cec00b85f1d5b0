/*
 * explain.c - the access check on one path, asked as NTFS asks it.
 */
#include "core/explain.h"
#include "base/memory.h"
#include "core/excerpt.h"
#include "core/explain_words.h"
#include "core/path.h"
#include "os/acl.h"

#include <string.h>

#define ALL_ACCESS (EXPLAIN_READ | EXPLAIN_WRITE | EXPLAIN_DELETE | EXPLAIN_EXECUTE)

/* Where nobody could tell. */
#define MEDIUM_INTEGRITY 0x2000

/* Tokens. */

static sbx_status read_groups(const struct sbx_strings *texts, struct access_sid *groups,
                              struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < texts->count && !status; i++) {
        groups[i].enabled = true;
        status = sid_parse(texts->items[i], &groups[i].sid, error);
    }
    return status;
}

static sbx_status read_sids(const struct sbx_strings *texts, struct sid *sids, struct sbx_error *error)
{
    sbx_status status = SBX_OK;

    for (size_t i = 0; i < texts->count && !status; i++)
        status = sid_parse(texts->items[i], &sids[i], error);
    return status;
}

static uint32_t privileges_of(const struct sbx_strings *names)
{
    static const struct {
        const char *name;
        uint32_t privilege;
    } known[] = {{"SeSecurityPrivilege", PRIVILEGE_SECURITY},
                 {"SeTakeOwnershipPrivilege", PRIVILEGE_TAKE_OWNERSHIP},
                 {"SeRelabelPrivilege", PRIVILEGE_RELABEL}};
    uint32_t privileges = 0;

    for (size_t i = 0; i < names->count; i++) {
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
            if (strcmp(names->items[i], known[k].name) == 0)
                privileges |= known[k].privilege;
        }
    }
    return privileges;
}

sbx_status explain_token_make(const struct token_facts *facts, struct explain_token *token,
                              struct sbx_error *error)
{
    struct explain_token made = {0};
    sbx_status status;

    made.groups = sbx_alloc_array(facts->enabled_groups.count, sizeof *made.groups);
    made.restricting = sbx_alloc_array(facts->restricting_sids.count, sizeof *made.restricting);
    status = made.groups && made.restricting ? SBX_OK : error_memory(error, "a token");
    if (!status)
        status = sid_parse(facts->user_sid, &made.token.user.sid, error);
    if (!status)
        status = read_groups(&facts->enabled_groups, made.groups, error);
    if (!status)
        status = read_sids(&facts->restricting_sids, made.restricting, error);
    if (status) {
        explain_token_free(&made);
        return status;
    }

    made.token.user.enabled = true;
    made.token.groups = made.groups;
    made.token.group_count = facts->enabled_groups.count;
    made.token.restricting = made.restricting;
    made.token.restricting_count = facts->restricting_sids.count;
    made.token.write_restricted = facts->write_restricted;
    made.token.integrity = facts->integrity == TOKEN_INTEGRITY_UNKNOWN ? MEDIUM_INTEGRITY : facts->integrity;
    made.token.no_write_up = true;
    made.token.privileges = privileges_of(&facts->privileges);
    *token = made;
    return SBX_OK;
}

void explain_token_free(struct explain_token *token)
{
    sbx_free(token->groups);
    sbx_free(token->restricting);
    memset(token, 0, sizeof *token);
}

/* What is asked about. */

struct target {
    char *path;   /* final, without the stream; where it would be */
    char *own;    /* the link that the path is itself; NULL: it is none */
    char *stream; /* ":name", "" */
    bool present;
    bool keeps_acls;
    char *folder; /* its folder's final path, NULL of a root */
};

static void target_free(struct target *target)
{
    sbx_free(target->path);
    sbx_free(target->own);
    sbx_free(target->stream);
    sbx_free(target->folder);
}

static sbx_status bad_path(const char *path, const char *fault, struct sbx_error *error)
{
    char shown[EXCERPT_SIZE];

    return error_set(error, SBX_E_ARGUMENT,
                     "%s %s. Give the absolute path of a file or folder on a local drive, such as "
                     "C:\\src\\app\\readme.txt.",
                     *path ? excerpt(shown, path) : "The path", fault);
}

/* Separates a stream, and says what is wrong with the rest. */
static sbx_status split(const char *path, char **file, char **stream, struct sbx_error *error)
{
    const char *name = path_name(path);
    const char *colon;
    size_t size = strlen(path);
    char *made;

    if (path_form(path) != PATH_FORM_DRIVE)
        return bad_path(path, *path ? "is no such path" : "is empty", error);

    /* path_name stops at a colon, too: what comes before it may be the file's name or a stream's. */
    while (name > path && name[-1] != '\\' && name[-1] != '/')
        name--;
    colon = strchr(name, ':');
    if (colon)
        size = (size_t)(colon - path);

    made = sbx_strndup(path, size);
    *stream = sbx_strdup(path + size);
    *file = made ? path_absolute(made, made) : NULL;
    if (!*file || !*stream) {
        sbx_free(made);
        return error_memory(error, "a path");
    }
    if (path_fault(made)) {
        sbx_status status = bad_path(path, path_fault(made), error);

        sbx_free(made);
        return status;
    }
    sbx_free(made);
    return SBX_OK;
}

/* The folder of a path; *folder NULL of a root. */
static sbx_status folder_of(const char *path, char **folder, struct sbx_error *error)
{
    char *made = sbx_strdup(path);
    char *separator = made ? strrchr(made, '\\') : NULL;

    if (!made)
        return error_memory(error, "a path");
    if (!separator || !separator[1]) {
        sbx_free(made);
        *folder = NULL;
        return SBX_OK;
    }
    separator[separator == made + 2 ? 1 : 0] = '\0';
    *folder = made;
    return SBX_OK;
}

static sbx_status find_present(struct target *target, const char *file, struct file_facts *facts,
                               struct sbx_error *error)
{
    char *folder = NULL;
    struct file_facts above;
    sbx_status status;

    target->present = true;
    target->keeps_acls = facts->keeps_acls;
    target->path = facts->path;
    facts->path = NULL;
    status = folder_of(target->path, &target->folder, error);
    if (status || !facts->reparse)
        return status;

    status = folder_of(file, &folder, error);
    if (!status && folder)
        status = file_examine(folder, &above, error);
    if (!status && folder) {
        target->own = path_join(above.path, path_name(file));
        file_facts_free(&above);
        if (!target->own)
            status = error_memory(error, "a path");
    }
    sbx_free(folder);
    return status;
}

static sbx_status find_absent(struct target *target, const char *file, uint32_t access,
                              struct sbx_error *error)
{
    char shown[EXCERPT_SIZE];
    char *folder = NULL;
    struct file_facts above;
    struct sbx_error reason = {0};
    sbx_status status = folder_of(file, &folder, error);

    if (status)
        return status;
    status = folder ? file_examine(folder, &above, &reason) : SBX_E_PATH_NOT_FOUND;
    if (status == SBX_E_PATH_NOT_FOUND)
        error_set(error, status,
                  "%s is not there, and neither is its folder. Make the folder first, or correct "
                  "the path.",
                  excerpt(shown, file));
    else if (status)
        error_set(error, status, "The folder of %s cannot be looked at: %s", excerpt(shown, file),
                  reason.text);
    sbx_free(folder);
    if (status)
        return status;

    if (above.kind != FILE_KIND_DIRECTORY || !(access & EXPLAIN_WRITE)) {
        status =
            error_set(error, SBX_E_PATH_NOT_FOUND,
                      "There is nothing at %s. Ask whether it may be written, which is making it, or correct "
                      "the path.",
                      excerpt(shown, file));
        goto free_above;
    }
    target->keeps_acls = above.keeps_acls;
    target->path = path_join(above.path, path_name(file));
    target->folder = above.path;
    above.path = NULL;
    if (!target->path)
        status = error_memory(error, "a path");
free_above:
    file_facts_free(&above);
    return status;
}

static sbx_status find_target(const char *path, uint32_t access, struct target *target,
                              struct sbx_error *error)
{
    struct target made = {0};
    struct sbx_error reason = {0};
    struct file_facts facts;
    char *file = NULL;
    bool remote = false;
    sbx_status status = split(path, &file, &made.stream, error);

    if (!status) {
        status = file_examine(file, &facts, &reason);
        if (status == SBX_E_PATH_NOT_FOUND)
            status = find_absent(&made, file, access, error);
        else if (status && error && !error->code)
            *error = reason;
        else if (!status) {
            remote = facts.remote || facts.kind == FILE_KIND_OTHER;
            status = find_present(&made, file, &facts, error);
            file_facts_free(&facts);
        }
    }
    if (!status && remote)
        status = bad_path(path, "is on the network or a device, where this computer does not decide", error);
    if (!status && made.present && !made.folder && access & EXPLAIN_DELETE)
        status = bad_path(path, "is the root of a volume, which nobody deletes", error);
    if (status)
        target_free(&made);
    else
        *target = made;
    sbx_free(file);
    return status;
}

/* The check. */

/* A volume without lists lets everybody do everything: as a descriptor, one without a list. */
static void descriptor_of_nothing(struct descriptor *descriptor)
{
    memset(descriptor, 0, sizeof *descriptor);
    descriptor->owner = sid_everyone;
}

static sbx_status read_descriptor(const char *path, bool keeps_acls, struct descriptor *descriptor,
                                  struct sbx_error *error)
{
    struct acl_object *object = NULL;
    struct sbx_buffer bytes = SBX_BUFFER_EMPTY;
    struct sbx_error reason = {0};
    char shown[EXCERPT_SIZE];
    sbx_status status;

    if (!keeps_acls) {
        descriptor_of_nothing(descriptor);
        return SBX_OK;
    }
    status = acl_open(path, ACL_LOOK, &object, &reason);
    if (!status)
        status = acl_read(object, &bytes, &reason);
    if (!status)
        status = descriptor_parse(bytes.data, bytes.size, descriptor, &reason);
    acl_close(object);
    buffer_free(&bytes);
    if (status == SBX_E_MEMORY)
        return error_memory(error, "permissions");
    if (status) {
        status = status == SBX_E_PATH_NOT_FOUND ? status : SBX_E_SYSTEM;
        error_set(
            error, status,
            "The permissions of %s cannot be read, so nothing can be said of it: %s Ask as a user who may "
            "read them.",
            excerpt(shown, path), reason.text);
        if (error && !error->system)
            error->system = reason.system;
    }
    return status;
}

static void verdict_free(struct explain_verdict *verdict)
{
    sbx_free(verdict->path);
    descriptor_free(&verdict->descriptor);
    memset(verdict, 0, sizeof *verdict);
}

static sbx_status check(const struct access_token *token, const char *path, bool keeps_acls, uint32_t wanted,
                        struct explain_verdict *verdict, struct sbx_error *error)
{
    struct explain_verdict made = {.wanted = wanted};
    char shown[EXCERPT_SIZE];
    sbx_status status = read_descriptor(path, keeps_acls, &made.descriptor, error);

    if (status)
        return status;
    made.path = sbx_strdup(path);
    if (!made.path)
        status = error_memory(error, "a path");
    else if (access_check(&made.descriptor, token, wanted, &access_mapping_file, &made.decision, NULL))
        status = error_set(error, SBX_E_SYSTEM, "The permissions of %s are malformed; set them anew.",
                           excerpt(shown, path));
    if (status) {
        verdict_free(&made);
        return status;
    }
    *verdict = made;
    return SBX_OK;
}

/*
 * `right` of `wanted` may come from the folder instead, as `folder_right` on it. *verdict, which refuses all of `wanted`,
 * becomes the folder's when that gives it and the object the rest.
 */
static sbx_status try_folder(const struct access_token *token, const struct target *target,
                             const char *folder, uint32_t right, uint32_t folder_right,
                             struct explain_verdict *verdict, struct sbx_error *error)
{
    uint32_t rest = verdict->wanted & ~right;
    struct access_decision decision = {.allowed = true};
    struct explain_verdict above = {0};
    sbx_status status = SBX_OK;

    if (!(verdict->wanted & right) || verdict->decision.allowed || !folder)
        return SBX_OK;
    if (rest)
        status = access_check(&verdict->descriptor, token, rest, &access_mapping_file, &decision, error);
    if (status || !decision.allowed)
        return status;
    status = check(token, folder, target->keeps_acls, folder_right, &above, error);
    if (status)
        return status;
    if (above.decision.allowed) {
        verdict_free(verdict);
        above.by_folder = true;
        *verdict = above;
    } else
        verdict_free(&above);
    return SBX_OK;
}

static uint32_t open_mask(uint32_t access)
{
    uint32_t mask = 0;

    if (access & EXPLAIN_READ)
        mask |= access_mapping_file.read;
    if (access & EXPLAIN_WRITE)
        mask |= access_mapping_file.write;
    if (access & EXPLAIN_EXECUTE)
        mask |= access_mapping_file.execute;
    return mask;
}

/* The folder of what a deletion takes away, which of a link is not the folder of what it leads to. */
static sbx_status check_deletion(const struct access_token *token, const struct target *target,
                                 struct explain_verdict *verdict, struct sbx_error *error)
{
    const char *path = target->own ? target->own : target->path;
    struct explain_verdict made = {0};
    char *folder = NULL;
    sbx_status status = folder_of(path, &folder, error);

    if (!status)
        status = check(token, path, target->keeps_acls, ACCESS_DELETE, &made, error);
    if (!status)
        status = try_folder(token, target, folder, ACCESS_DELETE, EXPLAIN_DELETE_CHILD, &made, error);
    sbx_free(folder);
    if (status)
        verdict_free(&made);
    else
        *verdict = made;
    return status;
}

static sbx_status decide(const struct access_token *token, const struct target *target, uint32_t access,
                         struct explain_verdict *verdict, struct sbx_error *error)
{
    struct explain_verdict made = {0};
    sbx_status status = SBX_OK;

    if (!target->present) {
        status = check(token, target->folder, target->keeps_acls, EXPLAIN_ADD_FILE, &made, error);
        made.creates = true;
    } else if (access & ~(uint32_t)EXPLAIN_DELETE) {
        status = check(token, target->path, target->keeps_acls, open_mask(access), &made, error);
        if (!status)
            status = try_folder(token, target, target->folder, EXPLAIN_READ_ATTRIBUTES, EXPLAIN_LIST_FOLDER,
                                &made, error);
    }
    if (!status && target->present && access & EXPLAIN_DELETE && (!made.path || made.decision.allowed)) {
        verdict_free(&made);
        status = check_deletion(token, target, &made, error);
    }
    if (status)
        verdict_free(&made);
    else
        *verdict = made;
    return status;
}

/* The whole. */

void explanation_free(struct explanation *explanation)
{
    sbx_free(explanation->path);
    sbx_free(explanation->decided_by);
    sbx_free(explanation->rule);
    sbx_free(explanation->fix);
    sbx_free(explanation->text);
    memset(explanation, 0, sizeof *explanation);
}

sbx_status explain_path(const struct boundary *boundary, const struct access_token *token, const char *path,
                        uint32_t access, struct explanation *explanation, struct sbx_error *error)
{
    struct explanation made = {.access = access};
    struct explain_verdict verdict = {0};
    struct target target = {0};
    struct sbx_buffer whole = SBX_BUFFER_EMPTY;
    sbx_status status;

    if (!access || access & ~(uint32_t)ALL_ACCESS)
        return error_set(
            error, SBX_E_ARGUMENT,
            "The access 0x%lx is none that is known. Give read (1), write (2), delete (4), execute (8) "
            "or a sum of them.",
            (unsigned long)access);
    status = find_target(path, access, &target, error);
    if (status)
        return status;
    status = decide(token, &target, access, &verdict, error);
    if (status)
        goto free_target;

    verdict.access = access;
    made.allowed = verdict.decision.allowed;
    made.decision = verdict.decision;
    buffer_append_format(&whole, "%s%s", target.path, target.stream);
    made.path = buffer_take(&whole, NULL);
    status = made.path ? explain_in_words(boundary, token, &verdict, &made) : SBX_E_MEMORY;
    if (status) {
        explanation_free(&made);
        status = error_memory(error, "an explanation");
    } else
        *explanation = made;
    verdict_free(&verdict);

free_target:
    target_free(&target);
    return status;
}
