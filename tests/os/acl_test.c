/*
 * acl_test.c - before anybody edits the access control lists of a user's files: does this host keep them? And what is
 * opened, read and changed is the very object that was meant.
 *
 * All of it in the scratch folder: under Wine a list that is set becomes mode bits of a real file.
 */
#include "os/acl.h"
#include "base/memory.h"
#include "os/child.h"
#include "os/native.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

static unsigned files_in(const char *folder)
{
    struct sbx_buffer pattern = SBX_BUFFER_EMPTY;
    WIN32_FIND_DATAA found;
    HANDLE search;
    unsigned count = 0;

    buffer_append_format(&pattern, "%s\\*", folder);
    search = FindFirstFileA(buffer_text(&pattern), &found);
    buffer_free(&pattern);
    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do
        count++;
    while (FindNextFileA(search, &found));
    FindClose(search);
    return count;
}

/* Wine folds every list into the mode bits of the owner, whatever the volume says; NTFS keeps it. */
static void lists_are_kept_on_windows_and_not_under_wine(void)
{
    bool kept = on_wine();
    unsigned before = files_in(scratch_folder());

    CU_ASSERT_EQUAL_FATAL(acl_host_keeps_entries(scratch_folder(), &kept, NULL), SBX_OK);
    CU_ASSERT_EQUAL(kept, !on_wine());
    CU_ASSERT_EQUAL(files_in(scratch_folder()), before); /* nothing is left behind */
}

static void folder_that_is_not_there_is_an_error(void)
{
    struct sbx_error error = {0};
    bool kept = true;

    CU_ASSERT_NOT_EQUAL(acl_host_keeps_entries("C:\\no such folder", &kept, &error), SBX_OK);
    CU_ASSERT(kept);
    CU_ASSERT(error.text[0] != '\0');
}

static sbx_status attempt_acl(void *context, struct sbx_error *error)
{
    bool kept;

    return acl_host_keeps_entries(context, &kept, error);
}

static void question_survives_memory_running_out(void)
{
    expect_memory_failures(attempt_acl, (char *)scratch_folder());
    CU_ASSERT_EQUAL(files_in(scratch_folder()), 2); /* . and .. */
}

/* SCRATCH\name, freed by the caller. */
static char *in_scratch(const char *name)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;

    buffer_append_format(&path, "%s\\%s", scratch_folder(), name);
    return buffer_take(&path, NULL);
}

static void make_file(const char *name)
{
    char *path = in_scratch(name);

    CU_ASSERT_EQUAL(file_create(path, "x", 1, NULL), SBX_OK);
    sbx_free(path);
}

static void remove_file(const char *name)
{
    char *path = in_scratch(name);

    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    sbx_free(path);
}

static struct acl_object *open_scratch(const char *name, enum acl_use use)
{
    char *path = name ? in_scratch(name) : NULL;
    struct acl_object *object = NULL;

    CU_ASSERT_EQUAL(acl_open(path ? path : scratch_folder(), use, &object, NULL), SBX_OK);
    sbx_free(path);
    return object;
}

static bool has_name(const struct sbx_strings *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (!strcmp(names->items[i], name))
            return true;
    }
    return false;
}

