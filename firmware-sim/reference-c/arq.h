#ifndef ARQ_H
#define ARQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* Go-Back-N in both directions. It knows neither frames nor the line: the caller asks `arq_next` what to send and tells
   `arq_sent` when it has. Times are microseconds of any clock that does not stop. */

struct arq_slot {
    uint64_t sent_at;
    uint16_t length;
    uint8_t sends;
    uint8_t payload[LINK_MTU];
};

struct arq {
    /* Sender */
    struct arq_slot slots[ARQ_SLOTS];
    uint8_t head;   /* slot of the oldest frame */
    uint8_t base;   /* its number */
    uint8_t queued; /* frames that are kept */
    uint8_t sent;   /* of those, how many were on their way at least once */
    uint8_t cursor; /* which one to send next, 0 the oldest */
    uint8_t peer_credit;
    bool timing, probing;
    uint64_t timer_at, probe_at;
    uint32_t rto_us, min_rto_us;
    uint32_t srtt_us, rttvar_us; /* srtt 0: not measured */
    uint8_t timeouts;            /* in a row */
    bool credit_was_0;           /* the other side said so since the last time-out */
    bool nak_seen;
    uint8_t nak_number;
    uint64_t nak_at;
    /* Receiver */
    uint8_t expected;
    uint8_t promised; /* frames from `expected` on that the other side may send */
    uint8_t unacknowledged;
    uint64_t unacknowledged_at;
    bool ack_now, nak_now, nak_sent;
    uint8_t credit_said;
    uint32_t retransmits;
};

enum arq_action { ARQ_NOTHING, ARQ_SEND_DATA, ARQ_SEND_ACK, ARQ_SEND_NAK };
enum arq_verdict { ARQ_DELIVER, ARQ_REPEATED, ARQ_LATER, ARQ_NO_ROOM };

/* A new session. */
void arq_open(struct arq *arq, uint32_t min_rto_ms);

/* Slots that are free; those that are free beyond what the other side was promised, one at least. */
uint8_t arq_free(const struct arq *arq);
uint8_t arq_spare(const struct arq *arq);
/* Room for a payload of LINK_MTU bytes, or NULL; `arq_commit` sends it. */
uint8_t *arq_reserve(struct arq *arq);
void arq_commit(struct arq *arq, size_t length);

/* Any frame of the session came. */
void arq_heard(struct arq *arq);
/* The fields of a frame that has them. */
void arq_acknowledged(struct arq *arq, uint8_t ack, uint8_t credit, bool nak, uint64_t now);
/* A frame DATA. ARQ_DELIVER: it is the next one and counts as taken. */
enum arq_verdict arq_received(struct arq *arq, uint8_t seq, uint64_t now);
void arq_bad_frame(struct arq *arq);

/* What is to be sent now, as far as this layer is concerned. With ARQ_SEND_DATA `slot` and `seq` are set. */
enum arq_action arq_next(struct arq *arq, uint64_t now, const struct arq_slot **slot, uint8_t *seq);
/* The fields of the frame that is about to be sent; it counts as an acknowledgement. */
void arq_fields(struct arq *arq, uint8_t *ack, uint8_t *credit);
/* What `arq_next` said has been sent and will have left the line at `leaves_at`. */
void arq_sent(struct arq *arq, enum arq_action action, uint64_t leaves_at);

#endif
