/* SPDX-License-Identifier: MIT */
/* A request's way: credentials, route, method, parameters, then what its operation does. */
#include "api/api.h"

#include <string.h>

#include "api/authenticate.h"
#include "api/json.h"
#include "api/route.h"

enum { REPLY_MAXIMUM = 16 * 1024 * 1024, REPLY_KEPT = 64 * 1024 };

/* ── life cycle ──────────────────────────────────────────────────────────────────────────── */

void request_init(struct request *request)
{
	*request = (struct request){ 0 };
	arena_init(&request->arena);
	strbuf_init(&request->reply.body, REPLY_MAXIMUM);
	strbuf_init(&request->rows, REPLY_MAXIMUM);
}

void request_done(struct request *request)
{
	arena_done(&request->arena);
	strbuf_done(&request->reply.body);
	strbuf_done(&request->rows);
}

/* Empties a buffer; one that a big list has blown up goes, so that connections stay small. */
static void empty_buffer(struct strbuf *buffer)
{
	if (buffer->capacity > REPLY_KEPT)
		strbuf_done(buffer);
	else
		strbuf_reset(buffer);
}

void request_reset(struct request *request)
{
	struct request fresh = { 0 };
	arena_reset(&request->arena);
	empty_buffer(&request->reply.body);
	empty_buffer(&request->rows);
	fresh.arena = request->arena;
	fresh.reply.body = request->reply.body;
	fresh.rows = request->rows;
	*request = fresh;
}

/* ── answers ─────────────────────────────────────────────────────────────────────────────── */

static void reply_error(struct request *request, struct api_error error)
{
	struct reply *reply = &request->reply;
	strbuf_reset(&reply->body);
	reply->status = error.status;
	reply->error_code = error.code;
	reply->ask_credentials = error.status == 401;
	json_add_error(&reply->body, &error);
}

/* Completes the reply of an operation that went well or, with an error, did not. */
static void reply_result(struct request *request, struct api_error error)
{
	if (error.code == 0 && request->route->operation->render != NULL)
		request->route->operation->render(request);
	if (error.code == 0 && request->reply.body.failed)
		error = error_internal();
	if (error.code != 0)
		reply_error(request, error);
	else
		request->reply.status = request->route->operation->status;
}

/* ── steps ───────────────────────────────────────────────────────────────────────────────── */

/* Cuts the target at its `?`: the path ends there, and what follows the NUL is the query. */
static bool split_target(struct request *request)
{
	const size_t length = strlen(request->target);
	/* Two NULs, so that there is an empty query where there was none. */
	char *target = arena_alloc(&request->arena, length + 2);
	if (target == NULL)
		return false;
	memcpy(target, request->target, length);
	char *question = strchr(target, '?');
	if (question != NULL)
		*question = '\0';
	request->target = target;
	request->path = target;
	return true;
}

/* What a "not found" names: the path as sent, without the version. */
static const char *named_path(const struct request *request)
{
	return strncmp(request->path, "/v1/", 4) == 0 ? request->path + 3 : request->path;
}

static bool is_open(const struct request *request, enum route_result found)
{
	if (found == ROUTE_FOUND)
		return request->route->open;
	/* A browser asks for permission without credentials (CORS preflight). */
	return found == ROUTE_WRONG_METHOD && strcmp(request->method, "OPTIONS") == 0;
}

/* Credentials, route and method. With an error, or `ret_answered` for OPTIONS, all is said. */
static struct api_error admit(const struct api *api, struct request *request, bool *ret_answered)
{
	const char *allow = NULL;
	const enum route_result found = route_find(request, &allow);
	if (!is_open(request, found)) {
		const struct api_error refused = authenticate(api->accounts, request->authorization,
			&request->arena, &request->account_sid);
		if (refused.code != 0)
			return refused;
	}
	if (found == ROUTE_UNKNOWN_PATH)
		return error_new(&request->arena, ERROR_NOT_FOUND, named_path(request));
	if (found == ROUTE_WRONG_METHOD) {
		request->reply.allow = allow;
		if (strcmp(request->method, "OPTIONS") != 0)
			return error_new(&request->arena, ERROR_METHOD_NOT_ALLOWED, NULL);
		request->reply.status = 204;
		*ret_answered = true;
	} else if (request->body_too_large) {
		return error_new(&request->arena, ERROR_BODY_TOO_LARGE, NULL);
	}
	return error_none();
}

static struct api_error run(struct request *request, struct store_connection *connection)
{
	struct context context = {
		.connection = connection,
		.arena = &request->arena,
		.account_sid = request->account_sid,
		.path = named_path(request),
	};
	return request->route->operation->run(request, &context);
}

enum api_step api_start(
	const struct api *api, struct request *request, struct store_connection *reader)
{
	bool answered = false;
	request->stopping = atomic_load_explicit(&api->stopping, memory_order_relaxed);
	struct api_error error =
		split_target(request) ? admit(api, request, &answered) : error_internal();
	if (answered)
		return API_ANSWERED;
	if (error.code != 0) {
		reply_error(request, error);
		return API_ANSWERED;
	}
	error = request->route->operation->parse(request, api->settings);
	if (error.code == 0 && request->route->operation->writes)
		return API_WRITE;
	if (error.code == 0)
		error = store_snapshot_renew(reader) ? run(request, reader) : error_internal();
	reply_result(request, error);
	return API_ANSWERED;
}

bool api_write(struct request *request, struct store_connection *writer)
{
	request->error = run(request, writer);
	return request->error.code == 0;
}

void api_finish(struct request *request, bool durable)
{
	reply_result(request, durable ? request->error : error_internal());
}

void api_refuse(struct request *request)
{
	reply_error(request, error_new(&request->arena, ERROR_UNAVAILABLE, NULL));
}
