/* SPDX-License-Identifier: MIT */
#include "seed/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/account.h"
#include "engine/engine.h"
#include "seed/clock_document.h"
#include "seed/seed.h"
#include "service/networks.h"
#include "service/resources.h"
#include "store/accounts.h"
#include "store/profile_networks.h"
#include "store/usage.h"
#include "util/clock.h"
#include "util/json_read.h"

static json_t *time_value(int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];
	clock_format(ms, text);
	return json_string(text);
}

static json_t *value_of(const struct field *field, const void *record)
{
	switch (field->storage) {
	case STORED_BOOLEAN: return json_boolean(record_get_boolean(field, record));
	case STORED_INTEGER: {
		const int64_t number = record_get_integer(field, record);
		if (field->kind == FIELD_TIME)
			return time_value(number);
		if (field->kind == FIELD_LATER_TIME)
			return number != 0 ? time_value(number) : json_null();
		return json_integer(number);
	}
	case STORED_TEXT: {
		const char *text = record_get_text(field, record);
		if (text != NULL && field->kind == FIELD_JSON)
			return json_read(text, strlen(text), 0, NULL);
		return text != NULL ? json_string(text) : json_null();
	}
	case STORED_ENUM: {
		const char *name = record_get_name(field, record);
		return name != NULL ? json_string(name) : json_null();
	}
	case STORED_LIST:
	case STORED_NOWHERE: break;
	}
	return NULL;
}

struct exporting {
	struct context *context;
	const struct resource *resource;
	json_t *array; /* newest first */
	bool complete;
};

static void add_network(void *closure, const char *sid)
{
	json_array_append_new(closure, json_string(sid));
}

/* What a record keeps beside its columns: the Networks of a profile. */
static bool add_list(
	struct exporting *exporting, const struct field *field, const void *record, json_t *object)
{
	json_t *networks = json_array();
	const bool read =
		store_visit_profile_networks(exporting->context->connection,
			exporting->context->namespace, record_sid(exporting->resource, record),
			add_network, networks) == STORE_OK;
	return json_object_set_new(object, field->name, networks) == 0 && read;
}

static void export_record(void *closure, const void *record)
{
	struct exporting *exporting = closure;
	const struct resource *resource = exporting->resource;
	json_t *object = json_object();
	bool complete = object != NULL;
	for (size_t i = 0; i < resource->field_count && complete; i++) {
		const struct field *field = &resource->fields[i];
		if (!seed_has_field(field))
			continue;
		if (field->storage == STORED_LIST)
			complete = add_list(exporting, field, record, object);
		else
			complete = json_object_set_new(
					   object, field->name, value_of(field, record)) == 0;
	}
	if (json_array_append_new(exporting->array, object) != 0 || !complete)
		exporting->complete = false;
}

static json_t *reversed(json_t *array)
{
	json_t *result = json_array();
	for (size_t i = json_array_size(array); i-- > 0;)
		json_array_append(result, json_array_get(array, i));
	json_decref(array);
	return result;
}

static bool export_resource(
	struct context *context, const struct resource *resource, json_t *account)
{
	struct exporting exporting = { context, resource, json_array(), true };
	const bool read =
		!is_error(engine_visit(context, resource, NULL, 0, export_record, &exporting));
	return json_object_set_new(account, resource->list_key, reversed(exporting.array)) == 0 &&
	       read && exporting.complete;
}

static void export_usage(void *closure, const struct store_usage *usage)
{
	size_t place;
	char sid[SID_SIZE];
	const bool known = network_find_number(usage->network, &place);
	if (known)
		network_sid(place, sid);
	json_t *network = known ? json_string(sid) : json_null();
	json_array_append_new(closure,
		json_pack("{s:s, s:o, s:s, s:o, s:I, s:I}", "sim_sid", usage->sim_sid, "hour",
			time_value(usage->hour_ms), "fleet_sid", usage->fleet_sid, "network_sid",
			network, "data_upload", (json_int_t)usage->data_upload, "data_download",
			(json_int_t)usage->data_download));
}

/* ── what is too much ────────────────────────────────────────────────────────────────────── */

/* The least that one takes as JSON, in bytes. */
enum { ACCOUNT_LENGTH = 200, RECORD_LENGTH = 100, USAGE_LENGTH = 160 };

/* What was counted of all that is exported, and the room that is left. */
struct size {
	int64_t records;
	int64_t left; /* bytes */
};

