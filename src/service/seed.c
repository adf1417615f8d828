/* SPDX-License-Identifier: MIT */
#include "service/seed.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/writer.h"
#include "util/sid.h"

/* One record to make, or one secret to set. In the order of the file. */
struct seed_item {
	struct seed_item *next;
	const char *account_sid;
	const struct resource *resource; /* NULL: an account's token or a key's secret */
	void *record;
	field_set given;
	const char *key_sid; /* NULL: the account's own token */
	const char *secret;
	char place[96]; /* "accounts[0].fleets[1]", for messages */
};

struct seed {
	struct arena arena;
	const struct settings *settings;
	json_t *document; /* texts of records point into it */
	struct seed_item *first;
	struct seed_item **last_link;
};

/* ── reading ─────────────────────────────────────────────────────────────────────────────── */

static bool wrong(struct failure *failure, const char *place, const char *key, const char *why)
{
	return failure_set(
		failure, EX_DATAERR, "seed: %s%s%s: %s", place, key[0] ? "." : "", key, why);
}

static struct seed_item *add_item(
	struct seed *seed, const char *account_sid, const char *place, struct failure *failure)
{
	struct seed_item *item = arena_alloc(&seed->arena, sizeof(*item));
	if (item == NULL) {
		failure_set(failure, EX_OSERR, "seed: out of memory");
		return NULL;
	}
	item->account_sid = account_sid;
	snprintf(item->place, sizeof(item->place), "%s", place);
	*seed->last_link = item;
	seed->last_link = &item->next;
	return item;
}

/* A JSON value as the text that a form would carry; NULL for what no form could. */
static const char *form_text(struct arena *arena, const json_t *value)
{
	if (json_is_string(value)) {
		const char *text = json_string_value(value);
		return strlen(text) == json_string_length(value) ? text : NULL;
	}
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	if (json_is_integer(value)) {
		char digits[24];
		const int length = snprintf(
			digits, sizeof(digits), "%" PRId64, (int64_t)json_integer_value(value));
		return arena_copy(arena, digits, (size_t)length);
	}
	return NULL;
}

static bool read_list(struct seed *seed, struct seed_item *item, const struct field *field,
	json_t *value, struct failure *failure)
{
	if (!json_is_array(value))
		return wrong(failure, item->place, field->name, "must be an array");
	size_t index;
	json_t *element;
	json_array_foreach(value, index, element)
	{
		const char *text = form_text(&seed->arena, element);
		if (text == NULL || !field_accept(field, text, &seed->arena, item->record))
			return wrong(
				failure, item->place, field->name, "holds an unacceptable value");
	}
	return true;
}

/* Fields of which the API itself decides the value can be fixed by a seed: SIDs and dates. */
static bool can_be_seeded(const struct field *field)
{
	return field->parameter != NULL || field->kind == FIELD_OWN_SID ||
	       field->kind == FIELD_TIME;
}

static bool read_field(struct seed *seed, struct seed_item *item, const char *key, json_t *value,
	struct failure *failure)
{
	const struct field *field = resource_field_named(item->resource, key);
	if (field == NULL || !can_be_seeded(field))
		return wrong(failure, item->place, key, "no such property");
	if (json_is_null(value))
		return true;
	item->given |= field_bit(item->resource, field);
	if (field->kind == FIELD_SID_LIST)
		return read_list(seed, item, field, value, failure);
	const char *text = form_text(&seed->arena, value);
	if (text == NULL || !field_accept(field, text, &seed->arena, item->record))
		return wrong(failure, item->place, key, "unacceptable value");
	return true;
}

static bool read_record(struct seed *seed, const char *account_sid, const struct resource *resource,
	json_t *object, const char *place, struct failure *failure)
{
	if (!json_is_object(object))
		return wrong(failure, place, "", "must be an object");
	struct seed_item *item = add_item(seed, account_sid, place, failure);
	if (item == NULL)
		return false;
	item->resource = resource;
	item->record = arena_alloc(&seed->arena, resource->record_size);
	if (item->record == NULL)
		return failure_set(failure, EX_OSERR, "seed: out of memory");
	resource->set_defaults(seed->settings, item->record);
	const char *key;
	json_t *value;
	json_object_foreach(object, key, value)
	{
		if (!read_field(seed, item, key, value, failure))
			return false;
	}
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if ((field->flags & REQUIRED) && !(item->given & field_bit(resource, field)))
			return wrong(failure, place, field->name, "is missing");
	}
	return true;
}

