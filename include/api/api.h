/* SPDX-License-Identifier: MIT */
/*
 * The API as a function from a request to a reply. Knows no socket, no thread and no SQL.
 *
 * A request that reads is answered by api_start. One that writes is checked and decoded by
 * api_start, done by api_write on the writer's thread, and rendered by api_finish once it is
 * durable: nothing is answered before it is committed.
 */
#ifndef API_API_H
#define API_API_H

#include <stdatomic.h>
#include <stdbool.h>

#include "service/accounts.h"
#include "service/service.h"
#include "util/strbuf.h"

struct route;

/* What all requests share. Read only once threads run, but for `stopping`. */
struct api {
	struct accounts *accounts;
	const struct settings *settings;
	atomic_bool stopping; /* readiness ends when the server begins to stop */
};

/* An answer, without the headers that all answers have. */
struct reply {
	int status;
	int error_code;	      /* Twilio's; 0: a success */
	struct strbuf body;   /* JSON; empty for 204 */
	const char *allow;    /* the Allow header's value, or NULL */
	bool ask_credentials; /* WWW-Authenticate belongs to it */
};

/* Which page of a list, as asked for. */
struct list_parameters {
	int64_t page_size;
	int64_t page;
	const char *filter_values[64]; /* as given, by field; for the list's own URLs */
	struct page_request position;
};

/* One request from its first line to its answer. Reused: request_reset makes it fresh. */
struct request {
	struct arena arena; /* all texts of the request */

	/* Set by the caller. Texts live until the request is reset. */
	const char *method;	   /* HEAD counts as GET */
	char *target;		   /* path and query as sent; api_start takes it apart */
	const char *authorization; /* header values; NULL: absent */
	const char *content_type;
	const char *origin; /* "http://127.0.0.1:7746": what URLs in answers begin with */
	char *body;	    /* with a NUL after it; decoded in place */
	size_t body_length;
	bool body_too_large; /* the body was thrown away */

	/* Under way. */
	const char *path; /* as sent, without query */
	const struct route *route;
	const char *identifier; /* the path's {Sid}, decoded */
	const char *account_sid;
	void *record;
	void *changes;
	field_set given;
	struct list_parameters *list;
	struct api_error error;
	bool stopping; /* the server is */

	struct reply reply;
	struct strbuf rows; /* a list's records, until its head is known */
};

/* Makes a request that owns no memory yet. request_done frees all that it got. */
void request_init(struct request *request);
void request_done(struct request *request);

/* Forgets one request and its reply, for the next one. */
void request_reset(struct request *request);

enum api_step {
	API_ANSWERED, /* `reply` is complete */
	API_WRITE     /* api_write must run on the writer, then api_finish */
};

/* Checks credentials, route, method and parameters, in this order, and does what only reads. */
enum api_step api_start(
	const struct api *api, struct request *request, struct store_connection *reader);

/* Does the write. False: it was refused, and nothing must stay of it. */
bool api_write(struct request *request, struct store_connection *writer);

/* Renders the answer of a write. `durable` false: the commit failed. */
void api_finish(struct request *request, bool durable);

/* Answers a request that could not even be queued: 503. */
void api_refuse(struct request *request);

/* The largest body that is read, in bytes. More is answered 413. */
enum { API_BODY_MAXIMUM = 64 * 1024 };

#endif
