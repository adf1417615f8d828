/* SPDX-License-Identifier: MIT */
/* The control API's accounts: reset, create, list, delete, fork; their state; and Fleets to delete.
 */
#include <stdio.h>
#include <string.h>

#include "control/admission.h"
#include "control/control.h"
#include "control/loading.h"
#include "engine/account.h"
#include "engine/copy.h"
#include "engine/faults.h"
#include "model/sid.h"
#include "seed/clock_document.h"
#include "seed/state.h"
#include "service/fleets.h"
#include "service/resources.h"
#include "store/outbox.h"
#include "util/clock.h"
#include "util/count.h"
#include "util/json_text.h"

enum { SEED_TEXT_MAXIMUM = 6 * STATE_DOCUMENT_MAXIMUM }; /* a byte may become six */

/* ── reset ───────────────────────────────────────────────────────────────────────────────── */

struct listed_account {
	struct listed_account *next;
	const char *sid;
};

struct reset {
	const char *to;
	int64_t removed[3];
	bool is_listed;		     /* all accounts were */
	struct listed_account *left; /* of them, those that are to be reset */
};

/* After so long, what is left of all accounts is another piece. */
enum { PIECE_US = 5000 };

/* What is counted: state, whose size does not grow with history. */
static const struct resource *const counted[] = { &network_access_profile_resource, &fleet_resource,
	&sim_resource };

static const struct key reset_keys[] = {
	{ "to", KEY_TEXT, offsetof(struct reset, to), false },
	{ .name = NULL },
};

static struct api_error parse_reset(struct request *request)
{
	struct reset *reset = arena_alloc(&request->arena, sizeof(*reset));
	if (reset == NULL)
		return error_internal();
	request->arguments = reset;
	reset->to = "seed";
	request->hint = "{\"to\": \"seed\" | \"empty\"}";
	const struct api_error error = control_read(request, reset_keys, reset);
	if (!is_error(error) && strcmp(reset->to, "seed") != 0 && strcmp(reset->to, "empty") != 0)
		return control_error(CONTROL_VALUE, "to");
	return error;
}

static struct api_error count_removed(struct context *context, const char *sid, struct reset *reset)
{
	struct store_account account;
	const enum store_result found =
		store_fetch_account(context->connection, sid, context->arena, &account);
	for (size_t i = 0; found == STORE_OK && i < COUNT_OF(counted); i++) {
		int64_t count;
		if (store_count(context->connection, counted[i], account.namespace, &count) !=
			STORE_OK)
			return error_internal();
		reset->removed[i] += count;
	}
	return found != STORE_FAILED ? error_none() : error_internal();
}

/* A piece of it: what the seed gives may be much. */
static struct api_error reset_to_seed(
	struct request *request, struct context *context, const char *sid)
{
	struct api_error error = control_load(request, context, sid, request->emulator->seed, sid);
	if (is_error(error) || request->unfinished)
		return error;
	error = count_removed(context, sid, request->arguments);
	if (!is_error(error))
		error = account_replace(context, sid, request->draft, request->is_operator);
	if (!is_error(error))
		error = control_load_end(request, context);
	return !is_error(error) ? control_remember_account(
					  request, context, sid, request->emulator->seed, sid)
				: error;
}

static struct api_error reset_account(
	struct request *request, struct context *context, const char *sid)
{
	struct reset *reset = request->arguments;
	if (request->emulator->seed != NULL && strcmp(reset->to, "seed") == 0)
		return reset_to_seed(request, context, sid);
	struct api_error error = count_removed(context, sid, reset);
	if (!is_error(error))
		error = account_reset(context, sid);
	return !is_error(error) ? control_remember_account(request, context, sid, NULL, NULL)
				: error;
}

struct account_list {
	struct arena *arena;
	struct listed_account *first;
	bool complete;
};

static void add_account(void *closure, const struct store_account *account)
{
	struct account_list *list = closure;
	struct listed_account *entry = arena_alloc(list->arena, sizeof(*entry));
	const char *sid = arena_copy(list->arena, account->sid, strlen(account->sid));
	list->complete = list->complete && entry != NULL && sid != NULL;
	if (!list->complete || account->ended)
		return;
	entry->sid = sid;
	entry->next = list->first;
	list->first = entry;
}

