#ifndef FRAME_H
#define FRAME_H

#include "cobs.h"
#include "config.h"

#ifndef LINK_MAJOR /* another one for tests of the refusal */
#define LINK_MAJOR 1u
#endif
#define LINK_MINOR 0u

enum frame_type {
    FRAME_HELLO,
    FRAME_HELLO_ACK,
    FRAME_DATA,
    FRAME_ACK,
    FRAME_NAK,
    FRAME_SAMPLE,
    FRAME_LOG,
    FRAME_RESET,
    FRAME_RESET_ACK,
    FRAME_FATAL
};

struct frame {
    uint8_t type;  /* low nibble */
    uint8_t major; /* high nibble */
    uint16_t session;
    uint8_t seq, ack, credit;
    const uint8_t *payload;
    size_t length;
};

#define FRAME_HEADER 6u
#define FRAME_STUFFED_MAX COBS_MAX(LINK_MTU + FRAME_HEADER + 4u)
/* With both delimiters. */
#define FRAME_WIRE_MAX (FRAME_STUFFED_MAX + 2u)

/* Writes the frame with its delimiters, returns its length. `payload` is at most LINK_MTU bytes. */
size_t frame_encode(const struct frame *frame, uint8_t out[FRAME_WIRE_MAX]);

struct frame_reader {
    uint8_t bytes[FRAME_STUFFED_MAX];
    size_t length;
    bool skip; /* too long: until the next delimiter */
};

enum frame_event { FRAME_NONE, FRAME_GOOD, FRAME_BAD };

void frame_reader_clear(struct frame_reader *reader);
/* Takes one byte. With FRAME_GOOD `frame` points into the reader until the next byte. */
enum frame_event frame_reader_push(struct frame_reader *reader, uint8_t byte, struct frame *frame);

#endif
