/* SPDX-License-Identifier: MIT */
/* eSIM Profiles: see src/service/esim_profiles.c. */
#ifndef SERVICE_ESIM_PROFILES_H
#define SERVICE_ESIM_PROFILES_H

#include "service/resources.h"

struct due_outcome;

enum esim_profile_status {
	ESIM_PROFILE_STATUS_NONE,
	ESIM_PROFILE_NEW,
	ESIM_PROFILE_RESERVING,
	ESIM_PROFILE_AVAILABLE,
	ESIM_PROFILE_DOWNLOADED,
	ESIM_PROFILE_INSTALLED,
	ESIM_PROFILE_FAILED
};

struct esim_profile {
	const char *sid;
	const char *account_sid;
	const char *iccid;
	const char *sim_sid;
	enum esim_profile_status status;
	const char *eid;
	const char *smdp_plus_address;
	const char *matching_id;
	const char *activation_code;
	const char *error_code;
	const char *error_message;
	int64_t date_created;
	int64_t date_updated;
	bool generate_matching_id; /* not shown */
	const char *callback_url;
	enum callback_method callback_method;
};

/* Due work about a profile: its status moves on. */
struct api_error esim_profile_due(
	struct context *context, void *record, struct due_outcome *ret_outcome);

/* A device downloads an available profile, or installs a downloaded one: `status` is what it
 * becomes; `failed` is possible from any status but installed. Errors: 20404; 20409 when the status
 * cannot follow. */
struct api_error esim_profile_become(struct context *context, const char *sid,
	enum esim_profile_status status, struct esim_profile *ret_profile);

#endif
