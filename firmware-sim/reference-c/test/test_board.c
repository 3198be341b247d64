/* The whole board against a host of the test, in memory and on a clock of its own. */
#include <math.h>
#include <pb_decode.h>
#include <pb_encode.h>
#include <string.h>

#include "../board.h"
#include "../bytes.h"
#include "../crc32.h"
#include "../sha256.h"
#include "check.h"

/* ---- The machine ------------------------------------------------------------------------------------------------------- */

static uint64_t clock_us = 1;
static uint32_t line_baud;
static bool stuck;
static struct board board;

uint64_t port_ticks(void) { return clock_us++; }
bool port_tx_ready(void) { return !stuck; }
uint32_t port_max_baud(void) { return 3000000; }
void port_set_baud(uint32_t baud) { line_baud = baud; }
uint32_t port_min_rto_ms(void) { return 25; }
uint32_t port_random(void) { return random_u32(); }

/* ---- The host ---------------------------------------------------------------------------------------------------------- */

static struct frame_reader reader;
static uint16_t session;
static uint8_t next_seq, expected;
static uint32_t last_id;
static rbv_Request q;
static rbv_Response answer;
static bool answered, deaf;
static rbv_HelloAck hello_ack;
static unsigned hello_acks, fatals, reset_acks, run_events, fault_events, health_events, status_events, logs;
static uint8_t fatal_major;
static rbv_Fatal fatal;
static rbv_RunState run_event, end_event;
static rbv_SampleStatus status_event;
static uint64_t next_row[SAMPLES_CHANNELS], rows_heard[SAMPLES_CHANNELS];
static bool rows_in_order = true;

static void to_board(enum frame_type type, uint8_t seq, const uint8_t *payload, size_t length) {
    uint8_t out[FRAME_WIRE_MAX];
    const struct frame frame = {.type = (uint8_t)type, .major = 1, .session = session, .seq = seq, .ack = expected, .credit = 8, .payload = payload, .length = length};
    board_receive(&board, out, frame_encode(&frame, out));
}

static void decode(const struct frame *frame, const pb_msgdesc_t *type, void *message) {
    pb_istream_t stream = pb_istream_from_buffer(frame->payload, frame->length);
    CHECK(pb_decode(&stream, type, message));
}

static void hear_event(const rbv_Event *event) {
    switch (event->which_event) {
    case rbv_Event_run_tag:
        run_events += 1;
        run_event = event->event.run;
        if (run_event.end != rbv_RunEnd_RUN_NOT_ENDED) end_event = run_event;
        break;
    case rbv_Event_samples_tag:
        status_events += 1;
        status_event = event->event.samples;
        for (unsigned k = 0; k < status_event.channels_count; k++) {
            const rbv_ChannelStatus *c = &status_event.channels[k];
            /* It leaves after the rows that it does not count as buffered. */
            if (c->next_index - c->buffered > next_row[c->channel] + c->dropped_total) rows_in_order = false;
        }
        break;
    case rbv_Event_health_tag: health_events += 1; break;
    case rbv_Event_fault_tag: fault_events += 1; break;
    default: CHECK(false);
    }
}

static bool ack_due;

static void hear(const struct frame *frame) {
    static rbv_ToHost message;
    static rbv_SampleBatch batch;
    switch (frame->type) {
    case FRAME_HELLO_ACK:
        hello_acks += 1;
        decode(frame, &rbv_HelloAck_msg, &hello_ack);
        CHECK((hello_ack.nonce == 0) == (frame->session == 0));
        if (hello_ack.nonce != 0) session = frame->session;
        break;
    case FRAME_FATAL:
        fatals += 1;
        fatal_major = frame->major;
        decode(frame, &rbv_Fatal_msg, &fatal);
        break;
    case FRAME_RESET_ACK: reset_acks += 1; break;
    case FRAME_LOG: logs += 1; break;
    case FRAME_SAMPLE:
        decode(frame, &rbv_SampleBatch_msg, &batch);
        if (batch.first_index != next_row[batch.channel]) rows_in_order = false;
        CHECK(batch.data.size == batch.count * (batch.channel == rbv_Channel_CHANNEL_STATE ? 2u * board.banks.program.n : 4u));
        next_row[batch.channel] = batch.first_index + batch.count;
        rows_heard[batch.channel] += batch.count;
        break;
    case FRAME_DATA:
        if (frame->session != session) break;
        ack_due = true;
        if (frame->seq != expected) break;
        expected += 1;
        decode(frame, &rbv_ToHost_msg, &message);
        if (message.which_message == rbv_ToHost_event_tag) hear_event(&message.message.event);
        else if (message.message.response.request_id == last_id) {
            answer = message.message.response;
            answered = true;
        }
        break;
    default: break;
    }
}

void port_tx(const uint8_t *bytes, size_t length) {
    struct frame frame;
    for (size_t k = 0; k < length; k++) {
        const enum frame_event event = frame_reader_push(&reader, bytes[k], &frame);
        CHECK(event != FRAME_BAD);
        if (event == FRAME_GOOD && !deaf) hear(&frame);
    }
}

