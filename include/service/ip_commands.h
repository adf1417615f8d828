/* SPDX-License-Identifier: MIT */
/* IP Commands to and from a Sim's device: see src/service/ip_commands.c. */
#ifndef SERVICE_IP_COMMANDS_H
#define SERVICE_IP_COMMANDS_H

#include "service/resources.h"

struct ip_command {
	const char *sid;
	const char *account_sid;
	const char *sim_sid;
	const char *sim_iccid;
	const char *status;
	const char *direction;
	const char *device_ip;
	int64_t device_port;
	const char *payload_type;
	const char *payload; /* base64 when the type is binary */
	int64_t date_created;
	int64_t date_updated;
	const char *callback_url; /* not shown */
	const char *callback_method;
};

enum { IP_COMMAND_PAYLOAD_MAXIMUM = 1300 }; /* bytes */

/* The kind of due work that moves a Command's status on, and what runs it. */
struct api_error ip_command_due(struct context *context, const char *sid, const char **ret_result);

/*
 * The device of `sim_identifier` sends a datagram from its port: makes the Command and the webhook
 * to the Fleet, whose SID is put into `ret_delivery_sid` (NULL: the Fleet has no IpCommandsUrl).
 * Errors: 20001 for a payload that is too long, 20404, 20409 when the device cannot send.
 */
struct api_error ip_command_receive(struct context *context, const char *sim_identifier,
	const char *bytes, size_t length, int64_t device_port, struct ip_command *ret_command,
	const char **ret_delivery_sid);

#endif
