/* Go-Back-N against itself through a pipe that loses, repeats and delays frames: everything arrives once and in order. */
#include <string.h>

#include "../arq.h"
#include "check.h"

#define PIPE 64u

struct packet {
    uint64_t arrives_at;
    enum arq_action kind;
    uint8_t seq, ack, credit;
    uint32_t value;
    bool bad; /* damaged: the receiver sees a bad frame */
};

struct side {
    struct arq arq;
    struct packet pipe[PIPE]; /* towards this side, in order of arrival */
    unsigned waiting;
    uint32_t next_out, next_in;
    uint64_t line_free_at;
};

static struct side sides[2];
static uint64_t now;
static double loss, damage;
static unsigned sent_frames;

static void put(struct side *to, struct packet packet) {
    sent_frames += 1;
    if (random_unit() < loss) return;
    packet.bad = random_unit() < damage;
    if (to->waiting < PIPE) to->pipe[to->waiting++] = packet;
}

static void serve(struct side *me, struct side *other) {
    const struct arq_slot *slot = NULL;
    struct packet packet = {0};
    if (now < me->line_free_at) return;
    packet.kind = arq_next(&me->arq, now, &slot, &packet.seq);
    if (packet.kind == ARQ_NOTHING) return;
    arq_fields(&me->arq, &packet.ack, &packet.credit);
    if (packet.kind == ARQ_SEND_DATA) memcpy(&packet.value, slot->payload, sizeof packet.value);
    me->line_free_at = now + (packet.kind == ARQ_SEND_DATA ? 2000 : 500);
    arq_sent(&me->arq, packet.kind, me->line_free_at);
    packet.arrives_at = me->line_free_at + 1000;
    put(other, packet);
    if (random_unit() < damage / 2) put(other, packet);
}

static void hear(struct side *me) {
    unsigned taken = 0;
    while (taken < me->waiting && me->pipe[taken].arrives_at <= now) {
        const struct packet *packet = &me->pipe[taken++];
        if (packet->bad) {
            arq_bad_frame(&me->arq);
            continue;
        }
        arq_heard(&me->arq);
        arq_acknowledged(&me->arq, packet->ack, packet->credit, packet->kind == ARQ_SEND_NAK, now);
        if (packet->kind != ARQ_SEND_DATA) continue;
        if (arq_received(&me->arq, packet->seq, now) == ARQ_DELIVER) {
            CHECK(packet->value == me->next_in);
            me->next_in += 1;
        }
    }
    me->waiting -= taken;
    memmove(me->pipe, me->pipe + taken, me->waiting * sizeof me->pipe[0]);
}

static void offer(struct side *me, uint32_t all) {
    /* A board, too, keeps slots for what it is asked. */
    while (me->next_out < all && me->arq.queued < ARQ_SLOTS - ARQ_CREDIT && arq_spare(&me->arq) > 0) {
        uint8_t *payload = arq_reserve(&me->arq);
        memcpy(payload, &me->next_out, sizeof me->next_out);
        arq_commit(&me->arq, sizeof me->next_out);
        me->next_out += 1;
    }
}

static void transfer(double losing, double damaging, uint32_t all) {
    loss = losing;
    damage = damaging;
    memset(sides, 0, sizeof sides);
    for (unsigned k = 0; k < 2; k++) arq_open(&sides[k].arq, 25);
    const uint64_t begin = now;
    sent_frames = 0;
    while (sides[0].next_in < all || sides[1].next_in < all) {
        now += 250;
        for (unsigned k = 0; k < 2; k++) {
            hear(&sides[k]);
            offer(&sides[k], all);
            serve(&sides[k], &sides[1 - k]);
        }
        CHECK(now - begin < (uint64_t)all * 2000000u); /* it never stops for good */
    }
    printf("  loss %.2f, damage %.2f: %u frames each way in %.2f s, %u sent, %u again\n", losing, damaging, (unsigned)all,
           (double)(now - begin) * 1e-6, sent_frames, (unsigned)(sides[0].arq.retransmits + sides[1].arq.retransmits));
}

static void send_one(struct arq *arq, uint32_t value, uint64_t at) {
    const struct arq_slot *slot = NULL;
    uint8_t seq;
    memcpy(arq_reserve(arq), &value, sizeof value);
    arq_commit(arq, sizeof value);
    CHECK(arq_next(arq, at, &slot, &seq) == ARQ_SEND_DATA);
    arq_sent(arq, ARQ_SEND_DATA, at);
}

