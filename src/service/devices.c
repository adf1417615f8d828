/* SPDX-License-Identifier: MIT */
/*
 * Devices: what the thing that a SIM card is in does. It joins and leaves a network, listens at an
 * address, moves data.
 */
#include "service/devices.h"

#include <string.h>

#include "engine/engine.h"
#include "service/data_limits.h"
#include "service/networks.h"
#include "service/sim.h"
#include "service/sim_refusal.h"
#include "service/sms_commands.h"
#include "store/profile_networks.h"
#include "store/sims.h"
#include "store/usage.h"

static const int64_t hour_ms = INT64_C(3600000);

/* ── network and address ─────────────────────────────────────────────────────────────────── */

struct api_error sim_attach(struct context *context, const char *identifier, bool attached,
	const char *network_sid, struct sim *ret_sim, struct fleet *ret_fleet)
{
	struct api_error error = sim_fetch(context, identifier, ret_sim, ret_fleet);
	if (is_error(error))
		return error;
	const bool returns = attached && !ret_sim->attached;
	ret_sim->attached = attached;
	ret_sim->network_sid = attached ? network_sid : NULL;
	error = engine_save_undated(
		context, &sim_resource, ret_sim, SIM_FIELD(attached) | SIM_FIELD(network_sid));
	if (!is_error(error) && returns)
		error = sms_commands_deliver_sent(context, ret_sim->sid);
	return error;
}

/* `sid`: of the Sim that has it, or NULL for one of another account. */
static struct api_error refuse_address(struct context *context, const char *sid)
{
	struct api_error error = error_new(context->arena, ERROR_DEVICE_TAKEN, NULL);
	error.hint =
		sid != NULL ? arena_format(context->arena,
				      "PUT /_emulator/sims/%s/device {\"udp\": null} frees it", sid)
			    : "a Sim of another account has it: take another port";
	return error;
}

struct api_error sim_set_device(struct context *context, const char *identifier,
	const char *address, struct sim *ret_sim, struct fleet *ret_fleet)
{
	struct api_error error = sim_fetch(context, identifier, ret_sim, ret_fleet);
	if (is_error(error))
		return error;
	const char *namespace, *sid;
	const enum store_result taken =
		address == NULL ? STORE_NOT_FOUND
				: store_find_sim_of_device(context->connection, address,
					  context->arena, &namespace, &sid);
	if (taken == STORE_FAILED)
		return error_internal();
	if (taken == STORE_OK &&
		(strcmp(namespace, context->namespace) != 0 || strcmp(sid, ret_sim->sid) != 0))
		return refuse_address(
			context, strcmp(namespace, context->namespace) == 0 ? sid : NULL);
	ret_sim->device_udp = address;
	error = engine_save_undated(context, &sim_resource, ret_sim, SIM_FIELD(device_udp));
	return error.status == 409 ? refuse_address(context, NULL) : error;
}

/* ── data ────────────────────────────────────────────────────────────────────────────────── */

/* The Network that a device is in which nobody put into one: the first that the profile lists, else
 * AT&T's in the USA, Twilio's own example. */
enum { NETWORK_DEFAULT = 310410 };

/* Networks are visited in the order of their SIDs, and listed in that of their places. */
static void collect_first_network(void *closure, const char *sid)
{
	size_t *first = closure, place;
	if (network_find(sid, &place) && place < *first)
		*first = place;
}

static struct api_error network_of(struct context *context, const char *named,
	const struct sim *sim, const struct fleet *fleet, int64_t *ret_number)
{
	const char *sid = named != NULL ? named : sim->network_sid;
	size_t first = SIZE_MAX;
	const struct api_error error = network_number_of(context, sid, "network", ret_number);
	if (is_error(error) || sid != NULL)
		return error;
	if (store_visit_profile_networks(context->connection, context->namespace,
		    fleet->network_access_profile_sid, collect_first_network, &first) != STORE_OK)
		return error_internal();
	*ret_number = first != SIZE_MAX ? network_number(first) : NETWORK_DEFAULT;
	return error_none();
}

/* What was moved counts, and may use up the limit or make a ready Sim active. */
static struct api_error record_moved(
	struct context *context, struct sim *sim, const struct fleet *fleet, int64_t bytes)
{
	const enum sim_status before = sim->status;
	*sim = sim_after(
		sim, (struct sim_event){
			     .kind = SIM_DATA_PASSES, .at_ms = context->now_ms, .bytes = bytes });
	const struct api_error error = data_limit_check(context, sim, fleet);
	return !is_error(error) ? sim_save_state(context, sim, before) : error;
}

struct api_error sim_use_data(struct context *context, const char *identifier,
	const struct sim_usage *usage, struct sim *ret_sim, struct fleet *ret_fleet)
{
	int64_t network;
	struct api_error error = sim_fetch(context, identifier, ret_sim, ret_fleet);
	if (is_error(error))
		return error;
	error = sim_refusal_cannot(context, ret_sim, ret_fleet, SIM_DATA);
	if (is_error(error))
		return error;
	error = network_of(context, usage->network_sid, ret_sim, ret_fleet, &network);
	if (is_error(error))
		return error;
	const int64_t at_ms = usage->at_ms != 0 ? usage->at_ms : context->now_ms;
	const struct store_usage moved = {
		.sim_sid = ret_sim->sid,
		.hour_ms = at_ms - at_ms % hour_ms,
		.fleet_sid = ret_fleet->sid,
		.network = network,
		.data_upload = usage->data_upload,
		.data_download = usage->data_download,
	};
	if (store_add_usage(context->connection, context->namespace, &moved) != STORE_OK)
		return error_internal();
	/* Now is within the latest period, even on a clock that was set back to before it. */
	if (usage->at_ms != 0 && at_ms < ret_sim->period_start)
		return error_none();
	return record_moved(context, ret_sim, ret_fleet, usage->data_upload + usage->data_download);
}

struct api_error sim_generate_usage(struct context *context, const char *identifier,
	const struct sim_history *history, struct sim *ret_sim, struct fleet *ret_fleet)
{
	struct store_usage moved = { .data_upload = history->data_upload,
		.data_download = history->data_download };
	int64_t counted = 0;
	struct api_error error = sim_fetch(context, identifier, ret_sim, ret_fleet);
	if (!is_error(error) && ret_fleet->sid == NULL)
		error = error_new(context->arena, ERROR_SIM_WITHOUT_FLEET, NULL);
	if (!is_error(error))
		error = network_of(
			context, history->network_sid, ret_sim, ret_fleet, &moved.network);
	if (is_error(error))
		return error;
	moved.sim_sid = ret_sim->sid;
	moved.fleet_sid = ret_fleet->sid;
	for (moved.hour_ms = history->start_ms - history->start_ms % hour_ms;
		moved.hour_ms < history->end_ms; moved.hour_ms += hour_ms) {
		if (store_add_usage(context->connection, context->namespace, &moved) != STORE_OK)
			return error_internal();
		/* The hour in which the period began is its own. */
		if (ret_sim->period_start != 0 && moved.hour_ms > ret_sim->period_start - hour_ms)
			counted += moved.data_upload + moved.data_download;
	}
	return counted > 0 ? record_moved(context, ret_sim, ret_fleet, counted) : error_none();
}
