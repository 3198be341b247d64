#ifndef CONFIG_H
#define CONFIG_H

/* Sizes of everything: nothing is allocated while the board runs. */

/* Longest payload of a frame. A HELLO of 512 has to be read whatever `mtu` says, so it is not less; board.options has
   lengths that follow from it. */
#define LINK_MTU 512u
#if LINK_MTU < 512
#error "LINK_MTU is 512 at least"
#endif
/* Reliable frames that are kept until the host has them. */
#define ARQ_SLOTS 8u
/* Of those, how many the host may ask for at a time (each request takes a slot for its response). */
#define ARQ_CREDIT 5u
#define RX_WINDOW_BYTES (4u * LINK_MTU)
#define RESPONSE_CACHE 16u

#define TICK_HZ 1000000u
#define MAX_WATCHDOG_MS 5000u

#define SITES_MAX 32u
#define DRIVES_MAX 4u
/* Longest image. Couplings and fields of 32 sites are 1 kB; the rest is room for curves, 8 bytes a point. */
#define BANK_BYTES 16384u
/* Longest run. With 32 sites a shot's record of the result has 96 bytes. */
#define SHOTS_MAX 4096u
#define RESULT_BYTES (SHOTS_MAX * 96u)
/* Samples that wait to be sent. */
#define STATE_ROWS_BYTES 32768u
#define VALUE_ROWS 4096u

#endif
