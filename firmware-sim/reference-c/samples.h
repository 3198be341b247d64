#ifndef SAMPLES_H
#define SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* Rows that wait to be sent, one ring a channel. A full ring loses its oldest row, so that what it holds is consecutive. */

enum { SAMPLES_STATE, SAMPLES_WORK, SAMPLES_HEAT, SAMPLES_CHANNELS };

struct sample_ring {
    bool on;
    uint8_t *bytes;
    uint32_t row;      /* bytes of a row, its time (u32) in front */
    uint32_t capacity; /* rows */
    uint32_t head, count;
    uint64_t next;     /* number of the next row */
    uint64_t dropped;
    bool overflowed;   /* since the last batch */
    uint64_t sent_at;
};

struct samples {
    struct sample_ring rings[SAMPLES_CHANNELS];
    uint8_t state[STATE_ROWS_BYTES];
    uint8_t work[VALUE_ROWS * 8u], heat[VALUE_ROWS * 8u];
};

struct sample_batch {
    unsigned channel;
    uint64_t first, t0;
    uint32_t period, count;
    bool overflowed;
    uint64_t dropped;
    uint32_t length;
};

void samples_begin(struct samples *samples, uint16_t n, unsigned channel_mask);
/* `row` points to the row's bytes. True: the oldest row, number *lost, made room. */
bool samples_push(struct samples *samples, unsigned channel, const uint8_t *row, uint64_t now, uint64_t *lost);
/* Takes a batch of at most `room` bytes where one is full, has waited 50 ms, or `all` is set. */
bool samples_take(struct samples *samples, uint64_t now, bool all, uint8_t *data, uint32_t room, struct sample_batch *batch);
/* Throws away what waits and counts it; `first` gives the numbers of each channel's first row thrown away. */
void samples_drop(struct samples *samples, uint64_t first[SAMPLES_CHANNELS]);
bool samples_empty(const struct samples *samples);
uint32_t samples_bytes_free(const struct samples *samples);
/* True: so many rows fit without loss, or never can. */
bool samples_have_room(const struct samples *samples, const uint32_t rows[SAMPLES_CHANNELS]);

#endif
