#ifndef BANK_H
#define BANK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "circuit.h"
#include "config.h"

#define BANKS 2u
#define NO_BANK 255u

/* Numbers of `Status` in board.proto, as far as banks need them. */
enum bank_status {
    BANK_OK = 0,
    BANK_INVALID = 2,
    BANK_OUT_OF_RANGE = 3,
    BANK_ILLEGAL_STATE = 4,
    BANK_NOT_FOUND = 6,
    BANK_MISMATCH = 7,
    BANK_NO_ROOM = 8,
    BANK_READBACK = 9
};

#define BANK_TEXT 96u

struct upload {
    uint32_t id; /* 0: there is none */
    uint32_t bank, n, total, next;
    uint32_t crc; /* of what is there */
    uint8_t sha256[32];
};

struct bank {
    uint8_t image[BANK_BYTES];
    uint32_t length, crc;
};

struct bank_store {
    struct bank banks[BANKS];
    uint8_t active; /* NO_BANK: none */
    bool rounded;   /* the active image did not fit the converters' steps */
    uint32_t last_id;
    struct upload open, done; /* `done` made the active bank */
    struct program program;   /* of the active bank */
    struct program candidate;
};

void bank_store_begin(struct bank_store *store);
/* Finds an upload, the open one or the one that made the active bank. */
const struct upload *bank_upload(const struct bank_store *store, uint32_t id);
enum bank_status bank_begin(struct bank_store *store, uint32_t bank, uint32_t n, uint32_t total, const uint8_t sha256[32],
                            const struct upload **upload, char text[BANK_TEXT]);
enum bank_status bank_chunk(struct bank_store *store, uint32_t id, uint32_t offset, uint32_t crc, const uint8_t *data,
                            uint32_t length, const struct upload **upload, char text[BANK_TEXT]);
/* Checks all of an upload and makes its bank the active one. `circuit` is set where it is not NULL. */
enum bank_status bank_commit(struct bank_store *store, uint32_t id, const uint8_t *sha256, size_t sha256_length,
                             struct circuit *circuit, char text[BANK_TEXT]);
/* Reads an image. `text` names section and index of what is wrong. */
enum bank_status image_read(const uint8_t *image, uint32_t length, uint32_t n, struct program *program, bool *rounded,
                            char text[BANK_TEXT]);

#endif
