/* SPDX-License-Identifier: MIT */
/* Decoding of forms (`application/x-www-form-urlencoded`) and query strings, which look alike. */
#ifndef REQUEST_FORM_H
#define REQUEST_FORM_H

#include "model/resource.h"
#include "watch/matcher.h"
#include "watch/warnings.h"

/* Called for each parameter in its order. Texts point into the decoded input. False stops. */
typedef bool form_visitor(void *closure, const char *name, const char *value);

/*
 * Decodes `length` bytes of `text` in place (room for a NUL after them is needed) and visits each
 * parameter. One without `=` has an empty value. False when an escape is malformed, when a NUL or
 * something else than UTF-8 comes out, or when the visitor stopped.
 */
bool form_visit(char *text, size_t length, form_visitor *visit, void *closure);

/* Decodes a copy of a form or a query into its parameters, in their order, in the arena. False when
 * it cannot be decoded, or without memory. */
bool form_read_parameters(
	struct arena *arena, const char *text, size_t length, struct parameters *ret_parameters);

/* The same with only those parameters that have one of these names, MATCH_NAMES_MAXIMUM at most: of
 * what is repeated the last. It takes much less time, since no other value is decoded. What cannot
 * be decoded is not there. False without memory. */
bool form_read_named(struct arena *arena, const char *text, size_t length,
	const struct parameters *names, struct parameters *ret_parameters);

/* Takes each parameter of this name, spelled without escapes, out of a text that is not decoded
 * yet. */
void form_cut(char *text, const char *name);

/* Reads a number of a path or a query: digits only, at most 15. */
bool form_read_natural(const char *text, int64_t *ret_number);

/* True when a request with this Content-Type has a form as its body. A missing one counts. */
bool form_has_type(const char *content_type);

/* The same, where the body shows that it is none: JSON is sent as a form by `curl -d`. */
bool form_is_likely(const char *content_type, const char *body, size_t length);

/* What a form gave. */
struct form_outcome {
	field_set given;
	struct warning *first_warning; /* of what is passed over, and was probably not meant */
};

/*
 * Reads a form into a record by the resource's table. `mode` is ON_CREATE or ON_UPDATE: parameters
 * of other modes are ignored like unknown ones. Of a repeated parameter the last counts, but for
 * lists, which take each. There may be warnings with an error, too.
 * Errors: 20001 for a missing, invalid or undecodable parameter; the first one in table order.
 */
struct api_error form_read(const struct resource *resource, unsigned mode, char *text,
	size_t length, struct arena *arena, void *record, struct form_outcome *ret_outcome);

#endif
