/* SPDX-License-Identifier: MIT */
#include "http/waiting.h"

#include "request/serve.h"
#include "util/clock.h"
#include "util/log.h"

static struct waiters *waiters_of(const struct worker *worker)
{
	return worker->emulator->watch->waiters;
}

static struct client *client_of_waiter(struct waiter *waiter)
{
	char *member = (char *)waiter;
	return (struct client *)(void *)(member - offsetof(struct client, waiter));
}

static struct client *client_of_deadline(struct deadline *deadline)
{
	char *member = (char *)deadline;
	return (struct client *)(void *)(member - offsetof(struct client, deadline));
}

/* Any thread. */
static void wake(void *closure)
{
	worker_wake(closure);
}

void waiting_init(struct worker *worker)
{
	worker->room.wake = wake;
	worker->room.closure = worker;
}

void waiting_leave(struct client *client)
{
	waiters_remove(waiters_of(client->worker), &client->waiter);
	deadline_clear(&client->deadline);
}

/* True when the answer was made: what it waited for has come, or will not. */
static bool look(struct client *client, bool late)
{
	struct worker *worker = client->worker;
	log_begin_request(client->request.id);
	const bool stops = atomic_load(&worker->stopping);
	if (stops)
		serve_refuse(&client->request);
	const bool made =
		stops || serve_wait(&client->request, worker->reader, late) == SERVE_ANSWERED;
	log_end_request();
	return made;
}

bool waiting_begin(struct client *client)
{
	struct worker *worker = client->worker;
	const struct request_wait *wait = &client->request.wait;
	/* First of all, so that nothing that changes from now on is missed. */
	waiters_add(waiters_of(worker), &client->waiter, &worker->room,
		client->request.caller.account_sid, wait->subjects);
	if (look(client, wait->timeout_ms == 0)) {
		waiting_leave(client);
		return false;
	}
	waiters_have_looked(waiters_of(worker), &client->waiter);
	client->state = CLIENT_LOOKING;
	client_suspend(client, true);
	deadline_set_at(&worker->waiting, &client->deadline,
		clock_monotonic_us() + wait->timeout_ms * 1000);
	return true;
}

static void look_again(struct client *client, bool late)
{
	if (!look(client, late))
		return;
	waiting_leave(client);
	client_resume(client);
}

void waiting_look(struct worker *worker, int64_t now_us)
{
	struct waiter *next;
	const bool all = atomic_load(&worker->stopping);
	for (struct waiter *each = waiters_take(waiters_of(worker), &worker->room); each != NULL;
		each = next) {
		struct client *client = client_of_waiter(each);
		next = each->next_taken;
		client->request.wait.changed |= each->taken;
		look_again(client, false);
	}
	while (worker->waiting.first != NULL && (all || worker->waiting.first->at_us <= now_us))
		look_again(client_of_deadline(worker->waiting.first), true);
}
