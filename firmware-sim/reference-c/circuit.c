#include "circuit.h"

#include <math.h>
#include <string.h>

#include "bytes.h"

/* ---- Random numbers: xoshiro128++, started by splitmix64, one stream a shot ---------------------------------------- */

static uint32_t turn(uint32_t x, unsigned by) { return (x << by) | (x >> (32u - by)); }

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static void random_begin(struct circuit *c, uint64_t seed, uint32_t shot) {
    uint64_t state = seed;
    state = splitmix(&state) + shot;
    for (unsigned k = 0; k < 4; k += 2) {
        const uint64_t two = splitmix(&state);
        c->random[k] = (uint32_t)two;
        c->random[k + 1] = (uint32_t)(two >> 32);
    }
    c->spare_normal = false;
}

static uint32_t random_u32(struct circuit *c) {
    uint32_t *s = c->random;
    const uint32_t result = turn(s[0] + s[3], 7) + s[0];
    const uint32_t shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = turn(s[3], 11);
    return result;
}

/* From 0 to below `limit`, without preference. */
static uint32_t random_below(struct circuit *c, uint32_t limit) {
    const uint32_t first = (0u - limit) % limit;
    uint32_t drawn;
    do drawn = random_u32(c);
    while (drawn < first);
    return drawn % limit;
}

/* Box and Muller, two at a time. */
static real random_normal(struct circuit *c) {
    if (c->spare_normal) {
        c->spare_normal = false;
        return c->normal;
    }
    const double u = ((double)random_u32(c) + 1.0) / 4294967296.0;
    const double angle = 6.283185307179586 * ((double)random_u32(c) / 4294967296.0);
    const double radius = sqrt(-2.0 * log(u));
    c->normal = (real)(radius * sin(angle));
    c->spare_normal = true;
    return (real)(radius * cos(angle));
}

/* ---- Curves ------------------------------------------------------------------------------------------------------- */

static float point_t(const struct curve *curve, uint32_t k) { return get_f32(curve->points + 8 * k); }
static float point_value(const struct curve *curve, uint32_t k) { return get_f32(curve->points + 8 * k + 4); }

/* At a jump: the value after it. */
static real curve_at(const struct curve *curve, double t, real otherwise) {
    if (curve->count == 0) return otherwise;
    uint32_t low = 0, high = curve->count; /* points before `low` are at or before t, those from `high` on are after */
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if ((double)point_t(curve, middle) <= t) low = middle + 1;
        else high = middle;
    }
    if (low == 0) return point_value(curve, 0);
    if (low == curve->count) return point_value(curve, low - 1);
    const double from = point_t(curve, low - 1), to = point_t(curve, low);
    const double part = (t - from) / (to - from);
    return (real)(point_value(curve, low - 1) * (1.0 - part) + point_value(curve, low) * part);
}

static float curve_most(const struct curve *curve) {
    float most = curve->count == 0 ? 1.0f : 0.0f;
    for (uint32_t k = 0; k < curve->count; k++) most = fmaxf(most, fabsf(point_value(curve, k)));
    return most;
}

static void levels_at(const struct circuit *c, double t, struct levels *levels) {
    const struct program *p = &c->program;
    levels->control[CONTROL_TEMPERATURE] = curve_at(&p->control[CONTROL_TEMPERATURE], t, (real)c->shot.temperature);
    for (unsigned k = CONTROL_COUPLING; k < CONTROLS; k++) levels->control[k] = curve_at(&p->control[k], t, 1);
    for (unsigned d = 0; d < DRIVES_MAX; d++) levels->amplitude[d] = curve_at(&p->amplitude[d], t, 0);
}

/* ---- Energy and its ledger ---------------------------------------------------------------------------------------- */

/* Parts of the energy with every factor 1. */
struct energy {
    double coupling, field, quadratic, quartic, drive[DRIVES_MAX];
};

static void currents(const struct circuit *c, const real *x, real *jx) {
    const struct program *p = &c->program;
    for (unsigned i = 0; i < p->n; i++) {
        real sum = 0;
        for (unsigned j = 0; j < p->n; j++) sum += p->j[i][j] * x[j];
        jx[i] = sum;
    }
}

