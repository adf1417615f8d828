/* SPDX-License-Identifier: MIT */
/* Warnings of a whole request: its body, its query, and what becomes of its list. */
#ifndef REQUEST_WARNINGS_H
#define REQUEST_WARNINGS_H

#include "request/request.h"

/* Warns of a body that is no form. False: it is one, or there is none. */
bool warnings_of_body(struct request *request);

/* Warns of each parameter in a query, of an operation that takes none there. `place` is what its
 * form is: ON_CREATE, ON_UPDATE or, when it has none, 0. */
void warnings_of_query(struct request *request, unsigned place);

/*
 * To be called once for a request that was read and has warnings: counts them, and makes the
 * header. `error` is what reading it came to; it is given back, but with --strict there is one in
 * any case: 20001.
 */
struct api_error warnings_settle(struct request *request, struct api_error error);

#endif
