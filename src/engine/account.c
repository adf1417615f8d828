/* SPDX-License-Identifier: MIT */
#include "engine/account.h"

#include <stdlib.h>
#include <string.h>

#include "engine/changes.h"
#include "engine/registry.h"
#include "model/sid.h"
#include "store/due.h"
#include "store/namespaces.h"
#include "util/clock.h"
#include "util/random.h"

static void use_account(struct context *context, const struct store_account *account)
{
	context->namespace = account->namespace;
	context->clock = account->clock;
	context->incarnation = account->incarnation;
	context->auth_token = account->auth_token;
	context->now_ms = account_clock_now(&account->clock, clock_now_ms());
	store_note_entered(context->connection, account->namespace);
}

static int64_t new_incarnation(void)
{
	int64_t incarnation;
	random_bytes((uint8_t *)&incarnation, sizeof(incarnation));
	return incarnation;
}

static struct store_account new_account(const char *sid)
{
	return (struct store_account){
		.incarnation = new_incarnation(),
		.sid = sid,
		.namespace = sid,
		.auth_token = "",
		.date_created_ms = clock_now_ms(),
		.clock = account_clock_real(),
	};
}

const char *account_sid_of(struct arena *arena, const char *namespace)
{
	return arena_copy(arena, namespace, strcspn(namespace, "#"));
}

struct api_error account_ended_error(struct arena *arena)
{
	struct api_error error = error_new(arena, ERROR_UNKNOWN_USER, NULL);
	error.hint = "this account was made by a call and has ended: it was deleted, or idle for "
		     "longer than its ttl_s; POST /_emulator/accounts with its sid makes it again";
	return error;
}

/* Writes an account that is in use: it may have ended before. */
static enum store_result put_living(struct context *context, struct store_account *account)
{
	account->ended = false;
	const enum store_result result = store_put_account(context->connection, account);
	return result == STORE_OK ? store_remove_ended_account(context->connection, account->sid)
				  : result;
}

/* An account that is to be used. `ret_new`: it has no row, or one that says that it has ended; then
 * its `made` says whether a call must make it again first. */
static enum store_result fetch_or_begin(struct context *context, const char *account_sid,
	struct store_account *ret_account, bool *ret_new)
{
	const enum store_result found =
		store_fetch_account(context->connection, account_sid, context->arena, ret_account);
	*ret_new = found == STORE_NOT_FOUND || (found == STORE_OK && ret_account->ended);
	if (found != STORE_NOT_FOUND)
		return found;
	const enum store_result ended = store_find_ended_account(context->connection, account_sid);
	*ret_account = new_account(account_sid);
	ret_account->made = ended == STORE_OK;
	return ended == STORE_NOT_FOUND ? STORE_OK : ended;
}

/* The token that the command line gave an account, or NULL. */
static const char *configured_token(const struct context *context, const char *account_sid)
{
	const char *token, *owner;
	const bool found = context->registry != NULL &&
			   registry_find_configured(context->registry, account_sid, &token, &owner);
	return found ? token : NULL;
}

/* Of an account that has ended, or has no row: whether a call must make it before it is used. */
static bool must_be_made(const struct context *context, const struct store_account *account)
{
	return account->made && configured_token(context, account->sid) == NULL;
}

struct api_error account_enter(
	struct context *context, const char *account_sid, const char *auth_token)
{
	struct store_account account;
	bool changed;
	enum store_result result = fetch_or_begin(context, account_sid, &account, &changed);
	if (result != STORE_OK)
		return error_internal();
	if (changed && must_be_made(context, &account))
		return account_ended_error(context->arena);
	if (auth_token != NULL && !account.token_checked &&
		strcmp(account.auth_token, auth_token) != 0) {
		account.auth_token = auth_token;
		changed = true;
	}
	if (changed)
		result = put_living(context, &account);
	use_account(context, &account);
	return error_of_store(result);
}

struct api_error account_enter_anew(struct context *context, const char *account_sid)
{
	struct store_account account;
	bool is_new;
	enum store_result result = fetch_or_begin(context, account_sid, &account, &is_new);
	if (result == STORE_OK && is_new)
		result = put_living(context, &account);
	if (result == STORE_OK)
		use_account(context, &account);
	return error_of_store(result);
}

/* Reads the row of the account that the context is in. */
static struct api_error fetch_own(struct context *context, struct store_account *ret_account)
{
	const char *sid = account_sid_of(context->arena, context->namespace);
	if (sid == NULL)
		return error_internal();
	return error_of_store(
		store_fetch_account(context->connection, sid, context->arena, ret_account));
}

