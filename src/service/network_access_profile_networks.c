/* SPDX-License-Identifier: MIT */
/*
 * The Networks of a Network Access Profile: a collection below each profile.
 *
 * Its members can be listed, added, fetched and removed; all are Networks that there are.
 * Properties follow Twilio's page and OpenAPI file, in whose samples the country is in lower case
 * here.
 */
#include <ctype.h>

#include "service/networks.h"

#include "store/profile_networks.h"
#include "util/count.h"

struct profile_network {
	const char *sid;
	const char *network_access_profile_sid;
	const char *friendly_name;
	const char *iso_country;
	const char *identifiers;
	const char *network; /* the parameter */
};

static const struct field profile_network_fields[] = {
	{ FIELD_OF(profile_network, sid), .kind = FIELD_OWN_SID, .prefix = "HW" },
	{ FIELD_OF(profile_network, network_access_profile_sid), .kind = FIELD_TEXT },
	{ FIELD_OF(profile_network, friendly_name), .kind = FIELD_TEXT },
	{ FIELD_OF(profile_network, iso_country), .kind = FIELD_TEXT },
	{ FIELD_OF(profile_network, identifiers), .kind = FIELD_JSON,
		.shape = NETWORK_IDENTIFIERS_SHAPE },
	{ FIELD_NAMED("url"), .kind = FIELD_SELF_URL },
	{ FIELD_OF(profile_network, network), .parameter = "Network", .kind = FIELD_REFERENCE,
		.flags = ON_CREATE | REQUIRED | HIDDEN, .target = &network_resource },
};

static void set_defaults(void *record)
{
	*(struct profile_network *)record = (struct profile_network){ 0 };
}

/* Completes a record by its Network. */
static bool describe(struct context *context, size_t place, struct profile_network *record)
{
	struct network network;
	if (!network_describe(place, context->arena, &network))
		return false;
	const char country[] = { (char)tolower(network.iso_country[0]),
		(char)tolower(network.iso_country[1]) };
	record->sid = network.sid;
	record->friendly_name = network.friendly_name;
	record->identifiers = network.identifiers;
	record->iso_country = arena_copy(context->arena, country, sizeof(country));
	return record->iso_country != NULL;
}

/* Which Networks a profile has, by their place. */
struct membership {
	bool *is_member;
};

static void collect_member(void *closure, const char *sid)
{
	struct membership *membership = closure;
	size_t place;
	/* One that a later version does not list is left out. */
	if (network_find(sid, &place))
		membership->is_member[place] = true;
}

static struct api_error read_membership(
	struct context *context, const char *profile_sid, struct membership *ret_membership)
{
	ret_membership->is_member = arena_alloc(context->arena, network_count() * sizeof(bool));
	if (ret_membership->is_member == NULL)
		return error_internal();
	return error_of_store(store_visit_profile_networks(context->connection, context->namespace,
		profile_sid, collect_member, ret_membership));
}

static struct api_error fetch(struct context *context, const char *identifier, void *record)
{
	struct profile_network *member = record;
	struct membership membership;
	size_t place;
	const struct api_error error =
		read_membership(context, member->network_access_profile_sid, &membership);
	if (is_error(error))
		return error;
	if (!network_find(identifier, &place) || !membership.is_member[place])
		return error_new(context->arena, ERROR_NOT_FOUND, context->path);
	return describe(context, place, member) ? error_none() : error_internal();
}

/* Adding what is there already changes nothing. */
static struct api_error create(struct context *context, void *record)
{
	struct profile_network *member = record;
	size_t place;
	if (!network_find(member->network, &place) || !describe(context, place, member))
		return error_internal();
	return error_of_store(store_add_profile_network(context->connection, context->namespace,
		member->network_access_profile_sid, member->sid));
}

static struct api_error remove_network(
	struct context *context, const char *identifier, void *record)
{
	const struct profile_network *member = record;
	const struct api_error error = fetch(context, identifier, record);
	if (is_error(error))
		return error;
	return error_of_store(store_remove_profile_network(context->connection, context->namespace,
		member->network_access_profile_sid, member->sid));
}

static bool make_member(void *closure, size_t place, void *record)
{
	return describe(closure, place, record);
}

static struct api_error list(struct context *context, const void *filter, field_set filters,
	const struct page_request *page, record_visitor *visit, void *closure,
	struct store_page *ret_page)
{
	(void)filters;
	const struct profile_network *wanted = filter;
	struct membership membership;
	size_t count = 0;
	size_t *places = arena_alloc(context->arena, network_count() * sizeof(*places));
	const struct api_error error =
		read_membership(context, wanted->network_access_profile_sid, &membership);
	if (is_error(error) || places == NULL)
		return error_internal();
	for (size_t i = 0; i < network_count(); i++) {
		if (membership.is_member[i])
			places[count++] = i;
	}
	struct profile_network member = { .network_access_profile_sid =
						  wanted->network_access_profile_sid };
	const struct list_items items = { places, count, make_member, context };
	return list_visit_items(page, &items, &member, visit, closure, ret_page);
}

const struct resource network_access_profile_network_resource = {
	.number = 13,
	.name = "Network",
	.path = "Networks",
	.list_key = "networks",
	.sid_prefix = "HW",
	.record_size = sizeof(struct profile_network),
	.sid_offset = offsetof(struct profile_network, sid),
	.fields = profile_network_fields,
	.field_count = COUNT_OF(profile_network_fields),
	.parent = &network_access_profile_resource,
	.parent_offset = offsetof(struct profile_network, network_access_profile_sid),
	.is_computed = true,
	.set_defaults = set_defaults,
};

const struct rules network_access_profile_network_rules = {
	.list = list, .fetch = fetch, .create = create, .remove = remove_network
};
