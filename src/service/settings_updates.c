/* SPDX-License-Identifier: MIT */
/*
 * Settings Updates: what Twilio changes on SIM cards over the air. Nobody can ask for one through
 * the API; the control API schedules them. One is scheduled, then in progress, then successful or,
 * when the Sim is off or its device away, failed; each a moment after the other.
 *
 * Properties and their order follow Twilio's OpenAPI file.
 */
#include "service/settings_updates.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "engine/due.h"
#include "engine/engine.h"
#include "service/due_kinds.h"
#include "service/sim_state.h"
#include "util/count.h"
#include "util/json_read.h"

static const char *const statuses[] = {
	[SETTINGS_UPDATE_SCHEDULED] = "scheduled",
	[SETTINGS_UPDATE_IN_PROGRESS] = "in-progress",
	[SETTINGS_UPDATE_SUCCESSFUL] = "successful",
	[SETTINGS_UPDATE_FAILED] = "failed",
	NULL,
};

static const struct field settings_update_fields[] = {
	{ FIELD_OF(settings_update, sid), .kind = FIELD_OWN_SID, .prefix = "OB" },
	{ FIELD_OF(settings_update, account_sid), .kind = FIELD_ACCOUNT_SID, .flags = HIDDEN },
	{ FIELD_OF(settings_update, iccid), .kind = FIELD_TEXT },
	{ FIELD_OF(settings_update, sim_sid), .parameter = "Sim", .kind = FIELD_REFERENCE,
		.flags = ON_LIST | ON_SEED | REQUIRED | IN_EVENTS, .target = &sim_resource },
	{ FIELD_OF(settings_update, status), .parameter = "Status", .kind = FIELD_ENUM,
		.flags = ON_LIST | ON_SEED | IN_EVENTS, .names = statuses },
	{ FIELD_OF(settings_update, packages), .kind = FIELD_JSON, .flags = ON_SEED,
		.shape = SHAPE({
			"type" : "array",
			"items" : {
				"type" : "object",
				"properties" : {
					"name" : { "type" : "string" },
					"version" : { "type" : "string" },
					"more_info" : { "type" : [ "string", "null" ] }
				},
				"required" : [ "name", "version", "more_info" ]
			}
		}) },
	{ FIELD_OF(settings_update, date_completed), .kind = FIELD_LATER_TIME, .flags = ON_SEED },
	{ FIELD_OF(settings_update, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(settings_update, date_updated), .kind = FIELD_TIME },
};

#define UPDATE_FIELD(member)                                                                       \
	resource_member_bit(&settings_update_resource, offsetof(struct settings_update, member))

static void set_defaults(void *record)
{
	*(struct settings_update *)record = (struct settings_update){
		.status = SETTINGS_UPDATE_SCHEDULED,
		.packages =
			"[{\"name\":\"base-settings\",\"version\":\"1.0.0\",\"more_info\":null}]",
	};
}

/* A package with all of its keys, as Twilio shows them; NULL when it is none. */
static json_t *whole_package(json_t *package)
{
	json_t *name = json_object_get(package, "name");
	json_t *version = json_object_get(package, "version");
	json_t *more_info = json_object_get(package, "more_info");
	const bool good =
		json_is_string(name) && json_is_string(version) &&
		json_object_size(package) == 2 + (size_t)(more_info != NULL) &&
		(more_info == NULL || json_is_null(more_info) || json_is_string(more_info));
	return good ? json_pack("{s:O, s:O, s:O?}", "name", name, "version", version, "more_info",
			      more_info)
		    : NULL;
}

/* Completes packages. NULL when they are none, or without memory. */
static const char *whole_packages(struct arena *arena, const char *text)
{
	json_t *packages = json_read(text, strlen(text), 0, NULL);
	bool good = json_array_size(packages) > 0;
	size_t index;
	json_t *package;
	json_array_foreach(packages, index, package)
	{
		good = good && json_array_set_new(packages, index, whole_package(package)) == 0;
	}
	char *whole = good ? json_dumps(packages, JSON_COMPACT) : NULL;
	const char *copy = whole != NULL ? arena_copy(arena, whole, strlen(whole)) : NULL;
	free(whole);
	json_decref(packages);
	return copy;
}

static struct api_error complete(struct context *context, void *record, field_set given)
{
	struct settings_update *update = record;
	struct sim sim;
	(void)given;
	update->packages = whole_packages(context->arena, update->packages);
	if (update->packages == NULL)
		return error_new(context->arena, ERROR_INVALID_PARAMETER, "packages");
	const struct api_error error = engine_fetch(context, &sim_resource, update->sim_sid, &sim);
	if (!is_error(error))
		update->iccid = sim.iccid;
	return error;
}

static bool is_pending(const struct settings_update *update)
{
	return update->status == SETTINGS_UPDATE_SCHEDULED ||
	       update->status == SETTINGS_UPDATE_IN_PROGRESS;
}

static struct api_error plan_pending(struct context *context, const void *record)
{
	const struct settings_update *update = record;
	if (!is_pending(update))
		return error_none();
	return due_plan(context, DUE_SETTINGS_UPDATE_STATUS, update->sid,
		context->now_ms + context->policy->transition_delay_ms, "");
}

const struct resource settings_update_resource = {
	.number = 7,
	.name = "Settings Update",
	.path = "SettingsUpdates",
	.list_key = "settings_updates",
	.sid_prefix = "OB",
	.record_size = sizeof(struct settings_update),
	.sid_offset = offsetof(struct settings_update, sid),
	.fields = settings_update_fields,
	.field_count = COUNT_OF(settings_update_fields),
	.events = { .created = "settings_update.created", .updated = "settings_update.updated" },
	.set_defaults = set_defaults,
};

const struct rules settings_update_rules = {
	.before_create = complete,
	.after_create = plan_pending,
};

struct api_error settings_update_due(
	struct context *context, void *record, struct due_outcome *ret_outcome)
{
	struct settings_update *update = record;
	struct sim sim;
	if (!is_pending(update))
		return error_none();
	struct api_error error = engine_fetch(context, &sim_resource, update->sim_sid, &sim);
	if (is_error(error))
		return error;
	if (!sim_is_on(&sim) || !sim.attached)
		update->status = SETTINGS_UPDATE_FAILED;
	else if (update->status == SETTINGS_UPDATE_SCHEDULED)
		update->status = SETTINGS_UPDATE_IN_PROGRESS;
	else
		update->status = SETTINGS_UPDATE_SUCCESSFUL;
	if (update->status == SETTINGS_UPDATE_SUCCESSFUL)
		update->date_completed = context->now_ms;
	ret_outcome->result = statuses[update->status];
	error = engine_save(context, &settings_update_resource, update,
		UPDATE_FIELD(status) | UPDATE_FIELD(date_completed));
	return !is_error(error) ? plan_pending(context, update) : error;
}

struct api_error settings_update_schedule(struct context *context, const char *sim_identifier,
	const char *packages, struct settings_update *ret_update)
{
	struct sim sim;
	const struct api_error error = engine_fetch(context, &sim_resource, sim_identifier, &sim);
	if (is_error(error))
		return error;
	set_defaults(ret_update);
	ret_update->sim_sid = sim.sid;
	if (packages != NULL)
		ret_update->packages = packages;
	return engine_create(context, &settings_update_resource, ret_update, 0);
}