static enum board_wish poll(void) {
    enum board_wish wish = board_poll(&board);
    if (ack_due) {
        ack_due = false;
        to_board(FRAME_ACK, 0, NULL, 0);
    }
    if (wish == BOARD_RESET) board_start(&board, &board.life);
    return wish;
}

/* Lets time go by. */
static void pass_ms(unsigned ms) {
    for (unsigned k = 0; k < ms; k++) {
        clock_us += 1000;
        poll();
    }
}

static void send_hello(uint32_t nonce, uint32_t lowest, uint32_t highest, uint8_t major) {
    uint8_t payload[LINK_MTU], out[FRAME_WIRE_MAX];
    const rbv_Hello hello = {.proto_major = highest, .min_major = lowest, .nonce = nonce};
    pb_ostream_t stream = pb_ostream_from_buffer(payload, sizeof payload);
    CHECK(pb_encode(&stream, &rbv_Hello_msg, &hello));
    const struct frame frame = {.type = FRAME_HELLO, .major = major, .payload = payload, .length = stream.bytes_written};
    board_receive(&board, out, frame_encode(&frame, out));
    poll();
}

static void open_session(void) {
    next_seq = expected = 0;
    last_id = 0;
    send_hello(random_u32() | 1u, 1, 1, 1);
    CHECK(session != 0 && board.session == session);
}

static void fresh(rbv_ResetReason reason) {
    const struct life life = {.serial = "TEST-1", .boot_count = 1, .reason = reason};
    board_start(&board, &life);
    session = 0;
    memset(&end_event, 0, sizeof end_event);
    memset(next_row, 0, sizeof next_row);
    memset(rows_heard, 0, sizeof rows_heard);
    poll();
    open_session();
}

static void send_request(uint32_t id) {
    uint8_t payload[LINK_MTU];
    q.request_id = id;
    pb_ostream_t stream = pb_ostream_from_buffer(payload, sizeof payload);
    CHECK(pb_encode(&stream, &rbv_Request_msg, &q));
    last_id = id;
    answered = false;
    to_board(FRAME_DATA, next_seq++, payload, stream.bytes_written);
    for (unsigned k = 0; k < 100 && !answered; k++) {
        clock_us += 100;
        poll();
    }
    CHECK(answered);
}

static rbv_Status ask(pb_size_t call) {
    static uint32_t at;
    q.which_call = call;
    at = last_id + 1;
    send_request(at);
    return answer.status;
}

/* The member of the union is set after this. */
static rbv_Request *request(void) {
    memset(&q, 0, sizeof q);
    return &q;
}

/* ---- A program, a run ---------------------------------------------------------------------------------------------------- */

#define N 4u
static uint8_t image[8 + 4 * 16 + 12 + 8 + 8 + 16];

static uint32_t section(uint8_t *row, unsigned kind, uint32_t offset, uint32_t length, float scale) {
    put_u16(row, (uint16_t)kind);
    put_u16(row + 2, 0);
    put_u32(row + 4, offset);
    put_u32(row + 8, length);
    put_f32(row + 12, scale);
    return offset + length;
}

static void make_image(void) {
    memset(image, 0, sizeof image);
    memcpy(image, "RXP1", 4);
    put_u16(image + 4, N);
    put_u16(image + 6, 4);
    uint32_t at = 8 + 4 * 16;
    for (unsigned k = 0; k < N * (N - 1) / 2; k++) put_u16(image + at + 2 * k, (uint16_t)(int16_t)(k % 2 == 0 ? 64 : -64));
    at = section(image + 8, 1, at, N * (N - 1), 1.0f / 256.0f);
    for (unsigned k = 0; k < N; k++) put_u16(image + at + 2 * k, (uint16_t)k);
    at = section(image + 24, 2, at, 2 * N, 0.25f);
    for (unsigned k = 0; k < N; k++) put_u16(image + at + 2 * k, 1);
    at = section(image + 40, 5, at, 2 * N, 1);
    put_f32(image + at + 8, 1);
    put_f32(image + at + 12, 2);
    at = section(image + 56, 6, at, 16, 1);
    CHECK(at == sizeof image);
}

static void hash_of(const uint8_t *bytes, size_t length, uint8_t digest[32]) {
    struct sha256 hash;
    sha256_begin(&hash);
    sha256_add(&hash, bytes, length);
    sha256_end(&hash, digest);
}

static rbv_Status begin_upload(uint32_t bank) {
    rbv_UploadBegin *begin = &request()->call.upload_begin;
    begin->bank = bank;
    begin->n = N;
    begin->total = sizeof image;
    begin->sha256.size = 32;
    hash_of(image, sizeof image, begin->sha256.bytes);
    return ask(rbv_Request_upload_begin_tag);
}

static rbv_Status chunk(uint32_t id, uint32_t offset, uint32_t length) {
    rbv_UploadChunk *c = &request()->call.upload_chunk;
    c->upload_id = id;
    c->offset = offset;
    c->crc32 = crc32(0, image + offset, length);
    c->data.size = (pb_size_t)length;
    memcpy(c->data.bytes, image + offset, length);
    return ask(rbv_Request_upload_chunk_tag);
}

