/* SPDX-License-Identifier: MIT */
/*
 * Sims: SIM cards that an account registered, and the device behind each.
 *
 * A Sim begins `new`, needs a Fleet to become `ready` or `active`, and changes its status through
 * `scheduled`: the update is answered 202, and the status that was asked for comes a moment later
 * on the account's clock, with a call to the CallbackUrl.
 */
#ifndef SERVICE_SIMS_H
#define SERVICE_SIMS_H

#include "service/fleets.h"

struct sim {
	const char *sid;
	const char *account_sid;
	const char *unique_name;
	const char *status;
	const char *fleet_sid;
	const char *iccid;
	int64_t date_created;
	int64_t date_updated;
	/* Not shown by Twilio's API. */
	const char *registration_code;
	const char *pending_status; /* what a scheduled Sim becomes */
	const char *callback_url;   /* of the update under way */
	const char *callback_method;
	bool attached; /* the device is in a network, whenever the status allows it */
	const char *ip_address;
	const char *device_udp;	   /* where the device under test listens; NULL: nowhere */
	const char *network_sid;   /* the one that it is in, if one was named */
	int64_t date_activated;	   /* when it first became ready or active; 0: never yet */
	int64_t period_start;	   /* of the billing period under way; 0: none yet */
	int64_t period_data_total; /* bytes, up and down, in that period */
	int64_t blocked_since;	   /* its data limit is used up; 0: it is not */
};

/* A field of a Sim as a set. */
#define SIM_FIELD(member) resource_member_bit(&sim_resource, offsetof(struct sim, member))

/* The kind of due work that completes a status change, and what runs it. */
#define SIM_STATUS "sim_status"
struct api_error sim_status_due(
	struct context *context, const char *sim_sid, const char **ret_result);

/* Fetches a Sim with its billing period brought up to the account's time, and its Fleet. The
 * `ret_fleet` of a Sim without one is all zero. Error: 20404. */
struct api_error sim_fetch(struct context *context, const char *identifier, struct sim *ret_sim,
	struct fleet *ret_fleet);

/* True when the status lets the device use the network: ready or active. */
bool sim_is_on(const struct sim *sim);

/* When the billing period under way ends; 0 when there is none yet. */
int64_t sim_period_end(const struct sim *sim);

/* The device joins a network (`network_sid` may be NULL) or leaves it. Error: 20404. */
struct api_error sim_attach(struct context *context, const char *identifier, bool attached,
	const char *network_sid, struct sim *ret_sim, struct fleet *ret_fleet);

/* Sets where the device under test listens; NULL: nowhere. Errors: 20404; 20409 when another Sim's
 * device has that address. */
struct api_error sim_set_device(struct context *context, const char *identifier,
	const char *address, struct sim *ret_sim, struct fleet *ret_fleet);

/* What a device moved. */
struct sim_usage {
	int64_t data_upload, data_download; /* bytes */
	const char *network_sid;	    /* NULL: the one that it is in */
	int64_t at_ms;			    /* 0: now */
};

/* The device moves data, and may use up the Fleet's data limit by it. Errors: 20404; 20409 when it
 * cannot: not on, not attached, data off, limit used up before. */
struct api_error sim_use_data(struct context *context, const char *identifier,
	const struct sim_usage *usage, struct sim *ret_sim, struct fleet *ret_fleet);

#endif
