/* SPDX-License-Identifier: MIT */
#include "service/resources.h"

const struct resource *const service_resources[] = {
	&network_access_profile_resource,
	&fleet_resource,
	&sim_card_resource,
	&sim_resource,
	&sms_command_resource,
	&ip_command_resource,
	&esim_profile_resource,
	&settings_update_resource,
	&sink_resource,
	&sink_request_resource,
	&delivery_resource,
	&delivery_attempt_resource,
	NULL,
};

const struct rules *const service_rules[] = {
	&network_access_profile_rules,
	&fleet_rules,
	&sim_card_rules,
	&sim_rules,
	&sms_command_rules,
	&ip_command_rules,
	&esim_profile_rules,
	&settings_update_rules,
	NULL, /* sinks, and what they received */
	NULL,
	NULL, /* deliveries, and their attempts */
	NULL,
	/* Computed, so without a place in the table above. */
	&network_rules,
	&network_access_profile_network_rules,
	&billing_period_rules,
	&ip_address_rules,
	&usage_record_rules,
};

const char *const command_direction_names[] = {
	[COMMAND_TO_SIM] = "to_sim", [COMMAND_FROM_SIM] = "from_sim", NULL
};
