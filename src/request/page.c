/* SPDX-License-Identifier: MIT */
#include "request/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/limits.h"
#include "request/form.h"
#include "request/json.h"
#include "request/route.h"
#include "request/warning.h"
#include "util/hash.h"

enum { PAGE_SIZE_DEFAULT = 50 };

/* ── tokens ──────────────────────────────────────────────────────────────────────────────── */

uint64_t page_list_identity(
	const char *namespace, const struct resource *resource, const struct list_parameters *list)
{
	uint64_t hash = hash_text(hash_text(HASH_START, namespace), resource->list_key);
	if (list->parent_sid != NULL)
		hash = hash_text(hash, list->parent_sid);
	for (size_t i = 0; i < resource->field_count; i++) {
		if (list->filter_values[i] != NULL)
			hash = hash_text(hash_number(hash, i), list->filter_values[i]);
	}
	return hash_finish(hash);
}

/* What a token's second half must be, given its list and what its first half means. */
static uint64_t check_of(uint64_t list, uint64_t place)
{
	return hash_finish(hash_number(hash_number(HASH_START, list), place));
}

/* The first half is hidden behind this, so that nobody reads record numbers out of tokens. */
static uint64_t mask_of(uint64_t list, uint64_t check)
{
	return hash_finish(hash_number(hash_number(HASH_START, check), list));
}

void page_token_make(uint64_t list, enum page_direction direction, int64_t position,
	char ret_token[PAGE_TOKEN_SIZE])
{
	const uint64_t place = (uint64_t)position << 1 | (direction == PAGE_ABOVE);
	const uint64_t check = check_of(list, place);
	snprintf(ret_token, PAGE_TOKEN_SIZE, "PT%016" PRIx64 "%016" PRIx64,
		place ^ mask_of(list, check), check);
}

static bool read_half(const char *digits, uint64_t *ret_value)
{
	uint64_t value = 0;
	for (int i = 0; i < 16; i++) {
		const char *place =
			digits[i] != '\0' ? strchr("0123456789abcdef", digits[i]) : NULL;
		if (place == NULL)
			return false;
		value = value << 4 | (uint64_t)(place - "0123456789abcdef");
	}
	*ret_value = value;
	return true;
}

bool page_token_read(const char *token, uint64_t list, struct page_request *ret_position)
{
	uint64_t hidden, check;
	if (strlen(token) != PAGE_TOKEN_SIZE - 1 || strncmp(token, "PT", 2) != 0 ||
		!read_half(token + 2, &hidden) || !read_half(token + 18, &check))
		return false;
	const uint64_t place = hidden ^ mask_of(list, check);
	if (check_of(list, place) != check)
		return false;
	ret_position->direction = place & 1 ? PAGE_ABOVE : PAGE_BELOW;
	ret_position->position = (int64_t)(place >> 1);
	return true;
}

/* ── the query ───────────────────────────────────────────────────────────────────────────── */

struct query_reading {
	struct request *request;
	const char *page_size;
	const char *page;
	const char *page_token;
};

/* Where the value of a parameter belongs; NULL: no list knows it. */
static const char **place_of_value(struct query_reading *reading, const char *name)
{
	const struct resource *resource = reading->request->route->resource;
	if (strcmp(name, "PageSize") == 0)
		return &reading->page_size;
	if (strcmp(name, "Page") == 0)
		return &reading->page;
	if (strcmp(name, "PageToken") == 0)
		return &reading->page_token;
	const struct field *field = resource_parameter(resource, ON_LIST, name);
	return field != NULL ? &reading->request->list->filter_values[field - resource->fields]
			     : NULL;
}

/* Twilio ignores what it does not know: a filter with a typing error lists everything. */
static bool collect_query_parameter(void *closure, const char *name, const char *value)
{
	struct query_reading *reading = closure;
	struct request *request = reading->request;
	const char **place = place_of_value(reading, name);
	if (place == NULL) {
		warning_of_unknown(&request->arena, &request->first_warning,
			request->route->resource, ON_LIST, name);
		return true;
	}
	if (*place != NULL)
		warning_of_repeated(&request->arena, &request->first_warning, name);
	*place = value;
	return true;
}

/* Parameters of every list stand in no resource's table: they bring their hint. */
static struct api_error refuse(struct arena *arena, const char *parameter, const char *hint)
{
	struct api_error error = error_new(arena, ERROR_INVALID_PARAMETER, parameter);
	error.hint = hint;
	return error;
}

static struct api_error read_position(struct request *request, const struct query_reading *reading)
{
	struct list_parameters *list = request->list;
	struct arena *arena = &request->arena;
	list->page_size = PAGE_SIZE_DEFAULT;
	if (reading->page_size != NULL) {
		if (!form_read_natural(reading->page_size, &list->page_size) ||
			list->page_size == 0)
			return refuse(arena, "PageSize",
				"PageSize: 1 to " LIMIT_TEXT(
					PAGE_SIZE_MAXIMUM) ", 50 when it is not given");
		if (list->page_size > PAGE_SIZE_MAXIMUM)
			return error_new(arena, ERROR_PAGE_SIZE_TOO_LARGE, NULL);
	}
	if (reading->page != NULL && !form_read_natural(reading->page, &list->page))
		return refuse(arena, "Page",
			"Page: a whole number; PageToken says which page it is, so follow "
			"next_page_url");
	list->position = (struct page_request){ (size_t)list->page_size, PAGE_BELOW, INT64_MAX };
	list->page_token = reading->page_token;
	if (list->page_token == NULL && list->page > 0) {
		warning_add(arena, &request->first_warning, WARNING_PAGE_WITHOUT_TOKEN, "Page",
			"Page says nothing by itself: PageToken says which page it is, so follow "
			"next_page_url");
		return error_new(arena, ERROR_PAGE_WITHOUT_TOKEN, NULL);
	}
	return error_none();
}

