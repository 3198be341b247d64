#include "cobs.h"

static void open_block(struct cobs_writer *writer) {
    writer->code_at = writer->length++;
    writer->code = 1;
}

static void close_block(struct cobs_writer *writer) {
    writer->out[writer->code_at] = writer->code;
    writer->code = 0;
}

void cobs_begin(struct cobs_writer *writer, uint8_t *out) {
    writer->out = out;
    writer->length = 0;
    open_block(writer);
}

void cobs_put(struct cobs_writer *writer, const uint8_t *bytes, size_t length) {
    for (size_t k = 0; k < length; k++) {
        if (writer->code == 0) open_block(writer);
        if (bytes[k] == 0) {
            close_block(writer);
            open_block(writer);
            continue;
        }
        writer->out[writer->length++] = bytes[k];
        writer->code += 1;
        /* A full block stands for no zero. The next one is begun only when there is something to put into it. */
        if (writer->code == 255) close_block(writer);
    }
}

size_t cobs_end(struct cobs_writer *writer) {
    if (writer->code != 0) close_block(writer);
    return writer->length;
}

bool cobs_decode(uint8_t *bytes, size_t length, size_t *decoded) {
    size_t from = 0, to = 0;
    while (from < length) {
        const uint8_t code = bytes[from++];
        if (code == 0 || (size_t)(code - 1) > length - from) return false;
        for (uint8_t k = 1; k < code; k++) {
            if (bytes[from] == 0) return false;
            bytes[to++] = bytes[from++];
        }
        if (code < 255 && from < length) bytes[to++] = 0;
    }
    *decoded = to;
    return true;
}
