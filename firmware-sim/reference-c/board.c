#include "board.h"

#include <pb_decode.h>
#include <pb_encode.h>
#include <stdio.h>
#include <string.h>

#define FIRST_BAUD 115200u
#define BAUD_TRIAL_US 500000u
#define HEALTH_EVERY_US 500000u
#define RESET_WAIT_US 250000u
#define SLICE_US 2000u
#define BUILD_ID "relaxd-reference-c 1.0"

uint64_t board_ticks(const struct board *board) { return port_ticks() - board->ticks_at_start; }

void board_text(char *to, size_t room, const char *from) {
    size_t length = strlen(from);
    if (length >= room) {
        length = room - 1;
        while (length > 0 && ((unsigned char)from[length] & 0xC0u) == 0x80u) length -= 1; /* within a character of UTF-8 */
    }
    memmove(to, from, length);
    to[length] = '\0';
}

static void say(struct board *board, const char *text) {
    board_text(board->log_text, sizeof board->log_text, text);
    board->log_due = true;
}

/* ---- Faults ------------------------------------------------------------------------------------------------------------ */

void board_fault(struct board *board, uint32_t bit, const char *cause) {
    rbv_Fault *fault = &board->fault;
    const bool first = fault->fault_id == 0;
    board->fault_ids += 1;
    fault->fault_id = board->fault_ids;
    fault->fault_word = first ? bit : fault->fault_word | bit;
    fault->ticks = board_ticks(board);
    if (first) {
        fault->run_id = board->sequencer.open ? board->sequencer.arm.run_id : 0;
        board_text(fault->cause, sizeof fault->cause, cause);
    } else {
        const size_t length = strlen(fault->cause);
        if (length + 3 < sizeof fault->cause) {
            memcpy(fault->cause + length, "; ", 3);
            board_text(fault->cause + length + 2, sizeof fault->cause - length - 2, cause);
        }
    }
    board->fault_due = true;
    sequencer_safe(board, cause);
}

void board_input(struct board *board, uint32_t bit, bool held, const char *cause) {
    const bool was = (board->held & bit) != 0;
    board->held = held ? board->held | bit : board->held & ~bit;
    if (held && !was) board_fault(board, bit, cause);
}

bool board_set_hardware(struct board *board) {
    if (board->banks.active == NO_BANK) return true;
    circuit_set(&board->circuit, &board->banks.program);
    return circuit_read_back(&board->circuit, &board->banks.program);
}

void board_health(const struct board *board, rbv_Health *health) {
    memset(health, 0, sizeof *health);
    health->state = board->sequencer.state;
    health->fault_word = board->fault.fault_word;
    health->ticks = board_ticks(board);
    health->sample_bytes_free = samples_bytes_free(&board->samples);
    health->bad_frames = board->bad_frames;
    health->stale_frames = board->stale_frames;
    health->out_of_order_frames = board->out_of_order_frames;
    /* A board with sensors adds its temperature and its rails here. */
    rbv_Measure *measure = &health->measures[health->measures_count++];
    board_text(measure->name, sizeof measure->name, "longest_gap_ms");
    measure->value = board->longest_gap_us / 1000.0;
    measure->low = 0;
    measure->high = 100;
}

/* ---- Start ------------------------------------------------------------------------------------------------------------- */

static void fault_of_start(struct board *board) {
    switch (board->life.reason) {
    case rbv_ResetReason_RESET_POWER_ON:
    case rbv_ResetReason_RESET_HOST: return;
    case rbv_ResetReason_RESET_BROWN_OUT: board_fault(board, FAULT_BROWN_OUT, "started again after a supply fell"); return;
    case rbv_ResetReason_RESET_CRASH: board_fault(board, FAULT_INTERNAL, "started again after a crash"); return;
    case rbv_ResetReason_RESET_WATCHDOG: board_fault(board, FAULT_INTERNAL, "started again by its own watchdog"); return;
    default: board_fault(board, 0, "started again by its reset pin"); return;
    }
}

