/* SPDX-License-Identifier: MIT */
#include "request/authenticate.h"

#include <string.h>
#include <strings.h>

#include "engine/account.h"
#include "model/sid.h"
#include "util/base64.h"

/* Why an Authorization header cannot be read, for the log, and what would do. */
struct misreading {
	const char *reason;
	const char *hint;
};

static const struct misreading
	wrong_scheme = { "the Authorization header is not of the Basic scheme",
		"credentials are Basic: an account's SID (AC...) and auth token, or an API key's "
		"SID (SK...) and secret" },
	no_memory = { "there was no memory for it", NULL }, /* which fails the request */
	no_base64 = { "the credentials are no base64 of a text",
		"what follows Basic is the base64 of user:password" },
	no_colon = { "the credentials have no colon",
		"user and password are parted by a colon: there is none" };

/* Notes for the log whom it refuses and why. A user that is no SID is not named: it may be a secret
 * that stands in the wrong place. */
static struct api_error refuse(struct arena *arena, enum error_case which, const char *user,
	const char *why, struct caller *ret_caller)
{
	ret_caller->refused_user = user != NULL && sid_looks_like(user) ? user : NULL;
	ret_caller->refusal = why;
	return error_new(arena, which, NULL);
}

static bool names_caller(const char *text)
{
	return sid_has_form(text, "AC") || sid_has_form(text, "SK");
}

/* What would help a user that is unknown. NULL where the error's cure says it all. */
static const char *hint_of_unknown(const char *user, const char *secret)
{
	if (sid_has_form(user, "SK"))
		return "no API key has this SID: --api-key SK...:secret:AC... or api_keys of a "
		       "seed make one known; an account's SID (AC...) does without";
	if (!names_caller(user) && names_caller(secret))
		return "user and password are the wrong way round: the user is the SID, the "
		       "password the token or secret";
	return NULL;
}

static const char *why_unknown(const char *user)
{
	if (sid_has_form(user, "AC"))
		return "--auth strict, and no such account was given";
	return sid_has_form(user, "SK") ? "there is no such API key"
					: "the user is no SID of an account or an API key";
}

static const char *why_wrong(const char *user)
{
	return sid_has_form(user, "SK") ? "the API key's secret is wrong" : "the token is wrong";
}

/* Takes "Basic …" apart. NULL when it can be. */
static const struct misreading *read_basic(const char *authorization, struct arena *arena,
	const char **ret_user, const char **ret_secret)
{
	if (strncasecmp(authorization, "Basic ", 6) != 0)
		return &wrong_scheme;
	const char *encoded = authorization + 6 + strspn(authorization + 6, " ");
	const size_t size = strlen(encoded) / 4 * 3 + 1;
	char *user = arena_alloc(arena, size);
	size_t length;
	if (user == NULL)
		return &no_memory;
	if (!base64_decode(encoded, user, size, &length) || strlen(user) != length)
		return &no_base64;
	char *colon = strchr(user, ':');
	if (colon == NULL)
		return &no_colon;
	*colon = '\0';
	*ret_user = user;
	*ret_secret = colon + 1;
	return NULL;
}

/* Long ones are not kept. What they say is shorter than they are. */
static void keep(struct kept_credentials *kept, const char *authorization, const char *user,
	const char *secret)
{
	const size_t size = strlen(authorization) + 1;
	if (size > sizeof(kept->authorization))
		return;
	memcpy(kept->authorization, authorization, size);
	kept->secret_at = (size_t)(secret - user);
	memcpy(kept->text, user, kept->secret_at + strlen(secret) + 1);
}

/* The same, from what is kept if it is that. */
static const struct misreading *read_kept(const char *authorization, struct arena *arena,
	struct kept_credentials *kept, const char **ret_user, const char **ret_secret)
{
	if (kept == NULL)
		return read_basic(authorization, arena, ret_user, ret_secret);
	if (strcmp(authorization, kept->authorization) == 0) {
		*ret_user = kept->text;
		*ret_secret = kept->text + kept->secret_at;
		return NULL;
	}
	const struct misreading *misread = read_basic(authorization, arena, ret_user, ret_secret);
	if (misread == NULL)
		keep(kept, authorization, *ret_user, *ret_secret);
	return misread;
}

struct api_error authenticate(struct registry *registry, const char *authorization,
	struct arena *arena, struct kept_credentials *kept, struct caller *ret_caller)
{
	const char *user, *secret;
	if (authorization == NULL || authorization[0] == '\0')
		return refuse(arena, ERROR_NO_CREDENTIALS, NULL, "there is no Authorization header",
			ret_caller);
	const struct misreading *misread = read_kept(authorization, arena, kept, &user, &secret);
	if (misread != NULL) {
		struct api_error error =
			refuse(arena, ERROR_UNKNOWN_USER, NULL, misread->reason, ret_caller);
		error.hint = misread->hint;
		return error;
	}
	switch (registry_check(registry, user, secret, arena, ret_caller)) {
	case CREDENTIAL_GOOD: return error_none();
	case CREDENTIAL_WRONG_SECRET:
		return refuse(arena, ERROR_WRONG_SECRET, user, why_wrong(user), ret_caller);
	case CREDENTIAL_ENDED:
		refuse(arena, ERROR_UNKNOWN_USER, user, "the account has ended", ret_caller);
		return account_ended_error(arena);
	case CREDENTIAL_UNKNOWN_USER: break;
	}
	struct api_error error =
		refuse(arena, ERROR_UNKNOWN_USER, user, why_unknown(user), ret_caller);
	error.hint = hint_of_unknown(user, secret);
	return error;
}
