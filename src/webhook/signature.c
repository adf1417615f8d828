/* SPDX-License-Identifier: MIT */
#include "webhook/signature.h"

#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "util/base64.h"
#include "util/memory.h"
#include "util/percent.h"
#include "util/secret.h"

struct parameter {
	const char *name;
	const char *value;
};

static int compare_parameters(const void *one, const void *other)
{
	const struct parameter *a = one, *b = other;
	const int names = strcmp(a->name, b->name);
	return names != 0 ? names : strcmp(a->value, b->value);
}

static size_t count_pairs(const char *form)
{
	size_t count = 1;
	for (; *form != '\0'; form++)
		count += *form == '&';
	return count;
}

/* Takes a form apart in place. False for what cannot be decoded. */
static bool read_parameters(char *form, struct parameter *parameters, size_t *ret_count)
{
	size_t count = 0, length;
	char *rest = form;
	while (rest != NULL) {
		char *pair = rest;
		rest = strchr(pair, '&');
		if (rest != NULL)
			*rest++ = '\0';
		if (*pair == '\0')
			continue;
		char *value = strchr(pair, '=');
		if (value != NULL)
			*value++ = '\0';
		if (!percent_decode(pair, strlen(pair), true, &length) ||
			(value != NULL && !percent_decode(value, strlen(value), true, &length)))
			return false;
		parameters[count++] = (struct parameter){ pair, value != NULL ? value : "" };
	}
	*ret_count = count;
	return true;
}

static bool add_parameters(struct strbuf *out, const char *form)
{
	size_t count = 0;
	const size_t size = strlen(form) + 1;
	char *copy = memory_allocate(size);
	struct parameter *parameters = memory_allocate(count_pairs(form) * sizeof(*parameters));
	const bool good = copy != NULL && parameters != NULL &&
			  read_parameters(memcpy(copy, form, size), parameters, &count);
	if (good)
		qsort(parameters, count, sizeof(*parameters), compare_parameters);
	for (size_t i = 0; good && i < count; i++) {
		if (i > 0 && compare_parameters(&parameters[i], &parameters[i - 1]) == 0)
			continue;
		strbuf_add_text(out, parameters[i].name);
		strbuf_add_text(out, parameters[i].value);
	}
	free(parameters);
	free(copy);
	return good;
}

bool signature_text(struct strbuf *out, const char *url, const char *form)
{
	strbuf_add(out, url, strcspn(url, "#"));
	return (form == NULL || add_parameters(out, form)) && !out->failed;
}

bool signature_make(
	const char *auth_token, const char *text, size_t length, char ret_signature[SIGNATURE_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;
	const size_t key_length = strlen(auth_token);
	struct strbuf encoded;
	if (key_length > INT_MAX ||
		HMAC(EVP_sha1(), auth_token, (int)key_length, (const unsigned char *)text, length,
			digest, &size) == NULL)
		return false;
	strbuf_init(&encoded, 2 * SIGNATURE_SIZE);
	base64_encode(digest, size, &encoded);
	const bool made = !encoded.failed && encoded.length == SIGNATURE_SIZE - 1;
	if (made)
		memcpy(ret_signature, encoded.data, SIGNATURE_SIZE);
	strbuf_done(&encoded);
	return made;
}

bool signature_matches(const char *expected, const char *given)
{
	return secret_matches(expected, given);
}
