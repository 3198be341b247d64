#include "bank.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "crc32.h"
#include "sha256.h"

enum section {
    COUPLINGS = 1,
    FIELDS,
    QUADRATIC,
    QUARTIC,
    DRIVE_PATTERN,
    DRIVE_CURVE,
    CONTROL_CURVE,
    INITIAL,
    NODE_TEMPERATURE
};

/* ---- Images -------------------------------------------------------------------------------------------------------- */

/* One section while it is read. */
struct part {
    unsigned kind, index;
    const uint8_t *bytes;
    uint32_t length;
    float scale;
};

static const char *const names[] = {"",         "COUPLINGS",     "FIELDS",      "QUADRATIC",     "QUARTIC",
                                    "DRIVE_PATTERN", "DRIVE_CURVE", "CONTROL_CURVE", "INITIAL", "NODE_TEMPERATURE"};

static enum bank_status refuse(const struct part *part, uint32_t at, const char *problem, enum bank_status status, char text[BANK_TEXT]) {
    snprintf(text, BANK_TEXT, "section %s %u, value %u: %s", names[part->kind], part->index, (unsigned)at, problem);
    return status;
}

static enum bank_status refuse_image(const char *problem, char text[BANK_TEXT]) {
    snprintf(text, BANK_TEXT, "image: %s", problem);
    return BANK_INVALID;
}

/* i16 [count] within +-limit (0: any), rounded to the converter's step (0: as it is). */
static enum bank_status read_codes(const struct part *part, uint32_t count, float limit, float dac, float *to, bool *rounded, char text[BANK_TEXT]) {
    if (part->length != 2 * count) return refuse(part, 0, "the section's length does not fit n", BANK_INVALID, text);
    if (!isfinite(part->scale)) return refuse(part, 0, "the scale is not finite", BANK_INVALID, text);
    for (uint32_t k = 0; k < count; k++) {
        const float value = part->scale * (float)get_i16(part->bytes + 2 * k);
        if (!isfinite(value)) return refuse(part, k, "not finite", BANK_INVALID, text);
        if (limit > 0 && fabsf(value) > limit * 1.000001f) return refuse(part, k, "beyond the descriptor's range", BANK_OUT_OF_RANGE, text);
        to[k] = dac > 0 ? floorf(value / dac + 0.5f) * dac : value;
        if (fabsf(to[k] - value) > 1e-6f * dac) *rounded = true;
    }
    return BANK_OK;
}

static enum bank_status read_couplings(const struct part *part, struct program *program, bool *rounded, char text[BANK_TEXT]) {
    const uint32_t n = program->n;
    float row[SITES_MAX];
    if (part->length != n * (n - 1)) return refuse(part, 0, "the section's length does not fit n", BANK_INVALID, text);
    uint32_t at = 0;
    for (uint32_t i = 0; i + 1 < n; i++) {
        const uint32_t count = n - 1 - i;
        struct part of_row = *part;
        of_row.bytes += 2 * at;
        of_row.length = 2 * count;
        const enum bank_status status = read_codes(&of_row, count, COUPLING_LIMIT, DAC_STEP, row, rounded, text);
        if (status != BANK_OK) {
            snprintf(text, BANK_TEXT, "section COUPLINGS 0, row %u: %s", (unsigned)i,
                     status == BANK_INVALID ? "not finite" : "beyond the descriptor's range");
            return status;
        }
        for (uint32_t k = 0; k < count; k++) {
            program->j[i][i + 1 + k] = row[k];
            program->j[i + 1 + k][i] = row[k];
        }
        at += count;
    }
    return BANK_OK;
}

static enum bank_status read_wells(const struct part *part, uint32_t n, float low, float high, float *to, char text[BANK_TEXT]) {
    const uint32_t count = part->length / 4;
    if (part->length % 4 != 0 || (count != 1 && count != n)) return refuse(part, 0, "neither 1 nor n values", BANK_INVALID, text);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t k = count == 1 ? 0 : i;
        const float value = get_f32(part->bytes + 4 * k);
        if (!isfinite(value)) return refuse(part, k, "not finite", BANK_INVALID, text);
        if (value < low || value > high) return refuse(part, k, "beyond the descriptor's range", BANK_OUT_OF_RANGE, text);
        to[i] = value;
    }
    return BANK_OK;
}

static enum bank_status read_curve(const struct part *part, float low, float high, struct curve *curve, char text[BANK_TEXT]) {
    const uint32_t count = part->length / 8;
    if (part->length % 8 != 0 || count == 0) return refuse(part, 0, "not pairs of t and value", BANK_INVALID, text);
    for (uint32_t k = 0; k < count; k++) {
        const float t = get_f32(part->bytes + 8 * k), value = get_f32(part->bytes + 8 * k + 4);
        if (!isfinite(t) || !isfinite(value)) return refuse(part, k, "not finite", BANK_INVALID, text);
        if (k > 0 && t < get_f32(part->bytes + 8 * k - 8)) return refuse(part, k, "t falls", BANK_INVALID, text);
        if (value < low || value > high) return refuse(part, k, "beyond the descriptor's range", BANK_OUT_OF_RANGE, text);
    }
    curve->points = part->bytes;
    curve->count = count;
    return BANK_OK;
}

