/* SPDX-License-Identifier: MIT */
#include "service/sim_status_change.h"

#include <stdio.h>

#include "engine/due.h"
#include "engine/engine.h"
#include "outbox/deliveries.h"
#include "service/due_kinds.h"
#include "service/sim_refusal.h"
#include "service/sms_commands.h"
#include "service/webhook_events.h"

struct api_error sim_status_refuse(struct context *context, enum sim_status from, const char *into)
{
	char change[64];
	snprintf(change, sizeof(change), "%s to %s", sim_status_names[from], into);
	struct api_error error = error_new(context->arena, ERROR_SIM_STATUS_UNREACHABLE, change);
	error.hint = sim_refusal_status_hint(context, from);
	return error;
}

/* Parameters of the Sim's callback, by analogy with Programmable Wireless. */
struct api_error sim_status_call_back(struct context *context, const struct sim *sim)
{
	if (sim->callback_url == NULL)
		return error_none();
	struct event event = {
		.name = EVENT_SIM_STATUS,
		.subject_sid = sim->sid,
		.fleet_sid = sim->fleet_sid,
		.method = sim->callback_method,
		.url = sim->callback_url,
	};
	event_begin(&event);
	event_add(&event, "SimSid", sim->sid);
	event_add(&event, "SimUniqueName", sim->unique_name);
	event_add(&event, "SimStatus", sim_status_names[sim->status]);
	event_add(&event, "ErrorCode", "");
	event_add_account(&event, context);
	return event_send(context, &event, NULL);
}

static struct api_error plan_coming_true(struct context *context, const struct sim *sim)
{
	return due_plan(context, DUE_SIM_STATUS, sim->sid,
		context->now_ms + context->policy->transition_delay_ms, "");
}

static struct api_error plan_ready_end(struct context *context, const struct sim *sim)
{
	return due_plan(context, DUE_SIM_READY_END, sim->sid, sim_period_end(sim), "");
}

struct api_error sim_status_plan(struct context *context, const struct sim *sim)
{
	if (sim->status == SIM_READY)
		return plan_ready_end(context, sim);
	return sim->status == SIM_SCHEDULED ? plan_coming_true(context, sim) : error_none();
}

static struct api_error refuse_wish(struct context *context)
{
	struct api_error error = error_new(context->arena, ERROR_INVALID_PARAMETER, "Status");
	error.hint =
		"Status: ready, active or inactive can be asked for; scheduled is what a Sim is "
		"until then";
	return error;
}

struct api_error sim_status_ask(
	struct context *context, const struct sim *sim, struct sim *changes, field_set *given)
{
	const enum sim_status wanted = changes->status;
	const char *fleet_sid = *given & SIM_FIELD(fleet_sid) ? changes->fleet_sid : sim->fleet_sid;
	if (!sim_status_is_on(wanted) && wanted != SIM_INACTIVE)
		return refuse_wish(context);
	if (sim->status == wanted) {
		*given &= ~SIM_FIELD(status);
		return error_none();
	}
	if (!sim_status_can_become(sim->status, wanted))
		return sim_status_refuse(context, sim->status, sim_status_names[wanted]);
	if (sim_status_is_on(wanted) && fleet_sid == NULL)
		return error_new(context->arena, ERROR_SIM_NEEDS_FLEET, NULL);
	const field_set status_fields =
		SIM_FIELD(status) | SIM_FIELD(pending_status) | SIM_FIELD(status_before);
	const struct sim asked =
		sim_after(sim, (struct sim_event){ .kind = SIM_STATUS_IS_ASKED, .status = wanted });
	record_merge(&sim_resource, changes, &asked, status_fields);
	*given |= status_fields;
	context->accepted = true;
	return plan_coming_true(context, sim);
}

struct api_error sim_status_due(
	struct context *context, void *record, struct due_outcome *ret_outcome)
{
	struct sim *sim = record;
	struct api_error error = error_none();
	if (sim->status != SIM_SCHEDULED)
		return error_none();
	*sim = sim_after(
		sim, (struct sim_event){ .kind = SIM_STATUS_COMES_TRUE, .at_ms = context->now_ms });
	ret_outcome->result = sim_status_names[sim->status];
	if (sim_is_on(sim))
		error = sim_give_ip_address(context, sim);
	if (!is_error(error) && sim->status == SIM_READY)
		error = plan_ready_end(context, sim);
	if (!is_error(error) && sim_is_on(sim) && sim->attached)
		error = sms_commands_deliver_sent(context, sim->sid);
	if (!is_error(error))
		error = sim_status_call_back(context, sim);
	sim->callback_url = NULL;
	if (is_error(error))
		return error;
	return engine_save(context, &sim_resource, sim,
		SIM_FIELD(status) | SIM_FIELD(pending_status) | SIM_FIELD(status_before) |
			SIM_FIELD(callback_url) | SIM_FIELD(ip_address) | SIM_PERIOD_FIELDS);
}

struct api_error sim_ready_end_due(
	struct context *context, void *record, struct due_outcome *ret_outcome)
{
	struct sim *sim = record;
	if (sim->status != SIM_READY || context->now_ms < sim_period_end(sim))
		return error_none();
	ret_outcome->result = sim_status_names[SIM_ACTIVE];
	return sim_apply_event(context, sim,
		(struct sim_event){ .kind = SIM_READY_TIME_ENDS, .at_ms = context->now_ms });
}