static rbv_Status commit(uint32_t id) {
    rbv_UploadCommit *c = &request()->call.upload_commit;
    c->upload_id = id;
    c->sha256.size = 32;
    hash_of(image, sizeof image, c->sha256.bytes);
    return ask(rbv_Request_upload_commit_tag);
}

static uint32_t upload(uint32_t bank) {
    CHECK(begin_upload(bank) == rbv_Status_OK && answer.answer.upload.next_offset == 0);
    const uint32_t id = answer.answer.upload.upload_id;
    for (uint32_t at = 0; at < sizeof image; at += 40) {
        const uint32_t left = sizeof image - at;
        CHECK(chunk(id, at, left < 40 ? left : 40) == rbv_Status_OK);
    }
    CHECK(commit(id) == rbv_Status_OK);
    CHECK(answer.answer.bank.bank == bank && answer.answer.bank.crc32 == crc32(0, image, sizeof image));
    return id;
}

static rbv_Arm *arm_request(uint32_t run_id) {
    rbv_Arm *arm = &request()->call.arm;
    *arm = (rbv_Arm){
        .run_id = run_id,
        .bank = board.banks.active,
        .bank_crc32 = crc32(0, image, sizeof image),
        .seed = 5,
        .shots = 20,
        .duration = 100,
        .readout_every = 25,
        .readouts = 5,
        .channels_count = 3,
        .channels = {rbv_Channel_CHANNEL_STATE, rbv_Channel_CHANNEL_WORK, rbv_Channel_CHANNEL_HEAT},
        .state_every = 3,
        .temperature = 0.5,
        .watchdog_ms = 1000,
        .max_duration_ms = 60000,
    };
    return arm;
}

static rbv_Status run_call(pb_size_t tag, uint32_t run_id) {
    request()->call.start.run_id = run_id; /* Start, Pause, Resume, Stop and Abort are alike */
    return ask(tag);
}

static void heartbeat(uint32_t lease_ms) {
    request()->call.heartbeat.lease_ms = lease_ms;
    CHECK(ask(rbv_Request_heartbeat_tag) == rbv_Status_OK);
}

/* A board in a state, with run 7 where that state has one. */
static void board_in(rbv_BoardState state) {
    fresh(rbv_ResetReason_RESET_POWER_ON);
    upload(0);
    if (state == rbv_BoardState_STATE_SAFE) {
        request();
        CHECK(ask(rbv_Request_enter_safe_state_tag) == rbv_Status_OK);
    }
    if (state >= rbv_BoardState_STATE_ARMED) {
        arm_request(7);
        CHECK(ask(rbv_Request_arm_tag) == rbv_Status_OK);
    }
    if (state >= rbv_BoardState_STATE_RUNNING) CHECK(run_call(rbv_Request_start_tag, 7) == rbv_Status_OK);
    if (state == rbv_BoardState_STATE_PAUSED) {
        CHECK(run_call(rbv_Request_pause_tag, 7) == rbv_Status_OK);
        pass_ms(30);
        heartbeat(1000);
    }
    CHECK(board.sequencer.state == state);
}

static void handshake(void) {
    fresh(rbv_ResetReason_RESET_POWER_ON);
    CHECK(strcmp(hello_ack.board_serial, "TEST-1") == 0 && hello_ack.boot_nonce != 0 && hello_ack.mtu == LINK_MTU);
    const uint16_t first = session;
    const unsigned acks = hello_acks;
    const uint32_t nonce = hello_ack.nonce;
    request();
    CHECK(ask(rbv_Request_get_clock_tag) == rbv_Status_OK);
    send_hello(nonce, 1, 1, 1); /* a repetition: the same session, nothing forgotten */
    CHECK(hello_acks == acks + 1 && session == first && board.rpc.last_id == 1);
    send_hello(nonce + 1, 1, 1, 1);
    CHECK(session != first && board.rpc.last_id == 0);
    const uint16_t second = session;
    send_hello(3, 2, 3, 2); /* another major: refused in its words, the session goes on */
    CHECK(fatals == 1 && fatal_major == 2 && board.session == second);
    CHECK(fatal.code == rbv_FatalCode_FATAL_VERSION);
    CHECK(strcmp(fatal.text, "this board speaks version 1 of the board link, the host 2 to 3") == 0);
    send_hello(4, 1, 2, 2); /* a newer host that speaks 1, too */
    CHECK(fatals == 1 && session != second);
    next_seq = expected = 0;
    last_id = 0;
    session = first; /* a frame of a session that is over */
    to_board(FRAME_DATA, 0, NULL, 0);
    CHECK(board.stale_frames == 1);
}

