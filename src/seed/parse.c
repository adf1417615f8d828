/* SPDX-License-Identifier: MIT */
/* Reads seeds: from JSON to the list of what is to be made or set, each item validated. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/sid.h"
#include "seed/clock_document.h"
#include "seed/document.h"
#include "seed/seed.h"
#include "service/networks.h"
#include "service/resources.h"
#include "service/sim_state.h"
#include "util/clock.h"
#include "util/json_read.h"
#include "util/json_text.h"
#include "util/memory.h"
#include "util/resemble.h"
#include "util/strbuf.h"

static struct seed_item *add_item(struct seed *seed, enum item_kind kind, const char *account_sid,
	const char *place, struct failure *failure)
{
	struct seed_item *item = arena_alloc(&seed->arena, sizeof(*item));
	if (item == NULL) {
		failure_set(failure, EX_OSERR, "out of memory");
		return NULL;
	}
	item->kind = kind;
	item->account_sid = account_sid;
	snprintf(item->place, sizeof(item->place), "%s", place);
	*seed->last_link = item;
	seed->last_link = &item->next;
	return item;
}

static bool may_be(const struct field *field, unsigned value)
{
	return field->names[value] != NULL && field_has_value(field, value);
}

/* Adds the names that a field may have: "GET or POST". */
static void add_names(struct strbuf *out, const struct field *field)
{
	for (unsigned value = 1; field->names[value] != NULL; value++) {
		if (!may_be(field, value))
			continue;
		strbuf_add_text(out, field->names[value]);
		if (may_be(field, value + 1))
			strbuf_add_text(out, may_be(field, value + 2) ? ", " : " or ");
	}
}

/* What a field's value must be, as far as its description tells. */
static void add_rule(struct strbuf *out, const struct field *field)
{
	switch (field->kind) {
	case FIELD_BOOLEAN: strbuf_add_text(out, "must be true or false"); return;
	case FIELD_INTEGER:
		strbuf_add_format(out, "must be a whole number from %" PRId64 " to %" PRId64,
			field->minimum, field->maximum);
		return;
	case FIELD_ENUM:
		strbuf_add_text(out, "must be ");
		add_names(out, field);
		return;
	case FIELD_TIME:
	case FIELD_LATER_TIME:
		strbuf_add_text(out, "must be a time such as 2026-01-02T03:04:05Z");
		return;
	case FIELD_SID_LIST:
		strbuf_add_format(out, "each must be %s and 32 hexadecimal digits", field->prefix);
		return;
	case FIELD_OWN_SID:
		strbuf_add_format(out, "must be %s and 32 hexadecimal digits", field->prefix);
		return;
	case FIELD_UNIQUE_NAME:
		strbuf_add_text(out,
			"must be a text of at most 64 characters that does not look like a SID");
		return;
	case FIELD_TEXT:
		strbuf_add_format(out, "must be a text of %" PRId64 " to %" PRId64 " bytes",
			field->minimum, field->maximum);
		return;
	case FIELD_URL:
		strbuf_add_text(
			out, "must be a URL with http or https and a host, of at most 2048 bytes");
		return;
	case FIELD_REFERENCE: strbuf_add_text(out, "must be a SID or a unique name"); return;
	case FIELD_ACCOUNT_SID:
	case FIELD_CONSTANT:
	case FIELD_SELF_URL:
	case FIELD_JSON:
	case FIELD_LINKS: strbuf_add_text(out, "unacceptable value");
	}
}

static bool wrong_value(
	struct failure *failure, const struct seed_item *item, const struct field *field)
{
	struct strbuf rule;
	strbuf_init(&rule, 1024);
	add_rule(&rule, field);
	seed_wrong(failure, item->place, field->name, rule.data);
	strbuf_done(&rule);
	return false;
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
		return seed_wrong(failure, item->place, field->name, "must be an array");
	size_t index;
	json_t *element;
	json_array_foreach(value, index, element)
	{
		const char *text = form_text(&seed->arena, element);
		if (text == NULL || !field_accept(field, text, &seed->arena, item->record))
			return wrong_value(failure, item, field);
	}
	return true;
}

