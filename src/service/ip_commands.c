/* SPDX-License-Identifier: MIT */
/*
 * IP Commands. One to a Sim is queued, then sent as a UDP datagram or failed; one from a Sim is
 * received, and told to the Fleet's IpCommandsUrl.
 *
 * Fields, limits and states follow Twilio's IP Command resource page and OpenAPI file. The
 * webhook's parameters follow those of SMS Commands; which more there are is not published.
 */
#include "service/ip_commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/due.h"
#include "engine/engine.h"
#include "model/failure_code.h"
#include "outbox/deliveries.h"
#include "service/due_kinds.h"
#include "service/sim.h"
#include "service/sim_refusal.h"
#include "service/webhook_events.h"
#include "util/base64.h"
#include "util/count.h"

enum { BASE64_MAXIMUM = (IP_COMMAND_PAYLOAD_MAXIMUM + 2) / 3 * 4 };

static const char *const statuses[] = {
	[IP_COMMAND_QUEUED] = "queued",
	[IP_COMMAND_SENT] = "sent",
	[IP_COMMAND_RECEIVED] = "received",
	[IP_COMMAND_FAILED] = "failed",
	NULL,
};
static const char *const payload_types[] = {
	[PAYLOAD_TEXT] = "text", [PAYLOAD_BINARY] = "binary", NULL
};

