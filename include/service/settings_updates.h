/* SPDX-License-Identifier: MIT */
/* Settings Updates: see src/service/settings_updates.c. */
#ifndef SERVICE_SETTINGS_UPDATES_H
#define SERVICE_SETTINGS_UPDATES_H

#include "service/resources.h"

struct settings_update {
	const char *sid;
	const char *account_sid; /* not shown */
	const char *iccid;
	const char *sim_sid;
	const char *status;
	const char *packages; /* a JSON array */
	int64_t date_completed;
	int64_t date_created;
	int64_t date_updated;
};

/* The kind of due work that moves an update's status on, and what runs it. */
struct api_error settings_update_due(
	struct context *context, const char *sid, const char **ret_result);

/* Twilio schedules an update of a Sim. `packages` is a JSON array of {"name", "version",
 * "more_info"}; NULL: the base settings. Errors: 20404; 20001 for packages that are none. */
struct api_error settings_update_schedule(struct context *context, const char *sim_identifier,
	const char *packages, struct settings_update *ret_update);

#endif
