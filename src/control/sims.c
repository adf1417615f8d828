/* SPDX-License-Identifier: MIT */
/* The control API's devices: what a SIM in the field does, and what the public API hides of it. */
#include <netinet/in.h>
#include <string.h>

#include "control/control.h"
#include "device/udp.h"
#include "model/limits.h"
#include "model/sid.h"
#include "request/json.h"
#include "service/devices.h"
#include "service/ip_commands.h"
#include "service/networks.h"
#include "service/sim.h"
#include "service/sms_commands.h"
#include "util/base64.h"
#include "util/clock.h"
#include "webhook/address.h"

enum { HISTORY_MONTHS = 19 }; /* a little more than Usage Records reach back */

static json_t *text_or_null(const char *text)
{
	return text != NULL ? json_string(text) : json_null();
}

static json_t *time_or_null(int64_t ms)
{
	char text[CLOCK_TEXT_SIZE];
	if (ms == 0)
		return json_null();
	clock_format(ms, text);
	return json_string(text);
}

/* ── the Sim as it really is ─────────────────────────────────────────────────────────────── */

static struct api_error reply_sim(
	struct request *request, const struct sim *sim, const struct fleet *fleet)
{
	json_t *period = json_null();
	if (sim->period_start != 0)
		period = json_pack("{s:s, s:o, s:o, s:I}", "type",
			sim_status_names[sim->period_type], "start_time",
			time_or_null(sim->period_start), "end_time",
			time_or_null(sim_period_end(sim)), "data_total",
			(json_int_t)sim->period_data_total);
	return control_reply(request,
		json_pack("{s:s, s:s, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "sid",
			sim->sid, "status", sim_status_names[sim->status], "pending_status",
			text_or_null(sim_status_names[sim->pending_status]), "attached",
			sim->attached && sim_is_on(sim), "ip_address",
			text_or_null(sim->ip_address), "device_udp", text_or_null(sim->device_udp),
			"network_sid", text_or_null(sim->network_sid), "period", period,
			"data_limit",
			fleet->sid != NULL ? json_integer(fleet->data_limit_in_force) : json_null(),
			"blocked", sim->blocked_since != 0, "blocked_since",
			time_or_null(sim->blocked_since)));
}

static struct api_error run_show(struct request *request, struct context *context)
{
	struct sim sim;
	struct fleet fleet;
	const struct api_error error = sim_fetch(context, request->identifier, &sim, &fleet);
	return !is_error(error) ? reply_sim(request, &sim, &fleet) : error;
}

const struct operation control_show_sim = {
	.parse = control_parse_nothing, .run = run_show, .status = 200
};

/* ── attaching ───────────────────────────────────────────────────────────────────────────── */

struct attachment {
	const char *network;
};

static const struct key attach_keys[] = {
	{ "network", KEY_TEXT, offsetof(struct attachment, network), false },
	{ .name = NULL },
};

/* Makes room for an operation's arguments and reads them. */
static struct api_error read_arguments(struct request *request, const struct key *keys, size_t size)
{
	request->arguments = arena_alloc(&request->arena, size);
	return request->arguments != NULL ? control_read(request, keys, request->arguments)
					  : error_internal();
}

/* NULL is no Network in particular. */
static struct api_error check_network(const char *sid)
{
	size_t place;
	return sid == NULL || network_find(sid, &place)
		       ? error_none()
		       : control_error(CONTROL_NO_NETWORK, "network");
}

static struct api_error parse_attach(struct request *request)
{
	request->hint = "{\"network\": \"HW…\"}, or no body";
	const struct api_error error =
		read_arguments(request, attach_keys, sizeof(struct attachment));
	const struct attachment *attachment = request->arguments;
	return !is_error(error) ? check_network(attachment->network) : error;
}

static struct api_error attach(struct request *request, struct context *context, bool attached)
{
	struct sim sim;
	struct fleet fleet;
	const struct attachment *attachment = request->arguments;
	const struct api_error error = sim_attach(context, request->identifier, attached,
		attachment != NULL ? attachment->network : NULL, &sim, &fleet);
	return !is_error(error) ? reply_sim(request, &sim, &fleet) : error;
}

static struct api_error run_attach(struct request *request, struct context *context)
{
	return attach(request, context, true);
}

static struct api_error run_detach(struct request *request, struct context *context)
{
	return attach(request, context, false);
}

const struct operation control_attach = {
	.parse = parse_attach, .run = run_attach, .status = 200, .writes = true
};
const struct operation control_detach = {
	.parse = control_parse_nothing, .run = run_detach, .status = 200, .writes = true
};

/* ── the device under test ───────────────────────────────────────────────────────────────── */

struct device {
	const char *udp;
};

