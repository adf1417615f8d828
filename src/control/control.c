/* SPDX-License-Identifier: MIT */
#include "control/control.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "engine/account.h"
#include "model/account_clock.h"
#include "model/sid.h"
#include "request/authenticate.h"
#include "request/form.h"
#include "util/clock.h"
#include "util/host.h"
#include "util/json_read.h"
#include "util/json_text.h"
#include "util/secret.h"

/* ── errors ──────────────────────────────────────────────────────────────────────────────── */

struct api_error control_error(int status, const char *message, const char *field)
{
	/* Any code but 0 makes it an error; the control API does not show codes. */
	return (struct api_error){
		.code = 1, .status = status, .message = message, .field = field
	};
}

static const char *hint_of(const struct request *request, const struct api_error *error)
{
	if (error->hint != NULL)
		return error->hint;
	/* What the body should be helps only when it is at fault. */
	if (request->hint != NULL && error->status == 400)
		return request->hint;
	if (request->remedy != NULL)
		return request->remedy;
	switch (error->status) {
	case 401: return "Basic credentials of an account, or Authorization: Bearer <admin token>";
	case 404: return "docs/control.md lists the paths; SIDs are looked up in the account";
	case 405: return request->reply.allow;
	default: return NULL;
	}
}

static void add_member(struct strbuf *out, const char *key, const char *text)
{
	strbuf_add_format(out, ",\"%s\":", key);
	if (text != NULL)
		strbuf_add_json_string(out, text);
	else
		strbuf_add_text(out, "null");
}

void control_add_error(struct request *request, const struct api_error *error)
{
	struct strbuf *out = &request->reply.body;
	strbuf_add_text(out, "{\"error\":");
	strbuf_add_json_string(out, error->message);
	add_member(out, "field", error->field);
	add_member(out, "hint", hint_of(request, error));
	strbuf_add_char(out, '}');
}

/* ── the query ───────────────────────────────────────────────────────────────────────────── */

struct query_search {
	const char *name;
	const char *value;
};

static bool collect_value(void *closure, const char *name, const char *value)
{
	struct query_search *search = closure;
	if (strcmp(search->name, name) == 0)
		search->value = value;
	return true;
}

/* False when the query cannot be decoded. */
static bool search_query(struct request *request, struct query_search *search)
{
	const char *query = strchr(request->target, '\0') + 1; /* where api_start cut it in two */
	const size_t length = strlen(query);
	char *copy = arena_copy(&request->arena, query, length);
	return copy != NULL && form_visit(copy, length, collect_value, search);
}

const char *control_query(struct request *request, const char *name)
{
	struct query_search search = { .name = name };
	return search_query(request, &search) ? search.value : NULL;
}

/* ── admission ───────────────────────────────────────────────────────────────────────────── */

bool api_is_control(const char *target)
{
	static const char prefix[] = "/_emulator/";
	return strncmp(target, prefix, sizeof(prefix) - 1) == 0;
}

/* A name that somebody else's DNS cannot have pointed at us. */
static bool is_own_host(const struct api *api, const char *authority)
{
	char host[256];
	unsigned char address[16];
	if (authority == NULL || !host_of(authority, host, sizeof(host)))
		return false;
	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1 ||
	       strcasecmp(host, "localhost") == 0 ||
	       (api->listen_host != NULL && strcasecmp(host, api->listen_host) == 0) ||
	       (api->public_host != NULL && strcasecmp(host, api->public_host) == 0);
}

/* A browser names the page that a request is for. Only our own may be. */
static bool is_own_page(const struct request *request)
{
	const char *page = request->page_origin;
	return page == NULL || strcasecmp(page, request->origin) == 0;
}

/* Webhooks, our own among them, come from this machine, too: whoever may choose a webhook's URL
 * must not speak as the operator through it. */
static bool is_webhook(const struct request *request)
{
	return request->signature != NULL ||
	       (request->user_agent != NULL && strcmp(request->user_agent, "TwilioProxy/1.1") == 0);
}

