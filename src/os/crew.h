/*
 * crew.h - a work crew: a few threads, the calling one among them, that share one piece of work and are gone when it is done.
 *
 * The work begins as one item on the calling thread. Whoever works on an item and sees that somebody has nothing to do hands a part of
 * it over as an item of its own; whoever nobody can take anything from does it himself. So no more items are about than
 * there are workers, and a small piece of work never starts a thread.
 *
 * A caller that acts under a token of its own (impersonates) works alone: other threads would act as the process.
 */
#ifndef SBX_OS_CREW_H
#define SBX_OS_CREW_H

#include "base/status.h"

#include <stdbool.h>

#define CREW_MOST 8 /* workers */

struct crew;

/* Does one item, on whichever thread, and frees what the item holds. Called once for each item, after crew_fail stopped the rest, too. */
typedef void (*crew_work)(struct crew *crew, void *context, void *item);

/*
 * Returns when all items are done and no thread is left, with the first failure that crew_fail told of. `most_workers`, the caller
 * included: 0 is as many as this process has processors; never more than CREW_MOST. A thread that cannot be started is no
 * failure, the others do its part.
 */
sbx_status crew_run(unsigned most_workers, crew_work work, void *context, void *item,
                    struct sbx_error *error);

/* The rest is for the functions of the work. */

/* Has another worker nothing to do? A glance, and perhaps not true any more. */
bool crew_is_wanted(struct crew *crew);

/* True: another worker has `item` now. False: nobody could take it, or the work was stopped; it is still the caller's. */
bool crew_hand_over(struct crew *crew, void *item);

/* The first one is what crew_run returns. `stops`: nobody is to go on, which each worker asks for between its steps. */
void crew_fail(struct crew *crew, sbx_status status, const struct sbx_error *error, bool stops);
bool crew_is_stopped(struct crew *crew);

/* For what the workers share: one of them at a time between these two. Not recursive. No other function but the two above in between. */
void crew_lock(struct crew *crew);
void crew_unlock(struct crew *crew);

#endif
