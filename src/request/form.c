/* SPDX-License-Identifier: MIT */
#include "request/form.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/percent.h"
#include "util/resemble.h"

bool form_visit(char *text, size_t length, form_visitor *visit, void *closure)
{
	char *end = text + length;
	while (text < end) {
		char *pair_end = memchr(text, '&', (size_t)(end - text));
		if (pair_end == NULL)
			pair_end = end;
		char *equals = memchr(text, '=', (size_t)(pair_end - text));
		char *name_end = equals != NULL ? equals : pair_end;
		char *value = equals != NULL ? equals + 1 : pair_end;
		size_t decoded;
		/* The value first: the NUL that ends the name takes the place of the `=`. */
		if (!percent_decode(value, (size_t)(pair_end - value), true, &decoded))
			return false;
		if (name_end > text) {
			/* A name without `=` ends where its empty value stands: one NUL for both.
			 */
			if (!percent_decode(text, (size_t)(name_end - text), true, &decoded))
				return false;
			if (!visit(closure, text, equals != NULL ? value : ""))
				return false;
		}
		text = pair_end + 1;
	}
	return true;
}

static bool collect_pair(void *closure, const char *name, const char *value)
{
	struct parameters *parameters = closure;
	parameters->items[parameters->count++] = (struct parameter){ name, value };
	return true;
}

bool form_read_parameters(
	struct arena *arena, const char *text, size_t length, struct parameters *ret_parameters)
{
	size_t most = 1;
	*ret_parameters = (struct parameters){ 0 };
	if (length == 0)
		return true;
	for (size_t i = 0; i < length; i++)
		most += text[i] == '&';
	char *copy = arena_copy(arena, text, length);
	ret_parameters->items = arena_alloc(arena, most * sizeof(*ret_parameters->items));
	return copy != NULL && ret_parameters->items != NULL &&
	       form_visit(copy, length, collect_pair, ret_parameters);
}

bool form_read_natural(const char *text, int64_t *ret_number)
{
	const size_t length = strlen(text);
	if (length == 0 || length > 15 || strspn(text, "0123456789") != length)
		return false;
	*ret_number = strtoll(text, NULL, 10);
	return true;
}

bool form_has_type(const char *content_type)
{
	static const char form_type[] = "application/x-www-form-urlencoded";
	if (content_type == NULL)
		return true;
	if (strncasecmp(content_type, form_type, sizeof(form_type) - 1) != 0)
		return false;
	const char after = content_type[sizeof(form_type) - 1];
	return after == '\0' || after == ';' || after == ' ';
}

enum { UNKNOWN_KEPT = 8, UNKNOWN_SHOWN = 64 };

struct reading {
	const struct resource *resource;
	unsigned mode;
	struct arena *arena;
	void *record;
	const char *values[64]; /* the last given, by field */
	field_set given;
	const struct field *invalid_list;
	const char *unknown[UNKNOWN_KEPT]; /* for a hint */
	size_t unknown_count;
};

static const struct field *field_of_parameter(const struct reading *reading, const char *name)
{
	for (size_t i = 0; i < reading->resource->field_count; i++) {
		const struct field *field = &reading->resource->fields[i];
		if ((field->flags & reading->mode) && strcmp(field->parameter, name) == 0)
			return field;
	}
	return NULL;
}

static bool collect_parameter(void *closure, const char *name, const char *value)
{
	struct reading *reading = closure;
	const struct field *field = field_of_parameter(reading, name);
	if (field == NULL) {
		if (reading->unknown_count < UNKNOWN_KEPT)
			reading->unknown[reading->unknown_count++] = name;
		return true;
	}
	reading->given |= field_bit(reading->resource, field);
	reading->values[field - reading->resource->fields] = value;
	if (field->kind == FIELD_SID_LIST &&
		!field_accept(field, value, reading->arena, reading->record))
		reading->invalid_list = field;
	return true;
}

