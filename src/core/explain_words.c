/*
 * explain_words.c - a verdict in words.
 *
 * Nothing is decided here: whether it is allowed stands in the verdict. What is looked up is whose the deciding entry
 * is, and from which of the boundary's places it came.
 */
#include "core/explain_words.h"
#include "base/memory.h"
#include "core/excerpt.h"
#include "core/path.h"

#include <string.h>

#define HOSTS_OWN    "the host's own descriptor"
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Rights: whole groups of bits first, then what is left of them. */
static const struct right {
    uint32_t bits;
    const char *word;
} rights[] = {
    {0x001F01FF, "everything"},
    {0x00000089, "read"},
    {0x00000116, "write"},
    {0x00000020, "execute"},
    {0x00000001, "read data"},
    {0x00000002, "write data"},
    {0x00000004, "append data"},
    {0x00000008, "read extended attributes"},
    {0x00000010, "write extended attributes"},
    {0x00000040, "delete what is in it"},
    {0x00000080, "read attributes"},
    {0x00000100, "write attributes"},
    {0x00010000, "delete"},
    {0x00020000, "read permissions"},
    {0x00040000, "change permissions"},
    {0x00080000, "take ownership"},
    {0x00100000, "wait"},
};

/* Whatever goes with every opening says nothing beside other rights. */
#define BESIDE 0x00120000u

static void write_rights(uint32_t mask, struct sbx_buffer *out)
{
    const char *separator = "";

    mask = access_map(mask, &access_mapping_file);
    if (mask & ~BESIDE && (mask & rights[0].bits) != rights[0].bits)
        mask &= ~BESIDE;
    for (size_t i = 0; i < COUNT(rights); i++) {
        if ((mask & rights[i].bits) != rights[i].bits)
            continue;
        buffer_append_format(out, "%s%s", separator, rights[i].word);
        separator = ", ";
        mask &= ~rights[i].bits;
    }
    if (mask)
        buffer_append_format(out, "%s0x%lx", separator, (unsigned long)mask);
}

/* "write and delete" */
static void write_wish(uint32_t access, struct sbx_buffer *out)
{
    static const struct {
        uint32_t bit;
        const char *word;
    } wishes[] = {{EXPLAIN_READ, "read"},
                  {EXPLAIN_WRITE, "write"},
                  {EXPLAIN_DELETE, "delete"},
                  {EXPLAIN_EXECUTE, "execute"}};
    const char *separator = "";

    for (size_t i = 0; i < COUNT(wishes); i++) {
        if (!(access & wishes[i].bit))
            continue;
        buffer_append_format(out, "%s%s", separator, wishes[i].word);
        separator = ", ";
    }
}

/* SIDs. */

static bool is_text(const struct sid *sid, const char *text)
{
    struct sid other;

    return text && !sid_parse(text, &other, NULL) && sid_equal(sid, &other);
}

/* One that only entries of this boundary name. */
static bool is_ours(const struct boundary *boundary, const struct sid *sid)
{
    if (is_text(sid, boundary->capability_sid) || is_text(sid, boundary->principal_sid))
        return true;
    for (size_t i = 0; i < boundary->place_count; i++) {
        if (is_text(sid, boundary->places[i].sid))
            return true;
    }
    return false;
}

static const char *name_of(const struct boundary *boundary, const struct access_token *token,
                           const struct sid *sid)
{
    static const struct {
        const char *sid;
        const char *name;
    } known[] = {
        {"S-1-1-0", "everyone"},         {"S-1-3-4", "the owner"},   {"S-1-5-11", "all who are signed in"},
        {"S-1-5-12", "restricted code"}, {"S-1-5-18", "the system"}, {"S-1-5-32-544", "administrators"},
        {"S-1-5-32-545", "all users"},
    };

    if (is_ours(boundary, sid))
        return "the sandbox";
    if (sid_equal(sid, &token->user.sid))
        return "the user whom commands run as";
    for (size_t i = 0; i < COUNT(known); i++) {
        if (is_text(sid, known[i].sid))
            return known[i].name;
    }
    return NULL;
}