void board_start(struct board *board, const struct life *life) {
    const struct life kept = *life;
    memset(board, 0, sizeof *board);
    board->life = kept;
    board->ticks_at_start = port_ticks();
    do board->boot_nonce = port_random();
    while (board->boot_nonce == 0);
    board->circuit.noise_gain = 1;
    bank_store_begin(&board->banks);
    samples_begin(&board->samples, 1, 0);
    sequencer_begin(board);
    arq_open(&board->arq, port_min_rto_ms());
    board->baud.rate = FIRST_BAUD;
    if (port_max_baud() != 0) port_set_baud(FIRST_BAUD);
    board->hello_ack_due = true; /* of its own accord: nonce 0, session 0 */
    fault_of_start(board);
    say(board, "started");
}

/* ---- Received frames ----------------------------------------------------------------------------------------------------- */

static void open_session(struct board *board) {
    uint16_t session;
    do session = (uint16_t)port_random();
    while (session == 0 || session == board->session);
    board->session = session;
    arq_open(&board->arq, port_min_rto_ms());
    rpc_open(board);
    board->sample_seq = 0;
    board->log_seq = 0;
    board->sequencer.event_count = 0; /* they belong to a conversation that is over */
    board->sequencer.status_due = false;
    board->fault_due = false;
    board->health_due = true;
    if (!board->baud.answered) board->baud.wanted = 0;
}

static void hello(struct board *board, const struct frame *frame) {
    rbv_Hello message;
    pb_istream_t stream = pb_istream_from_buffer(frame->payload, frame->length);
    if (!pb_decode(&stream, &rbv_Hello_msg, &message) || message.nonce == 0) {
        board->bad_frames += 1;
        return;
    }
    if (LINK_MAJOR < message.min_major || LINK_MAJOR > message.proto_major) {
        board->fatal_due = true;
        board->host_majors[0] = message.min_major;
        board->host_majors[1] = message.proto_major;
        board->fatal_major = frame->major;
        return;
    }
    if (message.nonce != board->hello_nonce) {
        board->hello_nonce = message.nonce;
        open_session(board);
    }
    board->hello_ack_due = true;
    board->hello_ack_nonce = message.nonce;
}

static void reset_frame(struct board *board, const struct frame *frame) {
    rbv_Reset message;
    pb_istream_t stream = pb_istream_from_buffer(frame->payload, frame->length);
    if (!pb_decode(&stream, &rbv_Reset_msg, &message)) {
        board->bad_frames += 1;
        return;
    }
    board->reset_ack_due = true;
    board->reset_ack_nonce = message.nonce;
    board->reset_ack_session = frame->session;
    if (message.nonce != 0 && message.nonce == board->life.reset_nonce) return;
    circuit_safe(&board->circuit);
    board->life.reset_nonce = message.nonce;
    board->resetting = true;
    board->reset_by_call = false;
}

static void take(struct board *board, const struct frame *frame) {
    const uint64_t now = port_ticks();
    board->baud.trying = false; /* the rate is good */
    if (frame->type == FRAME_HELLO) {
        hello(board, frame);
        return;
    }
    if (frame->major != LINK_MAJOR) {
        board->bad_frames += 1;
        return;
    }
    if (frame->type == FRAME_RESET) {
        reset_frame(board, frame);
        return;
    }
    if (frame->type == FRAME_FATAL) {
        say(board, "the host sent FATAL");
        return;
    }
    if (frame->type != FRAME_DATA && frame->type != FRAME_ACK && frame->type != FRAME_NAK) {
        board->bad_frames += 1;
        return;
    }
    if (board->session == 0 || frame->session != board->session) {
        board->stale_frames += 1;
        return;
    }
    arq_heard(&board->arq);
    arq_acknowledged(&board->arq, frame->ack, frame->credit, frame->type == FRAME_NAK, now);
    if (frame->type != FRAME_DATA) return;
    switch (arq_received(&board->arq, frame->seq, now)) {
    case ARQ_DELIVER: rpc_request(board, frame->payload, frame->length); break;
    case ARQ_LATER: board->out_of_order_frames += 1; break;
    default: break;
    }
}

