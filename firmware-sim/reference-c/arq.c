#include "arq.h"

#include <string.h>

#define MAX_RTO_US 2000000u
#define FIRST_RTO_US 500000u
#define ACK_DELAY_US 10000u
#define ACK_AFTER 2u
#define DOWN_AFTER 6u
/* Slots that no request may take, so that events get through. */
#define EVENT_SLOTS (ARQ_SLOTS - ARQ_CREDIT - 1u)

void arq_open(struct arq *arq, uint32_t min_rto_ms) {
    memset(arq, 0, sizeof *arq);
    arq->peer_credit = 32;
    arq->min_rto_us = min_rto_ms * 1000u;
    arq->rto_us = FIRST_RTO_US;
    arq->credit_said = 32;
}

uint8_t arq_free(const struct arq *arq) { return (uint8_t)(ARQ_SLOTS - arq->queued); }

uint8_t arq_spare(const struct arq *arq) {
    const uint8_t room = arq_free(arq), kept = arq->promised > 0 ? arq->promised : 1;
    return room > kept ? (uint8_t)(room - kept) : 0;
}

static struct arq_slot *slot_of(struct arq *arq, uint8_t index) { return &arq->slots[(arq->head + index) % ARQ_SLOTS]; }

uint8_t *arq_reserve(struct arq *arq) { return arq_free(arq) > 0 ? slot_of(arq, arq->queued)->payload : NULL; }

void arq_commit(struct arq *arq, size_t length) {
    struct arq_slot *slot = slot_of(arq, arq->queued);
    slot->length = (uint16_t)length;
    slot->sends = 0;
    arq->queued += 1;
}

/* ---- Sender ---------------------------------------------------------------------------------------------------- */

static void measured(struct arq *arq, uint64_t sample) {
    const uint32_t r = sample > MAX_RTO_US ? MAX_RTO_US : (uint32_t)sample;
    if (arq->srtt_us == 0) {
        arq->srtt_us = r > 0 ? r : 1;
        arq->rttvar_us = r / 2;
    } else { /* RFC 6298, 2.3 */
        const uint32_t off = r > arq->srtt_us ? r - arq->srtt_us : arq->srtt_us - r;
        arq->rttvar_us = (3 * arq->rttvar_us + off) / 4;
        arq->srtt_us = (7 * arq->srtt_us + r) / 8;
        if (arq->srtt_us == 0) arq->srtt_us = 1;
    }
    const uint32_t spread = 4 * arq->rttvar_us > 10000u ? 4 * arq->rttvar_us : 10000u;
    const uint32_t rto = arq->srtt_us + spread;
    arq->rto_us = rto < arq->min_rto_us ? arq->min_rto_us : rto > MAX_RTO_US ? MAX_RTO_US : rto;
}

void arq_heard(struct arq *arq) {
    if (arq->timeouts < DOWN_AFTER) return;
    arq->timeouts = 0;
    arq->cursor = 0;
}

static void send_again(struct arq *arq, uint64_t now) {
    const uint32_t pause = arq->srtt_us > 0 ? arq->srtt_us : arq->min_rto_us;
    if (arq->nak_seen && arq->nak_number == arq->base && now < arq->nak_at + pause) return;
    arq->nak_seen = true;
    arq->nak_number = arq->base;
    arq->nak_at = now;
    arq->cursor = 0;
}

void arq_acknowledged(struct arq *arq, uint8_t ack, uint8_t credit, bool nak, uint64_t now) {
    const uint8_t through = (uint8_t)(ack - arq->base); /* frames that it acknowledges */
    if (through > arq->sent) return;
    arq->peer_credit = credit;
    if (credit == 0) arq->credit_was_0 = true;
    if (through > 0) {
        const struct arq_slot *last = slot_of(arq, (uint8_t)(through - 1));
        if (last->sends == 1) measured(arq, now > last->sent_at ? now - last->sent_at : 0);
        arq->head = (uint8_t)((arq->head + through) % ARQ_SLOTS);
        arq->base = ack;
        arq->queued -= through;
        arq->sent -= through;
        arq->cursor = arq->cursor > through ? (uint8_t)(arq->cursor - through) : 0;
        arq->timeouts = 0;
        arq->timing = arq->sent > 0;
        if (arq->timing) {
            const uint64_t left = slot_of(arq, 0)->sent_at;
            arq->timer_at = (left > now ? left : now) + arq->rto_us;
        }
    }
    if (nak && arq->sent > 0) send_again(arq, now);
}

