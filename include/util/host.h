/* SPDX-License-Identifier: MIT */
/* The host in what names one: a Host header, a URL after its scheme, a listening address. */
#ifndef UTIL_HOST_H
#define UTIL_HOST_H

#include <stdbool.h>
#include <stddef.h>

/* The host of "host", "host:port" or "[::1]:port", without brackets; a path after it is passed
 * over. False, and an empty text, when there is none or it does not fit. */
bool host_of(const char *authority, char *ret_host, size_t size);

enum { HOST_MAXIMUM = 255 }; /* bytes of a Host header */

/* True when "[", an IPv6 address and "]" stand at `text`, before `end`; then also where they end.
 */
bool host_read_bracketed(const char *text, const char *end, const char **ret_end);

/* True for "host" and "host:port", where a host is a name of letters, digits, dots, dashes and
 * underscores, an IPv4 address, or an IPv6 address in brackets. Nothing may follow. Such a text can
 * be repeated in a URL and in JSON as it is. */
bool host_is_well_formed(const char *authority);

#endif
