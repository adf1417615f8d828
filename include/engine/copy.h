/* SPDX-License-Identifier: MIT */
/*
 * A copy of an account's state, made in pieces, so that it keeps nobody else's writes waiting, and
 * yet of one moment. It goes into a draft (engine/account.h). When somebody writes to the source
 * meanwhile it begins anew; after some times that it did it is made at once, so that it ends.
 */
#ifndef ENGINE_COPY_H
#define ENGINE_COPY_H

#include "engine/account.h"
#include "store/copies.h"

/* All zeros at the beginning. */
struct account_copy {
	struct account_draft draft; /* first: what a request keeps; account_draft_done ends it */
	struct store_copy rows;	    /* `complete`: the draft may be given to one */
	unsigned begun;		    /* how often */
};

/* One piece: copies more of the account `from` into a draft of the account `into`. Of both the text
 * must live as long as the copy. Error: 20404 when there is no account `from` (any more). */
struct api_error account_copy_some(
	struct context *context, const char *from, const char *into, struct account_copy *copy);

#endif
