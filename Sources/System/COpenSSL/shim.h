// Makes OpenSSL's libcrypto a Swift module; macros get one function each.
#pragma once
// The functions on one kind of key are several times faster than the ones that hide it (OpenSSL 3.0).
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cmac.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/objects.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

// A fresh key on the named curve ("P-256"), or NULL.
static inline EVP_PKEY *clave_openssl_make_ec_key(const char *curve) { return EVP_EC_gen(curve); }

// A fresh RSA key with the exponent 65537, or NULL.
static inline EVP_PKEY *clave_openssl_make_rsa_key(unsigned int bits) { return EVP_RSA_gen(bits); }

// The function of SHA-2 (FIPS 180-4) whose digests have so many bytes: 32, 48 or 64; NULL for none.
static inline const EVP_MD *clave_openssl_sha2(size_t length) {
    return length == 32 ? EVP_sha256() : length == 48 ? EVP_sha384() : length == 64 ? EVP_sha512() : NULL;
}

// A source of a copy of these bytes, or NULL: BIO_new_mem_buf reads them where they lie, and an array that is given to it
// may be gone by then.
static inline BIO *clave_openssl_source(const void *bytes, size_t count) {
    BIO *bio = BIO_new(BIO_s_mem());
    size_t written = 0;
    if (bio && count && !BIO_write_ex(bio, bytes, count, &written)) {
        BIO_free(bio);
        return NULL;
    }
    if (bio) BIO_set_mem_eof_return(bio, 0);
    return bio;
}

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

// The directory name at a place of a certificate's subject alternative names, or NULL: `*names` is what
// X509_get_ext_d2i gave for NID_subject_alt_name.
static inline X509_NAME *clave_openssl_directory_name(const void *names, int place) {
    const GENERAL_NAMES *all = (const GENERAL_NAMES *)names;
    if (place >= sk_GENERAL_NAME_num(all)) return NULL;
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(all, place);
    return name->type == GEN_DIRNAME ? name->d.directoryName : NULL;
}
static inline int clave_openssl_general_name_count(const void *names) {
    return sk_GENERAL_NAME_num((const GENERAL_NAMES *)names);
}
static inline void clave_openssl_general_names_free(void *names) { GENERAL_NAMES_free((GENERAL_NAMES *)names); }

// Lists that hold their members; OPENSSL_sk_* functions take them for the rest.
static inline void clave_openssl_certificates_free(STACK_OF(X509) *list) { sk_X509_pop_free(list, X509_free); }
static inline void clave_openssl_crls_free(STACK_OF(X509_CRL) *list) { sk_X509_CRL_pop_free(list, X509_CRL_free); }

// The signers of a CMS message (RFC 5652 section 5.3); -1 for one that is not signed.
static inline int clave_openssl_signer_count(CMS_ContentInfo *message) {
    return OBJ_obj2nid(CMS_get0_type(message)) == NID_pkcs7_signed
        ? sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(message)) : -1;
}
static inline CMS_SignerInfo *clave_openssl_signer(CMS_ContentInfo *message, int place) {
    return sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(message), place);
}

// Whether what a certificate says of the purposes of its key (RFC 5280 section 4.2.1.12) leaves room for documents and
// messages: a server's key must not sign for a person.
static inline int clave_openssl_is_for_documents(X509 *certificate) {
    // documentSigning (RFC 9336), and what Microsoft and Adobe had before.
    static const char *const documents[] = {"1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.311.10.3.12", "1.2.840.113583.1.1.5"};
    if (X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1) < 0) return 1;
    EXTENDED_KEY_USAGE *purposes = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
    int fits = 0;
    for (int place = 0; purposes && place < sk_ASN1_OBJECT_num(purposes); place++) {
        const ASN1_OBJECT *purpose = sk_ASN1_OBJECT_value(purposes, place);
        char text[80] = "";
        OBJ_obj2txt(text, sizeof text, purpose, 1);
        switch (OBJ_obj2nid(purpose)) {
        case NID_client_auth: case NID_email_protect: case NID_anyExtendedKeyUsage: fits = 1;
        }
        for (size_t known = 0; known < sizeof documents / sizeof *documents; known++)
            if (strcmp(text, documents[known]) == 0) fits = 1;
    }
    EXTENDED_KEY_USAGE_free(purposes);
    return fits;
}

