/* SPDX-License-Identifier: MIT */
/*
 * A client's connection and the request that it is making: libmicrohttpd's callbacks.
 *
 * A connection has at most one request at a time, so both share one object, which is reused from
 * request to request and keeps its memory.
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http/fault.h"
#include "http/handback.h"
#include "http/head.h"
#include "http/record.h"

enum client_state {
	CLIENT_IDLE,	/* between requests */
	CLIENT_STARTED, /* the request line was read */
	CLIENT_READING, /* the headers were read */
	CLIENT_WAITING, /* suspended: the writer or the scheduler has it */
	CLIENT_RESUMED, /* its answer can be made */
	CLIENT_DELAYED, /* suspended: its answer is made, and to be sent later */
	CLIENT_STALLED, /* suspended: half of its answer is sent */
	CLIENT_DUE,	/* resumed: its answer can be sent */
	CLIENT_LEFT	/* resumed: nobody is there for an answer */
};

struct client {
	struct write_job job; /* first, so that a job is its client */
	struct request request;
	struct strbuf body;
	struct worker *worker;
	struct MHD_Connection *connection;
	enum client_state state;
	struct deadline deadline;
	int64_t started_us;
	bool refused;	     /* the writer's queue was full */
	bool watched;	     /* the worker's epoll looks out for its end */
	size_t body_taken;   /* of the worker's budget for large bodies */
	size_t answer_taken; /* and of that for large answers */
	struct handback handback;
	struct client *next_delayed; /* the worker's list of those whose answer waits */
	int64_t answer_at_us;
	struct broken_body broken; /* by a fault */
	struct head head;
	struct sent sent;
	const char *query; /* to be logged, without secrets; the request's, or NULL */
	char origin[300];
};

/* Callbacks for MHD_start_daemon; their closure is the worker. */
void client_on_connection(void *closure, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode code);
void *client_on_request_line(void *closure, const char *target, struct MHD_Connection *connection);
enum MHD_Result client_on_request(void *closure, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **context);
void client_on_completed(void *closure, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode code);

/* Lets a client that the writer or the scheduler gave back, or whose delay is over, go on. */
void client_resume(struct client *client);

/* To be called when a client that waits for an advance, or for an answer that is delayed, has
 * closed its side: its connection ends, the advance goes on. */
void client_left(struct client *client);

/* True when the client has closed its side and nothing that it sent is left to read. */
bool client_is_gone(const struct client *client);

/* True when the first bytes of a connection are those of a TLS handshake. They stay to be read. */
bool client_speaks_tls(const struct client *client);

/* Ends a connection, whatever its client does: the library notices and closes it. */
void client_cut_off(struct client *client);

#endif
