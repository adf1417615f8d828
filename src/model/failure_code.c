/* SPDX-License-Identifier: MIT */
#include "model/failure_code.h"

#include <stddef.h>

const struct failure_description failure_descriptions[] = {
	{ FAILURE_HTTP_RETRIEVAL, "deliveries, attempts, ran, the log",
		"A webhook's receiver could not be reached, or did not answer with a 2xx",
		"`result` and `error` of the attempt say which: GET /_emulator/deliveries" },
	{ FAILURE_BAD_OVERRIDE, "deliveries, attempts, ran, the log",
		"The overrides after the # of a webhook's URL cannot be read, or are out of range",
		"`rc` 0 to 5, `rp` of 4xx, 5xx, ct, rt, all, and times in milliseconds; the "
		"default "
		"holds until then" },
	{ FAILURE_IP_COMMAND, "ran",
		"An IP Command failed: the Sim is off, its Fleet has no data, or its data limit is "
		"used up",
		"GET /_emulator/sims/{Sid} shows the Sim's status and limit" },
	{ FAILURE_NOT_ATTACHED, "ran", "An IP Command failed: the device is not attached",
		"POST /_emulator/sims/{Sid}/attach" },
	{ FAILURE_IP_COMMAND_RECEIVER, "deliveries, attempts, ran, the log",
		"The webhook of an IP Command failed, as with 11200",
		"`result` and `error` of the attempt say which: GET /_emulator/deliveries" },
	{ FAILURE_NO_ESIM_PROFILE, "eSIM Profiles, ran",
		"POST /_emulator/esim-profiles/{Sid}/fail was called",
		"make another eSIM Profile" },
	{ .shown = NULL },
};
