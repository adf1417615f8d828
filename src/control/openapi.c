/* SPDX-License-Identifier: MIT */
/* Both APIs, described for programs: OpenAPI 3.1. Made when it is asked for: nobody asks often. */
#include "control/control.h"
#include "control/openapi_control.h"
#include "control/openapi_supersim.h"

static struct api_error run_control(struct request *request, struct context *context)
{
	(void)context;
	return control_reply(request, openapi_control(request->emulator, request->origin));
}

static struct api_error run_supersim(struct request *request, struct context *context)
{
	(void)context;
	return control_reply(request, openapi_supersim(request->emulator, request->origin));
}

const struct operation control_describe_control = {
	.parse = control_parse_nothing,
	.run = run_control,
	.status = 200,
	.account = ACCOUNT_ANY,
};
const struct operation control_describe_supersim = {
	.parse = control_parse_nothing,
	.run = run_supersim,
	.status = 200,
	.account = ACCOUNT_ANY,
};
