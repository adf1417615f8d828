/* SPDX-License-Identifier: MIT */
/* Applies seeds that have been read (seed_parse.c). */
#include <string.h>

#include "engine/account.h"
#include "engine/changes.h"
#include "engine/engine.h"
#include "seed/document.h"
#include "seed/seed.h"
#include "service/resources.h"
#include "store/changes.h"
#include "store/writer.h"
#include "util/count.h"
#include "util/log.h"

static bool apply_token(struct context *context, const struct seed_item *item)
{
	struct store_account account;
	const char *sid = account_sid_of(context->arena, context->namespace);
	if (sid == NULL ||
		store_fetch_account(context->connection, sid, context->arena, &account) != STORE_OK)
		return false;
	account.auth_token = item->secret;
	account.token_checked = true;
	return store_put_account(context->connection, &account) == STORE_OK;
}

/* An API key opens one account: who loads a state must not take another's. */
static struct api_error check_key(struct context *context, const struct seed_item *item)
{
	const char *owner;
	const char *sid = account_sid_of(context->arena, context->namespace);
	if (sid == NULL)
		return error_internal();
	const enum store_result found = account_find_key_owner(context, item->key_sid, &owner);
	if (found == STORE_FAILED)
		return error_internal();
	if (found != STORE_OK || strcmp(owner, sid) == 0)
		return error_none();
	struct api_error taken = error_new(context->arena, ERROR_API_KEY_TAKEN, NULL);
	taken.field = "api_keys";
	return taken;
}

static bool apply_api_key(
	struct context *context, const struct seed_item *item, struct failure *failure)
{
	const char *sid = account_sid_of(context->arena, context->namespace);
	const struct api_error error = check_key(context, item);
	if (error.status == 409)
		return seed_wrong(failure, item->place, "", error.message);
	return !is_error(error) && sid != NULL &&
	       store_put_api_key(context->connection, item->key_sid, item->secret, sid) == STORE_OK;
}

/* The seed stays as it is, for the next time: gives what was made, or NULL with `failure`. */
static const void *apply_record(
	struct context *context, const struct seed_item *item, struct failure *failure)
{
	const size_t size = item->resource->record_size;
	void *record = arena_alloc(context->arena, size);
	if (record == NULL) {
		failure_set(failure, EX_OSERR, "out of memory");
		return NULL;
	}
	memcpy(record, item->record, size);
	const struct api_error error = engine_create(context, item->resource, record, item->given);
	if (is_error(error) && error.status < 500) /* else it is no fault of the seed's */
		seed_wrong(failure, item->place, "", error.message);
	return is_error(error) ? NULL : record;
}

static bool apply_usage(
	struct context *context, const struct seed_item *item, struct failure *failure)
{
	struct store_usage usage = item->usage;
	const enum store_result sim = store_find_sid(context->connection, &sim_resource,
		context->namespace, usage.sim_sid, context->arena, &usage.sim_sid);
	const enum store_result fleet = store_find_sid(context->connection, &fleet_resource,
		context->namespace, usage.fleet_sid, context->arena, &usage.fleet_sid);
	if (sim == STORE_NOT_FOUND)
		return seed_wrong(failure, item->place, "sim_sid", "there is no such Sim");
	if (fleet == STORE_NOT_FOUND)
		return seed_wrong(failure, item->place, "fleet_sid", "there is no such Fleet");
	return sim == STORE_OK && fleet == STORE_OK &&
	       store_add_usage(context->connection, context->namespace, &usage) == STORE_OK;
}

static bool is_secret(const struct seed_item *item)
{
	return item->kind == ITEM_TOKEN || item->kind == ITEM_API_KEY;
}

static bool is_content(const struct seed_item *item)
{
	return item->kind == ITEM_RECORD || item->kind == ITEM_USAGE;
}

static bool apply_item(
	struct context *context, const struct seed_item *item, struct failure *failure)
{
	switch (item->kind) {
	case ITEM_TOKEN: return apply_token(context, item);
	case ITEM_API_KEY: return apply_api_key(context, item, failure);
	case ITEM_CLOCK: return !is_error(account_set_clock(context, &item->clock));
	case ITEM_RECORD: return apply_record(context, item, failure) != NULL;
	case ITEM_USAGE: return apply_usage(context, item, failure);
	}
	return false;
}

