/* SPDX-License-Identifier: MIT */
/* Events: which are wanted, what is kept, where a reader goes on, and when he is cut off. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/resources.h"
#include "watch/events.h"

#define AC1 "AC11111111111111111111111111111111"
#define AC2 "AC22222222222222222222222222222222"
#define HF  "HF33333333333333333333333333333333"

/* ── names ───────────────────────────────────────────────────────────────────────────────── */

static void assert_is_known(const char *name)
{
	if (name != NULL && event_names[event_type(name)] == NULL)
		fail_msg("%s is missing", name);
}

static void every_event_of_a_resource_has_a_type(void **state)
{
	(void)state;
	for (size_t i = 0; service_resources[i] != NULL; i++) {
		const struct resource_events *events = &service_resources[i]->events;
		assert_is_known(events->created);
		assert_is_known(events->updated);
		assert_is_known(events->deleted);
		assert_is_known(events->status);
	}
	assert_is_known("clock");
	assert_is_known("reset");
	assert_string_equal(event_names[event_type("sim.status")], "sim.status");
}

/* The names that a list means, in the table's order. */
static const char *meant_by(const char *text)
{
	static char names[1024];
	event_set types;
	const char *unknown;
	int length;
	names[0] = '\0';
	if (!event_types_read(text, &types, &unknown, &length)) {
		snprintf(names, sizeof(names), "no %.*s", length, unknown);
		return names;
	}
	for (unsigned type = 0; event_names[type] != NULL; type++) {
		if (types & (event_set)1 << type)
			strcat(strcat(names, event_names[type]), " ");
	}
	return names;
}

static void types_are_names_and_beginnings_of_names(void **state)
{
	(void)state;
	static const struct {
		const char *text, *meant;
	} cases[] = {
		{ "clock", "clock " },
		{ "reset,clock,reset", "clock reset " },
		{ "sim.*", "sim.created sim.updated sim.status " },
		{ "fleet.deleted,command", "fleet.deleted command " },
		{ "", "no " },
		{ "clock,", "no " },
		{ ",clock", "no " },
		{ "*", "no *" },
		{ ".*", "no .*" },
		{ "si*", "no si*" },
		{ "si.*", "no si.*" },
		{ "clock.*", "no clock.*" },
		{ "sim", "no sim" },
		{ "clocks", "no clocks" },
		{ "clock, reset", "no  reset" },
		{ "Clock", "no Clock" },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(meant_by(cases[i].text), cases[i].meant);
}

static void ids_are_digits(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "-1", "+1", " 1", "1 ", "1a", "0x1",
		"1234567890123456789" };
	uint64_t id = 0;
	assert_true(event_id_read("0", &id));
	assert_int_equal(id, 0);
	assert_true(event_id_read("123456789012345678", &id));
	assert_int_equal(id, 123456789012345678);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(event_id_read(bad[i], &id));
}

/* ── reading ─────────────────────────────────────────────────────────────────────────────── */

static int woken;

static void count_waking(void *closure)
{
	(void)closure;
	woken++;
}

static struct event_listener listener = { .wake = count_waking };

static void tell(struct events *events, const char *event, const char *account_sid)
{
	struct change change = { .event = event, .sid = HF };
	strcpy(change.account_sid, account_sid);
	events_tell_change(events, &change);
}

static struct event_reader begin(struct events *events, const char *types, const char *account_sid)
{
	struct event_choice choice = { .types = EVENTS_ALL };
	struct event_reader reader;
	const char *unknown;
	int length;
	if (types != NULL)
		assert_true(event_types_read(types, &choice.types, &unknown, &length));
	strcpy(choice.account_sid, account_sid);
	assert_true(events_open(events, &listener, &choice, &reader));
	return reader;
}

static struct event_reader resume(struct events *events, uint64_t last_id)
{
	const struct event_choice choice = {
		.types = EVENTS_ALL, .resumes = true, .last_id = last_id
	};
	struct event_reader reader;
	assert_true(events_open(events, &listener, &choice, &reader));
	return reader;
}

/* The names of the events that a reader gets, with `id` for a place, and `end` when he is cut off.
 */
