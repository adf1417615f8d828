/* SPDX-License-Identifier: MIT */
/* SMS Commands to and from a Sim's device: see src/service/sms_commands.c. */
#ifndef SERVICE_SMS_COMMANDS_H
#define SERVICE_SMS_COMMANDS_H

#include "service/resources.h"

struct due_outcome;

enum sms_command_status {
	SMS_COMMAND_STATUS_NONE,
	SMS_COMMAND_QUEUED,
	SMS_COMMAND_SENT,
	SMS_COMMAND_DELIVERED,
	SMS_COMMAND_RECEIVED,
	SMS_COMMAND_FAILED
};

struct sms_command {
	const char *sid;
	const char *account_sid;
	const char *payload;
	const char *sim_sid;
	enum sms_command_status status;
	enum command_direction direction;
	int64_t date_created;
	int64_t date_updated;
	const char *callback_url; /* not shown */
	enum callback_method callback_method;
};

/* Due work about a Command: its status moves on. */
struct api_error sms_command_due(
	struct context *context, void *record, struct due_outcome *ret_outcome);

/*
 * The device of `sim_identifier` sends an SMS: makes the Command and the webhook to the Fleet,
 * whose SID is put into `ret_delivery_sid` (NULL: the Fleet has no SmsCommandsUrl). Errors: 20001
 * for the payload, 20404, 20409 when the device cannot send.
 */
struct api_error sms_command_receive(struct context *context, const char *sim_identifier,
	const char *payload, struct sms_command *ret_command, const char **ret_delivery_sid);

/*
 * A Command that does not get through to its device stays `sent`, and waits with nothing planned.
 * So whatever may let it through, a device that comes back, a Sim that is on again, another Fleet,
 * calls this: the Commands that were sent to the Sim within the last 24 hours are tried again.
 */
struct api_error sms_commands_deliver_sent(struct context *context, const char *sim_sid);

#endif
