// A card and a terminal of libeac's, for the tests of PACE: another implementation, and another one's arithmetic.
//
//   libeac card CAN      answers commands until its input ends: PACE, then protected commands
//   libeac terminal CAN  sends commands: PACE, then protected ones; ends with 0, or with 2 if the number is wrong
//
// Input and output are messages: two bytes of length, the high one first, and as many bytes.
#include <eac/eac.h>
#include <eac/pace.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { block = 16, limit = 4096 };

// EF.CardAccess: PACE with AES-128 on brainpoolP256r1.
static const uint8_t access_file[] = {0x31, 0x14, 0x30, 0x12, 0x06, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07,
                                      0x02, 0x02, 0x04, 0x02, 0x02, 0x02, 0x01, 0x02, 0x02, 0x01, 0x0D};
static const uint8_t settings[] = {0x00, 0x22, 0xC1, 0xA4, 0x12, 0x80, 0x0A, 0x04, 0x00, 0x7F, 0x00, 0x07,
                                   0x02, 0x02, 0x04, 0x02, 0x02, 0x83, 0x01, 0x02, 0x84, 0x01, 0x0D};

static EAC_CTX *context;
static PACE_SEC *password;

static void fail(const char *what) {
    fprintf(stderr, "libeac: %s\n", what);
    exit(1);
}

// A buffer of libeac's; fails for none.
static BUF_MEM *sure(BUF_MEM *buffer, const char *what) {
    if (!buffer) fail(what);
    return buffer;
}

static BUF_MEM *buffer(const uint8_t *bytes, size_t count) {
    BUF_MEM *made = sure(BUF_MEM_new(), "no memory");
    if (count && !BUF_MEM_grow(made, count)) fail("no memory");
    if (count) memcpy(made->data, bytes, count);
    return made;
}

static void begin(void) {
    EAC_CTX_clear_free(context);
    context = EAC_CTX_new();
    if (!context || !EAC_CTX_init_ef_cardaccess(access_file, sizeof access_file, context)) fail("no context");
    context->tr_version = EAC_TR_VERSION_2_02;
}

// Messages.

static int read_all(uint8_t *bytes, size_t count) {
    for (size_t place = 0; place < count;) {
        ssize_t got = read(0, bytes + place, count - place);
        if (got <= 0) return 0;
        place += (size_t)got;
    }
    return 1;
}

// The next message's length, or -1 if the input has ended.
static int receive(uint8_t *bytes) {
    uint8_t length[2];
    if (!read_all(length, 2)) return -1;
    int count = length[0] << 8 | length[1];
    if (count > limit || !read_all(bytes, (size_t)count)) fail("input");
    return count;
}

static void deliver(const uint8_t *bytes, size_t count) {
    uint8_t message[limit + 2] = {(uint8_t)(count >> 8), (uint8_t)count};
    memcpy(message + 2, bytes, count);
    if (write(1, message, count + 2) != (ssize_t)count + 2) fail("output");
}

// Objects.

// Writes an object and gives its length.
static size_t put(uint8_t *target, uint8_t tag, const uint8_t *value, size_t count) {
    size_t place = 0;
    target[place++] = tag;
    if (count >= 0x100) target[place++] = 0x82, target[place++] = (uint8_t)(count >> 8);
    else if (count >= 0x80) target[place++] = 0x81;
    target[place++] = (uint8_t)count;
    if (count) memcpy(target + place, value, count);
    return place + count;
}

// Takes an object off the front of *bytes if it has this tag: its value, else NULL.
static const uint8_t *take(uint8_t tag, const uint8_t **bytes, size_t *left, size_t *count) {
    const uint8_t *at = *bytes;
    if (*left < 2 || at[0] != tag) return NULL;
    size_t head = at[1] < 0x80 ? 2 : at[1] == 0x81 ? 3 : 4;
    if (*left < head) fail("an object is cut");
    *count = head == 2 ? at[1] : head == 3 ? at[2] : (size_t)at[2] << 8 | at[3];
    if (*left - head < *count) fail("an object is cut");
    *bytes += head + *count;
    *left -= head + *count;
    return at + head;
}