static struct api_error too_large(struct context *context, int64_t records, int64_t usage)
{
	char size[96];
	const int length = snprintf(size, sizeof(size), "%" PRId64 " records", records);
	if (usage > 0)
		snprintf(size + length, sizeof(size) - (size_t)length,
			" and more than %" PRId64 " hours of usage", usage);
	return error_new(context->arena, ERROR_STATE_TOO_LARGE, size);
}

/* Adds what the context's account has. Error: 409 when it does not fit. */
static struct api_error count_account(struct context *context, struct size *size)
{
	int64_t records = 0, count;
	bool exceeds;
	for (size_t i = 0; service_resources[i] != NULL; i++) {
		if (service_resources[i]->is_history)
			continue;
		if (store_count(context->connection, service_resources[i], context->namespace,
			    &count) != STORE_OK)
			return error_internal();
		records += count;
	}
	size->records += records;
	size->left -= ACCOUNT_LENGTH + records * RECORD_LENGTH;
	if (size->left < 0)
		return too_large(context, size->records, 0);
	const int64_t usage = size->left / USAGE_LENGTH;
	if (store_usage_exceeds(context->connection, context->namespace, usage, &exceeds) !=
		STORE_OK)
		return error_internal();
	return exceeds ? too_large(context, size->records, usage) : error_none();
}

/* ── accounts ────────────────────────────────────────────────────────────────────────────── */

/* The context's account. NULL after a failure, which is logged. */
static json_t *export_account(struct context *context)
{
	const char *sid = account_sid_of(context->arena, context->namespace);
	const int64_t real_ms = clock_now_ms();
	json_t *clock = clock_document_write(&context->clock, real_ms);
	/* Real time goes on until the document is imported. */
	if (context->clock.mode == CLOCK_REAL &&
		account_clock_now(&context->clock, real_ms) == real_ms)
		json_object_del(clock, "now");
	json_t *account = json_pack("{s:s?, s:o}", "sid", sid, "clock", clock);
	bool complete = account != NULL;
	for (size_t i = 0; service_resources[i] != NULL && complete; i++) {
		if (!service_resources[i]->is_history)
			complete = export_resource(context, service_resources[i], account);
	}
	json_t *usage = json_array();
	if (complete)
		complete = store_visit_usage(context->connection, context->namespace, export_usage,
				   usage) == STORE_OK;
	if (account == NULL || json_object_set_new(account, "usage", usage) != 0 || !complete) {
		json_decref(account);
		return NULL;
	}
	return account;
}

static struct api_error add_account(struct context *context, struct size *size, json_t *accounts)
{
	struct api_error error = count_account(context, size);
	if (is_error(error))
		return error;
	json_t *account = export_account(context);
	size->left -= (int64_t)json_array_size(json_object_get(account, "usage")) * USAGE_LENGTH;
	return json_array_append_new(accounts, account) == 0 ? error_none() : error_internal();
}

/* Makes the document of what was exported, or frees that after an error. */
static struct api_error finish(struct api_error error, json_t *accounts, json_t **ret_document)
{
	if (is_error(error)) {
		json_decref(accounts);
		return error;
	}
	*ret_document = json_pack("{s:o}", "accounts", accounts);
	return *ret_document != NULL ? error_none() : error_internal();
}

struct api_error state_export(struct context *context, json_t **ret_document)
{
	struct size size = { .left = STATE_MAXIMUM };
	json_t *accounts = json_array();
	return finish(add_account(context, &size, accounts), accounts, ret_document);
}

struct collecting {
	json_t *namespaces;
	bool complete;
};

static void collect_account(void *closure, const struct store_account *account)
{
	struct collecting *collecting = closure;
	if (!account->ended &&
		json_array_append_new(collecting->namespaces, json_string(account->namespace)) != 0)
		collecting->complete = false;
}

static struct api_error add_accounts(
	struct context *context, const json_t *namespaces, json_t *accounts)
{
	struct size size = { .left = STATE_MAXIMUM };
	struct api_error error = error_none();
	bool current;
	for (size_t i = 0; i < json_array_size(namespaces) && !is_error(error); i++) {
		error = account_enter_namespace(
			context, json_string_value(json_array_get(namespaces, i)), &current);
		if (!is_error(error))
			error = add_account(context, &size, accounts);
	}
	return error;
}

struct api_error state_export_all(struct context *context, json_t **ret_document)
{
	struct collecting collecting = { json_array(), true };
	json_t *accounts = json_array();
	const bool read = store_visit_accounts(context->connection, collect_account, &collecting) ==
				  STORE_OK &&
			  collecting.complete;
	const struct api_error error =
		read ? add_accounts(context, collecting.namespaces, accounts) : error_internal();
	json_decref(collecting.namespaces);
	return finish(error, accounts, ret_document);
}