/* The page's rules one by one. */
static void rules(void) {
    struct arq arq;
    const struct arq_slot *slot = NULL;
    uint8_t seq, ack, credit;
    /* The first number is 0, and the first time-out half a second; then it doubles. */
    arq_open(&arq, 25);
    send_one(&arq, 1, 0);
    CHECK(arq_next(&arq, 499999, &slot, &seq) == ARQ_NOTHING);
    CHECK(arq_next(&arq, 500000, &slot, &seq) == ARQ_SEND_DATA && seq == 0);
    arq_sent(&arq, ARQ_SEND_DATA, 500000);
    CHECK(arq_next(&arq, 1499999, &slot, &seq) == ARQ_NOTHING);
    CHECK(arq_next(&arq, 1500000, &slot, &seq) == ARQ_SEND_DATA);
    arq_sent(&arq, ARQ_SEND_DATA, 1500000);
    /* Karn: what was sent again measures nothing. */
    arq_acknowledged(&arq, 1, 8, false, 1510000);
    CHECK(arq.srtt_us == 0 && arq.queued == 0);
    send_one(&arq, 2, 1600000);
    arq_acknowledged(&arq, 2, 8, false, 1604000);
    CHECK(arq.srtt_us == 4000 && arq.rto_us == 25000);
    /* An acknowledgement of what is not on its way is ignored, and its credit. */
    arq_acknowledged(&arq, 9, 0, false, 1605000);
    arq_acknowledged(&arq, 1, 0, false, 1605000);
    CHECK(arq.base == 2 && arq.peer_credit == 8);
    /* NAK: all from there on, but not twice within a round trip. */
    send_one(&arq, 3, 1700000);
    send_one(&arq, 4, 1700000);
    arq_acknowledged(&arq, 2, 8, true, 1701000);
    CHECK(arq_next(&arq, 1701000, &slot, &seq) == ARQ_SEND_DATA && seq == 2);
    arq_sent(&arq, ARQ_SEND_DATA, 1701000);
    CHECK(arq_next(&arq, 1701000, &slot, &seq) == ARQ_SEND_DATA && seq == 3);
    arq_sent(&arq, ARQ_SEND_DATA, 1701000);
    arq_acknowledged(&arq, 2, 8, true, 1702000);
    CHECK(arq_next(&arq, 1702000, &slot, &seq) == ARQ_NOTHING);
    arq_acknowledged(&arq, 2, 8, true, 1706000);
    CHECK(arq_next(&arq, 1706000, &slot, &seq) == ARQ_SEND_DATA && seq == 2);
    arq_sent(&arq, ARQ_SEND_DATA, 1706000);
    arq_acknowledged(&arq, 4, 0, false, 1707000);
    /* No credit: a probe after a time-out, and no count of time-outs. */
    memcpy(arq_reserve(&arq), "ab", 2);
    arq_commit(&arq, 2);
    CHECK(arq_next(&arq, 1707000, &slot, &seq) == ARQ_NOTHING);
    CHECK(arq_next(&arq, 1707000 + arq.rto_us, &slot, &seq) == ARQ_SEND_DATA && seq == 4);
    /* Receiver: in order once, repetitions acknowledged at once, one NAK for what is missing. */
    arq_open(&arq, 25);
    CHECK(arq_received(&arq, 0, 0) == ARQ_DELIVER);
    CHECK(arq_next(&arq, 9999, &slot, &seq) == ARQ_NOTHING);
    CHECK(arq_next(&arq, 10000, &slot, &seq) == ARQ_SEND_ACK);
    arq_fields(&arq, &ack, &credit);
    CHECK(ack == 1 && credit == ARQ_CREDIT);
    CHECK(arq_received(&arq, 0, 11000) == ARQ_REPEATED && arq_next(&arq, 11000, &slot, &seq) == ARQ_SEND_ACK);
    arq_fields(&arq, &ack, &credit);
    CHECK(arq_received(&arq, 2, 12000) == ARQ_LATER && arq_next(&arq, 12000, &slot, &seq) == ARQ_SEND_NAK);
    arq_fields(&arq, &ack, &credit);
    arq_sent(&arq, ARQ_SEND_NAK, 12000);
    CHECK(arq_received(&arq, 3, 12000) == ARQ_LATER && arq_next(&arq, 12000, &slot, &seq) == ARQ_NOTHING);
    CHECK(arq_received(&arq, 1, 13000) == ARQ_DELIVER && arq_received(&arq, 2, 13000) == ARQ_DELIVER);
    CHECK(arq_next(&arq, 13000, &slot, &seq) == ARQ_SEND_ACK); /* two are unacknowledged */
    /* Numbers go round. */
    for (unsigned k = 3; k < 1000; k++) CHECK(arq_received(&arq, (uint8_t)k, 14000) == ARQ_DELIVER);
    const uint8_t next = (uint8_t)1000;
    CHECK(arq_received(&arq, (uint8_t)(next - 128), 14000) == ARQ_REPEATED && arq_received(&arq, (uint8_t)(next + 127), 14000) == ARQ_LATER);
    /* What was promised is kept: events take only slots beyond it. */
    arq_open(&arq, 25);
    arq_fields(&arq, &ack, &credit);
    CHECK(credit == ARQ_CREDIT && arq_spare(&arq) == ARQ_SLOTS - ARQ_CREDIT);
    /* Six time-outs in a row: the oldest goes on, alone, until the other side is heard. */
    arq_open(&arq, 25);
    send_one(&arq, 1, 0);
    send_one(&arq, 2, 0);
    uint64_t at = 0;
    for (unsigned k = 0; k < 2000 && arq.timeouts < 6; k++) {
        at += 20000;
        while (arq_next(&arq, at, &slot, &seq) == ARQ_SEND_DATA) arq_sent(&arq, ARQ_SEND_DATA, at);
    }
    CHECK(arq.timeouts == 6);
    at = arq.timer_at;
    CHECK(arq_next(&arq, at, &slot, &seq) == ARQ_SEND_DATA && seq == 0);
    arq_sent(&arq, ARQ_SEND_DATA, at);
    CHECK(arq_next(&arq, at, &slot, &seq) == ARQ_NOTHING);
    arq_heard(&arq);
    CHECK(arq_next(&arq, at, &slot, &seq) == ARQ_SEND_DATA && seq == 0);
    arq_sent(&arq, ARQ_SEND_DATA, at);
    CHECK(arq_next(&arq, at, &slot, &seq) == ARQ_SEND_DATA && seq == 1);
}

int main(void) {
    rules();
    transfer(0, 0, 2000);
    transfer(0.01, 0.01, 2000);
    transfer(0.1, 0.05, 1000);
    transfer(0.3, 0.1, 300);
    printf("test_arq: %lu checks\n", checks);
    return 0;
}
