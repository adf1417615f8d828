/* SPDX-License-Identifier: MIT */
#include "service/sim.h"

#include <stdio.h>

#include "engine/engine.h"
#include "util/hash.h"

struct api_error sim_fetch(struct context *context, const char *identifier, struct sim *ret_sim,
	struct fleet *ret_fleet)
{
	const struct api_error error = engine_fetch(context, &sim_resource, identifier, ret_sim);
	return !is_error(error) ? sim_catch_up(context, ret_sim, ret_fleet) : error;
}

struct api_error sim_catch_up(struct context *context, struct sim *sim, struct fleet *ret_fleet)
{
	*ret_fleet = (struct fleet){ 0 };
	*sim = sim_after(
		sim, (struct sim_event){ .kind = SIM_TIME_PASSES, .at_ms = context->now_ms });
	if (sim->fleet_sid == NULL)
		return error_none();
	const struct api_error error =
		engine_fetch(context, &fleet_resource, sim->fleet_sid, ret_fleet);
	return is_error(error) ? error_internal() : error_none();
}

struct api_error sim_apply_event(struct context *context, struct sim *sim, struct sim_event event)
{
	const enum sim_status before = sim->status;
	*sim = sim_after(sim, event);
	return sim_save_state(context, sim, before);
}

struct api_error sim_save_period(struct context *context, const struct sim *sim)
{
	return engine_save_undated(context, &sim_resource, sim, SIM_PERIOD_FIELDS);
}

struct api_error sim_save_state(struct context *context, struct sim *sim, enum sim_status before)
{
	if (sim->status != before)
		return engine_save(
			context, &sim_resource, sim, SIM_FIELD(status) | SIM_PERIOD_FIELDS);
	return sim_save_period(context, sim);
}

/* Of the range that Super SIM devices have. 100.64.0.1 is the gateway's. */
struct api_error sim_give_ip_address(struct context *context, struct sim *sim)
{
	char address[16];
	if (sim->ip_address != NULL)
		return error_none();
	const unsigned number = (unsigned)hash_finish(hash_text(HASH_START, sim->sid));
	const int size = snprintf(address, sizeof(address), "100.%u.%u.%u",
		64 + (number >> 16) % 64, (number >> 8) % 256, 2 + number % 253);
	sim->ip_address = arena_copy(context->arena, address, (size_t)size);
	return sim->ip_address != NULL ? error_none() : error_internal();
}
