/* SPDX-License-Identifier: MIT */
#include "http/client.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/away.h"
#include "http/note.h"
#include "http/stream.h"
#include "http/waiting.h"
#include "request/route.h"
#include "request/serve.h"
#include "util/address.h"
#include "util/clock.h"
#include "util/host.h"
#include "util/log.h"
#include "util/redact.h"

/* What a connection keeps from request to request, and how large an answer may be that nobody
 * counts. */
enum { BODY_KEPT = 8 * 1024, ANSWER_FREE = 64 * 1024, LIMIT_TOLD_US = 60 * 1000 * 1000 };

/* ── connections ─────────────────────────────────────────────────────────────────────────── */

/* When one ends, another may be let in. */
static void count_connection(struct worker *worker, enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		atomic_fetch_add_explicit(&worker->connections->open, 1, memory_order_relaxed);
	} else {
		atomic_fetch_sub_explicit(&worker->connections->open, 1, memory_order_relaxed);
		worker->accept_again_us = 0;
	}
}

/* Waits for the first request or, over TLS, for the handshake before it. */
static void begin(struct client *client)
{
	struct worker *worker = client->worker;
	const bool secure = client->door->kind == DOOR_TLS;
	deadline_set(secure ? &worker->greeting : &worker->idle, &client->deadline,
		clock_monotonic_us());
	if (secure && !client_greet(client))
		client_cut_off(client);
}

void client_on_connection(void *closure, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode code)
{
	struct door *door = closure;
	struct worker *worker = door->worker;
	struct client *client = *context;
	count_connection(worker, code);
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		client = calloc(1, sizeof(*client));
		if (client == NULL)
			return; /* its first request line finds no client and ends the connection */
		client->worker = worker;
		client->door = door;
		client->connection = connection;
		request_init(&client->request);
		client->request.credentials = &client->credentials;
		strbuf_init(&client->body, FORM_MAXIMUM);
		begin(client);
		*context = client;
	} else if (client != NULL) {
		handshake_end(&client->handshake);
		deadline_clear(&client->deadline);
		request_done(&client->request);
		strbuf_done(&client->body);
		reply_forget(&client->kept);
		free(client);
		*context = NULL;
	}
}

/* ── reading a request ───────────────────────────────────────────────────────────────────── */

/* Says that a limit is reached, but not for each client. */
static void tell_limit(struct client *client, enum limit limit)
{
	static const char *const used_up[LIMIT_COUNT] = {
		[LIMIT_QUEUE] = "writes wait",
		[LIMIT_BODIES] = "large bodies are read",
		[LIMIT_ANSWERS] = "large answers wait for their clients",
		[LIMIT_STREAMS] = "streams of events are open",
	};
	if (log_is_due(&client->worker->connections->limit_again_us[limit], LIMIT_TOLD_US,
		    clock_monotonic_us()))
		log_line(LOG_WARNING, "as many %s as may be: others are answered 503",
			used_up[limit]);
}

void *client_on_request_line(void *closure, const char *target, struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct client *client = info != NULL ? info->socket_context : NULL;
	struct worker *worker = ((struct door *)closure)->worker;
	if (client == NULL)
		return NULL;
	client->started_us = clock_monotonic_us();
	client->state = CLIENT_STARTED;
	sid_make("RQ", client->request.id);
	deadline_set(&worker->busy, &client->deadline, client->started_us);
	client->request.target = head_take_target(&client->head, &client->request.arena, target);
	client->sent.target = client->request.target;
	if (client->door->kind == DOOR_TLS)
		client->head.scheme = "https://"; /* whatever a whole URL says */
	return client;
}

static const char *header(const struct client *client, const char *name)
{
	return MHD_lookup_connection_value(client->connection, MHD_HEADER_KIND, name);
}

static const char *origin_of(struct client *client)
{
	const struct worker *worker = client->worker;
	if (worker->public_url != NULL)
		return worker->public_url;
	const char *host = client->request.host;
	if (host == NULL || !host_is_well_formed(host))
		return client->door->url;
	const size_t length = strlen(client->head.scheme);
	memcpy(client->origin, client->head.scheme, length);
	memcpy(client->origin + length, host, strlen(host) + 1);
	return client->origin;
}

struct header_visit {
	header_visitor *visit;
	void *closure;
};

static enum MHD_Result visit_header(
	void *closure, enum MHD_ValueKind kind, const char *name, const char *value)
{
	const struct header_visit *header_visit = closure;
	(void)kind;
	header_visit->visit(header_visit->closure, name, value != NULL ? value : "");
	return MHD_YES;
}

