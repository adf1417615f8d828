/* SPDX-License-Identifier: MIT */
/* Forms, on create and on update: every answer is an error of the catalogue or a valid record. */
#include "engine/engine.h"
#include "fuzz_input.h"
#include "request/form.h"
#include "request/json.h"
#include "service/resources.h"
#include "util/utf8.h"

static void read_as(
	const struct resource *resource, unsigned mode, const uint8_t *data, size_t size)
{
	struct arena arena;
	arena_init(&arena);
	char *text = fuzz_text(data, size);
	void *record = arena_alloc(&arena, resource->record_size);
	resource->set_defaults(record);
	struct form_outcome outcome = { 0 };
	const struct api_error error =
		form_read(resource, mode, text, size, &arena, record, &outcome);
	MUST(!is_error(error) || (error.status == 400 && error.message[0] != '\0'));
	if (!is_error(error)) {
		const struct field *name = resource_field(resource, FIELD_UNIQUE_NAME);
		const char *value = name != NULL ? record_get_text(name, record) : NULL;
		MUST(value == NULL || (utf8_is_valid(value) && value[0] != '\0'));
	}
	arena_done(&arena);
	free(text);
}

static const char *last_value(const struct parameters *parameters, const char *name)
{
	for (size_t i = parameters->count; i > 0; i--) {
		if (strcmp(parameters->items[i - 1].name, name) == 0)
			return parameters->items[i - 1].value;
	}
	return NULL;
}

/* What looks for names only finds what a reader of everything does. */
static void read_named(const uint8_t *data, size_t size)
{
	struct parameters all, some;
	struct arena arena;
	arena_init(&arena);
	char *text = fuzz_text(data, size);
	const bool good = form_read_parameters(&arena, text, size, &all);
	const struct parameters names = { all.items,
		all.count < MATCH_NAMES_MAXIMUM ? all.count : MATCH_NAMES_MAXIMUM };
	MUST(form_read_named(&arena, text, size, &names, &some));
	for (size_t i = 0; good && i < names.count; i++) {
		const char *value = last_value(&some, names.items[i].name);
		MUST(value != NULL && strcmp(value, last_value(&all, names.items[i].name)) == 0);
	}
	arena_done(&arena);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; service_resources[i] != NULL; i++) {
		if (service_resources[i]->path == NULL)
			continue; /* no form makes one */
		read_as(service_resources[i], ON_CREATE, data, size);
		read_as(service_resources[i], ON_UPDATE, data, size);
	}
	read_named(data, size);
	return 0;
}
