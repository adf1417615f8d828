/* SPDX-License-Identifier: MIT */
/*
 * Fleets: the settings that a group of Sims shares.
 *
 * Parameters, properties, their order and limits follow Twilio's Fleet resource page and OpenAPI
 * file. DataEnabled and SmsCommandsEnabled can be given on create only: to change them one makes
 * another Fleet.
 */
#include "service/service.h"

struct fleet {
	const char *account_sid;
	const char *unique_name;
	bool data_enabled;
	int64_t data_limit; /* MB (10^6 bytes) for each Sim and billing period */
	int64_t date_created;
	int64_t date_updated;
	bool sms_commands_enabled;
	const char *sms_commands_method;
	const char *sms_commands_url;
	const char *ip_commands_method;
	const char *ip_commands_url;
	const char *network_access_profile_sid;
	const char *sid;
};

static const char *const callback_methods[] = { "GET", "POST", NULL };

static const struct field fleet_fields[] = {
	{ FIELD_OF(fleet, account_sid), .kind = FIELD_ACCOUNT_SID },
	{ FIELD_OF(fleet, unique_name), .parameter = "UniqueName", .kind = FIELD_UNIQUE_NAME,
		.flags = ON_CREATE | ON_UPDATE | CLEARED_BY_EMPTY },
	{ FIELD_OF(fleet, data_enabled), .parameter = "DataEnabled", .kind = FIELD_BOOLEAN,
		.flags = ON_CREATE },
	{ FIELD_OF(fleet, data_limit), .parameter = "DataLimit", .kind = FIELD_INTEGER,
		.flags = ON_CREATE | ON_UPDATE, .minimum = 1, .maximum = 2000000 },
	{ FIELD_NAMED("data_metering"), .kind = FIELD_CONSTANT, .constant = "payg" },
	{ FIELD_OF(fleet, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(fleet, date_updated), .kind = FIELD_TIME },
	{ FIELD_OF(fleet, sms_commands_enabled), .parameter = "SmsCommandsEnabled",
		.kind = FIELD_BOOLEAN, .flags = ON_CREATE },
	{ FIELD_OF(fleet, sms_commands_method), .parameter = "SmsCommandsMethod",
		.kind = FIELD_ENUM, .flags = ON_CREATE | ON_UPDATE, .names = callback_methods },
	{ FIELD_OF(fleet, sms_commands_url), .parameter = "SmsCommandsUrl", .kind = FIELD_URL,
		.flags = ON_CREATE | ON_UPDATE | CLEARED_BY_EMPTY },
	{ FIELD_OF(fleet, ip_commands_method), .parameter = "IpCommandsMethod", .kind = FIELD_ENUM,
		.flags = ON_CREATE | ON_UPDATE, .names = callback_methods },
	{ FIELD_OF(fleet, ip_commands_url), .parameter = "IpCommandsUrl", .kind = FIELD_URL,
		.flags = ON_CREATE | ON_UPDATE | CLEARED_BY_EMPTY },
	{ FIELD_OF(fleet, network_access_profile_sid), .parameter = "NetworkAccessProfile",
		.kind = FIELD_REFERENCE, .flags = ON_CREATE | ON_UPDATE | ON_LIST | REQUIRED,
		.target = &network_access_profile_resource },
	{ FIELD_OF(fleet, sid), .kind = FIELD_OWN_SID, .prefix = "HF" },
	{ FIELD_NAMED("url"), .kind = FIELD_SELF_URL },
};

static void set_defaults(const struct settings *settings, void *record)
{
	*(struct fleet *)record = (struct fleet){
		.data_enabled = true,
		.data_limit = settings->fleet_data_limit,
		.sms_commands_enabled = settings->fleet_sms_commands_enabled,
		.sms_commands_method = "POST",
		.ip_commands_method = "POST",
	};
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
	.field_count = sizeof(fleet_fields) / sizeof(fleet_fields[0]),
	.set_defaults = set_defaults,
};
