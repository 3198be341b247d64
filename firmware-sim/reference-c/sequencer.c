#include "sequencer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "bytes.h"
#include "crc32.h"

#define AFTER_ABORT_US 250000u
#define STATUS_EVERY_US 1000000u
#define RECORD_HEAD 32u

#define TEXT 128u

/* ---- Events -------------------------------------------------------------------------------------------------------- */

void sequencer_run_state(const struct board *board, rbv_RunState *state) {
    const struct sequencer *s = &board->sequencer;
    memset(state, 0, sizeof *state);
    state->run_id = s->open ? s->arm.run_id : 0;
    state->state = s->state;
    state->shots_done = s->open ? s->shots_done : 0;
    state->rows = s->open ? s->rows : 0;
    state->ticks = board_ticks(board);
}

static void tell(struct board *board, rbv_RunEnd end) {
    struct sequencer *s = &board->sequencer;
    if (s->event_count == RUN_EVENTS) sequencer_event_sent(board); /* nobody listens: the newest are worth more */
    rbv_RunState *event = &s->events[(s->event_first + s->event_count) % RUN_EVENTS];
    sequencer_run_state(board, event);
    event->end = end;
    board_text(event->cause, sizeof event->cause, s->cause);
    s->event_count += 1;
}

const rbv_RunState *sequencer_event(const struct board *board) {
    const struct sequencer *s = &board->sequencer;
    return s->event_count > 0 ? &s->events[s->event_first] : NULL;
}

void sequencer_event_sent(struct board *board) {
    struct sequencer *s = &board->sequencer;
    s->event_first = (uint8_t)((s->event_first + 1) % RUN_EVENTS);
    s->event_count -= 1;
}

static void go(struct board *board, rbv_BoardState state) {
    board->sequencer.state = state;
    tell(board, rbv_RunEnd_RUN_NOT_ENDED);
}

void sequencer_begin(struct board *board) {
    struct sequencer *s = &board->sequencer;
    memset(s, 0, sizeof *s);
    s->state = rbv_BoardState_STATE_STANDBY;
}

/* ---- End of a run -------------------------------------------------------------------------------------------------- */

/* The computing is over; the run is when its samples have left. */
static void finish(struct board *board, rbv_RunEnd end, uint64_t drain_us) {
    struct sequencer *s = &board->sequencer;
    s->in_shot = false;
    s->draining = true;
    s->end = end;
    s->drain_until = drain_us == 0 ? 0 : board_ticks(board) + drain_us;
    board->circuit.on = false;
}

/* Rows of a channel from number `row` on were thrown away: their shots say so. */
static void mark_dropped(struct sequencer *s, unsigned channel, uint64_t row) {
    const uint64_t shot = row / s->rows_of[channel];
    for (uint64_t k = shot; k < s->shots_done; k++) s->result[k * s->record + 4] |= 2u;
    s->shot_dropped = true;
}

static void close_run(struct board *board) {
    struct sequencer *s = &board->sequencer;
    uint64_t first[SAMPLES_CHANNELS];
    samples_drop(&board->samples, first);
    for (unsigned k = 0; k < SAMPLES_CHANNELS; k++) {
        if (first[k] < board->samples.rings[k].next) mark_dropped(s, k, first[k]);
    }
    s->draining = false;
    s->result_run = s->arm.run_id;
    s->result_end = s->end;
    s->result_shots = s->shots_done;
    s->result_length = s->shots_done * s->record;
    s->result_crc = crc32(0, s->result, s->result_length);
    if (s->state != rbv_BoardState_STATE_SAFE) s->state = rbv_BoardState_STATE_STANDBY;
    s->status_due = true;
    tell(board, s->end);
    s->open = false;
    s->cause[0] = '\0';
}

void sequencer_safe(struct board *board, const char *cause) {
    struct sequencer *s = &board->sequencer;
    circuit_safe(&board->circuit);
    if (s->state == rbv_BoardState_STATE_SAFE) return;
    board_text(s->cause, sizeof s->cause, cause);
    if (s->open) finish(board, rbv_RunEnd_RUN_SAFE, AFTER_ABORT_US);
    go(board, rbv_BoardState_STATE_SAFE);
    if (!s->open) s->cause[0] = '\0';
}

