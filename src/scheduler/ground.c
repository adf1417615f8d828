/* SPDX-License-Identifier: MIT */
#include "scheduler/ground.h"

#include "device/udp.h"
#include "engine/engine.h"
#include "service/resources.h"
#include "util/clock.h"
#include "util/log.h"
#include "webhook/address.h"

enum { PAUSE_AFTER_FAILURE_US = 1000 * 1000 };

struct context ground_context(
	const struct ground *ground, struct store_connection *connection, struct arena *arena)
{
	return (struct context){
		.connection = connection,
		.arena = arena,
		.policy = ground->policy,
		.rules = service_rules,
		.registry = ground->registry,
		.path = "",
	};
}

void ground_pause(struct ground *ground)
{
	ground->paused_until_us = clock_monotonic_us() + PAUSE_AFTER_FAILURE_US;
	ground->look = true;
}

int64_t ground_pause_left_ms(const struct ground *ground)
{
	const int64_t left_us = ground->paused_until_us - clock_monotonic_us();
	return left_us > 0 ? left_us / 1000 + 1 : 0;
}

/* A device's address was judged when it was set, which may have been under other options. */
static bool may_be_sent(const struct ground *ground, const struct datagram *datagram)
{
	struct sockaddr_in address;
	return udp_parse(datagram->address, false, &address) &&
	       address_may_be_called(
		       (const struct sockaddr *)&address, ground->policy->allow_egress);
}

void ground_send_datagrams(const struct ground *ground, const struct datagram *datagram)
{
	for (; datagram != NULL; datagram = datagram->next) {
		if (may_be_sent(ground, datagram))
			udp_send(ground->device_socket, datagram->address, datagram->bytes,
				datagram->length);
		else
			log_line(LOG_WARNING,
				"a datagram to the device %s was lost: this address may not be "
				"sent to",
				datagram->address);
	}
}
