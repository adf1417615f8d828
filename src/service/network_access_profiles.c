/* SPDX-License-Identifier: MIT */
/*
 * Network Access Profiles: which cellular Networks the Sims of a Fleet may use.
 *
 * `Networks` is given on create and not shown: the profile's `links.networks` is where it is read.
 * Fields and their order follow Twilio's Network Access Profile page and OpenAPI file.
 */
#include "service/networks.h"

#include "store/profile_networks.h"
#include "util/count.h"

struct network_access_profile {
	const char *unique_name;
	const char *sid;
	const char *account_sid;
	int64_t date_created;
	int64_t date_updated;
	struct sid_list networks;
};

static const struct field_link profile_links[] = { { "networks", "Networks" }, { NULL, NULL } };

static const struct field profile_fields[] = {
	{ FIELD_OF(network_access_profile, unique_name), .parameter = "UniqueName",
		.kind = FIELD_UNIQUE_NAME, .flags = ON_CREATE | ON_UPDATE | CLEARED_BY_EMPTY },
	{ FIELD_OF(network_access_profile, sid), .kind = FIELD_OWN_SID, .prefix = "HA" },
	{ FIELD_OF(network_access_profile, account_sid), .kind = FIELD_ACCOUNT_SID },
	{ FIELD_OF(network_access_profile, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(network_access_profile, date_updated), .kind = FIELD_TIME },
	{ FIELD_OF(network_access_profile, networks), .parameter = "Networks",
		.kind = FIELD_SID_LIST, .flags = ON_CREATE, .prefix = "HW",
		.takes = "SIDs (HW and 32 hexadecimal digits) that GET /v1/Networks lists: the "
			 "parameter may be repeated" },
	{ FIELD_NAMED("url"), .kind = FIELD_SELF_URL },
	{ FIELD_NAMED("links"), .kind = FIELD_LINKS, .links = profile_links },
};

static void set_defaults(void *record)
{
	*(struct network_access_profile *)record = (struct network_access_profile){ 0 };
}

static struct api_error check_networks(struct context *context, void *record, field_set given)
{
	const struct network_access_profile *profile = record;
	size_t place;
	(void)given;
	for (size_t i = 0; i < profile->networks.count; i++) {
		if (!network_find(profile->networks.sids[i], &place))
			return error_new(context->arena, ERROR_INVALID_PARAMETER, "Networks");
	}
	return error_none();
}

/* Keeps the Networks. A SID that is given twice counts once. */
static struct api_error keep_networks(struct context *context, const void *record)
{
	const struct network_access_profile *profile = record;
	for (size_t i = 0; i < profile->networks.count; i++) {
		if (store_add_profile_network(context->connection, context->namespace, profile->sid,
			    profile->networks.sids[i]) != STORE_OK)
			return error_internal();
	}
	return error_none();
}

const struct resource network_access_profile_resource = {
	.number = 0,
	.name = "Network Access Profile",
	.path = "NetworkAccessProfiles",
	.list_key = "network_access_profiles",
	.sid_prefix = "HA",
	.record_size = sizeof(struct network_access_profile),
	.sid_offset = offsetof(struct network_access_profile, sid),
	.fields = profile_fields,
	.field_count = COUNT_OF(profile_fields),
	.events = { .created = "network_access_profile.created",
		.updated = "network_access_profile.updated" },
	.set_defaults = set_defaults,
};

const struct rules network_access_profile_rules = {
	.before_create = check_networks,
	.after_create = keep_networks,
};
