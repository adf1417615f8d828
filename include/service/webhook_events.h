/* SPDX-License-Identifier: MIT */
/* What webhooks tell of. Databases hold these names. */
#ifndef SERVICE_WEBHOOK_EVENTS_H
#define SERVICE_WEBHOOK_EVENTS_H

/* From a device. */
#define EVENT_SMS_COMMAND "sms_command"
#define EVENT_IP_COMMAND  "ip_command"
/* Callbacks. */
#define EVENT_SMS_COMMAND_STATUS  "sms_command_status"
#define EVENT_IP_COMMAND_STATUS	  "ip_command_status"
#define EVENT_SIM_STATUS	  "sim_status"
#define EVENT_ESIM_PROFILE_STATUS "esim_profile_status"

/* All of them, ended by NULL. */
extern const char *const webhook_event_names[];

#endif
