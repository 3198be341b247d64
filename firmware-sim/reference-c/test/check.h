#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* A test stops at the first thing that is not so. */
#define CHECK(what)                                                             \
    do {                                                                        \
        checks += 1;                                                            \
        if (!(what)) {                                                          \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
            exit(1);                                                            \
        }                                                                       \
    } while (0)

static unsigned long checks;

/* xorshift32: enough to shuffle a test's bytes. */
static unsigned random_state = 2463534242u;
static inline unsigned random_u32(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}
static inline double random_unit(void) { return random_u32() / 4294967296.0; }

#endif
