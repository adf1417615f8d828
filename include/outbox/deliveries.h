/* SPDX-License-Identifier: MIT */
/*
 * The outbox: webhooks that are to be delivered, what was tried, and what comes next.
 *
 * A delivery is made in the commit of what caused it, so an answered call cannot lose its webhook.
 * It is delivered at least once, each time with the same idempotency token.
 */
#ifndef OUTBOX_DELIVERIES_H
#define OUTBOX_DELIVERIES_H

#include "engine/context.h"
#include "util/strbuf.h"

/* The methods that webhooks may have. */
enum callback_method { CALLBACK_METHOD_NONE, CALLBACK_GET, CALLBACK_POST };
extern const char *const callback_method_names[];

enum delivery_state { DELIVERY_STATE_NONE, DELIVERY_PENDING, DELIVERY_DELIVERED, DELIVERY_FAILED };

/* Something that a receiver is told. Set the members, then event_begin, event_add…, event_send. */
struct event {
	const char *name;	 /* "sms_command", "sim_status", … */
	const char *subject_sid; /* what it is about */
	const char *fleet_sid;	 /* or NULL */
	enum callback_method method;
	const char *url;
	struct strbuf form; /* the event's own */
};

/* Adds parameters, in the order in which they are sent. A NULL value is sent empty. */
void event_begin(struct event *event);
void event_add(struct event *event, const char *name, const char *value);
void event_add_account(struct event *event, const struct context *context);

/* Puts the event into the outbox, due at once, and frees it. `ret_delivery_sid` may be NULL. */
struct api_error event_send(
	struct context *context, struct event *event, const char **ret_delivery_sid);

struct delivery {
	const char *sid;
	const char *account_sid;
	const char *event;
	const char *subject_sid;
	const char *fleet_sid;
	enum delivery_state state;
	int64_t error_code; /* Twilio's, of the last attempt; 0: none */
	enum callback_method method;
	const char *url;
	const char *form;
	const char *idempotency_token;
	int64_t attempt_count;
	int64_t quick_retries;
	int64_t scheduled_retries;
	int64_t date_created;
	int64_t date_updated;
	int64_t next_attempt;
};

struct delivery_attempt {
	const char *sid;
	const char *account_sid;
	const char *delivery_sid;
	int64_t number;
	int64_t date_created;
	int64_t date_updated;
	const char
		*result; /* delivered, or a class of error: dns, connect, tls, timeout, status, … */
	int64_t error_code;
	const char *error;
	const char *fault; /* the id of the one that hit it, or NULL */
	const char *request_url;
	const char *request_headers;
	const char *request_body;
	const char *signature;
	const char *signed_text;
	const char *peer;
	int64_t status; /* the answer's; 0: there was none */
	const char *answer_headers;
	const char *answer_body;
	bool answer_cut;
	int64_t lookup_us;
	int64_t connect_us;
	int64_t first_byte_us;
	int64_t total_us;
};

extern const struct resource delivery_resource;
extern const struct resource delivery_attempt_resource;

#define DELIVERY_FIELD(member)                                                                     \
	resource_member_bit(&delivery_resource, offsetof(struct delivery, member))
#define ATTEMPT_FIELD(member)                                                                      \
	resource_member_bit(&delivery_attempt_resource, offsetof(struct delivery_attempt, member))

/*
 * Records an attempt (all members from `result` on are set) and decides what comes next: delivered,
 * another attempt, or failed. `read_timed_out`: it was connected when its time ended. A delivery
 * that is gone is left alone, and `ret_delivery` untouched; of one that is sent again and again the
 * newest 100 attempts are kept.
 */
struct api_error delivery_record_attempt(struct context *context, const char *delivery_sid,
	struct delivery_attempt *attempt, bool read_timed_out, struct delivery *ret_delivery);

/* Deletes the account's oldest deliveries that ended in a state, beyond those that are kept: once
 * some attempts were recorded. At most DELIVERIES_TRIMMED_AT_ONCE of them. */
struct api_error deliveries_trim(struct context *context, enum delivery_state state);

/* Sends a delivery again, now, whatever became of it. `ret_replayed` is false when it is on its way
 * anyhow. Error: 20404. */
struct api_error delivery_replay(struct context *context, const char *sid, bool *ret_replayed);

/* What is probably not meant about a delivery of an account with this clock, for people; NULL:
 * nothing. */
const char *delivery_hint(const struct delivery *delivery, const struct account_clock *clock);

/* How far a replay of all deliveries in a state has come. */
struct replay {
	enum delivery_state state;
	int64_t newest; /* the id of the last one that there was at the beginning; 0: not begun */
	int64_t above;	/* the ids that are left are above this one */
	int64_t count;	/* of those that are sent again */
	bool complete;
};

/* Replays some deliveries, the oldest that are left. Many would keep the writer from others: the
 * caller has the next ones replayed in another transaction, until it is complete. */
struct api_error deliveries_replay_some(struct context *context, struct replay *replay);

#endif