static size_t pad(uint8_t *bytes, size_t count) {
    bytes[count++] = 0x80;
    while (count % block) bytes[count++] = 0;
    return count;
}

// Protection.

// The code over a header (none for an answer) and objects: padded, the counter before them, by libeac.
static BUF_MEM *padded(const uint8_t *header, const uint8_t *objects, size_t count) {
    uint8_t all[limit + 64];
    size_t place = 0;
    if (header) {
        memcpy(all, header, 4);
        place = pad(all, 4);
    }
    if (count) {
        memcpy(all + place, objects, count);
        place = pad(all, place + count);
    }
    return buffer(all, place);
}

static size_t put_code(uint8_t *target, const uint8_t *header, const uint8_t *objects, size_t count) {
    BUF_MEM *covered = padded(header, objects, count);
    BUF_MEM *code = sure(EAC_authenticate(context, covered), "no code");
    size_t length = put(target, 0x8E, (uint8_t *)code->data, code->length);
    BUF_MEM_free(covered);
    BUF_MEM_free(code);
    return length;
}

static size_t put_data(uint8_t *target, const uint8_t *data, size_t count) {
    if (!count) return 0;
    uint8_t value[limit + 64] = {1};
    memcpy(value + 1, data, count);
    BUF_MEM *plain = buffer(value + 1, pad(value + 1, count));
    BUF_MEM *sealed = sure(EAC_encrypt(context, plain), "no cryptogram");
    memcpy(value + 1, sealed->data, sealed->length);
    size_t length = put(target, 0x87, value, sealed->length + 1);
    BUF_MEM_free(plain);
    BUF_MEM_free(sealed);
    return length;
}

// The data of a cryptogram with its first byte; gives how many.
static size_t open_data(uint8_t *target, const uint8_t *value, size_t count) {
    if (count < 1 + block || value[0] != 1) fail("no cryptogram");
    BUF_MEM *sealed = buffer(value + 1, count - 1);
    BUF_MEM *plain = sure(EAC_decrypt(context, sealed), "not decrypted");
    size_t length = plain->length;
    while (length && plain->data[length - 1] == 0) length--;
    if (!length || (uint8_t)plain->data[--length] != 0x80) fail("no padding");
    memcpy(target, plain->data, length);
    BUF_MEM_free(sealed);
    BUF_MEM_free(plain);
    return length;
}

static int is_code(const uint8_t *header, const uint8_t *objects, size_t count, const uint8_t *code, size_t length) {
    BUF_MEM *covered = padded(header, objects, count), *given = buffer(code, length);
    int is_right = EAC_verify_authentication(context, covered, given) == 1;
    BUF_MEM_free(covered);
    BUF_MEM_free(given);
    return is_right;
}

static size_t status(uint8_t *answer, uint16_t number) {
    answer[0] = (uint8_t)(number >> 8), answer[1] = (uint8_t)number;
    return 2;
}

// The card.

// Answers a protected command by its data and, after them, the length that it expects.
static size_t secured(const uint8_t *command, size_t count, uint8_t *answer) {
    if (count < 5 || (command[0] & 0x0C) != 0x0C) return status(answer, 0x6987);
    int is_extended = command[4] == 0;
    size_t left = is_extended ? (size_t)command[5] << 8 | command[6] : command[4], length;
    const uint8_t *at = command + (is_extended ? 7 : 5), *objects = at, *value;
    if (left > count - (size_t)(at - command)) return status(answer, 0x6700);
    uint8_t data[limit], made[limit] = {0};
    size_t data_count = 0, sealed_count = 0;
    EAC_increment_ssc(context);
    const uint8_t *sealed = take(0x87, &at, &left, &sealed_count);
    size_t expected_count = 0;
    const uint8_t *expected = take(0x97, &at, &left, &expected_count);
    size_t covered = (size_t)(at - objects);
    value = take(0x8E, &at, &left, &length);
    if (!value || left || !is_code(command, objects, covered, value, length)) return status(answer, 0x6988);
    if (sealed) data_count = open_data(data, sealed, sealed_count);
    if (expected) memcpy(data + data_count, expected, expected_count), data_count += expected_count;
    EAC_increment_ssc(context);
    size_t place = put_data(made, data, data_count);
    place += put(made + place, 0x99, (const uint8_t *)"\x90\x00", 2);
    place += put_code(made + place, NULL, made, place);
    memcpy(answer, made, place);
    return place + status(answer + place, 0x9000);
}