static const char *read_names(struct events *events, struct event_reader *reader)
{
	static char names[4096];
	struct strbuf out;
	bool goes_on = true;
	names[0] = '\0';
	while (goes_on && events_wait_for(events, reader)) {
		strbuf_init(&out, 1 << 24);
		goes_on = events_read(events, reader, 1, &out);
		char *block, *rest = out.data;
		while ((block = rest) != NULL && *block != '\0') {
			rest = strstr(block, "\n\n");
			assert_non_null(rest);
			*rest = '\0';
			rest += 2;
			const char *name = strstr(block, "event: ");
			snprintf(names + strlen(names), sizeof(names) - strlen(names), "%.*s ",
				name != NULL ? (int)strcspn(name + 7, "\n") : 2,
				name != NULL ? name + 7 : "id");
		}
		strbuf_done(&out);
	}
	if (!goes_on)
		strcat(names, "end");
	return names;
}

static void a_reader_gets_what_he_chose(void **state)
{
	(void)state;
	struct events *events = events_new();
	tell(events, "clock", AC1); /* nobody listens */
	struct event_reader all = begin(events, NULL, "");
	struct event_reader own = begin(events, NULL, AC1);
	struct event_reader clocks = begin(events, "clock,fleet.*", "");
	tell(events, "fleet.created", AC1);
	tell(events, "clock", AC2);
	tell(events, NULL, AC1);
	assert_string_equal(read_names(events, &all), "id fleet.created clock ");
	assert_string_equal(read_names(events, &own), "id fleet.created ");
	assert_string_equal(read_names(events, &clocks), "id fleet.created clock ");
	assert_string_equal(read_names(events, &clocks), "");
	assert_int_equal(events_count_readers(events), 3);
	events_close(events, &all);
	events_close(events, &own);
	events_close(events, &clocks);
	assert_int_equal(events_count_readers(events), 0);
	events_free(events);
}

static void an_event_is_told_as_json(void **state)
{
	(void)state;
	struct events *events = events_new();
	struct event_reader reader = begin(events, NULL, "");
	struct strbuf out;
	char expected[512];
	struct change change = { .event = "sim.updated",
		.status_event = "sim.status",
		.account_sid = AC1,
		.sid = HF,
		.at_ms = 1500,
		.shown = { { "status", "ready" }, { "fleet_sid", "a\"b" } } };
	strbuf_init(&out, 1 << 20);
	assert_true(events_read(events, &reader, 1, &out));
	strbuf_reset(&out);
	events_tell_change(events, &change);
	assert_true(events_read(events, &reader, 1 << 20, &out));
	const unsigned long long next = reader.next;
	snprintf(expected, sizeof(expected),
		"id: %llu\nevent: sim.updated\ndata: {\"account_sid\":\"" AC1 "\",\"sid\":\"" HF
		"\",\"at\":\"1970-01-01T00:00:01.500Z\",\"status\":\"ready\",\"fleet_sid\":"
		"\"a\\\"b\"}\n\nid: %llu\nevent: sim.status\ndata: {",
		next - 2, next - 1);
	assert_int_equal(strncmp(out.data, expected, strlen(expected)), 0);
	strbuf_done(&out);
	events_close(events, &reader);
	events_free(events);
}

static void a_listener_is_told_once_until_it_hears(void **state)
{
	(void)state;
	struct events *events = events_new();
	struct event_reader reader = begin(events, NULL, "");
	woken = 0;
	tell(events, "clock", AC1);
	tell(events, "clock", AC1);
	assert_int_equal(woken, 1);
	event_listener_hears(events, &listener);
	tell(events, "clock", AC1);
	assert_int_equal(woken, 2);
	events_close(events, &reader);
	tell(events, "clock", AC1);
	assert_int_equal(woken, 2);
	events_free(events);
}

