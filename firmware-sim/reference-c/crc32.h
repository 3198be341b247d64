#ifndef CRC32_H
#define CRC32_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32/ISO-HDLC. `crc` is that of the bytes before, 0 at the beginning: parts may be added one after the other. */
uint32_t crc32(uint32_t crc, const uint8_t *bytes, size_t length);

#endif