static size_t wrap(uint8_t *answer, uint8_t tag, const BUF_MEM *value) {
    uint8_t inner[limit];
    size_t count = put(answer, 0x7C, inner, put(inner, tag, (uint8_t *)value->data, value->length));
    return count + status(answer + count, 0x9000);
}

// One step of PACE; *is_open becomes true with the last one.
static size_t authenticate(const uint8_t *command, size_t count, uint8_t *answer, int *is_open) {
    if (count == sizeof settings && !memcmp(command, settings, count)) {
        begin();
        return status(answer, 0x9000);
    }
    if (count < 7 || command[1] != 0x86 || command[5] != 0x7C) return status(answer, 0x6D00);
    if (command[6] == 0) return wrap(answer, 0x80, sure(PACE_STEP1_enc_nonce(context, password), "nonce"));
    if (count < 9 || command[8] + 9u > count) return status(answer, 0x6A80);
    static BUF_MEM *others_key;
    BUF_MEM *value = buffer(command + 9, command[8]), *own;
    switch (command[7]) {
    case 0x81:
        own = sure(PACE_STEP3A_generate_mapping_data(context), "mapping data");
        if (!PACE_STEP3A_map_generator(context, value)) return status(answer, 0x6A80);
        return wrap(answer, 0x82, own);
    case 0x83:
        own = sure(PACE_STEP3B_generate_ephemeral_key(context), "key");
        if (!PACE_STEP3B_compute_shared_secret(context, value)) return status(answer, 0x6A80);
        if (!PACE_STEP3C_derive_keys(context)) fail("keys");
        others_key = value;
        return wrap(answer, 0x84, own);
    case 0x85:
        if (!others_key) return status(answer, 0x6985);
        own = sure(PACE_STEP3D_compute_authentication_token(context, others_key), "token");
        if (PACE_STEP3D_verify_authentication_token(context, value) != 1) return status(answer, 0x6300);
        if (!EAC_CTX_set_encryption_ctx(context, EAC_ID_PACE)) fail("no channel");
        *is_open = 1;
        return wrap(answer, 0x86, own);
    }
    return status(answer, 0x6A80);
}

static int card(void) {
    uint8_t command[limit], answer[limit];
    int is_open = 0;
    for (int count; (count = receive(command)) >= 0;) {
        size_t length = is_open ? secured(command, (size_t)count, answer)
                                : authenticate(command, (size_t)count, answer, &is_open);
        deliver(answer, length);
    }
    return 0;
}

// The terminal.

// Sends a step of PACE and gives what the answer carries under this tag; NULL if the card says that the number is wrong.
static BUF_MEM *step(int is_last, uint8_t tag, const BUF_MEM *sent, uint8_t answer_tag) {
    uint8_t inner[limit], command[limit] = {is_last ? 0x00 : 0x10, 0x86, 0, 0}, answer[limit];
    size_t count = sent ? put(inner, tag, (uint8_t *)sent->data, sent->length) : 0, left, length;
    count = put(command + 5, 0x7C, inner, count);
    command[4] = (uint8_t)count;
    command[5 + count] = 0;
    deliver(command, 6 + count);
    int got = receive(answer);
    if (got == 2 && answer[0] == 0x63) return NULL;
    if (got < 4 || answer[got - 2] != 0x90 || answer[got - 1]) fail("the card refuses a step");
    const uint8_t *at = answer, *value;
    left = (size_t)got - 2;
    if (!(at = take(0x7C, &at, &left, &length)) || left) fail("no dynamic authentication data");
    left = length;
    if (!(value = take(answer_tag, &at, &left, &length)) || left) fail("another object");
    return buffer(value, length);
}