void sequencer_clear(struct board *board) {
    if (board->sequencer.open) close_run(board);
    go(board, rbv_BoardState_STATE_STANDBY);
}

/* ---- Calls --------------------------------------------------------------------------------------------------------- */

static rbv_Status refuse(rbv_Status status, char *text, const char *why) {
    board_text(text, TEXT, why);
    return status;
}

static rbv_Status read_channels(const rbv_Arm *arm, unsigned *mask, char *text) {
    *mask = 0;
    for (pb_size_t k = 0; k < arm->channels_count; k++) {
        switch (arm->channels[k]) {
        case rbv_Channel_CHANNEL_STATE: *mask |= 1u << SAMPLES_STATE; break;
        case rbv_Channel_CHANNEL_WORK: *mask |= 1u << SAMPLES_WORK; break;
        case rbv_Channel_CHANNEL_HEAT: *mask |= 1u << SAMPLES_HEAT; break;
        case rbv_Channel_CHANNEL_SUPPLY: return refuse(rbv_Status_OUT_OF_RANGE, text, "the board does not measure its supply");
        default: return refuse(rbv_Status_INVALID, text, "a channel that the board does not know");
        }
    }
    return rbv_Status_OK;
}

static rbv_Status check_arm(const struct board *board, const rbv_Arm *a, unsigned *mask, uint32_t *record, char *text) {
    const struct bank_store *banks = &board->banks;
    if (board->sequencer.state != rbv_BoardState_STATE_STANDBY) return refuse(rbv_Status_ILLEGAL_STATE, text, "a run is armed in standby only");
    if (a->run_id == 0) return refuse(rbv_Status_INVALID, text, "run_id is 0");
    if (banks->active == NO_BANK || a->bank != banks->active || a->bank_crc32 != banks->banks[banks->active].crc) {
        return refuse(rbv_Status_MISMATCH, text, "bank and bank_crc32 are not those of the active bank");
    }
    if (!isfinite(a->duration) || !isfinite(a->readout_every) || !isfinite(a->temperature)) {
        return refuse(rbv_Status_INVALID, text, "duration, readout_every or temperature is not finite");
    }
    if ((unsigned)a->initial > (unsigned)rbv_InitialKind_INITIAL_RANDOM) return refuse(rbv_Status_INVALID, text, "an initial state that the board does not know");
    if (a->shots == 0 || a->duration <= 0 || a->readouts == 0) return refuse(rbv_Status_INVALID, text, "shots, duration and readouts: more than 0");
    if (a->shots > SHOTS_MAX) return refuse(rbv_Status_OUT_OF_RANGE, text, "shots: beyond the descriptor's shots.max");
    if (a->duration > DURATION_LIMIT) return refuse(rbv_Status_OUT_OF_RANGE, text, "duration: beyond the descriptor's duration.max");
    if (a->readouts > 1) {
        if (a->readout_every < EVERY_LEAST * (1 - 1e-9)) return refuse(rbv_Status_OUT_OF_RANGE, text, "readout_every: below the descriptor's readout.minEvery");
        if ((a->readouts - 2.0) * a->readout_every > a->duration * (1 + 1e-9)) return refuse(rbv_Status_INVALID, text, "readouts lie beyond duration");
    }
    if (a->temperature < 0 || a->temperature > (double)TEMPERATURE_LIMIT) return refuse(rbv_Status_OUT_OF_RANGE, text, "temperature: beyond the descriptor's range");
    if (a->flips > banks->program.n) return refuse(rbv_Status_OUT_OF_RANGE, text, "flips: more than there are sites");
    if (a->watchdog_ms == 0 || a->watchdog_ms > MAX_WATCHDOG_MS) return refuse(rbv_Status_OUT_OF_RANGE, text, "watchdog_ms: beyond max_watchdog_ms, or 0");
    if (a->max_duration_ms == 0) return refuse(rbv_Status_OUT_OF_RANGE, text, "max_duration_ms is 0");
    const rbv_Status status = read_channels(a, mask, text);
    if (status != rbv_Status_OK) return status;
    *record = RECORD_HEAD + (2u * banks->program.n + 7u) / 8u * 8u;
    if (a->shots > RESULT_BYTES / *record) return refuse(rbv_Status_NO_ROOM, text, "the result of so many shots does not fit");
    return rbv_Status_OK;
}

