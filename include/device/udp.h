/* SPDX-License-Identifier: MIT */
/*
 * UDP to and from devices under test: firmware that talks to this machine as it would to Super
 * SIM's gateway, 100.64.0.1. Addresses are texts, "127.0.0.1:5000": IPv4, as Super SIM's devices
 * have.
 */
#ifndef DEVICE_UDP_H
#define DEVICE_UDP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "util/failure.h"

enum { UDP_ADDRESS_SIZE = sizeof("255.255.255.255:65535") };

/* Reads an address. False when it is none, or its port is 0 and `any_port` is false. */
bool udp_parse(const char *text, bool any_port, struct sockaddr_in *ret_address);

/* Writes an address. */
void udp_format(const struct sockaddr_in *address, char ret_text[UDP_ADDRESS_SIZE]);

/* Opens a socket that does not block, bound to `address`; NULL: to no particular one, to send only.
 * `ret_address`, when not NULL, gets the one that it has. -1 with `failure`. The caller closes it.
 */
int udp_open(const char *address, char ret_address[UDP_ADDRESS_SIZE], struct failure *failure);

/* Sends a datagram. Like the network, it may lose it: that is logged. Any thread. */
void udp_send(int socket, const char *address, const char *bytes, size_t length);

/* Takes a datagram that waits, if any. What is longer than `size` is cut; `ret_length` is then more
 * than `size`. False when none waits. */
bool udp_receive(int socket, char *bytes, size_t size, size_t *ret_length,
	char ret_address[UDP_ADDRESS_SIZE]);

#endif
