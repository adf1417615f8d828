/* SPDX-License-Identifier: MIT */
#include "api/errors.h"

#include <string.h>

#include "api/routes.h"
#include "model/failure_code.h"

enum { DESCRIPTION_MAXIMUM = 512 };

static void print_catalogue(FILE *out)
{
	fputs("\n## Of /v1\n\n| Status | Code | Message | Cause | Cure |\n|--:|--:|---|---|---|\n",
		out);
	for (enum error_case which = 0; which < ERROR_CASE_COUNT; which++) {
		struct error_description row;
		error_describe(which, &row);
		if (row.basis == BASIS_NONE)
			continue;
		fprintf(out, "| %d | %d | ", row.status, row.code);
		error_print_message(out, row.before, row.after);
		fprintf(out, " | %s | %s |\n", row.cause, row.cure);
	}
}

/* "create (required), update, list" */
static void print_places(FILE *out, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *name;
	} places[] = { { ON_CREATE, "create" }, { ON_UPDATE, "update" }, { ON_LIST, "list" } };
	const char *separator = "";
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!(flags & places[i].flag))
			continue;
		fprintf(out, "%s%s%s", separator, places[i].name,
			places[i].flag == ON_CREATE && (flags & REQUIRED) ? " (required)" : "");
		separator = ", ";
	}
}

static void print_parameter(FILE *out, const struct resource *resource, const struct field *field)
{
	struct strbuf takes;
	strbuf_init(&takes, DESCRIPTION_MAXIMUM);
	field_describe(field, &takes);
	fprintf(out, "| %s | %s | ", resource->path, field->parameter);
	print_places(out, field->flags);
	fprintf(out, " | %s |\n", takes.data);
	strbuf_done(&takes);
}

static void print_parameters(FILE *out, const struct resource *resource)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if (field->parameter != NULL && (field->flags & (ON_CREATE | ON_UPDATE | ON_LIST)))
			print_parameter(out, resource, field);
	}
}

/* True for the first route of a resource: routes of one follow each other in groups. */
static bool is_first(const struct section *section, size_t place)
{
	for (size_t i = 0; i < place; i++) {
		if (section->routes[i].resource == section->routes[place].resource)
			return false;
	}
	return true;
}

static void print_all_parameters(FILE *out)
{
	fputs("\n### What parameters take\n\n"
	      "| Collection | Parameter | Where | Takes |\n|---|---|---|---|\n",
		out);
	for (size_t i = 0; i < api_section.route_count; i++) {
		const struct resource *resource = api_section.routes[i].resource;
		if (resource != NULL && is_first(&api_section, i))
			print_parameters(out, resource);
	}
}

static void print_failures(FILE *out)
{
	fputs("\n## Of what fails later\n\n"
	      "No call waits for these any more.\n\n"
	      "| Code | Shown in | Cause | Cure |\n|--:|---|---|---|\n",
		out);
	for (const struct failure_description *each = failure_descriptions; each->code != 0; each++)
		fprintf(out, "| %d | %s | %s | %s |\n", (int)each->code, each->shown, each->cause,
			each->cure);
}

void api_errors_print(FILE *out)
{
	fputs("# Errors\n\n"
	      "`supersimd --print-errors` writes this page from the tables that make the answers.\n"
	      "Bodies of `/v1` are Twilio's; what would help is in the header `Emulator-Hint`, "
	      "which\n"
	      "often says more than the cure: the very parameter, state or time. The control API "
	      "has\n"
	      "it as `hint`. `…` stands for a parameter, a path or a name.\n\n"
	      "An unknown parameter is ignored under `/v1`, as at Twilio. The answer has an\n"
	      "`Emulator-Warning` then, though all went well. `--strict yes` makes an error of "
	      "it. See\n"
	      "[warnings](control.md#see-warnings).\n",
		out);
	print_catalogue(out);
	print_all_parameters(out);
	print_failures(out);
}