static struct api_error list_all(struct context *context, struct reset *reset)
{
	struct account_list list = { context->arena, NULL, true };
	if (store_visit_accounts(context->connection, add_account, &list) != STORE_OK ||
		!list.complete)
		return error_internal();
	reset->left = list.first;
	reset->is_listed = true;
	return error_none();
}

/* Resets an account that was listed, unless it has ended since. */
static struct api_error reset_listed(
	struct request *request, struct context *context, const char *sid)
{
	struct store_account account;
	const enum store_result found =
		store_fetch_account(context->connection, sid, context->arena, &account);
	if (found == STORE_FAILED)
		return error_internal();
	if (found == STORE_OK && !account.ended)
		return reset_account(request, context, sid);
	request_drop_draft(request); /* some of it may have been done */
	return error_none();
}

/* There may be many accounts: each is reset as a whole, some in one transaction. */
static struct api_error reset_some(struct request *request, struct context *context)
{
	struct reset *reset = request->arguments;
	const int64_t until_us = clock_monotonic_us() + PIECE_US;
	struct api_error error = error_none();
	if (!reset->is_listed)
		error = list_all(context, reset);
	while (reset->left != NULL && !is_error(error) && !request->unfinished &&
		clock_monotonic_us() < until_us) {
		error = reset_listed(request, context, reset->left->sid);
		if (!request->unfinished)
			reset->left = reset->left->next;
	}
	request->unfinished = reset->left != NULL;
	return error;
}

static struct api_error run_reset(struct request *request, struct context *context)
{
	const struct reset *reset = request->arguments;
	const struct api_error error = request->all_accounts ? reset_some(request, context)
							     : reset_account(request, context,
								       request->caller.account_sid);
	if (is_error(error) || request->unfinished)
		return error;
	json_t *removed = json_object();
	for (size_t i = 0; i < COUNT_OF(counted); i++)
		json_object_set_new(removed, counted[i]->list_key, json_integer(reset->removed[i]));
	return control_reply(request, json_pack("{s:s, s:o}", "to", reset->to, "removed", removed));
}

const struct operation control_reset = {
	.parse = parse_reset,
	.run = run_reset,
	.status = 200,
	.writes = true,
	.account = ACCOUNT_NAMED,
	.revives = true,
	.takes_all = true,
};

/* ── accounts ────────────────────────────────────────────────────────────────────────────── */

static json_t *describe_account(struct request *request, const struct store_account *account)
{
	char created[CLOCK_TEXT_SIZE];
	clock_format(account->date_created_ms, created);
	/* The command line may ask for what the database does not know. */
	const bool open = !account->token_checked &&
			  registry_is_open(request->emulator->registry, account->sid);
	return json_pack("{s:s, s:b, s:o, s:s}", "sid", account->sid, "token_checked", !open,
		"ttl_s", account->ttl_ms > 0 ? json_integer(account->ttl_ms / 1000) : json_null(),
		"date_created", created);
}

struct listing {
	struct request *request;
	json_t *array;
};

static void list_account(void *closure, const struct store_account *account)
{
	struct listing *listing = closure;
	const struct caller *caller = &listing->request->caller;
	if (account->ended ||
		(!listing->request->is_operator && strcmp(account->sid, caller->account_sid) != 0))
		return;
	json_array_append_new(listing->array, describe_account(listing->request, account));
}

static struct api_error run_list_accounts(struct request *request, struct context *context)
{
	struct listing listing = { request, json_array() };
	if (store_visit_accounts(context->connection, list_account, &listing) != STORE_OK) {
		json_decref(listing.array);
		return error_internal();
	}
	return control_reply(request, json_pack("{s:o}", "accounts", listing.array));
}

const struct operation control_list_accounts = {
	.parse = control_parse_nothing,
	.run = run_list_accounts,
	.status = 200,
	.takes_long = true,
	.account = ACCOUNT_ANY,
};

