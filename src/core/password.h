/*
 * password.h - passwords of accounts that no person logs on with.
 */
#ifndef SBX_CORE_PASSWORD_H
#define SBX_CORE_PASSWORD_H

#include "base/status.h"

#define PASSWORD_LENGTH      32  /* usual */
#define PASSWORD_MOST_LENGTH 127 /* what an interactive logon takes */
#define PASSWORD_SIZE        (PASSWORD_MOST_LENGTH + 1)

/*
 * Six bits of the system's generator a character (192 of the usual length) as letters, digits and signs, at least one of
 * each of the four classes that Windows' password policy counts (capital letters, small letters, digits, signs). `length`
 * at most PASSWORD_MOST_LENGTH. The caller wipes it (sbx_wipe). On a failure `password` is zeros. SBX_E_SYSTEM,
 * SBX_E_ARGUMENT.
 */
sbx_status password_make(char password[PASSWORD_SIZE], size_t length, struct sbx_error *error);

#endif
