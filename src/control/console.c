/* SPDX-License-Identifier: MIT */
/* Serves the console: a page and its files, the same for everybody. The calls that the page makes
 * are the control API's own. */
#include "control/console.h"

#include <stdlib.h>
#include <string.h>

#include "control/admission.h"
#include "control/control.h"
#include "control/routes.h"
#include "util/count.h"

#define PREFIX "/console/"

enum { HEADERS_MAXIMUM = 9 }; /* with the pair that ends them */

/* The page runs its own scripts only, speaks to this server only, and is shown in no other page. It
 * is kept by browsers, but asked for again each time, by its ETag: a new version is seen at once.
 */
static const char *const page_headers[][2] = {
	{ "Content-Security-Policy",
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
		"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cache-Control", "no-cache" },
	{ "Vary", "Accept-Encoding" },
};

_Static_assert(COUNT_OF(page_headers) + 3 <= HEADERS_MAXIMUM, "HEADERS_MAXIMUM is too small");

static const struct console_file *find_file(const char *path)
{
	const char *name = path + sizeof(PREFIX) - 1;
	if (name[0] == '\0')
		name = "index.html";
	for (size_t i = 0; i < console_file_count; i++) {
		if (strcmp(console_files[i].name, name) == 0)
			return &console_files[i];
	}
	return NULL;
}

/* Whether a header's list of words has this one; one with `;q=0` is not meant. */
static bool lists(const char *header, const char *word)
{
	const size_t length = strlen(word);
	for (const char *at = header; at != NULL; at = strchr(at, ',')) {
		at += strspn(at, ", \t");
		if (strncmp(at, word, length) != 0)
			continue;
		const char *rest = at + length;
		rest += strspn(rest, " \t");
		if (*rest == '\0' || *rest == ',')
			return true;
		if (*rest == ';')
			return strtod(rest + strspn(rest, "; \tq="), NULL) > 0;
	}
	return false;
}

/* What the client has is current: it named the tag of one form of the file, or any (`*`). Caches on
 * the way may have made a tag weak. */
static bool is_known(const struct request *request, const struct console_file *file)
{
	const char *tags = request_header(request, "If-None-Match");
	return tags != NULL && (strcmp(tags, "*") == 0 || strstr(tags, file->hash) != NULL);
}

/* A tag names one form of a file. False without memory. */
static bool add_headers(
	struct request *request, const struct console_file *file, bool packed, bool known)
{
	const char *(*headers)[2] =
		arena_alloc(&request->arena, HEADERS_MAXIMUM * sizeof(*headers));
	const char *etag =
		arena_format(&request->arena, "\"%s%s\"", file->hash, packed ? "-gzip" : "");
	if (headers == NULL || etag == NULL)
		return false;
	size_t count = 0;
	for (; count < COUNT_OF(page_headers); count++)
		memcpy(headers[count], page_headers[count], sizeof(*headers));
	headers[count][0] = "ETag";
	headers[count++][1] = etag;
	if (packed && !known) {
		headers[count][0] = "Content-Encoding";
		headers[count][1] = "gzip";
	}
	request->reply.headers = (const char *const(*)[2])headers;
	return true;
}

static struct api_error run_file(struct request *request, struct context *context)
{
	const struct console_file *file = find_file(request->path);
	struct reply *reply = &request->reply;
	(void)context;
	if (file == NULL) {
		struct api_error error = error_new(&request->arena, ERROR_NOT_FOUND, request->path);
		error.hint = "the console is at " PREFIX;
		return error;
	}
	const bool known = is_known(request, file);
	const bool packed = lists(request_header(request, "Accept-Encoding"), "gzip");
	if (!add_headers(request, file, packed, known))
		return error_internal();
	reply->status = known ? 304 : 200;
	if (known)
		return error_none();
	const struct console_bytes *bytes = packed ? &file->gzip : &file->raw;
	strbuf_set_constant_bytes(&reply->body, bytes->data, bytes->length);
	reply->content_type = file->content_type;
	return error_none();
}

static struct api_error run_redirect(struct request *request, struct context *context)
{
	static const char *const location[][2] = { { "Location", PREFIX }, { NULL, NULL } };
	(void)context;
	request->reply.headers = location;
	return error_none();
}

static const struct operation show_file = {
	.parse = request_parse_nothing, .run = run_file, .account = ACCOUNT_ANY
};
static const struct operation redirect = {
	.parse = request_parse_nothing, .run = run_redirect, .status = 308, .account = ACCOUNT_ANY
};

static const struct route routes[] = {
	{ "GET", "/console", .operation = &redirect, .open = true },
	{ "GET", "/console/", .operation = &show_file, .open = true },
	{ "GET", "/console/{file}", .operation = &show_file, .open = true },
	{ "GET", "/console/vendor/{file}", .operation = &show_file, .open = true },
	{ "GET", "/console/vendor/directives/{file}", .operation = &show_file, .open = true },
};

static struct api_error admit(struct request *request, bool open)
{
	(void)open;
	if (request->emulator->has_console)
		return control_admit_host(request);
	struct api_error error = error_new(&request->arena, ERROR_NOT_FOUND, request->path);
	error.hint = "the server was started with --console no";
	return error;
}

const struct section console_section = {
	.prefix = "/console",
	.routes = routes,
	.route_count = COUNT_OF(routes),
	.body_maximum = FORM_MAXIMUM,
	.is_control = true,
	.is_page = true,
	.admit = admit,
	.add_error = control_add_error,
	.error_without_memory = CONTROL_ERROR_WITHOUT_MEMORY,
};
