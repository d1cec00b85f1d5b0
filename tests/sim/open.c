/*
 * open.c - the list of what is open.
 */
#include "sim/open.h"
#include "sim/fault.h"
#include "sim/world.h"

#include <stdlib.h>

static struct sim_open *opens;

struct sim_open *sim_open_make(struct sim_file *file, struct sim_name *name, uint32_t granted)
{
    struct sim_open *open = sim_allocate(sizeof *open);

    open->file = file;
    open->name = name;
    open->granted = granted;
    open->actor = sim_current_actor();
    open->next = opens;
    opens = open;
    sim_file_hold(file);
    return open;
}

/* What the system does when the last process that had it is gone, power or not. */
static void end(struct sim_open *open)
{
    struct sim_file *file = open->file;
    struct sim_name *name = open->name;

    if (!file)
        return;
    open->file = NULL;
    open->name = NULL;
    if (open->dies_with_its_holder && !sim_power_is_off() && name)
        sim_name_remove(name);
    sim_file_release(file);
}

void sim_open_close(struct sim_open *open)
{
    struct sim_open **link = &opens;

    if (!open)
        return;
    while (*link && *link != open)
        link = &(*link)->next;
    if (!*link)
        abort();
    end(open);
    *link = open->next;
    free(open);
}

bool sim_is_open(const struct sim_file *file, bool alone_only)
{
    for (const struct sim_open *open = opens; open; open = open->next) {
        if (open->file == file && (open->alone || !alone_only))
            return true;
    }
    return false;
}

void sim_opens_end(unsigned actor)
{
    for (struct sim_open *open = opens; open; open = open->next) {
        if (open->actor == actor)
            end(open);
    }
}

void sim_opens_end_all(void)
{
    for (struct sim_open *open = opens; open; open = open->next)
        end(open);
}

void sim_opens_forget_name(const struct sim_name *name)
{
    for (struct sim_open *open = opens; open; open = open->next) {
        if (open->name == name)
            open->name = NULL;
    }
}

size_t sim_opens_count(void)
{
    size_t count = 0;

    for (const struct sim_open *open = opens; open; open = open->next)
        count += open->file != NULL;
    return count;
}
