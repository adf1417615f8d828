/* SPDX-License-Identifier: MIT */
/*
 * field_accept: what values each kind of field takes. Where Twilio's documentation is silent the
 * rules follow the sister product Programmable Wireless (error 33101): a unique name has at most
 * 64 characters and must not look like a SID.
 */
#include <string.h>
#include <strings.h>

#include "model/resource.h"
#include "model/sid.h"
#include "util/clock.h"
#include "util/url.h"
#include "util/utf8.h"

enum { UNIQUE_NAME_MAXIMUM = 64 };

static bool accept_boolean(const char *value, bool *ret_boolean)
{
	const bool is_true = strcasecmp(value, "true") == 0;
	if (!is_true && strcasecmp(value, "false") != 0)
		return false;
	*ret_boolean = is_true;
	return true;
}

/* Decimal digits, with a minus sign at most; no spaces, no fraction, no overflow. */
static bool accept_integer(const struct field *field, const char *value, int64_t *ret_integer)
{
	const bool negative = value[0] == '-';
	const char *digit = value + negative;
	int64_t magnitude = 0;
	if (*digit == '\0')
		return false;
	for (; *digit != '\0'; digit++) {
		if (*digit < '0' || *digit > '9' || magnitude > INT64_MAX / 10 - 1)
			return false;
		magnitude = magnitude * 10 + (*digit - '0');
	}
	const int64_t number = negative ? -magnitude : magnitude;
	if (number < field->minimum || number > field->maximum)
		return false;
	*ret_integer = number;
	return true;
}

static bool accept_enum(const struct field *field, const char *name, unsigned *ret_value)
{
	const unsigned value = field_value(field, name);
	if (!field_has_value(field, value))
		return false;
	*ret_value = value;
	return true;
}

static bool is_unique_name(const char *value)
{
	return utf8_count(value) <= UNIQUE_NAME_MAXIMUM && !sid_looks_like(value);
}

static bool is_text_of_length(const struct field *field, const char *value)
{
	const int64_t length = (int64_t)strlen(value);
	return length >= field->minimum && length <= field->maximum;
}

static bool accept_list_element(
	const struct field *field, const char *value, struct arena *arena, struct sid_list *list)
{
	if (!sid_has_form(value, field->prefix))
		return false;
	/* Room doubles whenever the count is a power of two: no capacity to keep. */
	if ((list->count & (list->count - 1)) == 0) {
		const size_t capacity = list->count > 0 ? list->count * 2 : 1;
		const char **sids = arena_alloc(arena, capacity * sizeof(*sids));
		if (sids == NULL)
			return false;
		if (list->count > 0)
			memcpy(sids, list->sids, list->count * sizeof(*sids));
		list->sids = sids;
	}
	list->sids[list->count++] = value;
	return true;
}

bool field_accept(const struct field *field, const char *value, struct arena *arena, void *record)
{
	if (value[0] == '\0' && (field->flags & CLEARED_BY_EMPTY)) {
		*record_text(field, record) = NULL;
		return true;
	}
	bool acceptable = false;
	switch (field->kind) {
	case FIELD_BOOLEAN: return accept_boolean(value, record_boolean(field, record));
	case FIELD_INTEGER: return accept_integer(field, value, record_integer(field, record));
	case FIELD_ENUM: return accept_enum(field, value, record_enum(field, record));
	case FIELD_TIME:
	case FIELD_LATER_TIME: return clock_parse(value, record_integer(field, record));
	case FIELD_SID_LIST:
		return accept_list_element(field, value, arena, record_list(field, record));
	case FIELD_OWN_SID: acceptable = sid_has_form(value, field->prefix); break;
	case FIELD_UNIQUE_NAME: acceptable = is_unique_name(value); break;
	case FIELD_TEXT: acceptable = is_text_of_length(field, value); break;
	case FIELD_ACCOUNT_SID: acceptable = sid_has_form(value, "AC"); break;
	case FIELD_URL: acceptable = url_is_web(value); break;
	case FIELD_REFERENCE: acceptable = value[0] != '\0'; break;
	case FIELD_CONSTANT:
	case FIELD_SELF_URL:
	case FIELD_JSON:
	case FIELD_LINKS: return false;
	}
	if (acceptable)
		*record_text(field, record) = value;
	return acceptable;
}