static enum bank_status read_part(const struct part *part, struct program *p, bool *rounded, char text[BANK_TEXT]) {
    const bool many = part->kind >= DRIVE_PATTERN && part->kind <= CONTROL_CURVE;
    if (!many && part->index != 0) return refuse(part, 0, "there is index 0 only", BANK_INVALID, text);
    switch (part->kind) {
    case COUPLINGS: return read_couplings(part, p, rounded, text);
    case FIELDS: return read_codes(part, p->n, FIELD_LIMIT, DAC_STEP, p->h, rounded, text);
    case QUADRATIC: return read_wells(part, p->n, -QUADRATIC_LIMIT, QUADRATIC_LIMIT, p->q, text);
    case QUARTIC: return read_wells(part, p->n, 0, QUARTIC_LIMIT, p->r, text);
    case DRIVE_PATTERN:
        if (part->index >= DRIVES_MAX) return refuse(part, 0, "there are not so many drives", BANK_OUT_OF_RANGE, text);
        return read_codes(part, p->n, 0, 0, p->eta[part->index], rounded, text);
    case DRIVE_CURVE:
        if (part->index >= DRIVES_MAX) return refuse(part, 0, "there are not so many drives", BANK_OUT_OF_RANGE, text);
        return read_curve(part, -AMPLITUDE_LIMIT, AMPLITUDE_LIMIT, &p->amplitude[part->index], text);
    case CONTROL_CURVE:
        if (part->index >= CONTROLS) return refuse(part, 0, "the board has no such control", BANK_OUT_OF_RANGE, text);
        return read_curve(part, 0, part->index == CONTROL_TEMPERATURE ? TEMPERATURE_LIMIT : FACTOR_LIMIT, &p->control[part->index], text);
    case INITIAL: return read_codes(part, p->n, 0, 0, p->initial, rounded, text);
    default: return refuse(part, 0, "the board has no temperature of each site", BANK_INVALID, text);
    }
}

enum bank_status image_read(const uint8_t *image, uint32_t length, uint32_t n, struct program *program, bool *rounded, char text[BANK_TEXT]) {
    *rounded = false;
    memset(program, 0, sizeof *program);
    if (length < 8 || memcmp(image, "RXP1", 4) != 0) return refuse_image("does not begin with RXP1", text);
    const uint32_t sections = get_u16(image + 6);
    if (get_u16(image + 4) != n || n == 0 || n > SITES_MAX) return refuse_image("n is not that of UploadBegin", text);
    if (8 + 16 * sections > length) return refuse_image("ends in its table", text);
    program->n = (uint16_t)n;
    for (uint32_t i = 0; i < n; i++) {
        program->q[i] = QUADRATIC_DEFAULT;
        program->r[i] = QUARTIC_DEFAULT;
    }
    uint32_t free_from = 8 + 16 * sections;
    unsigned patterns = 0, curves = 0;
    for (uint32_t s = 0; s < sections; s++) {
        const uint8_t *row = image + 8 + 16 * s;
        struct part part = {get_u16(row), get_u16(row + 2), NULL, get_u32(row + 8), get_f32(row + 12)};
        const uint32_t offset = get_u32(row + 4);
        if (part.kind < COUPLINGS || part.kind > NODE_TEMPERATURE) return refuse_image("a section that the board does not know", text);
        if (offset % 4 != 0 || offset < free_from || offset > length || part.length > length - offset) {
            return refuse(&part, 0, "lies outside the image, or over another one", BANK_INVALID, text);
        }
        for (uint32_t before = 0; before < s; before++) {
            if (memcmp(image + 8 + 16 * before, row, 4) == 0) return refuse(&part, 0, "stands twice", BANK_INVALID, text);
        }
        free_from = offset + part.length;
        part.bytes = image + offset;
        const enum bank_status status = read_part(&part, program, rounded, text);
        if (status != BANK_OK) return status;
        if (part.kind == DRIVE_PATTERN) patterns |= 1u << part.index;
        if (part.kind == DRIVE_CURVE) curves |= 1u << part.index;
    }
    if (patterns != curves) return refuse_image("a drive has only one of its sections", text);
    while (patterns >> program->drives != 0) program->drives += 1;
    return BANK_OK;
}

/* ---- Uploads ------------------------------------------------------------------------------------------------------- */

void bank_store_begin(struct bank_store *store) {
    memset(store, 0, sizeof *store);
    store->active = NO_BANK;
}

const struct upload *bank_upload(const struct bank_store *store, uint32_t id) {
    if (id == 0) return NULL;
    if (id == store->open.id) return &store->open;
    return id == store->done.id ? &store->done : NULL;
}

