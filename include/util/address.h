/* SPDX-License-Identifier: MIT */
/* Socket addresses. Which of them webhooks may be sent to is webhook/address.h's. */
#ifndef UTIL_ADDRESS_H
#define UTIL_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* True for 127.0.0.0/8 and ::1, and for the former in IPv6's spelling. */
bool address_is_loopback(const struct sockaddr *address);

#endif