void board_receive(struct board *board, const uint8_t *bytes, size_t length) {
    struct frame frame;
    for (size_t k = 0; k < length; k++) {
        switch (frame_reader_push(&board->reader, bytes[k], &frame)) {
        case FRAME_GOOD:
            if (!board->resetting) take(board, &frame);
            else if (frame.type == FRAME_ACK && frame.session == board->session) arq_acknowledged(&board->arq, frame.ack, frame.credit, false, port_ticks());
            break;
        case FRAME_BAD:
            board->bad_frames += 1;
            if (board->session != 0) arq_bad_frame(&board->arq);
            break;
        default: break;
        }
    }
}

/* ---- Sent frames --------------------------------------------------------------------------------------------------------- */

static void send(struct board *board, struct frame *frame) {
    if (frame->type >= FRAME_DATA && frame->type <= FRAME_LOG) {
        frame->session = board->session;
        if (board->session != 0) arq_fields(&board->arq, &frame->ack, &frame->credit);
    }
    port_tx(board->out, frame_encode(frame, board->out));
}

/* Sends a message of its own in a frame outside the reliable channel. */
static void send_message(struct board *board, struct frame *frame, const pb_msgdesc_t *type, const void *message) {
    pb_ostream_t stream = pb_ostream_from_buffer(board->payload, sizeof board->payload);
    if (!pb_encode(&stream, type, message)) return;
    frame->payload = board->payload;
    frame->length = stream.bytes_written;
    send(board, frame);
}

static void send_hello_ack(struct board *board) {
    rbv_HelloAck message = {
        .proto_major = LINK_MAJOR,
        .proto_minor = LINK_MINOR,
        .min_major = LINK_MAJOR,
        .nonce = board->hello_ack_nonce,
        .boot_count = board->life.boot_count,
        .boot_nonce = board->boot_nonce,
        .reset_reason = board->life.reason,
        .firmware_build_id = BUILD_ID,
        .uptime_ticks = board_ticks(board),
        .tick_hz = TICK_HZ,
        .mtu = LINK_MTU,
        .rx_window_bytes = RX_WINDOW_BYTES,
        .max_baud = port_max_baud() != 0 ? port_max_baud() : FIRST_BAUD,
        .max_watchdog_ms = MAX_WATCHDOG_MS,
    };
    struct frame frame = {.type = FRAME_HELLO_ACK, .major = LINK_MAJOR, .session = board->hello_ack_nonce == 0 ? 0 : board->session};
    board_text(message.board_serial, sizeof message.board_serial, board->life.serial);
    board->hello_ack_due = false;
    send_message(board, &frame, &rbv_HelloAck_msg, &message);
}

static void send_fatal(struct board *board) {
    rbv_Fatal message = {.code = rbv_FatalCode_FATAL_VERSION, .ticks = board_ticks(board)};
    snprintf(message.text, sizeof message.text, "this board speaks version %u of the board link, the host %u to %u", LINK_MAJOR,
             (unsigned)board->host_majors[0], (unsigned)board->host_majors[1]);
    struct frame frame = {.type = FRAME_FATAL, .major = board->fatal_major};
    board->fatal_due = false;
    send_message(board, &frame, &rbv_Fatal_msg, &message);
}

static void send_reset_ack(struct board *board) {
    const rbv_Reset message = {.nonce = board->reset_ack_nonce};
    struct frame frame = {.type = FRAME_RESET_ACK, .major = LINK_MAJOR, .session = board->reset_ack_session};
    board->reset_ack_due = false;
    send_message(board, &frame, &rbv_Reset_msg, &message);
}