struct api_error account_enter_namespace(
	struct context *context, const char *namespace, bool *ret_current)
{
	struct store_account account;
	const char *sid = account_sid_of(context->arena, namespace);
	*ret_current = false;
	if (sid == NULL)
		return error_internal();
	const enum store_result result =
		store_fetch_account(context->connection, sid, context->arena, &account);
	if (result != STORE_OK)
		return result == STORE_NOT_FOUND ? error_none() : error_internal();
	*ret_current = strcmp(account.namespace, namespace) == 0;
	use_account(context, &account);
	return error_none();
}

struct api_error account_enter_incarnation(
	struct context *context, const char *namespace, int64_t incarnation, bool *ret_current)
{
	const struct api_error error = account_enter_namespace(context, namespace, ret_current);
	*ret_current = *ret_current && context->incarnation == incarnation;
	return error;
}

/* The command line's comes first, as it does when calls are checked. */
struct api_error account_auth_token(struct context *context, const char **ret_token)
{
	const char *sid = account_sid_of(context->arena, context->namespace);
	if (sid == NULL)
		return error_internal();
	*ret_token = configured_token(context, sid);
	if (*ret_token == NULL)
		*ret_token = context->auth_token;
	return error_none();
}

struct api_error account_fetch_living(
	struct context *context, const char *account_sid, struct store_account *ret_account)
{
	const enum store_result found =
		store_fetch_account(context->connection, account_sid, context->arena, ret_account);
	if (found == STORE_NOT_FOUND || (found == STORE_OK && ret_account->ended))
		return error_new(context->arena, ERROR_NOT_FOUND, context->path);
	return error_of_store(found);
}

enum store_result account_find_key_owner(
	struct context *context, const char *key_sid, const char **ret_account_sid)
{
	const char *secret;
	if (registry_find_configured(context->registry, key_sid, &secret, ret_account_sid))
		return STORE_OK;
	return store_find_api_key(context->connection, key_sid, context->arena, ret_account_sid);
}

static enum store_result find_token(
	struct context *context, const struct caller *caller, bool *ret_opens)
{
	struct store_account account = { 0 };
	*ret_opens = configured_token(context, caller->account_sid) != NULL;
	if (*ret_opens)
		return STORE_OK;
	const enum store_result found = store_fetch_account(
		context->connection, caller->account_sid, context->arena, &account);
	*ret_opens = found != STORE_OK || !account.token_checked ||
		     strcmp(account.auth_token, caller->auth_token) == 0;
	return found;
}

static enum store_result find_key(
	struct context *context, const struct caller *caller, bool *ret_opens)
{
	const char *owner = NULL;
	const enum store_result found = account_find_key_owner(context, caller->user, &owner);
	*ret_opens = found == STORE_OK && strcmp(owner, caller->account_sid) == 0;
	return found;
}

struct api_error account_check_caller(struct context *context, const struct caller *caller)
{
	bool opens = false;
	const enum store_result found = caller->auth_token != NULL
						? find_token(context, caller, &opens)
						: find_key(context, caller, &opens);
	if (found == STORE_FAILED)
		return error_internal();
	return opens ? error_none() : error_new(context->arena, ERROR_WRONG_SECRET, NULL);
}

struct api_error account_look_open(struct context *context, const char *account_sid, bool *ret_open)
{
	struct store_account account = { 0 };
	const enum store_result found =
		store_fetch_account(context->connection, account_sid, context->arena, &account);
	*ret_open = registry_is_open(context->registry, account_sid) && !account.token_checked &&
		    !(account.ended && account.made);
	return found == STORE_NOT_FOUND ? error_none() : error_of_store(found);
}

/* ── the clock ───────────────────────────────────────────────────────────────────────────── */

static struct api_error put_clock(
	struct context *context, struct store_account *account, bool wake_again)
{
	enum store_result result = store_put_account(context->connection, account);
	if (result == STORE_OK && wake_again)
		result = store_rewake(context->connection, context->namespace, &account->clock);
	use_account(context, account);
	if (context->registry != NULL)
		registry_note_clock(context->registry, &account->clock);
	return error_of_store(result);
}

struct api_error account_set_clock(struct context *context, const struct account_clock *clock)
{
	struct store_account account;
	const struct api_error error = fetch_own(context, &account);
	if (is_error(error))
		return error;
	if (account.clock.held)
		return error_new(context->arena, ERROR_CLOCK_IS_ADVANCED, NULL);
	account.clock = *clock;
	const struct api_error failed = put_clock(context, &account, true);
	change_note_clock(context);
	return failed;
}

