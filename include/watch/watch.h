/* SPDX-License-Identifier: MIT */
/*
 * What is seen of the server, and what is done to it on purpose: the journal of requests, events,
 * who waits, warnings, faults, and how much an account asks for at once. All of it in memory, each
 * behind a lock of its own, and each of use without the others.
 */
#ifndef WATCH_WATCH_H
#define WATCH_WATCH_H

#include "watch/events.h"
#include "watch/journal.h"
#include "watch/traffic.h"
#include "watch/waiters.h"
#include "watch/warnings.h"

struct watch {
	struct journal *journal; /* NULL: none is kept */
	struct warnings *warnings;
	struct traffic *traffic; /* faults and limits */
	struct events *events;
	struct waiters *waiters;
};

struct watch_options {
	size_t journal_entries; /* of each account; 0: no journal is kept */
	size_t journal_bytes;	/* of all */
	uint64_t rng_seed;	/* of the dice of faults */
};

/* Makes all of it. False without memory; watch_done frees what there is either way. */
bool watch_init(struct watch *watch, const struct watch_options *options);
void watch_done(struct watch *watch);

/* Lets go of what is kept of an account that begins anew, or has ended. Who waits in it is told by
 * what the writer has committed. */
void watch_forget(struct watch *watch, const char *account_sid);

/* Puts a request that was answered into the journal, which there must be; and tells who listens,
 * and who waits. What only looks (/_emulator/v1) is not told. */
void watch_request(struct watch *watch, const struct journal_entry *entry);

/* Tells who listens, and who waits, what the writer has committed. */
void watch_committed(
	struct watch *watch, const struct change *changes, size_t count, bool complete);

#endif
