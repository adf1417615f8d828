/* SPDX-License-Identifier: MIT */
/*
 * Waiting until something has come about: what the kinds of it share.
 *
 * A kind reads what is meant, and looks whether it is there: once when the call comes, and again
 * whenever something of its subjects has changed.
 */
#ifndef CONTROL_WAIT_H
#define CONTROL_WAIT_H

#include "control/control.h"

/* SIDs of what was found, oldest first. */
struct wait_found {
	struct wait_found_item {
		struct wait_found_item *next;
		char sid[SID_SIZE];
	} * first, **place;
	size_t count; /* of all; the first WAIT_LISTED are kept */
};

enum { WAIT_COUNT_MAXIMUM = 1000, WAIT_LISTED = 1000 };

/* What a call waits for. */
struct wait {
	const struct wait_kind *kind;
	json_t *match; /* of use while the request is parsed; NULL: it was not given */
	int64_t count;
	int64_t timeout_ms;
	int64_t within_ms;
	const char *since; /* or NULL */
	bool past;
	void *terms; /* the kind's: what it read, and how far it looked */
	struct wait_found found;
	bool has_begun;	     /* it has looked */
	int64_t incarnation; /* the account's; 0: there was none yet */
};

struct wait_kind {
	const char *name;
	const char *const *keys; /* of the body, beside `for` and `timeout_ms`; ended by NULL */
	struct api_error (*read)(struct request *request, struct wait *wait);
	/* What has to change before it looks again; read may set it, too. */
	unsigned subjects;
	/* The same without the database, before it: whether it is there. NULL: that takes one. */
	bool (*glance)(struct request *request, struct wait *wait);
	struct api_error (*look)(struct request *request, struct context *context,
		struct wait *wait, bool *ret_is_there);
	/* Adds members to the answer: what was found. */
	struct api_error (*add_found)(
		struct request *request, struct context *context, struct wait *wait);
	/* Adds what there was instead, for who waited in vain. `ret_hint` is what would help him;
	 * it stays as it is when nothing does. */
	struct api_error (*add_instead)(struct request *request, struct context *context,
		struct wait *wait, const char **ret_hint);
};

extern const struct wait_kind wait_for_request;	   /* wait_requests.c */
extern const struct wait_kind wait_for_delivery;   /* wait_deliveries.c */
extern const struct wait_kind wait_for_sim_status; /* wait_records.c */
extern const struct wait_kind wait_for_command;
extern const struct wait_kind wait_for_idle;

/* What helps when something is due that could bring it about; NULL: the clock runs. */
const char *wait_frozen_hint(const struct context *context);

/* To be called before a look, and then for what it finds: within a look in any order that goes from
 * new to old. */
void wait_found_begin(struct wait_found *found);

/* False when it was found already. Without memory the request fails. */
bool wait_found_add(struct arena *arena, struct wait_found *found, const char *sid);

#endif
