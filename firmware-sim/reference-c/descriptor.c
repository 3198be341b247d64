#include <string.h>

#include "board.h"
#include "sha256.h"

/* docs/formats/descriptor.md, without `device` and `driver`. The numbers are those of circuit.h and config.h. */
#if SITES_MAX != 32 || DRIVES_MAX != 4 || SHOTS_MAX != 4096
#error "the descriptor below says other limits than config.h"
#endif
static const char before_serial[] = "{\"version\":1,\"origin\":\"firmware-sim\",\"serial\":\"";
static const char after_serial[] =
    "\",\"title\":\"Reference board in C: overdamped nodes, computed\","
    "\"model\":\"dx = -dE/dx dt + sqrt(2T) dW with E = -1/2 sum J x x - sum h x - sum A(t) eta x + sum (q x^2 + r x^4)\","
    "\"fidelity\":\"ideal nodes between rails at 8 V0; 12-bit converters of couplings, fields and readouts\","
    "\"sites\":{\"max\":32,\"kinds\":[\"continuous\"],\"hidden\":false,\"range\":[-4,4],\"clamping\":false},"
    "\"topology\":\"all-to-all\","
    "\"couplings\":{\"kinds\":[\"dense\"],\"interactions\":[],\"maxDegree\":2,\"geometries\":[],\"range\":[-8,8],"
    "\"resolution\":0.00390625,\"asymmetric\":false,\"perSiteSum\":null},"
    "\"fields\":{\"range\":[-8,8],\"resolution\":0.00390625},"
    "\"wells\":{\"quadratic\":[-10,10],\"quartic\":[0,10],\"default\":{\"quadratic\":1,\"quartic\":1}},"
    "\"drives\":{\"max\":4,\"amplitude\":[-8,8]},"
    "\"controls\":{\"temperature\":[0,10],\"coupling\":[0,8],\"quadratic\":[0,8],\"quartic\":[0,8]},"
    "\"dynamics\":{\"rules\":{\"langevin\":[\"continuous-time\"]},\"fidelities\":[],\"kernels\":[],\"integrators\":[],"
    "\"temperature\":{\"range\":[0,10],\"perSite\":false,\"default\":1},\"ties\":[],\"synapses\":false,\"spiking\":false,"
    "\"burnIn\":false},"
    "\"initial\":[\"pattern\",\"corrupted\",\"random\",\"zero\"],"
    "\"shots\":{\"max\":4096,\"pauseAtShot\":true},"
    "\"duration\":{\"max\":10000},"
    "\"readout\":{\"channels\":[{\"name\":\"energy\",\"unit\":\"program energy\"},{\"name\":\"overlaps\",\"unit\":\"1\"},"
    "{\"name\":\"state\",\"unit\":\"V0\"},{\"name\":\"work\",\"unit\":\"program energy\"},"
    "{\"name\":\"heat\",\"unit\":\"program energy\"}],\"minEvery\":0.01},"
    "\"parameters\":[{\"name\":\"readoutScale\",\"unit\":\"V0\",\"default\":0.001953125,\"range\":[0.001953125,0.001953125],"
    "\"writable\":false,\"meaning\":\"step of the readout converter\"},"
    "{\"name\":\"noiseGain\",\"unit\":\"1\",\"default\":1,\"range\":[0.5,1.5],\"writable\":true,"
    "\"meaning\":\"factor of the noise amplitude\"}],"
    "\"units\":{\"time\":{\"name\":\"RC\",\"seconds\":0.0001},\"energy\":{\"name\":\"C V0^2\",\"joules\":1e-9}},"
    "\"calibrated\":[],\"features\":[\"thermodynamics\"]}";

struct piece {
    const char *text;
    uint32_t length;
};

static void pieces(const struct board *board, struct piece three[3]) {
    three[0] = (struct piece){before_serial, sizeof before_serial - 1};
    three[1] = (struct piece){board->life.serial, (uint32_t)strlen(board->life.serial)};
    three[2] = (struct piece){after_serial, sizeof after_serial - 1};
}

uint32_t descriptor_length(const struct board *board) {
    struct piece three[3];
    pieces(board, three);
    return three[0].length + three[1].length + three[2].length;
}

uint32_t descriptor_read(const struct board *board, uint32_t offset, uint8_t *to, uint32_t room) {
    struct piece three[3];
    uint32_t taken = 0;
    pieces(board, three);
    for (unsigned k = 0; k < 3; k++) {
        for (; offset < three[k].length && taken < room; offset++) to[taken++] = (uint8_t)three[k].text[offset];
        offset -= three[k].length < offset ? three[k].length : offset;
    }
    return taken;
}

void descriptor_hash(const struct board *board, uint8_t digest[32]) {
    struct piece three[3];
    struct sha256 hash;
    pieces(board, three);
    sha256_begin(&hash);
    for (unsigned k = 0; k < 3; k++) sha256_add(&hash, (const uint8_t *)three[k].text, three[k].length);
    sha256_end(&hash, digest);
}
