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