// Keys from their numbers, as big-endian bytes. OpenSSL 3 has another way too, which costs a good part of a signature
// each time; keys are made anew for each operation here, so the old functions are called.

// An RSA key; without d, p and q a public one. NULL if the numbers can't be one or memory is short.
static inline EVP_PKEY *clave_openssl_rsa_key(const uint8_t *n, size_t n_count, const uint8_t *e, size_t e_count,
                                              const uint8_t *d, size_t d_count, const uint8_t *q_inverse,
                                              size_t q_inverse_count, const uint8_t *p, size_t p_count,
                                              const uint8_t *q, size_t q_count) {
    EVP_PKEY *key = EVP_PKEY_new();
    RSA *rsa = RSA_new();
    if (!key || !rsa) goto failed;
    if (!RSA_set0_key(rsa, BN_bin2bn(n, (int)n_count, NULL), BN_bin2bn(e, (int)e_count, NULL),
                      d ? BN_bin2bn(d, (int)d_count, NULL) : NULL))
        goto failed;
    if (d) {
        BIGNUM *bp = BN_bin2bn(p, (int)p_count, NULL), *bq = BN_bin2bn(q, (int)q_count, NULL);
        BIGNUM *inverse = BN_bin2bn(q_inverse, (int)q_inverse_count, NULL);
        BIGNUM *one_less = BN_new(), *dp = BN_new(), *dq = BN_new();
        BN_CTX *scratch = BN_CTX_secure_new();
        int made = bp && bq && inverse && one_less && dp && dq && scratch;
        if (made) {
            BN_set_flags(one_less, BN_FLG_CONSTTIME);
            made = BN_sub(one_less, bp, BN_value_one()) && BN_mod(dp, RSA_get0_d(rsa), one_less, scratch)
                && BN_sub(one_less, bq, BN_value_one()) && BN_mod(dq, RSA_get0_d(rsa), one_less, scratch);
        }
        BN_clear_free(one_less);
        BN_CTX_free(scratch);
        if (!made) {
            BN_clear_free(bp), BN_clear_free(bq), BN_clear_free(inverse), BN_clear_free(dp), BN_clear_free(dq);
            goto failed;
        }
        RSA_set0_factors(rsa, bp, bq);
        RSA_set0_crt_params(rsa, dp, dq, inverse);
    }
    if (EVP_PKEY_assign_RSA(key, rsa)) return key;
failed:
    RSA_free(rsa);
    EVP_PKEY_free(key);
    return NULL;
}

// Whether an RSA private key's numbers belong together. RSA_check_key also tests that p and q are prime, which takes
// seconds for a long key: a key that is added may not hold up other clients, and harms only its owner if they are not.
static inline int clave_openssl_rsa_is_sound(EVP_PKEY *key) {
    const RSA *rsa = EVP_PKEY_get0_RSA(key);
    const BIGNUM *e = RSA_get0_e(rsa), *d = RSA_get0_d(rsa), *p = RSA_get0_p(rsa), *q = RSA_get0_q(rsa);
    const BIGNUM *inverse = RSA_get0_iqmp(rsa), *one = BN_value_one();
    BIGNUM *one_less = BN_new(), *product = BN_new();
    BN_CTX *scratch = BN_CTX_secure_new();
    int sound = one_less && product && scratch && e && d && p && q && inverse && BN_is_odd(e) && !BN_is_one(e)
        && BN_is_odd(p) && !BN_is_one(p) && BN_is_odd(q) && !BN_is_one(q)
        && BN_mul(product, p, q, scratch) && BN_cmp(product, RSA_get0_n(rsa)) == 0
        && BN_cmp(d, product) < 0 && BN_cmp(inverse, p) < 0
        && BN_sub(one_less, p, one) && BN_mod_mul(product, d, e, one_less, scratch) && BN_is_one(product)
        && BN_sub(one_less, q, one) && BN_mod_mul(product, d, e, one_less, scratch) && BN_is_one(product)
        && BN_mod_mul(product, inverse, q, p, scratch) && BN_is_one(product);
    BN_clear_free(one_less);
    BN_clear_free(product);
    BN_CTX_free(scratch);
    return sound;
}