enum bank_status bank_begin(struct bank_store *store, uint32_t bank, uint32_t n, uint32_t total, const uint8_t sha256[32],
                            const struct upload **upload, char text[BANK_TEXT]) {
    struct upload *open = &store->open;
    if (bank >= BANKS) {
        snprintf(text, BANK_TEXT, "there are banks 0 and 1");
        return BANK_NOT_FOUND;
    }
    const struct upload *done = &store->done;
    if (bank == store->active && done->id != 0 && done->bank == bank && done->n == n && done->total == total &&
        memcmp(done->sha256, sha256, 32) == 0) {
        *upload = done; /* the answer to its commit was lost */
        return BANK_OK;
    }
    if (bank == store->active) {
        snprintf(text, BANK_TEXT, "bank %u is the active one", (unsigned)bank);
        return BANK_ILLEGAL_STATE;
    }
    if (total > BANK_BYTES) {
        snprintf(text, BANK_TEXT, "a bank has %u bytes", BANK_BYTES);
        return BANK_NO_ROOM;
    }
    if (n == 0 || n > SITES_MAX) {
        snprintf(text, BANK_TEXT, "the board has 1 to %u sites", SITES_MAX);
        return BANK_OUT_OF_RANGE;
    }
    const bool goes_on = open->id != 0 && open->bank == bank && open->n == n && open->total == total &&
                         memcmp(open->sha256, sha256, 32) == 0;
    if (!goes_on) {
        store->last_id += 1;
        *open = (struct upload){.id = store->last_id, .bank = bank, .n = n, .total = total};
        memcpy(open->sha256, sha256, 32);
    }
    *upload = open;
    return BANK_OK;
}

enum bank_status bank_chunk(struct bank_store *store, uint32_t id, uint32_t offset, uint32_t crc, const uint8_t *data,
                            uint32_t length, const struct upload **upload, char text[BANK_TEXT]) {
    const struct upload *found = bank_upload(store, id);
    if (found == NULL) {
        snprintf(text, BANK_TEXT, "no upload %u", (unsigned)id);
        return BANK_NOT_FOUND;
    }
    *upload = found;
    if (offset < found->next && length <= found->next - offset) return BANK_OK;
    if (found != &store->open || offset != found->next || length > found->total - offset) {
        snprintf(text, BANK_TEXT, "a chunk of %u bytes at %u, the upload is at %u of %u", (unsigned)length, (unsigned)offset,
                 (unsigned)found->next, (unsigned)found->total);
        return BANK_INVALID;
    }
    if (crc32(0, data, length) != crc) {
        snprintf(text, BANK_TEXT, "the chunk at %u has another CRC-32", (unsigned)offset);
        return BANK_MISMATCH;
    }
    struct upload *open = &store->open;
    memcpy(store->banks[open->bank].image + offset, data, length);
    open->crc = crc32(open->crc, data, length);
    open->next += length;
    return BANK_OK;
}

enum bank_status bank_commit(struct bank_store *store, uint32_t id, const uint8_t *sha256, size_t sha256_length,
                             struct circuit *circuit, char text[BANK_TEXT]) {
    const struct upload *found = bank_upload(store, id);
    if (found == NULL) {
        snprintf(text, BANK_TEXT, "no upload %u", (unsigned)id);
        return BANK_NOT_FOUND;
    }
    if (sha256_length != 32 || memcmp(found->sha256, sha256, 32) != 0) {
        snprintf(text, BANK_TEXT, "the hash is not that of UploadBegin");
        return BANK_MISMATCH;
    }
    if (found == &store->done) return BANK_OK; /* the answer was lost */
    if (found->next < found->total) {
        snprintf(text, BANK_TEXT, "%u of %u bytes are there", (unsigned)found->next, (unsigned)found->total);
        return BANK_MISMATCH;
    }
    const struct upload upload = *found;
    struct bank *bank = &store->banks[upload.bank];
    store->open.id = 0; /* whatever comes now ends it */
    struct sha256 hash;
    uint8_t digest[32];
    sha256_begin(&hash);
    sha256_add(&hash, bank->image, upload.total);
    sha256_end(&hash, digest);
    if (memcmp(digest, upload.sha256, 32) != 0) {
        snprintf(text, BANK_TEXT, "the image has another hash");
        return BANK_MISMATCH;
    }
    bool rounded;
    const enum bank_status status = image_read(bank->image, upload.total, upload.n, &store->candidate, &rounded, text);
    if (status != BANK_OK) return status;
    if (circuit != NULL) {
        circuit_set(circuit, &store->candidate);
        if (!circuit_read_back(circuit, &store->candidate)) {
            circuit_set(circuit, &store->program);
            snprintf(text, BANK_TEXT, "the converters do not hold the couplings or fields");
            return BANK_READBACK;
        }
    }
    bank->length = upload.total;
    bank->crc = upload.crc;
    store->program = store->candidate;
    store->rounded = rounded;
    store->active = (uint8_t)upload.bank;
    store->done = upload;
    return BANK_OK;
}
