/* SPDX-License-Identifier: MIT */
/* A request's way: credentials, route, method, parameters, then what its operation does. */
#include "request/serve.h"

#include <string.h>

#include "engine/account.h"
#include "request/authenticate.h"
#include "request/fault.h"
#include "request/hint.h"
#include "request/json.h"
#include "request/route.h"
#include "request/warnings.h"
#include "service/resources.h"
#include "util/clock.h"
#include "util/count.h"
#include "util/host.h"
#include "util/log.h"
#include "util/memory.h"

/* What takes about five milliseconds: to decode a body of so much, to tell of so much that ran. */
enum { LONG_BODY_BYTES = 256 * 1024, LONG_ADVANCE = 2000 };

/* ── answers ─────────────────────────────────────────────────────────────────────────────── */

/* Says what the answer rests on, if that is wanted. The control API is nobody's but ours. */
static void set_fidelity(struct request *request, enum basis basis)
{
	if (request->emulator->show_fidelity && !request->section->is_control)
		request->reply.fidelity = basis_name(basis);
}

/* Whatever came of it, without memory it may be wrong. */
static struct api_error unless_memory_ran_out(struct api_error error)
{
	return memory_ran_out() ? error_internal() : error;
}

static void write_error(struct request *request, const struct api_error *error)
{
	struct reply *reply = &request->reply;
	strbuf_reset(&reply->body);
	reply->status = error->status;
	reply->content_type = NULL;
	reply->error_code = request->section->is_control ? 0 : error->code;
	request->section->add_error(request, error);
}

/* Completes an error with what would help. Those about memory are left alone. */
static struct api_error with_hint(struct request *request, struct api_error error)
{
	if (error.status >= 500)
		return error;
	if (error.hint == NULL)
		error.hint = hint_make(request, &error);
	if (!request->section->is_control)
		error.hint =
			hint_header(&request->arena, error.hint != NULL ? error.hint : error.cure);
	return unless_memory_ran_out(error);
}

/* Who was refused, and why: never with what. Whose test stands still wants to know without asking;
 * whoever has no credentials at all is a browser, or looks around. */
static void log_refusal(const struct request *request, const struct api_error *error)
{
	const struct caller *caller = &request->caller;
	const char *reason = caller->refusal != NULL ? caller->refusal : error->hint;
	const struct log_field fields[] = {
		log_text("account", request_account(request)),
		log_text("reason", reason),
	};
	log_fields(request->authorization != NULL ? LOG_INFO : LOG_DEBUG,
		"credentials were refused", fields, COUNT_OF(fields));
}

/* What the journal says of a refusal. */
static void note_rejection(struct request *request, const struct api_error *error)
{
	request->rejected_by = (struct rejection){
		.rule = error->cause,
		.parameter = error->field,
		.expected = error->hint != NULL ? error->hint : error->cure,
		.basis = basis_name(error->basis),
	};
}

static void reply_error(struct request *request, struct api_error error)
{
	struct reply *reply = &request->reply;
	error = with_hint(request, error);
	note_rejection(request, &error);
	/* What went wrong was logged where it did, if it could be said; this is what it broke. The
	 * query may hold anything and is left out. */
	if (error.status == 500)
		log_line(LOG_ERROR, "%s %s: answered 500%s", request->method,
			request->path != NULL ? request->path : "",
			memory_ran_out() || request->body_lost ? ", out of memory" : "");
	if (error.status == 401)
		log_refusal(request, &error);
	write_error(request, &error);
	if (reply->body.failed) {
		error = error_internal();
		write_error(request, &error);
	}
	if (reply->body.failed)
		strbuf_set_constant(&reply->body, request->section->error_without_memory);
	reply->ask_credentials = error.status == 401;
	reply->retry_after = error.status == 503 ? "1" : NULL;
	set_fidelity(request, error.basis);
	reply->delay_ms = 0;
	reply->warning = NULL; /* it is about what was served */
	if (!request->section->is_control)
		reply->hint = error.hint != NULL ? error.hint : error.cure;
}

