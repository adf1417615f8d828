/* SPDX-License-Identifier: MIT */
/*
 * Sims: SIM cards that an account registered, and the device behind each. What one is, and what
 * becomes of it: pure functions, which read neither a database nor a clock.
 *
 * A Sim begins `new`, needs a Fleet to become `ready` or `active`, and changes its status through
 * `scheduled`: what was before holds until the status that was asked for comes true. A ready Sim
 * becomes active by itself when it was used enough, or when its time is over. A Sim that is on has
 * billing periods, the months since it became so, and is blocked in one while it has used up its
 * Fleet's data limit. All of that changes by events, see sim_after.
 */
#ifndef SERVICE_SIM_STATE_H
#define SERVICE_SIM_STATE_H

#include "service/fleets.h"

enum sim_status { SIM_STATUS_NONE, SIM_NEW, SIM_READY, SIM_ACTIVE, SIM_INACTIVE, SIM_SCHEDULED };
extern const char *const sim_status_names[];

struct sim {
	const char *sid;
	const char *account_sid;
	const char *unique_name;
	enum sim_status status;
	const char *fleet_sid;
	const char *iccid;
	int64_t date_created;
	int64_t date_updated;
	/* Not shown by Twilio's API. */
	const char *registration_code;
	enum sim_status pending_status; /* what a scheduled Sim becomes: ready, active, inactive */
	enum sim_status status_before;	/* and what it was, which holds until then */
	const char *callback_url;	/* of the update under way */
	enum callback_method callback_method;
	bool attached; /* the device is in a network, whenever the status allows it */
	const char *ip_address;
	const char *device_udp;	 /* where the device under test listens; NULL: nowhere */
	const char *network_sid; /* the one that it is in, if one was named */
	/* The latest billing period: SIM_PERIOD_FIELDS. */
	int64_t period_anchor;	     /* what its months are counted from; 0: there is none yet */
	int64_t period_start;	     /* 0: there is none yet */
	enum sim_status period_type; /* the status that it is of, ready or active; or none yet */
	int64_t period_data_total;   /* bytes, up and down, in that period */
	int64_t period_sms_commands; /* of a ready Sim */
	int64_t blocked_since;	     /* its data limit is used up; 0: it is not */
	int64_t limit_check;	     /* the planned one, with --data-limit-check; 0: none was yet */
};

/* More data is not counted, by hour or billing period: sums of a few are far from overflowing. */
#define BYTES_MAXIMUM (INT64_C(1) << 59)

/* A field of a Sim as a set. */
#define SIM_FIELD(member) resource_member_bit(&sim_resource, offsetof(struct sim, member))

/* The fields that make up a billing period. */
#define SIM_PERIOD_FIELDS                                                                          \
	(SIM_FIELD(period_anchor) | SIM_FIELD(period_start) | SIM_FIELD(period_type) |             \
		SIM_FIELD(period_data_total) | SIM_FIELD(period_sms_commands) |                    \
		SIM_FIELD(blocked_since) | SIM_FIELD(limit_check))

/* ── what holds ──────────────────────────────────────────────────────────────────────────── */

/* The status, and of a scheduled Sim the one before, which holds until the change comes true. */
enum sim_status sim_status_in_force(const struct sim *sim);

/* True for a status that lets the device use the network: ready or active. */
bool sim_status_is_on(enum sim_status status);

/* True when the status in force does. */
bool sim_is_on(const struct sim *sim);

/* True when a Sim of one status may be asked to become another. */
bool sim_status_can_become(enum sim_status from, enum sim_status into);

/* Why a Sim cannot use a service under its Fleet; NULL: it can. */
enum sim_service { SIM_SMS, SIM_DATA };
const char *sim_why_not(const struct sim *sim, const struct fleet *fleet, enum sim_service service);

/* Why its device cannot be reached; NULL: it can. */
const char *sim_why_detached(const struct sim *sim);

/* True while the Sim has moved less in its billing period than the limit in force. */
bool sim_is_within_limit(const struct sim *sim, const struct fleet *fleet);

/* How many whole months lie between an anchor and a moment; fewer than 0 before it. */
int sim_period_months(int64_t anchor_ms, int64_t at_ms);

/* When the latest period ends; 0 when there is none yet. That of a ready Sim takes three months
 * unless the Sim is active before; others take one. */
int64_t sim_period_end(const struct sim *sim);

/* Completes what a seed says of a Sim's period: the rest follows from its status and the account's
 * time. Gives the field that does not fit, or NULL. */
const char *sim_complete_period(struct sim *sim, int64_t now_ms);

/* ── what happens ────────────────────────────────────────────────────────────────────────── */

struct sim_event {
	enum {
		SIM_TIME_PASSES,	/* the period of the account's time may be another */
		SIM_STATUS_IS_ASKED,	/* for `status`, which sim_status_can_become */
		SIM_STATUS_COMES_TRUE,	/* of a scheduled Sim */
		SIM_READY_TIME_ENDS,	/* it may not be over: the clock can be set back */
		SIM_SMS_COMMAND_PASSES, /* to the device, or from it */
		SIM_DATA_PASSES,	/* `bytes` of it */
		SIM_LIMIT_IS_CHECKED	/* what passed is held against the limit of `fleet` */
	} kind;
	int64_t at_ms; /* the account's time */
	enum sim_status status;
	int64_t bytes;
	const struct fleet *fleet;
};

/* The Sim after an event. Nothing but its status and its billing period changes. */
struct sim sim_after(const struct sim *sim, struct sim_event event);

#endif
