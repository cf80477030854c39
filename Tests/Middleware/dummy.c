// A FIDO middleware without hardware, for tests: OpenSSH's interface (sk-api.h, version 10) over OpenSSL. The "token" is
// this file, and a key's handle is the key itself: `byte algorithm, byte flags, byte length, application, private key in DER`.
//
// What a token does besides is told by files beside the library: while there is one named `hold`, nobody has touched it;
// a file `fault` says how the next signature fails: `crash`, `hang`, `forged`, `empty`, `gone`. The PIN is 1234.
//
// Built by: cc -shared -fPIC -o dummy.so dummy.c -lcrypto
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

enum { ECDSA = 0, ED25519 = 1 };
enum { PRESENCE = 0x01, VERIFICATION = 0x04 };
enum { GENERAL = -1, UNSUPPORTED = -2, PIN_REQUIRED = -3, NO_DEVICE = -4 };

struct enrolled {
    uint8_t flags;
    uint8_t *public_key;
    size_t public_key_len;
    uint8_t *key_handle;
    size_t key_handle_len;
    uint8_t *signature;
    size_t signature_len;
    uint8_t *attestation_cert;
    size_t attestation_cert_len;
    uint8_t *authdata;
    size_t authdata_len;
};

struct made {
    uint8_t flags;
    uint32_t counter;
    uint8_t *sig_r;
    size_t sig_r_len;
    uint8_t *sig_s;
    size_t sig_s_len;
};

static const char *beside(const char *name) {
    static char path[4096];
    Dl_info info;
    if (!dladdr((void *)beside, &info)) return "/nonexistent";
    snprintf(path, sizeof path, "%s", info.dli_fname);
    char *slash = strrchr(path, '/');
    snprintf(slash + 1, sizeof path - (size_t)(slash + 1 - path), "%s", name);
    return path;
}

static int has_fault(const char *word) {
    char line[16] = "";
    FILE *file = fopen(beside("fault"), "r");
    if (!file) return 0;
    if (!fgets(line, sizeof line, file)) line[0] = 0;
    fclose(file);
    line[strcspn(line, "\n")] = 0;
    if (strcmp(line, word)) return 0;
    unlink(beside("fault"));
    return 1;
}

uint32_t sk_api_version(void) { return 0x000a0000; }

int sk_enroll(uint32_t algorithm, const uint8_t *challenge, size_t challenge_len, const char *application, uint8_t flags,
              const char *pin, void **options, struct enrolled **out) {
    (void)challenge, (void)challenge_len, (void)pin, (void)options;
    EVP_PKEY *key = algorithm == ED25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : EVP_EC_gen("P-256");
    struct enrolled *made = calloc(1, sizeof *made);
    uint8_t *der = NULL;
    int count = key ? i2d_PrivateKey(key, &der) : 0;
    size_t named = strlen(application);
    if (!made || count <= 0 || named > 255) return GENERAL;
    if (algorithm == ED25519) {
        made->public_key = malloc(made->public_key_len = 32);
        EVP_PKEY_get_raw_public_key(key, made->public_key, &made->public_key_len);
    } else {
        unsigned char *point = NULL;
        made->public_key_len = EVP_PKEY_get1_encoded_public_key(key, &point);
        made->public_key = point;
    }
    made->flags = flags;
    made->key_handle = malloc(made->key_handle_len = 3 + named + (size_t)count);
    made->key_handle[0] = (uint8_t)algorithm;
    made->key_handle[1] = flags;
    made->key_handle[2] = (uint8_t)named;
    memcpy(made->key_handle + 3, application, named);
    memcpy(made->key_handle + 3 + named, der, (size_t)count);
    *out = made;
    return 0;
}

static int sign_ed25519(EVP_PKEY *key, const uint8_t *data, size_t count, struct made *made) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    made->sig_r = malloc(made->sig_r_len = 64);
    return EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1
        && EVP_DigestSign(context, made->sig_r, &made->sig_r_len, data, count) == 1;
}

static int sign_ecdsa(EVP_PKEY *key, const uint8_t *data, size_t count, struct made *made) {
    uint8_t der[256];
    size_t length = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1
        || EVP_DigestSign(context, der, &length, data, count) != 1)
        return 0;
    const uint8_t *place = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &place, (long)length);
    if (!pair) return 0;
    made->sig_r = malloc(made->sig_r_len = (size_t)BN_num_bytes(ECDSA_SIG_get0_r(pair)));
    made->sig_s = malloc(made->sig_s_len = (size_t)BN_num_bytes(ECDSA_SIG_get0_s(pair)));
    BN_bn2bin(ECDSA_SIG_get0_r(pair), made->sig_r);
    BN_bn2bin(ECDSA_SIG_get0_s(pair), made->sig_s);
    return 1;
}

int sk_sign(uint32_t algorithm, const uint8_t *data, size_t data_len, const char *application, const uint8_t *key_handle,
            size_t key_handle_len, uint8_t flags, const char *pin, void **options, struct made **out) {
    (void)options;
    if (has_fault("crash")) abort();
    if (has_fault("hang")) for (;;) pause();
    if (has_fault("gone")) return NO_DEVICE;
    size_t named = strlen(application);
    if (key_handle_len < 3 + named || key_handle[0] != algorithm || key_handle[2] != named
        || memcmp(key_handle + 3, application, named))
        return GENERAL;
    if ((flags & VERIFICATION) && (!pin || strcmp(pin, "1234"))) return PIN_REQUIRED;
    for (int round = 0; (flags & PRESENCE) && round < 3000 && !access(beside("hold"), F_OK); round++) usleep(20000);
    const uint8_t *der = key_handle + 3 + named;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &der, (long)(key_handle_len - 3 - named));
    struct made *made = calloc(1, sizeof *made);
    if (!key || !made) return GENERAL;
    made->flags = flags & (PRESENCE | VERIFICATION);
    made->counter = 0x12345678;
    *out = made;
    if (has_fault("empty")) return 0;
    uint8_t whole[32 + 1 + 4 + 32];
    SHA256((const uint8_t *)application, named, whole);
    whole[32] = made->flags;
    memcpy(whole + 33, "\x12\x34\x56\x78", 4);
    SHA256(data, data_len, whole + 37);
    if (has_fault("forged")) whole[68] ^= 1;
    int isMade = algorithm == ED25519 ? sign_ed25519(key, whole, sizeof whole, made) : sign_ecdsa(key, whole, sizeof whole, made);
    return isMade ? 0 : GENERAL;
}

int sk_load_resident_keys(const char *pin, void **options, void ***keys, size_t *count) {
    (void)pin, (void)options, (void)keys, (void)count;
    return UNSUPPORTED;
}
