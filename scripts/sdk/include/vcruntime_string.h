/*
 * vcruntime_string.h - the string functions that Visual C++ brings and the SDK's C library lacks (crt/string.c has them).
 */
#pragma once

#include <vcruntime.h>

_CRT_BEGIN_C_HEADER

void *__cdecl memchr(const void *buffer, int character, size_t size);
int __cdecl memcmp(const void *a, const void *b, size_t size);
void *__cdecl memcpy(void *to, const void *from, size_t size);
void *__cdecl memmove(void *to, const void *from, size_t size);
void *__cdecl memset(void *to, int value, size_t size);
char *__cdecl strchr(const char *string, int character);
char *__cdecl strrchr(const char *string, int character);
char *__cdecl strstr(const char *string, const char *part);
wchar_t *__cdecl wcschr(const wchar_t *string, wchar_t character);
wchar_t *__cdecl wcsrchr(const wchar_t *string, wchar_t character);
wchar_t *__cdecl wcsstr(const wchar_t *string, const wchar_t *part);

_CRT_END_C_HEADER
