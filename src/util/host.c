/* SPDX-License-Identifier: MIT */
#include "util/host.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

bool host_of(const char *authority, char *ret_host, size_t size)
{
	const bool bracketed = authority[0] == '[';
	const char *start = authority + bracketed;
	const size_t length = strcspn(start, bracketed ? "]" : ":/");
	const bool good = length > 0 && length < size;
	if (good)
		memcpy(ret_host, start, length);
	ret_host[good ? length : 0] = '\0';
	return good;
}

/* Nothing, or a colon and a port; the port may be left out (RFC 9110, 7.2). */
static bool is_port(const char *rest)
{
	if (rest[0] == '\0')
		return true;
	const char *digits = rest + 1;
	const size_t count = strspn(digits, "0123456789");
	return rest[0] == ':' && digits[count] == '\0' && count <= 5 &&
	       strtol(digits, NULL, 10) <= 65535;
}

/* "[", an IPv6 address, "]" and what follows. */
static bool is_bracketed(const char *authority)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr parsed;
	const char *end = strchr(authority, ']');
	const size_t length = end != NULL ? (size_t)(end - authority) - 1 : sizeof(address);
	if (length >= sizeof(address))
		return false;
	memcpy(address, authority + 1, length);
	address[length] = '\0';
	return inet_pton(AF_INET6, address, &parsed) == 1 && is_port(end + 1);
}

static bool is_in_names(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || byte == '.' || byte == '-' || byte == '_';
}

bool host_is_well_formed(const char *authority)
{
	size_t length = 0;
	if (strnlen(authority, HOST_MAXIMUM + 1) > HOST_MAXIMUM)
		return false;
	if (authority[0] == '[')
		return is_bracketed(authority);
	while (is_in_names(authority[length]))
		length++;
	return length > 0 && is_port(authority + length);
}