static const struct key device_keys[] = {
	{ "udp", KEY_NULLABLE_TEXT, offsetof(struct device, udp), true },
	{ .name = NULL },
};

static struct api_error parse_device(struct request *request)
{
	struct sockaddr_in address;
	char text[UDP_ADDRESS_SIZE];
	request->hint = "{\"udp\": \"127.0.0.1:5000\"}";
	const struct api_error error = read_arguments(request, device_keys, sizeof(struct device));
	struct device *device = request->arguments;
	if (is_error(error) || device->udp == NULL)
		return error;
	if (!udp_parse(device->udp, false, &address))
		return control_error(CONTROL_NO_ADDRESS, "udp");
	if (!address_may_be_called(
		    (const struct sockaddr *)&address, request->emulator->policy->allow_egress)) {
		struct api_error refused = control_error(CONTROL_ADDRESS_REFUSED, "udp");
		refused.hint = address_refusal((const struct sockaddr *)&address);
		return refused;
	}
	udp_format(&address, text); /* one spelling, to be found by */
	device->udp = arena_copy(&request->arena, text, strlen(text));
	return device->udp != NULL ? error_none() : error_internal();
}

static struct api_error run_device(struct request *request, struct context *context)
{
	struct sim sim;
	struct fleet fleet;
	const struct device *device = request->arguments;
	const struct api_error error =
		sim_set_device(context, request->identifier, device->udp, &sim, &fleet);
	return !is_error(error) ? reply_sim(request, &sim, &fleet) : error;
}

const struct operation control_set_device = {
	.parse = parse_device, .run = run_device, .status = 200, .writes = true
};

/* ── data ────────────────────────────────────────────────────────────────────────────────── */

/* A terabyte at a time. */
static const int64_t BYTES_AT_ONCE = INT64_C(1000000000000);

static const struct key usage_keys[] = {
	{ "data_upload", KEY_NATURAL, offsetof(struct sim_usage, data_upload), false },
	{ "data_download", KEY_NATURAL, offsetof(struct sim_usage, data_download), false },
	{ "network", KEY_TEXT, offsetof(struct sim_usage, network_sid), false },
	{ "at", KEY_TIME, offsetof(struct sim_usage, at_ms), false },
	{ .name = NULL },
};

static struct api_error parse_usage(struct request *request)
{
	request->hint = "{\"data_upload\": 1000, \"data_download\": 5000, \"network\": \"HW…\", "
			"\"at\": \"2026-01-01T00:00:00Z\"}, at most 1000000000000 bytes each";
	const struct api_error error =
		read_arguments(request, usage_keys, sizeof(struct sim_usage));
	const struct sim_usage *usage = request->arguments;
	if (!is_error(error) && usage->data_upload > BYTES_AT_ONCE)
		return control_error(CONTROL_VALUE, "data_upload");
	if (!is_error(error) && usage->data_download > BYTES_AT_ONCE)
		return control_error(CONTROL_VALUE, "data_download");
	return !is_error(error) ? check_network(usage->network_sid) : error;
}

static struct api_error run_usage(struct request *request, struct context *context)
{
	struct sim sim;
	struct fleet fleet;
	const struct sim_usage *usage = request->arguments;
	if (usage->at_ms > context->now_ms)
		return control_error(CONTROL_IN_FUTURE, "at");
	const struct api_error error =
		sim_use_data(context, request->identifier, usage, &sim, &fleet);
	return !is_error(error) ? reply_sim(request, &sim, &fleet) : error;
}

const struct operation control_use_data = {
	.parse = parse_usage, .run = run_usage, .status = 200, .writes = true
};

static const struct key history_keys[] = {
	{ "start_time", KEY_TIME, offsetof(struct sim_history, start_ms), true },
	{ "end_time", KEY_TIME, offsetof(struct sim_history, end_ms), true },
	{ "upload_per_hour", KEY_NATURAL, offsetof(struct sim_history, data_upload), false },
	{ "download_per_hour", KEY_NATURAL, offsetof(struct sim_history, data_download), false },
	{ "network", KEY_TEXT, offsetof(struct sim_history, network_sid), false },
	{ .name = NULL },
};

static struct api_error parse_history(struct request *request)
{
	request->hint = "{\"start_time\": \"2026-01-01T00:00:00Z\", \"end_time\": "
			"\"2026-02-01T00:00:00Z\", \"upload_per_hour\": 1000, "
			"\"download_per_hour\": 5000}, at most 19 months";
	const struct api_error error =
		read_arguments(request, history_keys, sizeof(struct sim_history));
	const struct sim_history *history = request->arguments;
	if (is_error(error))
		return error;
	if (history->end_ms <= history->start_ms ||
		history->end_ms > clock_add_months(history->start_ms, HISTORY_MONTHS))
		return control_error(CONTROL_VALUE, "end_time");
	if (history->data_upload > BYTES_AT_ONCE)
		return control_error(CONTROL_VALUE, "upload_per_hour");
	if (history->data_download > BYTES_AT_ONCE)
		return control_error(CONTROL_VALUE, "download_per_hour");
	return check_network(history->network_sid);
}