static bool read_json(struct seed *seed, struct seed_item *item, const struct field *field,
	json_t *value, struct failure *failure)
{
	const char *copy = json_text_copy(&seed->arena, value);
	*record_text(field, item->record) = copy;
	return copy != NULL || seed_wrong(failure, item->place, field->name, "must be an array");
}

bool seed_has_field(const struct field *field)
{
	if (field->kind == FIELD_ACCOUNT_SID)
		return false;
	return (field->flags & (ON_CREATE | ON_UPDATE | ON_SEED)) || field->kind == FIELD_OWN_SID ||
	       field->kind == FIELD_TIME;
}

/* Names the property that may have been meant. */
static bool refuse_unknown(const struct seed_item *item, const char *key, struct failure *failure)
{
	char why[128] = "no such property";
	for (size_t i = 0; i < item->resource->field_count; i++) {
		const struct field *field = &item->resource->fields[i];
		if (seed_has_field(field) && text_resembles(key, field->name))
			snprintf(
				why, sizeof(why), "no such property, did you mean %s", field->name);
	}
	return seed_wrong(failure, item->place, key, why);
}

static bool read_field(struct seed *seed, struct seed_item *item, const char *key, json_t *value,
	struct failure *failure)
{
	const struct field *field = resource_field_named(item->resource, key);
	if (field == NULL || !seed_has_field(field))
		return refuse_unknown(item, key, failure);
	if (json_is_null(value))
		return true;
	item->given |= field_bit(item->resource, field);
	if (field->kind == FIELD_SID_LIST)
		return read_list(seed, item, field, value, failure);
	if (field->kind == FIELD_JSON)
		return read_json(seed, item, field, value, failure);
	const char *text = form_text(&seed->arena, value);
	if (text == NULL || !field_accept(field, text, &seed->arena, item->record))
		return wrong_value(failure, item, field);
	return true;
}

static bool read_record(struct seed *seed, const char *account_sid, const struct resource *resource,
	json_t *object, const char *place, struct failure *failure)
{
	if (!json_is_object(object))
		return seed_wrong(failure, place, "", "must be an object");
	struct seed_item *item = add_item(seed, ITEM_RECORD, account_sid, place, failure);
	if (item == NULL)
		return false;
	item->resource = resource;
	item->record = arena_alloc(&seed->arena, resource->record_size);
	if (item->record == NULL)
		return failure_set(failure, EX_OSERR, "out of memory");
	resource->set_defaults(item->record);
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
			return seed_wrong(failure, place, field->name, "is missing");
	}
	return true;
}

static void wrong_sid(
	struct failure *failure, const char *place, const char *key, const char *prefix)
{
	char rule[48];
	snprintf(rule, sizeof(rule), "must be %s and 32 hexadecimal digits", prefix);
	seed_wrong(failure, place, key, rule);
}

/* A member that must be a text with a SID's form, or any text when `prefix` is NULL. */
static const char *read_text(json_t *object, const char *key, const char *prefix, const char *place,
	struct failure *failure)
{
	const char *text = json_string_value(json_object_get(object, key));
	if (text == NULL || text[0] == '\0')
		seed_wrong(failure, place, key, "must be a text");
	else if (prefix != NULL && !sid_has_form(text, prefix))
		wrong_sid(failure, place, key, prefix);
	else
		return text;
	return NULL;
}

static bool read_key(struct seed *seed, const char *account_sid, json_t *object, const char *place,
	struct failure *failure)
{
	if (!json_is_object(object) || json_object_size(object) != 2)
		return seed_wrong(failure, place, "", "must be an object with sid and secret");
	const char *sid = read_text(object, "sid", "SK", place, failure);
	const char *secret = sid != NULL ? read_text(object, "secret", NULL, place, failure) : NULL;
	if (secret == NULL)
		return false;
	struct seed_item *item = add_item(seed, ITEM_API_KEY, account_sid, place, failure);
	if (item == NULL)
		return false;
	item->key_sid = sid;
	item->secret = secret;
	return true;
}

static bool read_bytes(const json_t *object, const char *key, int64_t *ret_bytes)
{
	const json_t *value = json_object_get(object, key);
	*ret_bytes = json_integer_value(value);
	return json_is_integer(value) && *ret_bytes >= 0 && *ret_bytes <= BYTES_MAXIMUM;
}

