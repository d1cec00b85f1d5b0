/*
 * string.c - the functions of <string.h> and <wchar.h> that Visual C++ keeps in vcruntime and the SDK's C library
 * therefore lacks. Plain, because only this build uses them. Compiled with -fno-builtin: they must not call themselves.
 */
#include <vcruntime_string.h>

void *memcpy(void *to, const void *from, size_t size)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    while (size >= sizeof(size_t)) {
        *(__unaligned size_t *)out = *(const __unaligned size_t *)in;
        out += sizeof(size_t);
        in += sizeof(size_t);
        size -= sizeof(size_t);
    }
    while (size-- > 0) {
        *out++ = *in++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    unsigned char *out = to;
    const unsigned char *in = from;
    if ((size_t)(out - in) >= size) { /* before it, or far enough behind it */
        return memcpy(to, from, size);
    }
    while (size-- > 0) {
        out[size] = in[size];
    }
    return to;
}

void *memset(void *to, int value, size_t size)
{
    unsigned char *out = to;
    size_t word = (size_t)-1 / 255 * (unsigned char)value;
    while (size >= sizeof(word)) {
        *(__unaligned size_t *)out = word;
        out += sizeof(word);
        size -= sizeof(word);
    }
    while (size-- > 0) {
        *out++ = (unsigned char)value;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a, *right = b;
    for (; size > 0; size--, left++, right++) {
        if (*left != *right) {
            return *left < *right ? -1 : 1;
        }
    }
    return 0;
}

void *memchr(const void *buffer, int character, size_t size)
{
    const unsigned char *at = buffer;
    for (; size > 0; size--, at++) {
        if (*at == (unsigned char)character) {
            return (void *)at;
        }
    }
    return NULL;
}

char *strchr(const char *string, int character)
{
    for (;; string++) {
        if (*string == (char)character) {
            return (char *)string;
        }
        if (*string == '\0') {
            return NULL;
        }
    }
}

char *strrchr(const char *string, int character)
{
    const char *last = NULL;
    for (;; string++) {
        if (*string == (char)character) {
            last = string;
        }
        if (*string == '\0') {
            return (char *)last;
        }
    }
}

char *strstr(const char *string, const char *part)
{
    for (;; string++) {
        size_t i = 0;
        while (part[i] != '\0' && string[i] == part[i]) {
            i++;
        }
        if (part[i] == '\0') {
            return (char *)string;
        }
        if (*string == '\0') {
            return NULL;
        }
    }
}

wchar_t *wcschr(const wchar_t *string, wchar_t character)
{
    for (;; string++) {
        if (*string == character) {
            return (wchar_t *)string;
        }
        if (*string == L'\0') {
            return NULL;
        }
    }
}

wchar_t *wcsrchr(const wchar_t *string, wchar_t character)
{
    const wchar_t *last = NULL;
    for (;; string++) {
        if (*string == character) {
            last = string;
        }
        if (*string == L'\0') {
            return (wchar_t *)last;
        }
    }
}

wchar_t *wcsstr(const wchar_t *string, const wchar_t *part)
{
    for (;; string++) {
        size_t i = 0;
        while (part[i] != L'\0' && string[i] == part[i]) {
            i++;
        }
        if (part[i] == L'\0') {
            return (wchar_t *)string;
        }
        if (*string == L'\0') {
            return NULL;
        }
    }
}