static void each_call_once(void) {
    fresh(rbv_ResetReason_RESET_POWER_ON);
    q = (rbv_Request){0};
    CHECK(ask(0) == rbv_Status_UNIMPLEMENTED);
    request();
    q.which_call = rbv_Request_get_clock_tag;
    send_request(2);
    const uint64_t ticks = answer.answer.clock.ticks;
    send_request(2);
    CHECK(answer.answer.clock.ticks == ticks);
    for (uint32_t id = 3; id <= 18; id++) send_request(id);
    send_request(2);
    CHECK(answer.status == rbv_Status_INVALID);
    send_request(3);
    CHECK(answer.status == rbv_Status_OK);
    send_request(0);
    CHECK(answer.status == rbv_Status_INVALID);
    last_id = 18;
    request()->call.ping.payload.size = 503;
    CHECK(ask(rbv_Request_ping_tag) == rbv_Status_INVALID);
    request()->call.ping.payload.size = 400;
    CHECK(ask(rbv_Request_ping_tag) == rbv_Status_OK && answer.answer.ping.payload.size == 400);
    const uint32_t bad = board.bad_frames;
    to_board(FRAME_DATA, next_seq++, (const uint8_t *)"\xFF\xFF\xFF", 3);
    CHECK(board.bad_frames == bad + 1);
    request();
    CHECK(ask(rbv_Request_self_test_tag) == rbv_Status_OK && answer.answer.self_test.checks_count == 5);
    for (unsigned k = 0; k < 5; k++) CHECK(answer.answer.self_test.checks[k].ok);
    request();
    CHECK(ask(rbv_Request_read_parameters_tag) == rbv_Status_OK && answer.answer.parameters.total == 2);
    rbv_WriteParameter *write = &request()->call.write_parameter;
    strcpy(write->name, "noiseGain");
    write->value = 1.25;
    CHECK(ask(rbv_Request_write_parameter_tag) == rbv_Status_OK && answer.answer.parameters.parameters[0].value == 1.25);
    write = &request()->call.write_parameter;
    strcpy(write->name, "nothing");
    CHECK(ask(rbv_Request_write_parameter_tag) == rbv_Status_NOT_FOUND);
    write = &request()->call.write_parameter;
    strcpy(write->name, "noiseGain");
    write->value = 9;
    CHECK(ask(rbv_Request_write_parameter_tag) == rbv_Status_OUT_OF_RANGE);
}

static void descriptor(void) {
    static uint8_t text[4096];
    uint8_t digest[32];
    uint32_t at = 0, total;
    fresh(rbv_ResetReason_RESET_POWER_ON);
    do {
        request()->call.get_descriptor.offset = at;
        CHECK(ask(rbv_Request_get_descriptor_tag) == rbv_Status_OK);
        const rbv_DescriptorPart *part = &answer.answer.descriptor;
        total = part->total;
        memcpy(text + at, part->data.bytes, part->data.size);
        at += part->data.size;
        hash_of(text, at, digest);
        if (at == total) CHECK(memcmp(digest, part->sha256, 32) == 0);
    } while (at < total);
    CHECK(strstr((const char *)text, "\"serial\":\"TEST-1\"") != NULL && text[at - 1] == '}');
}

static void uploads(void) {
    fresh(rbv_ResetReason_RESET_POWER_ON);
    const uint32_t crc = crc32(0, image, sizeof image);
    CHECK(begin_upload(2) == rbv_Status_NOT_FOUND);
    CHECK(begin_upload(0) == rbv_Status_OK);
    const uint32_t id = answer.answer.upload.upload_id;
    CHECK(chunk(id, 0, 40) == rbv_Status_OK && answer.answer.upload.next_offset == 40);
    CHECK(chunk(id, 80, 20) == rbv_Status_INVALID);
    CHECK(chunk(id, 0, 40) == rbv_Status_OK && answer.answer.upload.next_offset == 40);
    CHECK(chunk(id, 20, 40) == rbv_Status_INVALID);
    CHECK(chunk(id + 1, 40, 20) == rbv_Status_NOT_FOUND);
    CHECK(commit(id) == rbv_Status_MISMATCH); /* bytes are missing: it stays open */
    open_session();                           /* the host comes back and goes on */
    request()->call.upload_status.upload_id = id;
    CHECK(ask(rbv_Request_upload_status_tag) == rbv_Status_OK && answer.answer.upload.next_offset == 40);
    CHECK(answer.answer.upload.crc32_prefix == crc32(0, image, 40));
    CHECK(begin_upload(0) == rbv_Status_OK && answer.answer.upload.upload_id == id);
    CHECK(chunk(id, 40, sizeof image - 40) == rbv_Status_OK);
    CHECK(commit(id) == rbv_Status_OK && answer.answer.bank.crc32 == crc);
    CHECK(commit(id) == rbv_Status_OK && answer.answer.bank.crc32 == crc); /* the answer was lost */
    CHECK(begin_upload(0) == rbv_Status_OK && answer.answer.upload.upload_id == id); /* nor was that heard */
    CHECK(answer.answer.upload.next_offset == sizeof image && commit(id) == rbv_Status_OK);
    image[0] ^= 1u; /* another image for the active bank */
    CHECK(begin_upload(0) == rbv_Status_ILLEGAL_STATE);
    image[0] ^= 1u;
    CHECK(begin_upload(1) == rbv_Status_OK && commit(id) == rbv_Status_OK && board.banks.open.id == id + 1);
    /* A value beyond the range leaves the active bank as it was. */
    put_f32(image + 8 + 12, 1.0f);
    CHECK(begin_upload(1) == rbv_Status_OK);
    const uint32_t second = answer.answer.upload.upload_id;
    CHECK(chunk(second, 0, sizeof image) == rbv_Status_OK);
    CHECK(commit(second) == rbv_Status_OUT_OF_RANGE && strstr(answer.text, "COUPLINGS") != NULL);
    CHECK(board.banks.active == 0 && board.banks.banks[0].crc == crc && commit(second) == rbv_Status_NOT_FOUND);
    make_image();
    /* Whatever bytes an image has, it is refused or read, and nothing else happens. */
    static uint8_t bytes[sizeof image];
    static struct program program;
    char text[BANK_TEXT];
    bool rounded;
    unsigned taken = 0;
    for (unsigned round = 0; round < 20000; round++) {
        memcpy(bytes, image, sizeof image);
        for (unsigned k = random_u32() % 4; k > 0; k--) bytes[random_u32() % sizeof bytes] = (uint8_t)random_u32();
        if (image_read(bytes, random_u32() % 5 == 0 ? random_u32() % sizeof bytes : sizeof bytes, N, &program, &rounded, text) == BANK_OK) taken += 1;
    }
    CHECK(taken > 0 && taken < 20000);
}