/* Completes the reply of an operation that went well or, with an error, did not. */
static void reply_result(struct request *request, struct api_error error)
{
	if (!is_error(error) && request->route->operation->render != NULL)
		request->route->operation->render(request);
	if (!is_error(error) && request->reply.body.failed)
		error = error_internal();
	error = unless_memory_ran_out(error);
	if (is_error(error)) {
		reply_error(request, error);
		return;
	}
	set_fidelity(request, request->route->basis);
	if (request->accepted)
		request->reply.status = 202;
	else if (request->reply.status == 0)
		request->reply.status = request->route->operation->status;
}

/* ── steps ───────────────────────────────────────────────────────────────────────────────── */

/* Whose the request is: before anything is said about it. */
static void enter_section(const struct emulator *emulator, struct request *request)
{
	request->emulator = emulator;
	request->section = section_of(emulator, request->target);
	request->reply.is_control = request->section->is_control;
}

/* Cuts the target at its `?`: the path ends there, and what follows the NUL is the query. Once. */
static bool split_target(struct request *request)
{
	if (request->path != NULL)
		return true;
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
	if (request->section->mount != NULL)
		request->path += strlen(request->section->mount);
	return true;
}

/* What a "not found" names: the path as sent, without the version. */
static const char *named_path(const struct request *request)
{
	return strncmp(request->path, "/v1/", 4) == 0 ? request->path + 3 : request->path;
}

static bool is_open(const struct request *request, enum route_result found)
{
	if (found == ROUTE_FOUND && request->route->open)
		return true;
	/* A browser asks for permission without credentials (CORS preflight). */
	return !request->section->is_control && found == ROUTE_WRONG_METHOD &&
	       strcmp(request->method, "OPTIONS") == 0;
}

/* A Host that is none names nobody: what stands behind it might be taken for ours. */
static struct api_error check_host(struct request *request)
{
	if (request->host == NULL || host_is_well_formed(request->host))
		return error_none();
	struct api_error error = error_new(&request->arena, ERROR_BAD_REQUEST, NULL);
	error.hint = "the Host header is no host and port";
	return error;
}

/* Whether the request may be served at all, and for whom. */
static struct api_error let_in(struct request *request, enum route_result found)
{
	if (request->head_fault != ERROR_GENERAL)
		return error_new(&request->arena, request->head_fault, NULL);
	struct api_error refused = check_host(request);
	if (!is_error(refused))
		refused = request->section->admit(request, is_open(request, found));
	return refused;
}

/* Credentials, a fault that is to hit (unless `looks_only`), then route and method. With an error,
 * or `ret_answered`, all is said. */
static struct api_error admit(struct request *request, bool looks_only, bool *ret_answered)
{
	const char *allow = NULL;
	const enum route_result found = route_find(request, &allow);
	struct api_error refused = let_in(request, found);
	if (!is_error(refused) && !looks_only)
		refused = fault_meet(request, ret_answered);
	if (is_error(refused) || *ret_answered)
		return refused;
	/* Who was let in is served as anybody, and told errors in the same way. */
	request->section = section_served(request->emulator, request->section);
	if (found == ROUTE_UNKNOWN_PATH)
		return error_new(&request->arena, ERROR_NOT_FOUND, named_path(request));
	if (found == ROUTE_WRONG_METHOD) {
		request->reply.allow = allow;
		if (strcmp(request->method, "OPTIONS") != 0 || request->section->is_control)
			return error_new(&request->arena, ERROR_METHOD_NOT_ALLOWED, NULL);
		request->reply.status = 204;
		*ret_answered = true;
	}
	return error_none();
}