static void visit_headers(const struct request *request, header_visitor *visit, void *closure)
{
	const struct client *client = request->headers_closure;
	struct header_visit header_visit = { visit, closure };
	MHD_get_connection_values(client->connection, MHD_HEADER_KIND, visit_header, &header_visit);
}

static bool peer_is_loopback(const struct client *client)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(client->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	return info != NULL && info->client_addr != NULL && address_is_loopback(info->client_addr);
}

/* What only the control API asks for. */
static void read_control_headers(struct client *client)
{
	struct request *request = &client->request;
	request->page_origin = header(client, MHD_HTTP_HEADER_ORIGIN);
	request->signature = header(client, "X-Twilio-Signature");
	request->user_agent = header(client, MHD_HTTP_HEADER_USER_AGENT);
	request->peer_is_loopback = peer_is_loopback(client);
}

/* Now, since whoever reads a query decodes it in place. */
static void keep_query(struct client *client)
{
	struct request *request = &client->request;
	const char *question = request->target != NULL ? strchr(request->target, '?') : NULL;
	client->query = question != NULL ? redact_query(&request->arena, question + 1) : NULL;
}

static void read_headers(struct client *client, const char *method, const char *version)
{
	struct request *request = &client->request;
	request->head_fault = head_judge(&client->head, client->connection, version);
	client->sent.method = method;
	request->method = strcmp(method, "HEAD") == 0 ? "GET" : method;
	request->authorization = header(client, MHD_HTTP_HEADER_AUTHORIZATION);
	request->content_type = header(client, MHD_HTTP_HEADER_CONTENT_TYPE);
	request->host = head_host(&client->head);
	request->origin = origin_of(client);
	request->visit_headers = visit_headers;
	request->headers_closure = client;
	if (request->target != NULL &&
		section_of(client->worker->emulator, request->target)->is_control)
		read_control_headers(client);
	if (log_access_wanted())
		keep_query(client);
	client->body.limit = FORM_MAXIMUM;
	client->worker->active++;
	client->state = CLIENT_READING;
}

/*
 * Makes room for a body that is larger than a form: as far as the headers let it, and there is
 * memory. `size` 0: nobody knows how large it will be. False: it is to be thrown away.
 */
static bool admit_large_body(struct client *client, uint64_t size)
{
	struct request *request = &client->request;
	struct worker *worker = client->worker;
	const size_t maximum =
		request->target != NULL ? serve_body_maximum(worker->emulator, request) : 0;
	const uint64_t wanted = size > 0 ? size : maximum;
	request->body_too_large = maximum <= FORM_MAXIMUM || wanted > maximum;
	request->body_postponed =
		!request->body_too_large && !budget_take(worker->bodies, (size_t)wanted);
	if (request->body_postponed)
		tell_limit(client, LIMIT_BODIES);
	if (request->body_too_large || request->body_postponed)
		return false;
	client->body_taken = (size_t)wanted;
	client->body.limit = (size_t)wanted;
	return true;
}

static bool announces_large_body(const struct client *client, uint64_t *ret_size)
{
	const char *length = client->head.length;
	*ret_size = length != NULL ? strtoull(length, NULL, 10) : 0;
	return *ret_size > FORM_MAXIMUM;
}

/* Keeps a piece of the body. What is beyond the limit is thrown away; the answer will be 413. */
static void read_body(struct client *client, const char *piece, size_t size)
{
	struct request *request = &client->request;
	if (request->body_too_large || request->body_postponed)
		return;
	if (client->body_taken == 0 && client->body.length + size > FORM_MAXIMUM &&
		!admit_large_body(client, 0)) {
		strbuf_done(&client->body);
		return;
	}
	strbuf_add(&client->body, piece, size);
	request->body_too_large = client->body.limit_met;
	request->body_lost = client->body.failed && !client->body.limit_met;
}

/* ── answering ───────────────────────────────────────────────────────────────────────────── */

/* Puts the client among those whose answer waits, by its time, and suspends it. */
static void put_off(struct client *client, enum client_state state, int64_t delay_ms)
{
	struct worker *worker = client->worker;
	struct client **link = &worker->delayed;
	client->answer_at_us = clock_monotonic_us() + delay_ms * 1000;
	client->state = state;
	while (*link != NULL && (*link)->answer_at_us <= client->answer_at_us)
		link = &(*link)->next_delayed;
	client->next_delayed = *link;
	*link = client;
	client_suspend(client, true);
}

/* In the middle of a body. */
static void stall(void *closure)
{
	struct client *client = closure;
	put_off(client, CLIENT_STALLED, client->request.fault->then.stall_ms);
}

