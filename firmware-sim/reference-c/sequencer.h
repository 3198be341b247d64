#ifndef SEQUENCER_H
#define SEQUENCER_H

#include <stdbool.h>
#include <stdint.h>

#include "board.pb.h"
#include "circuit.h"
#include "config.h"

/* States, runs and their result. */

struct board;

#define RUN_EVENTS 8u
#define CAUSE_TEXT 128u

struct sequencer {
    rbv_BoardState state;
    /* The run that is armed, running, paused or waits for its samples to leave */
    bool open;
    rbv_Arm arm; /* its channels as a mask below */
    unsigned channels;
    uint16_t n;
    uint32_t rows_of[3]; /* rows of a shot in each channel, see samples.h */
    bool pause_asked, stop_asked, in_shot, draining;
    uint64_t drain_until; /* 0: until everything has left */
    rbv_RunEnd end;
    char cause[CAUSE_TEXT];
    uint64_t lease_until, active_until, shot_at, status_at;
    uint32_t shots_done, readout;
    bool shot_dropped;
    uint8_t at_limit[(SITES_MAX + 7) / 8]; /* converters that were at their limit in each readout of the shot so far, a bit each */
    uint64_t rows;
    struct readout last;
    /* Result of the last run */
    uint32_t result_run, result_length, result_crc, record, result_shots;
    rbv_RunEnd result_end; /* RUN_NOT_ENDED: none yet */
    uint8_t result[RESULT_BYTES];
    /* Events that wait for a frame */
    rbv_RunState events[RUN_EVENTS];
    uint8_t event_first, event_count;
    bool status_due;
};

void sequencer_begin(struct board *board);
/* Calls. They return a status and say in `text` (at least 128 bytes) what is wrong. */
rbv_Status sequencer_arm(struct board *board, const rbv_Arm *arm, char *text);
rbv_Status sequencer_start(struct board *board, uint32_t run_id, char *text);
rbv_Status sequencer_pause(struct board *board, uint32_t run_id, char *text);
rbv_Status sequencer_resume(struct board *board, uint32_t run_id, char *text);
rbv_Status sequencer_stop(struct board *board, uint32_t run_id, char *text);
rbv_Status sequencer_abort(struct board *board, uint32_t run_id, char *text);
rbv_Status sequencer_read_result(struct board *board, uint32_t run_id, uint32_t offset, rbv_ResultPart *part, char *text);
void sequencer_heartbeat(struct board *board, uint32_t lease_ms);
void sequencer_run_state(const struct board *board, rbv_RunState *state);
/* Ends what runs, outputs off. */
void sequencer_safe(struct board *board, const char *cause);
void sequencer_clear(struct board *board);
/* Time-outs, and what happens between shots. */
void sequencer_poll(struct board *board);
/* Computes on until about `until`. True: there is more to do at once. */
bool sequencer_compute(struct board *board, uint64_t until);
/* Oldest event, or NULL; `sequencer_event_sent` removes it. */
const rbv_RunState *sequencer_event(const struct board *board);
void sequencer_event_sent(struct board *board);

#endif