struct account_arguments {
	struct account_request account;
	int64_t ttl_s;
	bool faults; /* a copy has them, too */
};

static const struct key account_keys[] = {
	{ "sid", KEY_TEXT, offsetof(struct account_arguments, account.sid), false },
	{ "auth_token", KEY_TEXT, offsetof(struct account_arguments, account.auth_token), false },
	{ "ttl_s", KEY_NATURAL, offsetof(struct account_arguments, ttl_s), false },
	{ "seed", KEY_ARRAY, 0, false }, /* read by parse_create_account itself */
	{ .name = NULL },
};

/* A seed for one account, as text, checked. */
static struct api_error parse_seed(struct request *request, const char *text, size_t length)
{
	struct failure failure;
	if (!seed_parse(text, length, &request->imported, &failure)) {
		if (failure.exit_code != EX_DATAERR)
			return error_internal();
		request->hint =
			arena_copy(&request->arena, failure.message, strlen(failure.message));
		return control_error(CONTROL_STATE_UNREADABLE, NULL);
	}
	if (seed_account_count(request->imported) == 1)
		return error_none();
	return control_error(CONTROL_STATE_OF_ONE, "accounts");
}

/* Takes "seed" out of the body: a document of its own. */
static struct api_error take_seed(struct request *request)
{
	json_t *seed = json_object_get(request->document, "seed");
	struct strbuf text;
	if (seed == NULL)
		return error_none();
	strbuf_init(&text, SEED_TEXT_MAXIMUM);
	json_text_add(&text, seed);
	const struct api_error error =
		text.failed ? error_internal() : parse_seed(request, text.data, text.length);
	strbuf_done(&text);
	json_object_del(request->document, "seed");
	return error;
}

/* Checks what control_read does not, and completes the account. */
static struct api_error check_account(struct account_arguments *wanted)
{
	if (wanted->account.sid != NULL && !sid_has_form(wanted->account.sid, "AC"))
		return control_error(CONTROL_NO_ACCOUNT_SID, "sid");
	if (wanted->ttl_s > INT64_C(3600) * 24 * 36525)
		return control_error(CONTROL_VALUE, "ttl_s");
	wanted->account.ttl_ms = wanted->ttl_s * 1000;
	return error_none();
}

static struct api_error parse_create_account(struct request *request)
{
	struct account_arguments *wanted = arena_alloc(&request->arena, sizeof(*wanted));
	if (wanted == NULL)
		return error_internal();
	request->arguments = wanted;
	request->hint = "{\"sid\": \"AC…\", \"auth_token\": \"…\", \"ttl_s\": 600, \"seed\": "
			"{\"accounts\": [{…}]}}: ttl_s is a whole number of seconds";
	struct api_error error = control_parse(request);
	if (!is_error(error))
		error = take_seed(request);
	if (!is_error(error))
		error = control_read(request, account_keys, wanted);
	if (!is_error(error))
		error = check_account(wanted);
	if (!is_error(error) && request->imported != NULL)
		wanted->account.auth_token =
			seed_auth_token(request->imported, wanted->account.auth_token);
	return error;
}

static struct api_error reply_account(
	struct request *request, struct context *context, const struct account_request *account)
{
	const struct api_error error =
		control_remember_account(request, context, account->sid, request->imported, NULL);
	if (is_error(error))
		return error;
	return control_reply(request,
		json_pack("{s:s, s:s, s:o}", "sid", account->sid, "auth_token", account->auth_token,
			"ttl_s",
			account->ttl_ms > 0 ? json_integer(account->ttl_ms / 1000) : json_null()));
}

/* A piece of it: see control/loading.h. */
static struct api_error create_with_seed(
	struct request *request, struct context *context, struct account_request *account)
{
	struct api_error error = account_check_request(context, account);
	if (!is_error(error))
		error = control_load(request, context, account->sid, request->imported, NULL);
	if (is_error(error) || request->unfinished)
		return error;
	account->draft = request->draft;
	error = account_create(context, account);
	return !is_error(error) ? control_load_end(request, context) : error;
}