/* While there is no admin token, anybody on this machine is the operator. */
static bool is_local_operator(const struct api *api, const struct request *request)
{
	return request->authorization == NULL && api->admin_token == NULL &&
	       request->peer_is_loopback && !is_webhook(request);
}

static struct api_error identify(const struct api *api, struct request *request)
{
	const char *authorization = request->authorization;
	if (is_local_operator(api, request)) {
		request->is_operator = true;
		return error_none();
	}
	if (authorization != NULL && strncasecmp(authorization, "Bearer ", 7) == 0) {
		request->is_operator = api->admin_token != NULL &&
				       secret_matches(api->admin_token, authorization + 7);
		return request->is_operator
			       ? error_none()
			       : control_error(401, "This is not the admin token", NULL);
	}
	return authenticate(api->registry, authorization, &request->arena, &request->caller);
}

/* Whether all accounts are meant, where that can be. */
static struct api_error read_all(struct request *request)
{
	const char *all = control_query(request, "all");
	const struct route *route = request->route;
	if (all == NULL || route == NULL || (request->is_operator && strcmp(all, "false") == 0))
		return error_none();
	if (!route->operation->takes_all)
		return control_error(400, "This is done to one account at a time", "all");
	if (!request->is_operator)
		return control_error(403, "Only the operator may mean all accounts", "all");
	request->all_accounts = strcmp(all, "true") == 0;
	return request->all_accounts ? error_none()
				     : control_error(400, "Unacceptable value", "all");
}

/* Whether an operation needs an account, and finds one that has ended. */
static bool is_gone(const struct api *api, const struct request *request, const char *account_sid)
{
	return request->route != NULL && request->route->operation->account != ACCOUNT_ANY &&
	       !request->route->operation->revives &&
	       registry_has_ended(api->registry, account_sid);
}

/* The account that the call is about: the caller's, or the one that the operator names. */
static struct api_error find_account(const struct api *api, struct request *request)
{
	struct query_search search = { .name = "account" };
	struct caller *caller = &request->caller;
	if (!search_query(request, &search))
		return control_error(400, "The query cannot be decoded", NULL);
	const char *named = search.value;
	const struct api_error error = read_all(request);
	if (is_error(error) || named == NULL)
		return error;
	if (!sid_has_form(named, "AC"))
		return control_error(400, "This is no account's SID", "account");
	if (!request->is_operator)
		return strcmp(named, caller->account_sid) == 0
			       ? error_none()
			       : control_error(
					 403, "These credentials are another account's", "account");
	if (is_gone(api, request, named))
		return account_ended_error(&request->arena);
	caller->account_sid = named;
	caller->namespace = registry_namespace(api->registry, named, &request->arena);
	return caller->namespace != NULL ? error_none() : error_internal();
}

struct api_error control_admit(const struct api *api, struct request *request, bool open)
{
	if (!is_own_host(api, request->host))
		return control_error(403, "The Host header names no address of this server", NULL);
	if (!is_own_page(request))
		return control_error(403, "Pages of other origins may not call this", NULL);
	if (open)
		return error_none();
	struct api_error error = identify(api, request);
	if (!is_error(error))
		error = find_account(api, request);
	if (is_error(error) || request->route == NULL)
		return error;
	if (request->route->operation->operator_only && !request->is_operator)
		return control_error(403, "Only the operator may do this", NULL);
	if (request->route->operation->account == ACCOUNT_ANY ||
		request->caller.account_sid != NULL || request->all_accounts)
		return error_none();
	request->hint = "?account=AC… or Basic credentials";
	return control_error(400, "Which account is meant?", "account");
}

/* ── reading ─────────────────────────────────────────────────────────────────────────────── */

struct api_error control_parse(struct request *request)
{
	json_error_t problem;
	if (request->body_length == 0 || request->document != NULL)
		return error_none();
	request->document =
		json_read(request->body, request->body_length, JSON_REJECT_DUPLICATES, &problem);
	if (request->document != NULL)
		return error_none();
	request->hint = arena_copy(&request->arena, problem.text, strlen(problem.text));
	return control_error(400, "The body is not JSON", NULL);
}

