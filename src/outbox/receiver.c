/* SPDX-License-Identifier: MIT */
#include "outbox/receiver.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/strbuf.h"

/* The host's name, in lower case, and without the dot that may end it. */
static void add_host(struct strbuf *out, const char *name, const char *end)
{
	if (end > name && end[-1] == '.')
		end--;
	for (; name < end; name++)
		strbuf_add_char(
			out, *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name);
}

/* What follows an `@` is the host; an IPv6 address stands in brackets. */
const char *receiver_of(struct arena *arena, const char *url)
{
	const bool secure = strncasecmp(url, "https:", 6) == 0;
	const char *host = strstr(url, "://") + 3;
	const char *end = host + strcspn(host, "/?#");
	const char *user_end = memrchr(host, '@', (size_t)(end - host));
	const char *name = user_end != NULL ? user_end + 1 : host;
	const char *bracket = memrchr(name, ']', (size_t)(end - name));
	const char *from = bracket != NULL ? bracket : name;
	const char *colon = memrchr(from, ':', (size_t)(end - from));
	const long port = colon != NULL ? strtol(colon + 1, NULL, 10) : 0;
	struct strbuf receiver;
	strbuf_init(&receiver, 4096);
	strbuf_add_text(&receiver, secure ? "https://" : "http://");
	add_host(&receiver, name, colon != NULL ? colon : end);
	if (port != 0 && port != (secure ? 443 : 80))
		strbuf_add_format(&receiver, ":%ld", port);
	const char *copy =
		receiver.failed ? NULL : arena_copy(arena, receiver.data, receiver.length);
	strbuf_done(&receiver);
	return copy;
}
