/* SPDX-License-Identifier: MIT */
/*
 * X-Twilio-Signature, as the validators of Twilio's helper libraries compute it: HMAC-SHA1 with the
 * account's AuthToken over the URL and, for a form, its parameters (Twilio: "Webhooks security").
 */
#ifndef WEBHOOK_SIGNATURE_H
#define WEBHOOK_SIGNATURE_H

#include <stdbool.h>

#include "util/strbuf.h"

enum { SIGNATURE_SIZE = 29 }; /* 20 bytes in base64, and a NUL */

/*
 * Adds the text that is signed: the URL without its fragment; for a POST also the parameters of its
 * form-encoded body, sorted by name, each name followed by its value, a repeated pair once. `form`
 * NULL: a GET, whose parameters are in the URL. False when the form cannot be decoded, and without
 * memory.
 */
bool signature_text(struct strbuf *out, const char *url, const char *form);

/* Signs `length` bytes of text. False when the library fails. */
bool signature_make(const char *auth_token, const char *text, size_t length,
	char ret_signature[SIGNATURE_SIZE]);

/* Compares in a time that does not depend on where they differ. */
bool signature_matches(const char *expected, const char *given);

#endif
