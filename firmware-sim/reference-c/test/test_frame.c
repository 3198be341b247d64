/* Stuffing, checksum, hash and frames: the page's examples, edges, and bytes of all kinds. */
#include <string.h>

#include "../crc32.h"
#include "../frame.h"
#include "../sha256.h"
#include "check.h"

static size_t stuff(const uint8_t *bytes, size_t length, uint8_t *out) {
    struct cobs_writer writer;
    cobs_begin(&writer, out);
    cobs_put(&writer, bytes, length);
    return cobs_end(&writer);
}

static void stuffing(void) {
    static const uint8_t plain[] = {0x11, 0x22, 0x00, 0x33}, stuffed[] = {0x03, 0x11, 0x22, 0x02, 0x33};
    uint8_t out[1100], bytes[1000];
    size_t length;
    CHECK(stuff(plain, sizeof plain, out) == sizeof stuffed && memcmp(out, stuffed, sizeof stuffed) == 0);
    CHECK(stuff(plain, 0, out) == 1 && out[0] == 1);
    /* 254 bytes without a zero are one full block and nothing after it; one more byte begins the next. */
    memset(bytes, 7, sizeof bytes);
    CHECK(stuff(bytes, 254, out) == 255 && out[0] == 255);
    CHECK(stuff(bytes, 255, out) == 257 && out[255] == 2);
    bytes[254] = 0;
    CHECK(stuff(bytes, 255, out) == 257 && out[255] == 1 && out[256] == 1);
    for (unsigned round = 0; round < 2000; round++) {
        length = random_u32() % sizeof bytes;
        const unsigned zeros = random_u32() % 3; /* none, few, many */
        for (size_t k = 0; k < length; k++) bytes[k] = zeros == 0 ? (uint8_t)(1 + random_u32() % 255) : (uint8_t)(random_u32() % (zeros == 1 ? 256 : 3));
        const size_t stuffed_length = stuff(bytes, length, out);
        CHECK(stuffed_length <= (length == 0 ? 1 : COBS_MAX(length)) + (length % 254 == 0 ? 1 : 0));
        CHECK(memchr(out, 0, stuffed_length) == NULL);
        size_t decoded;
        CHECK(cobs_decode(out, stuffed_length, &decoded) && decoded == length && memcmp(out, bytes, length) == 0);
    }
    uint8_t beyond[] = {5, 1, 2}, zero[] = {3, 1, 0};
    CHECK(!cobs_decode(beyond, sizeof beyond, &length));
    CHECK(!cobs_decode(zero, sizeof zero, &length));
}

static void checksums(void) {
    static const uint8_t abc[32] = {0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40, 0xDE, 0x5D, 0xAE, 0x22, 0x23,
                                    0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17, 0x7A, 0x9C, 0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD};
    static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    const uint8_t *digits = (const uint8_t *)"123456789";
    struct sha256 hash;
    uint8_t digest[32];
    CHECK(crc32(0, digits, 9) == 0xCBF43926u);
    CHECK(crc32(crc32(0, digits, 4), digits + 4, 5) == 0xCBF43926u);
    sha256_begin(&hash);
    sha256_add(&hash, (const uint8_t *)"abc", 3);
    sha256_end(&hash, digest);
    CHECK(memcmp(digest, abc, 32) == 0);
    sha256_begin(&hash);
    sha256_add(&hash, (const uint8_t *)two_blocks, sizeof two_blocks - 1);
    sha256_end(&hash, digest);
    CHECK(digest[0] == 0x24 && digest[1] == 0x8D && digest[2] == 0x6A && digest[31] == 0xC1);
}

static enum frame_event push(struct frame_reader *reader, const uint8_t *bytes, size_t length, struct frame *frame) {
    enum frame_event last = FRAME_NONE;
    for (size_t k = 0; k < length; k++) {
        const enum frame_event event = frame_reader_push(reader, bytes[k], frame);
        if (event != FRAME_NONE) last = event;
    }
    return last;
}

