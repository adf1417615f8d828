/* SPDX-License-Identifier: MIT */
/* Outcomes of webhooks on their way into the database: how long they are held back, how many go
 * together, and what is kept of deliveries then. */
#include "unit.h"

#include <string.h>

#include "engine/account.h"
#include "scheduler/attempts.h"
#include "service/resources.h"
#include "store/outbox.h"
#include "util/cleanup.h"
#include "util/clock.h"

#define AC "AC00000000000000000000000000000000"

enum { HISTORY = 10, PAUSE_MS = 2 };

/* A writer, what stands in for the scheduler's thread, and deliveries that were sent. */
struct bench {
	struct store *store;
	struct policy policy;
	struct ground ground;
	struct outcomes outcomes;
};

static void ignore_changes(void *closure, const struct change *changes, size_t count, bool complete)
{
	(void)closure;
	(void)changes;
	(void)count;
	(void)complete;
}

static void ignore(void *closure)
{
	(void)closure;
}

static int set_up(void **state)
{
	static struct bench bench;
	const struct store_options options = { ":memory:", DURABILITY_NORMAL, service_resources };
	const struct writer_observer observer = { ignore_changes, ignore, ignore, NULL };
	struct failure failure;
	bench = (struct bench){ .policy = { .delivery_history = HISTORY } };
	assert_true(store_open(&options, &bench.store, &failure));
	bench.ground = (struct ground){
		.writer = writer_start(store_connect(bench.store, true, &failure), observer),
		.registry = registry_new(false),
		.policy = &bench.policy,
		.sender = sender_new(false),
		.reader = store_connect(bench.store, false, &failure),
	};
	mailbox_init(&bench.ground.mailbox, bench.ground.sender);
	outcomes_init(&bench.outcomes, &bench.ground, attempt_free);
	*state = &bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;
	writer_stop(bench->ground.writer);
	mailbox_done(&bench->ground.mailbox);
	sender_free(bench->ground.sender);
	store_disconnect(bench->ground.reader);
	registry_free(bench->ground.registry);
	store_close(bench->store);
	return 0;
}

/* ── deliveries that were sent ───────────────────────────────────────────────────────────── */

struct sending {
	struct write_job job;
	struct mail mail;
	struct bench *bench;
	struct outcomes *outcomes;
	size_t count;
	bool durable;
};

/* Makes a delivery whose receiver has answered. */
static void make_sent(struct context *context, struct outcomes *outcomes)
{
	const char *sid;
	struct attempt *attempt;
	struct event event = { .name = "sms_command",
		.subject_sid = "HC00000000000000000000000000000000",
		.method = CALLBACK_POST,
		.url = "http://127.0.0.1:1/" };
	event_begin(&event);
	event_add_account(&event, context);
	assert_false(is_error(event_send(context, &event, &sid)));
	const struct store_due due = { .id = 1,
		.namespace = context->namespace,
		.subject_sid = sid,
		.receiver = "http://127.0.0.1:1" };
	assert_false(is_error(attempt_load(context, &due, &attempt)));
	attempt->transfer.status = 200;
	outcomes_add(outcomes, attempt);
}

/* On the writer's thread, while the other one waits. */
static bool send_some(struct write_job *job, struct store_connection *connection)
{
	struct sending *sending = (struct sending *)job;
	CLEANUP(arena_done) struct arena arena;
	arena_init(&arena);
	struct context context = ground_context(&sending->bench->ground, connection, &arena);
	assert_false(is_error(account_enter(&context, AC, "t")));
	for (size_t i = 0; i < sending->count; i++)
		make_sent(&context, sending->outcomes);
	return true;
}

static void take_sent(void *closure)
{
	((struct sending *)closure)->durable = true;
}

static void finish_sending(struct write_job *job, bool durable)
{
	struct sending *sending = (struct sending *)job;
	assert_true(durable && !job->refused);
	mailbox_post(&sending->bench->ground.mailbox, &sending->mail, take_sent, sending);
}

/* So many outcomes come at once. */
static void send(struct bench *bench, struct outcomes *outcomes, size_t count)
{
	struct sending sending = { .job = { .run = send_some, .finished = finish_sending },
		.bench = bench,
		.outcomes = outcomes,
		.count = count };
	assert_true(writer_submit(bench->ground.writer, &sending.job));
	while (!sending.durable) {
		sender_poll(bench->ground.sender, -1, 1000);
		mailbox_take(&bench->ground.mailbox);
	}
}

static int64_t count_delivered(struct bench *bench)
{
	int64_t count = -1;
	assert_true(store_snapshot_renew(bench->ground.reader));
	assert_int_equal(
		store_count_all_deliveries(bench->ground.reader, "delivered", &count), STORE_OK);
	store_snapshot_release(bench->ground.reader);
	return count;
}

/* ── tests ───────────────────────────────────────────────────────────────────────────────── */

static void wait_for(struct attempt *attempt)
{
	(void)attempt;
}

static void outcomes_are_held_back_unless_somebody_waits(void **state)
{
	(void)state;
	struct outcomes outcomes;
	struct attempt attempts[] = { { .now_ms = 0 }, { .now_ms = 0 }, { .finished = wait_for } };
	outcomes_init(&outcomes, NULL, NULL);
	assert_false(outcomes_wait(&outcomes));
	assert_true(outcomes_held_ms(&outcomes) == INT64_MAX);
	const int64_t before_us = clock_monotonic_us();
	outcomes_add(&outcomes, &attempts[0]);
	outcomes_add(&outcomes, &attempts[1]);
	assert_true(outcomes_wait(&outcomes));
	assert_true(outcomes.hold_until_us > before_us);
	assert_true(outcomes_held_ms(&outcomes) <= PAUSE_MS + 1);
	outcomes_add(&outcomes, &attempts[2]);
	assert_int_equal(outcomes_held_ms(&outcomes), 0);
}

static void a_history_stays_short_however_many_come_at_once(void **state)
{
	struct bench *bench = *state;
	send(bench, &bench->outcomes, ATTEMPTS_UNRECORDED);
	do {
		outcomes_submit(&bench->outcomes, false);
		sender_poll(bench->ground.sender, -1, 1000);
		mailbox_take(&bench->ground.mailbox);
	} while (outcomes_wait(&bench->outcomes));
	assert_int_equal(count_delivered(bench), HISTORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes_are_held_back_unless_somebody_waits),
		cmocka_unit_test_setup_teardown(
			a_history_stays_short_however_many_come_at_once, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
