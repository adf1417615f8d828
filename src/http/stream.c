/* SPDX-License-Identifier: MIT */
#include "http/stream.h"

#include <stdlib.h>
#include <string.h>

#include "util/clock.h"
#include "watch/events.h"

enum {
	QUIET_US = 15 * 1000 * 1000, /* then a comment shows that the connection lives */
	PIECE = 4 * 1024,	     /* what the library is given at once */
	READ_AT_ONCE = 16 * 1024,
	READ_MAXIMUM = 64 * 1024 /* with the last event, which may begin just before that */
};

struct stream {
	struct client *client;
	struct event_reader reader;
	struct stream *next, **link; /* of the worker's */
	struct deadline quiet;
	struct strbuf text; /* what was read, of which `given` bytes were given to the library */
	size_t given;
	bool waits; /* suspended, since there was nothing */
	bool ends;  /* nothing follows what was read */
};

static struct events *events_of(const struct worker *worker)
{
	return worker->emulator->watch->events;
}

/* Any thread. */
static void wake(void *closure)
{
	worker_wake(closure);
}

void streams_init(struct worker *worker)
{
	worker->listener.wake = wake;
	worker->listener.closure = worker;
	worker->quiet.allowed_us = QUIET_US;
}

void stream_end(struct stream *stream)
{
	stream->ends = true;
	stream->waits = false;
}

/* ── what the library asks for ───────────────────────────────────────────────────────────── */

/* Reads what comes next. False: there is nothing now. */
static bool read_more(struct stream *stream)
{
	struct events *events = events_of(stream->client->worker);
	strbuf_reset(&stream->text);
	stream->given = 0;
	if (!events_wait_for(events, &stream->reader))
		return false;
	if (!events_read(events, &stream->reader, READ_AT_ONCE, &stream->text))
		stream->ends = true;
	return true;
}

static void rest(struct stream *stream)
{
	strbuf_done(&stream->text); /* most streams are quiet most of the time */
	stream->given = 0;
	stream->waits = true;
	client_suspend(stream->client, true);
}

/*
 * Gives the library what is to be sent. It asks when all that it was given before has been sent, or
 * at least is the system's: the deadline is for a client that takes nothing.
 */
static ssize_t give(void *closure, uint64_t position, char *buffer, size_t size)
{
	struct stream *stream = closure;
	struct client *client = stream->client;
	(void)position;
	if (stream->given == stream->text.length && !stream->ends && !read_more(stream)) {
		rest(stream);
		return 0;
	}
	const size_t left = stream->text.length - stream->given;
	const size_t count = left < size ? left : size;
	if (stream->text.failed || count == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	memcpy(buffer, stream->text.data + stream->given, count);
	stream->given += count;
	const int64_t now_us = clock_monotonic_us();
	deadline_set(&client->worker->busy, &client->deadline, now_us);
	deadline_set(&client->worker->quiet, &stream->quiet, now_us);
	return (ssize_t)count;
}

/* ── beginning and end ───────────────────────────────────────────────────────────────────── */

static void free_stream(void *closure)
{
	struct stream *stream = closure;
	events_close(events_of(stream->client->worker), &stream->reader);
	deadline_clear(&stream->quiet);
	*stream->link = stream->next;
	if (stream->next != NULL)
		stream->next->link = stream->link;
	strbuf_done(&stream->text);
	free(stream);
}

/* NULL without memory, and when there are as many as may be. */
static struct stream *stream_new(struct client *client)
{
	struct worker *worker = client->worker;
	struct stream *stream = calloc(1, sizeof(*stream));
	if (stream == NULL || !events_open(events_of(worker), &worker->listener,
				      client->request.listens, &stream->reader)) {
		free(stream);
		return NULL;
	}
	stream->client = client;
	strbuf_init(&stream->text, READ_MAXIMUM);
	stream->next = worker->streams;
	stream->link = &worker->streams;
	if (stream->next != NULL)
		stream->next->link = &stream->next;
	worker->streams = stream;
	return stream;
}

/* Adds what streams have. Proxies must neither keep one nor collect it. NULL when that fails. */
static struct MHD_Response *with_headers(struct MHD_Response *response)
{
	if (response == NULL ||
		(MHD_add_response_header(
			 response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream") == MHD_YES &&
			MHD_add_response_header(
				response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") == MHD_YES &&
			MHD_add_response_header(response, "X-Accel-Buffering", "no") == MHD_YES))
		return response;
	MHD_destroy_response(response);
	return NULL;
}

/* The library would end even the answer to a HEAD with an empty chunk. */
static struct MHD_Response *head_alone(const struct client *client)
{
	return with_headers(reply_response(&client->request.reply));
}

struct MHD_Response *stream_open(struct client *client)
{
	if (strcmp(client->sent.method, "HEAD") == 0)
		return head_alone(client);
	struct stream *stream = atomic_load(&client->worker->stopping) ? NULL : stream_new(client);
	if (stream == NULL)
		return NULL;
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, PIECE, give, stream, free_stream);
	if (response == NULL)
		free_stream(stream);
	response = with_headers(response);
	client->stream = response != NULL ? stream : NULL;
	return response;
}

/* ── the worker's turn ───────────────────────────────────────────────────────────────────── */

static void go_on(struct stream *stream)
{
	stream->waits = false;
	client_resume(stream->client);
}

static void end_all(struct worker *worker)
{
	struct stream *next;
	for (struct stream *each = worker->streams; each != NULL; each = next) {
		next = each->next;
		each->ends = true;
		if (each->waits)
			go_on(each);
		else
			client_cut_off(each->client); /* it may not have taken what it was given */
	}
}

/* Shows that those live to whom nothing was sent for long. */
static void show_life(struct worker *worker, int64_t now_us)
{
	while (worker->quiet.first != NULL && worker->quiet.first->at_us <= now_us) {
		char *member = (char *)worker->quiet.first;
		struct stream *stream =
			(struct stream *)(void *)(member - offsetof(struct stream, quiet));
		deadline_set(&worker->quiet, &stream->quiet, now_us);
		if (!stream->waits)
			continue;
		strbuf_add_text(&stream->text, ":\n\n");
		go_on(stream);
	}
}

void streams_look(struct worker *worker, int64_t now_us)
{
	if (worker->streams == NULL)
		return;
	if (atomic_load(&worker->stopping)) {
		end_all(worker);
		return;
	}
	const bool told = event_listener_hears(events_of(worker), &worker->listener);
	for (struct stream *each = worker->streams; told && each != NULL; each = each->next) {
		if (each->waits && events_wait_for(events_of(worker), &each->reader))
			go_on(each);
	}
	show_life(worker, now_us);
}
