/* SPDX-License-Identifier: MIT */
/*
 * All resources: the things that Twilio has, and what the emulator keeps beside them.
 *
 * A new one is a file in src/service, a row in each of the two tables of src/service/resources.c, a
 * migration, and its routes.
 */
#ifndef SERVICE_RESOURCES_H
#define SERVICE_RESOURCES_H

#include "engine/rules.h"
#include "outbox/deliveries.h"
#include "outbox/sinks.h"

/* Every resource that has a table, ended by NULL, each at its `number`; what is referred to stands
 * before what refers to it. */
extern const struct resource *const service_resources[];

/* The rules of every resource, at its `number`; NULL: nothing about it is special. */
extern const struct rules *const service_rules[];

extern const struct resource network_access_profile_resource;
extern const struct resource fleet_resource;
extern const struct resource sim_card_resource;
extern const struct resource sim_resource;
extern const struct resource sms_command_resource;
extern const struct resource ip_command_resource;
extern const struct resource esim_profile_resource;
extern const struct resource settings_update_resource;

/* Computed. */
extern const struct resource network_resource;
extern const struct resource network_access_profile_network_resource;
extern const struct resource billing_period_resource;
extern const struct resource ip_address_resource;
extern const struct resource usage_record_resource;

extern const struct rules network_access_profile_rules;
extern const struct rules fleet_rules;
extern const struct rules sim_card_rules;
extern const struct rules sim_rules;
extern const struct rules sms_command_rules;
extern const struct rules ip_command_rules;
extern const struct rules esim_profile_rules;
extern const struct rules settings_update_rules;
extern const struct rules network_rules;
extern const struct rules network_access_profile_network_rules;
extern const struct rules billing_period_rules;
extern const struct rules ip_address_rules;
extern const struct rules usage_record_rules;

/* The directions of Commands. */
enum command_direction { COMMAND_DIRECTION_NONE, COMMAND_TO_SIM, COMMAND_FROM_SIM };
extern const char *const command_direction_names[];

#endif