// Sends data and expects them back.
static void echo(const uint8_t *data, size_t count) {
    uint8_t objects[limit], command[limit] = {0x0C, 0xCA, 0, 0}, answer[limit], back[limit];
    size_t place, sealed_count, length, left, head;
    EAC_increment_ssc(context);
    place = put_data(objects, data, count);
    place += put(objects + place, 0x97, (const uint8_t *)"\0", count > 200 ? 2 : 1);
    place += put_code(objects + place, command, objects, place);
    int is_extended = place > 255;
    head = is_extended ? 7 : 5;
    if (is_extended) command[5] = (uint8_t)(place >> 8), command[6] = (uint8_t)place;
    else command[4] = (uint8_t)place;
    memcpy(command + head, objects, place);
    memset(command + head + place, 0, 2);
    deliver(command, head + place + (is_extended ? 2 : 1));
    int got = receive(answer);
    if (got < 4) fail("a protected command is refused");
    EAC_increment_ssc(context);
    const uint8_t *at = answer, *status_value, *code, *sealed;
    left = (size_t)got - 2;
    sealed = take(0x87, &at, &left, &sealed_count);
    status_value = take(0x99, &at, &left, &length);
    if (!status_value || length != 2 || status_value[0] != 0x90 || status_value[1]) fail("status");
    size_t covered = (size_t)(at - answer);
    code = take(0x8E, &at, &left, &length);
    if (!code || left || !is_code(NULL, answer, covered, code, length)) fail("code");
    size_t back_count = sealed ? open_data(back, sealed, sealed_count) : 0;
    if (back_count != count || memcmp(back, data, count)) fail("other data");
}

static int terminal(void) {
    uint8_t answer[limit], data[limit];
    begin();
    deliver(settings, sizeof settings);
    if (receive(answer) != 2 || answer[0] != 0x90) fail("the card refuses the settings");
    BUF_MEM *nonce = sure(step(0, 0, NULL, 0x80), "nonce");
    if (!PACE_STEP2_dec_nonce(context, password, nonce)) fail("nonce");
    BUF_MEM *mapping = sure(PACE_STEP3A_generate_mapping_data(context), "mapping data");
    if (!PACE_STEP3A_map_generator(context, sure(step(0, 0x81, mapping, 0x82), "mapping"))) fail("generator");
    BUF_MEM *key = sure(PACE_STEP3B_generate_ephemeral_key(context), "key");
    BUF_MEM *others = sure(step(0, 0x83, key, 0x84), "the other key");
    if (!PACE_STEP3B_compute_shared_secret(context, others)) fail("secret");
    if (!PACE_STEP3C_derive_keys(context)) fail("keys");
    BUF_MEM *token = sure(PACE_STEP3D_compute_authentication_token(context, others), "token");
    BUF_MEM *others_token = step(1, 0x85, token, 0x86);
    if (!others_token) return 2;
    if (PACE_STEP3D_verify_authentication_token(context, others_token) != 1) fail("the card's token");
    if (!EAC_CTX_set_encryption_ctx(context, EAC_ID_PACE)) fail("no channel");
    for (size_t place = 0; place < sizeof data; place++) data[place] = (uint8_t)(place * 7);
    const size_t counts[] = {0, 1, 15, 16, 17, 127, 128, 200, 255, 256, 1000, 2000};
    for (size_t place = 0; place < sizeof counts / sizeof *counts; place++) echo(data, counts[place]);
    return 0;
}

int main(int count, char **arguments) {
    if (count != 3) fail("two arguments");
    EAC_init();
    password = PACE_SEC_new(arguments[2], strlen(arguments[2]), PACE_CAN);
    if (!password) fail("no password");
    begin();
    return strcmp(arguments[1], "card") ? terminal() : card();
}
