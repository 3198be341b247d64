#include "rpc.h"

#include <math.h>
#include <pb_decode.h>
#include <pb_encode.h>
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "bytes.h"
#include "crc32.h"
#include "sha256.h"

/* A response with its longest answer around these bytes fits a frame. */
#define CHUNK (LINK_MTU - 64u)

void rpc_open(struct board *board) {
    struct rpc *rpc = &board->rpc;
    for (unsigned k = 0; k < RESPONSE_CACHE; k++) rpc->stored[k].id = 0;
    rpc->next = 0;
    rpc->last_id = 0;
}

bool rpc_send(struct board *board) {
    uint8_t *to = arq_reserve(&board->arq);
    if (to == NULL) return false;
    pb_ostream_t stream = pb_ostream_from_buffer(to, LINK_MTU);
    if (!pb_encode(&stream, &rbv_ToHost_msg, &board->rpc.message)) return false;
    arq_commit(&board->arq, stream.bytes_written);
    return true;
}

/* ---- Calls: each fills in its answer and returns a status -------------------------------------------------------------- */

typedef rbv_Status call_function(struct board *board, const rbv_Request *q, rbv_Response *r);

static rbv_Status refuse(rbv_Response *r, rbv_Status status, const char *why) {
    board_text(r->text, sizeof r->text, why);
    return status;
}

static rbv_Status ping(struct board *board, const rbv_Request *q, rbv_Response *r) {
    (void)board;
    r->which_answer = rbv_Response_ping_tag;
    r->answer.ping.payload.size = q->call.ping.payload.size;
    memcpy(r->answer.ping.payload.bytes, q->call.ping.payload.bytes, q->call.ping.payload.size);
    return rbv_Status_OK;
}

static rbv_Status get_descriptor(struct board *board, const rbv_Request *q, rbv_Response *r) {
    const uint32_t offset = q->call.get_descriptor.offset;
    rbv_DescriptorPart *part = &r->answer.descriptor;
    if (offset > descriptor_length(board)) return refuse(r, rbv_Status_INVALID, "offset lies beyond the descriptor");
    r->which_answer = rbv_Response_descriptor_tag;
    part->offset = offset;
    part->total = descriptor_length(board);
    descriptor_hash(board, part->sha256);
    part->data.size = (pb_size_t)descriptor_read(board, offset, part->data.bytes, sizeof part->data.bytes);
    return rbv_Status_OK;
}

static rbv_Status get_clock(struct board *board, const rbv_Request *q, rbv_Response *r) {
    (void)q;
    r->which_answer = rbv_Response_clock_tag;
    r->answer.clock.ticks = board_ticks(board);
    return rbv_Status_OK;
}

static rbv_Status get_health(struct board *board, const rbv_Request *q, rbv_Response *r) {
    (void)q;
    r->which_answer = rbv_Response_health_tag;
    board_health(board, &r->answer.health);
    return rbv_Status_OK;
}

static rbv_Status get_fault(struct board *board, const rbv_Request *q, rbv_Response *r) {
    (void)q;
    r->which_answer = rbv_Response_fault_tag;
    r->answer.fault = board->fault;
    return rbv_Status_OK;
}

static rbv_Status clear_fault(struct board *board, const rbv_Request *q, rbv_Response *r) {
    const rbv_ClearFault *clear = &q->call.clear_fault;
    if (board->fault.fault_id == 0 || clear->fault_id != board->fault.fault_id) return refuse(r, rbv_Status_NOT_FOUND, "another fault is latched, or none");
    if (clear->operator[0] == '\0' || clear->note[0] == '\0') return refuse(r, rbv_Status_INVALID, "operator and note must say something");
    if (board->held != 0) return refuse(r, rbv_Status_ILLEGAL_STATE, "the cause is still there");
    if (!board_set_hardware(board)) {
        circuit_safe(&board->circuit);
        board_fault(board, FAULT_READBACK, "the converters do not hold the active bank");
        return refuse(r, rbv_Status_READBACK, "the converters do not hold the active bank");
    }
    memset(&board->fault, 0, sizeof board->fault);
    board->fault_due = false;
    sequencer_clear(board);
    return rbv_Status_OK;
}

