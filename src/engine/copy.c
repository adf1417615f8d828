/* SPDX-License-Identifier: MIT */
#include "engine/copy.h"

#include <string.h>

enum {
	COPIED_AT_ONCE = 250, /* rows: some 4 ms */
	BEGUN_IN_PIECES = 3
};

static struct api_error begin(struct context *context, const struct store_account *source,
	const char *into, struct account_copy *copy)
{
	account_draft_done(&copy->draft);
	copy->draft = (struct account_draft){ .clock = source->clock };
	const struct api_error error = account_enter_draft(context, into, &copy->draft);
	if (is_error(error))
		return error;
	store_watch_source(&copy->draft.kept, source->namespace);
	store_copy_init(
		context->connection, &copy->rows, source->namespace, copy->draft.kept.namespace);
	copy->begun++;
	return error_none();
}

/* Whether what was copied so far is what the source holds. */
static bool still_holds(const struct account_copy *copy, const struct store_account *source)
{
	return copy->begun > 0 && !copy->draft.kept.source_entered &&
	       strcmp(copy->rows.from, source->namespace) == 0;
}

struct api_error account_copy_some(
	struct context *context, const char *from, const char *into, struct account_copy *copy)
{
	struct store_account source;
	struct api_error error = account_fetch_living(context, from, &source);
	if (is_error(error))
		return error;
	source.clock.held = false;
	error = still_holds(copy, &source) ? account_enter_draft(context, into, &copy->draft)
					   : begin(context, &source, into, copy);
	if (is_error(error))
		return error;
	copy->draft.clock = source.clock;
	return error_of_store(store_copy_some(context->connection, &copy->rows,
		copy->begun <= BEGUN_IN_PIECES ? COPIED_AT_ONCE : INT64_MAX));
}
