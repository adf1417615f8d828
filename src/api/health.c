/* SPDX-License-Identifier: MIT */
/* Health checks. The server listens only once it is ready, so only stopping makes it unready, and a
 * database that is not where it was. */
#include "api/operations.h"

static struct api_error parse_nothing(struct request *request)
{
	(void)request;
	return error_none();
}

static struct api_error run_live(struct request *request, struct context *context)
{
	(void)context;
	strbuf_add_text(&request->reply.body, "{\"status\":\"ok\"}");
	return error_none();
}

static struct api_error run_ready(struct request *request, struct context *context)
{
	if (request->stopping || !store_is_in_place(context->connection))
		return error_new(&request->arena, ERROR_UNAVAILABLE, NULL);
	return run_live(request, context);
}

const struct operation operation_live = { .parse = parse_nothing, .run = run_live, .status = 200 };
const struct operation operation_ready = {
	.parse = parse_nothing, .run = run_ready, .status = 200
};