static bool read_usage(struct seed *seed, const char *account_sid, json_t *object,
	const char *place, struct failure *failure)
{
	struct store_usage usage = {
		.sim_sid = json_string_value(json_object_get(object, "sim_sid")),
		.fleet_sid = json_string_value(json_object_get(object, "fleet_sid")),
	};
	const char *hour = json_string_value(json_object_get(object, "hour"));
	const char *network = json_string_value(json_object_get(object, "network_sid"));
	size_t network_place;
	if (network != NULL && !network_find(network, &network_place))
		return seed_wrong(failure, place, "network_sid", "there is no such Network");
	if (network != NULL)
		usage.network = network_number(network_place);
	const size_t known = 5 + (size_t)(json_object_get(object, "network_sid") != NULL);
	const bool good = json_object_size(object) == known && usage.sim_sid != NULL &&
			  usage.fleet_sid != NULL && hour != NULL &&
			  clock_parse(hour, &usage.hour_ms) && usage.hour_ms % 3600000 == 0 &&
			  read_bytes(object, "data_upload", &usage.data_upload) &&
			  read_bytes(object, "data_download", &usage.data_download);
	if (!good)
		return seed_wrong(failure, place, "", "must be an hour of usage");
	struct seed_item *item = add_item(seed, ITEM_USAGE, account_sid, place, failure);
	if (item != NULL)
		item->usage = usage;
	return item != NULL;
}

/* Reads one array of an account: records of a resource or, without one, keys or usage. */
static bool read_array(struct seed *seed, const char *account_sid, const struct resource *resource,
	const char *key, json_t *array, const char *account_place, struct failure *failure)
{
	bool (*const read_other)(struct seed *, const char *, json_t *, const char *,
		struct failure *) = strcmp(key, "usage") == 0 ? read_usage : read_key;
	if (!json_is_array(array))
		return seed_wrong(failure, account_place, key, "must be an array");
	size_t index;
	json_t *element;
	json_array_foreach(array, index, element)
	{
		char place[96];
		snprintf(place, sizeof(place), "%s.%s[%zu]", account_place, key, index);
		const bool good =
			resource == NULL
				? read_other(seed, account_sid, element, place, failure)
				: read_record(seed, account_sid, resource, element, place, failure);
		if (!good)
			return false;
	}
	return true;
}

static const struct resource *resource_of_list(const char *list_key)
{
	for (size_t i = 0; service_resources[i] != NULL; i++) {
		if (!service_resources[i]->is_history &&
			strcmp(service_resources[i]->list_key, list_key) == 0)
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
				   strcmp(key, "api_keys") == 0 || strcmp(key, "clock") == 0 ||
				   strcmp(key, "usage") == 0 || resource_of_list(key) != NULL;
		if (!known)
			return seed_wrong(failure, place, key, "no such property");
	}
	return true;
}

static bool read_account_token(struct seed *seed, const char *sid, json_t *account,
	const char *place, struct failure *failure)
{
	if (json_object_get(account, "auth_token") == NULL)
		return true;
	const char *token = read_text(account, "auth_token", NULL, place, failure);
	struct seed_item *item =
		token != NULL ? add_item(seed, ITEM_TOKEN, sid, place, failure) : NULL;
	if (item != NULL)
		item->secret = token;
	return item != NULL;
}

/* What a member of a clock must be; "" is the clock itself. */
static const char *rule_of_clock(const char *key)
{
	if (strcmp(key, "mode") == 0)
		return "must be real, frozen or scaled";
	if (strcmp(key, "now") == 0)
		return "must be a time from 2000 to 9999, such as 2026-01-02T03:04:05Z";
	if (strcmp(key, "rate") == 0)
		return "a scaled clock needs a rate from 0.001 to 86400000";
	return key[0] == '\0' ? "must be an object" : "no such property";
}

