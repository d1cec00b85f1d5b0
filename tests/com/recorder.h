/*
 * recorder.h - an object of the tests' own behind ISandboxCommand: it keeps what dispatch passes to it.
 */
#ifndef TESTS_COM_RECORDER_H
#define TESTS_COM_RECORDER_H

#include "sbxcom/object.h"

struct recorder {
    struct object object;

    BSTR program; /* what put_Program got, copied; get_Program gives it */
    LONG columns;
    VARIANT_BOOL terminal;
    VARTYPE time_out_type; /* of what put_TimeoutMs got */
    LONG time_out;
    bool flags_absent; /* what Spawn got was left out, Empty or Null */
    HRESULT outcome;   /* what Run returns */
    unsigned calls;    /* that came through */
};

/* One reference. Its Environment has one variable, NAME=value; its Run raises `outcome`. */
struct recorder *recorder_new(void);

enum { /* DISPIDs of ISandboxCommand */
       ID_PROGRAM = 1,
       ID_ARGUMENTS = 2,
       ID_ENVIRONMENT = 4,
       ID_TIMEOUT = 7,
       ID_TERMINAL = 8,
       ID_COLUMNS = 9,
       ID_RUN = 101,
       ID_SPAWN = 102,
};

#endif
