/* SPDX-License-Identifier: MIT */
/* Sims: SIM cards that an account registered, and the device behind each. What is kept of one. */
#ifndef SERVICE_SIM_RECORD_H
#define SERVICE_SIM_RECORD_H

#include "service/fleets.h"

enum sim_status { SIM_STATUS_NONE, SIM_NEW, SIM_READY, SIM_ACTIVE, SIM_INACTIVE, SIM_SCHEDULED };

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

#endif