static rbv_Status set_baud(struct board *board, const rbv_Request *q, rbv_Response *r) {
    static const uint32_t rates[] = {230400, 460800, 921600, 2000000, 3000000};
    const uint32_t rate = q->call.set_baud.baud;
    for (unsigned k = 0; k < sizeof rates / sizeof rates[0]; k++) {
        if (rate != rates[k] || rate > port_max_baud()) continue;
        board->baud.wanted = rate;
        board->baud.answered = false;
        r->which_answer = rbv_Response_set_baud_tag;
        r->answer.set_baud.baud = rate;
        return rbv_Status_OK;
    }
    return refuse(r, rbv_Status_OUT_OF_RANGE, "not one of the rates of the link, or above max_baud");
}

static rbv_Status heartbeat(struct board *board, const rbv_Request *q, rbv_Response *r) {
    (void)r;
    sequencer_heartbeat(board, q->call.heartbeat.lease_ms);
    return rbv_Status_OK;
}

static rbv_Status reset(struct board *board, const rbv_Request *q, rbv_Response *r) {
    (void)r;
    const uint32_t nonce = q->call.reset.nonce;
    if (nonce != 0 && nonce == board->life.reset_nonce) return rbv_Status_OK; /* that one has been done */
    circuit_safe(&board->circuit);
    board->life.reset_nonce = nonce;
    board->resetting = true;
    board->reset_by_call = true;
    return rbv_Status_OK;
}

enum { READOUT_SCALE, NOISE_GAIN, PARAMETERS };

static void parameter(const struct board *board, unsigned k, rbv_Parameter *to) {
    board_text(to->name, sizeof to->name, k == READOUT_SCALE ? "readoutScale" : "noiseGain");
    to->value = k == READOUT_SCALE ? ADC_STEP : board->circuit.noise_gain;
    to->ticks = k == READOUT_SCALE ? 0 : board->noise_gain_at;
}

static rbv_Status read_parameters(struct board *board, const rbv_Request *q, rbv_Response *r) {
    rbv_Parameters *p = &r->answer.parameters;
    const uint32_t first = q->call.read_parameters.first;
    r->which_answer = rbv_Response_parameters_tag;
    p->first = first;
    p->total = PARAMETERS;
    for (uint32_t k = first; k < PARAMETERS; k++) parameter(board, k, &p->parameters[p->parameters_count++]);
    return rbv_Status_OK;
}

static rbv_Status write_parameter(struct board *board, const rbv_Request *q, rbv_Response *r) {
    const rbv_WriteParameter *w = &q->call.write_parameter;
    if (board->sequencer.state != rbv_BoardState_STATE_STANDBY) return refuse(r, rbv_Status_ILLEGAL_STATE, "in standby only");
    if (strcmp(w->name, "readoutScale") == 0) return refuse(r, rbv_Status_OUT_OF_RANGE, "readoutScale cannot be written");
    if (strcmp(w->name, "noiseGain") != 0) return refuse(r, rbv_Status_NOT_FOUND, "no such parameter");
    if (!(w->value >= 0.5 && w->value <= 1.5)) return refuse(r, rbv_Status_OUT_OF_RANGE, "noiseGain: 0.5 to 1.5");
    board->circuit.noise_gain = w->value;
    board->noise_gain_at = board_ticks(board);
    r->which_answer = rbv_Response_parameters_tag;
    r->answer.parameters.first = NOISE_GAIN;
    r->answer.parameters.total = PARAMETERS;
    r->answer.parameters.parameters_count = 1;
    parameter(board, NOISE_GAIN, &r->answer.parameters.parameters[0]);
    return rbv_Status_OK;
}

static void check(rbv_SelfTestReport *report, const char *name, bool ok, const char *detail) {
    rbv_Check *to = &report->checks[report->checks_count++];
    board_text(to->name, sizeof to->name, name);
    board_text(to->detail, sizeof to->detail, detail);
    to->ok = ok;
}