static void ring(struct arq *arq, uint64_t now) {
    if (!arq->timing || now < arq->timer_at) return;
    arq->timing = false;
    arq->cursor = 0;
    arq->rto_us = arq->rto_us < MAX_RTO_US / 2 ? 2 * arq->rto_us : MAX_RTO_US;
    if (!arq->credit_was_0 && arq->timeouts < DOWN_AFTER) arq->timeouts += 1;
    arq->credit_was_0 = false;
}

static bool may_send(struct arq *arq, uint64_t now) {
    if (arq->cursor >= arq->queued) return false;
    if (arq->timeouts >= DOWN_AFTER && arq->cursor > 0) return false;
    if (arq->cursor < arq->sent) return true;
    if (arq->cursor < 32 && arq->cursor < arq->peer_credit) return true;
    if (arq->sent > 0) return false;
    /* No credit and nothing on its way: one frame each RTO finds out whether there is room by now. */
    if (!arq->probing) {
        arq->probing = true;
        arq->probe_at = now + arq->rto_us;
    }
    return now >= arq->probe_at;
}

/* ---- Receiver --------------------------------------------------------------------------------------------------- */

enum arq_verdict arq_received(struct arq *arq, uint8_t seq, uint64_t now) {
    const uint8_t ahead = (uint8_t)(seq - arq->expected);
    if (ahead >= 128) {
        arq->ack_now = true;
        return ARQ_REPEATED;
    }
    if (ahead > 0) {
        if (!arq->nak_sent) arq->nak_now = true;
        return ARQ_LATER;
    }
    if (arq_free(arq) == 0) {
        arq->ack_now = true;
        return ARQ_NO_ROOM;
    }
    arq->expected += 1;
    if (arq->promised > 0) arq->promised -= 1;
    arq->nak_sent = false;
    arq->nak_now = false;
    if (arq->unacknowledged == 0) arq->unacknowledged_at = now;
    arq->unacknowledged += 1;
    return ARQ_DELIVER;
}

void arq_bad_frame(struct arq *arq) {
    if (!arq->nak_sent) arq->nak_now = true;
}

static uint8_t credit_of(const struct arq *arq) {
    const uint8_t room = arq_free(arq);
    const uint8_t fresh = room > EVENT_SLOTS ? (uint8_t)(room - EVENT_SLOTS) : 0;
    const uint8_t most = fresh > ARQ_CREDIT ? ARQ_CREDIT : fresh;
    return most > arq->promised ? most : arq->promised; /* what was promised once is kept */
}

void arq_fields(struct arq *arq, uint8_t *ack, uint8_t *credit) {
    arq->promised = credit_of(arq);
    arq->credit_said = arq->promised;
    *ack = arq->expected;
    *credit = arq->promised;
    arq->unacknowledged = 0;
    arq->ack_now = false;
}

enum arq_action arq_next(struct arq *arq, uint64_t now, const struct arq_slot **slot, uint8_t *seq) {
    ring(arq, now);
    if (arq->nak_now) return ARQ_SEND_NAK;
    if (may_send(arq, now)) {
        *slot = slot_of(arq, arq->cursor);
        *seq = (uint8_t)(arq->base + arq->cursor);
        return ARQ_SEND_DATA;
    }
    const bool due = arq->unacknowledged >= ACK_AFTER ||
                     (arq->unacknowledged > 0 && now >= arq->unacknowledged_at + ACK_DELAY_US);
    /* A sender that was told "no room" waits: it is told when there is some again. */
    const bool room_again = arq->credit_said == 0 && credit_of(arq) > 0;
    return arq->ack_now || due || room_again ? ARQ_SEND_ACK : ARQ_NOTHING;
}

void arq_sent(struct arq *arq, enum arq_action action, uint64_t leaves_at) {
    if (action == ARQ_SEND_NAK) {
        arq->nak_now = false;
        arq->nak_sent = true;
    }
    if (action != ARQ_SEND_DATA) return;
    struct arq_slot *slot = slot_of(arq, arq->cursor);
    arq->probing = false;
    if (slot->sends > 0) arq->retransmits += 1;
    if (slot->sends < 255) slot->sends += 1;
    slot->sent_at = leaves_at;
    if (arq->cursor == 0 || !arq->timing) {
        arq->timing = true;
        arq->timer_at = leaves_at + arq->rto_us;
    }
    arq->cursor += 1;
    if (arq->cursor > arq->sent) arq->sent = arq->cursor;
}
