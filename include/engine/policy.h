/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_POLICY_H
#define ENGINE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an operator may choose about how the emulated service behaves: the options of the same
 * names. */
struct policy {
	int64_t fleet_data_limit;	 /* MB, of a Fleet made without DataLimit */
	bool fleet_sms_commands_enabled; /* of a Fleet made without SmsCommandsEnabled */
	int64_t transition_delay_ms;	 /* from one status to the next */
	int64_t data_limit_delay_ms;	 /* until a changed DataLimit reaches the Fleet's Sims */
	int64_t data_limit_check_ms;	 /* how often usage is held against it; 0: always */
	const int64_t *webhook_retries;	 /* milliseconds from one attempt to the next */
	size_t webhook_retry_count;
	int64_t delivery_history; /* deliveries kept for each account once they are through */
	bool allow_egress;	  /* public and link-local addresses may be called */
	const char *webhook_ca;	  /* certificates in PEM that sign those of https receivers */
	size_t webhook_ca_length; /* 0: the system's are all */
};

#endif
