/* SPDX-License-Identifier: MIT */
/* Settings Updates: see src/service/settings_updates.c. */
#ifndef SERVICE_SETTINGS_UPDATES_H
#define SERVICE_SETTINGS_UPDATES_H

#include "service/resources.h"

struct due_outcome;

enum settings_update_status {
	SETTINGS_UPDATE_STATUS_NONE,
	SETTINGS_UPDATE_SCHEDULED,
	SETTINGS_UPDATE_IN_PROGRESS,
	SETTINGS_UPDATE_SUCCESSFUL,
	SETTINGS_UPDATE_FAILED
};

struct settings_update {
	const char *sid;
	const char *account_sid; /* not shown */
	const char *iccid;
	const char *sim_sid;
	enum settings_update_status status;
	const char *packages; /* a JSON array */
	int64_t date_completed;
	int64_t date_created;
	int64_t date_updated;
};

/* Due work about an update: its status moves on. */
struct api_error settings_update_due(
	struct context *context, void *record, struct due_outcome *ret_outcome);

/* Twilio schedules an update of a Sim. `packages` is a JSON array of {"name", "version",
 * "more_info"}; NULL: the base settings. Errors: 20404; 20001 for packages that are none. */
struct api_error settings_update_schedule(struct context *context, const char *sim_identifier,
	const char *packages, struct settings_update *ret_update);

#endif
