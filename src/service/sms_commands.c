/* SPDX-License-Identifier: MIT */
/*
 * SMS Commands. One to a Sim is queued, sent and, when the device is attached, delivered; each step
 * comes a moment after the other on the account's clock and is told to the CallbackUrl. One from a
 * Sim is received, and told to the Fleet's SmsCommandsUrl.
 *
 * Fields, limits and states follow Twilio's SMS Command resource page and OpenAPI file; the
 * webhook's parameters and their order follow a recorded one.
 */
#include "service/sms_commands.h"

#include <string.h>

#include "engine/due.h"
#include "engine/engine.h"
#include "model/limits.h"
#include "outbox/deliveries.h"
#include "service/due_kinds.h"
#include "service/sim.h"
#include "service/sim_refusal.h"
#include "service/webhook_events.h"
#include "util/count.h"
#include "util/log.h"

enum { DELIVERY_MS = 24 * 3600 * 1000 };

static const char *const statuses[] = {
	[SMS_COMMAND_QUEUED] = "queued",
	[SMS_COMMAND_SENT] = "sent",
	[SMS_COMMAND_DELIVERED] = "delivered",
	[SMS_COMMAND_RECEIVED] = "received",
	[SMS_COMMAND_FAILED] = "failed",
	NULL,
};

