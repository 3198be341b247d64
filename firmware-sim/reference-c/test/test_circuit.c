/* The computed circuit against closed forms. Tolerances are 4.5 standard errors: a false alarm in 10^5. The seeds are
   fixed, so that it either holds or does not. */
#include <math.h>
#include <string.h>

#include "../bytes.h"
#include "../circuit.h"
#include "check.h"

static struct circuit circuit;
static struct program program;

static void shot(uint32_t number, double duration, double temperature, enum initial initial, uint32_t flips) {
    const struct shot_settings settings = {.seed = 11, .shot = number, .duration = duration, .temperature = temperature, .initial = initial, .flips = flips};
    circuit_begin_shot(&circuit, &settings);
    while (!circuit_advance(&circuit, duration, 1000)) continue;
}

static void within(const char *what, double got, double expected, double error) {
    printf("  %s: %.4f, expected %.4f, standard error %.4f\n", what, got, expected, error);
    CHECK(fabs(got - expected) < 4.5 * error);
}

/* A pair with J = 1 and q = 1: the covariance is T (2q - J)^-1, that is T/3 (2 1; 1 2). */
static void harmonic_pair(void) {
    double square = 0, product = 0;
    const unsigned shots = 8000;
    memset(&program, 0, sizeof program);
    program.n = 2;
    program.q[0] = program.q[1] = 1;
    program.j[0][1] = program.j[1][0] = 1;
    circuit.noise_gain = 1;
    circuit_set(&circuit, &program);
    for (uint32_t k = 0; k < shots; k++) {
        shot(k, 6, 0.5, INITIAL_ZERO, 0);
        square += (circuit.x[0] * circuit.x[0] + circuit.x[1] * circuit.x[1]) / 2;
        product += circuit.x[0] * circuit.x[1];
    }
    const double variance = 1.0 / 3, covariance = 1.0 / 6;
    within("variance of a pair", square / shots, variance, sqrt((variance * variance + covariance * covariance) / shots));
    within("covariance of a pair", product / shots, covariance, sqrt((variance * variance + covariance * covariance) / shots));
}

/* One node in x^2 - A(t) x, at equilibrium when A begins to rise from 0 to 1: <exp(-W/T)> = exp(-dF/T), dF = -1/4. */
static void jarzynski(void) {
    static uint8_t points[24];
    static const float curve[] = {0, 0, 3, 0, 4, 1};
    double sum = 0, squares = 0, work = 0;
    const unsigned shots = 8000;
    for (unsigned k = 0; k < 6; k++) put_f32(points + 4 * k, curve[k]);
    memset(&program, 0, sizeof program);
    program.n = 1;
    program.drives = 1;
    program.q[0] = 1;
    program.eta[0][0] = 1;
    program.amplitude[0] = (struct curve){points, 3};
    circuit_set(&circuit, &program);
    for (uint32_t k = 0; k < shots; k++) {
        shot(k, 4, 1, INITIAL_ZERO, 0);
        struct readout readout;
        circuit_read(&circuit, &readout);
        const double x = circuit.x[0], energy = x * x - x, weight = exp(-readout.work);
        CHECK(fabs(readout.work - readout.heat - energy) < 1e-9); /* first law */
        sum += weight;
        squares += weight * weight;
        work += readout.work;
    }
    const double mean = sum / shots, error = sqrt((squares / shots - mean * mean) / shots);
    within("mean of exp(-W)", mean, exp(0.25), error);
    CHECK(work / shots > -0.25); /* second law */
}

/* Without noise, x^2 + x^4 from 1: d(1/x^2)/dt = 4 (1/x^2 + 2), so 1/x^2 = 3 exp(4t) - 2. */
static void relaxation(void) {
    memset(&program, 0, sizeof program);
    program.n = 1;
    program.q[0] = program.r[0] = 1;
    program.initial[0] = 1;
    circuit_set(&circuit, &program);
    shot(0, 0.5, 0, INITIAL_VALUES, 0);
    const double expected = 1 / sqrt(3 * exp(2.0) - 2);
    CHECK(fabs(circuit.x[0] - expected) < 1e-4);
}

static void jump(void) {
    static uint8_t points[16];
    struct readout readout;
    put_f32(points + 12, 1); /* (0, 0), (0, 1) */
    memset(&program, 0, sizeof program);
    program.n = 1;
    program.drives = 1;
    program.eta[0][0] = 1;
    program.initial[0] = 2;
    program.amplitude[0] = (struct curve){points, 2};
    circuit_set(&circuit, &program);
    shot(0, 1, 0, INITIAL_VALUES, 0);
    circuit_read(&circuit, &readout);
    CHECK(fabs(circuit.x[0] - 3) < 1e-9 && fabs(readout.work + 2) < 1e-9 && fabs(readout.heat - 1) < 1e-9);
}

static void initial_states(void) {
    unsigned flipped[8] = {0}, ups = 0;
    memset(&program, 0, sizeof program);
    program.n = 8;
    for (unsigned i = 0; i < 8; i++) program.initial[i] = 1;
    program.initial[7] = 9; /* no site holds that */
    circuit_set(&circuit, &program);
    const struct shot_settings settings = {.seed = 3, .duration = 1, .initial = INITIAL_CORRUPTED, .flips = 3};
    for (uint32_t k = 0; k < 4000; k++) {
        struct shot_settings of_shot = settings;
        unsigned all = 0;
        of_shot.shot = k;
        circuit_begin_shot(&circuit, &of_shot);
        CHECK(fabs(circuit.x[7]) <= 4);
        for (unsigned i = 0; i < 8; i++) {
            if (circuit.x[i] < 0) flipped[i] += 1, all += 1;
        }
        CHECK(all == 3);
        of_shot.initial = INITIAL_RANDOM;
        circuit_begin_shot(&circuit, &of_shot);
        CHECK(fabs(circuit.x[0]) == 1);
        if (circuit.x[0] > 0) ups += 1;
    }
    for (unsigned i = 0; i < 8; i++) CHECK(fabs(flipped[i] - 1500.0) < 4.5 * sqrt(4000 * 0.375 * 0.625));
    CHECK(fabs(ups - 2000.0) < 4.5 * sqrt(1000));
}

int main(void) {
    relaxation();
    jump();
    initial_states();
    harmonic_pair();
    jarzynski();
    printf("test_circuit: %lu checks\n", checks);
    return 0;
}
