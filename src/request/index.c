/* SPDX-License-Identifier: MIT */
#include "request/index.h"

#include <string.h>

#include "version.h"

/* Of a section and, before them, of those that serve another one's routes below its path. */
static void add_verbs(struct strbuf *out, const struct request *request)
{
	const struct section *section = request->section;
	const char *separator = ",\"verbs\":[";
	for (const struct section *const *each = request->emulator->sections; *each != NULL;
		each++) {
		if ((*each)->mount == NULL)
			continue;
		strbuf_add_format(out, "%s\"* %s/{rest}\"", separator, (*each)->prefix);
		separator = ",";
	}
	for (size_t i = 0; i < section->route_count; i++) {
		strbuf_add_format(out, "%s\"%s %s\"", separator, section->routes[i].method,
			section->routes[i].path);
		separator = ",";
	}
	strbuf_add_char(out, ']');
}

/* Browsers say that they take HTML, programs do not. */
static bool is_browser(const struct request *request)
{
	const char *accept = request_header(request, "Accept");
	return accept != NULL && strstr(accept, "text/html") != NULL;
}

static void lead_to_console(struct reply *reply)
{
	static const char *const headers[][2] = { { "Location", "/console/" }, { "Vary", "Accept" },
		{ NULL, NULL } };
	reply->status = 302;
	reply->headers = headers;
}

static struct api_error run_index(struct request *request, struct context *context)
{
	struct strbuf *out = &request->reply.body;
	const char *origin = request->origin;
	(void)context;
	if (!request->section->is_control && request->emulator->has_console &&
		is_browser(request)) {
		lead_to_console(&request->reply);
		return error_none();
	}
	strbuf_add_format(out,
		"{\"name\":\"supersim-emulator\",\"version\":\"%s\",\"api\":\"%s/v1\","
		"\"control\":\"%s/_emulator/\",\"info\":\"%s/_emulator/info\","
		"\"openapi\":[\"%s/_emulator/openapi/supersim_v1.json\","
		"\"%s/_emulator/openapi.json\"],\"livez\":\"%s/livez\","
		"\"docs\":\"docs/control.md\"",
		SUPERSIM_VERSION, origin, origin, origin, origin, origin, origin);
	if (request->emulator->has_console)
		strbuf_add_format(out, ",\"console\":\"%s/console/\"", origin);
	else
		strbuf_add_text(out, ",\"console\":null");
	if (request->section->is_control)
		add_verbs(out, request);
	strbuf_add_char(out, '}');
	return out->failed ? error_internal() : error_none();
}

const struct operation operation_index = {
	.parse = request_parse_nothing, .run = run_index, .status = 200, .account = ACCOUNT_ANY
};
