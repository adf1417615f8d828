/* SPDX-License-Identifier: MIT */
/* The kinds of work that falls due on an account's clock. Databases hold these names. */
#ifndef SERVICE_DUE_KINDS_H
#define SERVICE_DUE_KINDS_H

#define DUE_SIM_STATUS		   "sim_status"
#define DUE_SIM_READY_END	   "sim_ready_end"
#define DUE_DATA_LIMIT_CHANGE	   "data_limit_change"
#define DUE_DATA_LIMIT_CHECK	   "data_limit_check"
#define DUE_ESIM_PROFILE_STATUS	   "esim_profile"
#define DUE_SETTINGS_UPDATE_STATUS "settings_update"
#define DUE_SMS_COMMAND_STATUS	   "sms_command"
#define DUE_IP_COMMAND_STATUS	   "ip_command"
/* and DUE_WEBHOOK_ATTEMPT of engine/due.h, which only the scheduler can run */

#endif
