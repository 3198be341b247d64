#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the board needs of the machine it runs on. Received bytes go into `board_receive`. */

/* TICK_HZ ticks a second (config.h), never backwards. */
uint64_t port_ticks(void);
/* The bytes of the last `port_tx` have left. */
bool port_tx_ready(void);
/* Sends; the bytes stay where they are until `port_tx_ready`. */
void port_tx(const uint8_t *bytes, size_t length);
/* Fastest line rate, baud; 0: this line has none (USB, TCP). */
uint32_t port_max_baud(void);
void port_set_baud(uint32_t baud);
/* Least retransmission time-out: 25, over USB or TCP 50. */
uint32_t port_min_rto_ms(void);
/* From a source of noise. */
uint32_t port_random(void);

#endif