rbv_Status sequencer_arm(struct board *board, const rbv_Arm *arm, char *text) {
    struct sequencer *s = &board->sequencer;
    unsigned mask;
    uint32_t record;
    const rbv_Status status = check_arm(board, arm, &mask, &record, text);
    if (status != rbv_Status_OK) return status;
    s->open = true;
    s->arm = *arm;
    s->channels = mask;
    s->n = board->banks.program.n;
    s->record = record;
    const uint32_t last = arm->readouts - 1;
    s->rows_of[SAMPLES_STATE] = arm->state_every == 0 ? 1 : last / arm->state_every + 1 + (last % arm->state_every != 0);
    s->rows_of[SAMPLES_WORK] = arm->readouts;
    s->rows_of[SAMPLES_HEAT] = arm->readouts;
    s->pause_asked = s->stop_asked = s->in_shot = s->draining = false;
    s->end = rbv_RunEnd_RUN_NOT_ENDED;
    s->cause[0] = '\0';
    s->shots_done = s->readout = 0;
    s->rows = 0;
    s->result_run = 0;
    s->result_end = rbv_RunEnd_RUN_NOT_ENDED;
    s->result_length = s->result_shots = 0;
    s->status_due = false;
    s->lease_until = board_ticks(board) + (uint64_t)arm->watchdog_ms * 1000u;
    samples_begin(&board->samples, s->n, mask);
    go(board, rbv_BoardState_STATE_ARMED);
    return rbv_Status_OK;
}

/* What every call about a run asks first. */
static rbv_Status find_run(const struct sequencer *s, uint32_t run_id, char *text) {
    if (!s->open) return refuse(rbv_Status_ILLEGAL_STATE, text, "no run is armed");
    if (run_id != s->arm.run_id) return refuse(rbv_Status_NOT_FOUND, text, "another run is armed");
    return rbv_Status_OK;
}

rbv_Status sequencer_start(struct board *board, uint32_t run_id, char *text) {
    struct sequencer *s = &board->sequencer;
    const rbv_Status status = find_run(s, run_id, text);
    if (status != rbv_Status_OK) return status;
    if (s->state != rbv_BoardState_STATE_ARMED || s->stop_asked || s->draining) return refuse(rbv_Status_ILLEGAL_STATE, text, "the run has been started");
    const uint64_t now = board_ticks(board);
    s->active_until = now + (uint64_t)s->arm.max_duration_ms * 1000u;
    s->status_at = now + STATUS_EVERY_US;
    go(board, rbv_BoardState_STATE_RUNNING);
    return rbv_Status_OK;
}

rbv_Status sequencer_pause(struct board *board, uint32_t run_id, char *text) {
    struct sequencer *s = &board->sequencer;
    const rbv_Status status = find_run(s, run_id, text);
    if (status != rbv_Status_OK) return status;
    if (s->state == rbv_BoardState_STATE_ARMED) return refuse(rbv_Status_ILLEGAL_STATE, text, "the run has not been started");
    if (s->state == rbv_BoardState_STATE_RUNNING && !s->stop_asked && !s->draining) s->pause_asked = true;
    return rbv_Status_OK;
}

rbv_Status sequencer_resume(struct board *board, uint32_t run_id, char *text) {
    struct sequencer *s = &board->sequencer;
    const rbv_Status status = find_run(s, run_id, text);
    if (status != rbv_Status_OK) return status;
    if (s->state == rbv_BoardState_STATE_PAUSED && !s->stop_asked && !s->draining) {
        go(board, rbv_BoardState_STATE_RUNNING);
        return rbv_Status_OK;
    }
    if (!s->pause_asked) return refuse(rbv_Status_ILLEGAL_STATE, text, "there is no pause to end");
    s->pause_asked = false;
    return rbv_Status_OK;
}