static rbv_Status self_test(struct board *board, const rbv_Request *q, rbv_Response *r) {
    (void)q;
    static const uint8_t abc[] = {0xBA, 0x78, 0x16, 0xBF}; /* beginning of SHA-256 of "abc", FIPS 180-4 */
    if (board->sequencer.state != rbv_BoardState_STATE_STANDBY) return refuse(r, rbv_Status_ILLEGAL_STATE, "in standby only");
    rbv_SelfTestReport *report = &r->answer.self_test;
    struct sha256 hash;
    uint8_t digest[32];
    char detail[64];
    r->which_answer = rbv_Response_self_test_tag;
    check(report, "crc32", crc32(0, (const uint8_t *)"123456789", 9) == 0xCBF43926u, "check value of the page");
    sha256_begin(&hash);
    sha256_add(&hash, (const uint8_t *)"abc", 3);
    sha256_end(&hash, digest);
    check(report, "sha256", memcmp(digest, abc, sizeof abc) == 0, "of abc");
    const struct bank_store *banks = &board->banks;
    const struct bank *active = banks->active == NO_BANK ? NULL : &banks->banks[banks->active];
    check(report, "bank", active == NULL || crc32(0, active->image, active->length) == active->crc, active == NULL ? "none is active" : "CRC-32 of the active one");
    double got, expected;
    const bool relaxes = circuit_self_test(&board->circuit, &got, &expected);
    snprintf(detail, sizeof detail, "a node at 2 has %.5f after 0.5, expected %.5f", got, expected);
    check(report, "relaxation", relaxes, detail);
    check(report, "readback", board_set_hardware(board), "of the active bank");
    return rbv_Status_OK;
}

static rbv_Status upload_answer(const struct upload *upload, rbv_Response *r, rbv_Status status) {
    if (upload == NULL) return status;
    r->which_answer = rbv_Response_upload_tag;
    r->answer.upload = (rbv_UploadState){upload->id, upload->next, upload->crc, CHUNK, upload->total};
    return status;
}

static rbv_Status upload_begin(struct board *board, const rbv_Request *q, rbv_Response *r) {
    const rbv_UploadBegin *b = &q->call.upload_begin;
    const struct upload *upload = NULL;
    if (b->kind != rbv_UploadKind_UPLOAD_PROGRAM) return refuse(r, rbv_Status_INVALID, "programs can be uploaded only");
    if (b->sha256.size != 32) return refuse(r, rbv_Status_INVALID, "sha256 has 32 bytes");
    const rbv_Status status = (rbv_Status)bank_begin(&board->banks, b->bank, b->n, b->total, b->sha256.bytes, &upload, r->text);
    return upload_answer(upload, r, status);
}

static rbv_Status upload_status(struct board *board, const rbv_Request *q, rbv_Response *r) {
    const struct upload *upload = bank_upload(&board->banks, q->call.upload_status.upload_id);
    if (upload == NULL) return refuse(r, rbv_Status_NOT_FOUND, "no such upload");
    return upload_answer(upload, r, rbv_Status_OK);
}

static rbv_Status upload_chunk(struct board *board, const rbv_Request *q, rbv_Response *r) {
    const rbv_UploadChunk *c = &q->call.upload_chunk;
    const struct upload *upload = NULL;
    if (c->data.size > CHUNK) return refuse(r, rbv_Status_INVALID, "data is longer than `chunk`");
    const rbv_Status status =
        (rbv_Status)bank_chunk(&board->banks, c->upload_id, c->offset, c->crc32, c->data.bytes, c->data.size, &upload, r->text);
    return upload_answer(upload, r, status);
}

