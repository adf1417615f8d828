/* SPDX-License-Identifier: MIT */
#include "request/form.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "request/warning.h"
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

/* A parameter that is not decoded. */
struct pair {
	const char *name, *name_end, *value, *end;
	bool is_escaped; /* its name is */
};

static struct pair pair_at(const char *text, const char *end)
{
	struct pair pair = { .name = text };
	const char *at = text;
	for (; at < end && *at != '=' && *at != '&'; at++)
		pair.is_escaped |= *at == '%' || *at == '+';
	pair.name_end = at;
	pair.value = at < end && *at == '=' ? at + 1 : at;
	const char *mark =
		pair.value < end ? memchr(pair.value, '&', (size_t)(end - pair.value)) : NULL;
	pair.end = mark != NULL ? mark : end;
	return pair;
}

/* The names that are looked for, and their last values so far; NULL: not given. */
struct named {
	const struct parameters *names;
	size_t lengths[MATCH_NAMES_MAXIMUM];
	const char *values[MATCH_NAMES_MAXIMUM], *ends[MATCH_NAMES_MAXIMUM];
};

static void note_value(
	struct named *named, const struct pair *pair, const char *name, size_t length)
{
	for (size_t i = 0; i < named->names->count; i++) {
		if (named->lengths[i] != length ||
			memcmp(named->names->items[i].name, name, length) != 0)
			continue;
		named->values[i] = pair->value;
		named->ends[i] = pair->end;
		return;
	}
}

/* False without memory. */
static bool note_pair(struct arena *arena, struct named *named, const struct pair *pair)
{
	size_t length = (size_t)(pair->name_end - pair->name);
	if (!pair->is_escaped) {
		note_value(named, pair, pair->name, length);
		return true;
	}
	char *name = arena_copy(arena, pair->name, length);
	if (name != NULL && percent_decode(name, length, true, &length))
		note_value(named, pair, name, length);
	return name != NULL;
}

/* The values that were noted, decoded. False without memory. */
static bool decode_noted(
	struct arena *arena, const struct named *named, struct parameters *ret_parameters)
{
	const size_t count = named->names->count;
	ret_parameters->items = arena_alloc(arena, count * sizeof(*ret_parameters->items));
	for (size_t i = 0; i < count && ret_parameters->items != NULL; i++) {
		if (named->values[i] == NULL)
			continue;
		size_t length = (size_t)(named->ends[i] - named->values[i]);
		char *value = arena_copy(arena, named->values[i], length);
		if (value == NULL)
			return false;
		if (percent_decode(value, length, true, &length))
			collect_pair(ret_parameters, named->names->items[i].name, value);
	}
	return ret_parameters->items != NULL;
}

bool form_read_named(struct arena *arena, const char *text, size_t length,
	const struct parameters *names, struct parameters *ret_parameters)
{
	struct named named = { .names = names };
	const char *const end = text + length;
	*ret_parameters = (struct parameters){ 0 };
	if (length == 0 || names->count == 0)
		return true;
	for (size_t i = 0; i < names->count; i++)
		named.lengths[i] = strlen(names->items[i].name);
	while (text < end) {
		const struct pair pair = pair_at(text, end);
		if (pair.name_end > pair.name && !note_pair(arena, &named, &pair))
			return false;
		text = pair.end + 1;
	}
	return decode_noted(arena, &named, ret_parameters);
}

void form_cut(char *text, const char *name)
{
	const size_t name_length = strlen(name);
	char *const start = text, *out = text;
	while (*text != '\0') {
		const size_t length = strcspn(text, "&");
		const bool more = text[length] == '&';
		const bool is_cut = strncmp(text, name, name_length) == 0 &&
				    strchr("=&", text[name_length]) != NULL;
		if (!is_cut) {
			memmove(out, text, length + more);
			out += length + more;
		}
		text += length + more;
	}
	out -= out > start && out[-1] == '&';
	*out = '\0';
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

bool form_is_likely(const char *content_type, const char *body, size_t length)
{
	return length > 0 && body[0] != '{' && body[0] != '[' && form_has_type(content_type);
}

enum { UNKNOWN_KEPT = 8 };

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
	struct warning *first_warning;
};

static void note_unknown(struct reading *reading, const char *name)
{
	if (reading->unknown_count == UNKNOWN_KEPT)
		return;
	reading->unknown[reading->unknown_count++] = name;
	warning_of_unknown(
		reading->arena, &reading->first_warning, reading->resource, reading->mode, name);
}

static bool collect_parameter(void *closure, const char *name, const char *value)
{
	struct reading *reading = closure;
	const struct resource *resource = reading->resource;
	const struct field *field = resource_parameter(resource, reading->mode, name);
	if (field == NULL) {
		note_unknown(reading, name);
		return true;
	}
	if ((reading->given & field_bit(resource, field)) && field->kind != FIELD_SID_LIST)
		warning_of_repeated(reading->arena, &reading->first_warning, name);
	reading->given |= field_bit(resource, field);
	reading->values[field - resource->fields] = value;
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
		if (field->kind == FIELD_URL && reading->values[i] != NULL)
			warning_of_callback(reading->arena, &reading->first_warning,
				field->parameter, reading->values[i]);
	}
	return error_none();
}

/* Of what was given and resembles a parameter. */
static const char *unknown_hint(struct reading *reading, const char *parameter)
{
	for (size_t i = 0; i < reading->unknown_count; i++) {
		if (text_resembles(reading->unknown[i], parameter))
			return warning_unknown_hint(reading->arena, reading->unknown[i], parameter);
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

/* Whether all that must be given is, then what it is. */
static struct api_error check_and_accept(struct reading *reading)
{
	const struct resource *resource = reading->resource;
	for (size_t i = 0; i < resource->field_count && reading->mode == ON_CREATE; i++) {
		const struct field *field = &resource->fields[i];
		if ((field->flags & REQUIRED) && reading->values[i] == NULL)
			return missing(reading, field);
	}
	return accept_values(reading);
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
	ret_outcome->given = reading.given;
	const struct api_error error = check_and_accept(&reading);
	ret_outcome->first_warning = reading.first_warning;
	return error;
}