static const struct field sms_command_fields[] = {
	{ FIELD_OF(sms_command, sid), .kind = FIELD_OWN_SID, .prefix = "HC" },
	{ FIELD_OF(sms_command, account_sid), .kind = FIELD_ACCOUNT_SID },
	{ FIELD_OF(sms_command, payload), .parameter = "Payload", .kind = FIELD_TEXT, .minimum = 1,
		.maximum = SMS_COMMAND_PAYLOAD_MAXIMUM, .flags = ON_CREATE | ON_SEED | REQUIRED },
	{ FIELD_OF(sms_command, sim_sid), .parameter = "Sim", .kind = FIELD_REFERENCE,
		.flags = ON_CREATE | ON_LIST | ON_SEED | REQUIRED | IN_EVENTS,
		.target = &sim_resource },
	{ FIELD_OF(sms_command, status), .parameter = "Status", .kind = FIELD_ENUM,
		.flags = ON_LIST | ON_SEED | IN_EVENTS, .names = statuses },
	{ FIELD_OF(sms_command, direction), .parameter = "Direction", .kind = FIELD_ENUM,
		.flags = ON_LIST | ON_SEED | IN_EVENTS, .names = command_direction_names },
	{ FIELD_OF(sms_command, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(sms_command, date_updated), .kind = FIELD_TIME },
	{ FIELD_NAMED("url"), .kind = FIELD_SELF_URL },
	{ FIELD_OF(sms_command, callback_url), .parameter = "CallbackUrl", .kind = FIELD_URL,
		.flags = ON_CREATE | ON_SEED | CLEARED_BY_EMPTY | HIDDEN },
	{ FIELD_OF(sms_command, callback_method), .parameter = "CallbackMethod", .kind = FIELD_ENUM,
		.flags = ON_CREATE | ON_SEED | HIDDEN, .names = callback_method_names },
};

#define SMS_FIELD(member)                                                                          \
	resource_member_bit(&sms_command_resource, offsetof(struct sms_command, member))

static void set_defaults(void *record)
{
	*(struct sms_command *)record = (struct sms_command){
		.status = SMS_COMMAND_QUEUED,
		.direction = COMMAND_TO_SIM,
		.callback_method = CALLBACK_POST,
	};
}

static struct api_error plan_next(struct context *context, const char *sid)
{
	return due_plan(context, DUE_SMS_COMMAND_STATUS, sid,
		context->now_ms + context->policy->transition_delay_ms, "");
}

/* A seed may hold what a form cannot give: both must fit together. */
static struct api_error check_direction(struct context *context, void *record, field_set given)
{
	(void)given;
	const struct sms_command *command = record;
	if ((command->status == SMS_COMMAND_RECEIVED) == (command->direction == COMMAND_FROM_SIM))
		return error_none();
	return error_new(context->arena, ERROR_INVALID_PARAMETER, "Status");
}

static bool is_pending(const struct sms_command *command)
{
	return command->status == SMS_COMMAND_QUEUED || command->status == SMS_COMMAND_SENT;
}

static struct api_error plan_pending(struct context *context, const void *record)
{
	const struct sms_command *command = record;
	return is_pending(command) ? plan_next(context, command->sid) : error_none();
}

const struct resource sms_command_resource = {
	.number = 4,
	.name = "SMS Command",
	.path = "SmsCommands",
	.list_key = "sms_commands",
	.sid_prefix = "HC",
	.record_size = sizeof(struct sms_command),
	.sid_offset = offsetof(struct sms_command, sid),
	.fields = sms_command_fields,
	.field_count = COUNT_OF(sms_command_fields),
	.events = { .created = "command", .updated = "command" },
	.set_defaults = set_defaults,
};

const struct rules sms_command_rules = {
	.before_create = check_direction,
	.after_create = plan_pending,
};

/* ── webhooks ────────────────────────────────────────────────────────────────────────────── */

/* Tells a receiver about a Command, if there is one: `event` has its name, method and URL. */
static struct api_error tell(struct context *context, struct event event,
	const struct sms_command *command, const struct sim *sim, const char *why_failed,
	const char **ret_delivery_sid)
{
	if (event.url == NULL)
		return error_none();
	event.subject_sid = command->sid;
	event.fleet_sid = sim->fleet_sid;
	event_begin(&event);
	event_add(&event, "Status", statuses[command->status]);
	event_add(&event, "ApiVersion", "v1");
	event_add(&event, "Command", command->payload); /* its name before 2021 */
	event_add(&event, "SimUniqueName", sim->unique_name);
	event_add(&event, "Payload", command->payload);
	event_add(&event, "SimSid", sim->sid);
	event_add(&event, "Direction", command_direction_names[command->direction]);
	event_add(&event, "CommandSid", command->sid);
	event_add_account(&event, context);
	event_add(&event, "PayloadType", "text");
	if (why_failed != NULL) {
		event_add(&event, "ErrorCode", "");
		event_add(&event, "ErrorMessage", why_failed);
	}
	return event_send(context, &event, ret_delivery_sid);
}

/* The status changed. */
static struct api_error call_back(struct context *context, const struct sms_command *command,
	const struct sim *sim, const char *why_failed)
{
	const struct event event = {
		.name = EVENT_SMS_COMMAND_STATUS,
		.method = command->callback_method,
		.url = command->callback_url,
	};
	return tell(context, event, command, sim, why_failed, NULL);
}

/* ── to a Sim ────────────────────────────────────────────────────────────────────────────── */

/* Attempts to deliver go on for a day. */
static bool is_too_old(const struct context *context, const struct sms_command *command)
{
	return command->date_created <= context->now_ms - DELIVERY_MS;
}

/* The status that follows; the same one when the Command has to wait for its device. */
static enum sms_command_status next_status(const struct context *context,
	const struct sms_command *command, const struct sim *sim, const char *why_failed)
{
	if (command->status == SMS_COMMAND_QUEUED)
		return why_failed != NULL ? SMS_COMMAND_FAILED : SMS_COMMAND_SENT;
	const bool arrives = sim->attached && why_failed == NULL && !is_too_old(context, command);
	return arrives ? SMS_COMMAND_DELIVERED : SMS_COMMAND_SENT;
}

/* Commands that pass make a ready Sim active. */
static struct api_error count_passing(struct context *context, struct sim *sim)
{
	if (sim->status != SIM_READY)
		return error_none();
	return sim_apply_event(context, sim,
		(struct sim_event){ .kind = SIM_SMS_COMMAND_PASSES, .at_ms = context->now_ms });
}

/* A Command to a Sim that is off is taken, as at Twilio, and its status does not say why it failed.
 */
static void log_failure(struct context *context, const struct sms_command *command,
	const struct sim *sim, const struct fleet *fleet)
{
	const struct api_error why = sim_refusal_cannot(context, sim, fleet, SIM_SMS);
	const struct log_field fields[] = {
		log_text("account", command->account_sid),
		log_text("sms_command", command->sid),
		log_text("sim", sim->sid),
		log_text("reason", why.message),
		log_text("hint", why.hint != NULL ? why.hint : why.cure),
	};
	log_fields(LOG_INFO, "an SMS Command failed", fields, COUNT_OF(fields));
}

struct api_error sms_command_due(
	struct context *context, void *record, struct due_outcome *ret_outcome)
{
	struct sms_command *command = record;
	struct sim sim;
	struct fleet fleet;
	if (!is_pending(command))
		return error_none();
	struct api_error error = sim_fetch(context, command->sim_sid, &sim, &fleet);
	if (is_error(error))
		return error;
	const char *why_failed = sim_why_not(&sim, &fleet, SIM_SMS);
	const enum sms_command_status before = command->status;
	command->status = next_status(context, command, &sim, why_failed);
	ret_outcome->result = statuses[command->status];
	if (command->status == before)
		return error_none();
	if (command->status == SMS_COMMAND_FAILED)
		log_failure(context, command, &sim, &fleet);
	error = engine_save(context, &sms_command_resource, command, SMS_FIELD(status));
	if (!is_error(error))
		error = call_back(context, command, &sim,
			command->status == SMS_COMMAND_FAILED ? why_failed : NULL);
	if (is_error(error) || command->status != SMS_COMMAND_SENT)
		return error;
	error = plan_next(context, command->sid);
	return !is_error(error) ? count_passing(context, &sim) : error;
}

struct delivering {
	struct context *context;
	struct api_error error;
};

static void plan_delivery(void *closure, const void *record)
{
	struct delivering *delivering = closure;
	const struct sms_command *command = record;
	if (!is_error(delivering->error) && !is_too_old(delivering->context, command))
		delivering->error = plan_next(delivering->context, command->sid);
}

struct api_error sms_commands_deliver_sent(struct context *context, const char *sim_sid)
{
	const struct sms_command filter = { .sim_sid = sim_sid, .status = SMS_COMMAND_SENT };
	struct delivering delivering = { .context = context };
	const struct api_error error = engine_visit(context, &sms_command_resource, &filter,
		SMS_FIELD(sim_sid) | SMS_FIELD(status), plan_delivery, &delivering);
	return is_error(error) ? error : delivering.error;
}

/* ── from a Sim ──────────────────────────────────────────────────────────────────────────── */

struct api_error sms_command_receive(struct context *context, const char *sim_identifier,
	const char *payload, struct sms_command *ret_command, const char **ret_delivery_sid)
{
	struct sim sim;
	struct fleet fleet;
	struct api_error error = sim_fetch(context, sim_identifier, &sim, &fleet);
	if (is_error(error))
		return error;
	error = sim_refusal_cannot(context, &sim, &fleet, SIM_SMS);
	if (is_error(error))
		return error;
	set_defaults(ret_command);
	ret_command->sim_sid = sim.sid;
	ret_command->payload = payload;
	ret_command->status = SMS_COMMAND_RECEIVED;
	ret_command->direction = COMMAND_FROM_SIM;
	if (payload[0] == '\0' || strlen(payload) > SMS_COMMAND_PAYLOAD_MAXIMUM)
		return error_new(context->arena, ERROR_INVALID_PARAMETER, "payload");
	const struct event event = {
		.name = EVENT_SMS_COMMAND,
		.method = fleet.sms_commands_method,
		.url = fleet.sms_commands_url,
	};
	*ret_delivery_sid = NULL;
	error = engine_create(context, &sms_command_resource, ret_command, 0);
	if (!is_error(error))
		error = tell(context, event, ret_command, &sim, NULL, ret_delivery_sid);
	return !is_error(error) ? count_passing(context, &sim) : error;
}
