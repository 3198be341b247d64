#include "sha256.h"

#include <string.h>

/* FIPS 180-4, for texts of less than 512 MiB. */

static const uint32_t constants[64] = {
    0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u,
    0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u, 0xc19bf174u,
    0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu, 0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau,
    0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u, 0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u,
    0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu, 0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u,
    0xa2bfe8a1u, 0xa81a664bu, 0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u,
    0x19a4c116u, 0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
    0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u, 0xc67178f2u,
};

static uint32_t turn(uint32_t x, unsigned by) { return (x >> by) | (x << (32u - by)); }

static void mix(struct sha256 *hash) {
    uint32_t w[64];
    for (unsigned t = 0; t < 16; t++) {
        const uint8_t *at = hash->block + 4 * t;
        w[t] = ((uint32_t)at[0] << 24) | ((uint32_t)at[1] << 16) | ((uint32_t)at[2] << 8) | at[3];
    }
    for (unsigned t = 16; t < 64; t++) {
        const uint32_t s0 = turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ (w[t - 15] >> 3);
        const uint32_t s1 = turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ (w[t - 2] >> 10);
        w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    uint32_t v[8];
    memcpy(v, hash->state, sizeof v);
    for (unsigned t = 0; t < 64; t++) {
        const uint32_t s1 = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25);
        const uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        const uint32_t first = v[7] + s1 + choice + constants[t] + w[t];
        const uint32_t s0 = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22);
        const uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += first;
        v[0] = first + s0 + majority;
    }
    for (unsigned k = 0; k < 8; k++) hash->state[k] += v[k];
}

void sha256_begin(struct sha256 *hash) {
    static const uint32_t start[8] = {
        0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au, 0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u,
    };
    memcpy(hash->state, start, sizeof start);
    hash->length = 0;
}

void sha256_add(struct sha256 *hash, const uint8_t *bytes, size_t length) {
    for (size_t k = 0; k < length; k++) {
        hash->block[hash->length % 64u] = bytes[k];
        hash->length += 1;
        if (hash->length % 64u == 0) mix(hash);
    }
}

void sha256_end(struct sha256 *hash, uint8_t digest[32]) {
    const uint32_t length = hash->length;
    const uint8_t one = 0x80, zero = 0;
    sha256_add(hash, &one, 1);
    while (hash->length % 64u != 56) sha256_add(hash, &zero, 1);
    const uint8_t bits[8] = {
        0, 0, 0, (uint8_t)(length >> 29), (uint8_t)(length >> 21), (uint8_t)(length >> 13), (uint8_t)(length >> 5), (uint8_t)(length << 3),
    };
    sha256_add(hash, bits, sizeof bits);
    for (unsigned k = 0; k < 8; k++) {
        for (unsigned b = 0; b < 4; b++) digest[4 * k + b] = (uint8_t)(hash->state[k] >> (24 - 8 * b));
    }
}
