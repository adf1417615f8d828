/* SPDX-License-Identifier: MIT */
/* JSON bodies: a record by its field table, and errors. Compact, keys in Twilio's order. */
#ifndef REQUEST_JSON_H
#define REQUEST_JSON_H

#include "model/resource.h"
#include "util/strbuf.h"

/* Adds a record as an object. `origin` begins its URLs. */
void json_add_record(struct strbuf *out, const struct resource *resource, const void *record,
	const char *origin);

/* No record takes more bytes than this; it may take much less. */
size_t json_record_maximum(const struct resource *resource, const void *record, const char *origin);

/* Adds the URL, without quotes, of the collection that the record is in. The origin comes from a
 * header of the request, of which http/ let only harmless characters through. */
void json_add_collection_url(struct strbuf *out, const struct resource *resource,
	const void *record, const char *origin);

/* Adds the body of an error: code, message, more_info, status. */
void json_add_error(struct strbuf *out, const struct api_error *error);

#endif