static struct api_error run_history(struct request *request, struct context *context)
{
	struct sim sim;
	struct fleet fleet;
	const struct sim_history *history = request->arguments;
	if (history->end_ms > context->now_ms)
		return control_error(CONTROL_IN_FUTURE, "end_time");
	const struct api_error error =
		sim_generate_usage(context, request->identifier, history, &sim, &fleet);
	return !is_error(error) ? reply_sim(request, &sim, &fleet) : error;
}

const struct operation control_generate_usage = {
	.parse = parse_history, .run = run_history, .status = 200, .writes = true
};

/* ── Commands from the device ────────────────────────────────────────────────────────────── */

/* {"sms_command": {…}, "delivery": "WD…" | null} */
static void add_command(
	struct request *request, const char *key, const void *command, const char *delivery_sid)
{
	struct strbuf *out = &request->reply.body;
	strbuf_add_format(out, "{\"%s\":", key);
	json_add_record(out, request->route->resource, command, request->origin);
	if (delivery_sid != NULL)
		strbuf_add_format(out, ",\"delivery\":\"%s\"}", delivery_sid);
	else
		strbuf_add_text(out, ",\"delivery\":null}");
}

struct message {
	const char *payload;
	const char *payload_text;
	int64_t device_port;
	const char *bytes; /* the payload, decoded */
	size_t length;
};

static const struct key sms_keys[] = {
	{ "payload", KEY_BYTES, offsetof(struct message, payload), true },
	{ .name = NULL },
};

static struct api_error parse_sms(struct request *request)
{
	request->hint =
		"{\"payload\": \"…\"}, at most " LIMIT_TEXT(SMS_COMMAND_PAYLOAD_MAXIMUM) " bytes";
	return read_arguments(request, sms_keys, sizeof(struct message));
}

static struct api_error run_sms(struct request *request, struct context *context)
{
	const struct message *message = request->arguments;
	struct sms_command command;
	const char *delivery_sid;
	const struct api_error error = sms_command_receive(
		context, request->identifier, message->payload, &command, &delivery_sid);
	if (!is_error(error))
		add_command(request, "sms_command", &command, delivery_sid);
	return error;
}

const struct operation control_send_sms = {
	.parse = parse_sms, .run = run_sms, .status = 201, .writes = true
};

static const struct key ip_keys[] = {
	{ "payload", KEY_BYTES, offsetof(struct message, payload), false },
	{ "payload_text", KEY_BYTES, offsetof(struct message, payload_text), false },
	{ "device_port", KEY_NATURAL, offsetof(struct message, device_port), false },
	{ .name = NULL },
};

static struct api_error decode_payload(struct request *request, struct message *message)
{
	if ((message->payload == NULL) == (message->payload_text == NULL))
		return control_error(CONTROL_ONE_PAYLOAD, "payload");
	if (message->payload_text != NULL) {
		message->bytes = message->payload_text;
		message->length = strlen(message->payload_text);
		return error_none();
	}
	const size_t size = strlen(message->payload) / 4 * 3 + 1;
	char *bytes = arena_alloc(&request->arena, size);
	if (bytes == NULL)
		return error_internal();
	message->bytes = bytes;
	if (base64_decode(message->payload, bytes, size, &message->length))
		return error_none();
	struct api_error error = control_error(CONTROL_NO_BASE64, "payload");
	error.hint = base64_hint(message->payload);
	return error;
}

static struct api_error parse_ip(struct request *request)
{
	request->hint = "{\"payload\": \"<base64>\" | \"payload_text\": \"…\", \"device_port\": "
			"5000}, at most " LIMIT_TEXT(IP_COMMAND_PAYLOAD_MAXIMUM) " bytes";
	const struct api_error error = read_arguments(request, ip_keys, sizeof(struct message));
	struct message *message = request->arguments;
	if (!is_error(error) && message->device_port > 65535)
		return control_error(CONTROL_VALUE, "device_port");
	return !is_error(error) ? decode_payload(request, message) : error;
}

static struct api_error run_ip(struct request *request, struct context *context)
{
	const struct message *message = request->arguments;
	struct ip_command command;
	const char *delivery_sid;
	const struct api_error error = ip_command_receive(context, request->identifier,
		message->bytes, message->length, message->device_port, &command, &delivery_sid);
	if (!is_error(error))
		add_command(request, "ip_command", &command, delivery_sid);
	return error;
}

const struct operation control_send_ip = {
	.parse = parse_ip, .run = run_ip, .status = 201, .writes = true
};
