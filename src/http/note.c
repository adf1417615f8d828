/* SPDX-License-Identifier: MIT */
#include "http/note.h"

#include <stdio.h>

#include "util/clock.h"
#include "util/count.h"
#include "util/log.h"
#include "util/utf8.h"

enum { PATH_LOGGED = 900 };

static void log_request(const struct client *client, int64_t duration_us)
{
	char message[1024];
	const struct request *request = &client->request;
	/* As sent: what lets others in to /v1 looks at a part of it. */
	const char *path = request->path != NULL ? request->target : "";
	const struct log_field fields[] = {
		log_text("account", request_account(request)),
		log_said(log_text("method", client->sent.method)), log_said(log_text("path", path)),
		log_text("query", client->query),
		log_said(log_number("status", request->reply.status)),
		log_number_if_any("code", request->reply.error_code),
		log_number("duration_us", duration_us),
		log_text("fault", request->fault_id), /* the last: most have none */
	};
	const size_t count = COUNT_OF(fields) - (request->fault_id == NULL);
	snprintf(message, sizeof(message), "%.40s %.*s %d", client->sent.method,
		(int)utf8_prefix(path, PATH_LOGGED), path, request->reply.status);
	log_access(message, fields, count);
}

int64_t note_answer(struct client *client)
{
	const int64_t duration_us = clock_monotonic_us() - client->started_us;
	struct worker *worker = client->worker;
	struct request *request = &client->request;
	struct watch *watch = worker->emulator->watch;
	if (log_access_wanted())
		log_request(client, duration_us);
	metrics_count(&worker->metrics, request, duration_us);
	record_answer(watch, &client->sent, request, duration_us, &worker->recorded);
	request_leave_work(request);
	client->noted = true;
	return duration_us;
}
