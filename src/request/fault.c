/* SPDX-License-Identifier: MIT */
#include "request/fault.h"

#include <string.h>

#include "request/form.h"
#include "request/hint.h"
#include "request/route.h"
#include "util/count.h"

/* ── replies ─────────────────────────────────────────────────────────────────────────────── */

/* The words for a code that the catalogue does not know. */
static const char *reason_of(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 402, "Payment Required" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 411, "Length Required" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Entity" },
		{ 423, "Locked" },
		{ 425, "Too Early" },
		{ 428, "Precondition Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 451, "Unavailable For Legal Reasons" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 507, "Insufficient Storage" },
	};
	for (size_t i = 0; i < COUNT_OF(reasons); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return status < 500 ? "Request refused" : "Server error";
}

/* The code that Twilio gives a status when nothing more is known: most are 20000 and the status. */
static int code_of(int status)
{
	static const struct {
		int status, code;
	} codes[] = { { 400, 20001 }, { 401, 20003 }, { 405, 20004 }, { 431, 20001 } };
	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		if (codes[i].status == status)
			return codes[i].code;
	}
	return 20000 + status;
}

/* Finds the words of a code: those that name nothing, but for a path that was not found. */
static bool find_case(int status, int code, enum error_case *ret_case)
{
	for (enum error_case each = ERROR_GENERAL + 1; each < ERROR_CASE_COUNT; each++) {
		struct error_description row;
		error_describe(each, &row);
		const bool is_plain = row.after == NULL || each == ERROR_NOT_FOUND;
		if (is_plain && row.basis != BASIS_NONE && row.code == code &&
			(row.status == status || status == 0)) {
			*ret_case = each;
			return true;
		}
	}
	return false;
}

static struct api_error error_of(struct request *request, const struct fault_effect *effect)
{
	const char *path =
		strncmp(request->path, "/v1/", 4) == 0 ? request->path + 3 : request->path;
	enum error_case which;
	struct api_error error = { .message = reason_of(effect->status) };
	const int code = effect->code > 0 ? effect->code : code_of(effect->status);
	if (find_case(effect->status, code, &which) || find_case(0, code, &which))
		error = error_new(&request->arena, which, path);
	error.code = code;
	error.status = effect->status;
	return error;
}

/* Puts an error in the reply's place, whatever that was. False: there is no memory for it, and a
 * 500 stands there. */
static bool replace_reply(struct request *request, const struct api_error *error)
{
	struct reply *reply = &request->reply;
	request_empty_buffer(&reply->body);
	reply->status = error->status;
	reply->error_code = error->code;
	reply->content_type = reply->allow = reply->retry_after = reply->fidelity = NULL;
	reply->ask_credentials = error->status == 401;
	reply->hint = hint_header(&request->arena, error->hint != NULL ? error->hint : error->cure);
	request->section->add_error(request, error);
	if (!reply->body.failed)
		return true;
	strbuf_set_constant(&reply->body, request->section->error_without_memory);
	reply->status = 500;
	reply->error_code = 20500;
	return false;
}

static const char *fault_hint(struct request *request)
{
	return arena_format(&request->arena,
		"fault %s did this: GET /_emulator/faults lists the account's", request->fault_id);
}

/* What happens amid a body happens before the head where there is none. */
static void move_before_head(struct request *request)
{
	struct fault_hit *fault = request->fault;
	if (fault->then.kind == FAULT_TRUNCATE)
		fault->then.kind = FAULT_CLOSE;
	else if (fault->then.kind == FAULT_STALL)
		request->reply.delay_ms += fault->then.stall_ms;
}

static void change_reply(struct request *request)
{
	struct fault_hit *fault = request->fault;
	request->reply.delay_ms = fault->delay_ms;
	if (fault->then.kind != FAULT_STATUS && request->reply.body.length == 0)
		move_before_head(request);
	if (fault->then.kind != FAULT_STATUS)
		return;
	struct api_error error = error_of(request, &fault->then);
	error.hint = fault_hint(request);
	if (!replace_reply(request, &error) && fault->after_commit)
		fault->then.kind = FAULT_CLOSE; /* a 500 would say that nothing was done */
	if (fault->then.retry_after_s >= 0)
		request->reply.retry_after =
			arena_format(&request->arena, "%lld", (long long)fault->then.retry_after_s);
}

