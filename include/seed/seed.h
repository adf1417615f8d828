/* SPDX-License-Identifier: MIT */
/*
 * Seed files: the records that a database begins with, as JSON.
 *
 *   {"accounts": [{"sid": "AC…", "auth_token": "…",
 *                  "api_keys": [{"sid": "SK…", "secret": "…"}],
 *                  "network_access_profiles": [{"unique_name": "nap-one", "networks": ["HW…"]}],
 *                  "fleets": [{"unique_name": "Pilot Fleet",
 *                              "network_access_profile_sid": "nap-one", "data_limit": 500}]}]}
 *
 * A record's keys are its JSON names in the API, and some that the API does not show; `sid` and the
 * dates may be given, else they are made. Values are validated as those of a form. Keys that nobody
 * knows are errors, but for a "$schema" beside "accounts". An account may also have a "clock", and
 * "usage" by hour. docs/seed.schema.json describes all of it; state that is exported has the same
 * form.
 */
#ifndef SEED_SEED_H
#define SEED_SEED_H

#include "engine/engine.h"
#include "engine/registry.h"
#include "util/failure.h"

struct seed;
struct seed_item;

/*
 * Reads a seed. Touches nothing else. False with `failure` (EX_DATAERR) naming the place and what
 * is wrong there. The caller frees the seed with seed_free.
 */
bool seed_parse(const char *text, size_t length, struct seed **ret_seed, struct failure *failure);
void seed_free(struct seed *seed);

/*
 * Puts a seed into the database, all of it or, with `failure` filled, nothing. Secrets are always
 * set. Records are made only in accounts that hold none yet, so that starting twice with the same
 * seed does nothing the second time. `accounts` knows the credentials of the command line.
 */
bool seed_apply(struct seed *seed, struct store_connection *connection, const struct policy *policy,
	struct registry *registry, struct failure *failure);

/* Looks whether the API keys of a seed's part may be the account's that the context has entered.
 * Error: 20409 when one is another account's. */
struct api_error seed_check_keys(
	const struct seed *seed, const char *account_sid, struct context *context);

/*
 * One account's part of a seed, on its way into an account. The seed stays as it is, for the next
 * time.
 */
struct seed_loading {
	const struct seed *seed;
	const char *part;	      /* the account that the seed names; NULL: all of it */
	const struct seed_item *next; /* what is looked at next; NULL: nothing is left */
	struct seed_made *first_made, **last_made; /* records that are to be told of */
	size_t made_count;
};

/* Begins with a part. The loading must stay where it is. */
void seed_loading_init(struct seed_loading *loading, const struct seed *seed, const char *part);

/* The clock that the part gives its account. */
struct account_clock seed_clock(const struct seed *seed, const char *part);

/* Puts some more records and usage into the namespace that the context is in: so many that others
 * who write do not wait for long. Until `next` is NULL. The arena must be the same each time. False
 * with `failure`. */
bool seed_load_some(struct seed_loading *loading, struct context *context, struct failure *failure);

/* Once the entered account has that namespace: sets its token and keys, and tells of what it has
 * now. False with `failure`. */
bool seed_load_end(struct seed_loading *loading, struct context *context, struct failure *failure);

/* The AuthToken that a seed with one account gives it; NULL: none. `replacement`, when not NULL,
 * takes its place, and must live as long as the seed. */
const char *seed_auth_token(struct seed *seed, const char *replacement);

/* How many accounts a seed holds. */
size_t seed_account_count(const struct seed *seed);

/* Adds the token and the keys of a seed's part (NULL: of all of it) to the entry of the account
 * `account_sid`. False without memory. */
bool seed_prepare(const struct seed *seed, const char *part, const char *account_sid,
	struct registry *registry, struct account_entry *entry);

/* True when a seed may give this field, and exported state holds it. */
bool seed_has_field(const struct field *field);

#endif
