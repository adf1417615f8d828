/* SPDX-License-Identifier: MIT */
/* What the journal is told of requests and their answers. */
#ifndef HTTP_RECORD_H
#define HTTP_RECORD_H

#include "request/request.h"

/* A request as it was sent: what serves it takes another apart. Texts are the request's. */
struct sent {
	const char *method;
	const char *target; /* path and query */
	struct bytes body;  /* its beginning; NULL: there was no memory for it */
	size_t body_length; /* of all of it */
};

/* Keeps a body, in the request's arena. To be called once it is complete, before it is served:
 * whoever reads a form decodes it in place. */
void record_body(struct sent *sent, struct arena *arena, const char *body, size_t length);

/* Puts a request that was answered into the journal, unless it is none of /v1. Without a journal
 * only a fault that hit it is told. To be called before the answer is sent, so that whoever has it
 * finds the entry. `texts` is of use during the call. */
void record_answer(struct watch *watch, const struct sent *sent, const struct request *request,
	int64_t duration_us, struct strbuf *texts);

#endif