static bool is_of(const struct seed_item *item, const char *account_sid)
{
	return account_sid == NULL || strcmp(item->account_sid, account_sid) == 0;
}

/* From an item on, the next of a part that is neither a record nor usage: those come last, and may
 * be many. */
static const struct seed_item *next_setting(const struct seed_item *item, const char *account_sid)
{
	while (item != NULL && !is_of(item, account_sid))
		item = item->next;
	return item != NULL && !is_content(item) ? item : NULL;
}

struct api_error seed_check_keys(
	const struct seed *seed, const char *account_sid, struct context *context)
{
	struct api_error error = error_none();
	for (const struct seed_item *item = next_setting(seed->first, account_sid);
		item != NULL && !is_error(error); item = next_setting(item->next, account_sid)) {
		if (item->kind == ITEM_API_KEY)
			error = check_key(context, item);
	}
	return error;
}

static void begin_failure(struct failure *failure)
{
	failure_set(failure, EX_IOERR, "the database refused it; nothing was changed");
}

/* ── in pieces ───────────────────────────────────────────────────────────────────────────── */

/* Some 5 ms. What is another account's is passed over, 50,000 in a millisecond. */
enum { LOADED_AT_ONCE = 200 };

/* A record that was made, to be told of later. */
struct seed_made {
	struct seed_made *next;
	const struct resource *resource;
	const void *record;
};

void seed_loading_init(struct seed_loading *loading, const struct seed *seed, const char *part)
{
	*loading = (struct seed_loading){ .seed = seed, .part = part, .next = seed->first };
	loading->last_made = &loading->first_made;
}

struct account_clock seed_clock(const struct seed *seed, const char *part)
{
	for (const struct seed_item *item = next_setting(seed->first, part); item != NULL;
		item = next_setting(item->next, part)) {
		if (item->kind == ITEM_CLOCK)
			return item->clock;
	}
	return account_clock_real();
}

static bool load_record(struct seed_loading *loading, struct context *context,
	const struct seed_item *item, struct failure *failure)
{
	const void *record = apply_record(context, item, failure);
	/* One more than can be told, which is how it is known that there were more. */
	if (record == NULL || !change_is_told(item->resource) ||
		loading->made_count++ > CHANGES_MAXIMUM)
		return record != NULL;
	struct seed_made *made = arena_alloc(context->arena, sizeof(*made));
	if (made == NULL)
		return false;
	*made = (struct seed_made){ .resource = item->resource, .record = record };
	*loading->last_made = made;
	loading->last_made = &made->next;
	return true;
}

bool seed_load_some(struct seed_loading *loading, struct context *context, struct failure *failure)
{
	bool good = true;
	begin_failure(failure);
	for (size_t left = LOADED_AT_ONCE; loading->next != NULL && left > 0 && good;
		loading->next = loading->next->next) {
		const struct seed_item *item = loading->next;
		if (!is_of(item, loading->part) || !is_content(item))
			continue;
		left--;
		good = item->kind == ITEM_RECORD ? load_record(loading, context, item, failure)
						 : apply_usage(context, item, failure);
	}
	return good;
}

bool seed_load_end(struct seed_loading *loading, struct context *context, struct failure *failure)
{
	begin_failure(failure);
	for (const struct seed_item *item = next_setting(loading->seed->first, loading->part);
		item != NULL; item = next_setting(item->next, loading->part)) {
		if (is_secret(item) && !apply_item(context, item, failure))
			return false;
		if (item->kind == ITEM_CLOCK)
			change_note_clock(context);
	}
	for (const struct seed_made *made = loading->first_made; made != NULL; made = made->next)
		change_note_record(context, made->resource, made->record, CHANGE_CREATED, 0);
	return true;
}

/* ── what is known of a seed ─────────────────────────────────────────────────────────────── */