/* A child by its folder's handle, the same one by its path, and the file system's own word for it: one object. */
static void child_by_handle_is_the_one_that_the_path_names(void)
{
    char *path = in_scratch("Child.txt");
    struct acl_object *folder = NULL;
    struct acl_object *child = NULL;
    struct acl_facts facts;
    struct file_facts wanted = {0};
    char *where = NULL;

    make_file("Child.txt");
    folder = open_scratch(NULL, ACL_LOOK);
    CU_ASSERT_EQUAL_FATAL(acl_open_child(folder, "Child.txt", ACL_CHANGE, &child, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_examine(child, &facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(file_examine(path, &wanted, NULL), SBX_OK);
    CU_ASSERT_EQUAL(facts.kind, FILE_KIND_FILE);
    CU_ASSERT_FALSE(facts.reparse);
    CU_ASSERT_EQUAL(facts.link_count, 1);
    CU_ASSERT_STRING_EQUAL(facts.file_id, wanted.file_id);
    CU_ASSERT_STRING_EQUAL(facts.volume_id, wanted.volume_id);
    CU_ASSERT_EQUAL_FATAL(acl_path(child, &where, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(where, wanted.path);
    CU_ASSERT_EQUAL(acl_examine(folder, &facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(facts.kind, FILE_KIND_DIRECTORY);
    CU_ASSERT_EQUAL(facts.link_count, 1);
    sbx_free(where);
    file_facts_free(&wanted);
    acl_close(child);
    acl_close(folder);
    remove_file("Child.txt");
    sbx_free(path);
}

/* Whoever swaps a folder under its old name for another one does not lead the walk there. */
static void folder_that_is_renamed_keeps_its_children(void)
{
    char *old = in_scratch("before");
    char *new = in_scratch("after");
    struct acl_object *folder;
    struct acl_object *child = NULL;
    struct acl_object *same;
    struct acl_facts facts;
    struct acl_facts wanted;

    CU_ASSERT_EQUAL_FATAL(folder_create(old, NULL), SBX_OK);
    make_file("before\\mine");
    folder = open_scratch("before", ACL_LOOK);
    CU_ASSERT_FATAL(MoveFileA(old, new));
    CU_ASSERT_EQUAL(folder_create(old, NULL), SBX_OK); /* the decoy, without such a file */
    CU_ASSERT_EQUAL_FATAL(acl_open_child(folder, "mine", ACL_LOOK, &child, NULL), SBX_OK);
    if (!on_wine()) { /* which asks for the name where it was */
        same = open_scratch("after\\mine", ACL_LOOK);
        CU_ASSERT_EQUAL(acl_examine(child, &facts, NULL), SBX_OK);
        CU_ASSERT_EQUAL(acl_examine(same, &wanted, NULL), SBX_OK);
        CU_ASSERT_STRING_EQUAL(facts.file_id, wanted.file_id);
        acl_close(same);
    }
    acl_close(child);
    acl_close(folder);
    CU_ASSERT_EQUAL(folder_delete_tree(new, NULL), SBX_OK);
    CU_ASSERT_EQUAL(folder_delete_tree(old, NULL), SBX_OK);
    sbx_free(old);
    sbx_free(new);
}

static void name_that_is_a_path_is_refused(void)
{
    static const char *const names[] = {"", "a\\b", "..\\x", "a/b", "\\", "file:stream", "C:\\windows"};
    struct acl_object *folder = open_scratch(NULL, ACL_LOOK);
    struct acl_object *child = NULL;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct sbx_error error = {0};

        CU_ASSERT_EQUAL(acl_open_child(folder, names[i], ACL_LOOK, &child, &error), SBX_E_ARGUMENT);
        CU_ASSERT(error.text[0] != '\0');
    }
    CU_ASSERT_NOT_EQUAL(acl_open_child(folder, "..", ACL_LOOK, &child, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_open_child(folder, "no such file", ACL_LOOK, &child, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(acl_open("C:\\no such folder\\x", ACL_LOOK, &child, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_EQUAL(acl_open("windows", ACL_LOOK, &child, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_PTR_NULL(child);
    acl_close(folder);
}

static void root_and_slashes_behind_a_name_are_opened(void)
{
    static const char *const paths[] = {"C:\\", "c:/windows/..", "C:\\windows\\", "C:\\windows\\\\"};
    struct acl_object *object;

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char *name = NULL;

        object = NULL;
        CU_ASSERT_EQUAL(acl_open(paths[i], ACL_LOOK, &object, NULL), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(acl_path(object, &name, NULL), SBX_OK);
        CU_ASSERT(text_equal_ascii_nocase(name, i < 2 ? "C:\\" : "C:\\windows"));
        sbx_free(name);
        acl_close(object);
    }
}

/* Names that the ordinary calls would change: they are listed, and each of them opens itself. */
static void odd_names_are_listed_and_opened(void)
{
    static const char *const odd[] = {"trailing dot.",
                                      "trailing blank ",
                                      " leading",
                                      "con",
                                      "nul.txt",
                                      "...",
                                      "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
                                      "no more dots.. "};
    const size_t odd_count = sizeof odd / sizeof *odd;
    char *place = in_scratch("odd");
    char *canonical = NULL;
    struct sbx_strings names = {NULL, 0};
    struct acl_object *folder;
    struct file_facts facts = {0};

    CU_ASSERT_EQUAL_FATAL(folder_create(place, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(file_examine(place, &facts, NULL), SBX_OK);
    folder = open_scratch("odd", ACL_LOOK);
    CU_ASSERT_EQUAL(acl_list(folder, &names, NULL), SBX_OK);
    CU_ASSERT_EQUAL(names.count, 0);
    for (size_t i = 0; i < odd_count; i++) {
        struct sbx_buffer path = SBX_BUFFER_EMPTY;

        buffer_append_format(&path, "\\\\?\\%s\\%s", facts.path, odd[i]);
        CU_ASSERT_EQUAL(file_create(buffer_text(&path), "x", 1, NULL), SBX_OK);
        buffer_free(&path);
    }
    CU_ASSERT_EQUAL_FATAL(acl_list(folder, &names, NULL), SBX_OK);
    CU_ASSERT_EQUAL(names.count, odd_count);
    for (size_t i = 0; i < odd_count; i++) {
        struct acl_object *child = NULL;

        CU_ASSERT(has_name(&names, odd[i]));
        CU_ASSERT_EQUAL_FATAL(acl_open_child(folder, odd[i], ACL_CHANGE, &child, NULL), SBX_OK);
        CU_ASSERT_EQUAL_FATAL(acl_path(child, &canonical, NULL), SBX_OK);
        if (!on_wine()) /* which leaves out dots and blanks at the end */
            CU_ASSERT_STRING_EQUAL(strrchr(canonical, '\\') + 1, odd[i]);
        sbx_free(canonical);
        acl_close(child);
    }
    acl_close(folder);
    strings_free(&names);
    for (size_t i = 0; i < odd_count; i++) { /* folder_delete_tree goes by final paths */
        struct sbx_buffer path = SBX_BUFFER_EMPTY;

        buffer_append_format(&path, "\\\\?\\%s\\%s", facts.path, odd[i]);
        CU_ASSERT_EQUAL(file_delete(buffer_text(&path), NULL), SBX_OK);
        buffer_free(&path);
    }
    file_facts_free(&facts);
    CU_ASSERT_EQUAL(folder_delete_tree(place, NULL), SBX_OK);
    sbx_free(place);
}

static void many_names_are_listed_once_each(void)
{
    char *place = in_scratch("many");
    struct sbx_strings names = {NULL, 0};
    struct sbx_strings again = {NULL, 0};
    struct acl_object *folder;

    CU_ASSERT_EQUAL_FATAL(folder_create(place, NULL), SBX_OK);
    for (unsigned i = 0; i < 1500; i++) { /* more than one call's worth */
        char name[64];

        snprintf(name, sizeof name, "many\\%04u a file with a name of some length", i);
        make_file(name);
    }
    folder = open_scratch("many", ACL_LOOK);
    CU_ASSERT_EQUAL_FATAL(acl_list(folder, &names, NULL), SBX_OK);
    CU_ASSERT_EQUAL(names.count, 1500);
    for (unsigned i = 0; i < 1500; i += 100) {
        char name[64];

        snprintf(name, sizeof name, "%04u a file with a name of some length", i);
        CU_ASSERT(has_name(&names, name));
    }
    CU_ASSERT_EQUAL(acl_list(folder, &again, NULL), SBX_OK); /* from the beginning again */
    CU_ASSERT_EQUAL(again.count, 1500);
    strings_free(&names);
    strings_free(&again);

    acl_close(folder);
    CU_ASSERT_EQUAL(folder_delete_tree(place, NULL), SBX_OK);
    sbx_free(place);
}

/* Not as the file system sorts, which cares for no case. */
static void folder_of_ours_is_listed_in_ascii_order(void)
{
    char *place = in_scratch("ours");
    struct sbx_strings names = {NULL, 0};

    CU_ASSERT_EQUAL_FATAL(folder_create(place, NULL), SBX_OK);
    make_file("ours\\a");
    make_file("ours\\B");
    make_file("ours\\_");
    CU_ASSERT_EQUAL_FATAL(folder_list(place, &names, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(names.count, 3);
    CU_ASSERT_STRING_EQUAL(names.items[0], "B");
    CU_ASSERT_STRING_EQUAL(names.items[1], "_");
    CU_ASSERT_STRING_EQUAL(names.items[2], "a");
    strings_free(&names);
    CU_ASSERT_EQUAL(folder_list("C:\\no such folder", &names, NULL), SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_PTR_NULL(names.items);
    CU_ASSERT_EQUAL(folder_delete_tree(place, NULL), SBX_OK);
    sbx_free(place);
}

static void list_of_a_file_is_an_error(void)
{
    struct sbx_strings names = {NULL, 0};
    struct acl_object *file;

    make_file("file");
    file = open_scratch("file", ACL_LOOK);
    CU_ASSERT_EQUAL(acl_list(file, &names, NULL), SBX_E_SYSTEM);
    CU_ASSERT_PTR_NULL(names.items);
    acl_close(file);
    remove_file("file");
}

/* Step by step down, each by its parent's handle: no path gets too long. */
static void folders_deeper_than_a_path_is_long_are_reached(void)
{
    struct sbx_buffer path = SBX_BUFFER_EMPTY;
    const char *name = "a folder with a rather long name, one of several";
    struct acl_object *at = open_scratch(NULL, ACL_LOOK);
    struct acl_object *whole = NULL;
    struct acl_facts facts;
    struct acl_facts wanted;
    char *top = in_scratch(name);

    buffer_append_text(&path, scratch_folder());
    for (int i = 0; i < 8; i++)
        buffer_append_format(&path, "\\%s", name);
    CU_ASSERT(path.size > 400);
    CU_ASSERT_EQUAL_FATAL(folder_create(buffer_text(&path), NULL), SBX_OK);
    for (int i = 0; i < 8; i++) {
        struct acl_object *child = NULL;

        CU_ASSERT_EQUAL_FATAL(acl_open_child(at, name, ACL_LOOK, &child, NULL), SBX_OK);
        acl_close(at);
        at = child;
    }
    CU_ASSERT_EQUAL_FATAL(acl_open(buffer_text(&path), ACL_CHANGE, &whole, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_examine(at, &facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_examine(whole, &wanted, NULL), SBX_OK);
    CU_ASSERT_STRING_EQUAL(facts.file_id, wanted.file_id);
    acl_close(whole);
    acl_close(at);
    for (int i = 8; i-- > 0;) { /* folder_delete_tree asks for final paths, which Wine cannot tell here */
        CU_ASSERT_EQUAL(folder_delete(buffer_text(&path), NULL), SBX_OK);
        path.data[path.size -= strlen(name) + 1] = 0;
    }
    CU_ASSERT_EQUAL(GetFileAttributesA(top), INVALID_FILE_ATTRIBUTES);
    sbx_free(top);
    buffer_free(&path);
}

static void hard_links_are_counted(void)
{
    char *first = in_scratch("first");
    char *second = in_scratch("second");
    struct acl_object *file;
    struct acl_facts facts;

    make_file("first");
    CU_ASSERT(CreateHardLinkA(second, first, NULL));
    file = open_scratch("second", ACL_LOOK);
    CU_ASSERT_EQUAL(acl_examine(file, &facts, NULL), SBX_OK);
    CU_ASSERT_EQUAL(facts.link_count, 2);
    acl_close(file);
    remove_file("first");
    remove_file("second");
    sbx_free(first);
    sbx_free(second);
}

/*
 * A link is told as one, by its path and as a child; on Windows it is the link itself that is open. Wine follows it and does
 * not tell of a link to a file.
 */
static void link_is_told_and_never_taken_for_what_it_leads_to(void)
{
    static const char *const targets[] = {"target", "target\\file"};
    char *target = in_scratch("target");
    struct acl_object *folder = open_scratch(NULL, ACL_LOOK);
    bool made = true;

    CU_ASSERT_EQUAL_FATAL(folder_create(target, NULL), SBX_OK);
    make_file("target\\file");
    for (size_t i = 0; i < 2 && made; i++) {
        struct acl_object *link = NULL;
        struct acl_object *by_path;
        struct acl_object *led_to = open_scratch(targets[i], ACL_LOOK);
        struct acl_facts facts;
        struct acl_facts wanted;

        made = make_link("link", on_wine() && i ? "target/file" : targets[i]);
        if (made) {
            by_path = open_scratch("link", ACL_LOOK);
            CU_ASSERT_EQUAL_FATAL(acl_open_child(folder, "link", ACL_LOOK, &link, NULL), SBX_OK);
            CU_ASSERT_EQUAL(acl_examine(link, &facts, NULL), SBX_OK);
            CU_ASSERT(facts.reparse || (on_wine() && i));
            CU_ASSERT_EQUAL(acl_examine(led_to, &wanted, NULL), SBX_OK);
            CU_ASSERT_FALSE(wanted.reparse);
            CU_ASSERT_EQUAL(!strcmp(facts.file_id, wanted.file_id), on_wine());
            CU_ASSERT_EQUAL(acl_examine(by_path, &facts, NULL), SBX_OK);
            CU_ASSERT(facts.reparse || (on_wine() && i));
            acl_close(by_path);
            acl_close(link);
            CU_ASSERT(remove_link("link"));
        }
        acl_close(led_to);
    }
    acl_close(folder);
    CU_ASSERT_EQUAL(folder_delete_tree(target, NULL), SBX_OK);
    sbx_free(target);
    if (!made)
        HARNESS_SKIP("this user may not make symbolic links");
}

static void file_is_found_by_its_id_under_its_new_name(void)
{
    char *old = in_scratch("old name");
    char *new = in_scratch("new name");
    struct acl_object *file;
    struct acl_facts facts;
    struct sbx_error error = {0};
    char *path = NULL;
    sbx_status status;

    make_file("old name");
    file = open_scratch("old name", ACL_LOOK);
    CU_ASSERT_EQUAL_FATAL(acl_examine(file, &facts, NULL), SBX_OK);
    acl_close(file);
    file = NULL;
    CU_ASSERT(MoveFileA(old, new));

    status = acl_open_by_id(scratch_folder(), facts.file_id, ACL_CHANGE, &file, &error);
    CU_ASSERT(status == SBX_OK || status == SBX_E_UNSUPPORTED_HOST);
    if (!status) {
        CU_ASSERT_EQUAL_FATAL(acl_path(file, &path, NULL), SBX_OK);
        CU_ASSERT(text_matches("*\\new name", path));
        sbx_free(path);
        acl_close(file);
        file = NULL;
    }
    remove_file("new name");
    if (!status) {
        CU_ASSERT_EQUAL(acl_open_by_id(scratch_folder(), facts.file_id, ACL_LOOK, &file, NULL),
                        SBX_E_PATH_NOT_FOUND);
    }
    CU_ASSERT_EQUAL(acl_open_by_id(scratch_folder(), "12", ACL_LOOK, &file, NULL), SBX_E_ARGUMENT);
    CU_ASSERT_EQUAL(acl_open_by_id("C:\\no such folder", facts.file_id, ACL_LOOK, &file, NULL),
                    SBX_E_PATH_NOT_FOUND);
    CU_ASSERT_PTR_NULL(file);
    sbx_free(old);
    sbx_free(new);
    if (status)
        HARNESS_SKIP("the volume opens nothing by its id");
}

/* Owner, group and list in one self-relative descriptor, as SDDL can be made of it. */
static void descriptor_is_whole(void)
{
    struct sbx_buffer descriptor = SBX_BUFFER_EMPTY;
    struct acl_object *file;
    SECURITY_DESCRIPTOR_CONTROL control;
    DWORD revision;
    PSID owner = NULL;
    BOOL defaulted;
    BOOL present = FALSE;
    ACL *acl = NULL;

    make_file("described");
    file = open_scratch("described", ACL_LOOK);
    buffer_append(&descriptor, "before", 6); /* it is appended */
    CU_ASSERT_EQUAL_FATAL(acl_read(file, &descriptor, NULL), SBX_OK);
    CU_ASSERT(!memcmp(descriptor.data, "before", 6));
    buffer_remove_front(&descriptor, 6);
    CU_ASSERT_FATAL(IsValidSecurityDescriptor(descriptor.data));
    CU_ASSERT_EQUAL(GetSecurityDescriptorLength(descriptor.data), descriptor.size);
    CU_ASSERT(GetSecurityDescriptorControl(descriptor.data, &control, &revision));
    CU_ASSERT(control & SE_SELF_RELATIVE);
    CU_ASSERT(GetSecurityDescriptorOwner(descriptor.data, &owner, &defaulted) && owner);
    CU_ASSERT(GetSecurityDescriptorGroup(descriptor.data, &owner, &defaulted) && owner);
    CU_ASSERT(GetSecurityDescriptorDacl(descriptor.data, &present, &acl, &defaulted) && present && acl);
    CU_ASSERT(acl->AceCount > 0);
    buffer_free(&descriptor);
    acl_close(file);
    remove_file("described");
}

/* The list of `descriptor`, with one entry for nobody before all others. */
static void with_entry(const struct sbx_buffer *descriptor, struct sbx_buffer *made)
{
    /* allow S-1-9-1-2-3-4 FILE_GENERIC_READ */
    static const uint8_t entry[] = {0, 0, 32, 0, 0x89, 0, 0x12, 0, 1, 4, 0, 0, 0, 0, 0, 9,
                                    1, 0, 0,  0, 2,    0, 0,    0, 3, 0, 0, 0, 4, 0, 0, 0};
    SECURITY_DESCRIPTOR_RELATIVE head;
    ACL list;

    memcpy(&head, descriptor->data, sizeof head);
    memcpy(&list, descriptor->data + head.Dacl, sizeof list);
    head.Owner = head.Group = head.Sacl = 0;
    head.Control &= (WORD)~SE_SACL_PRESENT;
    buffer_append(made, &head, sizeof head);
    ((SECURITY_DESCRIPTOR_RELATIVE *)made->data)->Dacl = sizeof head;
    list.AclSize = (WORD)(list.AclSize + sizeof entry);
    list.AceCount++;
    buffer_append(made, &list, sizeof list);
    buffer_append(made, entry, sizeof entry);
    buffer_append(made, descriptor->data + head.Dacl + sizeof list,
                  list.AclSize - sizeof entry - sizeof list);
}

/* A call that says yes and keeps something else is never believed. */
static void list_that_is_not_kept_is_not_believed(void)
{
    struct sbx_buffer before = SBX_BUFFER_EMPTY;
    struct sbx_buffer wanted = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    struct acl_object *file;
    bool kept = false;

    CU_ASSERT_EQUAL_FATAL(acl_host_keeps_entries(scratch_folder(), &kept, NULL), SBX_OK);
    if (kept)
        HARNESS_SKIP("this host keeps lists");
    make_file("folded");
    file = open_scratch("folded", ACL_CHANGE);
    CU_ASSERT_EQUAL_FATAL(acl_read(file, &before, NULL), SBX_OK);
    with_entry(&before, &wanted);
    CU_ASSERT_EQUAL(acl_write(file, wanted.data, wanted.size, &error), SBX_E_NOT_ENFORCED);
    CU_ASSERT(error.text[0] != '\0');
    buffer_free(&before);
    buffer_free(&wanted);
    acl_close(file);
    remove_file("folded");
}

static void entry_added_and_taken_out_leaves_the_descriptor_byte_for_byte(void)
{
    struct sbx_buffer before = SBX_BUFFER_EMPTY;
    struct sbx_buffer wanted = SBX_BUFFER_EMPTY;
    struct sbx_buffer after = SBX_BUFFER_EMPTY;
    struct acl_object *file;
    bool kept = false;

    CU_ASSERT_EQUAL_FATAL(acl_host_keeps_entries(scratch_folder(), &kept, NULL), SBX_OK);
    if (!kept)
        HARNESS_SKIP("this host folds a file's list into mode bits: what was set reads back as another one");
    make_file("kept");
    file = open_scratch("kept", ACL_CHANGE);
    CU_ASSERT_EQUAL_FATAL(acl_read(file, &before, NULL), SBX_OK);
    with_entry(&before, &wanted);
    CU_ASSERT_EQUAL(acl_write(file, wanted.data, wanted.size, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(acl_read(file, &after, NULL), SBX_OK);
    CU_ASSERT_NOT_EQUAL(after.size, before.size);
    CU_ASSERT_EQUAL(acl_write(file, before.data, before.size, NULL), SBX_OK);
    buffer_free(&after);
    CU_ASSERT_EQUAL_FATAL(acl_read(file, &after, NULL), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(after.size, before.size);
    CU_ASSERT(!memcmp(after.data, before.data, before.size));
    buffer_free(&before);
    buffer_free(&wanted);
    buffer_free(&after);
    acl_close(file);
    remove_file("kept");
}

/* Nothing of it reaches the file: cut off, without a list, with offsets and sizes that lie. */
static void descriptor_that_lies_is_refused(void)
{
    struct sbx_buffer whole = SBX_BUFFER_EMPTY;
    struct acl_object *file;
    SECURITY_DESCRIPTOR_RELATIVE head;
    uint8_t *bytes;

    make_file("lied to");
    file = open_scratch("lied to", ACL_CHANGE);
    CU_ASSERT_EQUAL_FATAL(acl_read(file, &whole, NULL), SBX_OK);
    memcpy(&head, whole.data, sizeof head);
    bytes = sbx_alloc(whole.size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);

    for (size_t size = 0; size < head.Dacl + sizeof(ACL); size++)
        CU_ASSERT_EQUAL(acl_write(file, whole.data, size, NULL), SBX_E_ARGUMENT);
    for (int i = 0; i < 5; i++) {
        SECURITY_DESCRIPTOR_RELATIVE *lie = (SECURITY_DESCRIPTOR_RELATIVE *)bytes;

        memcpy(bytes, whole.data, whole.size);
        if (i == 0)
            lie->Control &= (WORD)~SE_DACL_PRESENT;
        else if (i == 1)
            lie->Dacl = 0; /* a NULL list: everybody may do everything */
        else if (i == 2)
            lie->Dacl = 0xFFFFFFF0;
        else if (i == 3)
            ((ACL *)(bytes + head.Dacl))->AclSize = 0xFFFF;
        else
            ((ACL *)(bytes + head.Dacl))->AceCount = 0x7FFF;
        CU_ASSERT_EQUAL(acl_write(file, bytes, whole.size, NULL), SBX_E_ARGUMENT);
    }
    sbx_free(bytes);
    buffer_free(&whole);
    acl_close(file);
    remove_file("lied to");
}

static void look_is_not_enough_to_change(void)
{
    struct sbx_buffer descriptor = SBX_BUFFER_EMPTY;
    struct sbx_error error = {0};
    struct acl_object *file;

    make_file("looked at");
    file = open_scratch("looked at", ACL_LOOK);
    CU_ASSERT_EQUAL_FATAL(acl_read(file, &descriptor, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_write(file, descriptor.data, descriptor.size, &error), SBX_E_SYSTEM);
    CU_ASSERT_EQUAL(error.system, ERROR_ACCESS_DENIED);
    buffer_free(&descriptor);
    acl_close(file);
    remove_file("looked at");
}

static sbx_status attempt_walk(void *context, struct sbx_error *error)
{
    struct sbx_strings names = {NULL, 0};
    struct sbx_buffer descriptor = SBX_BUFFER_EMPTY;
    struct acl_object *folder = NULL;
    struct acl_object *child = NULL;
    char *path = NULL;
    sbx_status status = acl_open(context, ACL_LOOK, &folder, error);

    if (!status)
        status = acl_list(folder, &names, error);
    if (!status)
        status = acl_open_child(folder, names.items[0], ACL_LOOK, &child, error);
    if (!status)
        status = acl_read(child, &descriptor, error);
    if (!status)
        status = acl_path(child, &path, error);
    strings_free(&names);
    buffer_free(&descriptor);
    sbx_free(path);
    acl_close(child);
    acl_close(folder);
    return status;
}

static void walk_survives_memory_running_out(void)
{
    make_file("one");
    expect_memory_failures(attempt_walk, (char *)scratch_folder());
    remove_file("one");
}

/* Taking what is one's own already changes nothing; that one is another's is seen on the simulation. Without the right it is refused. */
static void owner_is_read_back(void)
{
    struct sbx_buffer before = SBX_BUFFER_EMPTY, after = SBX_BUFFER_EMPTY;
    struct acl_object *object = NULL;
    char *path = in_scratch("own.txt");

    make_file("own.txt");
    CU_ASSERT_EQUAL_FATAL(acl_open(path, ACL_OWN, &object, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_read(object, &before, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_own(object, NULL), SBX_OK);
    CU_ASSERT_EQUAL(acl_read(object, &after, NULL), SBX_OK);
    CU_ASSERT(before.size == after.size && memcmp(before.data, after.data, before.size) == 0);
    acl_close(object);
    if (!on_wine()) { /* which lets a handle do what it was not opened for */
        CU_ASSERT_EQUAL_FATAL(acl_open(path, ACL_LOOK, &object, NULL), SBX_OK);
        CU_ASSERT_EQUAL(acl_own(object, NULL), SBX_E_SYSTEM);
        acl_close(object);
    }
    buffer_free(&after);
    buffer_free(&before);
    CU_ASSERT_EQUAL(file_delete(path, NULL), SBX_OK);
    sbx_free(path);
}

const struct harness_suite acl_suite = {
    "acl",
    (const struct harness_test[]){
        {"lists of files are kept on Windows and not under Wine",
         lists_are_kept_on_windows_and_not_under_wine},
        {"a folder that is not there is an error", folder_that_is_not_there_is_an_error},
        {"memory running out leaves no file behind", question_survives_memory_running_out},
        {"a child by its folder's handle is the one that the path names",
         child_by_handle_is_the_one_that_the_path_names},
        {"a folder that is renamed keeps its children", folder_that_is_renamed_keeps_its_children},
        {"a name that is a path is refused", name_that_is_a_path_is_refused},
        {"a root and slashes behind a name are opened", root_and_slashes_behind_a_name_are_opened},
        {"odd names are listed, and each opens itself", odd_names_are_listed_and_opened},
        {"many names are listed once each", many_names_are_listed_once_each},
        {"a folder of ours is listed in ASCII order", folder_of_ours_is_listed_in_ascii_order},
        {"the list of a file is an error", list_of_a_file_is_an_error},
        {"folders deeper than a path is long are reached", folders_deeper_than_a_path_is_long_are_reached},
        {"hard links are counted", hard_links_are_counted},
        {"a link is told and never taken for what it leads to",
         link_is_told_and_never_taken_for_what_it_leads_to},
        {"a file is found by its id under its new name", file_is_found_by_its_id_under_its_new_name},
        {"a descriptor is whole", descriptor_is_whole},
        {"a list that is not kept is not believed", list_that_is_not_kept_is_not_believed},
        {"an entry added and taken out leaves the descriptor byte for byte",
         entry_added_and_taken_out_leaves_the_descriptor_byte_for_byte},
        {"a descriptor that lies is refused", descriptor_that_lies_is_refused},
        {"a handle to look is not enough to change", look_is_not_enough_to_change},
        {"a walk survives memory running out anywhere", walk_survives_memory_running_out},
        {"the owner is read back", owner_is_read_back},
        {NULL, NULL},
    },
};