/* A member that must be a text with a SID's form, or any text when `prefix` is NULL. */
static const char *read_text(json_t *object, const char *key, const char *prefix, const char *place,
	struct failure *failure)
{
	const char *text = json_string_value(json_object_get(object, key));
	if (text == NULL || text[0] == '\0')
		wrong(failure, place, key, "must be a text");
	else if (prefix != NULL && !sid_has_form(text, prefix))
		wrong(failure, place, key, "must be a SID");
	else
		return text;
	return NULL;
}

static bool read_key(struct seed *seed, const char *account_sid, json_t *object, const char *place,
	struct failure *failure)
{
	if (!json_is_object(object) || json_object_size(object) != 2)
		return wrong(failure, place, "", "must be an object with sid and secret");
	const char *sid = read_text(object, "sid", "SK", place, failure);
	const char *secret = sid != NULL ? read_text(object, "secret", NULL, place, failure) : NULL;
	if (secret == NULL)
		return false;
	struct seed_item *item = add_item(seed, account_sid, place, failure);
	if (item == NULL)
		return false;
	item->key_sid = sid;
	item->secret = secret;
	return true;
}

/* Reads one array of an account: its API keys (no resource), or records of a resource. */
static bool read_array(struct seed *seed, const char *account_sid, const struct resource *resource,
	const char *key, json_t *array, const char *account_place, struct failure *failure)
{
	if (!json_is_array(array))
		return wrong(failure, account_place, key, "must be an array");
	size_t index;
	json_t *element;
	json_array_foreach(array, index, element)
	{
		char place[96];
		snprintf(place, sizeof(place), "%s.%s[%zu]", account_place, key, index);
		const bool good =
			resource == NULL
				? read_key(seed, account_sid, element, place, failure)
				: read_record(seed, account_sid, resource, element, place, failure);
		if (!good)
			return false;
	}
	return true;
}

static const struct resource *resource_of_list(const char *list_key)
{
	for (size_t i = 0; service_resources[i] != NULL; i++) {
		if (strcmp(service_resources[i]->list_key, list_key) == 0)
			return service_resources[i];
	}
	return NULL;
}

static bool check_account_keys(json_t *account, const char *place, struct failure *failure)
{
	const char *key;
	json_t *value;
	json_object_foreach(account, key, value)
	{
		const bool known = strcmp(key, "sid") == 0 || strcmp(key, "auth_token") == 0 ||
				   strcmp(key, "api_keys") == 0 || resource_of_list(key) != NULL;
		if (!known)
			return wrong(failure, place, key, "no such property");
	}
	return true;
}

static bool read_account(
	struct seed *seed, json_t *account, const char *place, struct failure *failure)
{
	if (!json_is_object(account))
		return wrong(failure, place, "", "must be an object");
	const char *sid = read_text(account, "sid", "AC", place, failure);
	if (sid == NULL || !check_account_keys(account, place, failure))
		return false;
	if (json_object_get(account, "auth_token") != NULL) {
		const char *token = read_text(account, "auth_token", NULL, place, failure);
		struct seed_item *item = token != NULL ? add_item(seed, sid, place, failure) : NULL;
		if (item == NULL)
			return false;
		item->secret = token;
	}
	json_t *keys = json_object_get(account, "api_keys");
	if (keys != NULL && !read_array(seed, sid, NULL, "api_keys", keys, place, failure))
		return false;
	/* In the order of service_resources, which puts what is referred to before what refers. */
	for (size_t i = 0; service_resources[i] != NULL; i++) {
		const struct resource *resource = service_resources[i];
		json_t *records = json_object_get(account, resource->list_key);
		if (records != NULL && !read_array(seed, sid, resource, resource->list_key, records,
					       place, failure))
			return false;
	}
	return true;
}