static struct reply_context context_of(const struct client *client, int64_t duration_us)
{
	const struct request *request = &client->request;
	return (struct reply_context){
		.request_id = request->id,
		.fault_id = request->fault_id,
		.duration_us = duration_us,
		.concurrent = request->concurrent > 0 ? request->concurrent : 1,
		.origin = request->origin,
		.closes = atomic_load_explicit(&client->worker->stopping, memory_order_relaxed) ||
			  fault_ends_afterwards(request),
	};
}

static enum MHD_Result send_answer(struct client *client)
{
	const struct request *request = &client->request;
	const struct reply_context context = context_of(client, note_answer(client));
	if (fault_ends_connection(request, client_socket(client)))
		return MHD_NO;
	const struct reply *reply = &request->reply;
	const bool breaks = fault_breaks_body(request, stall, client, &client->broken);
	const bool sent = breaks ? reply_send_as(client->connection,
					   fault_response(&client->broken), reply, &context)
				 : reply_send(client->connection, &client->kept, reply, &context);
	return sent ? MHD_YES : MHD_NO;
}

/* What a request holds until its client has read the answer, and is not counted yet. */
static size_t held_by(const struct client *client)
{
	const struct request *request = &client->request;
	return request->reply.body.capacity + arena_size(&request->arena) +
	       (client->body_taken == 0 ? client->body.capacity : 0);
}

/* Of all clients together there is only so much. A write stays done, even where there is no room to
 * say so. */
static void make_room_for_answer(struct client *client)
{
	const size_t size = held_by(client);
	if (size <= ANSWER_FREE)
		return;
	if (budget_take(client->worker->answers, size)) {
		client->answer_taken = size;
		return;
	}
	tell_limit(client, LIMIT_ANSWERS);
	serve_refuse(&client->request);
}

static enum MHD_Result answer(struct client *client)
{
	make_room_for_answer(client);
	if (client->request.reply.delay_ms == 0)
		return send_answer(client);
	put_off(client, CLIENT_DELAYED, client->request.reply.delay_ms);
	return MHD_YES;
}

/* On the scheduler's thread; on the worker's when the scheduler has ended. */
static void finish_advance(struct advance *advance)
{
	struct client *client = atomic_exchange(&advance->requester, NULL);
	if (client == NULL) {
		advance_free(advance); /* nobody waits for it any more */
		return;
	}
	struct worker *worker = client->worker;
	client->request.error = advance->error;
	worker_hand_back(client->worker, &client->handback);
	worker_wake_if_completed(worker);
}

static void submit_advance(struct client *client)
{
	client->state = CLIENT_WAITING;
	client->refused = client->made = false;
	client->request.advance->finished = finish_advance;
	memcpy(client->request.advance->request_id, client->request.id, SID_SIZE);
	atomic_store(&client->request.advance->requester, client);
	client_suspend(client, true);
	scheduler_advance(client->worker->scheduler, client->request.advance);
}

static void cancel_delay(struct client *client)
{
	struct client **link = &client->worker->delayed;
	while (*link != client)
		link = &(*link)->next_delayed;
	*link = client->next_delayed;
}

/* False: its advance is being handed back right now, and it goes on by that. */
static bool leave_advance(struct client *client)
{
	if (atomic_exchange(&client->request.advance->requester, NULL) == NULL)
		return false;
	client->request.advance = NULL; /* it goes on, and frees itself */
	return true;
}

void client_left(struct client *client)
{
	if (!client->watched)
		return; /* it goes on already */
	client_unwatch(client);
	if (client->state == CLIENT_STALLED)
		client_cut_off(client); /* it is sent no more of the answer */
	if (client->state == CLIENT_DELAYED)
		note_answer(client); /* it was done, whoever knows of it */
	if (client->state == CLIENT_DELAYED || client->state == CLIENT_STALLED)
		cancel_delay(client);
	else if (client->state == CLIENT_LOOKING)
		waiting_leave(client);
	else if (client->state == CLIENT_STREAM)
		stream_end(client->stream);
	else if (!leave_advance(client))
		return;
	client_resume(client);
	client->state = CLIENT_LEFT;
}

void client_give_up(struct client *client)
{
	deadline_clear(&client->deadline);
	if (client->state == CLIENT_STALLED)
		client_left(client); /* the library does not look at it */
	else
		client_cut_off(client);
}

