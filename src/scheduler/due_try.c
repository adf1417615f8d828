/* SPDX-License-Identifier: MIT */
#include "scheduler/due_try.h"

#include "store/writer.h"
#include "util/clock.h"
#include "util/log.h"

enum { SHORTEST_DELAY_MS = 60 * 1000, LONGEST_DELAY_MS = 60 * 60 * 1000 };

const struct due_outcome due_outcome_failed = { .result = "failed" };

struct trial {
	struct context *context;
	const struct store_due *due;
	due_action *act;
	struct due_outcome outcome;
};

static bool do_trial(void *closure)
{
	struct trial *trial = closure;
	return !is_error(trial->act(trial->context, trial->due, &trial->outcome));
}

bool due_try(struct context *context, const struct store_due *due, due_action *act, bool *ret_done,
	struct due_outcome *ret_outcome)
{
	struct datagram *const datagrams = context->datagrams;
	struct trial trial = { .context = context, .due = due, .act = act };
	const bool healthy = store_try(context->connection, do_trial, &trial, ret_done);
	*ret_outcome = *ret_done ? trial.outcome : due_outcome_failed;
	if (!*ret_done) {
		context->datagrams = datagrams;
		log_line(LOG_ERROR, "%s of %s in %s failed; it will be tried again", due->kind,
			due->subject_sid, due->namespace);
	}
	return healthy;
}

int64_t due_delay_ms(int64_t late_ms)
{
	if (late_ms < SHORTEST_DELAY_MS)
		return SHORTEST_DELAY_MS;
	return late_ms > LONGEST_DELAY_MS ? LONGEST_DELAY_MS : late_ms;
}

struct api_error due_put_off(struct context *context, const struct store_due *due)
{
	int64_t wake_at_ms;
	if (!account_clock_wake(&context->clock, due->due_at_ms, &wake_at_ms))
		return error_none();
	const int64_t delay_ms = due_delay_ms(context->now_ms - due->due_at_ms);
	return error_of_store(
		store_put_off_due(context->connection, due->id, clock_now_ms() + delay_ms));
}
