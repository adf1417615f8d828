/* SPDX-License-Identifier: MIT */
/* What becomes of a Sim: the pure rules of its status, its billing periods and its data limit. */
#include "unit.h"

#include "service/sim_state.h"
#include "util/clock.h"

static int64_t at(const char *text)
{
	int64_t ms = 0;
	assert_true(clock_parse(text, &ms));
	return ms;
}

/* A Sim of a status, whose billing period began with the year 2026. */
static struct sim sim_that_is(enum sim_status status)
{
	const int64_t start = at("2026-01-01T00:00:00Z");
	return (struct sim){
		.status = status,
		.period_anchor = start,
		.period_start = start,
		.period_type = status,
	};
}

static struct sim after(struct sim sim, struct sim_event event, const char *time)
{
	event.at_ms = at(time);
	return sim_after(&sim, event);
}

static void a_status_can_become_another(void **state)
{
	(void)state;
	static const bool can[SIM_SCHEDULED + 1][SIM_SCHEDULED + 1] = {
		[SIM_NEW] = { [SIM_READY] = true, [SIM_ACTIVE] = true, [SIM_INACTIVE] = true },
		[SIM_READY] = { [SIM_ACTIVE] = true, [SIM_INACTIVE] = true },
		[SIM_ACTIVE] = { [SIM_INACTIVE] = true },
		[SIM_INACTIVE] = { [SIM_ACTIVE] = true },
	};
	for (enum sim_status from = SIM_STATUS_NONE; from <= SIM_SCHEDULED; from++) {
		for (enum sim_status into = SIM_STATUS_NONE; into <= SIM_SCHEDULED; into++)
			assert_int_equal(sim_status_can_become(from, into), can[from][into]);
	}
}

static void what_was_before_holds_while_scheduled(void **state)
{
	(void)state;
	struct sim sim = after(sim_that_is(SIM_ACTIVE),
		(struct sim_event){ .kind = SIM_STATUS_IS_ASKED, .status = SIM_INACTIVE },
		"2026-01-10T00:00:00Z");
	assert_int_equal(sim.status, SIM_SCHEDULED);
	assert_int_equal(sim.pending_status, SIM_INACTIVE);
	assert_int_equal(sim_status_in_force(&sim), SIM_ACTIVE);
	assert_true(sim_is_on(&sim));
	sim = after(
		sim, (struct sim_event){ .kind = SIM_STATUS_COMES_TRUE }, "2026-01-10T00:00:01Z");
	assert_int_equal(sim.status, SIM_INACTIVE);
	assert_int_equal(sim.pending_status, SIM_STATUS_NONE);
	assert_int_equal(sim.status_before, SIM_STATUS_NONE);
	assert_false(sim_is_on(&sim));
}

/* The Sim that comes back, active, at this time. */
static struct sim back(const char *time)
{
	struct sim sim = sim_that_is(SIM_ACTIVE);
	sim.status = SIM_SCHEDULED;
	sim.status_before = SIM_INACTIVE;
	sim.pending_status = SIM_ACTIVE;
	sim.period_data_total = 7;
	return after(sim, (struct sim_event){ .kind = SIM_STATUS_COMES_TRUE }, time);
}

static void whoever_comes_back_in_time_goes_on_with_the_period(void **state)
{
	(void)state;
	struct sim sim = back("2026-01-31T23:59:59Z");
	assert_int_equal(sim.period_start, at("2026-01-01T00:00:00Z"));
	assert_int_equal(sim.period_data_total, 7);
	sim = back("2026-02-01T00:00:00Z");
	assert_int_equal(sim.period_start, at("2026-02-01T00:00:00Z"));
	assert_int_equal(sim.period_data_total, 0);
}

static void another_status_begins_another_period(void **state)
{
	(void)state;
	struct sim sim = sim_that_is(SIM_READY);
	sim.status = SIM_SCHEDULED;
	sim.status_before = SIM_READY;
	sim.pending_status = SIM_ACTIVE;
	sim = after(
		sim, (struct sim_event){ .kind = SIM_STATUS_COMES_TRUE }, "2026-01-02T03:04:05Z");
	assert_int_equal(sim.period_type, SIM_ACTIVE);
	assert_int_equal(sim.period_anchor, at("2026-01-02T03:04:05Z"));
	assert_int_equal(sim.period_start, at("2026-01-02T03:04:05Z"));
}