/* Of a body that was thrown away, why. */
static struct api_error check_body(struct request *request)
{
	if (request->body_too_large)
		return error_new(&request->arena, ERROR_BODY_TOO_LARGE, NULL);
	if (request->body_lost)
		return error_internal();
	return request->body_postponed ? error_new(&request->arena, ERROR_UNAVAILABLE, NULL)
				       : error_none();
}

size_t serve_body_maximum(const struct emulator *emulator, struct request *request)
{
	bool answered = false;
	enter_section(emulator, request);
	if (!split_target(request) || is_error(admit(request, true, &answered)) || answered)
		return FORM_MAXIMUM;
	return request->route->body_maximum > 0 ? request->route->body_maximum
						: request->section->body_maximum;
}

/* What is computed when it is read, and all of the control API, depends on the account's time. */
static bool needs_time(const struct request *request)
{
	const struct resource *resource = request->route->resource;
	return request->section->is_control || (resource != NULL && resource->is_computed);
}

/* A write is done in the caller's account, which it may bring into being. */
static struct api_error enter(struct request *request, struct context *context)
{
	const struct operation *operation = request->route->operation;
	const struct caller *caller = &request->caller;
	bool current;
	if (operation->account != ACCOUNT_ENTERED || caller->account_sid == NULL)
		return error_none();
	if (operation->writes)
		return account_enter(context, caller->account_sid, caller->auth_token);
	if (!needs_time(request))
		return error_none();
	context->clock = account_clock_real();
	context->now_ms = clock_now_ms();
	const struct api_error error =
		account_enter_namespace(context, caller->namespace, &current);
	context->namespace = caller->namespace;
	return error;
}

static struct api_error run(struct request *request, struct store_connection *connection)
{
	struct context context = {
		.connection = connection,
		.arena = &request->arena,
		.policy = request->emulator->policy,
		.registry = request->emulator->registry,
		.rules = service_rules,
		.namespace = request->caller.namespace,
		.path = named_path(request),
	};
	struct api_error error = enter(request, &context);
	if (!is_error(error))
		error = request->route->operation->run(request, &context);
	request->accepted = context.accepted;
	request->clock = context.clock;
	return error;
}

/* The journal and the event of a fault tell the account's time. What did not have to enter the
 * account looks for its clock now, unless all that there are show the real time. */
static void note_clock(struct request *request, struct store_connection *reader)
{
	const struct emulator *emulator = request->emulator;
	const char *sid = request_account(request);
	struct store_account account;
	if ((emulator->watch->journal == NULL && request->fault_id == NULL) || sid == NULL ||
		request->section->is_control || !registry_has_clocks(emulator->registry))
		return;
	if (store_snapshot_renew(reader) &&
		store_fetch_account(reader, sid, &request->arena, &account) == STORE_OK)
		request->clock = account.clock;
}

/* A request whose way ends with its answer. */
static enum serve_step answered(
	struct request *request, struct store_connection *reader, struct api_error error)
{
	reply_result(request, error);
	fault_change_reply(request);
	note_clock(request, reader);
	request_release_sources(request);
	return SERVE_ANSWERED;
}

/* What follows when a request was let in: decodes it, and does what only reads. */
static enum serve_step proceed(
	struct request *request, struct store_connection *reader, struct api_error error)
{
	if (!is_error(error))
		error = request->route->operation->parse(request);
	error = unless_memory_ran_out(error);
	if (request->first_warning != NULL && error.status != 500)
		error = unless_memory_ran_out(warnings_settle(request, error));
	if (!is_error(error) && request->route->operation->writes)
		return SERVE_WRITES;
	if (!is_error(error) && request->route->operation->advances)
		return SERVE_ADVANCES;
	if (!is_error(error) && request->route->operation->waits)
		return SERVE_WAITS;
	if (!is_error(error))
		error = store_snapshot_renew(reader) ? run(request, reader) : error_internal();
	answered(request, reader, error);
	return request->listens != NULL ? SERVE_LISTENS : SERVE_ANSWERED;
}

