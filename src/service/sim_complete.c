/* SPDX-License-Identifier: MIT */
/*
 * Sims as seeds and exported state give them: of whatever status, and with as much of the rest as
 * somebody cared to write.
 */
#include "service/sim_complete.h"

#include <arpa/inet.h>

#include "engine/engine.h"
#include "service/data_limits.h"
#include "service/networks.h"
#include "service/sim.h"

static struct api_error refuse(struct context *context, const char *field)
{
	return error_new(context->arena, ERROR_INVALID_PARAMETER, field);
}

static struct api_error complete_status(struct context *context, struct sim *sim)
{
	const bool is_scheduled = sim->status == SIM_SCHEDULED;
	if (is_scheduled != (sim->pending_status != SIM_STATUS_NONE))
		return refuse(context, "pending_status");
	if (!is_scheduled && sim->status_before != SIM_STATUS_NONE)
		return refuse(context, "status_before");
	if (is_scheduled && sim->status_before == SIM_STATUS_NONE)
		sim->status_before = SIM_NEW;
	if ((sim_is_on(sim) || sim_status_is_on(sim->pending_status)) && sim->fleet_sid == NULL)
		return error_new(context->arena, ERROR_SIM_NEEDS_FLEET, NULL);
	return error_none();
}

static bool is_address(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];
	return text == NULL || inet_pton(AF_INET, text, address) == 1 ||
	       inet_pton(AF_INET6, text, address) == 1;
}

/* What it has moved already may be too much. */
static struct api_error hold_against_limit(struct context *context, struct sim *sim)
{
	struct fleet fleet;
	const struct api_error error =
		engine_fetch(context, &fleet_resource, sim->fleet_sid, &fleet);
	if (is_error(error) || sim->blocked_since != 0)
		return error;
	return data_limit_check(context, sim, &fleet);
}

struct api_error sim_complete(struct context *context, struct sim *sim)
{
	size_t place;
	struct api_error error = complete_status(context, sim);
	if (is_error(error))
		return error;
	if (!is_address(sim->ip_address))
		return refuse(context, "ip_address");
	if (sim->network_sid != NULL && !network_find(sim->network_sid, &place))
		return refuse(context, "network_sid");
	const char *wrong = sim_complete_period(sim, context->now_ms);
	if (wrong != NULL)
		return refuse(context, wrong);
	if (!sim_is_on(sim))
		return error_none();
	error = sim_give_ip_address(context, sim);
	return !is_error(error) ? hold_against_limit(context, sim) : error;
}
