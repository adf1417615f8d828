/* SPDX-License-Identifier: MIT */
#include "util/random.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Bytes are fetched many at a time: a system call for each SID would be dear. */
static _Thread_local uint8_t supply[1024];
static _Thread_local size_t left;

static void refill(void)
{
	size_t filled = 0;
	while (filled < sizeof(supply)) {
		const ssize_t got = getrandom(supply + filled, sizeof(supply) - filled, 0);
		if (got > 0)
			filled += (size_t)got;
		else if (errno != EINTR)
			abort(); /* no kernel source at all: nothing that we could make would be
				    unique */
	}
	left = sizeof(supply);
}

void random_bytes(uint8_t *out, size_t length)
{
	assert(length <= 64);
	if (left < length)
		refill();
	left -= length;
	memcpy(out, supply + left, length);
}
