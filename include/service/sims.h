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
	const char *status_before;  /* and what it was, which holds until then */
	const char *callback_url;   /* of the update under way */
	const char *callback_method;
	bool attached; /* the device is in a network, whenever the status allows it */
	const char *ip_address;
	const char *device_udp;	 /* where the device under test listens; NULL: nowhere */
	const char *network_sid; /* the one that it is in, if one was named */
	/* The billing period: see service/billing_periods.h. */
	int64_t period_anchor;	   /* what its months are counted from; 0: there is none yet */
	int64_t period_start;	   /* of the latest; 0: there is none yet */
	const char *period_type;   /* ready or active; NULL: there is none yet */
	int64_t period_data_total; /* bytes, up and down, in that period */
	int64_t period_sms_commands;
	int64_t blocked_since; /* its data limit is used up; 0: it is not */
	int64_t limit_check;   /* the planned one, with --data-limit-check; 0: none was yet */
};

/* More data is not counted, by hour or billing period: sums of a few are far from overflowing. */
#define BYTES_MAXIMUM (INT64_C(1) << 59)

/* A field of a Sim as a set. */
#define SIM_FIELD(member) resource_member_bit(&sim_resource, offsetof(struct sim, member))

/* The kind of due work that completes a status change, and what runs it. */
struct api_error sim_status_due(
	struct context *context, const char *sim_sid, const char **ret_result);

/* The same for the end of the months that a Sim may stay ready: it becomes active. */
struct api_error sim_ready_end_due(
	struct context *context, const char *sim_sid, const char **ret_result);

/* Fetches a Sim with its billing period brought up to the account's time, and its Fleet. The
 * `ret_fleet` of a Sim without one is all zero. Error: 20404. */
struct api_error sim_fetch(struct context *context, const char *identifier, struct sim *ret_sim,
	struct fleet *ret_fleet);

/* The status, and of a scheduled Sim the one before, which holds until the change comes true. */
const char *sim_status_in_force(const struct sim *sim);

/* True for a status that lets the device use the network: ready or active. NULL is none. */
bool sim_status_is_on(const char *status);

/* True when the status in force does. */
bool sim_is_on(const struct sim *sim);

/* Why a Sim cannot use a service under its Fleet; NULL: it can. */
enum sim_service { SIM_SMS, SIM_DATA };
const char *sim_why_not(const struct sim *sim, const struct fleet *fleet, enum sim_service service);

/* Why its device cannot be reached; NULL: it can. */
const char *sim_why_detached(const struct sim *sim);

/* Gives a Sim that is on an address, unless it has one. Error: 20500. */
struct api_error sim_give_ip_address(struct context *context, struct sim *sim);

/*
 * Completes a Sim that is about to be made, and may come from a seed, which gives whatever status:
 * what a Sim of that status has besides follows. Errors: 83007 without a Fleet, 20001 naming the
 * field that does not fit.
 */
struct api_error sim_complete(struct context *context, struct sim *sim);

/* Writes what changed without an update of the API: the date of the update stays. Error: 20409 for
 * the address of another Sim's device. */
struct api_error sim_save_internal(struct context *context, struct sim *sim, field_set set);

/* A ready Sim has sent or got an SMS Command, or moved data: enough of it makes it active, and
 * begins a new period, in which the data counts. Changes the record and saves it as needed. */
struct api_error sim_count_sms_command(struct context *context, struct sim *sim);
struct api_error sim_count_data(struct context *context, struct sim *sim);

#endif
