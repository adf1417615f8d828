/* SPDX-License-Identifier: MIT */
/*
 * Which addresses may be called: those of this machine and of private networks; public and
 * link-local ones when the operator says so (Podman has its host at 169.254.1.2); and never those
 * that are no receiver: metadata services, and what no single machine has.
 *
 * It is an address that is judged, after names were resolved, so no spelling of a host gets around
 * it. An IPv4 address that an IPv6 one carries counts as what it is, and an IPv6 address that has a
 * metadata service's inside is refused, whatever else it may be.
 */
#ifndef WEBHOOK_ADDRESS_H
#define WEBHOOK_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

enum address_verdict {
	ADDRESS_ALLOWED,
	ADDRESS_PUBLIC,	    /* only with the operator's leave */
	ADDRESS_LINK_LOCAL, /* likewise */
	ADDRESS_FORBIDDEN   /* never */
};

enum address_verdict address_judge(const struct sockaddr *address);

/* True for what may be called: always, or with the operator's leave. */
bool address_may_be_called(const struct sockaddr *address, bool allow_egress);

/* For people: why an address may not be called, and what would change that. */
const char *address_refusal(const struct sockaddr *address);

#endif
