#include "frame.h"

#include "bytes.h"
#include "crc32.h"

size_t frame_encode(const struct frame *frame, uint8_t out[FRAME_WIRE_MAX]) {
    const uint8_t header[FRAME_HEADER] = {
        (uint8_t)((frame->major << 4) | frame->type),
        (uint8_t)frame->session,
        (uint8_t)(frame->session >> 8),
        frame->seq,
        frame->ack,
        frame->credit,
    };
    uint8_t check[4];
    put_u32(check, crc32(crc32(0, header, sizeof header), frame->payload, frame->length));
    struct cobs_writer writer;
    out[0] = 0;
    cobs_begin(&writer, out + 1);
    cobs_put(&writer, header, sizeof header);
    cobs_put(&writer, frame->payload, frame->length);
    cobs_put(&writer, check, sizeof check);
    const size_t length = cobs_end(&writer);
    out[1 + length] = 0;
    return length + 2;
}

void frame_reader_clear(struct frame_reader *reader) {
    reader->length = 0;
    reader->skip = false;
}

static bool decode(struct frame_reader *reader, struct frame *frame) {
    size_t length;
    if (!cobs_decode(reader->bytes, reader->length, &length)) return false;
    if (length < FRAME_HEADER + 4u || length > LINK_MTU + FRAME_HEADER + 4u) return false;
    const uint8_t *bytes = reader->bytes;
    if (crc32(0, bytes, length - 4) != get_u32(bytes + length - 4)) return false;
    frame->type = bytes[0] & 15u;
    frame->major = bytes[0] >> 4;
    frame->session = get_u16(bytes + 1);
    frame->seq = bytes[3];
    frame->ack = bytes[4];
    frame->credit = bytes[5];
    frame->payload = bytes + FRAME_HEADER;
    frame->length = length - FRAME_HEADER - 4u;
    return true;
}

enum frame_event frame_reader_push(struct frame_reader *reader, uint8_t byte, struct frame *frame) {
    if (byte != 0) {
        if (reader->length == sizeof reader->bytes) {
            reader->skip = true;
        } else if (!reader->skip) {
            reader->bytes[reader->length++] = byte;
        }
        return FRAME_NONE;
    }
    const bool something = reader->skip || reader->length > 0;
    const bool good = something && !reader->skip && decode(reader, frame);
    frame_reader_clear(reader);
    return !something ? FRAME_NONE : good ? FRAME_GOOD : FRAME_BAD;
}