/* Validates what was given, field by field. */
static struct api_error accept_values(struct reading *reading)
{
	const struct resource *resource = reading->resource;
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		bool valid = field != reading->invalid_list;
		if (reading->values[i] != NULL && field->kind != FIELD_SID_LIST)
			valid = field_accept(
				field, reading->values[i], reading->arena, reading->record);
		if (!valid)
			return error_new(reading->arena, ERROR_INVALID_PARAMETER, field->parameter);
	}
	return error_none();
}

/* "dataLimit is unknown: DataLimit?" for what was given and resembles a parameter. */
static const char *unknown_hint(struct reading *reading, const char *parameter)
{
	for (size_t i = 0; i < reading->unknown_count; i++) {
		if (text_resembles(reading->unknown[i], parameter))
			return arena_format(reading->arena, "%.*s is unknown: %s?", UNKNOWN_SHOWN,
				reading->unknown[i], parameter);
	}
	return NULL;
}

/* The error of a parameter that is missing: it may have been given by another name or, if not,
 * another one was. */
static struct api_error missing(struct reading *reading, const struct field *missed)
{
	const struct resource *resource = reading->resource;
	struct api_error error = error_new(reading->arena,
		error_or_general(resource->errors.missing_parameter, ERROR_MISSING_PARAMETER),
		missed->parameter);
	error.hint = unknown_hint(reading, missed->parameter);
	for (size_t i = 0; i < resource->field_count && error.hint == NULL; i++) {
		const struct field *field = &resource->fields[i];
		if (field->flags & reading->mode)
			error.hint = unknown_hint(reading, field->parameter);
	}
	return error;
}

const char *form_resembling(const struct resource *resource, unsigned mode, const char *name)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if ((field->flags & mode) && text_resembles(name, field->parameter))
			return field->parameter;
	}
	return NULL;
}

const char *form_ignored_hint(struct arena *arena, const char *given, const char *known)
{
	return arena_format(arena, "%.*s is ignored: %s?", UNKNOWN_SHOWN, given, known);
}

/* Of a parameter by its very name that is taken at another time. */
static const char *other_mode_hint(const struct reading *reading, const char *name)
{
	const bool creates = reading->mode == ON_CREATE;
	const struct reading other = {
		.resource = reading->resource,
		.mode = creates ? ON_UPDATE : ON_CREATE,
	};
	if (field_of_parameter(&other, name) == NULL)
		return NULL;
	return arena_format(reading->arena, "%s is ignored: it is given %s the %s", name,
		creates ? "in an update of" : "with what makes", reading->resource->name);
}

/* Twilio ignores what it does not know, and so a typing error goes unnoticed there. */
static const char *ignored_hint(const struct reading *reading)
{
	for (size_t i = 0; i < reading->unknown_count; i++) {
		const char *name = reading->unknown[i];
		const char *hint = other_mode_hint(reading, name);
		if (hint != NULL)
			return hint;
		const char *known = form_resembling(reading->resource, reading->mode, name);
		if (known != NULL)
			return form_ignored_hint(reading->arena, name, known);
	}
	return NULL;
}

struct api_error form_read(const struct resource *resource, unsigned mode, char *text,
	size_t length, struct arena *arena, void *record, struct form_outcome *ret_outcome)
{
	struct reading reading = {
		.resource = resource,
		.mode = mode,
		.arena = arena,
		.record = record,
	};
	if (!form_visit(text, length, collect_parameter, &reading))
		return error_new(arena, ERROR_BAD_REQUEST, NULL);
	for (size_t i = 0; i < resource->field_count && mode == ON_CREATE; i++) {
		const struct field *field = &resource->fields[i];
		if ((field->flags & REQUIRED) && reading.values[i] == NULL)
			return missing(&reading, field);
	}
	ret_outcome->given = reading.given;
	ret_outcome->ignored_hint = ignored_hint(&reading);
	return accept_values(&reading);
}
