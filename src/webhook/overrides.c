/* SPDX-License-Identifier: MIT */
#include "webhook/overrides.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "util/count.h"

static const struct range {
	const char *key;
	size_t offset;
	int64_t minimum, maximum, initial;
} ranges[] = {
	{ "ct", offsetof(struct overrides, connect_ms), 100, 10000, 5000 },
	{ "rt", offsetof(struct overrides, read_ms), 100, 15000, 15000 },
	{ "tt", offsetof(struct overrides, total_ms), 100, 15000, 15000 },
	{ "rc", offsetof(struct overrides, retries), 0, 5, 1 },
};

static const struct policy {
	const char *name;
	unsigned bit;
} policies[] = {
	{ "4xx", RETRY_4XX },
	{ "5xx", RETRY_5XX },
	{ "ct", RETRY_CONNECT },
	{ "rt", RETRY_READ },
	{ "all", RETRY_ALL },
};

static int64_t *number_at(struct overrides *overrides, const struct range *range)
{
	return (int64_t *)(void *)((char *)overrides + range->offset);
}

static bool read_number(
	struct overrides *overrides, const struct range *range, const char *value, size_t length)
{
	int64_t number = 0;
	if (length == 0 || length > 6)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (value[i] < '0' || value[i] > '9')
			return false;
		number = number * 10 + (value[i] - '0');
	}
	if (number < range->minimum || number > range->maximum)
		return false;
	*number_at(overrides, range) = number;
	return true;
}

static unsigned policy_named(const char *name, size_t length)
{
	for (size_t i = 0; i < COUNT_OF(policies); i++) {
		if (strlen(policies[i].name) == length &&
			strncasecmp(policies[i].name, name, length) == 0)
			return policies[i].bit;
	}
	return 0;
}

/* Names between commas, which may be escaped. */
static bool read_policy(struct overrides *overrides, const char *value, size_t length)
{
	unsigned policy = 0;
	const char *end = value + length;
	while (value <= end) {
		size_t size = 0, comma = 0;
		while (value + size < end && comma == 0) {
			if (value[size] == ',')
				comma = 1;
			else if (end - (value + size) >= 3 &&
				 strncasecmp(value + size, "%2C", 3) == 0)
				comma = 3;
			else
				size++;
		}
		const unsigned bit = policy_named(value, size);
		if (bit == 0)
			return false;
		policy |= bit;
		value += size + (comma > 0 ? comma : 1);
	}
	overrides->policy = policy;
	return true;
}

/* Keys that are not ours (sni, e and whatever a page's own fragment holds) are left alone. */
static bool read_pair(struct overrides *overrides, const char *pair, size_t length)
{
	const char *equals = memchr(pair, '=', length);
	if (equals == NULL)
		return true;
	const size_t key = (size_t)(equals - pair), size = length - key - 1;
	if (key == 2 && strncmp(pair, "rp", 2) == 0)
		return read_policy(overrides, equals + 1, size);
	for (size_t i = 0; i < COUNT_OF(ranges); i++) {
		if (key == 2 && strncmp(pair, ranges[i].key, 2) == 0)
			return read_number(overrides, &ranges[i], equals + 1, size);
	}
	return true;
}

bool overrides_read(const char *url, struct overrides *ret_overrides)
{
	bool good = true;
	*ret_overrides = (struct overrides){ .policy = RETRY_CONNECT };
	for (size_t i = 0; i < COUNT_OF(ranges); i++)
		*number_at(ret_overrides, &ranges[i]) = ranges[i].initial;
	const char *rest = strchr(url, '#');
	while (rest != NULL) {
		const char *pair = rest + 1;
		rest = strchr(pair, '&');
		const size_t length = rest != NULL ? (size_t)(rest - pair) : strlen(pair);
		good = read_pair(ret_overrides, pair, length) && good;
	}
	return good;
}
