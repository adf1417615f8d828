/* SPDX-License-Identifier: MIT */
/* A seed that has been read: what seed/parse.c makes and seed/seed.c puts into the database. */
#ifndef SEED_DOCUMENT_H
#define SEED_DOCUMENT_H

#include <jansson.h>

#include "model/account_clock.h"
#include "model/resource.h"
#include "store/usage.h"
#include "util/failure.h"

/* One thing to make or to set. In the order of the file. */
enum item_kind { ITEM_TOKEN, ITEM_API_KEY, ITEM_CLOCK, ITEM_RECORD, ITEM_USAGE };

struct seed_item {
	struct seed_item *next;
	enum item_kind kind;
	const char *account_sid;
	const struct resource *resource;
	void *record;
	field_set given;
	const char *key_sid;
	const char *secret; /* of the account or of the key */
	struct account_clock clock;
	struct store_usage usage;
	char place[96]; /* "accounts[0].fleets[1]", for messages */
};

struct seed {
	struct arena arena;
	json_t *document; /* texts of records point into it */
	struct seed_item *first;
	struct seed_item **last_link;
};

/* Fills `failure` with the place of what is wrong, the key there ("" for none) and why. Gives
 * false, to return at once. */
bool seed_wrong(struct failure *failure, const char *place, const char *key, const char *why);

#endif