struct api_error account_hold_clock(struct context *context, int64_t now_ms, bool held_before)
{
	struct store_account account;
	const struct api_error error = fetch_own(context, &account);
	if (is_error(error))
		return error;
	account.clock.held = true;
	account_clock_set(&account.clock, clock_now_ms(), now_ms);
	return put_clock(context, &account, !held_before);
}

struct api_error account_release_clock(struct context *context)
{
	struct store_account account;
	const struct api_error error = fetch_own(context, &account);
	if (is_error(error))
		return error;
	account.clock.held = false;
	account_clock_set(&account.clock, clock_now_ms(), account.clock.account_ms);
	const struct api_error failed = put_clock(context, &account, true);
	change_note_clock(context);
	return failed;
}

struct held {
	struct arena *arena;
	struct held_namespace {
		struct held_namespace *next;
		const char *namespace;
	} * first;
	bool complete;
};

static void collect_held(void *closure, const struct store_account *account)
{
	struct held *held = closure;
	if (!account->clock.held)
		return;
	struct held_namespace *each = arena_alloc(held->arena, sizeof(*each));
	if (each != NULL)
		each->namespace =
			arena_copy(held->arena, account->namespace, strlen(account->namespace));
	if (each == NULL || each->namespace == NULL) {
		held->complete = false;
		return;
	}
	each->next = held->first;
	held->first = each;
}

struct api_error accounts_release_clocks(struct context *context)
{
	struct held held = { context->arena, NULL, true };
	if (store_visit_accounts(context->connection, collect_held, &held) != STORE_OK ||
		!held.complete)
		return error_internal();
	struct api_error error = error_none();
	for (struct held_namespace *each = held.first; each != NULL && !is_error(error);
		each = each->next) {
		bool current;
		error = account_enter_namespace(context, each->namespace, &current);
		if (!is_error(error) && current)
			error = account_release_clock(context);
	}
	return error;
}

/* ── reset ───────────────────────────────────────────────────────────────────────────────── */

static int64_t number_of(const char *namespace)
{
	const char *hash = strchr(namespace, '#');
	return hash != NULL ? strtoll(hash + 1, NULL, 10) : 0;
}

/* "AC…" → "AC…#1" → "AC…#2". Numbers of what waits to be swept, and of drafts, are passed over.
 * NULL after a failure. */
static const char *next_namespace(struct context *context, const char *namespace)
{
	int64_t highest;
	const char *sid = account_sid_of(context->arena, namespace);
	if (sid == NULL || store_highest_ended(context->connection, sid, &highest) != STORE_OK)
		return NULL;
	const int64_t own = number_of(namespace);
	return arena_format(
		context->arena, "%s#%lld", sid, (long long)(own > highest ? own : highest) + 1);
}

/* Leaves the account's namespace for the next one. */
static struct api_error leave_namespace(struct context *context, struct store_account *account)
{
	const enum store_result result =
		store_end_namespace(context->connection, account->namespace);
	account->namespace = next_namespace(context, account->namespace);
	account->clock = account_clock_real();
	return result == STORE_OK && account->namespace != NULL ? error_none() : error_internal();
}

struct api_error account_reset(struct context *context, const char *account_sid)
{
	struct store_account account;
	const enum store_result found =
		store_fetch_account(context->connection, account_sid, context->arena, &account);
	if (found == STORE_FAILED)
		return error_internal();
	if (found == STORE_NOT_FOUND) {
		const struct api_error error = account_enter_anew(context, account_sid);
		change_note_reset(context, false);
		return error;
	}
	const struct api_error error = leave_namespace(context, &account);
	if (is_error(error))
		return error;
	use_account(context, &account);
	change_note_reset(context, false);
	return error_of_store(put_living(context, &account));
}

/* ── drafts ──────────────────────────────────────────────────────────────────────────────── */

static struct api_error begin_draft(
	struct context *context, const char *account_sid, struct account_draft *draft)
{
	struct store_account account = { .namespace = account_sid };
	const enum store_result found =
		store_fetch_account(context->connection, account_sid, context->arena, &account);
	if (found == STORE_FAILED)
		return error_internal();
	if (found == STORE_OK && !account.ended)
		draft->account_made_ms = account.date_created_ms;
	draft->now_ms = account_clock_now(&draft->clock, clock_now_ms());
	const char *namespace = next_namespace(context, account.namespace);
	if (namespace == NULL)
		return error_internal();
	return error_of_store(store_begin_draft(context->connection, &draft->kept, namespace));
}