/* What each call is answered with in each state: SAFE, STANDBY, ARMED, RUNNING, PAUSED. */
static const struct row {
    pb_size_t call;
    uint32_t run_id;
    rbv_Status expected[5];
} table[] = {
#define S rbv_Status_SAFE
#define I rbv_Status_ILLEGAL_STATE
#define K rbv_Status_OK
#define F rbv_Status_NOT_FOUND
    {rbv_Request_ping_tag, 0, {S, K, K, K, K}},
    {rbv_Request_get_clock_tag, 0, {K, K, K, K, K}},
    {rbv_Request_get_health_tag, 0, {K, K, K, K, K}},
    {rbv_Request_get_fault_tag, 0, {K, K, K, K, K}},
    {rbv_Request_clear_fault_tag, 0, {F, F, F, F, F}},
    {rbv_Request_read_parameters_tag, 0, {S, K, K, K, K}},
    {rbv_Request_self_test_tag, 0, {S, K, I, I, I}},
    {rbv_Request_upload_begin_tag, 0, {rbv_Status_INVALID, rbv_Status_INVALID, rbv_Status_INVALID, rbv_Status_INVALID, rbv_Status_INVALID}},
    {rbv_Request_upload_commit_tag, 0, {F, F, I, I, I}},
    {rbv_Request_arm_tag, 9, {S, rbv_Status_MISMATCH, I, I, I}},
    {rbv_Request_start_tag, 7, {S, I, K, I, I}},
    {rbv_Request_pause_tag, 7, {S, I, I, K, K}},
    {rbv_Request_resume_tag, 7, {S, I, I, I, K}},
    {rbv_Request_stop_tag, 7, {S, I, K, K, K}},
    {rbv_Request_abort_tag, 7, {S, I, K, K, K}},
    {rbv_Request_start_tag, 8, {S, I, F, F, F}},
    {rbv_Request_stop_tag, 8, {S, I, F, F, F}},
    {rbv_Request_abort_tag, 8, {S, I, F, F, F}},
    {rbv_Request_enter_safe_state_tag, 0, {K, K, K, K, K}},
    {rbv_Request_read_result_tag, 7, {F, F, I, I, I}},
#undef S
#undef I
#undef K
#undef F
};

static void states(void) {
    for (unsigned k = 0; k < sizeof table / sizeof table[0]; k++) {
        for (unsigned state = 0; state < 5; state++) {
            board_in((rbv_BoardState)state);
            const rbv_Status status = run_call(table[k].call, table[k].run_id);
            if (status != table[k].expected[state]) {
                fprintf(stderr, "call %u in state %u: status %u, expected %u (%s)\n", (unsigned)table[k].call, state, (unsigned)status,
                        (unsigned)table[k].expected[state], answer.text);
            }
            CHECK(status == table[k].expected[state]);
            if (status == rbv_Status_ILLEGAL_STATE || status == rbv_Status_SAFE) CHECK(board.sequencer.state == (rbv_BoardState)state);
        }
    }
}

static void wait_for_end(void) {
    for (unsigned k = 0; k < 200 && end_event.end == rbv_RunEnd_RUN_NOT_ENDED; k++) {
        pass_ms(20);
        if (k % 10 == 0 && board.sequencer.state != rbv_BoardState_STATE_SAFE) heartbeat(1000);
    }
    CHECK(end_event.end != rbv_RunEnd_RUN_NOT_ENDED);
}

