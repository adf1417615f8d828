/* SPDX-License-Identifier: MIT */
/*
 * IP addresses: the one that a Sim's device has while the Sim is ready or active.
 *
 * Properties follow Twilio's IP Address page and OpenAPI file.
 */
#include <string.h>

#include "service/sim.h"
#include "util/count.h"

enum ip_version { IP_VERSION_NONE, IP_VERSION_4, IP_VERSION_6 };
static const char *const versions[] = { [IP_VERSION_4] = "IPv4", [IP_VERSION_6] = "IPv6", NULL };

struct ip_address {
	const char *ip_address;
	enum ip_version ip_address_version;
	const char *sim_sid; /* not shown */
};

static const struct field ip_address_fields[] = {
	{ FIELD_OF(ip_address, ip_address), .kind = FIELD_TEXT },
	{ FIELD_OF(ip_address, ip_address_version), .kind = FIELD_ENUM, .names = versions },
	{ FIELD_OF(ip_address, sim_sid), .kind = FIELD_TEXT, .flags = HIDDEN },
};

static struct api_error list(struct context *context, const void *filter, field_set filters,
	const struct page_request *page, record_visitor *visit, void *closure,
	struct store_page *ret_page)
{
	(void)filters;
	const struct ip_address *wanted = filter;
	struct sim sim;
	struct fleet fleet;
	const struct api_error error = sim_fetch(context, wanted->sim_sid, &sim, &fleet);
	if (is_error(error))
		return error;
	const bool is_on = sim_is_on(&sim) && sim.ip_address != NULL;
	/* Ours are IPv4; a seed may hold another. */
	const struct ip_address address = {
		.ip_address = sim.ip_address,
		.ip_address_version =
			is_on && strchr(sim.ip_address, ':') != NULL ? IP_VERSION_6 : IP_VERSION_4,
		.sim_sid = sim.sid,
	};
	list_visit_one(page, is_on ? &address : NULL, visit, closure, ret_page);
	return error_none();
}

const struct resource ip_address_resource = {
	.number = 15,
	.name = "IP Address",
	.path = "IpAddresses",
	.list_key = "ip_addresses",
	.sid_prefix = "",
	.record_size = sizeof(struct ip_address),
	.sid_offset = offsetof(struct ip_address, ip_address),
	.fields = ip_address_fields,
	.field_count = COUNT_OF(ip_address_fields),
	.parent = &sim_resource,
	.parent_offset = offsetof(struct ip_address, sim_sid),
	.is_computed = true,
};

const struct rules ip_address_rules = { .list = list };
