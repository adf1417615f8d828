/* SPDX-License-Identifier: MIT */
#include "watch/events.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "watch/event_text.h"

enum { SLEEP_AFTER_US = 600 * 1000 * 1000 };

struct kept_event {
	uint64_t begins; /* how many bytes were told before it */
	size_t length;
	unsigned type;
	char account_sid[SID_SIZE];
	char text[]; /* see event_text.h */
};

struct events {
	atomic_bool awake; /* somebody listens, or may come back */
	pthread_mutex_t mutex;
	/* While awake. The ring: an event is at the rest of its id by its size. */
	struct kept_event **ring;
	uint64_t oldest, next; /* ids: of the oldest that is kept, and of the next one */
	uint64_t told_bytes;   /* of all that was told */
	size_t kept_bytes;
	struct event_listener *listeners;
	unsigned readers;
	int64_t heard_us; /* when somebody last listened */
};

struct events *events_new(void)
{
	struct events *events = calloc(1, sizeof(*events));
	if (events == NULL)
		return NULL;
	pthread_mutex_init(&events->mutex, NULL);
	/* Those of an earlier process are smaller: nobody takes them for ours. */
	events->oldest = events->next = (uint64_t)clock_now_ms() * 1000;
	return events;
}

/* ── the ring ────────────────────────────────────────────────────────────────────────────── */

static struct kept_event **place_of(struct events *events, uint64_t id)
{
	return &events->ring[id % EVENTS_KEPT];
}

static void drop_oldest(struct events *events)
{
	struct kept_event **place = place_of(events, events->oldest++);
	events->kept_bytes -= (*place)->length;
	free(*place);
	*place = NULL;
}

/* Drops all that is kept. Whoever has not read it learns that there is a gap. */
static void drop_all(struct events *events)
{
	while (events->oldest < events->next)
		drop_oldest(events);
	events->oldest = ++events->next;
}

static void keep(struct events *events, struct kept_event *event)
{
	while (events->next - events->oldest >= EVENTS_KEPT ||
		(events->kept_bytes > 0 && events->kept_bytes + event->length > EVENTS_BYTES_KEPT))
		drop_oldest(events);
	event->begins = events->told_bytes;
	events->told_bytes += event->length;
	events->kept_bytes += event->length;
	*place_of(events, events->next++) = event;
}

static void fall_asleep(struct events *events)
{
	drop_all(events);
	free(events->ring);
	events->ring = NULL;
	atomic_store(&events->awake, false);
}

static bool wake_up(struct events *events)
{
	if (events->ring == NULL) {
		events->ring = calloc(EVENTS_KEPT, sizeof(events->ring[0]));
		if (events->ring == NULL)
			return false;
		/* What happened meanwhile nobody knows. */
		events->oldest = ++events->next;
		atomic_store(&events->awake, true);
	}
	return true;
}

void events_free(struct events *events)
{
	if (events == NULL)
		return;
	if (events->ring != NULL)
		fall_asleep(events);
	pthread_mutex_destroy(&events->mutex);
	free(events);
}

/* ── telling ─────────────────────────────────────────────────────────────────────────────── */

static bool is_awake(const struct events *events)
{
	return events != NULL && atomic_load_explicit(&events->awake, memory_order_relaxed);
}

static void wake_listeners(struct events *events)
{
	for (struct event_listener *each = events->listeners; each != NULL; each = each->next) {
		if (!each->is_told) {
			each->is_told = true;
			each->wake(each->closure);
		}
	}
}

void events_lose(struct events *events)
{
	if (!is_awake(events))
		return;
	pthread_mutex_lock(&events->mutex);
	drop_all(events);
	wake_listeners(events);
	pthread_mutex_unlock(&events->mutex);
}

static bool is_forgotten(const struct events *events)
{
	return events->readers == 0 && clock_monotonic_us() - events->heard_us > SLEEP_AFTER_US;
}

static struct kept_event *kept_event_new(
	const char *name, const char *account_sid, const struct strbuf *text)
{
	if (text->failed)
		return NULL;
	struct kept_event *event = malloc(sizeof(*event) + text->length);
	if (event == NULL)
		return NULL;
	event->length = text->length;
	event->type = event_type(name);
	memcpy(event->account_sid, account_sid, strlen(account_sid) + 1);
	memcpy(event->text, text->data, text->length);
	return event;
}

/* Takes the text over. */
static void tell(
	struct events *events, const char *name, const char *account_sid, struct strbuf *text)
{
	struct kept_event *event = kept_event_new(name, account_sid, text);
	strbuf_done(text);
	if (event == NULL) {
		events_lose(events);
		return;
	}
	pthread_mutex_lock(&events->mutex);
	if (events->ring != NULL && is_forgotten(events))
		fall_asleep(events);
	if (events->ring != NULL) {
		keep(events, event);
		wake_listeners(events);
		event = NULL;
	}
	pthread_mutex_unlock(&events->mutex);
	free(event);
}

static void tell_change_as(struct events *events, const char *name, const struct change *change)
{
	struct strbuf text;
	strbuf_init(&text, EVENT_TEXT_MAXIMUM);
	event_text_of_change(&text, name, change);
	tell(events, name, change->account_sid, &text);
}

void events_tell_change(struct events *events, const struct change *change)
{
	if (!is_awake(events) || change->event == NULL)
		return;
	tell_change_as(events, change->event, change);
	if (change->status_event != NULL)
		tell_change_as(events, change->status_event, change);
}

void events_tell_request(struct events *events, const struct journal_entry *entry)
{
	struct strbuf text;
	if (!is_awake(events))
		return;
	strbuf_init(&text, EVENT_TEXT_MAXIMUM);
	event_text_of_request(&text, entry);
	tell(events, "request", entry->account_sid, &text);
}