/* A frame DATA of session 0x1234, seq 5, ack 3, credit 4 with Request{request_id 1, ping{payload 01 00 02}}, made with
   zlib and a textbook COBS. */
static const uint8_t ping[] = {0x08, 0x01, 0x52, 0x05, 0x0A, 0x03, 0x01, 0x00, 0x02};
static const uint8_t ping_frame[] = {
    0x00, 0x0E, 0x12, 0x34, 0x12, 0x05, 0x03, 0x04, 0x08, 0x01, 0x52, 0x05, 0x0A, 0x03, 0x01, 0x06, 0x02, 0x93, 0x33, 0x80, 0x71, 0x00,
};

static void frames(void) {
    static struct frame_reader reader;
    struct frame got, sent = {.type = FRAME_DATA, .major = 1, .session = 0x1234, .seq = 5, .ack = 3, .credit = 4, .payload = ping, .length = sizeof ping};
    uint8_t out[FRAME_WIRE_MAX], payload[LINK_MTU];
    CHECK(frame_encode(&sent, out) == sizeof ping_frame && memcmp(out, ping_frame, sizeof ping_frame) == 0);
    CHECK(push(&reader, ping_frame, sizeof ping_frame, &got) == FRAME_GOOD);
    CHECK(got.type == FRAME_DATA && got.major == 1 && got.session == 0x1234 && got.seq == 5 && got.ack == 3 && got.credit == 4);
    CHECK(got.length == sizeof ping && memcmp(got.payload, ping, sizeof ping) == 0);
    /* Noise before a frame is a bad frame of its own, and the frame is not lost. */
    const uint8_t noise[] = {9, 8, 7};
    CHECK(push(&reader, noise, sizeof noise, &got) == FRAME_NONE);
    CHECK(push(&reader, ping_frame, 1, &got) == FRAME_BAD);
    CHECK(push(&reader, ping_frame + 1, sizeof ping_frame - 1, &got) == FRAME_GOOD);
    /* Each bit of it matters. */
    for (size_t bit = 0; bit < 8 * sizeof ping_frame; bit++) {
        memcpy(out, ping_frame, sizeof ping_frame);
        out[bit / 8] ^= (uint8_t)(1u << bit % 8);
        frame_reader_clear(&reader);
        for (size_t k = 0; k < sizeof ping_frame; k++) {
            const enum frame_event event = frame_reader_push(&reader, out[k], &got);
            /* Only a delimiter may be missing: the zero in front belongs to the noise before. */
            CHECK(event != FRAME_GOOD || (bit < 8 && got.length == sizeof ping));
        }
        frame_reader_push(&reader, 0, &got);
    }
    /* Every length, and one that is too long. */
    memset(payload, 1, sizeof payload);
    for (size_t length = 0; length <= LINK_MTU; length++) {
        sent.payload = payload;
        sent.length = length;
        CHECK(frame_encode(&sent, out) <= FRAME_WIRE_MAX);
        CHECK(push(&reader, out, frame_encode(&sent, out), &got) == FRAME_GOOD && got.length == length);
    }
    for (unsigned k = 0; k < 5000; k++) CHECK(frame_reader_push(&reader, 1, &got) == FRAME_NONE && reader.length <= FRAME_STUFFED_MAX);
    CHECK(frame_reader_push(&reader, 0, &got) == FRAME_BAD);
    CHECK(frame_reader_push(&reader, 0, &got) == FRAME_NONE);
    CHECK(push(&reader, ping_frame, sizeof ping_frame, &got) == FRAME_GOOD);
    for (unsigned k = 0; k < 200000; k++) CHECK(frame_reader_push(&reader, (uint8_t)(random_u32() % 40), &got) != FRAME_GOOD);
}

int main(void) {
    stuffing();
    checksums();
    frames();
    printf("test_frame: %lu checks\n", checks);
    return 0;
}
