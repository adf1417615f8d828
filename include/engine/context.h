/* SPDX-License-Identifier: MIT */
/* For whom, when and with what something is done; and what every room above the store shares. */
#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include "engine/policy.h"
#include "model/account_clock.h"
#include "model/error.h"
#include "store/store.h"

struct registry;
struct rules;

/* A UDP datagram to a device under test, to be sent when its transaction is durable. */
struct datagram {
	struct datagram *next;
	const char *address; /* "127.0.0.1:5000" */
	const char *bytes;
	size_t length;
};

/* Nothing in it is owned. */
struct context {
	struct store_connection *connection;
	struct arena *arena; /* what results are put in */
	const struct policy *policy;
	const struct rules *const *rules; /* of each resource, at its number: engine/rules.h */
	struct registry *registry;	  /* who may call; NULL where it does not matter */
	const char *namespace;		  /* the account's */
	const char *path; /* what a "not found" names: the request's path without /v1 */

	/* Of what writes; account_enter sets them. */
	struct account_clock clock;
	int64_t now_ms;		    /* the account's time */
	bool in_draft;		    /* nobody sees what is written, nor is told of it */
	int64_t incarnation;	    /* the account's: see account_enter_incarnation */
	const char *auth_token;	    /* the one on record: see account_auth_token */
	bool accepted;		    /* out: what was asked for completes later (202) */
	struct datagram *datagrams; /* out: in no order */
};

/* The error of a store's result, for what cannot be somebody's mistake. */
static inline struct api_error error_of_store(enum store_result result)
{
	return result == STORE_OK ? error_none() : error_internal();
}

#endif
