/* The contract between clave-plugin-host and an activation plugin: all that a plugin author needs.
 *
 * A plugin is a shared object that exports clave_plugin_v1(). It is loaded with dlopen in a process of its own,
 * which holds no key of the person's. Calls block: a plugin is plain code. It may do only what `struct clave_host`
 * offers: ask the person, exchange one round with the gateway, tell progress, learn that it is cancelled, log.
 *
 * Every struct begins with its own size as its author compiled it. A side reads no member beyond the other side's
 * size, so an old plugin keeps working with a new host and the other way round. Text is UTF-8, NUL-terminated, lent
 * for the duration of the call; the plugin's tables live as long as the plugin is loaded.
 */
#ifndef CLAVE_PLUGIN_H
#define CLAVE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CLAVE_PLUGIN_ABI 1u

/* Limits that the host enforces; a plugin that passes one is stopped. */
#define CLAVE_NAME_MAX 32u          /* bytes of a plugin's, field's or step's name: a-z, 0-9, - */
#define CLAVE_TEXT_MAX 512u         /* bytes of a title, label, progress or log line */
#define CLAVE_ANSWER_MAX 4096u      /* bytes of one answer of the person's */
#define CLAVE_EXCHANGE_MAX 65536u   /* bytes of one request to, or reply of, the gateway */
#define CLAVE_CHOICES_MAX 64u       /* choices of one field */
#define CLAVE_PATIENCE_MAX 3600u    /* seconds that a person may take for a field */
#define CLAVE_REFERENCE_MAX 1024u   /* bytes of a credential's reference */
#define CLAVE_CREDENTIALS_MAX 64u   /* credentials of one list */
#define CLAVE_CERTIFICATES_MAX 32768u /* bytes of a certificate with those of its issuers */
#define CLAVE_KEY_MAX 5120u         /* bytes of a private key: RSA of 8,192 bits has some 4,700 */
#define CLAVE_SIGNATURE_MAX 1024u   /* bytes of a signature: RSA of 8,192 bits has the longest */
#define CLAVE_BATCH_MAX 32u         /* digests, or messages, of one call of sign() */
#define CLAVE_MESSAGES_MAX 131200u  /* bytes of the messages of one call of sign(), with their lengths */

/* What every call returns. */
enum {
    CLAVE_OK = 0,
    CLAVE_CANCELLED = 1,   /* the person said no, or went away */
    CLAVE_REFUSED = 2,     /* the gateway said no */
    CLAVE_UNAVAILABLE = 3, /* no gateway, no card, no module: trying again may help */
    CLAVE_INVALID = 4,     /* an argument breaks a rule of this header */
    CLAVE_FAILED = 5,      /* anything else */
    CLAVE_UNUSABLE = 6,    /* the credential can't serve, or what was begun is over; a line of progress has told why */
    CLAVE_PENDING = 7      /* of a registration: it goes on another day, from what the result holds */
};

/* What a field holds; the host checks the answer before the plugin sees it. */
enum {
    CLAVE_FIELD_TEXT = 1,
    CLAVE_FIELD_DIGITS = 2, /* 0-9 only, min_length to max_length of them */
    CLAVE_FIELD_SECRET = 3, /* not shown while typed, never logged */
    CLAVE_FIELD_CHOICE = 4, /* the answer is one of `choices`, by its text */
    CLAVE_FIELD_FILE = 5    /* a path; the host does not open it */
};

/* What more is to be known of a field. */
enum {
    CLAVE_FIELD_PERSONAL = 1 /* the person answers it when they are asked: a program may not beforehand */
};

/* One question to the person. */
struct clave_field {
    size_t size;
    const char *name;  /* stable, for scripts: "document" */
    const char *label; /* for people: "DNI or NIE" */
    const char *note;  /* why it is asked again, or NULL: "The letter does not match the number." */
    uint32_t kind;     /* CLAVE_FIELD_… */
    uint32_t min_length, max_length; /* of the answer, in bytes */
    const char *const *choices;      /* CLAVE_FIELD_CHOICE only */
    size_t choice_count;
    uint32_t flags;                  /* CLAVE_FIELD_PERSONAL, or 0 */
    /* Seconds that the person may take, at most CLAVE_PATIENCE_MAX: as long as a code lives that is on its way to them.
     * 0 for as long as they have for any question. A plugin whose `size` ends before this asks for nothing. */
    uint32_t patience;
};

/* What a plugin may do. `context` is the first argument of each call. */
struct clave_host {
    size_t size;
    uint32_t abi; /* the highest level that the host knows */
    void *context;
    const char *locale; /* of the person: "ca_ES.UTF-8" */
    /* Asks the person. Writes the answer, not NUL-terminated, and its length. */
    int (*ask)(void *context, const struct clave_field *field, uint8_t *answer, size_t capacity, size_t *count);
    /* One round with the gateway, at the step named: POST /agent/v1/activation/<plugin>/<step>, or for a person who
     * registers, POST /agent/v1/registration/<plugin>/<step>. */
    int (*exchange)(void *context, const char *step, const uint8_t *request, size_t request_count, uint8_t *reply,
                    size_t capacity, size_t *reply_count);
    /* One line for the person, shown while they wait. */
    int (*progress)(void *context, const char *text);
    /* Nonzero once the person has gone: return CLAVE_CANCELLED soon. */
    int (*cancelled)(void *context);
    /* One line for the debug log; never a secret. */
    void (*log)(void *context, const char *text);
    /* For activate(): whom the proof is for, so that it is worth nothing to others; else NULL. */
    const char *gateway;        /* its origin: "https://localhost:8443"; "" where there is none: nothing to prove then */
    const uint8_t *signing_key; /* Ed25519 public key of the device, 32 bytes */
    const uint8_t *sealing_key; /* X25519 public key of the device, 32 bytes */
};

