/* SPDX-License-Identifier: MIT */
/* Sends a reply with the headers that every answer of the service carries. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <microhttpd.h>

#include "request/request.h"

struct reply_context {
	const char *request_id;
	const char *fault_id; /* of the fault that hit the request; or NULL */
	int64_t duration_us;
	unsigned concurrent; /* requests of the account in work, this one included */
	const char *origin;  /* its host is the API's domain */
	bool closes;	     /* the connection is to be closed afterwards */
};

/* Writes a duration as Twilio does, in seconds ("0.042", "125.000"), into `text`; gives where in it
 * that begins. */
enum { DURATION_SIZE = 24, CONCURRENT_SIZE = sizeof("00000") };
const char *reply_duration(int64_t duration_us, char text[DURATION_SIZE]);

/* The reply's body as a response. It must live until the request is completed. NULL without memory.
 */
struct MHD_Response *reply_response(const struct reply *reply);

/*
 * A connection's response, kept from answer to answer. The library copies each header: to make all
 * of them anew would cost as much as everything else that a fetch takes. It cannot give a response
 * another body, but takes one of the same length at the same place for the same.
 */
struct kept_response {
	struct MHD_Response *response; /* NULL: none is kept */
	const char *body;	       /* where its body was. Another may be there now, or none */
	size_t length;
	/* Values of its headers; "": it has none of them yet. */
	char concurrent[CONCURRENT_SIZE], duration[DURATION_SIZE], request_id[SID_SIZE];
};

/* Frees what is kept, if anything. It may be on its way still. */
void reply_forget(struct kept_response *kept);

/* Queues a reply. The connection's last one must be completed. False when it cannot be queued: the
 * connection is to be closed. */
bool reply_send(struct MHD_Connection *connection, struct kept_response *kept,
	const struct reply *reply, const struct reply_context *context);

/* Queues a response with the reply's status and headers, but another body, and lets go of it.
 * False when it cannot be: without one, too (NULL). */
bool reply_send_as(struct MHD_Connection *connection, struct MHD_Response *response,
	const struct reply *reply, const struct reply_context *context);

#endif