/* Answers with a stream of events. */
static enum MHD_Result begin_stream(struct client *client)
{
	struct MHD_Response *response = stream_open(client);
	if (response != NULL) {
		client->state = CLIENT_STREAM;
		const struct reply_context context = context_of(client, note_answer(client));
		return reply_send_as(client->connection, response, &client->request.reply, &context)
			       ? MHD_YES
			       : MHD_NO;
	}
	tell_limit(client, LIMIT_STREAMS);
	serve_refuse(&client->request);
	return answer(client);
}

/* The request is complete: answers it, or hands it to the writer. */
static enum MHD_Result process(struct client *client)
{
	struct request *request = &client->request;
	request->body = client->body.data;
	request->body_length = client->body.length;
	if (client->worker->emulator->watch->journal != NULL)
		record_body(&client->sent, &request->arena, client->body.data, client->body.length);
	if (request->target == NULL)
		return MHD_NO; /* there was no memory to keep it */
	struct store_connection *reader = client->worker->reader;
	enum serve_step step = serve_start(client->worker->emulator, request, reader);
	if (step == SERVE_TAKES_LONG && away_serve(client))
		return MHD_YES;
	if (step == SERVE_TAKES_LONG)
		step = serve_long(request, reader);
	switch (step) {
	case SERVE_TAKES_LONG:
	case SERVE_ANSWERED: return answer(client);
	case SERVE_WRITES: away_write(client); break;
	case SERVE_ADVANCES: submit_advance(client); break;
	case SERVE_WAITS: return waiting_begin(client) ? MHD_YES : answer(client);
	case SERVE_LISTENS: return begin_stream(client);
	}
	return MHD_YES;
}

/* Of a client that was away. */
static void make_answer(struct client *client)
{
	if (client->refused)
		tell_limit(client, LIMIT_QUEUE);
	away_make_answer(client);
}

/* What the library calls for the head, for each piece of the body, for its end, and after that. */
static enum MHD_Result go_on(struct client *client, const char *method, const char *version,
	const char *upload, size_t *upload_size)
{
	uint64_t announced;
	switch (client->state) {
	case CLIENT_STARTED:
		read_headers(client, method, version);
		if (client->request.head_fault == ERROR_GENERAL &&
			(!announces_large_body(client, &announced) ||
				admit_large_body(client, announced)))
			return MHD_YES;
		/* Answering now, before the body, makes the library close the connection: rightly.
		 */
		return process(client);
	case CLIENT_READING:
		if (*upload_size == 0)
			return process(client);
		read_body(client, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	case CLIENT_RESUMED:
		if (away_finish(client))
			return MHD_YES;
		make_answer(client);
		return answer(client);
	case CLIENT_DUE: return send_answer(client);
	case CLIENT_MADE: return answer(client);
	case CLIENT_WAITING:
	case CLIENT_DELAYED:
	case CLIENT_STALLED:
	case CLIENT_LOOKING:
	case CLIENT_STREAM: return MHD_YES;
	case CLIENT_LEFT:
	case CLIENT_IDLE: break;
	}
	return MHD_NO;
}

enum MHD_Result client_on_request(void *closure, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **context)
{
	(void)closure;
	(void)connection;
	(void)url;
	struct client *client = *context;
	if (client == NULL)
		return MHD_NO;
	log_begin_request(client->request.id);
	const enum MHD_Result result = go_on(client, method, version, upload, upload_size);
	log_end_request();
	return result;
}

/* A client may be gone before the library asks for its answer: what was done for it is noted all
 * the same. */
static void note_unanswered(struct client *client)
{
	if (client->noted)
		return;
	if (client->state == CLIENT_RESUMED)
		make_answer(client);
	if (client->state == CLIENT_RESUMED || client->state == CLIENT_DUE)
		note_answer(client);
}

/* Gives back what a request took of a budget that all workers share. */
static void give_back(struct budget *budget, size_t *taken)
{
	if (*taken > 0)
		budget_give(budget, *taken);
	*taken = 0;
}

void client_on_completed(void *closure, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode code)
{
	(void)connection;
	(void)code;
	struct worker *worker = ((struct door *)closure)->worker;
	struct client *client = *context;
	if (client == NULL)
		return;
	if (client->state != CLIENT_IDLE && client->state != CLIENT_STARTED)
		worker->active--;
	note_unanswered(client);
	client->noted = false;
	client->state = CLIENT_IDLE;
	client->stream = NULL; /* freed with its response */
	request_reset(&client->request);
	give_back(worker->bodies, &client->body_taken);
	give_back(worker->answers, &client->answer_taken);
	if (client->body.capacity > BODY_KEPT)
		strbuf_done(&client->body);
	else
		strbuf_reset(&client->body);
	deadline_set(&worker->idle, &client->deadline, clock_monotonic_us());
	*context = NULL;
}