static void send_log(struct board *board) {
    rbv_Log message = {.level = rbv_LogLevel_LOG_INFO, .ticks = board_ticks(board)};
    struct frame frame = {.type = FRAME_LOG, .major = LINK_MAJOR, .seq = board->log_seq++};
    board_text(message.text, sizeof message.text, board->log_text);
    board->log_due = false;
    send_message(board, &frame, &rbv_Log_msg, &message);
}

static bool send_samples(struct board *board) {
    static const rbv_Channel channels[SAMPLES_CHANNELS] = {rbv_Channel_CHANNEL_STATE, rbv_Channel_CHANNEL_WORK, rbv_Channel_CHANNEL_HEAT};
    const struct sequencer *s = &board->sequencer;
    rbv_SampleBatch *message = &board->batch;
    struct sample_batch batch;
    if (!s->open || board->session == 0) return false;
    const bool all = s->draining || s->state == rbv_BoardState_STATE_PAUSED;
    if (!samples_take(&board->samples, board_ticks(board), all, message->data.bytes, sizeof message->data.bytes, &batch)) return false;
    const bool state = batch.channel == SAMPLES_STATE;
    bool saturated = false;
    for (uint32_t k = 0; state && k < batch.length; k += 2) {
        const int16_t code = (int16_t)(uint16_t)(message->data.bytes[k] | (message->data.bytes[k + 1] << 8));
        if (circuit_at_limit(code)) saturated = true;
    }
    message->run_id = s->arm.run_id;
    message->channel = channels[batch.channel];
    message->first_index = batch.first;
    message->t0_ticks = batch.t0;
    message->period_ticks = batch.period;
    message->count = batch.count;
    message->encoding = state ? rbv_Encoding_I16 : rbv_Encoding_F32;
    message->scale = state ? ADC_STEP : 1;
    message->dropped_total = batch.dropped;
    message->overflow_flags = (saturated ? 1u : 0u) | (batch.overflowed ? 2u : 0u);
    message->data.size = (pb_size_t)batch.length;
    struct frame frame = {.type = FRAME_SAMPLE, .major = LINK_MAJOR, .seq = board->sample_seq++};
    send_message(board, &frame, &rbv_SampleBatch_msg, message);
    return true;
}

/* One frame of the reliable channel, if one is due. */
static bool send_reliable(struct board *board) {
    const struct arq_slot *slot = NULL;
    struct frame frame = {.major = LINK_MAJOR};
    if (board->session == 0) return false;
    const enum arq_action action = arq_next(&board->arq, port_ticks(), &slot, &frame.seq);
    if (action == ARQ_NOTHING) return false;
    frame.type = action == ARQ_SEND_DATA ? FRAME_DATA : action == ARQ_SEND_ACK ? FRAME_ACK : FRAME_NAK;
    if (slot != NULL) {
        frame.payload = slot->payload;
        frame.length = slot->length;
    }
    send(board, &frame);
    const uint64_t on_line = port_max_baud() == 0 ? 0 : (frame.length + 14u) * 10u * (uint64_t)TICK_HZ / board->baud.rate;
    arq_sent(&board->arq, action, port_ticks() + on_line);
    if (board->baud.wanted != 0 && action == ARQ_SEND_DATA && frame.seq == board->baud.number) board->baud.answered = true;
    return true;
}

static void transmit(struct board *board) {
    while (port_tx_ready()) {
        if (board->fatal_due) send_fatal(board);
        else if (board->hello_ack_due) send_hello_ack(board);
        else if (board->reset_ack_due) send_reset_ack(board);
        else if (board->baud.answered) return; /* the line changes its rate first */
        else if (send_reliable(board)) continue;
        else if (board->log_due) send_log(board);
        else if (!send_samples(board)) return;
    }
}

/* ---- Events -------------------------------------------------------------------------------------------------------------- */

