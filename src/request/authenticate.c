/* SPDX-License-Identifier: MIT */
#include "request/authenticate.h"

#include <string.h>
#include <strings.h>

#include "engine/account.h"
#include "util/base64.h"

static struct api_error unreadable(struct arena *arena, const char *hint)
{
	struct api_error error = error_new(arena, ERROR_UNKNOWN_USER, NULL);
	error.hint = hint;
	return error;
}

struct api_error authenticate(struct registry *registry, const char *authorization,
	struct arena *arena, struct caller *ret_caller)
{
	if (authorization == NULL || authorization[0] == '\0')
		return error_new(arena, ERROR_NO_CREDENTIALS, NULL);
	if (strncasecmp(authorization, "Basic ", 6) != 0)
		return unreadable(arena, "credentials are Basic: an account's SID (AC...) and auth "
					 "token, or an API key's SID (SK...) and secret");
	const char *encoded = authorization + 6 + strspn(authorization + 6, " ");
	const size_t size = strlen(encoded) / 4 * 3 + 1;
	char *user = arena_alloc(arena, size);
	size_t length;
	if (user == NULL)
		return error_internal();
	if (!base64_decode(encoded, user, size, &length) || strlen(user) != length)
		return unreadable(arena, "what follows Basic is the base64 of user:password");
	char *colon = strchr(user, ':');
	if (colon == NULL)
		return unreadable(arena, "user and password are parted by a colon: there is none");
	*colon = '\0';
	switch (registry_check(registry, user, colon + 1, arena, ret_caller)) {
	case CREDENTIAL_GOOD: return error_none();
	case CREDENTIAL_WRONG_SECRET: return error_new(arena, ERROR_WRONG_SECRET, NULL);
	case CREDENTIAL_ENDED: return account_ended_error(arena);
	case CREDENTIAL_UNKNOWN_USER: break;
	}
	return error_new(arena, ERROR_UNKNOWN_USER, NULL);
}