static double f64_at(const uint8_t *at) {
    const uint64_t bits = get_u32(at) | (uint64_t)get_u32(at + 4) << 32;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The energy that the image says, A(t) at the end of a shot being 2. */
static double energy_of(const uint8_t *record, double amplitude) {
    double x[N], energy = 0;
    unsigned k = 0;
    for (unsigned i = 0; i < N; i++) x[i] = get_i16(record + 32 + 2 * i) / 512.0;
    for (unsigned i = 0; i < N; i++) {
        energy += x[i] * x[i] + pow(x[i], 4) - 0.25 * i * x[i] - amplitude * x[i];
        for (unsigned j = i + 1; j < N; j++, k++) energy -= (k % 2 == 0 ? 0.25 : -0.25) * x[i] * x[j];
    }
    return energy;
}

static void runs(void) {
    static uint8_t result[4096];
    board_in(rbv_BoardState_STATE_RUNNING);
    wait_for_end();
    CHECK(end_event.run_id == 7 && end_event.end == rbv_RunEnd_RUN_FINISHED && end_event.shots_done == 20 && end_event.rows == 100);
    CHECK(end_event.state == rbv_BoardState_STATE_STANDBY);
    /* Readouts 0 and 3 and the last one carry the state. */
    CHECK(next_row[SAMPLES_STATE] == 60 && next_row[SAMPLES_WORK] == 100 && next_row[SAMPLES_HEAT] == 100 && rows_in_order);
    CHECK(status_event.run_id == 7 && status_event.channels_count == 3 && status_event.channels[0].next_index == 60 && status_event.channels[0].buffered == 0);
    uint32_t at = 0, total;
    do {
        request()->call.read_result.run_id = 7;
        q.call.read_result.offset = at;
        CHECK(ask(rbv_Request_read_result_tag) == rbv_Status_OK);
        total = answer.answer.result.total;
        memcpy(result + at, answer.answer.result.data.bytes, answer.answer.result.data.size);
        at += answer.answer.result.data.size;
    } while (at < total);
    CHECK(total == 20 * 40 && crc32(0, result, total) == answer.answer.result.crc32 && answer.answer.result.end == rbv_RunEnd_RUN_FINISHED);
    for (unsigned s = 0; s < 20; s++) {
        const uint8_t *record = result + 40 * s;
        CHECK(get_u32(record) == s && get_u32(record + 4) == 0 && isnan(f64_at(record + 24)));
        /* First law: from x = 0, energy 0, to what was read; the converter's step costs the rest. */
        CHECK(fabs(f64_at(record + 8) - f64_at(record + 16) - energy_of(record, 2)) < 0.05);
    }
    /* Pause and go on, then stop: what was done stays. */
    board_in(rbv_BoardState_STATE_PAUSED);
    const uint32_t done = board.sequencer.shots_done;
    CHECK(done > 0 && done < 20);
    pass_ms(200);
    CHECK(board.sequencer.shots_done == done);
    CHECK(run_call(rbv_Request_resume_tag, 7) == rbv_Status_OK && run_call(rbv_Request_stop_tag, 7) == rbv_Status_OK);
    CHECK(answer.answer.run.end == rbv_RunEnd_RUN_NOT_ENDED);
    wait_for_end();
    CHECK(end_event.end == rbv_RunEnd_RUN_STOPPED && end_event.shots_done == board.sequencer.result_shots);
    board_in(rbv_BoardState_STATE_RUNNING);
    CHECK(run_call(rbv_Request_pause_tag, 7) == rbv_Status_OK && run_call(rbv_Request_resume_tag, 7) == rbv_Status_OK);
    CHECK(run_call(rbv_Request_resume_tag, 7) == rbv_Status_ILLEGAL_STATE);
    CHECK(run_call(rbv_Request_abort_tag, 7) == rbv_Status_OK);
    wait_for_end();
    CHECK(end_event.end == rbv_RunEnd_RUN_ABORTED && end_event.shots_done < 20);
    /* What Arm refuses. */
    board_in(rbv_BoardState_STATE_STANDBY);
    arm_request(7)->shots = SHOTS_MAX + 1;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_OUT_OF_RANGE);
    arm_request(7)->watchdog_ms = MAX_WATCHDOG_MS + 1;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_OUT_OF_RANGE);
    arm_request(7)->readout_every = 0.001;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_OUT_OF_RANGE);
    arm_request(7)->readouts = 7;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_INVALID);
    arm_request(7)->shots = 0;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_INVALID);
    arm_request(7)->readouts = 0;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_INVALID);
    arm_request(7)->duration = 0;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_INVALID);
    arm_request(7)->temperature = NAN;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_INVALID);
    arm_request(7)->bank_crc32 += 1;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_MISMATCH);
    arm_request(7)->bank = 1;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_MISMATCH);
    /* A buffer that is too small for a shot loses rows, says so, and keeps the numbers. */
    rbv_Arm *arm = arm_request(8);
    arm->readouts = 9001;
    arm->readout_every = 0.01;
    arm->shots = 1;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_OK && run_call(rbv_Request_start_tag, 8) == rbv_Status_OK);
    memset(&end_event, 0, sizeof end_event);
    stuck = true; /* the line takes nothing */
    pass_ms(60);
    stuck = false;
    wait_for_end();
    CHECK(end_event.end == rbv_RunEnd_RUN_FINISHED && end_event.rows == 9001);
    const rbv_ChannelStatus *work = &status_event.channels[1];
    CHECK(work->next_index == 9001 && work->dropped_total > 0 && work->buffered == 0 && next_row[SAMPLES_WORK] == 9001);
    CHECK(work->dropped_total + rows_heard[SAMPLES_WORK] == 9001);
    CHECK((board.sequencer.result[4] & 2u) != 0);
    rows_in_order = true;
}