rbv_Status sequencer_stop(struct board *board, uint32_t run_id, char *text) {
    struct sequencer *s = &board->sequencer;
    const rbv_Status status = find_run(s, run_id, text);
    if (status != rbv_Status_OK) return status;
    s->stop_asked = true;
    s->pause_asked = false;
    return rbv_Status_OK;
}

rbv_Status sequencer_abort(struct board *board, uint32_t run_id, char *text) {
    struct sequencer *s = &board->sequencer;
    const rbv_Status status = find_run(s, run_id, text);
    if (status != rbv_Status_OK) return status;
    s->pause_asked = false;
    if (!s->draining) finish(board, rbv_RunEnd_RUN_ABORTED, AFTER_ABORT_US);
    else if (s->drain_until == 0) s->drain_until = board_ticks(board) + AFTER_ABORT_US;
    return rbv_Status_OK;
}

void sequencer_heartbeat(struct board *board, uint32_t lease_ms) {
    struct sequencer *s = &board->sequencer;
    if (!s->open) return;
    const uint32_t lease = lease_ms < s->arm.watchdog_ms ? lease_ms : s->arm.watchdog_ms;
    s->lease_until = board_ticks(board) + (uint64_t)lease * 1000u;
}

rbv_Status sequencer_read_result(struct board *board, uint32_t run_id, uint32_t offset, rbv_ResultPart *part, char *text) {
    const struct sequencer *s = &board->sequencer;
    if (s->open && run_id == s->arm.run_id) return refuse(rbv_Status_ILLEGAL_STATE, text, "the run has not ended");
    if (run_id == 0 || run_id != s->result_run) return refuse(rbv_Status_NOT_FOUND, text, "no result of that run");
    if (offset > s->result_length) return refuse(rbv_Status_INVALID, text, "offset lies beyond the result");
    const uint32_t left = s->result_length - offset, room = sizeof part->data.bytes;
    part->run_id = run_id;
    part->offset = offset;
    part->total = s->result_length;
    part->crc32 = s->result_crc;
    part->shots = s->result_shots;
    part->end = s->result_end;
    part->data.size = (pb_size_t)(left < room ? left : room);
    memcpy(part->data.bytes, s->result + offset, part->data.size);
    return rbv_Status_OK;
}

/* ---- Time ---------------------------------------------------------------------------------------------------------- */

void sequencer_poll(struct board *board) {
    struct sequencer *s = &board->sequencer;
    if (!s->open) return;
    const uint64_t now = board_ticks(board);
    const bool safe = s->state == rbv_BoardState_STATE_SAFE, started = s->state == rbv_BoardState_STATE_RUNNING || s->state == rbv_BoardState_STATE_PAUSED;
    if (!safe && now >= s->lease_until) {
        board_fault(board, FAULT_LINK_WATCHDOG, "no heartbeat from the host");
    } else if (started && !s->draining && now >= s->active_until) {
        board_fault(board, FAULT_RUN_TOO_LONG, "the run took longer than max_duration_ms");
    }
    if (!s->draining && !s->in_shot && s->stop_asked) finish(board, rbv_RunEnd_RUN_STOPPED, 0);
    if (s->draining && (samples_empty(&board->samples) || (s->drain_until != 0 && now >= s->drain_until))) close_run(board);
    if (s->open && started && now >= s->status_at) {
        s->status_due = true;
        s->status_at = now + STATUS_EVERY_US;
    }
}

static void begin_shot(struct board *board) {
    struct sequencer *s = &board->sequencer;
    const struct shot_settings settings = {
        .seed = s->arm.seed,
        .shot = s->shots_done,
        .duration = s->arm.duration,
        .temperature = s->arm.temperature,
        .initial = (enum initial)s->arm.initial,
        .flips = s->arm.flips,
    };
    circuit_begin_shot(&board->circuit, &settings);
    s->in_shot = true;
    s->readout = 0;
    s->shot_at = board_ticks(board);
    memset(s->at_limit, 0xff, sizeof s->at_limit);
    s->shot_dropped = false;
}