/* An account's records stand in one place: a second one would look like a database in use. */
static bool is_repeated(json_t *accounts, size_t index)
{
	const char *sid =
		json_string_value(json_object_get(json_array_get(accounts, index), "sid"));
	for (size_t i = 0; sid != NULL && i < index; i++) {
		const char *other =
			json_string_value(json_object_get(json_array_get(accounts, i), "sid"));
		if (other != NULL && strcmp(other, sid) == 0)
			return true;
	}
	return false;
}

static bool read_document(struct seed *seed, struct failure *failure)
{
	json_t *accounts = json_object_get(seed->document, "accounts");
	if (!json_is_array(accounts) || json_object_size(seed->document) != 1)
		return failure_set(failure, EX_DATAERR,
			"seed: must be an object whose only key is \"accounts\", an array");
	size_t index;
	json_t *account;
	json_array_foreach(accounts, index, account)
	{
		char place[32];
		snprintf(place, sizeof(place), "accounts[%zu]", index);
		if (is_repeated(accounts, index))
			return wrong(failure, place, "sid", "the account appears twice");
		if (!read_account(seed, account, place, failure))
			return false;
	}
	return true;
}

bool seed_parse(const char *text, size_t length, const struct settings *settings,
	struct seed **ret_seed, struct failure *failure)
{
	struct seed *seed = calloc(1, sizeof(*seed));
	if (seed == NULL)
		return failure_set(failure, EX_OSERR, "seed: out of memory");
	arena_init(&seed->arena);
	seed->settings = settings;
	seed->last_link = &seed->first;
	json_error_t error;
	seed->document = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	bool good = seed->document != NULL;
	if (!good)
		failure_set(failure, EX_DATAERR, "seed: line %d, column %d: %s", error.line,
			error.column, error.text);
	good = good && read_document(seed, failure);
	if (good)
		*ret_seed = seed;
	else
		seed_free(seed);
	return good;
}

void seed_free(struct seed *seed)
{
	if (seed == NULL)
		return;
	json_decref(seed->document);
	arena_done(&seed->arena);
	free(seed);
}

/* ── applying ────────────────────────────────────────────────────────────────────────────── */

struct seed_job {
	struct write_job job;
	struct seed *seed;
	struct failure *failure;
};

static bool apply_secret(struct store_connection *connection, const struct seed_item *item)
{
	const enum store_result result =
		item->key_sid == NULL
			? store_put_account(connection, item->account_sid, item->secret)
			: store_put_api_key(
				  connection, item->key_sid, item->secret, item->account_sid);
	return result == STORE_OK;
}

static bool account_is_empty(struct store_connection *connection, const char *account_sid)
{
	for (size_t i = 0; service_resources[i] != NULL; i++) {
		if (store_holds_any(connection, service_resources[i], account_sid))
			return false;
	}
	return true;
}

static bool apply_record(
	struct seed_job *job, struct store_connection *connection, struct seed_item *item)
{
	struct context context = {
		.connection = connection,
		.arena = &job->seed->arena,
		.account_sid = item->account_sid,
		.path = item->place,
	};
	const struct api_error error =
		service_create(&context, item->resource, item->record, item->given);
	if (error.code == 0)
		return true;
	return wrong(job->failure, item->place, "", error.message);
}

static bool run_seed_job(struct write_job *base, struct store_connection *connection)
{
	struct seed_job *job = (struct seed_job *)base;
	const char *looked_at = NULL; /* the account that `empty` is about */
	bool empty = false;
	for (struct seed_item *item = job->seed->first; item != NULL; item = item->next) {
		if (item->resource == NULL) {
			if (!apply_secret(connection, item))
				return false;
			continue;
		}
		if (looked_at == NULL || strcmp(looked_at, item->account_sid) != 0) {
			looked_at = item->account_sid;
			empty = account_is_empty(connection, looked_at);
		}
		if (empty && !apply_record(job, connection, item))
			return false;
	}
	return true;
}

bool seed_apply(struct seed *seed, struct store_connection *connection, struct failure *failure)
{
	struct seed_job job = { .job.run = run_seed_job, .seed = seed, .failure = failure };
	failure_set(failure, EX_IOERR, "seed: the database refused it; nothing was changed");
	return writer_run_alone(connection, &job.job);
}