/* A site that stays at its rail: a flag where a shot is read once, a fault where all of its readouts say so. */
static void saturation(void) {
    board_in(rbv_BoardState_STATE_STANDBY);
    board.circuit.program.h[2] = 1000;
    board.circuit.program.initial[2] = SITE_LIMIT;
    rbv_Arm *arm = arm_request(7);
    arm->readouts = 1;
    arm->initial = rbv_InitialKind_INITIAL_VALUES;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_OK && run_call(rbv_Request_start_tag, 7) == rbv_Status_OK);
    wait_for_end();
    CHECK(end_event.end == rbv_RunEnd_RUN_FINISHED && end_event.shots_done == 20);
    CHECK((board.sequencer.result[4] & 1u) != 0);
    memset(&end_event, 0, sizeof end_event);
    arm = arm_request(8); /* from 0: at its rail in all readouts but the first */
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_OK && run_call(rbv_Request_start_tag, 8) == rbv_Status_OK);
    wait_for_end();
    CHECK(end_event.end == rbv_RunEnd_RUN_FINISHED && (board.sequencer.result[4] & 1u) != 0);
    memset(&end_event, 0, sizeof end_event);
    arm = arm_request(9);
    arm->initial = rbv_InitialKind_INITIAL_VALUES;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_OK && run_call(rbv_Request_start_tag, 9) == rbv_Status_OK);
    wait_for_end();
    CHECK(end_event.end == rbv_RunEnd_RUN_SAFE && end_event.shots_done == 1);
    CHECK(board.fault.fault_word == FAULT_ADC_SATURATION);
    CHECK(strcmp(board.fault.cause, "the converter of site 2 was at its limit for a whole shot") == 0);
}

static void safety(void) {
    board_in(rbv_BoardState_STATE_ARMED);
    pass_ms(900);
    CHECK(board.sequencer.state == rbv_BoardState_STATE_ARMED);
    heartbeat(5000); /* no longer than the watchdog */
    pass_ms(990);
    CHECK(board.sequencer.state == rbv_BoardState_STATE_ARMED);
    pass_ms(20);
    CHECK(board.sequencer.state == rbv_BoardState_STATE_SAFE && end_event.end == rbv_RunEnd_RUN_SAFE && !board.circuit.on);
    request();
    CHECK(ask(rbv_Request_get_fault_tag) == rbv_Status_OK);
    const uint32_t first = answer.answer.fault.fault_id;
    CHECK(answer.answer.fault.fault_word == FAULT_LINK_WATCHDOG && answer.answer.fault.run_id == 7 && first != 0);
    request();
    strcpy(q.call.enter_safe_state.cause, "a person said so");
    CHECK(ask(rbv_Request_enter_safe_state_tag) == rbv_Status_OK);
    rbv_ClearFault *clear = &request()->call.clear_fault;
    clear->fault_id = first;
    strcpy(clear->operator, "me");
    strcpy(clear->note, "seen");
    CHECK(ask(rbv_Request_clear_fault_tag) == rbv_Status_NOT_FOUND); /* another fault came meanwhile */
    q.call.clear_fault.fault_id = first + 1;
    q.call.clear_fault.note[0] = '\0';
    CHECK(ask(rbv_Request_clear_fault_tag) == rbv_Status_INVALID);
    board_input(&board, FAULT_INTERLOCK, true, "the door is open");
    strcpy(q.call.clear_fault.note, "seen");
    q.call.clear_fault.fault_id = first + 2;
    CHECK(ask(rbv_Request_clear_fault_tag) == rbv_Status_ILLEGAL_STATE);
    CHECK(board.fault.fault_word == (FAULT_LINK_WATCHDOG | FAULT_HOST_REQUEST | FAULT_INTERLOCK));
    board_input(&board, FAULT_INTERLOCK, false, "");
    /* A commit in the safe state is set when it is left. */
    CHECK(board.circuit.program.n == 0);
    upload(1);
    CHECK(board.circuit.program.n == 0);
    clear = &request()->call.clear_fault;
    clear->fault_id = first + 2;
    strcpy(clear->operator, "me");
    strcpy(clear->note, "seen");
    CHECK(ask(rbv_Request_clear_fault_tag) == rbv_Status_OK && answer.state == rbv_BoardState_STATE_STANDBY);
    CHECK(board.circuit.program.n == N);
    /* A run that is too long, pauses included; the result so far stays. */
    board_in(rbv_BoardState_STATE_STANDBY);
    arm_request(7)->max_duration_ms = 100;
    CHECK(ask(rbv_Request_arm_tag) == rbv_Status_OK && run_call(rbv_Request_start_tag, 7) == rbv_Status_OK);
    wait_for_end();
    CHECK(end_event.end == rbv_RunEnd_RUN_SAFE && board.fault.fault_word == FAULT_RUN_TOO_LONG && end_event.shots_done > 0);
    request()->call.read_result.run_id = 7;
    CHECK(ask(rbv_Request_read_result_tag) == rbv_Status_OK && answer.answer.result.shots == end_event.shots_done);
    /* Starts. */
    static const struct {
        rbv_ResetReason reason;
        uint32_t word;
        bool safe;
    } starts[] = {{rbv_ResetReason_RESET_POWER_ON, 0, false}, {rbv_ResetReason_RESET_HOST, 0, false},
                  {rbv_ResetReason_RESET_BROWN_OUT, FAULT_BROWN_OUT, true}, {rbv_ResetReason_RESET_WATCHDOG, FAULT_INTERNAL, true},
                  {rbv_ResetReason_RESET_CRASH, FAULT_INTERNAL, true}, {rbv_ResetReason_RESET_PIN, 0, true}};
    for (unsigned k = 0; k < sizeof starts / sizeof starts[0]; k++) {
        fresh(starts[k].reason);
        CHECK((board.sequencer.state == rbv_BoardState_STATE_SAFE) == starts[k].safe);
        CHECK(board.fault.fault_word == starts[k].word && (board.fault.fault_id != 0) == starts[k].safe);
    }
}

