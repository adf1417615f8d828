/* SPDX-License-Identifier: MIT */
#include "request/index.h"

#include "version.h"

static void add_verbs(struct strbuf *out, const struct section *section)
{
	for (size_t i = 0; i < section->route_count; i++)
		strbuf_add_format(out, "%s\"%s %s\"", i > 0 ? "," : ",\"verbs\":[",
			section->routes[i].method, section->routes[i].path);
	strbuf_add_char(out, ']');
}

static struct api_error run_index(struct request *request, struct context *context)
{
	struct strbuf *out = &request->reply.body;
	const char *origin = request->origin;
	(void)context;
	strbuf_add_format(out,
		"{\"name\":\"supersim-emulator\",\"version\":\"%s\",\"api\":\"%s/v1\","
		"\"control\":\"%s/_emulator/\",\"info\":\"%s/_emulator/info\","
		"\"livez\":\"%s/livez\",\"docs\":\"docs/control.md\"",
		SUPERSIM_VERSION, origin, origin, origin, origin);
	if (request->section->is_control)
		add_verbs(out, request->section);
	strbuf_add_char(out, '}');
	return out->failed ? error_internal() : error_none();
}

const struct operation operation_index = {
	.parse = request_parse_nothing, .run = run_index, .status = 200, .account = ACCOUNT_ANY
};
