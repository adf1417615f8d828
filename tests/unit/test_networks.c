/* SPDX-License-Identifier: MIT */
/* The built-in Networks: networks.csv as a whole. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/networks.h"

enum { NETWORKS_LEAST = 100, COUNTRIES_LEAST = 30, CODES = 1000 };

/* A mobile country and network code. */
struct identifier {
	char mcc[4], mnc[4];
};

/* Reads the next identifier of a Network's JSON array; NULL after the last one. */
static const char *next_identifier(const char *json, struct identifier *ret_identifier)
{
	const char *start = strchr(json, '{');
	int length = 0;
	if (start == NULL)
		return NULL;
	assert_int_equal(sscanf(start, "{\"mcc\":\"%3[0-9]\",\"mnc\":\"%3[0-9]\"}%n",
				 ret_identifier->mcc, ret_identifier->mnc, &length),
		2);
	assert_true(length > 0);
	return start + length;
}

static void describe(struct arena *arena, size_t place, struct network *ret_network)
{
	arena_reset(arena);
	assert_true(network_describe(place, arena, ret_network));
}

static void there_are_many_in_many_countries(void **state)
{
	(void)state;
	size_t countries = 0;
	assert_true(network_count() >= NETWORKS_LEAST);
	for (size_t i = 0; i < network_count(); i++) {
		const char *country = network_iso_country(i);
		assert_int_equal(strlen(country), 2);
		assert_int_equal(strspn(country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), 2);
		countries += i == 0 || strcmp(country, network_iso_country(i - 1)) != 0;
	}
	assert_true(countries >= COUNTRIES_LEAST);
}

static void they_are_sorted_by_country_and_name(void **state)
{
	(void)state;
	struct arena arena;
	struct network network;
	char before[128] = "", here[128];
	arena_init(&arena);
	for (size_t i = 0; i < network_count(); i++) {
		describe(&arena, i, &network);
		assert_true(network.friendly_name[0] != '\0');
		snprintf(here, sizeof(here), "%s %s", network.iso_country, network.friendly_name);
		assert_true(strcmp(before, here) < 0);
		memcpy(before, here, sizeof(here));
	}
	arena_done(&arena);
}

static int compare_numbers(const void *left, const void *right)
{
	const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
	return (a > b) - (a < b);
}

static void their_numbers_are_their_own(void **state)
{
	(void)state;
	int64_t *numbers = calloc(network_count(), sizeof(*numbers));
	assert_non_null(numbers);
	for (size_t i = 0; i < network_count(); i++) {
		size_t place = SIZE_MAX;
		numbers[i] = network_number(i);
		assert_in_range(numbers[i], 1, 999999);
		assert_true(network_find_number(numbers[i], &place));
		assert_int_equal(place, i);
	}
	qsort(numbers, network_count(), sizeof(*numbers), compare_numbers);
	for (size_t i = 1; i < network_count(); i++)
		assert_int_not_equal(numbers[i], numbers[i - 1]);
	free(numbers);
	size_t place;
	assert_false(network_find_number(0, &place));
	assert_false(network_find_number(999999, &place));
}

static void their_sids_are_their_own(void **state)
{
	(void)state;
	struct arena arena;
	struct network network;
	arena_init(&arena);
	for (size_t i = 0; i < network_count(); i++) {
		char sid[SID_SIZE];
		size_t place = SIZE_MAX;
		network_sid(i, sid);
		assert_true(sid_has_form(sid, "HW"));
		/* One of those with this SID: that it is each of them in turn means that all
		 * differ. */
		assert_true(network_find(sid, &place));
		assert_int_equal(place, i);
		describe(&arena, i, &network);
		assert_string_equal(network.sid, sid);
		assert_string_equal(network_sid_of_number(&arena, network_number(i)), sid);
	}
	size_t place;
	assert_false(network_find("HW00000000000000000000000000000000", &place));
	assert_false(network_find("", &place));
	assert_null(network_sid_of_number(&arena, 0));
	arena_done(&arena);
}

static void sids_never_change(void **state)
{
	(void)state;
	static const struct {
		int64_t number;
		const char *country, *sid;
	} cases[] = {
		{ 310410, "US", "HW9945cc3607939015087b7d84d6556db3" }, /* AT&T */
		{ 310260, "US", "HW24f573196685668dad4f64a3b4905b74" }, /* T-Mobile */
		{ 262001, "DE", "HW4fdb9484f6949f57cdb503ae2eaa9507" }, /* Telekom */
		{ 208001, "FR", "HWe1dbb88b6d1444dacf96d5fb48c30fac" }, /* Orange */
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char sid[SID_SIZE];
		size_t place;
		assert_true(network_find_number(cases[i].number, &place));
		network_sid(place, sid);
		assert_string_equal(sid, cases[i].sid);
		assert_string_equal(network_iso_country(place), cases[i].country);
	}
}

static void no_identifier_is_two_networks(void **state)
{
	(void)state;
	/* Which country has an MCC, and whether an MNC of two or three digits was seen below it. */
	static const char *country_of[CODES];
	static bool seen[CODES][2][CODES];
	struct arena arena;
	struct network network;
	struct identifier identifier;
	arena_init(&arena);
	for (size_t i = 0; i < network_count(); i++) {
		describe(&arena, i, &network);
		const char *rest = next_identifier(network.identifiers, &identifier);
		assert_non_null(rest);
		assert_int_equal(network_number(i),
			atoi(identifier.mcc) * 1000 + atoi(identifier.mnc)); /* the first one */
		for (; rest != NULL; rest = next_identifier(rest, &identifier)) {
			const int mcc = atoi(identifier.mcc), mnc = atoi(identifier.mnc);
			assert_int_equal(strlen(identifier.mcc), 3);
			assert_in_range(strlen(identifier.mnc), 2, 3);
			bool *known = &seen[mcc][strlen(identifier.mnc) - 2][mnc];
			assert_false(*known);
			*known = true;
			if (country_of[mcc] == NULL)
				country_of[mcc] = network_iso_country(i);
			assert_string_equal(country_of[mcc], network.iso_country);
		}
	}
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_many_in_many_countries),
		cmocka_unit_test(they_are_sorted_by_country_and_name),
		cmocka_unit_test(their_numbers_are_their_own),
		cmocka_unit_test(their_sids_are_their_own),
		cmocka_unit_test(sids_never_change),
		cmocka_unit_test(no_identifier_is_two_networks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