static void months_count_from_an_anchor(void **state)
{
	(void)state;
	static const struct {
		const char *anchor, *at;
		int months;
	} cases[] = {
		{ "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z", 0 },
		{ "2026-01-31T12:00:00Z", "2026-02-28T11:59:59Z", 0 },
		{ "2026-01-31T12:00:00Z", "2026-02-28T12:00:00Z", 1 },
		{ "2026-01-31T12:00:00Z", "2026-03-28T12:00:00Z", 1 },
		{ "2026-01-31T12:00:00Z", "2026-03-31T12:00:00Z", 2 },
		{ "2024-02-29T00:00:00Z", "2025-02-28T00:00:00Z", 12 },
		{ "2000-01-01T00:00:00Z", "2500-01-01T00:00:00Z", 6000 },
		{ "2026-01-31T12:00:00Z", "2026-01-31T11:59:59Z", -1 },
		{ "2026-01-31T12:00:00Z", "2025-12-31T11:59:59Z", -2 },
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(
			sim_period_months(at(cases[i].anchor), at(cases[i].at)), cases[i].months);
}

static void periods_end(void **state)
{
	(void)state;
	struct sim sim = sim_that_is(SIM_ACTIVE);
	assert_int_equal(sim_period_end(&sim), at("2026-02-01T00:00:00Z"));
	sim = sim_that_is(SIM_READY);
	assert_int_equal(sim_period_end(&sim), at("2026-04-01T00:00:00Z"));
	sim.period_start = 0;
	assert_int_equal(sim_period_end(&sim), 0);
	sim.period_start = sim.period_anchor = at("9999-12-31T00:00:00Z");
	assert_int_equal(sim_period_end(&sim), CLOCK_LATEST_MS);
}

static void a_month_that_passes_begins_a_period(void **state)
{
	(void)state;
	const struct sim_event passes = { .kind = SIM_TIME_PASSES };
	struct sim sim = sim_that_is(SIM_ACTIVE);
	sim.period_data_total = 5;
	sim.blocked_since = at("2026-01-05T00:00:00Z");
	assert_int_equal(after(sim, passes, "2026-01-31T23:59:59Z").period_data_total, 5);
	const struct sim later = after(sim, passes, "2026-03-15T00:00:00Z");
	assert_int_equal(later.period_start, at("2026-03-01T00:00:00Z"));
	assert_int_equal(later.period_data_total, 0);
	assert_int_equal(later.blocked_since, 0);
	/* A clock that was set back brings no period back. */
	assert_int_equal(
		after(later, passes, "2026-01-15T00:00:00Z").period_start, later.period_start);
	/* Off, or ready, nothing begins. */
	sim.status = SIM_INACTIVE;
	assert_int_equal(after(sim, passes, "2026-03-15T00:00:00Z").period_data_total, 5);
	sim.status = sim.period_type = SIM_READY;
	assert_int_equal(after(sim, passes, "2026-03-15T00:00:00Z").period_data_total, 5);
}

static void use_makes_a_ready_sim_active(void **state)
{
	(void)state;
	const struct sim_event command = { .kind = SIM_SMS_COMMAND_PASSES };
	struct sim sim = sim_that_is(SIM_READY);
	for (int i = 1; i < 5; i++) {
		sim = after(sim, command, "2026-01-02T00:00:00Z");
		assert_int_equal(sim.status, SIM_READY);
		assert_int_equal(sim.period_sms_commands, i);
	}
	sim = after(sim, command, "2026-01-03T00:00:00Z");
	assert_int_equal(sim.status, SIM_ACTIVE);
	assert_int_equal(sim.period_start, at("2026-01-03T00:00:00Z"));
	assert_int_equal(sim.period_sms_commands, 0);
	sim = after(sim, command, "2026-01-04T00:00:00Z");
	assert_int_equal(sim.period_sms_commands, 0); /* an active one does not count them */

	sim = after(sim_that_is(SIM_READY),
		(struct sim_event){ .kind = SIM_DATA_PASSES, .bytes = 249999 },
		"2026-01-02T00:00:00Z");
	assert_int_equal(sim.status, SIM_READY);
	sim = after(sim, (struct sim_event){ .kind = SIM_DATA_PASSES, .bytes = 1 },
		"2026-01-02T00:00:00Z");
	assert_int_equal(sim.status, SIM_ACTIVE);
	assert_int_equal(sim.period_data_total, 250000);
}

static void so_does_the_end_of_its_time(void **state)
{
	(void)state;
	const struct sim_event end = { .kind = SIM_READY_TIME_ENDS };
	const struct sim ready = sim_that_is(SIM_READY), off = sim_that_is(SIM_INACTIVE);
	assert_int_equal(after(ready, end, "2026-03-31T23:59:59Z").status, SIM_READY);
	assert_int_equal(after(ready, end, "2026-04-01T00:00:00Z").status, SIM_ACTIVE);
	assert_int_equal(after(off, end, "2026-04-01T00:00:00Z").status, SIM_INACTIVE);
}

static void sums_of_data_do_not_overflow(void **state)
{
	(void)state;
	struct sim sim = sim_that_is(SIM_ACTIVE);
	for (int i = 0; i < 3; i++)
		sim = after(sim,
			(struct sim_event){ .kind = SIM_DATA_PASSES, .bytes = BYTES_MAXIMUM },
			"2026-01-02T00:00:00Z");
	assert_int_equal(sim.period_data_total, BYTES_MAXIMUM);
}

static void a_limit_that_is_reached_blocks(void **state)
{
	(void)state;
	const struct fleet one = { .data_limit_in_force = 1 }, two = { .data_limit_in_force = 2 };
	struct sim sim = sim_that_is(SIM_ACTIVE);
	sim.period_data_total = 999999;
	assert_true(sim_is_within_limit(&sim, &one));
	sim.period_data_total = 1000000;
	assert_false(sim_is_within_limit(&sim, &one));
	const struct sim_event checked = { .kind = SIM_LIMIT_IS_CHECKED, .fleet = &one };
	sim = after(sim, checked, "2026-01-02T00:00:00Z");
	assert_int_equal(sim.blocked_since, at("2026-01-02T00:00:00Z"));
	sim = after(sim, checked, "2026-01-03T00:00:00Z");
	assert_int_equal(sim.blocked_since, at("2026-01-02T00:00:00Z"));
	sim = after(sim, (struct sim_event){ .kind = SIM_LIMIT_IS_CHECKED, .fleet = &two },
		"2026-01-03T00:00:00Z");
	assert_int_equal(sim.blocked_since, 0);
}

static void services_have_conditions(void **state)
{
	(void)state;
	struct fleet fleet = { .data_enabled = true };
	struct sim sim = sim_that_is(SIM_INACTIVE);
	assert_string_equal(
		sim_why_not(&sim, &fleet, SIM_DATA), "The Sim is neither ready nor active");
	sim.status = SIM_READY;
	assert_null(sim_why_not(&sim, &fleet, SIM_DATA));
	assert_string_equal(
		sim_why_not(&sim, &fleet, SIM_SMS), "SMS Commands are not enabled for the Fleet");
	sim.blocked_since = 1;
	assert_string_equal(
		sim_why_not(&sim, &fleet, SIM_DATA), "The Sim has used up its data limit");
	fleet.sms_commands_enabled = true;
	assert_null(sim_why_not(&sim, &fleet, SIM_SMS));
	fleet.data_enabled = false;
	assert_string_equal(
		sim_why_not(&sim, &fleet, SIM_DATA), "Data is not enabled for the Fleet");
}

static void seeds_may_say_a_part_of_a_period(void **state)
{
	(void)state;
	const int64_t now = at("2026-03-15T00:00:00Z");
	struct sim sim = { .status = SIM_NEW };
	assert_null(sim_complete_period(&sim, now));
	assert_int_equal(sim.period_start, 0);
	sim = (struct sim){ .status = SIM_ACTIVE };
	assert_null(sim_complete_period(&sim, now));
	assert_int_equal(sim.period_type, SIM_ACTIVE);
	assert_int_equal(sim.period_start, now);
	sim = (struct sim){ .status = SIM_ACTIVE, .period_anchor = at("2026-01-10T00:00:00Z") };
	assert_null(sim_complete_period(&sim, now));
	assert_int_equal(sim.period_start, at("2026-03-10T00:00:00Z"));
	sim = (struct sim){ .status = SIM_READY, .period_type = SIM_ACTIVE };
	assert_string_equal(sim_complete_period(&sim, now), "period_type");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_can_become_another),
		cmocka_unit_test(what_was_before_holds_while_scheduled),
		cmocka_unit_test(whoever_comes_back_in_time_goes_on_with_the_period),
		cmocka_unit_test(another_status_begins_another_period),
		cmocka_unit_test(months_count_from_an_anchor),
		cmocka_unit_test(periods_end),
		cmocka_unit_test(a_month_that_passes_begins_a_period),
		cmocka_unit_test(use_makes_a_ready_sim_active),
		cmocka_unit_test(so_does_the_end_of_its_time),
		cmocka_unit_test(sums_of_data_do_not_overflow),
		cmocka_unit_test(a_limit_that_is_reached_blocks),
		cmocka_unit_test(services_have_conditions),
		cmocka_unit_test(seeds_may_say_a_part_of_a_period),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
