/* SPDX-License-Identifier: MIT */
#include "util/host.h"

#include <arpa/inet.h>
#include <ctype.h>
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
	long port = 0;
	size_t end = 1;
	for (; isdigit((unsigned char)rest[end]) && end <= 5; end++)
		port = port * 10 + (rest[end] - '0');
	return rest[0] == ':' && rest[end] == '\0' && port <= 65535;
}

bool host_read_bracketed(const char *text, const char *end, const char **ret_end)
{
	char host[INET6_ADDRSTRLEN];
	struct in6_addr address;
	const char *bracket = memchr(text, ']', (size_t)(end - text));
	const size_t length = bracket != NULL ? (size_t)(bracket - text) - 1 : sizeof(host);
	if (length >= sizeof(host))
		return false;
	memcpy(host, text + 1, length);
	host[length] = '\0';
	*ret_end = bracket + 1;
	return inet_pton(AF_INET6, host, &address) == 1;
}

static bool is_in_names(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || byte == '.' || byte == '-' || byte == '_';
}

bool host_is_well_formed(const char *authority)
{
	size_t length = 0;
	const char *end;
	if (strnlen(authority, HOST_MAXIMUM + 1) > HOST_MAXIMUM)
		return false;
	if (authority[0] == '[')
		return host_read_bracketed(authority, authority + strlen(authority), &end) &&
		       is_port(end);
	while (is_in_names(authority[length]))
		length++;
	return length > 0 && is_port(authority + length);
}