static rbv_Status upload_commit(struct board *board, const rbv_Request *q, rbv_Response *r) {
    const rbv_UploadCommit *c = &q->call.upload_commit;
    struct bank_store *banks = &board->banks;
    const rbv_BoardState state = board->sequencer.state;
    const bool safe = state == rbv_BoardState_STATE_SAFE;
    if (!safe && state != rbv_BoardState_STATE_STANDBY) return refuse(r, rbv_Status_ILLEGAL_STATE, "in standby or the safe state only");
    const rbv_Status status =
        (rbv_Status)bank_commit(banks, c->upload_id, c->sha256.bytes, c->sha256.size, safe ? NULL : &board->circuit, r->text);
    if (status != rbv_Status_OK) return status;
    r->which_answer = rbv_Response_bank_tag;
    r->answer.bank.bank = banks->active;
    r->answer.bank.crc32 = banks->banks[banks->active].crc;
    if (banks->rounded) board_text(r->answer.bank.notes[r->answer.bank.notes_count++], BANK_TEXT, "couplings and fields were rounded to steps of 1/256");
    if (safe) board_text(r->answer.bank.notes[r->answer.bank.notes_count++], BANK_TEXT, "set when the safe state is left");
    return rbv_Status_OK;
}

static rbv_Status run_answer(struct board *board, rbv_Response *r, rbv_Status status) {
    if (status != rbv_Status_OK) return status;
    r->which_answer = rbv_Response_run_tag;
    sequencer_run_state(board, &r->answer.run);
    return status;
}

static rbv_Status arm(struct board *board, const rbv_Request *q, rbv_Response *r) {
    return run_answer(board, r, sequencer_arm(board, &q->call.arm, r->text));
}
static rbv_Status start(struct board *board, const rbv_Request *q, rbv_Response *r) {
    return run_answer(board, r, sequencer_start(board, q->call.start.run_id, r->text));
}
static rbv_Status pause_run(struct board *board, const rbv_Request *q, rbv_Response *r) {
    return run_answer(board, r, sequencer_pause(board, q->call.pause.run_id, r->text));
}
static rbv_Status resume(struct board *board, const rbv_Request *q, rbv_Response *r) {
    return run_answer(board, r, sequencer_resume(board, q->call.resume.run_id, r->text));
}
static rbv_Status stop(struct board *board, const rbv_Request *q, rbv_Response *r) {
    return run_answer(board, r, sequencer_stop(board, q->call.stop.run_id, r->text));
}
static rbv_Status abort_run(struct board *board, const rbv_Request *q, rbv_Response *r) {
    return run_answer(board, r, sequencer_abort(board, q->call.abort.run_id, r->text));
}

static rbv_Status enter_safe_state(struct board *board, const rbv_Request *q, rbv_Response *r) {
    (void)r;
    const char *cause = q->call.enter_safe_state.cause;
    board_fault(board, FAULT_HOST_REQUEST, cause[0] == '\0' ? "asked for by the host" : cause);
    return rbv_Status_OK;
}

static rbv_Status read_result(struct board *board, const rbv_Request *q, rbv_Response *r) {
    const rbv_ReadResult *read = &q->call.read_result;
    const rbv_Status status = sequencer_read_result(board, read->run_id, read->offset, &r->answer.result, r->text);
    if (status == rbv_Status_OK) r->which_answer = rbv_Response_result_tag;
    return status;
}

struct call {
    pb_size_t tag;
    call_function *function;
    bool when_safe;
};

static const struct call calls[] = {
    {rbv_Request_ping_tag, ping, false},
    {rbv_Request_get_descriptor_tag, get_descriptor, true},
    {rbv_Request_get_clock_tag, get_clock, true},
    {rbv_Request_get_health_tag, get_health, true},
    {rbv_Request_get_fault_tag, get_fault, true},
    {rbv_Request_clear_fault_tag, clear_fault, true},
    {rbv_Request_set_baud_tag, set_baud, false},
    {rbv_Request_heartbeat_tag, heartbeat, true},
    {rbv_Request_reset_tag, reset, true},
    {rbv_Request_read_parameters_tag, read_parameters, false},
    {rbv_Request_write_parameter_tag, write_parameter, false},
    {rbv_Request_self_test_tag, self_test, false},
    {rbv_Request_upload_begin_tag, upload_begin, true},
    {rbv_Request_upload_status_tag, upload_status, true},
    {rbv_Request_upload_chunk_tag, upload_chunk, true},
    {rbv_Request_upload_commit_tag, upload_commit, true},
    {rbv_Request_arm_tag, arm, false},
    {rbv_Request_start_tag, start, false},
    {rbv_Request_pause_tag, pause_run, false},
    {rbv_Request_resume_tag, resume, false},
    {rbv_Request_stop_tag, stop, false},
    {rbv_Request_abort_tag, abort_run, false},
    {rbv_Request_enter_safe_state_tag, enter_safe_state, true},
    {rbv_Request_read_result_tag, read_result, true},
};

