/* SPDX-License-Identifier: MIT */
/*
 * Events: what happens in the server, as those read it who listen while it happens.
 *
 * The newest are kept in a ring, so that a reader who was away can go on where he was. It fills
 * only once somebody has listened, and goes when nobody has for ten minutes; until then telling of
 * something costs one look. Any thread.
 */
#ifndef WATCH_EVENTS_H
#define WATCH_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/change.h"
#include "util/strbuf.h"
#include "watch/event_types.h"
#include "watch/journal.h"

struct events;

/* What is kept, and how far a reader may fall behind what is new. */
enum {
	EVENTS_KEPT = 10000,
	EVENTS_BYTES_KEPT = 8 * 1024 * 1024,
	EVENTS_BYTES_BEHIND = 1024 * 1024,
	EVENT_READERS_MAXIMUM = 256
};

/* NULL without memory. */
struct events *events_new(void);
void events_free(struct events *events); /* NULL is harmless */

/* ── telling ─────────────────────────────────────────────────────────────────────────────── */

/* Tells of what a write changed. To be called in the order of the writes, once they are durable. */
void events_tell_change(struct events *events, const struct change *change);

/* Tells of a request that was answered. */
void events_tell_request(struct events *events, const struct journal_entry *entry);

/* Tells that a fault hit a request, or a delivery: `subject_sid`. */
void events_tell_fault(struct events *events, const char *account_sid, const char *fault_id,
	const char *subject_sid, int64_t at_ms);

/* Something happened that is not told: readers learn that there is a gap. */
void events_lose(struct events *events);

/* ── listening ───────────────────────────────────────────────────────────────────────────── */

/* Who is told that there is something new, for the readers that he serves. Told once, until
 * event_listener_hears. The first two members are the caller's to set. */
struct event_listener {
	void (*wake)(void *closure); /* on any thread; must not wait */
	void *closure;
	struct event_listener *next;
	unsigned readers;
	bool is_told;
};

/* Which events somebody wants. */
struct event_choice {
	event_set types;
	char account_sid[SID_SIZE]; /* ""; everybody's */
	bool resumes;		    /* he has read until `last_id` */
	uint64_t last_id;
};

struct event_reader {
	struct event_listener *listener;
	struct event_choice choice;
	uint64_t next;	  /* the id of the event that comes next */
	uint64_t allowed; /* how many bytes had been told when he came */
	bool is_new;	  /* he was not even told where he stands */
	bool has_missed;  /* he was not told that there is a gap */
};

/* Lets a reader begin. False: there are as many as may be, or there is no memory. The caller ends
 * it with events_close. */
bool events_open(struct events *events, struct event_listener *listener,
	const struct event_choice *choice, struct event_reader *ret_reader);
void events_close(struct events *events, struct event_reader *reader);

/* To be called before a listener's readers are asked: what comes later wakes it again. False: it
 * was not told of anything. */
bool event_listener_hears(struct events *events, struct event_listener *listener);

/* Whether there is something for a reader, now. Passes by what he does not want. */
bool events_wait_for(struct events *events, struct event_reader *reader);

/*
 * Adds what comes next for a reader, whole events in the form of Server-Sent Events, until `out`
 * has `size` bytes or there is no more. False: he fell too far behind, and is told so in `out`; it
 * is the last that he gets.
 */
bool events_read(
	struct events *events, struct event_reader *reader, size_t size, struct strbuf *out);

/* How many readers there are, for metrics. */
unsigned events_count_readers(struct events *events);

#endif
