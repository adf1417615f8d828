/* SPDX-License-Identifier: MIT */
/*
 * Hints: what a person wants to know beside an error. Bodies of /v1 are Twilio's, so there it is a
 * header, Emulator-Hint; the control API has a key for it. Only errors pay for them.
 */
#ifndef REQUEST_HINT_H
#define REQUEST_HINT_H

#include "request/request.h"

/*
 * Works out what would help with an error that brought no hint, from the tables of routes and
 * resources: what a parameter takes, which path was meant, what kind of record a SID is of. NULL
 * when there is nothing better than the error's cure. It lives in the request's arena.
 */
const char *hint_make(struct request *request, const struct api_error *error);

/* What a request's body is. One that is no form holds no parameters; `curl -d` says that JSON is
 * one. */
enum body_form {
	BODY_IS_FORM, /* or there is none */
	BODY_IS_JSON,
	BODY_IS_OTHER
};

enum body_form body_form_of(const struct request *request);

/* What helps with a body that is no form; NULL for one that is. */
const char *hint_of_body(enum body_form form);

/*
 * A hint as a header's value: one line, of bounded length. Texts of the request may be in it, so
 * control characters and what is no UTF-8 are percent-encoded. NULL without memory, and for NULL.
 */
const char *hint_header(struct arena *arena, const char *hint);

#endif
