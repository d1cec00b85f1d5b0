/*
 * engine_targets.h - what the probes try their hands on, made for them, and the controls: the same acts by the caller.
 *
 * Private to the engine. Everything is ours and goes again: files in the session's folder, a named event and pipe, listeners on
 * loop-back; a protected and a denied path of the workspace are opened, never changed.
 */
#ifndef SBX_SBXCOM_ENGINE_TARGETS_H
#define SBX_SBXCOM_ENGINE_TARGETS_H

#include "core/probe.h"
#include "os/attempt.h"
#include "sbxcom/engine_private.h"

struct targets {                         /* begins zeroed */
    bool whole;                          /* for the full battery */
    HANDLE runner;                       /* a copy: the engine's own goes when somebody closes it */
    char *folder;                        /* outside the workspace */
    char *write, *remove, *read;         /* files in it */
    HANDLE canary;                       /* an event here ... */
    uint64_t given;                      /* ... and, inheritable, in the runner, where no launch lists it */
    const char *protected_path, *denied; /* the boundary's; NULL: none is there */
    char *variable;                      /* of ours that commands do not get; NULL: there is none */
    char event_name[64], pipe_name[64];
    struct attempt_target *event, *pipe;
    char leash_name[64];
    struct attempt_target *leash; /* a job: what the probe starts in our name ends when this is closed */
    struct attempt_listener *listeners[2]; /* v4, v6; NULL: the host has none */
    uint16_t ports[2];
    bool drive; /* we may open the disk, so it is tried whether a command may */
    struct probe_results controls;
};

/* What cannot be made of the full battery's is left out, and not tried. */
sbx_status targets_make(struct engine *engine, bool whole, struct targets *targets, struct sbx_error *error);
void targets_free(struct targets *targets);

/* The probe's command line (sbxrun/inside.h); `targets` NULL: it tries nothing. */
sbx_status targets_arguments(const struct engine *engine, const struct targets *targets,
                             struct sbx_strings *arguments, struct sbx_error *error);

/* What the probe says is checked against what it did, and each refusal against its control. */
void targets_judge(const struct targets *targets, struct probe_results *results);

#endif
