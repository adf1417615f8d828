/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into supersimd, gives the same random bytes in every run. SIDs are random, and where
 * they fall among others decides how much a database has to move: by several of a thousand
 * instructions.
 */
#include <stdint.h>
#include <sys/random.h>

ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
	static uint64_t state;
	unsigned char *out = buffer;
	(void)flags;
	for (size_t i = 0; i < length; i++) { /* splitmix64 */
		uint64_t mixed = state += 0x9e3779b97f4a7c15;
		mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
		mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
		out[i] = (unsigned char)(mixed >> 32);
	}
	return (ssize_t)length;
}
