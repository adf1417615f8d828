/* SPDX-License-Identifier: MIT */
/* Random bytes for SIDs and request ids, from the kernel. Any thread: each has its own supply. */
#ifndef UTIL_RANDOM_H
#define UTIL_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Writes `length` (at most 64) random bytes. */
void random_bytes(uint8_t *out, size_t length);

#endif