static void bauds(void) {
    fresh(rbv_ResetReason_RESET_POWER_ON);
    request()->call.set_baud.baud = 250000;
    CHECK(ask(rbv_Request_set_baud_tag) == rbv_Status_OUT_OF_RANGE && line_baud == 115200);
    request()->call.set_baud.baud = 921600;
    CHECK(ask(rbv_Request_set_baud_tag) == rbv_Status_OK && answer.answer.set_baud.baud == 921600);
    poll();
    CHECK(line_baud == 921600);
    request();
    CHECK(ask(rbv_Request_ping_tag) == rbv_Status_OK);
    pass_ms(700);
    CHECK(line_baud == 921600);
    request()->call.set_baud.baud = 2000000;
    CHECK(ask(rbv_Request_set_baud_tag) == rbv_Status_OK);
    deaf = true; /* nothing is heard at the new rate */
    ack_due = false;
    poll();
    CHECK(line_baud == 2000000);
    pass_ms(450);
    CHECK(line_baud == 2000000);
    pass_ms(100);
    CHECK(line_baud == 921600);
    deaf = false;
}

static void resets(void) {
    board_in(rbv_BoardState_STATE_RUNNING);
    const uint32_t nonce = board.boot_nonce;
    request()->call.reset.nonce = 77;
    const unsigned acks = hello_acks;
    CHECK(ask(rbv_Request_reset_tag) == rbv_Status_OK);
    pass_ms(300);
    CHECK(board.boot_nonce != nonce && board.life.reason == rbv_ResetReason_RESET_HOST && board.life.boot_count == 2);
    CHECK(hello_acks == acks + 1 && hello_ack.nonce == 0 && board.banks.active == NO_BANK && board.sequencer.state == rbv_BoardState_STATE_STANDBY);
    const uint32_t after = board.boot_nonce;
    const uint8_t again[] = {0x08, 77}, other[] = {0x08, 78};
    to_board(FRAME_RESET, 0, again, sizeof again); /* that one has been done */
    pass_ms(300);
    CHECK(reset_acks == 1 && board.boot_nonce == after);
    to_board(FRAME_RESET, 0, other, sizeof other);
    pass_ms(300);
    CHECK(reset_acks == 2 && board.boot_nonce != after && board.life.boot_count == 3);
}

static void noise(void) {
    static uint8_t bytes[64];
    board_in(rbv_BoardState_STATE_STANDBY);
    for (unsigned round = 0; round < 20000; round++) {
        for (unsigned k = 0; k < sizeof bytes; k++) bytes[k] = (uint8_t)(random_u32() % 5 == 0 ? 0 : random_u32());
        board_receive(&board, bytes, sizeof bytes);
        clock_us += 100;
        if (round % 16 == 0) poll();
        uint8_t payload[LINK_MTU];
        const size_t length = random_u32() % 60;
        for (size_t k = 0; k < length; k++) payload[k] = (uint8_t)random_u32();
        if (round % 3 == 0) {
            to_board(FRAME_DATA, next_seq++, payload, length);
            poll();
            poll();
        }
    }
    CHECK(health_events > 0);
}

int main(void) {
    make_image();
    handshake();
    each_call_once();
    descriptor();
    uploads();
    states();
    runs();
    saturation();
    safety();
    bauds();
    resets();
    noise();
    printf("test_board: %lu checks\n", checks);
    return 0;
}
