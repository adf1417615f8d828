/* SPDX-License-Identifier: MIT */
/* field_describe: what validate.c takes, said to people. */
#include <inttypes.h>

#include "model/resource.h"

static void add_integer(const struct field *field, struct strbuf *out)
{
	strbuf_add_format(out, "%s, %" PRId64 " to %" PRId64,
		field->takes != NULL ? field->takes : "a whole number", field->minimum,
		field->maximum);
}

/* "ready, active or inactive" */
static void add_names(const struct field *field, struct strbuf *out)
{
	const char *last = NULL;
	const char *separator = "";
	for (unsigned value = 1; field->names[value] != NULL; value++) {
		if (!field_has_value(field, value))
			continue;
		if (last != NULL) {
			strbuf_add_format(out, "%s%s", separator, last);
			separator = ", ";
		}
		last = field->names[value];
	}
	if (last != NULL)
		strbuf_add_format(out, "%s%s", separator[0] != '\0' ? " or " : "", last);
}

static void add_text(const struct field *field, struct strbuf *out)
{
	if (field->minimum == field->maximum)
		strbuf_add_format(out, "%" PRId64 " bytes of text", field->maximum);
	else if (field->minimum == 0)
		strbuf_add_format(out, "at most %" PRId64 " bytes of text", field->maximum);
	else
		strbuf_add_format(out, "%" PRId64 " to %" PRId64 " bytes of text", field->minimum,
			field->maximum);
}

static void add_reference(const struct field *field, struct strbuf *out)
{
	const struct resource *target = field->target;
	const bool has_name = resource_field(target, FIELD_UNIQUE_NAME) != NULL;
	strbuf_add_format(out, "the SID (%s...)%s of a %s%s", target->sid_prefix,
		has_name ? " or the unique name" : "", target->name,
		target->is_computed ? "" : " of this account");
}

static void add_kind(const struct field *field, struct strbuf *out)
{
	switch (field->kind) {
	case FIELD_OWN_SID:
		strbuf_add_format(out, "a SID: %s and 32 hexadecimal digits", field->prefix);
		break;
	case FIELD_ACCOUNT_SID:
		strbuf_add_text(out, "an account's SID: AC and 32 hexadecimal digits");
		break;
	case FIELD_UNIQUE_NAME:
		strbuf_add_text(
			out, "a name of at most 64 characters that does not look like a SID");
		break;
	case FIELD_BOOLEAN: strbuf_add_text(out, "true or false"); break;
	case FIELD_ENUM: add_names(field, out); break;
	case FIELD_URL: strbuf_add_text(out, "an absolute http or https URL"); break;
	case FIELD_TEXT: add_text(field, out); break;
	case FIELD_TIME:
	case FIELD_LATER_TIME: strbuf_add_text(out, "a time: 2026-01-02T03:04:05Z"); break;
	case FIELD_REFERENCE: add_reference(field, out); break;
	case FIELD_SID_LIST:
	case FIELD_INTEGER:
	case FIELD_CONSTANT:
	case FIELD_SELF_URL:
	case FIELD_JSON:
	case FIELD_LINKS: break;
	}
}

void field_describe(const struct field *field, struct strbuf *out)
{
	if (field->kind == FIELD_INTEGER)
		add_integer(field, out);
	else if (field->takes != NULL)
		strbuf_add_text(out, field->takes);
	else
		add_kind(field, out);
	if (field->flags & CLEARED_BY_EMPTY)
		strbuf_add_text(out, "; empty for none");
}
