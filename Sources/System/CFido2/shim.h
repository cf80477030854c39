// Makes libfido2 a Swift module, and OpenSSH's interface for FIDO middleware (sk-api.h) beside it, which no package brings.
#pragma once
#include <fido.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// The interface's version is in the upper half.
#define CLAVE_SK_VERSION 0x000a0000u
#define CLAVE_SK_VERSION_MASK 0xffff0000u

enum { CLAVE_SK_ECDSA = 0, CLAVE_SK_ED25519 = 1 };
enum { CLAVE_SK_UNSUPPORTED = -2, CLAVE_SK_PIN_REQUIRED = -3, CLAVE_SK_NO_DEVICE = -4 };

struct clave_sk_signature {
    uint8_t flags;
    uint32_t counter;
    uint8_t *sig_r;
    size_t sig_r_len;
    uint8_t *sig_s;
    size_t sig_s_len;
};

typedef uint32_t (*clave_sk_version_function)(void);
typedef int (*clave_sk_sign_function)(uint32_t algorithm, const uint8_t *data, size_t data_count,
                                      const char *application, const uint8_t *handle, size_t handle_count,
                                      uint8_t flags, const char *pin, void **options,
                                      struct clave_sk_signature **signature);

// Whether bytes hold others; memmem is declared for _GNU_SOURCE only, which a module has no say in.
static inline bool clave_sk_holds(const uint8_t *bytes, size_t count, const uint8_t *part, size_t part_count) {
    const uint8_t *end = bytes + count;
    for (const uint8_t *place = bytes; (size_t)(end - place) >= part_count; place++) {
        place = (const uint8_t *)memchr(place, part[0], (size_t)(end - place) - part_count + 1);
        if (!place) return false;
        if (!memcmp(place, part, part_count)) return true;
    }
    return false;
}

// What a symbol of a library is as a function.
static inline clave_sk_version_function clave_sk_version(void *symbol) { return (clave_sk_version_function)symbol; }
static inline clave_sk_sign_function clave_sk_sign(void *symbol) { return (clave_sk_sign_function)symbol; }