void fault_change_reply(struct request *request)
{
	/* What really failed is told. */
	if (request->reply.status >= 500)
		request->fault = NULL;
	if (request->fault != NULL)
		change_reply(request);
}

/* ── meeting one ─────────────────────────────────────────────────────────────────────────── */

/* Health, metrics and the control API are never hit, nor what is served without credentials. */
static bool is_meant(const struct request *request)
{
	return !request->reply.is_control && request->caller.account_sid != NULL &&
	       strncmp(request->path, "/v1/", 4) == 0;
}

/* Holds the caller's account: most often the connection's last one. False without memory. */
static bool hold_account(struct request *request)
{
	const char *account_sid = request->caller.account_sid;
	if (request->traffic != NULL && traffic_is_of(request->traffic, account_sid))
		return true;
	traffic_let_go(request->traffic);
	request->traffic = traffic_hold(request->emulator->watch->traffic, account_sid);
	return request->traffic != NULL;
}

/* What is seen of a request; query and form only where a rule looks at them. What cannot be decoded
 * has no parameters. */
static struct request_view view_of(struct request *request, unsigned looks_at)
{
	struct request_view view = {
		.method = request->method,
		.path = request->path,
		.operation = request->route != NULL ? request->route->id : NULL,
	};
	const char *query = request_query(request);
	if (looks_at & MATCH_QUERY &&
		!form_read_parameters(&request->arena, query, strlen(query), &view.query))
		view.query.count = 0;
	if (looks_at & MATCH_FORM && request->body_length > 0 &&
		form_has_type(request->content_type) &&
		!form_read_parameters(
			&request->arena, request->body, request->body_length, &view.form))
		view.form.count = 0;
	return view;
}

static bool look_for_fault(struct request *request)
{
	struct traffic *traffic = request->emulator->watch->traffic;
	const char *account_sid = request->caller.account_sid;
	if (!traffic_has_faults(request->traffic))
		return false;
	struct fault_hit *hit = arena_alloc(&request->arena, sizeof(*hit));
	const struct request_view view =
		view_of(request, traffic_looks_at(traffic, account_sid, FAULT_OF_REQUEST));
	if (hit == NULL ||
		!traffic_take(traffic, account_sid, FAULT_OF_REQUEST, &view, request->id, hit))
		return false;
	request->fault = hit;
	request->fault_id = hit->id;
	return true;
}

/* Whether nothing is to be done of what was asked for. What only reads may be done, so that there
 * is an answer to be cut. */
static bool prevents(const struct request *request)
{
	const struct fault_hit *fault = request->fault;
	if (fault->after_commit)
		return false;
	switch (fault->then.kind) {
	case FAULT_LATENCY: return false;
	case FAULT_TRUNCATE:
	case FAULT_STALL: return strcmp(request->method, "GET") != 0;
	case FAULT_STATUS:
	case FAULT_CLOSE:
	case FAULT_RESET:
	case FAULT_TIMEOUT: break;
	}
	return true;
}

/* What would have been answered where nothing was done, if it is seen at all. */
static void answer_undone(struct request *request)
{
	struct api_error error = error_new(&request->arena, ERROR_UNAVAILABLE, NULL);
	error.hint = fault_hint(request);
	replace_reply(request, &error);
	change_reply(request);
}

struct api_error fault_meet(struct request *request, bool *ret_answered)
{
	if (!is_meant(request))
		return error_none();
	if (!hold_account(request))
		return error_internal();
	request->in_work = traffic_enter(request->traffic, &request->concurrent);
	if (!request->in_work) {
		struct api_error error = error_new(&request->arena, ERROR_TOO_MANY_REQUESTS, NULL);
		error.hint = "as many requests of this account are in work as PUT "
			     "/_emulator/limits lets it have";
		return error;
	}
	if (look_for_fault(request) && prevents(request)) {
		answer_undone(request);
		*ret_answered = true;
	}
	return error_none();
}
