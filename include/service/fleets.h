/* SPDX-License-Identifier: MIT */
/* Fleets, for those that act under them: see src/service/fleets.c for what one is. */
#ifndef SERVICE_FLEETS_H
#define SERVICE_FLEETS_H

#include "service/resources.h"

struct fleet {
	const char *account_sid;
	const char *unique_name;
	bool data_enabled;
	int64_t data_limit; /* MB (10^6 bytes) for each Sim and billing period */
	int64_t date_created;
	int64_t date_updated;
	bool sms_commands_enabled;
	enum callback_method sms_commands_method;
	const char *sms_commands_url;
	enum callback_method ip_commands_method;
	const char *ip_commands_url;
	const char *network_access_profile_sid;
	const char *sid;
	/* Not shown by Twilio's API. */
	int64_t data_limit_in_force; /* what the Sims are held to */
	int64_t data_limit_from; /* when a changed limit reaches them; 0: it was never changed */
};

/* Deletes a Fleet as the Console does. Errors: 20404; 20409 while Sims are assigned, whose number
 * is put into `ret_sims`. */
struct api_error fleet_delete(struct context *context, const char *identifier, int64_t *ret_sims);

#endif
