/* SPDX-License-Identifier: MIT */
/*
 * A client's connection and the request that it is making, in one object: a connection has at most
 * one request at a time, so it is reused from request to request and keeps its memory. And what can
 * be done with a connection beside the library.
 *
 * Everything here happens on the worker's thread.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include "http/fault.h"
#include "http/handback.h"
#include "http/handshake.h"
#include "http/head.h"
#include "http/record.h"
#include "http/reply.h"

enum client_state {
	CLIENT_IDLE,	/* between requests */
	CLIENT_STARTED, /* the request line was read */
	CLIENT_READING, /* the headers were read */
	CLIENT_WAITING, /* suspended: the writer, the scheduler or an errand has it */
	CLIENT_RESUMED, /* its answer can be made */
	CLIENT_DELAYED, /* suspended: its answer is made, and to be sent later */
	CLIENT_STALLED, /* suspended: half of its answer is sent */
	CLIENT_DUE,	/* resumed: its answer can be sent */
	CLIENT_LOOKING, /* suspended: until what it waits for has come (http/waiting.h) */
	CLIENT_MADE,	/* resumed: its answer was made */
	CLIENT_STREAM, /* its answer is a stream (http/stream.h); suspended while nothing happens */
	CLIENT_LEFT    /* resumed: nobody is there for an answer */
};

struct client {
	struct write_job job; /* first, so that a job is its client */
	struct request request;
	struct kept_credentials credentials;
	struct strbuf body;
	struct worker *worker;
	struct door *door; /* by which it came */
	struct handshake handshake;
	struct MHD_Connection *connection;
	enum client_state state;
	struct deadline deadline;
	int64_t started_us;
	bool refused;	     /* the writer's queue was full */
	bool made;	     /* its answer was, by who had it */
	bool watched;	     /* the worker's epoll looks out for its end */
	bool noted;	     /* in journal, log and metrics */
	size_t body_taken;   /* of the worker's budget for large bodies */
	size_t answer_taken; /* and of that for large answers */
	struct handback handback;
	struct errand errand;
	struct waiter waiter;
	struct stream *stream;	     /* of events: its answer; or NULL */
	struct client *next_delayed; /* the worker's list of those whose answer waits */
	int64_t answer_at_us;
	struct broken_body broken; /* by a fault */
	struct kept_response kept;
	struct head head;
	struct sent sent;
	const char *query; /* to be logged, without secrets; the request's, or NULL */
	char origin[300];
};

/* Its socket, or -1. */
int client_socket(const struct client *client);

/* Takes a client from the library, until client_resume. While it is away for long, its end is
 * looked out for (client_left of http/client.h): the library does not. */
void client_suspend(struct client *client, bool for_long);

/* No longer looks out for the end of a client that is suspended. */
void client_unwatch(struct client *client);

/*
 * Begins a handshake. Whenever it has to wait, the client is suspended, and its socket is watched
 * by us: the library would try again and again, without a pause. False: it cannot be used.
 */
bool client_greet(struct client *client);

/* To be called when more of a handshake has come, or never will: the library goes on with it.
 * Harmless for one that does not wait. */
void client_greet_again(struct client *client);

/* Lets a client that was suspended go on. */
void client_resume(struct client *client);

/* True when the client has closed its side and nothing that it sent is left to read. */
bool client_is_gone(const struct client *client);

/* True when the first bytes of a connection are those of a TLS handshake. They stay to be read. */
bool client_speaks_tls(const struct client *client);

/* Ends a connection, whatever its client does: the library notices and closes it. */
void client_cut_off(struct client *client);

#endif
