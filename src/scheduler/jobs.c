/* SPDX-License-Identifier: MIT */
/*
 * Jobs that the scheduler makes for one time: datagrams that came from devices, and the ends of
 * accounts that have been idle for too long.
 *
 * Anybody can send datagrams. Those of unknown devices cost a look into the database, no write; of
 * known ones only so many are with the writer at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "device/udp.h"
#include "engine/account.h"
#include "scheduler/internal.h"
#include "service/ip_commands.h"
#include "util/clock.h"
#include "util/log.h"

enum { DATAGRAMS_PER_TURN = 64, JOBS_MAXIMUM = 256, SAY_LOSS_EVERY_US = 1000 * 1000 };

struct one_time_job {
	struct write_job job;
	struct scheduler *scheduler;
	struct arena arena;
	const char *account_sid;     /* the account to end; NULL: a datagram came */
	struct account_entry *ended; /* for the registry */
	bool failed;		     /* to end it: not for lack of a reason */
	size_t length;
	char address[UDP_ADDRESS_SIZE];
	char bytes[IP_COMMAND_PAYLOAD_MAXIMUM];
};

/* ── jobs ────────────────────────────────────────────────────────────────────────────────── */

static struct one_time_job *new_job(struct scheduler *scheduler)
{
	struct one_time_job *one = calloc(1, sizeof(*one));
	if (one != NULL) {
		one->scheduler = scheduler;
		arena_init(&one->arena);
	}
	return one;
}

static void free_job(struct one_time_job *one)
{
	arena_done(&one->arena);
	free(one);
}

/* On the writer's thread. */
static void finish_job(struct write_job *job, bool durable)
{
	struct one_time_job *one = (struct one_time_job *)job;
	struct scheduler *scheduler = one->scheduler;
	const bool failed = !durable || one->failed;
	if (durable && !job->refused && one->ended != NULL)
		registry_record(scheduler->options.registry, one->ended);
	else
		registry_drop(scheduler->options.registry, one->ended);
	free_job(one);
	pthread_mutex_lock(&scheduler->mutex);
	scheduler->one_time_finished++;
	scheduler->one_time_failed = scheduler->one_time_failed || failed;
	pthread_mutex_unlock(&scheduler->mutex);
	sender_wake(scheduler->sender);
}

/* False when the writer has no room: the job is still the caller's. */
static bool submit_job(struct one_time_job *one,
	bool (*run)(struct write_job *job, struct store_connection *connection))
{
	struct scheduler *scheduler = one->scheduler;
	one->job = (struct write_job){ .run = run, .finished = finish_job };
	/* Once submitted it may be done, and freed, at any moment. */
	const bool submitted = writer_submit(scheduler->options.writer, &one->job);
	scheduler->one_time_jobs += submitted;
	return submitted;
}

/* ── datagrams ───────────────────────────────────────────────────────────────────────────── */

/* Says that a datagram was lost; of many, once a second. Any thread. */
static void complain_of_loss(struct scheduler *scheduler, const char *address, const char *why)
{
	const int64_t now_us = clock_monotonic_us();
	pthread_mutex_lock(&scheduler->mutex);
	const uint64_t lost = ++scheduler->datagrams_lost;
	const bool said = now_us >= scheduler->loss_said_us + SAY_LOSS_EVERY_US;
	if (said) {
		scheduler->datagrams_lost = 0;
		scheduler->loss_said_us = now_us;
	}
	pthread_mutex_unlock(&scheduler->mutex);
	if (said)
		log_line(LOG_INFO, "datagrams lost: %llu, the last one from %s: %s",
			(unsigned long long)lost, address, why);
}

