/* SPDX-License-Identifier: MIT */
/* A 64-bit hash (FNV-1a with a final mix) to detect damage. It keeps no secrets. */
#ifndef UTIL_HASH_H
#define UTIL_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Where a hash begins. */
#define HASH_START UINT64_C(0xcbf29ce484222325)

/* Continues a hash over a NUL-terminated text, its NUL included, so that "ab","c" and "a","bc"
 * differ. */
static inline uint64_t hash_text(uint64_t hash, const char *text)
{
	do {
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	} while (*text++ != '\0');
	return hash;
}

/* Continues a hash over a number. */
static inline uint64_t hash_number(uint64_t hash, uint64_t value)
{
	for (int shift = 0; shift < 64; shift += 8)
		hash = (hash ^ (value >> shift & 0xFF)) * UINT64_C(0x100000001b3);
	return hash;
}

/* Ends a hash: spreads each bit over all. */
static inline uint64_t hash_finish(uint64_t hash)
{
	hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ hash >> 33;
}

#endif
