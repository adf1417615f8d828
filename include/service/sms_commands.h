/* SPDX-License-Identifier: MIT */
/* SMS Commands to and from a Sim's device: see src/service/sms_commands.c. */
#ifndef SERVICE_SMS_COMMANDS_H
#define SERVICE_SMS_COMMANDS_H

#include "service/resources.h"

struct sms_command {
	const char *sid;
	const char *account_sid;
	const char *payload;
	const char *sim_sid;
	const char *status;
	const char *direction;
	int64_t date_created;
	int64_t date_updated;
	const char *callback_url; /* not shown */
	const char *callback_method;
};

/* The kind of due work that moves a Command's status on, and what runs it. */
struct api_error sms_command_due(struct context *context, const char *sid, const char **ret_result);

/*
 * The device of `sim_identifier` sends an SMS: makes the Command and the webhook to the Fleet,
 * whose SID is put into `ret_delivery_sid` (NULL: the Fleet has no SmsCommandsUrl). Errors: 20001
 * for the payload, 20404, 20409 when the device cannot send.
 */
struct api_error sms_command_receive(struct context *context, const char *sim_identifier,
	const char *payload, struct sms_command *ret_command, const char **ret_delivery_sid);

/* A device can be reached again: Commands that were sent to it within the last 24 hours are
 * delivered. */
struct api_error sms_commands_deliver_sent(struct context *context, const char *sim_sid);

#endif