static void a_reader_who_returns_goes_on_where_he_was(void **state)
{
	(void)state;
	struct events *events = events_new();
	struct event_reader reader = begin(events, NULL, "");
	tell(events, "clock", AC1);
	assert_string_equal(read_names(events, &reader), "id clock ");
	const uint64_t last = reader.next - 1;
	events_close(events, &reader);
	tell(events, "reset", AC1);
	reader = resume(events, last);
	assert_string_equal(read_names(events, &reader), "id reset ");
	events_close(events, &reader);
	/* Of another process, or made up. */
	reader = resume(events, 1);
	assert_string_equal(read_names(events, &reader), "gap id clock reset ");
	events_close(events, &reader);
	reader = resume(events, last + 1000);
	assert_string_equal(read_names(events, &reader), "gap id clock reset ");
	/* What could not be told is a gap, too. */
	events_lose(events);
	assert_string_equal(read_names(events, &reader), "gap id ");
	events_close(events, &reader);
	events_free(events);
}

static void the_ring_keeps_the_newest(void **state)
{
	(void)state;
	struct events *events = events_new();
	struct event_reader reader = begin(events, NULL, "");
	const uint64_t last = reader.next - 1;
	events_close(events, &reader);
	for (int i = 0; i < EVENTS_KEPT; i++)
		tell(events, i < 2 ? "reset" : "clock", AC1);
	reader = resume(events, last);
	assert_int_equal(strncmp(read_names(events, &reader), "id reset reset clock", 20), 0);
	events_close(events, &reader);
	tell(events, "clock", AC1);
	reader = resume(events, last);
	assert_int_equal(strncmp(read_names(events, &reader), "gap id reset clock", 18), 0);
	events_close(events, &reader);
	events_free(events);
}

/* A request whose event is as long as one may be. */
static void tell_long(struct events *events)
{
	static char path[1024];
	memset(path, '"', sizeof(path) - 1);
	const struct journal_entry entry = {
		.account_sid = AC1, .id = HF, .path = { path, sizeof(path) - 1 }
	};
	events_tell_request(events, &entry);
}

static void a_reader_who_is_too_slow_is_cut_off(void **state)
{
	(void)state;
	struct events *events = events_new();
	struct event_reader slow = begin(events, NULL, "");
	struct event_reader other = begin(events, "clock", "");
	const uint64_t last = slow.next - 1;
	assert_string_equal(read_names(events, &slow), "id ");
	for (int i = 0; i < 700; i++)
		tell_long(events);
	assert_string_equal(read_names(events, &slow), "gap end");
	/* What he did not want does not count, nor what was there before he came. */
	assert_string_equal(read_names(events, &other), "id ");
	struct event_reader late = resume(events, last);
	const char *names = read_names(events, &late);
	assert_int_equal(strncmp(names, "id request request", 18), 0);
	assert_null(strstr(names, "gap"));
	events_close(events, &late);
	events_close(events, &slow);
	events_close(events, &other);
	events_free(events);
}

static void there_is_a_limit_to_readers(void **state)
{
	(void)state;
	struct events *events = events_new();
	static struct event_reader readers[EVENT_READERS_MAXIMUM];
	const struct event_choice choice = { .types = EVENTS_ALL };
	struct event_reader one_more;
	for (size_t i = 0; i < EVENT_READERS_MAXIMUM; i++)
		readers[i] = begin(events, NULL, "");
	assert_false(events_open(events, &listener, &choice, &one_more));
	events_close(events, &readers[0]);
	assert_true(events_open(events, &listener, &choice, &readers[0]));
	for (size_t i = 0; i < EVENT_READERS_MAXIMUM; i++)
		events_close(events, &readers[i]);
	events_free(events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_of_a_resource_has_a_type),
		cmocka_unit_test(types_are_names_and_beginnings_of_names),
		cmocka_unit_test(ids_are_digits),
		cmocka_unit_test(a_reader_gets_what_he_chose),
		cmocka_unit_test(an_event_is_told_as_json),
		cmocka_unit_test(a_listener_is_told_once_until_it_hears),
		cmocka_unit_test(a_reader_who_returns_goes_on_where_he_was),
		cmocka_unit_test(the_ring_keeps_the_newest),
		cmocka_unit_test(a_reader_who_is_too_slow_is_cut_off),
		cmocka_unit_test(there_is_a_limit_to_readers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
