/* SPDX-License-Identifier: MIT */
#include "http/proxy_head.h"

#include <string.h>
#include <strings.h>

bool proxy_is_super_sim(const char *host)
{
	static const char begin[] = "supersim.", end[] = "twilio.com";
	const size_t length = strlen(host), begun = sizeof(begin) - 1, ended = sizeof(end) - 1;
	if (length < begun + ended || strncasecmp(host, begin, begun) != 0 ||
		strcasecmp(host + length - ended, end) != 0)
		return false;
	/* Between them: nothing, "EDGE." or "EDGE.REGION.". */
	const char *rest = host + begun, *last = host + length - ended;
	for (int labels = 0; rest < last; labels++) {
		const size_t label = strcspn(rest, ".");
		if (label == 0 || labels == 2)
			return false;
		rest += label + 1;
	}
	return rest == last;
}

/* Takes "host:port" apart; without a port it is `port`. */
static bool read_authority(
	const char *text, size_t length, const char *port, struct proxy_head *head)
{
	char authority[HOST_MAXIMUM + 1];
	if (length == 0 || length >= sizeof(authority))
		return false;
	memcpy(authority, text, length);
	authority[length] = '\0';
	if (!host_is_well_formed(authority) || !host_of(authority, head->host, sizeof(head->host)))
		return false;
	const char *after = authority + strlen(head->host) + (authority[0] == '[' ? 2 : 0);
	if (after[0] == ':' && after[1] != '\0')
		port = after + 1;
	memcpy(head->port, port, strlen(port) + 1);
	return true;
}

static enum proxy_wish read_connect(const char *target, size_t length, struct proxy_head *head)
{
	if (!read_authority(target, length, "", head) || head->port[0] == '\0')
		return PROXY_NONSENSE;
	return proxy_is_super_sim(head->host) && strcmp(head->port, "443") == 0 ? PROXY_TLS
										: PROXY_OTHER;
}

/* A whole URL as the target is what a proxy is asked for without encryption. */
static enum proxy_wish read_url(const char *target, size_t length, struct proxy_head *head)
{
	static const char scheme[] = "http://";
	const size_t begun = sizeof(scheme) - 1;
	if (length < begun || strncasecmp(target, scheme, begun) != 0)
		return PROXY_NONSENSE;
	const char *authority = target + begun;
	if (!read_authority(authority, strcspn(authority, "/? \r\n"), "80", head))
		return PROXY_NONSENSE;
	return proxy_is_super_sim(head->host) && strcmp(head->port, "80") == 0 ? PROXY_PLAIN
									       : PROXY_OTHER_PLAIN;
}

void proxy_head_read(const char *text, struct proxy_head *ret_head)
{
	const size_t method = strcspn(text, " \r\n");
	*ret_head = (struct proxy_head){ .wish = PROXY_NONSENSE };
	if (text[method] != ' ')
		return;
	const char *target = text + method + 1;
	const size_t length = strcspn(target, " \r\n");
	if (target[length] != ' ')
		return;
	ret_head->wish = method == 7 && strncmp(text, "CONNECT", 7) == 0
				 ? read_connect(target, length, ret_head)
				 : read_url(target, length, ret_head);
}