static void push(struct board *board, unsigned channel, const uint8_t *row) {
    struct sequencer *s = &board->sequencer;
    uint64_t lost;
    if ((s->channels >> channel & 1u) == 0) return;
    if (!samples_push(&board->samples, channel, row, board_ticks(board), &lost)) return;
    const uint64_t shot = lost / s->rows_of[channel];
    if (shot < s->shots_done) s->result[shot * s->record + 4] |= 2u;
    else s->shot_dropped = true;
}

static void take_readout(struct board *board) {
    struct sequencer *s = &board->sequencer;
    uint8_t row[2 * SITES_MAX];
    circuit_read(&board->circuit, &s->last);
    const bool last = s->readout == s->arm.readouts - 1;
    if (last || (s->arm.state_every != 0 && s->readout % s->arm.state_every == 0)) {
        for (unsigned i = 0; i < s->n; i++) put_u16(row + 2 * i, (uint16_t)s->last.codes[i]);
        push(board, SAMPLES_STATE, row);
    }
    put_f32(row, (float)s->last.work);
    push(board, SAMPLES_WORK, row);
    put_f32(row, (float)s->last.heat);
    push(board, SAMPLES_HEAT, row);
    s->rows += 1;
    s->readout += 1;
    for (unsigned i = 0; i < s->n; i++) {
        if (!circuit_at_limit(s->last.codes[i])) s->at_limit[i / 8] &= (uint8_t)~(1u << i % 8);
    }
}

static void end_shot(struct board *board) {
    struct sequencer *s = &board->sequencer;
    uint8_t *record = s->result + (size_t)s->shots_done * s->record;
    memset(record, 0, s->record);
    put_u32(record, s->shots_done);
    put_u32(record + 4, (s->last.saturated ? 1u : 0u) | (s->shot_dropped ? 2u : 0u));
    put_f64(record + 8, s->last.work);
    put_f64(record + 16, s->last.heat);
    put_f64(record + 24, (double)NAN); /* the supply is not measured */
    for (unsigned i = 0; i < s->n; i++) put_u16(record + RECORD_HEAD + 2 * i, (uint16_t)s->last.codes[i]);
    s->shots_done += 1;
    s->in_shot = false;
    if (s->arm.readouts < 2) return; /* a moment, not a whole shot: flagged only */
    for (unsigned i = 0; i < s->n; i++) {
        if ((s->at_limit[i / 8] >> i % 8 & 1u) == 0) continue;
        char cause[CAUSE_TEXT];
        snprintf(cause, sizeof cause, "the converter of site %u was at its limit for a whole shot", i);
        board_fault(board, FAULT_ADC_SATURATION, cause);
        return;
    }
}

/* Between shots. True: the next one has begun. */
static bool next_shot(struct board *board) {
    struct sequencer *s = &board->sequencer;
    if (s->shots_done == s->arm.shots) {
        finish(board, rbv_RunEnd_RUN_FINISHED, 0);
        return false;
    }
    if (s->stop_asked) return false;
    if (s->pause_asked) {
        s->pause_asked = false;
        go(board, rbv_BoardState_STATE_PAUSED);
        return false;
    }
    if (!samples_have_room(&board->samples, s->rows_of)) return false;
    begin_shot(board);
    return true;
}

bool sequencer_compute(struct board *board, uint64_t until) {
    struct sequencer *s = &board->sequencer;
    while (s->state == rbv_BoardState_STATE_RUNNING && !s->draining) {
        const uint64_t now = board_ticks(board);
        if (now >= until) return true;
        if (!s->in_shot && !next_shot(board)) return false;
        const bool last = s->readout == s->arm.readouts - 1;
        const double t = last ? s->arm.duration : s->readout * s->arm.readout_every;
        if (!circuit_advance(&board->circuit, t, 32)) continue;
        /* A real circuit takes its time, so this one does. */
        const uint64_t due = s->shot_at + (uint64_t)(t * TIME_UNIT_S * TICK_HZ), is = board_ticks(board);
        if (is < due) return due - is < 3000;
        take_readout(board);
        if (last) end_shot(board);
    }
    return false;
}