/* The entry that decided; false when none did. */
static bool deciding_entry(const struct explain_verdict *verdict, struct acl_entry *entry, struct sid *sid)
{
    struct acl_cursor cursor;

    if (verdict->decision.rule != ACCESS_BY_ENTRY || verdict->decision.entry < 0 ||
        !acl_begin(verdict->descriptor.dacl.bytes, verdict->descriptor.dacl.size, &cursor))
        return false;
    for (int i = 0; acl_next(&cursor, entry); i++) {
        if (i == verdict->decision.entry)
            return sid_read(entry->sid, entry->sid_size, sid);
    }
    return false;
}

/* Who decided. */

static void write_entry(const struct boundary *boundary, const struct access_token *token,
                        const struct acl_entry *entry, const struct sid *sid, struct sbx_buffer *out)
{
    const char *name = name_of(boundary, token, sid);

    buffer_append_text(out, entry->effect == ACL_DENIES ? "deny " : "allow ");
    sid_write_text(sid, out);
    if (name)
        buffer_append_format(out, " (%s)", name);
    buffer_append_text(out, ": ");
    write_rights(entry->mask, out);
}

static void write_decider(const struct boundary *boundary, const struct access_token *token,
                          const struct explain_verdict *verdict, struct sbx_buffer *out)
{
    const struct access_decision *decision = &verdict->decision;
    struct acl_entry entry = {0};
    struct sid sid;
    char shown[EXCERPT_SIZE];

    switch (decision->rule) {
    case ACCESS_BY_ENTRY:
        if (deciding_entry(verdict, &entry, &sid))
            write_entry(boundary, token, &entry, &sid, out);
        break;
    case ACCESS_NO_ENTRY:
        buffer_append_format(out, "no entry allows %s: ",
                             decision->second_check ? "the sandbox (the check for its restricting SIDs)"
                                                    : "the user whom commands run as");
        write_rights(decision->deciding_bits, out);
        break;
    case ACCESS_NULL_DACL:
        buffer_append_text(out, "there is no access control list, so everybody may do everything");
        break;
    case ACCESS_OWNER:
        buffer_append_text(out, "the owner may read and change permissions");
        break;
    case ACCESS_PRIVILEGE:
        buffer_append_text(out, "a privilege of the token");
        break;
    case ACCESS_LABEL:
        buffer_append_text(out, "the mandatory label refuses whoever is below it: ");
        write_rights(decision->deciding_bits, out);
        break;
    case ACCESS_NO_DESCRIPTOR:
        buffer_append_text(out, "the descriptor has no owner");
        break;
    }
    buffer_append_format(out, "; on %s%s%s", excerpt(shown, verdict->path),
                         entry.flags & ACE_INHERITED ? ", inherited" : "",
                         verdict->by_folder ? ", the folder it is in" : "");
}

/* Whose rule. */

/* The first place in what lies below a folder; of the right that is asked for, at least. */
static const struct boundary_place *place_below(const struct boundary *boundary, const char *folder,
                                                enum boundary_right least, enum boundary_right most)
{
    for (size_t i = 0; i < boundary->place_count; i++) {
        const struct boundary_place *place = &boundary->places[i];

        if (place->right >= least && place->right <= most && path_holds(folder, place->path) &&
            !path_holds(place->path, folder))
            return place;
    }
    return NULL;
}

