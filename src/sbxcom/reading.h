/*
 * reading.h - a command's unread bytes as text, piece by piece, for Read and ReadLine.
 */
#ifndef SBX_SBXCOM_READING_H
#define SBX_SBXCOM_READING_H

#include "core/decode.h"
#include "sbxcom/engine.h"

struct reading {
    struct engine_run *run;
    int stream;  /* 0 stdout, 1 stderr */
    bool line;   /* up to the next line end, which is not given out */
    size_t most; /* characters, as UTF-16 counts them; SIZE_MAX: what there is */
    int32_t timeout_ms;
};

/*
 * Whole characters only: bytes of a character that is not complete yet are waited for, and given back when the time is over. *end:
 * the output has ended and there was nothing more. `decoder` is the stream's and is changed on success alone.
 * SBX_E_TIMEOUT with nothing taken, and engine_run_read's other failures.
 */
sbx_status reading_text(const struct reading *reading, struct text_decoder *decoder, struct sbx_buffer *text,
                        bool *end, struct sbx_error *error);

#endif