static void fill_status(struct board *board, rbv_SampleStatus *status) {
    const struct samples *samples = &board->samples;
    status->run_id = board->sequencer.arm.run_id;
    status->ticks = board_ticks(board);
    for (unsigned k = 0; k < SAMPLES_CHANNELS; k++) {
        const struct sample_ring *ring = &samples->rings[k];
        if (!ring->on) continue;
        rbv_ChannelStatus *to = &status->channels[status->channels_count++];
        to->channel = (rbv_Channel)k; /* the same numbers, see samples.h */
        to->next_index = ring->next;
        to->buffered = ring->count;
        to->dropped_total = ring->dropped;
    }
}

/* Makes events into reliable frames as long as there is room that no request was promised. */
static void pump_events(struct board *board) {
    struct sequencer *s = &board->sequencer;
    rbv_ToHost *message = &board->rpc.message;
    rbv_Event *event = &message->message.event;
    while (board->session != 0 && arq_spare(&board->arq) > 0) {
        memset(message, 0, sizeof *message);
        message->which_message = rbv_ToHost_event_tag;
        if (board->fault_due) {
            event->which_event = rbv_Event_fault_tag;
            event->event.fault = board->fault;
            board->fault_due = false;
        } else if (s->status_due) {
            event->which_event = rbv_Event_samples_tag;
            fill_status(board, &event->event.samples);
            s->status_due = false;
        } else if (sequencer_event(board) != NULL) {
            event->which_event = rbv_Event_run_tag;
            event->event.run = *sequencer_event(board);
            sequencer_event_sent(board);
        } else if (board->health_due) {
            event->which_event = rbv_Event_health_tag;
            board_health(board, &event->event.health);
            board->health_due = false;
        } else {
            return;
        }
        rpc_send(board);
    }
}

/* ---- Again and again ------------------------------------------------------------------------------------------------------- */

static void poll_baud(struct board *board) {
    struct baud_switch *baud = &board->baud;
    const uint64_t now = port_ticks();
    if (baud->answered && port_tx_ready()) {
        baud->before = baud->rate;
        baud->rate = baud->wanted;
        baud->wanted = 0;
        baud->answered = false;
        baud->trying = true;
        baud->back_at = now + BAUD_TRIAL_US;
        frame_reader_clear(&board->reader);
        port_set_baud(baud->rate);
    }
    if (baud->trying && now >= baud->back_at) {
        baud->trying = false;
        baud->rate = baud->before;
        frame_reader_clear(&board->reader);
        port_set_baud(baud->rate);
    }
}

/* Answers, and then starts again. */
static bool poll_reset(struct board *board) {
    const uint64_t now = port_ticks();
    if (board->reset_at == 0) board->reset_at = now + RESET_WAIT_US;
    const uint8_t past = (uint8_t)(board->arq.base - board->reset_number); /* 1…: the answer has been acknowledged */
    const bool answered = board->reset_by_call ? past > 0 && past < 128 : !board->reset_ack_due;
    transmit(board);
    return (answered && port_tx_ready()) || now >= board->reset_at;
}

enum board_wish board_poll(struct board *board) {
    const uint64_t now = port_ticks();
    if (board->polled_at != 0 && now - board->polled_at > board->longest_gap_us) board->longest_gap_us = (uint32_t)(now - board->polled_at);
    board->polled_at = now;
    poll_baud(board);
    if (board->resetting) {
        if (!poll_reset(board)) return BOARD_WAIT;
        board->life.reason = rbv_ResetReason_RESET_HOST;
        board->life.boot_count += 1;
        return BOARD_RESET;
    }
    if (now >= board->health_at) {
        board->health_at = now + HEALTH_EVERY_US;
        board->health_due = true;
    }
    sequencer_poll(board);
    const bool busy = sequencer_compute(board, board_ticks(board) + SLICE_US);
    sequencer_poll(board);
    pump_events(board);
    transmit(board);
    return busy ? BOARD_BUSY : BOARD_WAIT;
}
