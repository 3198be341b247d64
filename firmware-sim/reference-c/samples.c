#include "samples.h"

#include <string.h>

#include "bytes.h"

#define WAIT_US 50000u
#define TIME_BYTES 4u

void samples_begin(struct samples *samples, uint16_t n, unsigned channel_mask) {
    uint8_t *const memory[SAMPLES_CHANNELS] = {samples->state, samples->work, samples->heat};
    const uint32_t size[SAMPLES_CHANNELS] = {sizeof samples->state, sizeof samples->work, sizeof samples->heat};
    memset(samples->rings, 0, sizeof samples->rings);
    for (unsigned k = 0; k < SAMPLES_CHANNELS; k++) {
        struct sample_ring *ring = &samples->rings[k];
        ring->on = (channel_mask >> k & 1u) != 0;
        ring->bytes = memory[k];
        ring->row = TIME_BYTES + (k == SAMPLES_STATE ? 2u * n : 4u);
        ring->capacity = size[k] / ring->row;
    }
}

static uint8_t *row_at(const struct sample_ring *ring, uint32_t k) {
    return ring->bytes + (size_t)((ring->head + k) % ring->capacity) * ring->row;
}

bool samples_push(struct samples *samples, unsigned channel, const uint8_t *row, uint64_t now, uint64_t *lost) {
    struct sample_ring *ring = &samples->rings[channel];
    const bool full = ring->count == ring->capacity;
    if (full) {
        *lost = ring->next - ring->count;
        ring->head = (ring->head + 1) % ring->capacity;
        ring->count -= 1;
        ring->dropped += 1;
        ring->overflowed = true;
    }
    uint8_t *at = row_at(ring, ring->count);
    put_u32(at, (uint32_t)now);
    memcpy(at + TIME_BYTES, row, ring->row - TIME_BYTES);
    ring->count += 1;
    ring->next += 1;
    return full;
}

/* When the row was made: its low 32 bits are kept, which is enough for an hour. */
static uint64_t row_time(const uint8_t *row, uint64_t now) { return now - (uint32_t)((uint32_t)now - get_u32(row)); }

bool samples_take(struct samples *samples, uint64_t now, bool all, uint8_t *data, uint32_t room, struct sample_batch *batch) {
    for (unsigned k = 0; k < SAMPLES_CHANNELS; k++) {
        struct sample_ring *ring = &samples->rings[k];
        if (!ring->on || ring->count == 0) continue;
        const uint32_t width = ring->row - TIME_BYTES, fit = room / width;
        if (!all && ring->count < fit && now < ring->sent_at + WAIT_US) continue;
        const uint32_t count = ring->count < fit ? ring->count : fit;
        batch->channel = k;
        batch->first = ring->next - ring->count;
        batch->t0 = row_time(row_at(ring, 0), now);
        batch->period = count > 1 ? (uint32_t)((row_time(row_at(ring, count - 1), now) - batch->t0) / (count - 1)) : 0;
        batch->count = count;
        batch->overflowed = ring->overflowed;
        batch->dropped = ring->dropped;
        batch->length = count * width;
        for (uint32_t r = 0; r < count; r++) memcpy(data + r * width, row_at(ring, r) + TIME_BYTES, width);
        ring->head = (ring->head + count) % ring->capacity;
        ring->count -= count;
        ring->overflowed = false;
        ring->sent_at = now;
        return true;
    }
    return false;
}

void samples_drop(struct samples *samples, uint64_t first[SAMPLES_CHANNELS]) {
    for (unsigned k = 0; k < SAMPLES_CHANNELS; k++) {
        struct sample_ring *ring = &samples->rings[k];
        first[k] = ring->next - ring->count;
        ring->dropped += ring->count;
        ring->count = 0;
    }
}

bool samples_empty(const struct samples *samples) {
    for (unsigned k = 0; k < SAMPLES_CHANNELS; k++) {
        if (samples->rings[k].count > 0) return false;
    }
    return true;
}

uint32_t samples_bytes_free(const struct samples *samples) {
    uint32_t bytes = 0;
    for (unsigned k = 0; k < SAMPLES_CHANNELS; k++) {
        const struct sample_ring *ring = &samples->rings[k];
        bytes += (ring->capacity - ring->count) * ring->row;
    }
    return bytes;
}

bool samples_have_room(const struct samples *samples, const uint32_t rows[SAMPLES_CHANNELS]) {
    for (unsigned k = 0; k < SAMPLES_CHANNELS; k++) {
        const struct sample_ring *ring = &samples->rings[k];
        if (!ring->on || rows[k] > ring->capacity) continue;
        if (ring->capacity - ring->count < rows[k]) return false;
    }
    return true;
}