// A key on the curve of this NID from its point (uncompressed) and, if given, its private number; NULL if the point is
// not on the curve, or is not the number's.
static inline EVP_PKEY *clave_openssl_ec_key(int curve, const uint8_t *point, size_t point_count,
                                             const uint8_t *number, size_t number_count, int checks) {
    EVP_PKEY *key = EVP_PKEY_new();
    EC_KEY *ec = EC_KEY_new_by_curve_name(curve);
    BIGNUM *secret = number ? BN_bin2bn(number, (int)number_count, NULL) : NULL;
    int made = key && ec && (!number || secret) && EC_KEY_oct2key(ec, point, point_count, NULL)
        && (!secret || EC_KEY_set_private_key(ec, secret)) && (!checks || EC_KEY_check_key(ec));
    BN_clear_free(secret);
    if (made && EVP_PKEY_assign_EC_KEY(key, ec)) return key;
    EC_KEY_free(ec);
    EVP_PKEY_free(key);
    return NULL;
}

// Stacks and structures of PKCS#12 (RFC 7292), which OpenSSL hides behind macros.

static inline int clave_openssl_safe_count(const void *safes) { return sk_PKCS7_num((const STACK_OF(PKCS7) *)safes); }
static inline PKCS7 *clave_openssl_safe(const void *safes, int place) {
    return sk_PKCS7_value((const STACK_OF(PKCS7) *)safes, place);
}
static inline void *clave_openssl_safes(const PKCS12 *file) { return PKCS12_unpack_authsafes(file); }
static inline void clave_openssl_safes_free(void *safes) { sk_PKCS7_pop_free((STACK_OF(PKCS7) *)safes, PKCS7_free); }

// The bags of a safe: 0 plain, 1 encrypted, -1 of another kind.
static inline int clave_openssl_safe_kind(PKCS7 *safe) {
    switch (OBJ_obj2nid(safe->type)) {
    case NID_pkcs7_data: return 0;
    case NID_pkcs7_encrypted: return 1;
    default: return -1;
    }
}
static inline const X509_ALGOR *clave_openssl_safe_algorithm(const PKCS7 *safe) {
    return safe->d.encrypted ? safe->d.encrypted->enc_data->algorithm : NULL;
}
static inline void *clave_openssl_plain_bags(PKCS7 *safe) { return PKCS12_unpack_p7data(safe); }
static inline void *clave_openssl_encrypted_bags(PKCS7 *safe, const char *password, int count) {
    return PKCS12_unpack_p7encdata(safe, password, count);
}
static inline int clave_openssl_bag_count(const void *bags) {
    return sk_PKCS12_SAFEBAG_num((const STACK_OF(PKCS12_SAFEBAG) *)bags);
}
static inline PKCS12_SAFEBAG *clave_openssl_bag(const void *bags, int place) {
    return sk_PKCS12_SAFEBAG_value((const STACK_OF(PKCS12_SAFEBAG) *)bags, place);
}
static inline void clave_openssl_bags_free(void *bags) {
    sk_PKCS12_SAFEBAG_pop_free((STACK_OF(PKCS12_SAFEBAG) *)bags, PKCS12_SAFEBAG_free);
}
static inline const void *clave_openssl_nested_bags(const PKCS12_SAFEBAG *bag) {
    return PKCS12_SAFEBAG_get0_safes(bag);
}

// By what a PKCS#12 file's authenticity code is made: a digest that is here, PBMAC1 (RFC 9579), which OpenSSL knows from
// 3.4 on, or something else.
enum { CLAVE_OPENSSL_MAC_PLAIN, CLAVE_OPENSSL_MAC_PBMAC1, CLAVE_OPENSSL_MAC_OTHER };
static inline int clave_openssl_mac_kind(const PKCS12 *file) {
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *object = NULL;
    PKCS12_get0_mac(NULL, &algorithm, NULL, NULL, file);
    if (!algorithm) return CLAVE_OPENSSL_MAC_OTHER;
    X509_ALGOR_get0(&object, NULL, NULL, algorithm);
    if (OBJ_obj2nid(object) == NID_pbmac1) return CLAVE_OPENSSL_MAC_PBMAC1;
    return EVP_get_digestbyobj(object) ? CLAVE_OPENSSL_MAC_PLAIN : CLAVE_OPENSSL_MAC_OTHER;
}

