/*
 * jansson_private_config.h - what jansson's own build finds out by trying, for Windows with Microsoft's C library.
 */
#include <stdint.h>

#define HAVE_STDINT_H           1
#define HAVE_SYS_TYPES_H        1
#define HAVE_LOCALE_H           1
#define HAVE_INT32_T            1
#define HAVE_UINT32_T           1
#define HAVE_UINT16_T           1
#define HAVE_UINT8_T            1
#define USE_WINDOWS_CRYPTOAPI   1
#define INITIAL_HASHTABLE_ORDER 3