/* The narrowest place around a path that has an entry of that kind; wider ones count where entries go on inheriting. */
static const struct boundary_place *place_around(const struct boundary *boundary, const char *path,
                                                 const struct acl_entry *entry)
{
    const struct boundary_place *found = NULL;

    for (size_t i = 0; i < boundary->place_count; i++) {
        const struct boundary_place *place = &boundary->places[i];
        bool denies = place->right != BOUNDARY_WRITE; /* one to read in a root denies to write */
        bool allows = place->right == BOUNDARY_WRITE || place->right == BOUNDARY_READ;

        /* In their order the last one that holds the path is the narrowest. */
        if ((entry->effect == ACL_DENIES ? denies : allows) && path_holds(place->path, path))
            found = place;
    }
    return found;
}

struct source {
    const struct boundary_place *place; /* NULL: the host's own */
    bool above;                         /* of what lies below the object: an anchor or a passage */
};

/* Does that right give what was asked? */
static bool gives(enum boundary_right right, uint32_t access)
{
    if (right == BOUNDARY_WRITE)
        return true;
    return right != BOUNDARY_DENY && !(access & (EXPLAIN_WRITE | EXPLAIN_DELETE));
}

static struct source find_source(const struct boundary *boundary, const struct explain_verdict *verdict,
                                 const struct explanation *explanation)
{
    struct source source = {NULL, false};
    struct acl_entry entry;
    struct sid sid;

    if (deciding_entry(verdict, &entry, &sid)) {
        bool denies = entry.effect == ACL_DENIES;

        if (!is_ours(boundary, &sid))
            return source;
        source.place = place_around(boundary, verdict->path, &entry);
        if (!source.place && !(entry.flags & ACE_INHERITED)) {
            source.above = true;
            source.place = denies ? place_below(boundary, verdict->path, BOUNDARY_READ, BOUNDARY_DENY)
                                  : place_below(boundary, verdict->path, BOUNDARY_WRITE, BOUNDARY_READ);
        }
        return source;
    }

    /* No entry: the place that counts is the reason where it does not give what was asked. */
    if (!verdict->decision.allowed && verdict->decision.rule == ACCESS_NO_ENTRY) {
        const struct boundary_place *place = boundary_place_for(boundary, explanation->path);

        if (place && !gives(place->right, verdict->access))
            source.place = place;
    }
    return source;
}

/* Why the place is one. */
static const char *rule_of(const struct boundary_place *place)
{
    return place->grant ? place->grant : place->pointer;
}

/* What to do. */

static void write_fix_of_place(const struct boundary_place *place, bool above, struct sbx_buffer *out)
{
    char shown[EXCERPT_SIZE];

    excerpt(shown, place->path);
    if (above)
        buffer_append_format(out, "It holds %s, which %s keeps: what is moved with its folder is swapped. ",
                             shown, rule_of(place));
    switch (place->right) {
    case BOUNDARY_PROTECT:
        buffer_append_format(out, "Take the name out of files.protect (%s) if commands shall change it.",
                             place->pointer);
        break;
    case BOUNDARY_DENY:
        buffer_append_format(out, "Take the path out of files.deny (%s) if commands need it.",
                             place->pointer);
        break;
    default:
        if (place->grant)
            buffer_append_text(out, "It can be moved when that time is over.");
        else
            buffer_append_format(
                out, "Name %s under files.write, and no more under %s, if commands shall change it.", shown,
                place->pointer);
        break;
    }
}

static void write_fix_of_refusal(const struct boundary *boundary, const struct explain_verdict *verdict,
                                 const struct explanation *explanation, struct sbx_buffer *out)
{
    const struct boundary_place *place = boundary_place_for(boundary, explanation->path);
    bool changes = verdict->access & (EXPLAIN_WRITE | EXPLAIN_DELETE);
    char shown[EXCERPT_SIZE];

    excerpt(shown, verdict->path);
    if (verdict->decision.rule == ACCESS_LABEL)
        buffer_append_format(
            out, "Lower the label, icacls \"%s\" /setintegritylevel medium, if commands shall change it.",
            shown);
    else if (verdict->decision.rule != ACCESS_NO_ENTRY ||
             (!verdict->decision.second_check && boundary->level == SBX_LEVEL_RESTRICTED))
        buffer_append_format(out, "The host itself refuses it, to you as well: change the permissions of %s.",
                             shown);
    else if (place && place->grant && gives(place->right, verdict->access))
        buffer_append_format(out, "%s is %s, but the entries are not on it: call AllowWrite again.",
                             excerpt(shown, place->path), place->grant);
    else if (place && gives(place->right, verdict->access))
        buffer_append_format(out, "%s gives it, but the entries are not on it: provision again.",
                             place->pointer);
    else
        buffer_append_format(out, "Name %s under files.%s if commands need it.", shown,
                             changes ? "write" : "read");
}