// The certificates of a PKCS#7 structure of signed data; none in one of another kind.
static inline int clave_openssl_pkcs7_certificate_count(const PKCS7 *list) {
    if (OBJ_obj2nid(list->type) != NID_pkcs7_signed || !list->d.sign || !list->d.sign->cert) return 0;
    return sk_X509_num(list->d.sign->cert);
}
static inline X509 *clave_openssl_pkcs7_certificate(const PKCS7 *list, int place) {
    return sk_X509_value(list->d.sign->cert, place);
}

// The iterations that a password-based algorithm asks for (RFC 8018); 0 for one that is not known, or without them.
static inline int64_t clave_openssl_iterations(const X509_ALGOR *algorithm) {
    const ASN1_OBJECT *object;
    const void *parameter;
    int kind;
    int64_t count = 0;
    X509_ALGOR_get0(&object, &kind, &parameter, algorithm);
    if (kind != V_ASN1_SEQUENCE) return 0;
    if (OBJ_obj2nid(object) != NID_pbes2) {
        PBEPARAM *pbe = ASN1_item_unpack((const ASN1_STRING *)parameter, ASN1_ITEM_rptr(PBEPARAM));
        if (!pbe || !ASN1_INTEGER_get_int64(&count, pbe->iter)) count = 0;
        PBEPARAM_free(pbe);
        return count;
    }
    PBE2PARAM *pbe = ASN1_item_unpack((const ASN1_STRING *)parameter, ASN1_ITEM_rptr(PBE2PARAM));
    if (!pbe) return 0;
    X509_ALGOR_get0(&object, &kind, &parameter, pbe->keyfunc);
    if (OBJ_obj2nid(object) == NID_id_scrypt) {
        // As much work as so many iterations, about: OpenSSL bounds the memory only.
        SCRYPT_PARAMS *scrypt = kind == V_ASN1_SEQUENCE
            ? ASN1_item_unpack((const ASN1_STRING *)parameter, ASN1_ITEM_rptr(SCRYPT_PARAMS)) : NULL;
        uint64_t cost, block, parallel;
        if (scrypt && ASN1_INTEGER_get_uint64(&cost, scrypt->costParameter)
            && ASN1_INTEGER_get_uint64(&block, scrypt->blockSize)
            && ASN1_INTEGER_get_uint64(&parallel, scrypt->parallelizationParameter)
            && cost <= 1u << 30 && block <= 1u << 15 && parallel <= 1u << 15)
            count = (int64_t)(cost * block * parallel);
        else count = INT64_MAX;
        SCRYPT_PARAMS_free(scrypt);
    } else if (OBJ_obj2nid(object) == NID_id_pbkdf2 && kind == V_ASN1_SEQUENCE) {
        PBKDF2PARAM *derivation = ASN1_item_unpack((const ASN1_STRING *)parameter, ASN1_ITEM_rptr(PBKDF2PARAM));
        if (!derivation || !ASN1_INTEGER_get_int64(&count, derivation->iter)) count = 0;
        PBKDF2PARAM_free(derivation);
    }
    PBE2PARAM_free(pbe);
    return count;
}

// Whether an error in the queue, which is emptied, says that an algorithm is not there. The libraries number their reasons
// each for itself.
static inline int clave_openssl_is_unsupported(void) {
    int unsupported = 0;
    for (unsigned long error; (error = ERR_get_error());) {
        int reason = ERR_GET_REASON(error);
        if (reason == ERR_R_UNSUPPORTED) unsupported = 1;
        switch (ERR_GET_LIB(error)) {
        case ERR_LIB_EVP:
            switch (reason) {
            case EVP_R_UNSUPPORTED_ALGORITHM:
            case EVP_R_UNKNOWN_PBE_ALGORITHM:
            case EVP_R_UNKNOWN_CIPHER:
            case EVP_R_UNKNOWN_DIGEST:
            case EVP_R_UNSUPPORTED_KEY_DERIVATION_FUNCTION:
            case EVP_R_UNSUPPORTED_PRF:
            case EVP_R_UNSUPPORTED_CIPHER: unsupported = 1;
            }
            break;
        case ERR_LIB_PEM:
            if (reason == PEM_R_UNSUPPORTED_CIPHER || reason == PEM_R_UNSUPPORTED_ENCRYPTION) unsupported = 1;
            break;
        case ERR_LIB_PKCS12:
            if (reason == PKCS12_R_UNKNOWN_DIGEST_ALGORITHM) unsupported = 1;
        }
    }
    return unsupported;
}
