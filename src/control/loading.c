/* SPDX-License-Identifier: MIT */
#include "control/loading.h"

#include <string.h>

#include "control/admission.h"
#include "control/control.h"

struct loading {
	struct account_draft draft; /* the request's: what it points to is this */
	struct seed_loading rest;
};

static struct loading *loading_of(struct request *request)
{
	return (struct loading *)request->draft;
}

static struct api_error begin(struct request *request, const struct seed *seed, const char *part)
{
	struct loading *loading = arena_alloc(&request->arena, sizeof(*loading));
	if (loading == NULL)
		return error_internal();
	*loading = (struct loading){ .draft.clock = seed_clock(seed, part) };
	seed_loading_init(&loading->rest, seed, part);
	request->draft = &loading->draft;
	return error_none();
}

/* Tells what is wrong with the document, if it is at fault. */
static struct api_error refuse(struct request *request, const struct failure *failure)
{
	if (failure->exit_code != EX_DATAERR)
		return error_internal();
	request->hint = arena_copy(&request->arena, failure->message, strlen(failure->message));
	return control_error(CONTROL_STATE_UNLOADABLE, NULL);
}

struct api_error control_load(struct request *request, struct context *context,
	const char *account_sid, const struct seed *seed, const char *part)
{
	struct failure failure;
	struct api_error error = error_none();
	const bool is_first = request->draft == NULL;
	if (is_first)
		error = begin(request, seed, part);
	if (!is_error(error))
		error = account_enter_draft(context, account_sid, request->draft);
	if (!is_error(error) && is_first)
		error = seed_check_keys(seed, part, context);
	if (is_error(error))
		return error;
	struct seed_loading *rest = &loading_of(request)->rest;
	if (!seed_load_some(rest, context, &failure))
		return refuse(request, &failure);
	request->unfinished = rest->next != NULL;
	return request->unfinished ? error_none() : control_admit_again(request, context);
}

struct api_error control_load_end(struct request *request, struct context *context)
{
	struct failure failure;
	struct seed_loading *rest = &loading_of(request)->rest;
	const struct api_error error = seed_check_keys(rest->seed, rest->part, context);
	if (is_error(error))
		return error;
	if (!seed_load_end(rest, context, &failure))
		return refuse(request, &failure);
	request_drop_draft(request);
	return error_none();
}