static const char *text_value(const json_t *value)
{
	const char *text = json_string_value(value);
	return text != NULL && strlen(text) == json_string_length(value) ? text : NULL;
}

static bool read_text(const json_t *value, bool may_be_empty, const char **place)
{
	*place = text_value(value);
	return *place != NULL && (may_be_empty || (*place)[0] != '\0');
}

static bool read_array(struct arena *arena, json_t *value, const char **place)
{
	*place = json_is_array(value) ? json_text_copy(arena, value) : NULL;
	return *place != NULL;
}

static bool read_key(struct arena *arena, const struct key *key, json_t *value, void *place)
{
	const char *text = text_value(value);
	switch (key->kind) {
	case KEY_TEXT: return read_text(value, false, place);
	case KEY_BYTES: return read_text(value, true, place);
	case KEY_NATURAL:
		*(int64_t *)place = json_integer_value(value);
		return json_is_integer(value) && *(int64_t *)place >= 0 &&
		       *(int64_t *)place <= INT64_MAX / 16;
	case KEY_DURATION: return text != NULL && duration_parse(text, place);
	case KEY_TIME: /* 0 is for "not given" */
		return text != NULL && clock_parse(text, place) && *(int64_t *)place > 0;
	case KEY_NULLABLE_TEXT:
		*(const char **)place = NULL;
		return json_is_null(value) || read_text(value, false, place);
	case KEY_ARRAY: return read_array(arena, value, place);
	}
	return false;
}

static const struct key *key_named(const struct key *keys, const char *name)
{
	for (; keys->name != NULL; keys++) {
		if (strcmp(keys->name, name) == 0)
			return keys;
	}
	return NULL;
}

struct api_error control_read(struct request *request, const struct key *keys, void *arguments)
{
	struct api_error error = control_parse(request);
	json_t *document = request->document;
	const char *name;
	json_t *value;
	if (!is_error(error) && document != NULL && !json_is_object(document))
		return control_error(400, "The body must be a JSON object", NULL);
	json_object_foreach(document, name, value)
	{
		const struct key *key = key_named(keys, name);
		if (key == NULL)
			return control_error(400, "No such key", name);
		if (!read_key(&request->arena, key, value, (char *)arguments + key->offset))
			return control_error(400, "Unacceptable value", name);
	}
	for (; keys->name != NULL && !is_error(error); keys++) {
		if (keys->required && json_object_get(document, keys->name) == NULL)
			error = control_error(400, "Missing key", keys->name);
	}
	return error;
}

static const struct key no_keys[] = { { .name = NULL } };

struct api_error control_parse_nothing(struct request *request)
{
	request->hint = "no body is asked for";
	return control_read(request, no_keys, NULL);
}

/* ── answering ───────────────────────────────────────────────────────────────────────────── */

struct api_error control_reply(struct request *request, json_t *value)
{
	struct strbuf *body = &request->reply.body;
	json_text_add(body, value);
	json_decref(value);
	return body->failed ? error_internal() : error_none();
}

struct api_error control_remember_account(struct request *request, struct context *context,
	const char *account_sid, const struct seed *seed, const char *part)
{
	struct registry *registry = request->api->registry;
	struct account_change *change = arena_alloc(&request->arena, sizeof(*change));
	struct store_account account;
	if (change == NULL || store_fetch_account(context->connection, account_sid, &request->arena,
				      &account) != STORE_OK)
		return error_internal();
	change->entry = registry_prepare(registry, &account);
	if (change->entry == NULL)
		return error_internal();
	change->next = request->changes_of_accounts;
	request->changes_of_accounts = change;
	const bool complete =
		seed == NULL || seed_prepare(seed, part, account_sid, registry, change->entry);
	return complete ? error_none() : error_internal();
}
