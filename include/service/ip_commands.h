/* SPDX-License-Identifier: MIT */
/* IP Commands to and from a Sim's device: see src/service/ip_commands.c. */
#ifndef SERVICE_IP_COMMANDS_H
#define SERVICE_IP_COMMANDS_H

#include "model/limits.h"
#include "service/resources.h"

struct due_outcome;

enum ip_command_status {
	IP_COMMAND_STATUS_NONE,
	IP_COMMAND_QUEUED,
	IP_COMMAND_SENT,
	IP_COMMAND_RECEIVED,
	IP_COMMAND_FAILED
};

enum payload_type { PAYLOAD_TYPE_NONE, PAYLOAD_TEXT, PAYLOAD_BINARY };

struct ip_command {
	const char *sid;
	const char *account_sid;
	const char *sim_sid;
	const char *sim_iccid;
	enum ip_command_status status;
	enum command_direction direction;
	const char *device_ip;
	int64_t device_port;
	enum payload_type payload_type;
	const char *payload; /* base64 when the type is binary */
	int64_t date_created;
	int64_t date_updated;
	const char *callback_url; /* not shown */
	enum callback_method callback_method;
};

/* Due work about a Command: its status moves on. */
struct api_error ip_command_due(
	struct context *context, void *record, struct due_outcome *ret_outcome);

/*
 * The device of `sim_identifier` sends a datagram from its port: makes the Command and the webhook
 * to the Fleet, whose SID is put into `ret_delivery_sid` (NULL: the Fleet has no IpCommandsUrl).
 * Errors: 20001 for a payload that is too long, 20404, 20409 when the device cannot send.
 */
struct api_error ip_command_receive(struct context *context, const char *sim_identifier,
	const char *bytes, size_t length, int64_t device_port, struct ip_command *ret_command,
	const char **ret_delivery_sid);

#endif
