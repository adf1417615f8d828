/* SPDX-License-Identifier: MIT */
/*
 * Twilio's connection overrides, in the fragment of a webhook's URL: `#ct=2000&rc=3&rp=5xx,ct`
 * (Twilio: "Webhooks: Connection Overrides"). The receiver never sees the fragment.
 */
#ifndef WEBHOOK_OVERRIDES_H
#define WEBHOOK_OVERRIDES_H

#include <stdbool.h>
#include <stdint.h>

/* After which failures a retry follows at once (rp). */
enum retry_policy {
	RETRY_4XX = 1,
	RETRY_5XX = 2,
	RETRY_CONNECT = 4,
	RETRY_READ = 8,
	RETRY_ALL = 15
};

struct overrides {
	int64_t connect_ms; /* ct */
	int64_t read_ms;    /* rt: from the request sent to the answer complete */
	int64_t total_ms;   /* tt */
	int64_t retries;    /* rc */
	unsigned policy;    /* rp */
};

/* Reads a URL's overrides; what it does not set has Twilio's default. False when a value cannot be
 * read or is out of its range, which leaves that one's default (Twilio's error 11243). */
bool overrides_read(const char *url, struct overrides *ret_overrides);

#endif