/* Allowed where no rule gives it: the host does, and that can be known beforehand. */
static void write_fix_of_gap(const struct boundary *boundary, const struct explain_verdict *verdict,
                             const struct explanation *explanation, struct sbx_buffer *out)
{
    const struct boundary_place *place = boundary_place_for(boundary, explanation->path);
    char shown[EXCERPT_SIZE];

    if (!(verdict->access & (EXPLAIN_WRITE | EXPLAIN_DELETE)) || (place && place->right == BOUNDARY_WRITE))
        return;
    excerpt(shown, verdict->path);
    if (verdict->decision.rule == ACCESS_NULL_DACL)
        buffer_append_format(
            out, "No rule gives this. Give %s a list of permissions, on a volume that keeps them.", shown);
    else if (verdict->by_folder && boundary->token == SBX_TOKEN_WRITE_RESTRICTED)
        buffer_append_format(out,
                             "No rule gives this: the right to delete what is in %s is the user's own, and a "
                             "write-restricted token is not checked for it a second time. The token "
                             "fully-restricted is.",
                             shown);
    else
        buffer_append_format(out, "No rule gives this: the permissions of %s do. Take the entry out there.",
                             shown);
}

static void write_fix(const struct boundary *boundary, const struct explain_verdict *verdict,
                      const struct explanation *explanation, const struct source *source,
                      struct sbx_buffer *out)
{
    if (verdict->decision.allowed && !source->place)
        write_fix_of_gap(boundary, verdict, explanation, out);
    else if (!verdict->decision.allowed && source->place)
        write_fix_of_place(source->place, source->above, out);
    else if (!verdict->decision.allowed)
        write_fix_of_refusal(boundary, verdict, explanation, out);
}

static void write_text(const struct explain_verdict *verdict, const struct explanation *explanation,
                       struct sbx_buffer *out)
{
    char shown[EXCERPT_SIZE];

    buffer_append_text(out, "Commands may ");
    if (!verdict->decision.allowed)
        buffer_append_text(out, "not ");
    write_wish(verdict->access, out);
    buffer_append_format(out, " %s%s: %s (%s).", excerpt(shown, explanation->path),
                         verdict->creates ? ", which is not there yet" : "", explanation->decided_by,
                         explanation->rule);
    if (*explanation->fix)
        buffer_append_format(out, " %s", explanation->fix);
}

sbx_status explain_in_words(const struct boundary *boundary, const struct access_token *token,
                            const struct explain_verdict *verdict, struct explanation *explanation)
{
    struct source source = find_source(boundary, verdict, explanation);
    struct sbx_buffer text = SBX_BUFFER_EMPTY;

    write_decider(boundary, token, verdict, &text);
    explanation->decided_by = buffer_take(&text, NULL);
    explanation->rule = sbx_strdup(source.place ? rule_of(source.place) : HOSTS_OWN);
    write_fix(boundary, verdict, explanation, &source, &text);
    explanation->fix = buffer_take(&text, NULL);
    if (!explanation->decided_by || !explanation->rule || !explanation->fix)
        return SBX_E_MEMORY;
    write_text(verdict, explanation, &text);
    explanation->text = buffer_take(&text, NULL);
    return explanation->text ? SBX_OK : SBX_E_MEMORY;
}
