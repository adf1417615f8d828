/* SPDX-License-Identifier: MIT */
/*
 * What is served, as a function from a request to a reply: Twilio's under /v1, and the emulator's
 * own control API under /_emulator. Knows no socket, no thread and no SQL.
 *
 * A request that reads is answered by serve_start. One that writes is checked and decoded by
 * serve_start, done by serve_write and recorded by serve_committed on the writer's thread,
 * and rendered by serve_finish: nothing is answered before it is durable. One that waits looks by
 * serve_wait until it is answered. What of this may take longer than others should wait for is left
 * to serve_long.
 */
#ifndef REQUEST_SERVE_H
#define REQUEST_SERVE_H

#include "request/request.h"

enum serve_step {
	SERVE_ANSWERED,	 /* `reply` is complete */
	SERVE_WRITES,	 /* serve_write and serve_committed must run on the writer, then
			    serve_finish */
	SERVE_ADVANCES,	 /* `advance` must be handed to the scheduler, then serve_finish */
	SERVE_WAITS,	 /* serve_wait must run, and again whenever something of `wait` changes */
	SERVE_LISTENS,	 /* the answer is a stream of what `listens` says, and has begun */
	SERVE_TAKES_LONG /* serve_long must run, where nobody waits for its end, then as that says
			  */
};

/* Checks credentials, route, method and parameters, in this order, and does what only reads. */
enum serve_step serve_start(
	const struct emulator *emulator, struct request *request, struct store_connection *reader);

/* Does what serve_start left, since it may take long: decodes, and does what only reads. Gives
 * SERVE_ANSWERED or SERVE_WRITES. */
enum serve_step serve_long(struct request *request, struct store_connection *reader);

/* Does the write. False: it was refused, and nothing must stay of it. */
bool serve_write(struct request *request, struct store_connection *writer);

/* Takes note of what became of a write, on the writer's thread, in the order of the writes and
 * before any of their clients can be answered: whoever has an answer finds his account where the
 * write left it. `durable` false: the commit failed. */
void serve_committed(struct request *request, bool durable);

/* After that: whether serve_write and serve_committed must run again, since only a piece of the
 * write was done. */
bool serve_goes_on(const struct request *request);

/* Renders the answer of a write or of an advance. */
void serve_finish(struct request *request);

/* True when that may take longer than others should wait for. */
bool serve_finish_takes_long(const struct request *request);

/* Looks whether what a request waits for has come: then it is answered, and so it is when its time
 * is up (`late`). Else it goes on waiting. */
enum serve_step serve_wait(struct request *request, struct store_connection *reader, bool late);

/* Answers a request that could not even be queued, or whose answer takes more memory than there is
 * now: 503. */
void serve_refuse(struct request *request);

/*
 * The largest body that a request may have: what its route takes when the headers are in order, and
 * of those that they refuse no more than FORM_MAXIMUM. Looks at headers and target only.
 */
size_t serve_body_maximum(const struct emulator *emulator, struct request *request);

#endif
