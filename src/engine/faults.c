/* SPDX-License-Identifier: MIT */
#include "engine/faults.h"

#include <string.h>

#include "engine/account.h"
#include "store/accounts.h"
#include "store/faults.h"
#include "util/log.h"

static struct traffic_settings settings_of(const struct store_faults *faults)
{
	return (struct traffic_settings){
		.rules = faults->rules,
		.has_seed = faults->has_seed,
		.seed = faults->seed,
		.concurrent = faults->concurrent,
	};
}

/* Those of a namespace. Without a row there are none. */
static struct api_error fetch(
	struct context *context, const char *namespace, struct traffic_settings *ret_settings)
{
	struct store_faults faults = { .rules = "[]" };
	const enum store_result found =
		store_fetch_faults(context->connection, namespace, context->arena, &faults);
	*ret_settings = settings_of(&faults);
	return found == STORE_FAILED ? error_internal() : error_none();
}

struct api_error faults_fetch(struct context *context, struct traffic_settings *ret_settings,
	struct fault_rules *ret_rules)
{
	const struct api_error error = fetch(context, context->namespace, ret_settings);
	if (is_error(error))
		return error;
	return fault_rules_parse(context->arena, ret_settings->rules, ret_rules) ? error_none()
										 : error_internal();
}

struct api_error faults_save(struct context *context, struct traffic *traffic,
	const struct traffic_settings *settings, bool anew, struct traffic_change **ret_change)
{
	const char *account_sid = account_sid_of(context->arena, context->namespace);
	const struct store_faults faults = {
		.rules = settings->rules,
		.has_seed = settings->has_seed,
		.seed = settings->seed,
		.concurrent = settings->concurrent,
	};
	if (account_sid == NULL || settings->rules == NULL ||
		store_put_faults(context->connection, context->namespace, &faults) != STORE_OK)
		return error_internal();
	*ret_change = traffic_prepare(traffic, account_sid, settings, anew);
	return *ret_change != NULL ? error_none() : error_internal();
}

struct api_error faults_copy(struct context *context, struct traffic *traffic, const char *from,
	struct traffic_change **ret_change)
{
	struct store_account source;
	struct traffic_settings settings;
	if (store_fetch_account(context->connection, from, context->arena, &source) != STORE_OK)
		return error_internal();
	const struct api_error error = fetch(context, source.namespace, &settings);
	return !is_error(error) ? faults_save(context, traffic, &settings, true, ret_change)
				: error;
}

struct loading {
	struct traffic *traffic;
	bool complete;
};

static void load(void *closure, const char *account_sid, const struct store_faults *faults)
{
	struct loading *loading = closure;
	if (strcmp(faults->rules, "[]") == 0 && faults->concurrent == 0)
		return; /* what there was, was cleared */
	const struct traffic_settings settings = settings_of(faults);
	struct traffic_change *change =
		traffic_prepare(loading->traffic, account_sid, &settings, true);
	if (change != NULL)
		traffic_record(change);
	else
		loading->complete = false;
}

bool faults_load(struct store_connection *connection, struct traffic *traffic)
{
	struct loading loading = { traffic, true };
	const bool read = store_visit_faults(connection, load, &loading) == STORE_OK;
	if (!loading.complete)
		log_line(LOG_ERROR, "faults cannot be read, or there is no memory for them");
	return read && loading.complete;
}