/* On the writer's thread. A datagram of a device that cannot send is lost. */
static bool run_datagram(struct write_job *job, struct store_connection *connection)
{
	struct one_time_job *one = (struct one_time_job *)job;
	struct context context = scheduler_context(one->scheduler, connection, &one->arena);
	struct ip_command command;
	const char *namespace, *sim_sid, *delivery_sid;
	bool current;
	if (store_find_sim_of_device(connection, one->address, &one->arena, &namespace, &sim_sid) !=
			STORE_OK ||
		is_error(account_enter_namespace(&context, namespace, &current))) {
		complain_of_loss(one->scheduler, one->address, "no registered device");
		return false;
	}
	const long port = strtol(strchr(one->address, ':') + 1, NULL, 10);
	const struct api_error error = ip_command_receive(
		&context, sim_sid, one->bytes, one->length, port, &command, &delivery_sid);
	if (is_error(error))
		complain_of_loss(one->scheduler, one->address, error.message);
	return !is_error(error);
}

/* Looks on the scheduler's own connection, as new as what the sender of a datagram can know. */
static bool is_known(struct scheduler *scheduler, const char *address)
{
	struct arena arena;
	const char *namespace, *sim_sid;
	arena_init(&arena);
	const bool known = store_snapshot_renew(scheduler->reader) &&
			   store_find_sim_of_device(scheduler->reader, address, &arena, &namespace,
				   &sim_sid) == STORE_OK;
	arena_done(&arena);
	return known;
}

static void take_datagram(
	struct scheduler *scheduler, const char *address, const char *bytes, size_t length)
{
	if (!is_known(scheduler, address)) {
		complain_of_loss(scheduler, address, "no registered device");
		return;
	}
	struct one_time_job *one =
		scheduler->one_time_jobs < JOBS_MAXIMUM ? new_job(scheduler) : NULL;
	if (one != NULL) {
		memcpy(one->bytes, bytes, length);
		memcpy(one->address, address, sizeof(one->address));
		one->length = length;
		if (submit_job(one, run_datagram))
			return;
		free_job(one);
	}
	complain_of_loss(scheduler, address, "too many at once");
}

void jobs_take_datagrams(struct scheduler *scheduler)
{
	char address[UDP_ADDRESS_SIZE], bytes[IP_COMMAND_PAYLOAD_MAXIMUM];
	size_t length;
	for (int i = 0; i < DATAGRAMS_PER_TURN; i++) {
		if (!udp_receive(scheduler->options.device_socket, bytes, sizeof(bytes), &length,
			    address))
			break;
		if (length > sizeof(bytes))
			length = sizeof(bytes); /* cut, as Twilio says it may be */
		take_datagram(scheduler, address, bytes, length);
	}
	store_snapshot_end(scheduler->reader);
}

/* ── idle accounts ───────────────────────────────────────────────────────────────────────── */

/* On the writer's thread. Meanwhile the account may have been used. */
static bool run_expiry(struct write_job *job, struct store_connection *connection)
{
	struct one_time_job *one = (struct one_time_job *)job;
	struct context context = scheduler_context(one->scheduler, connection, &one->arena);
	if (!registry_is_expired(context.registry, one->account_sid, clock_monotonic_us()))
		return false;
	const struct api_error error = account_delete(&context, one->account_sid);
	struct store_account ended;
	const bool deleted = !is_error(error) && store_fetch_account(connection, one->account_sid,
							 &one->arena, &ended) == STORE_OK;
	if (deleted)
		one->ended = registry_prepare(context.registry, &ended);
	one->failed = one->ended == NULL;
	return !one->failed;
}

void jobs_end_idle_accounts(struct scheduler *scheduler)
{
	if (scheduler->one_time_jobs > 0 || scheduler_pause_left_ms(scheduler) > 0)
		return;
	struct one_time_job *one = new_job(scheduler);
	if (one == NULL)
		return;
	one->account_sid =
		registry_expired(scheduler->options.registry, clock_monotonic_us(), &one->arena);
	const bool advanced =
		one->account_sid != NULL && advances_find(scheduler, one->account_sid) != NULL;
	if (advanced)
		registry_touch(scheduler->options.registry, one->account_sid);
	if (one->account_sid == NULL || advanced || !submit_job(one, run_expiry))
		free_job(one); /* nothing to do, or it is tried again */
}