void events_tell_fault(struct events *events, const char *account_sid, const char *fault_id,
	const char *subject_sid, int64_t at_ms)
{
	struct strbuf text;
	if (!is_awake(events))
		return;
	strbuf_init(&text, EVENT_TEXT_MAXIMUM);
	event_text_of_fault(&text, account_sid, fault_id, subject_sid, at_ms);
	tell(events, "fault", account_sid, &text);
}

/* ── listeners ───────────────────────────────────────────────────────────────────────────── */

static void add_reader(struct events *events, struct event_listener *listener)
{
	events->readers++;
	if (listener->readers++ > 0)
		return;
	listener->is_told = false;
	listener->next = events->listeners;
	events->listeners = listener;
}

static void remove_reader(struct events *events, struct event_listener *listener)
{
	struct event_listener **link = &events->listeners;
	events->readers--;
	if (--listener->readers > 0)
		return;
	while (*link != listener)
		link = &(*link)->next;
	*link = listener->next;
}

/* Where a reader begins: where he was or, if that is not kept, with all that is. */
static void find_place(const struct events *events, struct event_reader *reader)
{
	const struct event_choice *choice = &reader->choice;
	reader->next = events->next;
	if (!choice->resumes)
		return;
	reader->has_missed =
		choice->last_id + 1 < events->oldest || choice->last_id >= events->next;
	reader->next = reader->has_missed ? events->oldest : choice->last_id + 1;
}

bool events_open(struct events *events, struct event_listener *listener,
	const struct event_choice *choice, struct event_reader *ret_reader)
{
	pthread_mutex_lock(&events->mutex);
	const bool opened = events->readers < EVENT_READERS_MAXIMUM && wake_up(events);
	if (opened) {
		add_reader(events, listener);
		*ret_reader = (struct event_reader){
			.listener = listener,
			.choice = *choice,
			.allowed = events->told_bytes,
			.is_new = true,
		};
		find_place(events, ret_reader);
	}
	pthread_mutex_unlock(&events->mutex);
	return opened;
}

void events_close(struct events *events, struct event_reader *reader)
{
	pthread_mutex_lock(&events->mutex);
	remove_reader(events, reader->listener);
	events->heard_us = clock_monotonic_us();
	pthread_mutex_unlock(&events->mutex);
}

bool event_listener_hears(struct events *events, struct event_listener *listener)
{
	pthread_mutex_lock(&events->mutex);
	const bool was_told = listener->is_told;
	listener->is_told = false;
	pthread_mutex_unlock(&events->mutex);
	return was_told;
}

unsigned events_count_readers(struct events *events)
{
	pthread_mutex_lock(&events->mutex);
	const unsigned count = events->readers;
	pthread_mutex_unlock(&events->mutex);
	return count;
}

/* ── reading ─────────────────────────────────────────────────────────────────────────────── */

static bool is_wanted(const struct event_reader *reader, const struct kept_event *event)
{
	const char *account_sid = reader->choice.account_sid;
	return (reader->choice.types & (event_set)1 << event->type) &&
	       (account_sid[0] == '\0' || strcmp(account_sid, event->account_sid) == 0);
}

/* The next event that a reader wants, or NULL. Looks at each once. */
static const struct kept_event *find_next(struct events *events, struct event_reader *reader)
{
	if (reader->next < events->oldest) {
		reader->next = events->oldest;
		reader->has_missed = true;
	}
	for (; reader->next < events->next; reader->next++) {
		const struct kept_event *event = *place_of(events, reader->next);
		if (is_wanted(reader, event))
			return event;
	}
	return NULL;
}

/* What was kept before he came does not count. */
static bool is_too_slow(
	const struct events *events, const struct event_reader *reader, uint64_t read_bytes)
{
	const uint64_t from = read_bytes > reader->allowed ? read_bytes : reader->allowed;
	return events->told_bytes - from > EVENTS_BYTES_BEHIND;
}

bool events_wait_for(struct events *events, struct event_reader *reader)
{
	pthread_mutex_lock(&events->mutex);
	const bool found =
		find_next(events, reader) != NULL || reader->is_new || reader->has_missed;
	pthread_mutex_unlock(&events->mutex);
	return found;
}

static void add_gap(struct strbuf *out, const char *reason)
{
	strbuf_add_format(out, "event: gap\ndata: {\"reason\":\"%s\"}\n\n", reason);
}

/* Tells a reader where he stands: with the id of what comes before, he can come back there. */
static void add_place(struct event_reader *reader, struct strbuf *out)
{
	if (reader->has_missed)
		add_gap(out, "missed");
	if (reader->is_new || reader->has_missed)
		strbuf_add_format(out, "id: %llu\n\n", (unsigned long long)reader->next - 1);
	reader->is_new = reader->has_missed = false;
}

static void add_event(
	struct event_reader *reader, const struct kept_event *event, struct strbuf *out)
{
	strbuf_add_format(out, "id: %llu\n", (unsigned long long)reader->next);
	strbuf_add(out, event->text, event->length);
	reader->next++;
}

bool events_read(
	struct events *events, struct event_reader *reader, size_t size, struct strbuf *out)
{
	bool keeps_up = true;
	pthread_mutex_lock(&events->mutex);
	while (keeps_up && out->length < size && !out->failed) {
		const struct kept_event *event = find_next(events, reader);
		keeps_up = event == NULL || !is_too_slow(events, reader, event->begins);
		if (!keeps_up) {
			add_gap(out, "too slow");
			break;
		}
		add_place(reader, out);
		if (event == NULL)
			break;
		add_event(reader, event, out);
	}
	pthread_mutex_unlock(&events->mutex);
	return keeps_up;
}