struct api_error account_enter_draft(
	struct context *context, const char *account_sid, struct account_draft *draft)
{
	if (draft->kept.store == NULL) {
		const struct api_error error = begin_draft(context, account_sid, draft);
		if (is_error(error))
			return error;
	}
	context->namespace = draft->kept.namespace;
	context->clock = draft->clock;
	context->clock.held = true; /* nothing wakes before take_draft */
	context->now_ms = draft->now_ms;
	context->auth_token = ""; /* nothing is signed there */
	context->in_draft = true;
	return error_none();
}

void account_draft_done(struct account_draft *draft)
{
	if (draft != NULL)
		store_let_go_draft(&draft->kept);
}

/* Writes an account that is to have the draft's namespace and clock, and enters it. */
static struct api_error take_draft(
	struct context *context, struct store_account *account, const struct account_draft *draft)
{
	account->namespace = draft->kept.namespace;
	account->clock = draft->clock;
	account->ended = false;
	context->in_draft = false;
	if (store_complete_draft(context->connection, &draft->kept) != STORE_OK ||
		store_remove_ended_account(context->connection, account->sid) != STORE_OK)
		return error_internal();
	return put_clock(context, account, true);
}

struct api_error account_replace(struct context *context, const char *account_sid,
	const struct account_draft *draft, bool revives)
{
	struct store_account account;
	bool is_new;
	if (fetch_or_begin(context, account_sid, &account, &is_new) != STORE_OK)
		return error_internal();
	const bool is_another = account.date_created_ms != draft->account_made_ms;
	if (!revives && (is_new || is_another) && must_be_made(context, &account))
		return account_ended_error(context->arena);
	/* After a reset meanwhile the numbers go back, and what is under way for one of those in
	 * between must not take the next that has it for its own. */
	if (number_of(draft->kept.namespace) < number_of(account.namespace))
		account.incarnation = new_incarnation();
	if (store_end_namespace(context->connection, account.namespace) != STORE_OK)
		return error_internal();
	const struct api_error error = take_draft(context, &account, draft);
	change_note_reset(context, false);
	return error;
}

/* ── create, delete ──────────────────────────────────────────────────────────────────────── */

static const char *made_sid(struct arena *arena)
{
	char sid[SID_SIZE];
	sid_make("AC", sid);
	return arena_copy(arena, sid, SID_LENGTH);
}

/* Completes a request. `ret_existing`: of an account that has ended there is still a row, which is
 * put there; else its namespace is NULL. */
static struct api_error check_request(struct context *context, struct account_request *request,
	struct store_account *ret_existing)
{
	if (request->sid == NULL)
		request->sid = made_sid(context->arena);
	if (request->auth_token == NULL) {
		const char *random = made_sid(context->arena);
		request->auth_token = random != NULL ? random + 2 : NULL;
	}
	if (request->sid == NULL || request->auth_token == NULL)
		return error_internal();
	*ret_existing = (struct store_account){ 0 };
	const enum store_result found = store_fetch_account(
		context->connection, request->sid, context->arena, ret_existing);
	if ((found == STORE_OK && !ret_existing->ended) ||
		configured_token(context, request->sid) != NULL)
		return error_new(context->arena, ERROR_ACCOUNT_EXISTS, NULL);
	return found == STORE_FAILED ? error_internal() : error_none();
}

struct api_error account_check_request(struct context *context, struct account_request *request)
{
	struct store_account existing;
	return check_request(context, request, &existing);
}

struct api_error account_create(struct context *context, struct account_request *request)
{
	struct store_account existing;
	const struct api_error error = check_request(context, request, &existing);
	if (is_error(error))
		return error;
	struct store_account account = new_account(request->sid);
	if (existing.namespace != NULL)
		account.namespace = existing.namespace;
	account.auth_token = request->auth_token;
	account.token_checked = true;
	account.ttl_ms = request->ttl_ms;
	account.made = true;
	if (request->draft != NULL)
		return take_draft(context, &account, request->draft);
	use_account(context, &account);
	return error_of_store(put_living(context, &account));
}

struct api_error account_delete(struct context *context, const char *account_sid)
{
	struct store_account account;
	struct api_error error = account_fetch_living(context, account_sid, &account);
	if (!is_error(error))
		error = leave_namespace(context, &account);
	if (is_error(error))
		return error;
	account.auth_token = "";
	account.token_checked = false;
	account.ttl_ms = 0;
	account.ended = true;
	/* The keys go with the row; it comes back to keep the namespace's number until the sweep.
	 */
	enum store_result result = store_remove_account(context->connection, account_sid);
	if (result == STORE_OK)
		result = store_put_account(context->connection, &account);
	if (result == STORE_OK && account.made)
		result = store_add_ended_account(context->connection, account_sid, clock_now_ms());
	use_account(context, &account);
	change_note_reset(context, true);
	return error_of_store(result);
}
