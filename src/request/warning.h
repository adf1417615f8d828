/* SPDX-License-Identifier: MIT */
/*
 * Warnings of single parameters, as forms and queries are read. Twilio passes these over without a
 * word. Each is added to a request's list: see watch/warnings.h.
 */
#ifndef REQUEST_WARNING_H
#define REQUEST_WARNING_H

#include "model/resource.h"
#include "watch/warnings.h"

/* "dataLimit is unknown: DataLimit?" `known` NULL: nothing resembles it. */
const char *warning_unknown_hint(struct arena *arena, const char *given, const char *known);

/* The parameter that a name resembles which may not be given at `place` (see below), nor was once.
 * NULL: it may be, or none is like it. */
const char *warning_meant(const struct resource *resource, unsigned place, const char *name);

/*
 * Of a parameter that an operation does not know. `place` is where it was given: ON_CREATE,
 * ON_UPDATE, ON_LIST or, where nothing may be given, 0.
 */
void warning_of_unknown(struct arena *arena, struct warning **list, const struct resource *resource,
	unsigned place, const char *name);

/* Of one that is no list and was given before. */
void warning_of_repeated(struct arena *arena, struct warning **list, const char *name);

/* Of a webhook's URL, which is acceptable: none when it is https, or stays on this machine or in a
 * private network, as those of tests do. Names are judged as they stand. */
void warning_of_callback(
	struct arena *arena, struct warning **list, const char *parameter, const char *url);

#endif
