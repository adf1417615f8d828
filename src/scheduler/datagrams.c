/* SPDX-License-Identifier: MIT */
#include "scheduler/datagrams.h"

#include <stdlib.h>
#include <string.h>

#include "device/udp.h"
#include "engine/account.h"
#include "service/ip_commands.h"
#include "store/sims.h"
#include "util/clock.h"
#include "util/log.h"

enum { DATAGRAMS_PER_TURN = 64, JOBS_MAXIMUM = 256, SAY_LOSS_EVERY_US = 1000 * 1000 };

struct datagram_job {
	struct write_job job; /* first, so that a job is its datagram_job */
	struct mail mail;
	struct datagrams *datagrams;
	struct arena arena;
	const char *loss; /* why the datagram was lost, or NULL */
	bool durable;
	size_t length;
	char address[UDP_ADDRESS_SIZE];
	char bytes[IP_COMMAND_PAYLOAD_MAXIMUM];
};

/* Says that a datagram was lost; of many, once a second. */
static void complain_of_loss(struct datagrams *datagrams, const char *address, const char *why)
{
	const int64_t now_us = clock_monotonic_us();
	datagrams->lost++;
	if (now_us < datagrams->loss_said_us + SAY_LOSS_EVERY_US)
		return;
	log_line(LOG_INFO, "datagrams lost: %llu, the last one from %s: %s",
		(unsigned long long)datagrams->lost, address, why);
	datagrams->lost = 0;
	datagrams->loss_said_us = now_us;
}

/* ── jobs ────────────────────────────────────────────────────────────────────────────────── */

/* On the writer's thread. A datagram of a device that cannot send is lost. */
static bool receive(struct write_job *job, struct store_connection *connection)
{
	struct datagram_job *datagram = (struct datagram_job *)job;
	struct context context =
		ground_context(datagram->datagrams->ground, connection, &datagram->arena);
	struct ip_command command;
	const char *namespace, *sim_sid, *delivery_sid;
	bool current;
	if (store_find_sim_of_device(connection, datagram->address, &datagram->arena, &namespace,
		    &sim_sid) != STORE_OK ||
		is_error(account_enter_namespace(&context, namespace, &current))) {
		datagram->loss = "no registered device";
		return false;
	}
	const long port = strtol(strchr(datagram->address, ':') + 1, NULL, 10);
	const struct api_error error = ip_command_receive(&context, sim_sid, datagram->bytes,
		datagram->length, port, &command, &delivery_sid);
	if (is_error(error))
		datagram->loss = error.message;
	return !is_error(error);
}

static struct datagram_job *job_new(
	struct datagrams *datagrams, const char *address, const char *bytes, size_t length)
{
	struct datagram_job *datagram = calloc(1, sizeof(*datagram));
	if (datagram == NULL)
		return NULL;
	datagram->datagrams = datagrams;
	arena_init(&datagram->arena);
	memcpy(datagram->bytes, bytes, length);
	memcpy(datagram->address, address, sizeof(datagram->address));
	datagram->length = length;
	return datagram;
}

static void job_free(struct datagram_job *datagram)
{
	arena_done(&datagram->arena);
	free(datagram);
}

/* On the scheduler's thread. */
static void take_back(void *closure)
{
	struct datagram_job *datagram = closure;
	struct datagrams *datagrams = datagram->datagrams;
	datagrams->submitted--;
	if (datagram->loss != NULL)
		complain_of_loss(datagrams, datagram->address, datagram->loss);
	if (!datagram->durable)
		ground_pause(datagrams->ground);
	job_free(datagram);
}

/* On the writer's thread. */
static void finish(struct write_job *job, bool durable)
{
	struct datagram_job *datagram = (struct datagram_job *)job;
	datagram->durable = durable;
	mailbox_post(&datagram->datagrams->ground->mailbox, &datagram->mail, take_back, datagram);
}

/* False when the writer has no room. */
static bool submit(
	struct datagrams *datagrams, const char *address, const char *bytes, size_t length)
{
	struct datagram_job *datagram = job_new(datagrams, address, bytes, length);
	if (datagram == NULL)
		return false;
	datagram->job = (struct write_job){ .run = receive, .finished = finish };
	if (!writer_submit(datagrams->ground->writer, &datagram->job)) {
		job_free(datagram);
		return false;
	}
	datagrams->submitted++;
	return true;
}

/* ── the socket ──────────────────────────────────────────────────────────────────────────── */

void datagrams_init(struct datagrams *datagrams, struct ground *ground)
{
	*datagrams = (struct datagrams){ .ground = ground };
}

/* Looks on the scheduler's own connection, as new as what the sender of a datagram can know. */
static bool is_known(struct store_connection *reader, const char *address)
{
	struct arena arena;
	const char *namespace, *sim_sid;
	arena_init(&arena);
	const bool known =
		store_snapshot_renew(reader) &&
		store_find_sim_of_device(reader, address, &arena, &namespace, &sim_sid) == STORE_OK;
	arena_done(&arena);
	return known;
}

static void take(struct datagrams *datagrams, const char *address, const char *bytes, size_t length)
{
	if (!is_known(datagrams->ground->reader, address))
		complain_of_loss(datagrams, address, "no registered device");
	else if (datagrams->submitted >= JOBS_MAXIMUM || !submit(datagrams, address, bytes, length))
		complain_of_loss(datagrams, address, "too many at once");
}

void datagrams_take(struct datagrams *datagrams)
{
	char address[UDP_ADDRESS_SIZE], bytes[IP_COMMAND_PAYLOAD_MAXIMUM];
	size_t length;
	for (int i = 0; i < DATAGRAMS_PER_TURN; i++) {
		if (!udp_receive(datagrams->ground->device_socket, bytes, sizeof(bytes), &length,
			    address))
			break;
		if (length > sizeof(bytes))
			length = sizeof(bytes); /* cut, as Twilio says it may be */
		take(datagrams, address, bytes, length);
	}
	store_snapshot_end(datagrams->ground->reader);
}
