/* SPDX-License-Identifier: MIT */
#include "service/references.h"

/* Counts the records whose `field` refers to the SID. */
static struct api_error count_field(struct context *context, const struct resource *resource,
	const struct field *field, const char *sid, size_t limit, int64_t *count)
{
	void *filter = arena_alloc(context->arena, resource->record_size);
	if (filter == NULL)
		return error_internal();
	*record_text(field, filter) = sid;
	struct store_query query = {
		.namespace = context->namespace,
		.filter = filter,
		.filter_set = field_bit(resource, field),
		.limit = limit,
	};
	/* Looks at the index only: there may be many. */
	const enum store_result result =
		store_seek_page_above(context->connection, resource, 0, &query);
	if (result == STORE_OK)
		*count += (int64_t)query.limit;
	return error_of_store(result);
}

struct api_error references_count(struct context *context, const struct resource *target,
	const char *sid, size_t limit, int64_t *ret_count)
{
	struct api_error error = error_none();
	*ret_count = 0;
	for (size_t i = 0; service_resources[i] != NULL; i++) {
		const struct resource *resource = service_resources[i];
		for (size_t j = 0; j < resource->field_count; j++) {
			const struct field *field = &resource->fields[j];
			if (field->target != target || (size_t)*ret_count >= limit)
				continue;
			error = count_field(context, resource, field, sid,
				limit - (size_t)*ret_count, ret_count);
			if (is_error(error))
				return error;
		}
	}
	return error;
}
