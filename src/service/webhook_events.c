/* SPDX-License-Identifier: MIT */
#include "service/webhook_events.h"

#include <stddef.h>

const char *const webhook_event_names[] = { EVENT_SMS_COMMAND, EVENT_IP_COMMAND,
	EVENT_SMS_COMMAND_STATUS, EVENT_IP_COMMAND_STATUS, EVENT_SIM_STATUS,
	EVENT_ESIM_PROFILE_STATUS, NULL };