static bool read_account_clock(struct seed *seed, const char *sid, json_t *account,
	const char *place, struct failure *failure)
{
	const json_t *object = json_object_get(account, "clock");
	const struct account_clock real = account_clock_real();
	struct account_clock clock;
	if (object == NULL)
		return true;
	const char *bad_key = clock_document_read(object, &real, clock_now_ms(), &clock);
	if (bad_key != NULL) {
		char clock_place[48];
		snprintf(clock_place, sizeof(clock_place), "%s.clock", place);
		return seed_wrong(failure, clock_place, bad_key, rule_of_clock(bad_key));
	}
	struct seed_item *item = add_item(seed, ITEM_CLOCK, sid, place, failure);
	if (item != NULL)
		item->clock = clock;
	return item != NULL;
}

static bool read_account_array(struct seed *seed, const char *sid, const struct resource *resource,
	const char *key, json_t *account, const char *place, struct failure *failure)
{
	json_t *array = json_object_get(account, key);
	return array == NULL || read_array(seed, sid, resource, key, array, place, failure);
}

static bool read_account(
	struct seed *seed, json_t *account, const char *place, struct failure *failure)
{
	if (!json_is_object(account))
		return seed_wrong(failure, place, "", "must be an object");
	const char *sid = read_text(account, "sid", "AC", place, failure);
	bool good = sid != NULL && check_account_keys(account, place, failure) &&
		    read_account_token(seed, sid, account, place, failure) &&
		    read_account_array(seed, sid, NULL, "api_keys", account, place, failure) &&
		    read_account_clock(seed, sid, account, place, failure);
	/* In the order of service_resources, which puts what is referred to before what refers. */
	for (size_t i = 0; good && service_resources[i] != NULL; i++) {
		const struct resource *resource = service_resources[i];
		if (!resource->is_history)
			good = read_account_array(
				seed, sid, resource, resource->list_key, account, place, failure);
	}
	return good && read_account_array(seed, sid, NULL, "usage", account, place, failure);
}

/* An account's records stand in one place: a second one would look like a database in use. `seen`
 * has the SIDs before it as keys, since there may be a million. */
static bool is_repeated(json_t *account, json_t *seen)
{
	const char *sid = json_string_value(json_object_get(account, "sid"));
	if (sid == NULL || json_object_get(seen, sid) != NULL)
		return sid != NULL;
	json_object_set_new(seen, sid, json_true());
	return false;
}

static bool read_accounts(
	struct seed *seed, json_t *accounts, json_t *seen, struct failure *failure)
{
	size_t index;
	json_t *account;
	json_array_foreach(accounts, index, account)
	{
		char place[32];
		snprintf(place, sizeof(place), "accounts[%zu]", index);
		if (is_repeated(account, seen))
			return seed_wrong(failure, place, "sid", "the account appears twice");
		if (!read_account(seed, account, place, failure))
			return false;
	}
	return true;
}

static bool read_document(struct seed *seed, struct failure *failure)
{
	json_t *accounts = json_object_get(seed->document, "accounts");
	const json_t *schema = json_object_get(seed->document, "$schema"); /* editors look for it */
	if (!json_is_array(accounts) || (schema != NULL && !json_is_string(schema)) ||
		json_object_size(seed->document) != 1 + (size_t)(schema != NULL))
		return failure_set(failure, EX_DATAERR,
			"must be an object with \"accounts\", an array, and no other key but "
			"\"$schema\", a text");
	json_t *seen = json_object();
	const bool good = read_accounts(seed, accounts, seen, failure);
	json_decref(seen);
	return good;
}

bool seed_parse(const char *text, size_t length, struct seed **ret_seed, struct failure *failure)
{
	struct seed *seed = memory_allocate_zeroed(sizeof(*seed));
	if (seed == NULL)
		return failure_set(failure, EX_OSERR, "out of memory");
	arena_init(&seed->arena);
	seed->last_link = &seed->first;
	json_error_t error;
	seed->document = json_read(text, length, JSON_REJECT_DUPLICATES, &error);
	bool good = seed->document != NULL;
	if (!good) {
		json_problem_hide_text(&error);
		failure_set(failure, EX_DATAERR, "line %d, column %d: %s", error.line, error.column,
			error.text);
	}
	good = good && read_document(seed, failure);
	if (memory_ran_out())
		good = failure_set(failure, EX_OSERR, "out of memory");
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
