/* SPDX-License-Identifier: MIT */
/* Devices: what the thing that a SIM card is in does: see src/service/devices.c. */
#ifndef SERVICE_DEVICES_H
#define SERVICE_DEVICES_H

#include "service/sim_state.h"

/* All functions: Error 20404 for a Sim that does not exist. The Sim as it then is, and its Fleet,
 * are put into `ret_sim` and `ret_fleet`; without a Fleet that one is all zero. */

/* The device joins a network (`network_sid` may be NULL) or leaves it. */
struct api_error sim_attach(struct context *context, const char *identifier, bool attached,
	const char *network_sid, struct sim *ret_sim, struct fleet *ret_fleet);

/* Sets where the device under test listens; NULL: nowhere. Error: 20409 when another Sim's device
 * has that address. */
struct api_error sim_set_device(struct context *context, const char *identifier,
	const char *address, struct sim *ret_sim, struct fleet *ret_fleet);

/* What a device moved. */
struct sim_usage {
	int64_t data_upload, data_download; /* bytes */
	const char *network_sid;	    /* NULL: the one that it is in */
	int64_t at_ms;			    /* 0: now */
};

/* The device moves data, and may use up the Fleet's data limit by it. Errors: 20409 when it cannot:
 * not on, not attached, data off, limit used up before; 20001 for an unknown Network. */
struct api_error sim_use_data(struct context *context, const char *identifier,
	const struct sim_usage *usage, struct sim *ret_sim, struct fleet *ret_fleet);

/* A history that is made up: so much in each hour that begins in [start, end). */
struct sim_history {
	int64_t start_ms, end_ms;
	int64_t data_upload, data_download; /* bytes an hour */
	const char *network_sid;	    /* NULL: the one that it is in */
};

/* Adds a history; what lies in the billing period counts for the data limit. Errors: 20409 for a
 * Sim without a Fleet, 20001 for an unknown Network. */
struct api_error sim_generate_usage(struct context *context, const char *identifier,
	const struct sim_history *history, struct sim *ret_sim, struct fleet *ret_fleet);

#endif
