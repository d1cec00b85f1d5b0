/*
 * step_maker.c - steps on files of the simulation.
 */
#include "core/step_maker.h"
#include "base/memory.h"
#include "os/filesystem.h"
#include "sim/sim.h"
#include "support/harness.h"

#include <string.h>

static void add_entry(struct step *step, uint32_t mask, uint8_t flags)
{
    struct ace *entry = &step->files.entries[step->files.entry_count++];

    entry->type = step->kind == STEP_DENY || step->kind == STEP_ANCHOR ? ACE_DENY : ACE_ALLOW;
    entry->mask = mask;
    entry->flags = flags;
    CU_ASSERT_EQUAL_FATAL(sid_parse(STEP_MAKER_SID, &entry->sid, NULL), SBX_OK);
}

struct step make_files_step(enum step_kind kind, const char *path)
{
    const uint8_t below = ACE_OBJECT_INHERIT | ACE_CONTAINER_INHERIT;
    struct file_facts facts;
    struct step step = {.kind = kind};

    CU_ASSERT_EQUAL_FATAL(file_examine(path, &facts, NULL), SBX_OK);
    step.rule = sbx_strdup("/files/write/0");
    step.files.path = sbx_strdup(path);
    memcpy(step.files.volume_id, facts.volume_id, sizeof step.files.volume_id);
    memcpy(step.files.file_id, facts.file_id, sizeof step.files.file_id);
    step.files.folder = facts.kind == FILE_KIND_DIRECTORY;
    step.files.entries = sbx_alloc_array(2, sizeof *step.files.entries);
    CU_ASSERT_PTR_NOT_NULL_FATAL(step.files.entries);
    file_facts_free(&facts);

    if (kind == STEP_ANCHOR)
        add_entry(&step, PLAN_MASK_ANCHOR, 0);
    else if (kind == STEP_PASSAGE)
        add_entry(&step, PLAN_MASK_PASSAGE, 0);
    else if (kind == STEP_DENY)
        add_entry(&step, PLAN_MASK_PROTECT, step.files.folder ? below : 0);
    else {
        add_entry(&step, PLAN_MASK_WRITE_ROOT, 0);
        if (step.files.folder)
            add_entry(&step, PLAN_MASK_WRITE_BELOW, below | ACE_INHERIT_ONLY);
    }
    return step;
}

bool names_our_sid(const char *path)
{
    struct sid sid;
    const uint8_t *bytes;
    size_t size;

    bytes = sim_descriptor(path, &size);
    CU_ASSERT_EQUAL_FATAL(sid_parse(STEP_MAKER_SID, &sid, NULL), SBX_OK);
    for (size_t i = 0; i + sid.size <= size; i++)
        if (memcmp(bytes + i, sid.bytes, sid.size) == 0)
            return true;
    return false;
}
