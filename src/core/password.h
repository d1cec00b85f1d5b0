/*
 * password.h - passwords of accounts that no person logs on with.
 */
#ifndef SBX_CORE_PASSWORD_H
#define SBX_CORE_PASSWORD_H

#include "base/status.h"

#define PASSWORD_LENGTH 32
#define PASSWORD_SIZE   (PASSWORD_LENGTH + 1)

/*
 * 192 bits of the system's generator as letters, digits and signs, at least one of each of the four classes
 * that Windows' password policy counts (capital letters, small letters, digits, signs). The caller wipes it
 * (sbx_wipe). On a failure `password` is zeros. SBX_E_SYSTEM.
 */
sbx_status password_make(char password[PASSWORD_SIZE], struct sbx_error *error);

#endif