static const struct field ip_command_fields[] = {
	{ FIELD_OF(ip_command, sid), .kind = FIELD_OWN_SID, .prefix = "HG" },
	{ FIELD_OF(ip_command, account_sid), .kind = FIELD_ACCOUNT_SID },
	{ FIELD_OF(ip_command, sim_sid), .parameter = "Sim", .kind = FIELD_REFERENCE,
		.flags = ON_CREATE | ON_LIST | ON_SEED | REQUIRED | IN_EVENTS,
		.target = &sim_resource },
	{ FIELD_OF(ip_command, sim_iccid), .parameter = "SimIccid", .kind = FIELD_TEXT,
		.maximum = 64, .flags = ON_LIST },
	{ FIELD_OF(ip_command, status), .parameter = "Status", .kind = FIELD_ENUM,
		.flags = ON_LIST | ON_SEED | IN_EVENTS, .names = statuses },
	{ FIELD_OF(ip_command, direction), .parameter = "Direction", .kind = FIELD_ENUM,
		.flags = ON_LIST | ON_SEED | IN_EVENTS, .names = command_direction_names },
	{ FIELD_OF(ip_command, device_ip), .kind = FIELD_TEXT, .minimum = 7, .maximum = 45,
		.flags = ON_SEED },
	{ FIELD_OF(ip_command, device_port), .parameter = "DevicePort", .kind = FIELD_INTEGER,
		.minimum = 0, .maximum = 65535, .flags = ON_CREATE | ON_SEED | REQUIRED },
	{ FIELD_OF(ip_command, payload_type), .parameter = "PayloadType", .kind = FIELD_ENUM,
		.flags = ON_CREATE | ON_SEED, .names = payload_types },
	{ FIELD_OF(ip_command, payload), .parameter = "Payload", .kind = FIELD_TEXT,
		.maximum = BASE64_MAXIMUM, .flags = ON_CREATE | ON_SEED | REQUIRED,
		.takes = "1 to " LIMIT_TEXT(IP_COMMAND_PAYLOAD_MAXIMUM) " bytes; in base64 with "
									"PayloadType=binary" },
	{ FIELD_OF(ip_command, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(ip_command, date_updated), .kind = FIELD_TIME },
	{ FIELD_NAMED("url"), .kind = FIELD_SELF_URL },
	{ FIELD_OF(ip_command, callback_url), .parameter = "CallbackUrl", .kind = FIELD_URL,
		.flags = ON_CREATE | ON_SEED | CLEARED_BY_EMPTY | HIDDEN },
	{ FIELD_OF(ip_command, callback_method), .parameter = "CallbackMethod", .kind = FIELD_ENUM,
		.flags = ON_CREATE | ON_SEED | HIDDEN, .names = callback_method_names },
};

#define IP_FIELD(member)                                                                           \
	resource_member_bit(&ip_command_resource, offsetof(struct ip_command, member))

static void set_defaults(void *record)
{
	*(struct ip_command *)record = (struct ip_command){
		.status = IP_COMMAND_QUEUED,
		.direction = COMMAND_TO_SIM,
		.payload_type = PAYLOAD_TEXT,
		.callback_method = CALLBACK_POST,
	};
}

/* The payload's own bytes. False when it is no base64 but should be, or too long. */
static bool decode_payload(
	const struct ip_command *command, char bytes[BASE64_MAXIMUM + 1], size_t *ret_length)
{
	if (command->payload_type == PAYLOAD_BINARY)
		return base64_decode(command->payload, bytes, BASE64_MAXIMUM + 1, ret_length) &&
		       *ret_length <= IP_COMMAND_PAYLOAD_MAXIMUM;
	*ret_length = strlen(command->payload);
	memcpy(bytes, command->payload, *ret_length + 1);
	return *ret_length <= IP_COMMAND_PAYLOAD_MAXIMUM;
}

static struct api_error check_payload(struct context *context, void *record, field_set given)
{
	(void)given;
	struct ip_command *command = record;
	char bytes[BASE64_MAXIMUM + 1];
	size_t length;
	struct sim sim;
	struct fleet fleet;
	if (!decode_payload(command, bytes, &length) || command->payload[0] == '\0') {
		struct api_error error =
			error_new(context->arena, ERROR_INVALID_PARAMETER, "Payload");
		if (command->payload_type == PAYLOAD_BINARY)
			error.hint = base64_hint(command->payload);
		return error;
	}
	if ((command->status == IP_COMMAND_RECEIVED) != (command->direction == COMMAND_FROM_SIM))
		return error_new(context->arena, ERROR_INVALID_PARAMETER, "Status");
	const struct api_error error = sim_fetch(context, command->sim_sid, &sim, &fleet);
	if (!is_error(error))
		command->sim_iccid = sim.iccid;
	return error;
}

static struct api_error plan_pending(struct context *context, const void *record)
{
	const struct ip_command *command = record;
	if (command->status != IP_COMMAND_QUEUED)
		return error_none();
	return due_plan(context, DUE_IP_COMMAND_STATUS, command->sid,
		context->now_ms + context->policy->transition_delay_ms, "");
}

const struct resource ip_command_resource = {
	.number = 5,
	.name = "IP Command",
	.path = "IpCommands",
	.list_key = "ip_commands",
	.sid_prefix = "HG",
	.record_size = sizeof(struct ip_command),
	.sid_offset = offsetof(struct ip_command, sid),
	.fields = ip_command_fields,
	.field_count = COUNT_OF(ip_command_fields),
	.events = { .created = "command", .updated = "command" },
	.set_defaults = set_defaults,
};

const struct rules ip_command_rules = {
	.before_create = check_payload,
	.after_create = plan_pending,
};

/* ── webhooks ────────────────────────────────────────────────────────────────────────────── */

struct failing {
	int code; /* Twilio's; 0: nothing failed */
	const char *why;
};

/* Tells a receiver about a Command, if there is one: `event` has its name, method and URL. */
static struct api_error tell(struct context *context, struct event event,
	const struct ip_command *command, const struct sim *sim, struct failing failing,
	const char **ret_delivery_sid)
{
	char port[24], code[16];
	if (event.url == NULL)
		return error_none();
	snprintf(port, sizeof(port), "%" PRId64, command->device_port);
	snprintf(code, sizeof(code), "%d", failing.code);
	event.subject_sid = command->sid;
	event.fleet_sid = sim->fleet_sid;
	event_begin(&event);
	event_add(&event, "Status", statuses[command->status]);
	event_add(&event, "ApiVersion", "v1");
	event_add(&event, "SimUniqueName", sim->unique_name);
	event_add(&event, "Payload", command->payload);
	event_add(&event, "SimSid", sim->sid);
	event_add(&event, "SimIccid", sim->iccid);
	event_add(&event, "DeviceIp", command->device_ip);
	event_add(&event, "DevicePort", port);
	event_add(&event, "Direction", command_direction_names[command->direction]);
	event_add(&event, "CommandSid", command->sid);
	event_add_account(&event, context);
	event_add(&event, "PayloadType", payload_types[command->payload_type]);
	if (failing.code != 0) {
		event_add(&event, "ErrorCode", code);
		event_add(&event, "ErrorMessage", failing.why);
	}
	return event_send(context, &event, ret_delivery_sid);
}

/* ── to a Sim ────────────────────────────────────────────────────────────────────────────── */

static struct failing why_not(const struct sim *sim, const struct fleet *fleet)
{
	const char *refusal = sim_why_not(sim, fleet, SIM_DATA);
	if (refusal != NULL)
		return (struct failing){ FAILURE_IP_COMMAND, refusal };
	const char *detached = sim_why_detached(sim);
	return (struct failing){ detached != NULL ? FAILURE_NOT_ATTACHED : 0, detached };
}

/* Lets the payload be sent to the device under test once the transaction is durable. */
static struct api_error send_datagram(
	struct context *context, const struct ip_command *command, const struct sim *sim)
{
	char bytes[BASE64_MAXIMUM + 1];
	struct datagram *datagram = arena_alloc(context->arena, sizeof(*datagram));
	if (datagram == NULL || !decode_payload(command, bytes, &datagram->length))
		return error_internal();
	datagram->address = sim->device_udp;
	datagram->bytes = arena_copy(context->arena, bytes, datagram->length);
	if (datagram->bytes == NULL)
		return error_internal();
	datagram->next = context->datagrams;
	context->datagrams = datagram;
	return error_none();
}

struct api_error ip_command_due(
	struct context *context, void *record, struct due_outcome *ret_outcome)
{
	struct ip_command *command = record;
	struct sim sim;
	struct fleet fleet;
	if (command->status != IP_COMMAND_QUEUED)
		return error_none();
	struct api_error error = sim_fetch(context, command->sim_sid, &sim, &fleet);
	if (is_error(error))
		return error;
	const struct failing failing = why_not(&sim, &fleet);
	command->status = failing.code != 0 ? IP_COMMAND_FAILED : IP_COMMAND_SENT;
	*ret_outcome = (struct due_outcome){ statuses[command->status], failing.code };
	if (failing.code == 0)
		command->device_ip = sim.ip_address;
	if (failing.code == 0 && sim.device_udp != NULL)
		error = send_datagram(context, command, &sim);
	if (!is_error(error))
		error = engine_save(context, &ip_command_resource, command,
			IP_FIELD(status) | IP_FIELD(device_ip));
	const struct event event = {
		.name = EVENT_IP_COMMAND_STATUS,
		.method = command->callback_method,
		.url = command->callback_url,
	};
	return !is_error(error) ? tell(context, event, command, &sim, failing, NULL) : error;
}

/* ── from a Sim ──────────────────────────────────────────────────────────────────────────── */

struct api_error ip_command_receive(struct context *context, const char *sim_identifier,
	const char *bytes, size_t length, int64_t device_port, struct ip_command *ret_command,
	const char **ret_delivery_sid)
{
	struct sim sim;
	struct fleet fleet;
	struct api_error error = sim_fetch(context, sim_identifier, &sim, &fleet);
	if (is_error(error))
		return error;
	error = sim_refusal_cannot(context, &sim, &fleet, SIM_DATA);
	if (is_error(error))
		return error;
	if (length == 0 || length > IP_COMMAND_PAYLOAD_MAXIMUM)
		return error_new(context->arena, ERROR_INVALID_PARAMETER, "payload");
	struct strbuf encoded;
	strbuf_init(&encoded, BASE64_MAXIMUM + 1);
	base64_encode((const uint8_t *)bytes, length, &encoded);
	set_defaults(ret_command);
	ret_command->sim_sid = sim.sid;
	ret_command->device_ip = sim.ip_address;
	ret_command->device_port = device_port;
	ret_command->payload_type = PAYLOAD_BINARY;
	ret_command->payload = arena_copy(context->arena, encoded.data, encoded.length);
	ret_command->status = IP_COMMAND_RECEIVED;
	ret_command->direction = COMMAND_FROM_SIM;
	strbuf_done(&encoded);
	if (ret_command->payload == NULL)
		return error_internal();
	const struct event event = {
		.name = EVENT_IP_COMMAND,
		.method = fleet.ip_commands_method,
		.url = fleet.ip_commands_url,
	};
	*ret_delivery_sid = NULL;
	error = engine_create(context, &ip_command_resource, ret_command, 0);
	if (is_error(error))
		return error;
	return tell(context, event, ret_command, &sim, (struct failing){ 0 }, ret_delivery_sid);
}