/* A credential that the plugin sees: a card in a reader, an installed certificate. */
struct clave_credential {
    size_t size;
    /* RFC 7512 URI, card serial: what activate() and sign() are given. Of one that activate() leaves, the agent keeps
     * what stands behind a '#' in the vault, and shows it to nobody. */
    const char *reference;
    const char *title;     /* for people */
    const char *problem;   /* why it can't be used, or NULL */
    /* What is known of it; each may be NULL. */
    const char *holder;    /* the person's name */
    const char *document;  /* their DNI or NIE, or a person's other tax number (NIF K, L, M) */
    const char *issuer;
    const char *usage;     /* what it is for */
    int64_t valid_after, valid_before; /* seconds since 1970; 0 if not known */
};

/* What activate() leaves behind beside the grant, which the gateway itself tells the agent. */
struct clave_result {
    size_t size;
    uint32_t kind;         /* CLAVE_RESULT_… */
    uint8_t bytes[4096];   /* key material to be sealed (PKCS#8, not encrypted), or a reference */
    size_t count;
    /* Of the key: its certificate, then those of its issuers, in DER, one behind the other, at most
     * CLAVE_CERTIFICATES_MAX bytes. The plugin's memory, which lives as long as the plugin is loaded. */
    const uint8_t *certificates;
    size_t certificates_count;
    /* Of a second key of the same person's, which stays where it is and whose signatures bind them (content commitment
     * in its certificate's key usage): what sign() is given, and its certificates, as above; or NULL. */
    const char *signature_reference;
    const uint8_t *signature_certificates;
    size_t signature_certificates_count;
    /* Of what goes on another day, for the person: the path of a page at the gateway, or NULL, and when it goes on, in
     * seconds since 1970; 0 for any time. */
    const char *page;
    int64_t due;
    /* Key material that is longer than `bytes`, in their place: at most CLAVE_KEY_MAX bytes of the plugin's memory, which
     * the host wipes; or NULL. */
    uint8_t *key;
    size_t key_count;
};

enum {
    CLAVE_RESULT_NONE = 0,      /* the identity needs no key beside the device's */
    CLAVE_RESULT_KEY = 1,       /* a private key for the agent to seal and hold */
    CLAVE_RESULT_REFERENCE = 2, /* the key stays where it is; sign() is called later */
    CLAVE_RESULT_PENDING = 3    /* with CLAVE_PENDING: the reference that activate() goes on from, at most
                                 * CLAVE_REFERENCE_MAX bytes of text; the agent seals it */
};

/* The plugin's table. A call that the plugin does not offer is NULL. */
struct clave_plugin {
    size_t size;
    uint32_t abi;        /* CLAVE_PLUGIN_ABI */
    const char *name;    /* "sms": what clave-add -m takes */
    const char *title;   /* for people: "SMS" */
    const char *version; /* of the plugin */
    /* Calls `found` once for each credential present. */
    int (*list)(const struct clave_host *host, void (*found)(void *context, const struct clave_credential *credential),
                void *context);
    /* Proves to the gateway who the person is. `reference` names a credential of list(), or is NULL. */
    int (*activate)(const struct clave_host *host, const char *reference, struct clave_result *result);
    /* Signs with the key that `reference` names. `algorithm` is a name of RFC 7518 section 3.1, RS256 to PS512, ES256
     * to ES512; `data` is one digest that it asks for or several, one behind the other, at most CLAVE_BATCH_MAX: the
     * person has agreed to all of them at once. For an Ed25519 key, which signs no digest, `algorithm` is EdDSA (RFC 8037
     * section 3.1), and `data` is one message or several, at most CLAVE_BATCH_MAX, each behind its length in four bytes,
     * the most significant first: CLAVE_MESSAGES_MAX bytes in all. Gives a signature for each, in the same order: as long as the modulus, or r and s,
     * each as long as the curve's order, or 64 bytes for Ed25519. The plugin asks what the token wants, such as its PIN,
     * once if the token lets it; if one signature fails, it gives none. It answers CLAVE_INVALID to an algorithm that it
     * does not know. */
    int (*sign)(const struct clave_host *host, const char *reference, const char *algorithm, const uint8_t *data,
                size_t data_count, uint8_t *signatures, size_t capacity, size_t *signatures_count);
};

/* The one symbol that a plugin exports. */
const struct clave_plugin *clave_plugin_v1(void);

#ifdef __cplusplus
}
#endif

#endif