static void energy_of(const struct circuit *c, struct energy *e) {
    const struct program *p = &c->program;
    memset(e, 0, sizeof *e);
    for (unsigned i = 0; i < p->n; i++) {
        const double x = c->x[i], square = x * x;
        e->coupling -= 0.5 * c->jx[i] * x;
        e->field -= p->h[i] * x;
        e->quadratic += p->q[i] * square;
        e->quartic += p->r[i] * square * square;
        for (unsigned d = 0; d < p->drives; d++) e->drive[d] -= p->eta[d][i] * x;
    }
}

static double energy_at(const struct circuit *c, const struct energy *e, const struct levels *l) {
    double sum = l->control[CONTROL_COUPLING] * e->coupling + e->field + l->control[CONTROL_QUADRATIC] * e->quadratic +
                 l->control[CONTROL_QUARTIC] * e->quartic;
    for (unsigned d = 0; d < c->program.drives; d++) sum += l->amplitude[d] * e->drive[d];
    return sum;
}

/* Work is what the energy gains when levels change and x stands still. */
static void set_levels(struct circuit *c, const struct energy *e, double t) {
    struct levels next;
    levels_at(c, t, &next);
    c->work += energy_at(c, e, &next) - energy_at(c, e, &c->levels);
    c->levels = next;
}

static real force(const struct circuit *c, unsigned i, real x, real jx) {
    const struct program *p = &c->program;
    const struct levels *l = &c->levels;
    real f = l->control[CONTROL_COUPLING] * jx + p->h[i] - 2 * l->control[CONTROL_QUADRATIC] * p->q[i] * x -
             4 * l->control[CONTROL_QUARTIC] * p->r[i] * x * x * x;
    for (unsigned d = 0; d < p->drives; d++) f += l->amplitude[d] * p->eta[d][i];
    return f;
}

static real within(real x, real limit) { return x > limit ? limit : x < -limit ? -limit : x; }

/* Heun's step: of second order in the weak sense for additive noise. Heat is what the energy loses when x moves and the
   levels stand still, so that the first law holds in each step. */
static void step(struct circuit *c, double h) {
    const unsigned n = c->program.n;
    struct energy e;
    energy_of(c, &e);
    set_levels(c, &e, c->t + 0.5 * h);
    const double before = energy_at(c, &e, &c->levels);
    const double temperature = c->levels.control[CONTROL_TEMPERATURE];
    const real spread = (real)(c->noise_gain * sqrt(2.0 * (temperature > 0 ? temperature : 0) * h));
    real kick[SITES_MAX] = {0}, f[SITES_MAX] = {0}, guess[SITES_MAX] = {0};
    for (unsigned i = 0; i < n; i++) {
        kick[i] = spread > 0 ? spread * random_normal(c) : 0;
        f[i] = force(c, i, c->x[i], c->jx[i]);
        guess[i] = within(c->x[i] + (real)h * f[i] + kick[i], RAIL_LIMIT);
    }
    currents(c, guess, c->jx);
    for (unsigned i = 0; i < n; i++) {
        const real mean = (f[i] + force(c, i, guess[i], c->jx[i])) / 2;
        c->x[i] = within(c->x[i] + (real)h * mean + kick[i], RAIL_LIMIT);
    }
    currents(c, c->x, c->jx);
    energy_of(c, &e);
    c->heat += before - energy_at(c, &e, &c->levels);
}

/* ---- What the sequencer calls -------------------------------------------------------------------------------------- */

/* A tenth of the shortest time constant that |x| <= 2 can have: then the stationary variance is right to 0.3 %. */
double circuit_step(const struct circuit *c) {
    const struct program *p = &c->program;
    double fastest = 6.4;
    for (unsigned i = 0; i < p->n; i++) {
        double sum = 0;
        for (unsigned j = 0; j < p->n; j++) sum += fabs((double)p->j[i][j]);
        const double rate = curve_most(&p->control[CONTROL_COUPLING]) * sum +
                            curve_most(&p->control[CONTROL_QUADRATIC]) * 2 * fabs((double)p->q[i]) +
                            curve_most(&p->control[CONTROL_QUARTIC]) * 48 * p->r[i];
        if (rate > fastest) fastest = rate;
    }
    return 0.1 / fastest;
}

