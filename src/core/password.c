/*
 * password.c - characters of 64.
 */
#include "core/password.h"
#include "base/memory.h"
#include "os/random.h"

#include <string.h>

/* Six bits each, by class. None that people or quoting rules take for another. */
static const char characters[64 + 1] = "ABCDEFGHJKLMNPQRSTUVWXYZ"
                                       "abcdefghijkmnopqrstuvwxyz"
                                       "23456789"
                                       "!#+-=_.";

#define FIRST_SMALL 24
#define FIRST_DIGIT 49
#define FIRST_SIGN  57

/* One in 40 lacks a class and is thrown away; a generator that gives none so often is none. */
#define MOST_TRIES 100

static unsigned class_of(unsigned index)
{
    return index < FIRST_SMALL ? 1 : index < FIRST_DIGIT ? 2 : index < FIRST_SIGN ? 4 : 8;
}

sbx_status password_make(char password[PASSWORD_SIZE], size_t length, struct sbx_error *error)
{
    uint8_t bytes[PASSWORD_MOST_LENGTH];
    unsigned classes = 0;
    sbx_status status = SBX_OK;

    sbx_wipe(password, PASSWORD_SIZE);
    if (length > PASSWORD_MOST_LENGTH)
        return error_set(error, SBX_E_ARGUMENT, "No password has %zu characters.", length);
    for (unsigned tries = 0; classes != 15 && tries < MOST_TRIES && !status; tries++) {
        status = random_bytes(bytes, length, error);
        classes = 0;
        for (size_t i = 0; i < length && !status; i++) {
            password[i] = characters[bytes[i] & 63];
            classes |= class_of(bytes[i] & 63);
        }
    }
    sbx_wipe(bytes, sizeof bytes);
    if (!status && classes != 15)
        status =
            error_set(error, SBX_E_SYSTEM, "The system's generator gives the same bytes again and again.");
    if (status)
        sbx_wipe(password, PASSWORD_SIZE);
    return status;
}
