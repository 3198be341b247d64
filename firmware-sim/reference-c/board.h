#ifndef BOARD_H
#define BOARD_H

#include "arq.h"
#include "bank.h"
#include "circuit.h"
#include "frame.h"
#include "port.h"
#include "rpc.h"
#include "samples.h"
#include "sequencer.h"

/* The whole board: frames, session, faults, health, and everything below. */

enum fault_bit {
    FAULT_LINK_WATCHDOG = 1 << 0,
    FAULT_BROWN_OUT = 1 << 1,
    FAULT_OVER_TEMPERATURE = 1 << 2,
    FAULT_RAIL = 1 << 3,
    FAULT_READBACK = 1 << 4,
    FAULT_ADC_SATURATION = 1 << 5,
    FAULT_RUN_TOO_LONG = 1 << 6,
    FAULT_INTERLOCK = 1 << 7,
    FAULT_EMERGENCY_STOP = 1 << 8,
    FAULT_HOST_REQUEST = 1 << 9,
    FAULT_INTERNAL = 1 << 10
};

struct baud_switch {
    uint32_t rate;    /* of the line */
    uint32_t wanted;  /* 0: no switch is under way */
    uint8_t number;   /* of the frame with the answer */
    bool answered;    /* it has been given to the port */
    bool trying;      /* switched, and nothing valid heard yet */
    uint32_t before;
    uint64_t back_at;
};

/* What outlives a reset of the board. */
struct life {
    const char *serial;
    uint32_t boot_count;
    uint32_t reset_nonce; /* of the reset by the host that brought the board up; 0: none did */
    rbv_ResetReason reason;
};

struct board {
    struct life life;
    uint32_t boot_nonce;
    uint64_t ticks_at_start;
    /* Link */
    struct frame_reader reader;
    struct arq arq;
    struct baud_switch baud;
    uint16_t session; /* 0: none yet */
    uint32_t hello_nonce;
    bool hello_ack_due, fatal_due, reset_ack_due, log_due;
    uint32_t hello_ack_nonce, reset_ack_nonce;
    uint8_t fatal_major;
    uint32_t host_majors[2]; /* from, to: of the HELLO that is refused */
    uint16_t reset_ack_session;
    uint8_t sample_seq, log_seq;
    char log_text[CAUSE_TEXT];
    uint32_t bad_frames, stale_frames, out_of_order_frames;
    uint8_t out[FRAME_WIRE_MAX];
    uint8_t payload[LINK_MTU]; /* of frames outside the reliable channel */
    rbv_SampleBatch batch;
    struct rpc rpc;
    /* Reset under way */
    bool resetting, reset_by_call;
    uint8_t reset_number;
    uint64_t reset_at;
    /* Faults */
    rbv_Fault fault; /* fault_id 0: none is latched */
    uint32_t fault_ids;
    uint32_t held; /* bits whose cause is still there */
    bool fault_due, health_due;
    uint64_t health_at;
    uint64_t polled_at;
    uint32_t longest_gap_us;
    uint64_t noise_gain_at;
    /* Instrument */
    struct circuit circuit;
    struct bank_store banks;
    struct samples samples;
    struct sequencer sequencer;
};

/* Starts it; `life` says after what. */
void board_start(struct board *board, const struct life *life);
void board_receive(struct board *board, const uint8_t *bytes, size_t length);
enum board_wish { BOARD_WAIT, BOARD_BUSY, BOARD_RESET };
/* To be called again and again, at least every 2 ms or so; BOARD_BUSY: at once. BOARD_RESET: start again with `board->life`. */
enum board_wish board_poll(struct board *board);

uint64_t board_ticks(const struct board *board);
/* A fault: safe state, latched. `bit` may be 0. */
void board_fault(struct board *board, uint32_t bit, const char *cause);
/* An input that holds the safe state (interlock, emergency stop, a rail) until it is let go. */
void board_input(struct board *board, uint32_t bit, bool held, const char *cause);
/* Sets the hardware from the active bank. False: it does not hold it. */
bool board_set_hardware(struct board *board);
void board_health(const struct board *board, rbv_Health *health);
/* Copies a text, cut to `room` bytes at the boundary of a character. */
void board_text(char *to, size_t room, const char *from);

/* descriptor.c */
uint32_t descriptor_length(const struct board *board);
uint32_t descriptor_read(const struct board *board, uint32_t offset, uint8_t *to, uint32_t room);
void descriptor_hash(const struct board *board, uint8_t digest[32]);

#endif