static struct api_error run_create_account(struct request *request, struct context *context)
{
	struct account_request *account =
		&((struct account_arguments *)request->arguments)->account;
	const struct api_error error = request->imported != NULL
					       ? create_with_seed(request, context, account)
					       : account_create(context, account);
	return !is_error(error) && !request->unfinished ? reply_account(request, context, account)
							: error;
}

/* Only the operator makes accounts that others hold; anybody may fork or end his own. */
const struct operation control_create_account = {
	.parse = parse_create_account,
	.run = run_create_account,
	.status = 201,
	.writes = true,
	.account = ACCOUNT_ANY,
	.operator_only = true,
};

/* The account in the path must be the caller's, or the caller the operator. */
static struct api_error check_named(const struct request *request)
{
	if (!sid_has_form(request->identifier, "AC"))
		return control_error(CONTROL_NO_ACCOUNT, NULL);
	if (request->is_operator || strcmp(request->identifier, request->caller.account_sid) == 0)
		return error_none();
	return control_error(CONTROL_OTHER_ACCOUNT, NULL);
}

static struct api_error parse_named_account(struct request *request)
{
	const struct api_error error = check_named(request);
	return !is_error(error) ? control_parse_nothing(request) : error;
}

/* How much an account holds. Of history only what is counted anyhow: this costs as much as there is
 * state. False when it cannot be read. */
static bool add_counts(struct context *context, const char *namespace, json_t *out)
{
	static const char *const states[] = { "pending", "delivered", "failed" };
	json_t *records = json_object(), *deliveries = json_object();
	json_object_set_new(out, "records", records);
	json_object_set_new(out, "deliveries", deliveries);
	for (size_t i = 0; i < COUNT_OF(counted); i++) {
		int64_t count;
		if (store_count(context->connection, counted[i], namespace, &count) != STORE_OK)
			return false;
		json_object_set_new(records, counted[i]->list_key, json_integer(count));
	}
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		int64_t count;
		if (store_count_deliveries(context->connection, namespace, states[i], &count) !=
			STORE_OK)
			return false;
		json_object_set_new(deliveries, states[i], json_integer(count));
	}
	return true;
}

static struct api_error run_show_account(struct request *request, struct context *context)
{
	struct store_account account;
	const struct api_error error = account_fetch_living(context, request->identifier, &account);
	if (error.status == 404)
		return control_error(CONTROL_NO_ACCOUNT, NULL);
	if (is_error(error))
		return error;
	json_t *out = describe_account(request, &account);
	json_object_set_new(out, "clock", clock_document_write(&account.clock, clock_now_ms()));
	if (add_counts(context, account.namespace, out))
		return control_reply(request, out);
	json_decref(out);
	return error_internal();
}

const struct operation control_show_account = {
	.parse = parse_named_account,
	.run = run_show_account,
	.status = 200,
	.account = ACCOUNT_ANY,
};

static struct api_error run_delete_account(struct request *request, struct context *context)
{
	const struct api_error error = account_delete(context, request->identifier);
	if (error.status == 404)
		return control_error(CONTROL_NO_ACCOUNT, NULL);
	return !is_error(error)
		       ? control_remember_account(request, context, request->identifier, NULL, NULL)
		       : error;
}

const struct operation control_delete_account = {
	.parse = parse_named_account,
	.run = run_delete_account,
	.status = 204,
	.writes = true,
	.account = ACCOUNT_ANY,
};

static const struct key fork_keys[] = {
	{ "ttl_s", KEY_NATURAL, offsetof(struct account_arguments, ttl_s), false },
	{ "faults", KEY_BOOLEAN, offsetof(struct account_arguments, faults), false },
	{ .name = NULL },
};

static struct api_error parse_fork(struct request *request)
{
	struct account_arguments *wanted = arena_alloc(&request->arena, sizeof(*wanted));
	if (wanted == NULL)
		return error_internal();
	request->arguments = wanted;
	request->hint = "{\"ttl_s\": 600, \"faults\": true}: ttl_s is a whole number of seconds, "
			"faults is true or false";
	struct api_error error = check_named(request);
	if (!is_error(error))
		error = control_read(request, fork_keys, wanted);
	if (!is_error(error))
		error = check_account(wanted);
	return error;
}

