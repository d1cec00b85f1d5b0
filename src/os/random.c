/*
 * random.c - the system's generator and hash, bcrypt.dll's.
 */
#include "os/random.h"
#include "os/native.h"

#include <bcrypt.h>

typedef NTSTATUS(WINAPI *generate_random)(BCRYPT_ALG_HANDLE, PUCHAR, ULONG, ULONG);
typedef NTSTATUS(WINAPI *open_algorithm)(BCRYPT_ALG_HANDLE *, LPCWSTR, LPCWSTR, ULONG);
typedef NTSTATUS(WINAPI *close_algorithm)(BCRYPT_ALG_HANDLE, ULONG);
typedef NTSTATUS(WINAPI *create_hash)(BCRYPT_ALG_HANDLE, BCRYPT_HASH_HANDLE *, PUCHAR, ULONG, PUCHAR, ULONG,
                                      ULONG);
typedef NTSTATUS(WINAPI *hash_data)(BCRYPT_HASH_HANDLE, PUCHAR, ULONG, ULONG);
typedef NTSTATUS(WINAPI *finish_hash)(BCRYPT_HASH_HANDLE, PUCHAR, ULONG, ULONG);
typedef NTSTATUS(WINAPI *destroy_hash)(BCRYPT_HASH_HANDLE);

#define USE_SYSTEM_PREFERRED_RNG 0x00000002  /* BCRYPT_USE_SYSTEM_PREFERRED_RNG, Windows 7 */
#define PART_SIZE                0x40000000u /* the calls take 32-bit sizes */

static native_function bcrypt(const char *name)
{
    return native_call(L"bcrypt.dll", name);
}

sbx_status random_bytes(void *bytes, size_t size, struct sbx_error *error)
{
    generate_random generate = (generate_random)bcrypt("BCryptGenRandom");
    uint8_t *at = bytes;

    if (!generate)
        return native_error(error, "bcrypt.dll");

    while (size) {
        ULONG part = size < PART_SIZE ? (ULONG)size : PART_SIZE;
        NTSTATUS result = generate(NULL, at, part, USE_SYSTEM_PREFERRED_RNG);

        if (result < 0)
            return error_system(error, "BCryptGenRandom", (uint32_t)result);
        at += part;
        size -= part;
    }
    return SBX_OK;
}

sbx_status random_hex(char *text, size_t byte_count, struct sbx_error *error)
{
    static const char digits[] = "0123456789abcdef";
    sbx_status status;
    uint8_t bytes[64];

    if (byte_count > sizeof bytes)
        return error_set(error, SBX_E_ARGUMENT, "%zu random bytes are more than a name needs.", byte_count);

    status = random_bytes(bytes, byte_count, error);
    if (status)
        return status;

    for (size_t i = 0; i < byte_count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * byte_count] = '\0';
    return SBX_OK;
}

sbx_status hash_sha256(const void *bytes, size_t size, uint8_t digest[32], struct sbx_error *error)
{
    open_algorithm open = (open_algorithm)bcrypt("BCryptOpenAlgorithmProvider");
    close_algorithm close = (close_algorithm)bcrypt("BCryptCloseAlgorithmProvider");
    create_hash create = (create_hash)bcrypt("BCryptCreateHash");
    hash_data data = (hash_data)bcrypt("BCryptHashData");
    finish_hash finish = (finish_hash)bcrypt("BCryptFinishHash");
    destroy_hash destroy = (destroy_hash)bcrypt("BCryptDestroyHash");
    sbx_status status = SBX_OK;
    NTSTATUS result;
    BCRYPT_ALG_HANDLE algorithm;
    BCRYPT_HASH_HANDLE hash;
    const uint8_t *at = bytes;
    uint8_t made[32];

    if (!open || !close || !create || !data || !finish || !destroy)
        return native_error(error, "bcrypt.dll");

    result = open(&algorithm, BCRYPT_SHA256_ALGORITHM, NULL, 0);
    if (result < 0)
        return error_system(error, "BCryptOpenAlgorithmProvider", (uint32_t)result);

    result = create(algorithm, &hash, NULL, 0, NULL, 0, 0);
    if (result < 0) {
        status = error_system(error, "BCryptCreateHash", (uint32_t)result);
        goto close_algorithm;
    }

    while (size && result >= 0) {
        ULONG part = size < PART_SIZE ? (ULONG)size : PART_SIZE;

        result = data(hash, (PUCHAR)at, part, 0);
        at += part;
        size -= part;
    }
    if (result >= 0)
        result = finish(hash, made, sizeof made, 0);
    if (result < 0) {
        status = error_system(error, "BCryptHashData", (uint32_t)result);
        goto destroy_hash;
    }
    for (size_t i = 0; i < sizeof made; i++)
        digest[i] = made[i];

destroy_hash:
    destroy(hash);
close_algorithm:
    close(algorithm, 0);
    return status;
}
