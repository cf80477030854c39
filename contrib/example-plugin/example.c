/* A complete activation plugin in plain C: asks a name and a secret, speaks one round with the gateway, is done.
 * The sandbox gateway has no method "example", so it refuses the round: the plugin says so and stops. */
#include <stdio.h>
#include <string.h>

#include "clave_plugin.h"

/* Asks one field; the answer is NUL-terminated for C's sake. */
static int ask(const struct clave_host *host, const char *name, const char *label, uint32_t kind, char *answer,
               size_t capacity) {
    struct clave_field field = {0};
    size_t count = 0;
    field.size = sizeof field;
    field.name = name;
    field.label = label;
    field.kind = kind;
    field.min_length = 1;
    field.max_length = 32;
    int status = host->ask(host->context, &field, (uint8_t *)answer, capacity - 1, &count);
    answer[status == CLAVE_OK ? count : 0] = '\0';
    return status;
}

/* Overwrites what must not stay in memory; the volatile pointer keeps the compiler from dropping it. */
static void wipe(void *bytes, size_t count) {
    volatile unsigned char *rest = bytes;
    while (count--) *rest++ = 0;
}

static int activate(const struct clave_host *host, const char *reference, struct clave_result *result) {
    char name[64], secret[64], line[128];
    uint8_t request[160], reply[256];
    size_t count = 0;
    (void)reference; /* This plugin lists no credentials to choose from. */

    int status = ask(host, "name", "Your name", CLAVE_FIELD_TEXT, name, sizeof name);
    if (status != CLAVE_OK) return status;
    status = ask(host, "secret", "Your secret word", CLAVE_FIELD_SECRET, secret, sizeof secret);
    if (status != CLAVE_OK) return status;

    snprintf(line, sizeof line, "Thank you, %s. Asking the gateway.", name);
    host->progress(host->context, line);
    if (host->cancelled(host->context)) {
        wipe(secret, sizeof secret);
        return CLAVE_CANCELLED;
    }

    /* What the gateway expects is between the plugin and its gateway; here: name, NUL, secret. */
    size_t length = strlen(name) + 1;
    memcpy(request, name, length);
    memcpy(request + length, secret, strlen(secret));
    length += strlen(secret);
    status = host->exchange(host->context, "hello", request, length, reply, sizeof reply, &count);
    wipe(secret, sizeof secret);
    wipe(request, sizeof request);
    if (status != CLAVE_OK) {
        host->log(host->context, "the gateway did not take the hello step");
        return status;
    }
    result->kind = CLAVE_RESULT_NONE;
    result->count = 0;
    return CLAVE_OK;
}

static const struct clave_plugin plugin = {
    .size = sizeof(struct clave_plugin),
    .abi = CLAVE_PLUGIN_ABI,
    .name = "example",
    .title = "Example in C",
    .version = "1.0",
    .list = NULL,
    .activate = activate,
    .sign = NULL,
};

const struct clave_plugin *clave_plugin_v1(void) { return &plugin; }