/* A piece of it, into a draft: see engine/copy.h. */
static struct api_error copy_some(
	struct request *request, struct context *context, const char *into)
{
	struct account_copy *copy = (struct account_copy *)request->draft;
	if (copy == NULL)
		copy = arena_alloc(&request->arena, sizeof(*copy));
	if (copy == NULL)
		return error_internal();
	request->draft = &copy->draft;
	const struct api_error error = account_copy_some(context, request->identifier, into, copy);
	if (error.status == 404)
		return control_error(CONTROL_NO_ACCOUNT, NULL);
	request->unfinished = !is_error(error) && !copy->rows.complete;
	return is_error(error) || request->unfinished ? error
						      : control_admit_again(request, context);
}

static struct api_error run_fork(struct request *request, struct context *context)
{
	struct account_arguments *wanted = request->arguments;
	struct account_request *account = &wanted->account;
	struct api_error error = account_check_request(context, account);
	if (!is_error(error))
		error = copy_some(request, context, account->sid);
	if (is_error(error) || request->unfinished)
		return error;
	account->draft = request->draft;
	error = account_create(context, account);
	if (!is_error(error) && wanted->faults)
		error = faults_copy(context, request->emulator->watch->traffic, request->identifier,
			&request->change_of_traffic);
	if (is_error(error))
		return error;
	request_drop_draft(request);
	return reply_account(request, context, account);
}

const struct operation control_fork_account = {
	.parse = parse_fork,
	.run = run_fork,
	.status = 201,
	.writes = true,
	.account = ACCOUNT_ANY,
};

/* ── state ───────────────────────────────────────────────────────────────────────────────── */

static struct api_error run_export(struct request *request, struct context *context)
{
	json_t *document;
	struct api_error error = request->all_accounts ? state_export_all(context, &document)
						       : state_export(context, &document);
	store_snapshot_release(context->connection); /* all was read: nobody waits for the rest */
	if (!is_error(error))
		error = control_reply(request, document);
	if (!is_error(error) && request->reply.body.length > STATE_MAXIMUM) {
		char size[32];
		snprintf(size, sizeof(size), "%zu bytes", request->reply.body.length);
		error = error_new(&request->arena, ERROR_STATE_TOO_LARGE, size);
	}
	if (error.status == 409 && request->all_accounts)
		error.hint =
			"?account=AC… exports one; sqlite3's .backup copies a database of any size";
	return error;
}

const struct operation control_export_state = {
	.parse = control_parse_nothing,
	.run = run_export,
	.status = 200,
	.takes_long = true,
	.takes_all = true,
};

static struct api_error parse_import(struct request *request)
{
	return parse_seed(request, request->body, request->body_length);
}

static struct api_error run_import(struct request *request, struct context *context)
{
	const char *sid = request->caller.account_sid;
	struct api_error error = control_load(request, context, sid, request->imported, NULL);
	if (is_error(error) || request->unfinished)
		return error;
	error = account_replace(context, sid, request->draft, request->is_operator);
	if (!is_error(error))
		error = control_load_end(request, context);
	if (!is_error(error))
		error = control_remember_account(request, context, sid, request->imported, NULL);
	return !is_error(error) ? control_reply(request, json_pack("{s:s}", "state", "replaced"))
				: error;
}

const struct operation control_import_state = {
	.parse = parse_import,
	.run = run_import,
	.status = 200,
	.writes = true,
	.account = ACCOUNT_NAMED,
	.revives = true,
};

/* ── Fleets ──────────────────────────────────────────────────────────────────────────────── */

static struct api_error run_delete_fleet(struct request *request, struct context *context)
{
	int64_t sims;
	return fleet_delete(context, request->identifier, &sims);
}

const struct operation control_delete_fleet = {
	.parse = control_parse_nothing, .run = run_delete_fleet, .status = 204, .writes = true
};
