/* SPDX-License-Identifier: MIT */
#include "request/json.h"

#include <string.h>

#include "model/sid.h"
#include "util/clock.h"

/* Adds a text that is known to need no escaping: SIDs, enum values, dates. */
static void add_quoted(struct strbuf *out, const char *text)
{
	const size_t length = strlen(text);
	if (out->capacity - out->length <= length + 2 && !strbuf_reserve(out, length + 2))
		return;
	char *end = out->data + out->length;
	*end++ = '"';
	memcpy(end, text, length);
	memcpy(end + length, "\"", 2);
	out->length += length + 2;
}

static void add_nullable(struct strbuf *out, const char *text, bool plain)
{
	if (text == NULL)
		strbuf_add(out, "null", 4);
	else if (plain)
		add_quoted(out, text);
	else
		strbuf_add_json_string(out, text);
}

/* A namespace as the SID that it begins with. */
static void add_account_sid(struct strbuf *out, const char *name)
{
	strbuf_add_char(out, '"');
	strbuf_add(out, name, strnlen(name, SID_LENGTH));
	strbuf_add_char(out, '"');
}

static void add_time(struct strbuf *out, int64_t ms)
{
	char quoted[1 + CLOCK_TEXT_SIZE] = "\"";
	clock_format(ms, quoted + 1);
	quoted[CLOCK_TEXT_SIZE] = '"';
	strbuf_add(out, quoted, sizeof(quoted));
}

void json_add_collection_url(
	struct strbuf *out, const struct resource *resource, const void *record, const char *origin)
{
	strbuf_add_text(out, origin);
	strbuf_add(out, "/v1/", 4);
	if (resource->parent != NULL) {
		strbuf_add_text(out, resource->parent->path);
		strbuf_add_char(out, '/');
		strbuf_add_text(out, record_get_parent(resource, record));
		strbuf_add_char(out, '/');
	}
	strbuf_add_text(out, resource->path);
}

/* Adds the record's own URL without its closing quote. */
static void add_open_url(
	struct strbuf *out, const struct resource *resource, const void *record, const char *origin)
{
	strbuf_add_char(out, '"');
	json_add_collection_url(out, resource, record, origin);
	strbuf_add_char(out, '/');
	strbuf_add_text(out, record_sid(resource, record));
}

static void add_links(struct strbuf *out, const struct resource *resource, const void *record,
	const char *origin, const struct field_link *links)
{
	char separator = '{';
	for (const struct field_link *link = links; link->name != NULL; link++) {
		strbuf_add_char(out, separator);
		add_quoted(out, link->name);
		strbuf_add_char(out, ':');
		add_open_url(out, resource, record, origin);
		strbuf_add_char(out, '/');
		strbuf_add_text(out, link->path);
		strbuf_add_char(out, '"');
		separator = ',';
	}
	strbuf_add_char(out, '}');
}

static void add_json(struct strbuf *out, const char *text)
{
	strbuf_add_text(out, text != NULL ? text : "null");
}

static void add_value(struct strbuf *out, const struct resource *resource,
	const struct field *field, const void *record, const char *origin)
{
	switch (field->kind) {
	case FIELD_ACCOUNT_SID: add_account_sid(out, record_get_text(field, record)); break;
	case FIELD_OWN_SID:
	case FIELD_REFERENCE: add_nullable(out, record_get_text(field, record), true); break;
	case FIELD_ENUM: add_nullable(out, record_get_name(field, record), true); break;
	case FIELD_UNIQUE_NAME:
	case FIELD_TEXT:
	case FIELD_URL: add_nullable(out, record_get_text(field, record), false); break;
	case FIELD_BOOLEAN:
		if (record_get_boolean(field, record))
			strbuf_add(out, "true", 4);
		else
			strbuf_add(out, "false", 5);
		break;
	case FIELD_INTEGER: strbuf_add_integer(out, record_get_integer(field, record)); break;
	case FIELD_TIME: add_time(out, record_get_integer(field, record)); break;
	case FIELD_LATER_TIME:
		if (record_get_integer(field, record) == 0)
			strbuf_add(out, "null", 4);
		else
			add_time(out, record_get_integer(field, record));
		break;
	case FIELD_CONSTANT: add_quoted(out, field->constant); break;
	case FIELD_SELF_URL:
		add_open_url(out, resource, record, origin);
		strbuf_add_char(out, '"');
		break;
	case FIELD_LINKS: add_links(out, resource, record, origin, field->links); break;
	case FIELD_JSON: add_json(out, record_get_text(field, record)); break;
	case FIELD_SID_LIST: break;
	}
}

void json_add_record(
	struct strbuf *out, const struct resource *resource, const void *record, const char *origin)
{
	/* Keys begin with their comma; the first one gives way to the brace. */
	const size_t start = out->length;
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (field->kind == FIELD_SID_LIST || (field->flags & HIDDEN))
			continue;
		strbuf_add(out, field->json_key, field->json_key_length);
		add_value(out, resource, field, record, origin);
	}
	strbuf_add_char(out, '}');
	if (!out->failed)
		out->data[start] = '{';
}

/* One value. A byte of a text may become six; what is no text is short. */
static size_t value_maximum(const struct field *field, const void *record, size_t url_maximum)
{
	enum { SHORT_MAXIMUM = 64 };
	size_t size = SHORT_MAXIMUM;
	const char *text = field->storage == STORED_TEXT ? record_get_text(field, record) : NULL;
	if (text != NULL)
		size += 6 * strlen(text);
	if (field->kind == FIELD_CONSTANT)
		size += strlen(field->constant);
	if (field->kind == FIELD_SELF_URL)
		size += url_maximum;
	for (const struct field_link *link = field->links; link != NULL && link->name != NULL;
		link++)
		size += url_maximum + strlen(link->name) + strlen(link->path) + SHORT_MAXIMUM;
	return size;
}

size_t json_record_maximum(const struct resource *resource, const void *record, const char *origin)
{
	enum { PATH_MAXIMUM = 256 }; /* two SIDs and two names of resources */
	const size_t url_maximum = strlen(origin) + PATH_MAXIMUM;
	size_t size = 2;
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		size += field->json_key_length + value_maximum(field, record, url_maximum);
	}
	return size;
}

void json_add_error(struct strbuf *out, const struct api_error *error)
{
	strbuf_add_format(out, "{\"code\":%d,\"message\":", error->code);
	strbuf_add_json_string(out, error->message);
	strbuf_add_format(out,
		",\"more_info\":\"https://www.twilio.com/docs/errors/%d\",\"status\":%d}",
		error->code, error->status);
}
