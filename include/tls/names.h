/* SPDX-License-Identifier: MIT */
/* The names that a certificate is for: hosts' names and addresses, each once. */
#ifndef TLS_NAMES_H
#define TLS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

enum { TLS_NAMES_MAXIMUM = 100, TLS_NAME_SIZE = 254 };

/* All zero: empty. */
struct tls_names {
	char texts[TLS_NAMES_MAXIMUM][TLS_NAME_SIZE];
	size_t count;
};

/* True for what can stand in a certificate: an address, or a host's name of letters, digits, dashes
 * and underscores between dots (RFC 1123, and what Docker calls services). */
bool tls_name_is_good(const char *name);

/* True for an IPv4 or IPv6 address. */
bool tls_name_is_address(const char *name);

/* Adds a name that is not there yet. One that is not good, or means every address (0.0.0.0), is
 * passed over. False when there are too many. */
bool tls_names_add(struct tls_names *names, const char *name);

/* Adds those that our certificate always has: where Super SIM is, and this machine. */
void tls_names_add_own(struct tls_names *names);

#endif