const char *seed_auth_token(struct seed *seed, const char *replacement)
{
	for (struct seed_item *item = seed->first; item != NULL; item = item->next) {
		if (item->kind != ITEM_TOKEN)
			continue;
		if (replacement != NULL)
			item->secret = replacement;
		return item->secret;
	}
	return replacement;
}

size_t seed_account_count(const struct seed *seed)
{
	return json_array_size(json_object_get(seed->document, "accounts"));
}

bool seed_prepare(const struct seed *seed, const char *part, const char *account_sid,
	struct registry *registry, struct account_entry *entry)
{
	bool complete = true;
	for (const struct seed_item *item = next_setting(seed->first, part); item != NULL;
		item = next_setting(item->next, part)) {
		const char *user = item->kind == ITEM_API_KEY ? item->key_sid : account_sid;
		if (is_secret(item))
			complete =
				registry_prepare_credential(registry, entry, user, item->secret) &&
				complete;
	}
	return complete;
}

/* ── at the start ────────────────────────────────────────────────────────────────────────── */

struct seed_job {
	struct write_job job;
	struct seed *seed;
	const struct policy *policy;
	struct registry *registry;
	struct failure *failure;
	struct seeded *first, **last_link; /* for the log, once all is durable */
};

/* What became of an account's records. */
struct seeded {
	struct seeded *next;
	const char *account_sid;
	bool left_out; /* it held some already */
	int64_t records;
};

static struct seeded *remember(struct seed_job *job, const char *account_sid, bool left_out)
{
	struct seeded *seeded = arena_alloc(&job->seed->arena, sizeof(*seeded));
	if (seeded == NULL)
		return NULL;
	*seeded = (struct seeded){ .account_sid = account_sid, .left_out = left_out };
	*job->last_link = seeded;
	job->last_link = &seeded->next;
	return seeded;
}

static void tell(const struct seeded *seeded)
{
	const struct log_field fields[] = {
		log_text("account", seeded->account_sid),
		log_number("records", seeded->records),
	};
	if (seeded->records > 0)
		log_fields(LOG_INFO,
			seeded->left_out ? "records of the seed were left out: the account holds "
					   "some already"
					 : "records of the seed were put into an account",
			fields, COUNT_OF(fields));
}

/* Whether an account holds anything. */
static enum store_result find_any(struct store_connection *connection, const char *namespace)
{
	enum store_result result = STORE_NOT_FOUND;
	for (size_t i = 0; service_resources[i] != NULL && result == STORE_NOT_FOUND; i++)
		result = store_find_any(connection, service_resources[i], namespace);
	return result;
}

static bool run_seed_job(struct write_job *base, struct store_connection *connection)
{
	struct seed_job *job = (struct seed_job *)base;
	struct context context = {
		.connection = connection,
		.arena = &job->seed->arena,
		.policy = job->policy,
		.rules = service_rules,
		.registry = job->registry,
		.path = "",
	};
	struct seeded *seeded = NULL;
	for (struct seed_item *item = job->seed->first; item != NULL; item = item->next) {
		if (seeded == NULL || strcmp(seeded->account_sid, item->account_sid) != 0) {
			if (is_error(account_enter_anew(&context, item->account_sid)))
				return false;
			const enum store_result found = find_any(connection, context.namespace);
			if (found == STORE_FAILED)
				return false;
			seeded = remember(job, item->account_sid, found == STORE_OK);
			if (seeded == NULL)
				return false;
		}
		seeded->records += item->kind == ITEM_RECORD;
		if ((!seeded->left_out || is_secret(item)) &&
			!apply_item(&context, item, job->failure))
			return false;
	}
	return true;
}

bool seed_apply(struct seed *seed, struct store_connection *connection, const struct policy *policy,
	struct registry *registry, struct failure *failure)
{
	struct seed_job job = {
		.job.run = run_seed_job,
		.seed = seed,
		.policy = policy,
		.registry = registry,
		.failure = failure,
	};
	job.last_link = &job.first;
	begin_failure(failure);
	if (!writer_run_alone(connection, &job.job))
		return false;
	for (const struct seeded *each = job.first; each != NULL; each = each->next)
		tell(each);
	return true;
}