void circuit_set(struct circuit *c, const struct program *program) {
    c->program = *program;
    c->step = circuit_step(c);
}

bool circuit_read_back(const struct circuit *c, const struct program *program) {
    return c->program.n == program->n && memcmp(c->program.j, program->j, sizeof program->j) == 0 &&
           memcmp(c->program.h, program->h, sizeof program->h) == 0;
}

void circuit_safe(struct circuit *c) {
    memset(&c->program, 0, sizeof c->program);
    memset(&c->levels, 0, sizeof c->levels);
    c->on = false;
}

void circuit_begin_shot(struct circuit *c, const struct shot_settings *settings) {
    const unsigned n = c->program.n;
    c->shot = *settings;
    c->on = true;
    random_begin(c, settings->seed, settings->shot);
    for (unsigned i = 0; i < n; i++) {
        switch (settings->initial) {
        case INITIAL_VALUES:
        case INITIAL_CORRUPTED: c->x[i] = within(c->program.initial[i], (real)SITE_LIMIT); break;
        case INITIAL_RANDOM: c->x[i] = (random_u32(c) & 0x80000000u) != 0 ? 1 : -1; break;
        default: c->x[i] = 0;
        }
    }
    if (settings->initial == INITIAL_CORRUPTED) {
        /* `flips` different sites: the first of a shuffle. */
        uint8_t order[SITES_MAX];
        for (unsigned i = 0; i < n; i++) order[i] = (uint8_t)i;
        for (unsigned k = 0; k < settings->flips && k < n; k++) {
            const unsigned other = k + random_below(c, n - k);
            const uint8_t site = order[other];
            order[other] = order[k];
            order[k] = site;
            c->x[site] = -c->x[site];
        }
    }
    c->t = 0;
    c->work = 0;
    c->heat = 0;
    currents(c, c->x, c->jx);
    /* Just before 0, so that a jump at 0 does its work on the initial state. */
    levels_at(c, -1, &c->levels);
}

bool circuit_advance(struct circuit *c, double t, unsigned steps) {
    for (unsigned k = 0; k < steps && c->t < t; k++) {
        const double left = t - c->t;
        const double parts = ceil(left / c->step - 1e-9);
        const double h = parts > 1 ? left / parts : left;
        step(c, h);
        c->t = parts > 1 ? c->t + h : t;
    }
    return c->t >= t;
}

bool circuit_at_limit(int16_t code) {
    return code >= ADC_MOST || code <= ADC_LEAST;
}

void circuit_read(struct circuit *c, struct readout *readout) {
    struct energy e;
    energy_of(c, &e);
    set_levels(c, &e, c->t);
    readout->saturated = false;
    for (unsigned i = 0; i < c->program.n; i++) {
        const double code = floor((double)c->x[i] / ADC_STEP + 0.5);
        readout->codes[i] = (int16_t)(code > ADC_MOST ? ADC_MOST : code < ADC_LEAST ? ADC_LEAST : code);
        if (circuit_at_limit(readout->codes[i])) readout->saturated = true;
    }
    readout->work = c->work;
    readout->heat = c->heat;
}

bool circuit_self_test(struct circuit *c, double *got, double *expected) {
    static const struct shot_settings quiet = {.seed = 1, .duration = 0.5, .initial = INITIAL_VALUES};
    memset(&c->program, 0, sizeof c->program);
    c->program.n = 1;
    c->program.q[0] = 1;
    c->program.initial[0] = 2;
    c->step = circuit_step(c);
    circuit_begin_shot(c, &quiet);
    while (!circuit_advance(c, 0.5, 1)) continue;
    *got = c->x[0];
    *expected = 2 * exp(-1.0);
    circuit_safe(c);
    return fabs(*got - *expected) < 1e-3;
}
