#ifndef COBS_H
#define COBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest stuffing of so many bytes. */
#define COBS_MAX(length) ((length) + ((length) + 253u) / 254u)

/* Stuffs byte by byte, so that no copy of the whole is needed. The caller sees to it that `out` has room. */
struct cobs_writer {
    uint8_t *out;
    size_t length;
    size_t code_at;
    uint8_t code; /* 0: no block is open */
};

void cobs_begin(struct cobs_writer *writer, uint8_t *out);
void cobs_put(struct cobs_writer *writer, const uint8_t *bytes, size_t length);
size_t cobs_end(struct cobs_writer *writer);

/* Takes the stuffing out of `bytes`, in place. False: it does not end with them, or has a zero in it. */
bool cobs_decode(uint8_t *bytes, size_t length, size_t *decoded);

#endif
