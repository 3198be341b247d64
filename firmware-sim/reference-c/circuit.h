#ifndef CIRCUIT_H
#define CIRCUIT_H

#include <stdbool.h>
#include <stdint.h>

#include "config.h"

/* The analog part: overdamped nodes, dx_i = -dE/dx_i dt + sqrt(2 T) dW_i, with
   E = - 1/2 sum J_ij x_i x_j - sum h_i x_i - sum_d A_d(t) sum_i eta_i x_i + sum (q_i x_i^2 + r_i x_i^4).
   On a real board this file sets converters and reads them; the rest of the board only knows these functions. */

/* What the circuit computes in; float where the processor has no double. */
typedef double real;

#define COUPLING_LIMIT 8.0f
#define FIELD_LIMIT 8.0f
#define QUADRATIC_LIMIT 10.0f
#define QUARTIC_LIMIT 10.0f
#define AMPLITUDE_LIMIT 8.0f
#define TEMPERATURE_LIMIT 10.0f
#define FACTOR_LIMIT 8.0f
#define DAC_STEP (1.0f / 256.0f) /* of J and h: 12 bits over +-8 */
#define QUADRATIC_DEFAULT 1.0f
#define QUARTIC_DEFAULT 1.0f
#define ADC_STEP (1.0 / 512.0)   /* of x: 12 bits over +-4 */
#define ADC_MOST 2047
#define ADC_LEAST (-2048)
#define SITE_LIMIT 4.0           /* what a site is set to at most */
#define RAIL_LIMIT 8.0           /* where the amplifiers end */
#define TIME_UNIT_S 0.0001
#define DURATION_LIMIT 10000.0
#define EVERY_LEAST 0.01

enum control { CONTROL_TEMPERATURE, CONTROL_COUPLING, CONTROL_QUADRATIC, CONTROL_QUARTIC, CONTROLS };

/* Pairs (t, value), f32 little endian, in a bank's image. count 0: none. */
struct curve {
    const uint8_t *points;
    uint32_t count;
};

struct program {
    uint16_t n;
    uint8_t drives;
    float j[SITES_MAX][SITES_MAX];
    float h[SITES_MAX], q[SITES_MAX], r[SITES_MAX];
    float eta[DRIVES_MAX][SITES_MAX];
    float initial[SITES_MAX];
    struct curve amplitude[DRIVES_MAX];
    struct curve control[CONTROLS];
};

enum initial { INITIAL_ZERO, INITIAL_VALUES, INITIAL_CORRUPTED, INITIAL_RANDOM };

struct shot_settings {
    uint64_t seed;
    uint32_t shot;
    double duration;
    double temperature;
    enum initial initial;
    uint32_t flips;
};

struct readout {
    int16_t codes[SITES_MAX];
    bool saturated;
    double work, heat;
};

struct levels {
    real control[CONTROLS];
    real amplitude[DRIVES_MAX];
};

struct circuit {
    struct program program;
    double noise_gain;
    bool on; /* drives and noise */
    struct shot_settings shot;
    uint32_t random[4];
    bool spare_normal;
    real normal;
    double t, step;
    struct levels levels;
    real x[SITES_MAX], jx[SITES_MAX];
    double work, heat;
};

/* Sets the converters. */
void circuit_set(struct circuit *circuit, const struct program *program);
/* True: they hold that program. */
bool circuit_read_back(const struct circuit *circuit, const struct program *program);
/* Drives and noise off, couplings at mid-scale. */
void circuit_safe(struct circuit *circuit);
void circuit_begin_shot(struct circuit *circuit, const struct shot_settings *settings);
/* Goes on to time `t`, at most `steps` steps. True: it is there. */
bool circuit_advance(struct circuit *circuit, double t, unsigned steps);
void circuit_read(struct circuit *circuit, struct readout *readout);
/* Codes at a limit of the converter. */
bool circuit_at_limit(int16_t code);
double circuit_step(const struct circuit *circuit);
/* A node alone relaxes as exp(-2 q t). False: it does not. The program is lost. */
bool circuit_self_test(struct circuit *circuit, double *got, double *expected);

#endif
