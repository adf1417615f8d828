/* SPDX-License-Identifier: MIT */
/* Field tables: what each kind of field accepts, forms, and the tables themselves. */
#include "service/resources.h"
#include "unit.h"

#include <string.h>

#include "engine/engine.h"
#include "request/form.h"

#define HA "HA00000000000000000000000000000001"
#define HW "HW00000000000000000000000000000001"

struct form_case {
	const char *form;
	int status;	     /* 0: accepted */
	const char *message; /* of the error */
};

static void check_form(
	const struct resource *resource, unsigned mode, const struct form_case *expected)
{
	struct arena arena;
	arena_init(&arena);
	void *record = arena_alloc(&arena, resource->record_size);
	resource->set_defaults(record);
	struct form_outcome outcome;
	char *text = arena_copy(&arena, expected->form, strlen(expected->form));
	const struct api_error error =
		form_read(resource, mode, text, strlen(expected->form), &arena, record, &outcome);
	if (error.status != expected->status)
		print_error("form %s: status %d\n", expected->form, error.status);
	assert_int_equal(error.status, expected->status);
	if (expected->message != NULL)
		assert_string_equal(error.message, expected->message);
	arena_done(&arena);
}

static void fleet_forms_are_validated(void **state)
{
	(void)state;
	static const struct form_case cases[] = {
		{ "NetworkAccessProfile=" HA, 0, NULL },
		{ "NetworkAccessProfile=name", 0, NULL },
		{ "", 400, "Missing required parameter NetworkAccessProfile in the post body" },
		{ "DataLimit=x", 400,
			"Missing required parameter NetworkAccessProfile in the post body" },
		{ "NetworkAccessProfile=", 400, "Invalid NetworkAccessProfile." },
		{ "networkAccessProfile=n", 400,
			"Missing required parameter NetworkAccessProfile in the post body" },
		{ "NetworkAccessProfile=n&DataLimit=0", 400, "Invalid DataLimit." },
		{ "NetworkAccessProfile=n&DataLimit=1", 0, NULL },
		{ "NetworkAccessProfile=n&DataLimit=2000000", 0, NULL },
		{ "NetworkAccessProfile=n&DataLimit=2000001", 400, "Invalid DataLimit." },
		{ "NetworkAccessProfile=n&DataLimit=99999999999999999999", 400,
			"Invalid DataLimit." },
		{ "NetworkAccessProfile=n&DataLimit=-5", 400, "Invalid DataLimit." },
		{ "NetworkAccessProfile=n&DataLimit=-", 400, "Invalid DataLimit." },
		{ "NetworkAccessProfile=n&DataLimit=+5", 400, "Invalid DataLimit." },
		{ "NetworkAccessProfile=n&DataLimit=1.5", 400, "Invalid DataLimit." },
		{ "NetworkAccessProfile=n&DataLimit=", 400, "Invalid DataLimit." },
		{ "NetworkAccessProfile=n&DataLimit=x&DataLimit=5", 0, NULL },
		{ "NetworkAccessProfile=n&DataEnabled=FALSE", 0, NULL },
		{ "NetworkAccessProfile=n&DataEnabled=1", 400, "Invalid DataEnabled." },
		{ "NetworkAccessProfile=n&SmsCommandsMethod=get", 400,
			"Invalid SmsCommandsMethod." },
		{ "NetworkAccessProfile=n&SmsCommandsMethod=", 400, "Invalid SmsCommandsMethod." },
		{ "NetworkAccessProfile=n&SmsCommandsUrl=ftp://x/", 400,
			"Invalid SmsCommandsUrl." },
		{ "NetworkAccessProfile=n&SmsCommandsUrl=http://", 400, "Invalid SmsCommandsUrl." },
		{ "NetworkAccessProfile=n&SmsCommandsUrl=http:///x", 400,
			"Invalid SmsCommandsUrl." },
		{ "NetworkAccessProfile=n&SmsCommandsUrl=http://:80", 400,
			"Invalid SmsCommandsUrl." },
		{ "NetworkAccessProfile=n&SmsCommandsUrl=http://a b", 400,
			"Invalid SmsCommandsUrl." },
		{ "NetworkAccessProfile=n&SmsCommandsUrl=", 0, NULL },
		{ "NetworkAccessProfile=n&IpCommandsUrl=https://x.y/#rc=3", 0, NULL },
		{ "NetworkAccessProfile=n&IpCommandsUrl=https://u:p@[::1]:8/?a=b", 0, NULL },
		{ "NetworkAccessProfile=n&UniqueName=" HA, 400, "Invalid UniqueName." },
		{ "NetworkAccessProfile=n&UniqueName=", 0, NULL },
		{ "NetworkAccessProfile=n&UniqueName=%ZZ", 400, "Bad request" },
		{ "NetworkAccessProfile=n&=x&&a&DataMetering=quota", 0, NULL },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_form(&fleet_resource, ON_CREATE, &cases[i]);
}

static void updates_ignore_what_cannot_change(void **state)
{
	(void)state;
	static const struct form_case cases[] = {
		{ "", 0, NULL },
		{ "DataEnabled=maybe&SmsCommandsEnabled=maybe", 0, NULL },
		{ "NetworkAccessProfile=", 400, "Invalid NetworkAccessProfile." },
		{ "DataLimit=0", 400, "Invalid DataLimit." },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_form(&fleet_resource, ON_UPDATE, &cases[i]);
}

static void unique_names_are_counted_in_characters(void **state)
{
	(void)state;
	char form[512] = "NetworkAccessProfile=n&UniqueName=";
	for (int i = 0; i < 64; i++)
		strcat(form, "%C3%A9");
	check_form(&fleet_resource, ON_CREATE, &(struct form_case){ form, 0, NULL });
	strcat(form, "x");
	check_form(&fleet_resource, ON_CREATE,
		&(struct form_case){ form, 400, "Invalid UniqueName." });
}

static void networks_are_a_list(void **state)
{
	(void)state;
	static const struct form_case cases[] = {
		{ "Networks=" HW "&Networks=" HW, 0, NULL },
		{ "Networks=" HA, 400, "Invalid Networks." },
		{ "Networks=" HA "&Networks=" HW, 400, "Invalid Networks." },
		{ "Networks=", 400, "Invalid Networks." },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_form(&network_access_profile_resource, ON_CREATE, &cases[i]);

	struct arena arena;
	arena_init(&arena);
	struct sid_list list = { 0 };
	const struct field field = { .kind = FIELD_SID_LIST, .prefix = "HW" };
	for (int i = 0; i < 100; i++)
		assert_true(field_accept(&field, HW, &arena, &list));
	assert_int_equal(list.count, 100);
	for (size_t i = 0; i < list.count; i++)
		assert_string_equal(list.sids[i], HW);
	arena_done(&arena);
}

/* What is looked for in a form, and nothing else of it: "B" is the last one, "None" is not there.
 */
static void test_named_parameters(void **state)
{
	static struct parameter names[] = { { "Name", NULL }, { "B", NULL }, { "None", NULL },
		{ "a b", NULL }, { "Empty", NULL }, { "Bad", NULL } };
	static const char form[] =
		"=x&&B=1&N%61me=a%C2%A0+b&Names=x&Nam=y&a+b=%2526&Empty&Bad=%ZZ&B=2&B%zz=3";
	const struct parameters wanted = { names, COUNT_OF(names) };
	static const struct parameter expected[] = { { "Name", "a\xc2\xa0 b" }, { "B", "2" },
		{ "a b", "%26" }, { "Empty", "" } };
	struct parameters given;
	struct arena arena;
	(void)state;
	arena_init(&arena);
	assert_true(form_read_named(&arena, form, strlen(form), &wanted, &given));
	assert_int_equal(given.count, COUNT_OF(expected));
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		assert_string_equal(given.items[i].name, expected[i].name);
		assert_string_equal(given.items[i].value, expected[i].value);
	}
	assert_true(form_read_named(&arena, "", 0, &wanted, &given));
	assert_int_equal(given.count, 0);
	arena_done(&arena);
}

static void content_types(void **state)
{
	(void)state;
	assert_true(form_has_type(NULL));
	assert_true(form_has_type("application/x-www-form-urlencoded"));
	assert_true(form_has_type("Application/X-WWW-Form-URLEncoded; charset=UTF-8"));
	assert_false(form_has_type("application/json"));
	assert_false(form_has_type("application/x-www-form-urlencodedx"));
	assert_false(form_has_type("multipart/form-data; boundary=x"));
}

/* An enum's values have their names, and a field may take a part of them. */
static void enums_go_by_their_names(void **state)
{
	(void)state;
	enum colour { COLOUR_NONE, RED, GREEN, BLUE };
	static const char *const names[] = {
		[RED] = "red", [GREEN] = "green", [BLUE] = "blue", NULL
	};
	struct paint {
		enum colour colour;
	} paint = { 0 };
	struct field field = { FIELD_OF(paint, colour), .kind = FIELD_ENUM, .names = names };
	assert_null(record_get_name(&field, &paint));
	assert_true(field_accept(&field, "blue", NULL, &paint));
	assert_int_equal(paint.colour, BLUE);
	assert_string_equal(record_get_name(&field, &paint), "blue");
	assert_false(field_accept(&field, "Blue", NULL, &paint));
	assert_false(field_accept(&field, "", NULL, &paint));
	field.minimum = RED;
	field.maximum = GREEN;
	assert_false(field_accept(&field, "blue", NULL, &paint));
	assert_true(field_accept(&field, "green", NULL, &paint));
	field.minimum = GREEN;
	assert_false(field_accept(&field, "red", NULL, &paint));
	assert_int_equal(paint.colour, GREEN);
	assert_int_equal(field_value(&field, NULL), COLOUR_NONE);
	assert_int_equal(field_value(&field, "grey"), COLOUR_NONE);
}

/* What the engine relies on in every table. */
static void tables_are_consistent(void **state)
{
	(void)state;
	for (unsigned number = 0; service_resources[number] != NULL; number++) {
		const struct resource *resource = service_resources[number];
		assert_int_equal(resource->number, number);
		assert_true(resource->field_count <= 64);
		assert_int_equal(
			resource_field(resource, FIELD_OWN_SID)->offset, resource->sid_offset);
		assert_non_null(resource_field(resource, FIELD_ACCOUNT_SID));
		if (resource->path != NULL)
			assert_non_null(resource_field_named(resource, "date_updated"));
		for (size_t i = 0; i < resource->field_count; i++) {
			const struct field *field = &resource->fields[i];
			assert_ptr_equal(resource_field_named(resource, field->name), field);
			if (field->flags & (ON_CREATE | ON_UPDATE | ON_LIST | REQUIRED))
				assert_non_null(field->parameter);
			assert_int_equal(field->json_key_length, strlen(field->name) + 4);
			assert_int_equal(field->kind == FIELD_REFERENCE, field->target != NULL);
			assert_int_equal(field->kind == FIELD_ENUM, field->names != NULL);
			assert_int_equal(field->kind == FIELD_ENUM, field->storage == STORED_ENUM);
			assert_int_equal(field->kind == FIELD_CONSTANT, field->constant != NULL);
			if (field->kind == FIELD_ENUM) {
				assert_null(field->names[0]);
				assert_non_null(field->names[1]);
				assert_true(field->maximum == 0 ||
					    field->names[field->maximum] != NULL);
			}
			if (field->flags & CLEARED_BY_EMPTY)
				assert_int_equal(field->storage, STORED_TEXT);
			if (field->kind == FIELD_REFERENCE)
				assert_true(field->target->number < number);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_named_parameters),
		cmocka_unit_test(fleet_forms_are_validated),
		cmocka_unit_test(updates_ignore_what_cannot_change),
		cmocka_unit_test(unique_names_are_counted_in_characters),
		cmocka_unit_test(networks_are_a_list),
		cmocka_unit_test(content_types),
		cmocka_unit_test(enums_go_by_their_names),
		cmocka_unit_test(tables_are_consistent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
