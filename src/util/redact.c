/* SPDX-License-Identifier: MIT */
#include "util/redact.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "util/count.h"

static const char mask[] = "***";

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
	char *shown = arena_alloc(arena, scheme_length + length + 1 + sizeof(mask));
	if (shown == NULL)
		return NULL;
	memcpy(shown, url, scheme_length);
	char *end = (char *)mempcpy(shown + scheme_length, host, length);
	if (host[length] == '?') {
		*end++ = '?';
		end = stpcpy(end, mask);
	}
	*end = '\0';
	return shown;
}

/* PageToken only says where a page begins. */
static bool is_secret(const char *name, size_t length)
{
	static const char *const signs[] = { "%", "auth", "bearer", "code", "credential", "jwt",
		"key", "pass", "pwd", "secret", "sig", "token" };
	static const char page_token[] = "PageToken";
	if (length == strlen(page_token) && memcmp(name, page_token, length) == 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(signs); i++) {
		const size_t size = strlen(signs[i]);
		for (size_t at = 0; at + size <= length; at++) {
			if (strncasecmp(name + at, signs[i], size) == 0)
				return true;
		}
	}
	return false;
}

const char *redact_query(struct arena *arena, const char *query)
{
	/* The most that it can take: a mask for each of the shortest values. */
	char *shown = arena_alloc(arena, strlen(query) * sizeof(mask) + 1);
	char *end = shown;
	while (end != NULL && *query != '\0') {
		const size_t length = strcspn(query, "&"), name = strcspn(query, "=&");
		const bool hidden = name < length && is_secret(query, name);
		end = (char *)mempcpy(end, query, hidden ? name + 1 : length);
		if (hidden)
			end = stpcpy(end, mask);
		query += length;
		if (*query == '&')
			*end++ = *query++;
	}
	if (end != NULL)
		*end = '\0';
	return shown;
}
