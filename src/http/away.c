/* SPDX-License-Identifier: MIT */
#include "http/away.h"

#include "request/serve.h"
#include "util/log.h"

/* On the writer's thread: does the write, or a piece of it. */
static bool run_write(struct write_job *job, struct store_connection *connection)
{
	struct client *client = (struct client *)job;
	return serve_write(&client->request, connection);
}

static void finish_write(struct write_job *job, bool durable);

/* False: the writer's queue is full. Else the client is the writer's. */
static bool submit_write(struct client *client)
{
	client->job = (struct write_job){ .run = run_write,
		.finished = finish_write,
		.request_id = client->request.id,
		.can_repeat = client->request.route->operation->can_repeat };
	return writer_submit(client->worker->writer, &client->job);
}

/* On the writer's thread. What is left is done behind whatever waits by now. The worker is woken
 * when the batch is through. */
static void finish_write(struct write_job *job, bool durable)
{
	struct client *client = (struct client *)job;
	serve_committed(&client->request, durable);
	const bool goes_on = serve_goes_on(&client->request);
	if (goes_on && submit_write(client))
		return;
	client->refused = goes_on;
	worker_hand_back(client->worker, &client->handback);
}

void away_write(struct client *client)
{
	client->state = CLIENT_WAITING;
	client->refused = client->made = false;
	client_suspend(client, false);
	if (!submit_write(client)) {
		client->refused = true;
		client_resume(client);
	}
}

static struct client *client_of(struct errand *errand)
{
	char *member = (char *)errand;
	return (struct client *)(void *)(member - offsetof(struct client, errand));
}

/* ── errands, on their thread ────────────────────────────────────────────────────────────── */

static void come_back(struct client *client)
{
	struct worker *worker = client->worker;
	worker_hand_back(worker, &client->handback);
	worker_wake_if_completed(worker);
}

static void run_rest(struct errand *errand, struct store_connection *reader)
{
	struct client *client = client_of(errand);
	log_begin_request(client->request.id);
	const enum serve_step step = serve_long(&client->request, reader);
	log_end_request();
	client->made = step == SERVE_ANSWERED;
	if (step == SERVE_WRITES && submit_write(client))
		return;
	client->refused = step == SERVE_WRITES;
	come_back(client);
}

static void run_finish(struct errand *errand, struct store_connection *reader)
{
	struct client *client = client_of(errand);
	(void)reader;
	log_begin_request(client->request.id);
	serve_finish(&client->request);
	log_end_request();
	client->made = true;
	come_back(client);
}

/* ── sending them, on the worker's ───────────────────────────────────────────────────────── */

/* It comes back through the worker's loop: not before it is suspended. */
static bool run_errand(
	struct client *client, void (*run)(struct errand *errand, struct store_connection *reader))
{
	client->errand.run = run;
	client->refused = client->made = false;
	if (!errands_submit(client->worker->errands, &client->errand))
		return false;
	client->state = CLIENT_WAITING;
	client_suspend(client, false);
	return true;
}

bool away_serve(struct client *client)
{
	return run_errand(client, run_rest);
}

bool away_finish(struct client *client)
{
	return !client->refused && !client->made && serve_finish_takes_long(&client->request) &&
	       run_errand(client, run_finish);
}

void away_make_answer(struct client *client)
{
	if (client->refused)
		serve_refuse(&client->request);
	else if (!client->made)
		serve_finish(&client->request);
}
