/* SPDX-License-Identifier: MIT */
/*
 * Answers that fail on purpose, as bytes on the wire: none at all, fewer than were promised, or the
 * second half of them late.
 */
#ifndef HTTP_FAULT_H
#define HTTP_FAULT_H

#include <microhttpd.h>

#include "request/request.h"

/* A body that is cut, or stalls. It lives until its request is completed. */
struct broken_body {
	const char *data;
	size_t length;	  /* as the head promises */
	size_t cut_at;	  /* the connection ends after so many bytes; the length: it does not */
	size_t stalls_at; /* after so many bytes it stands still, once; SIZE_MAX: never */
	/* Suspends the connection, and has it resumed when the time has come. */
	void (*stall)(void *closure);
	void *closure;
};

/* Whether the fault that hit a request, if any, ends its connection without an answer: with a
 * reset, which is sent at once, or with a plain end, which the library makes. The socket stays the
 * library's. */
bool fault_ends_connection(const struct request *request, int socket);

/* Whether it ends the connection at the latest when the answer is sent. */
bool fault_ends_afterwards(const struct request *request);

/* Whether it breaks the answer's body, and then where; `stall` is called in the middle of it. */
bool fault_breaks_body(const struct request *request, void (*stall)(void *closure), void *closure,
	struct broken_body *ret_body);

/* The answer with such a body, or NULL. */
struct MHD_Response *fault_response(struct broken_body *body);

#endif
