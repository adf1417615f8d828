/* SPDX-License-Identifier: MIT */
/* Things in the order of their texts, and the places that are promised to them. */
#include "unit.h"

#include <stdio.h>

#include "util/count.h"
#include "util/sorted.h"

static void what_is_put_is_found(void **state)
{
	(void)state;
	struct sorted_item items[] = { { "m" }, { "a" }, { "z" }, { "ab" }, { "" }, { "m" } };
	struct sorted sorted = { 0 };
	for (size_t i = 0; i < COUNT_OF(items); i++) {
		assert_true(sorted_promise(&sorted));
		const struct sorted_item *before = sorted_put(&sorted, &items[i]);
		assert_ptr_equal(before, i == 5 ? &items[0] : NULL);
	}
	static const char *const order[] = { "", "a", "ab", "m", "z" };
	assert_int_equal(sorted.count, COUNT_OF(order));
	for (size_t i = 0; i < sorted.count; i++)
		assert_string_equal(sorted.items[i]->key, order[i]);
	assert_ptr_equal(sorted_find(&sorted, "m"), &items[5]);
	assert_null(sorted_find(&sorted, "n"));
	assert_ptr_equal(sorted_remove(&sorted, "a"), &items[1]);
	assert_null(sorted_remove(&sorted, "a"));
	assert_ptr_equal(sorted_find(&sorted, "z"), &items[2]);
	sorted_done(&sorted);
}

/* However many promises are open when others are kept or broken. */
static void a_promised_place_is_there(void **state)
{
	(void)state;
	struct sorted_item items[100];
	char keys[COUNT_OF(items)][4];
	struct sorted sorted = { 0 };
	for (size_t i = 0; i < COUNT_OF(items); i++) {
		snprintf(keys[i], sizeof(keys[i]), "%zu", i);
		items[i].key = keys[i];
		assert_true(sorted_promise(&sorted));
		if (i % 3 == 0) {
			assert_true(sorted_promise(&sorted));
			sorted_break_promise(&sorted);
		}
	}
	for (size_t i = 0; i < COUNT_OF(items); i++) {
		assert_true(sorted.count + sorted.promised <= sorted.capacity);
		assert_null(sorted_put(&sorted, &items[i]));
	}
	assert_int_equal(sorted.count, COUNT_OF(items));
	assert_int_equal(sorted.promised, 0);
	sorted_done(&sorted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_is_found),
		cmocka_unit_test(a_promised_place_is_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