struct api_error page_seek(struct request *request)
{
	const struct resource *resource = request->route->resource;
	struct list_parameters *list = request->list;
	if (resource->parent != NULL)
		list->parent_sid = record_get_parent(resource, request->record);
	if (list->page_token == NULL)
		return error_none();
	const uint64_t identity = page_list_identity(request->caller.namespace, resource, list);
	if (!page_token_read(list->page_token, identity, &list->position))
		return refuse(&request->arena, "PageToken",
			"a PageToken is for one list of one account, with the same filters: take "
			"it from next_page_url or previous_page_url");
	return error_none();
}

struct api_error page_read_query(struct request *request, char *query, size_t length)
{
	const struct resource *resource = request->route->resource;
	struct query_reading reading = { .request = request };
	if (!form_visit(query, length, collect_query_parameter, &reading))
		return error_new(&request->arena, ERROR_BAD_REQUEST, NULL);
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		const char *value = request->list->filter_values[i];
		if (value == NULL)
			continue;
		if (!field_accept(field, value, &request->arena, request->record))
			return error_new(&request->arena,
				error_or_general(resource->errors.invalid_parameter,
					ERROR_INVALID_PARAMETER),
				field->parameter);
		request->given |= field_bit(resource, field);
	}
	return read_position(request, &reading);
}

/* ── meta ────────────────────────────────────────────────────────────────────────────────── */

/* printf would cost more than all else of what is told of a page. */
static void add_number(struct strbuf *out, const char *before, int64_t number)
{
	strbuf_add_text(out, before);
	strbuf_add_integer(out, number);
}

/* Adds `"name":"<url of a page>"`. Filters come first, then PageSize, Page and PageToken. */
static void add_page_url(struct strbuf *out, const struct request *request, const char *name,
	int64_t page, const char *token)
{
	const struct resource *resource = request->route->resource;
	strbuf_add_char(out, '"');
	strbuf_add_text(out, name);
	strbuf_add_text(out, "\":\"");
	json_add_collection_url(out, resource, request->record, request->origin);
	strbuf_add_char(out, '?');
	for (size_t i = 0; i < resource->field_count; i++) {
		if (request->list->filter_values[i] == NULL)
			continue;
		strbuf_add_text(out, resource->fields[i].parameter);
		strbuf_add_char(out, '=');
		strbuf_add_percent_encoded(out, request->list->filter_values[i]);
		strbuf_add_char(out, '&');
	}
	add_number(out, "PageSize=", request->list->page_size);
	add_number(out, "&Page=", page);
	if (token != NULL) {
		strbuf_add_text(out, "&PageToken=");
		strbuf_add_text(out, token);
	}
	strbuf_add_char(out, '"');
}

/* The token that leads to this very page; NULL for the first one. */
static const char *own_token(
	const struct request *request, uint64_t identity, char token[PAGE_TOKEN_SIZE])
{
	const struct page_request *position = &request->list->position;
	if (position->direction == PAGE_BELOW && position->position == INT64_MAX)
		return NULL;
	page_token_make(identity, position->direction, position->position, token);
	return token;
}

void page_add_meta(struct strbuf *out, const struct request *request, const struct store_page *page)
{
	const struct resource *resource = request->route->resource;
	const int64_t number = request->list->page;
	const uint64_t identity =
		page_list_identity(request->caller.namespace, resource, request->list);
	char token[PAGE_TOKEN_SIZE];
	strbuf_add_text(out, "\"meta\":{");
	add_page_url(out, request, "first_page_url", 0, NULL);
	strbuf_add_text(out, ",\"key\":\"");
	strbuf_add_text(out, resource->list_key);
	strbuf_add_text(out, "\",");
	if (page->more) {
		page_token_make(identity, PAGE_BELOW, page->last_id, token);
		add_page_url(out, request, "next_page_url", number + 1, token);
	} else {
		strbuf_add_text(out, "\"next_page_url\":null");
	}
	add_number(out, ",\"page\":", number);
	add_number(out, ",\"page_size\":", request->list->page_size);
	strbuf_add_char(out, ',');
	if (number > 0 && page->count > 0) {
		page_token_make(identity, PAGE_ABOVE, page->first_id, token);
		add_page_url(out, request, "previous_page_url", number - 1, token);
	} else {
		strbuf_add_text(out, "\"previous_page_url\":null");
	}
	strbuf_add_char(out, ',');
	add_page_url(out, request, "url", number, own_token(request, identity, token));
	strbuf_add_char(out, '}');
}
