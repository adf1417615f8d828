/* SPDX-License-Identifier: MIT */
/*
 * Fleets: the settings that a group of Sims shares.
 *
 * Parameters, properties, their order and limits follow Twilio's Fleet resource page and OpenAPI
 * file. DataEnabled and SmsCommandsEnabled can be given on create only: to change them one makes
 * another Fleet. Former names are those that helper libraries call deprecated.
 */
#include "service/fleets.h"

#include <stdio.h>

#include "engine/changes.h"
#include "engine/due.h"
#include "engine/engine.h"
#include "service/due_kinds.h"
#include "service/references.h"
#include "store/usage.h"
#include "util/count.h"

enum { DATA_LIMIT_MAXIMUM = 2000000 }; /* MB */

static const struct field fleet_fields[] = {
	{ FIELD_OF(fleet, account_sid), .kind = FIELD_ACCOUNT_SID },
	{ FIELD_OF(fleet, unique_name), .parameter = "UniqueName", .kind = FIELD_UNIQUE_NAME,
		.flags = ON_CREATE | ON_UPDATE | CLEARED_BY_EMPTY },
	{ FIELD_OF(fleet, data_enabled), .parameter = "DataEnabled", .kind = FIELD_BOOLEAN,
		.flags = ON_CREATE },
	{ FIELD_OF(fleet, data_limit), .parameter = "DataLimit", .kind = FIELD_INTEGER,
		.flags = ON_CREATE | ON_UPDATE, .minimum = 1, .maximum = DATA_LIMIT_MAXIMUM,
		.takes = "whole megabytes" },
	{ FIELD_NAMED("data_metering"), .kind = FIELD_CONSTANT, .constant = "payg" },
	{ FIELD_OF(fleet, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(fleet, date_updated), .kind = FIELD_TIME },
	{ FIELD_OF(fleet, sms_commands_enabled), .parameter = "SmsCommandsEnabled",
		.former = "CommandsEnabled", .kind = FIELD_BOOLEAN, .flags = ON_CREATE },
	{ FIELD_OF(fleet, sms_commands_method), .parameter = "SmsCommandsMethod",
		.former = "CommandsMethod", .kind = FIELD_ENUM, .flags = ON_CREATE | ON_UPDATE,
		.names = callback_method_names },
	{ FIELD_OF(fleet, sms_commands_url), .parameter = "SmsCommandsUrl", .former = "CommandsUrl",
		.kind = FIELD_URL, .flags = ON_CREATE | ON_UPDATE | CLEARED_BY_EMPTY },
	{ FIELD_OF(fleet, ip_commands_method), .parameter = "IpCommandsMethod", .kind = FIELD_ENUM,
		.flags = ON_CREATE | ON_UPDATE, .names = callback_method_names },
	{ FIELD_OF(fleet, ip_commands_url), .parameter = "IpCommandsUrl", .kind = FIELD_URL,
		.flags = ON_CREATE | ON_UPDATE | CLEARED_BY_EMPTY },
	{ FIELD_OF(fleet, network_access_profile_sid), .parameter = "NetworkAccessProfile",
		.kind = FIELD_REFERENCE, .flags = ON_CREATE | ON_UPDATE | ON_LIST | REQUIRED,
		.target = &network_access_profile_resource },
	{ FIELD_OF(fleet, sid), .kind = FIELD_OWN_SID, .prefix = "HF" },
	{ FIELD_NAMED("url"), .kind = FIELD_SELF_URL },
	{ FIELD_OF(fleet, data_limit_in_force), .kind = FIELD_INTEGER, .flags = ON_SEED | HIDDEN,
		.minimum = 1, .maximum = DATA_LIMIT_MAXIMUM },
	{ FIELD_OF(fleet, data_limit_from), .kind = FIELD_LATER_TIME, .flags = HIDDEN },
};

#define FLEET_FIELD(member) resource_member_bit(&fleet_resource, offsetof(struct fleet, member))

static void set_defaults(void *record)
{
	*(struct fleet *)record = (struct fleet){
		.data_enabled = true,
		.sms_commands_method = CALLBACK_POST,
		.ip_commands_method = CALLBACK_POST,
	};
}

/* What the operator chose holds where nothing was said. */
static struct api_error apply_policy(struct context *context, void *record, field_set given)
{
	struct fleet *fleet = record;
	if (!(given & FLEET_FIELD(data_limit)))
		fleet->data_limit = context->policy->fleet_data_limit;
	if (!(given & FLEET_FIELD(sms_commands_enabled)))
		fleet->sms_commands_enabled = context->policy->fleet_sms_commands_enabled;
	if (!(given & FLEET_FIELD(data_limit_in_force)))
		fleet->data_limit_in_force = fleet->data_limit;
	return error_none();
}

/* Plans when a changed limit reaches the Sims, and gives that moment: see service/data_limits.c. */
static struct api_error plan_limit_change(
	struct context *context, const char *sid, int64_t *ret_from_ms)
{
	*ret_from_ms = context->now_ms + context->policy->data_limit_delay_ms;
	return due_plan(context, DUE_DATA_LIMIT_CHANGE, sid, *ret_from_ms, "");
}

/* A seed or a copy may hold a Fleet whose limit is about to change. */
static struct api_error plan_pending(struct context *context, const void *record)
{
	const struct fleet *fleet = record;
	int64_t from_ms; /* there is no earlier change that it has to be told from */
	if (fleet->data_limit_in_force == fleet->data_limit)
		return error_none();
	return plan_limit_change(context, fleet->sid, &from_ms);
}

/* GET shows a new limit at once; Sims are held to it some minutes later. Where there are none, it
 * has nobody to reach, and is in force. */
static struct api_error plan_new_limit(
	struct context *context, const void *record, void *changed, field_set *given)
{
	const struct fleet *fleet = record;
	struct fleet *changes = changed;
	int64_t sims;
	if (!(*given & FLEET_FIELD(data_limit)) || changes->data_limit == fleet->data_limit)
		return error_none();
	const struct api_error error =
		references_count(context, &fleet_resource, fleet->sid, 1, &sims);
	if (is_error(error))
		return error;
	*given |= FLEET_FIELD(data_limit_from);
	if (sims > 0)
		return plan_limit_change(context, fleet->sid, &changes->data_limit_from);
	*given |= FLEET_FIELD(data_limit_in_force);
	changes->data_limit_in_force = changes->data_limit;
	changes->data_limit_from = context->now_ms;
	return error_none();
}

const struct resource fleet_resource = {
	.number = 1,
	.name = "Fleet",
	.path = "Fleets",
	.list_key = "fleets",
	.sid_prefix = "HF",
	.record_size = sizeof(struct fleet),
	.sid_offset = offsetof(struct fleet, sid),
	.fields = fleet_fields,
	.field_count = COUNT_OF(fleet_fields),
	.events = { "fleet.created", "fleet.updated", "fleet.deleted", NULL },
	.set_defaults = set_defaults,
};

const struct rules fleet_rules = {
	.before_create = apply_policy,
	.after_create = plan_pending,
	.before_update = plan_new_limit,
};

/* ── for other resources ─────────────────────────────────────────────────────────────────── */

struct api_error fleet_delete(struct context *context, const char *identifier, int64_t *ret_sims)
{
	struct fleet fleet;
	*ret_sims = 0;
	struct api_error error = engine_fetch(context, &fleet_resource, identifier, &fleet);
	if (!is_error(error))
		error = references_count(
			context, &fleet_resource, fleet.sid, SIZE_MAX / 4, ret_sims);
	if (!is_error(error) && *ret_sims > 0) {
		char count[24];
		snprintf(count, sizeof(count), "%lld", (long long)*ret_sims);
		error = error_new(context->arena, ERROR_FLEET_HAS_SIMS, count);
	}
	if (!is_error(error))
		error = error_of_store(store_remove_fleet_usage(
			context->connection, context->namespace, fleet.sid));
	if (!is_error(error))
		error = error_of_store(store_delete(
			context->connection, &fleet_resource, context->namespace, fleet.sid));
	if (!is_error(error))
		change_note_record(context, &fleet_resource, &fleet, CHANGE_DELETED, 0);
	return error;
}
