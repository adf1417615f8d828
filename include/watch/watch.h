/* SPDX-License-Identifier: MIT */
/*
 * What is seen of the server, and what is done to it on purpose: the journal of requests, events,
 * who waits, warnings, faults, and how much an account asks for at once. All of it in memory, each
 * behind a lock of its own, and each of use without the others.
 */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

struct watch {
	struct journal *journal; /* NULL: none is kept */
	struct warnings *warnings;
	struct traffic *traffic; /* faults and limits */
};

#endif
