/* SPDX-License-Identifier: MIT */
/*
 * Sinks: built-in receivers of webhooks. A sink records what arrives, checks the signature, and
 * answers from a script.
 */
#ifndef OUTBOX_SINKS_H
#define OUTBOX_SINKS_H

#include "engine/context.h"

/* How many of its requests a sink keeps, at least: the newest. */
enum { SINK_REQUESTS_KEPT = 1000 };

struct sink {
	const char *sid;
	const char *account_sid;
	const char *unique_name;
	const char *answers; /* a JSON array of {"status", "delay_ms", "body"} */
	int64_t answered;    /* requests so far */
	int64_t date_created;
	int64_t date_updated;
};

struct sink_request {
	const char *sid;
	const char *account_sid;
	const char *sink_sid;
	int64_t date_created;
	int64_t date_updated;
	const char *method;
	const char *url;
	const char *headers;	 /* a JSON object */
	const char *body;	 /* as text: what is none became U+FFFD */
	const char *body_base64; /* the same as it came; NULL: it is plain text */
	bool signature_valid;
	int64_t answered_status;
};

extern const struct resource sink_resource;
extern const struct resource sink_request_resource;

/* What a sink answers. */
struct sink_answer {
	int status;
	int64_t delay_ms;
	const char *body;
};

/* Makes or replaces a sink: what it received is forgotten. `answers` is a JSON array whose last
 * element repeats; NULL: 200 always. Errors: 20001 for a script or a name that cannot be. */
struct api_error sink_put(
	struct context *context, const char *name, const char *answers, struct sink *ret_sink);

/* Deletes a sink and what it received. Error: 20404. */
struct api_error sink_delete(struct context *context, const char *name);

/* A request arrives: records it (its members from `method` to `body_base64` are set) and says what
 * to answer. `signature` is its X-Twilio-Signature, or NULL. Error: 20404. */
struct api_error sink_receive(struct context *context, const char *name,
	struct sink_request *arrived, const char *signature, struct sink_answer *ret_answer);

/* A field of a sink's request as a set, for lists. */
#define SINK_REQUEST_FIELD(member)                                                                 \
	resource_member_bit(&sink_request_resource, offsetof(struct sink_request, member))

#endif
