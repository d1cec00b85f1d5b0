/*
 * step_samples.c - a step of each kind, with something in every field.
 */
#include "core/step_samples.h"

#include "base/memory.h"
#include "core/jsontext.h"
#include "support/harness.h"

#include <stdio.h>
#include <string.h>

#define CAPABILITY "S-1-9-1397967427-1-2-3-4"

static struct ace entry(bool denies, uint8_t flags, uint32_t mask)
{
    struct ace made = {denies ? ACE_DENY : ACE_ALLOW, flags, mask, {{0}, 0}};

    CU_ASSERT_EQUAL_FATAL(sid_parse(CAPABILITY, &made.sid, NULL), SBX_OK);
    return made;
}

static void fill_files(struct step *step)
{
    bool denies = step->kind == STEP_DENY || step->kind == STEP_ANCHOR;
    struct step_files *files = &step->files;

    /* A lone surrogate, a backslash before a u, and a character that JSON has no need to escape. */
    files->path = sbx_strdup("C:\\src\\\xED\xA0\x80\\u0041\\\xF0\x9F\x98\x80");
    snprintf(files->volume_id, sizeof files->volume_id, "00000000000010a4");
    snprintf(files->file_id, sizeof files->file_id, "000000000000000000000000000001ff");
    files->folder = true;
    files->entries = sbx_alloc_array(2, sizeof *files->entries);
    CU_ASSERT_FATAL(files->path && files->entries);
    files->entries[0] = entry(denies, 0, 0x001201BF);
    files->entries[1] =
        entry(denies, ACE_OBJECT_INHERIT | ACE_CONTAINER_INHERIT | ACE_INHERIT_ONLY, 0x1301BF);
    files->entry_count = 2;
    CU_ASSERT_EQUAL_FATAL(strings_append(&files->stops, "00000000000000000000000000000200"), SBX_OK);
    CU_ASSERT_EQUAL_FATAL(strings_append(&files->stops, "00000000000000000000000000000201"), SBX_OK);
}

static void fill_firewall(struct firewall_rule *rule)
{
    rule->name = sbx_strdup("sbxcom-1a2b3c4d-out");
    rule->group = sbx_strdup("sbxcom");
    rule->description = sbx_strdup("Blocks \"everything\".");
    rule->users = sbx_strdup("SbxOff-1a2b3c4d");
    rule->direction = FIREWALL_IN;
    rule->protocol = 6;
    rule->remote_addresses = sbx_strdup("127.0.0.0/8");
    rule->remote_ports = sbx_strdup("1-65535");
    rule->allow = true;
    rule->enabled = true;
}

static void fill_filter(struct wfp_filter *filter, uint8_t weight)
{
    snprintf(filter->key, sizeof filter->key, "1a2b3c4d-0000-4000-8000-000000000001");
    filter->name = sbx_strdup("sbxcom connect");
    filter->layer = WFP_ACCEPT;
    filter->ipv6 = true;
    filter->permit = true;
    filter->weight = weight;
    filter->user_sid = sbx_strdup("SbxOff-1a2b3c4d");
    filter->protocol = 6;
    filter->port_least = 49152;
    filter->port_most = 65535;
    filter->loopback_only = true;
}

struct step step_sample(enum step_kind kind)
{
    struct step step = {.kind = kind, .rule = sbx_strdup("/files/write/0")};

    switch (kind) {
    case STEP_ALLOW:
    case STEP_DENY:
    case STEP_ANCHOR:
    case STEP_PASSAGE:
        fill_files(&step);
        break;
    case STEP_FIREWALL:
        fill_firewall(&step.firewall);
        break;
    case STEP_FILTERS:
        step.filters.items = sbx_alloc_array(2, sizeof *step.filters.items);
        step.filters.count = 2;
        fill_filter(&step.filters.items[0], 15);
        fill_filter(&step.filters.items[1], 1);
        break;
    default:
        step.named.name = sbx_strdup("Sbx-1a2b3c4d-off1");
        step.named.of = sbx_strdup("SbxOff-1a2b3c4d");
        step.named.text = sbx_strdup("0");
        step.named.flags = 6;
    }
    return step;
}

char *step_sample_text(const struct step *step)
{
    struct sbx_buffer text = SBX_BUFFER_EMPTY;
    char *taken;

    jsontext_write(step_as_json(step), &text);
    taken = buffer_take(&text, NULL);
    CU_ASSERT_FATAL(taken != NULL);
    return taken;
}