static rbv_Status carry_out(struct board *board, const rbv_Request *q, rbv_Response *r) {
    for (unsigned k = 0; k < sizeof calls / sizeof calls[0]; k++) {
        if (calls[k].tag != q->which_call) continue;
        if (!calls[k].when_safe && board->sequencer.state == rbv_BoardState_STATE_SAFE) {
            return refuse(r, rbv_Status_SAFE, "the board is in its safe state");
        }
        return calls[k].function(board, q, r);
    }
    return refuse(r, rbv_Status_UNIMPLEMENTED, "the board does not know this call");
}

/* ---- Each once --------------------------------------------------------------------------------------------------------- */

static rbv_Response *fresh_response(struct board *board, uint32_t id) {
    rbv_ToHost *message = &board->rpc.message;
    memset(message, 0, sizeof *message);
    message->which_message = rbv_ToHost_response_tag;
    message->message.response.request_id = id;
    return &message->message.response;
}

static void refuse_id(struct board *board, uint32_t id) {
    rbv_Response *r = fresh_response(board, id);
    r->status = refuse(r, rbv_Status_INVALID, "request_id counts up from 1; this one is 0 or too old");
    r->state = board->sequencer.state;
    rpc_send(board);
}

static void store(struct board *board, uint32_t id) {
    struct rpc *rpc = &board->rpc;
    const struct arq *arq = &board->arq;
    const struct arq_slot *slot = &arq->slots[(arq->head + arq->queued - 1u) % ARQ_SLOTS];
    struct stored_response *to = &rpc->stored[rpc->next];
    rpc->next = (uint8_t)((rpc->next + 1) % RESPONSE_CACHE);
    to->id = id;
    to->length = slot->length;
    memcpy(to->bytes, slot->payload, slot->length);
    if (id > rpc->last_id) rpc->last_id = id;
}

void rpc_request(struct board *board, const uint8_t *payload, size_t length) {
    struct rpc *rpc = &board->rpc;
    rbv_Request *q = &rpc->request;
    pb_istream_t stream = pb_istream_from_buffer(payload, length);
    if (!pb_decode(&stream, &rbv_Request_msg, q)) {
        board->bad_frames += 1;
        return;
    }
    const uint32_t id = q->request_id;
    for (unsigned k = 0; id != 0 && k < RESPONSE_CACHE; k++) {
        if (rpc->stored[k].id != id) continue;
        memcpy(arq_reserve(&board->arq), rpc->stored[k].bytes, rpc->stored[k].length);
        arq_commit(&board->arq, rpc->stored[k].length);
        return;
    }
    if (id <= rpc->last_id) {
        refuse_id(board, id);
        return;
    }
    rbv_Response *r = fresh_response(board, id);
    r->status = carry_out(board, q, r);
    r->state = board->sequencer.state;
    if (!rpc_send(board)) {
        const bool of_ping = q->which_call == rbv_Request_ping_tag;
        r = fresh_response(board, id);
        r->status = refuse(r, of_ping ? rbv_Status_INVALID : rbv_Status_INTERNAL, "the answer does not fit a frame");
        r->state = board->sequencer.state;
        rpc_send(board);
    }
    store(board, id);
    const uint8_t number = (uint8_t)(board->arq.base + board->arq.queued - 1u);
    if (q->which_call == rbv_Request_set_baud_tag && r->status == rbv_Status_OK) board->baud.number = number;
    if (q->which_call == rbv_Request_reset_tag) board->reset_number = number;
}
