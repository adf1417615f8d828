/* SPDX-License-Identifier: MIT */
#include "util/redact.h"

#include <string.h>
#include <strings.h>

#include "util/count.h"

enum { SHOWN_MAXIMUM = 1 << 20 }; /* a query is shorter, whatever it hides */

const char *redact_url(struct arena *arena, const char *url)
{
	const char *separator = strstr(url, "://");
	const char *authority = separator != NULL ? separator + 3 : url;
	const char *at = memchr(authority, '@', strcspn(authority, "/?#"));
	for (const char *next = at; next != NULL;) { /* a password may have one, too */
		at = next;
		next = memchr(at + 1, '@', strcspn(at + 1, "/?#"));
	}
	const char *host = at != NULL ? at + 1 : authority;
	const size_t scheme_length = (size_t)(authority - url), length = strcspn(host, "?#");
	char *shown = arena_alloc(arena, scheme_length + length + 1 + sizeof(REDACTED));
	if (shown == NULL)
		return NULL;
	memcpy(shown, url, scheme_length);
	char *end = (char *)mempcpy(shown + scheme_length, host, length);
	if (host[length] == '?') {
		*end++ = '?';
		end = stpcpy(end, REDACTED);
	}
	*end = '\0';
	return shown;
}

/* What a name of a secret has in it. */
static const char *const signs[] = { "%", "auth", "bearer", "code", "cookie", "credential", "jwt",
	"key", "pass", "pwd", "secret", "sig", "token" };

static bool begins_sign(const char *text, size_t length)
{
	for (size_t i = 0; i < COUNT_OF(signs); i++) {
		const size_t size = strlen(signs[i]);
		if (size <= length && strncasecmp(text, signs[i], size) == 0)
			return true;
	}
	return false;
}

/* PageToken only says where a page begins. Each header of each request is asked about: letters that
 * begin no sign are passed over at once. */
bool redact_hides(const char *name, size_t length)
{
	static const bool begins[256] = { ['%'] = true,
		['A'] = true,
		['B'] = true,
		['C'] = true,
		['J'] = true,
		['K'] = true,
		['P'] = true,
		['S'] = true,
		['T'] = true,
		['a'] = true,
		['b'] = true,
		['c'] = true,
		['j'] = true,
		['k'] = true,
		['p'] = true,
		['s'] = true,
		['t'] = true };
	static const char page_token[] = "PageToken";
	if (length == strlen(page_token) && memcmp(name, page_token, length) == 0)
		return false;
	for (size_t at = 0; at < length; at++) {
		if (begins[(unsigned char)name[at]] && begins_sign(name + at, length - at))
			return true;
	}
	return false;
}

static const char *end_of(const char *text, const char *end, char mark)
{
	const char *found = memchr(text, mark, (size_t)(end - text));
	return found != NULL ? found : end;
}

void redact_add_parameters(struct strbuf *out, const char *text, size_t length)
{
	const char *const end = text + length;
	while (text < end) {
		const char *pair_end = end_of(text, end, '&');
		const char *equals = end_of(text, pair_end, '=');
		if (equals < pair_end && redact_hides(text, (size_t)(equals - text))) {
			strbuf_add(out, text, (size_t)(equals + 1 - text));
			strbuf_add_text(out, REDACTED);
		} else {
			strbuf_add(out, text, (size_t)(pair_end - text));
		}
		if (pair_end < end)
			strbuf_add_char(out, '&');
		text = pair_end + 1;
	}
}

const char *redact_query(struct arena *arena, const char *query)
{
	struct strbuf shown;
	strbuf_init(&shown, SHOWN_MAXIMUM);
	redact_add_parameters(&shown, query, strlen(query));
	const char *copy = shown.failed ? NULL : arena_copy(arena, shown.data, shown.length);
	strbuf_done(&shown);
	return copy;
}