static bool takes_long(const struct request *request)
{
	const struct operation *operation = request->route->operation;
	return operation->takes_long ||
	       (operation->writes && request->body_length > LONG_BODY_BYTES);
}

enum serve_step serve_start(
	const struct emulator *emulator, struct request *request, struct store_connection *reader)
{
	bool said = false;
	memory_begin();
	enter_section(emulator, request);
	request->stopping = atomic_load_explicit(&emulator->stopping, memory_order_relaxed);
	struct api_error error =
		split_target(request) ? admit(request, false, &said) : error_internal();
	if (said) {
		note_clock(request, reader);
		return SERVE_ANSWERED;
	}
	if (!is_error(error))
		error = check_body(request);
	error = unless_memory_ran_out(error);
	if (!is_error(error) && takes_long(request))
		return SERVE_TAKES_LONG;
	return proceed(request, reader, error);
}

enum serve_step serve_long(struct request *request, struct store_connection *reader)
{
	memory_begin();
	return proceed(request, reader, error_none());
}

enum serve_step serve_wait(struct request *request, struct store_connection *reader, bool late)
{
	memory_begin();
	request->wait.is_late = late;
	request->wait.goes_on = false;
	if (!late && request->wait.glance != NULL && !request->wait.glance(request) &&
		!memory_ran_out())
		return SERVE_WAITS;
	const struct api_error error = unless_memory_ran_out(
		store_snapshot_renew(reader) ? run(request, reader) : error_internal());
	if (!is_error(error) && request->wait.goes_on && !late)
		return SERVE_WAITS;
	return answered(request, reader, error);
}

/* Room for an answer that is rendered after the commit, so that memory cannot fail it. */
static bool reserve_answer(struct request *request)
{
	if (request->route->operation->render == NULL)
		return true;
	return strbuf_reserve(&request->reply.body,
		json_record_maximum(request->route->resource, request->record, request->origin));
}

bool serve_write(struct request *request, struct store_connection *writer)
{
	request->unfinished = false;
	request->error = run(request, writer);
	if (!is_error(request->error) && !reserve_answer(request))
		request->error = error_internal();
	request->error = unless_memory_ran_out(request->error);
	if (memory_ran_out())
		log_line(LOG_ERROR, "out of memory");
	return !is_error(request->error);
}

static void settle_traffic(struct request *request)
{
	if (request->change_of_traffic != NULL && !is_error(request->error))
		traffic_record(request->change_of_traffic);
	else
		traffic_drop(request->change_of_traffic);
	request->change_of_traffic = NULL;
}

void serve_committed(struct request *request, bool durable)
{
	struct registry *registry = request->emulator->registry;
	if ((!durable || request->error.status == 500) && atomic_load(&request->emulator->stopping))
		request->error = error_new(&request->arena, ERROR_UNAVAILABLE, NULL);
	else if (!durable)
		request->error = error_internal();
	request->applied = !is_error(request->error);
	for (const struct account_change *change = request->changes_of_accounts; change != NULL;
		change = change->next) {
		if (request->applied)
			registry_record(registry, change->entry);
		else
			registry_drop(registry, change->entry);
	}
	request->changes_of_accounts = NULL;
	settle_traffic(request);
}

bool serve_goes_on(const struct request *request)
{
	return request->unfinished && request->applied;
}

void serve_finish(struct request *request)
{
	memory_begin();
	reply_result(request, request->error);
	fault_change_reply(request);
	request_release_sources(request);
}

bool serve_finish_takes_long(const struct request *request)
{
	return request->advance != NULL && request->advance->ran_count > LONG_ADVANCE;
}

void serve_refuse(struct request *request)
{
	memory_begin();
	request_release_sources(request);
	request_empty_buffer(&request->reply.body);
	request->fault = NULL;
	reply_error(request, error_new(&request->arena, ERROR_UNAVAILABLE, NULL));
}
