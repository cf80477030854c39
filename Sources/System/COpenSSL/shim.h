// Makes OpenSSL's libcrypto a Swift module; macros get one function each.
#pragma once
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// A fresh key on the named curve ("P-256"), or NULL.
static inline EVP_PKEY *clave_openssl_make_ec_key(const char *curve) { return EVP_EC_gen(curve); }

static inline long clave_openssl_bio_memory(BIO *bio, char **data) { return BIO_get_mem_data(bio, data); }

// Adds an extension by OpenSSL's configuration syntax; 1, or 0 if it is refused.
static inline int clave_openssl_add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (!extension) return 0;
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}
