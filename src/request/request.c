/* SPDX-License-Identifier: MIT */
#include "request/request.h"

#include <string.h>
#include <strings.h>

enum { REPLY_MAXIMUM = 64 * 1024 * 1024, REPLY_KEPT = 64 * 1024 };

void request_init(struct request *request)
{
	*request = (struct request){ 0 };
	arena_init(&request->arena);
	strbuf_init(&request->reply.body, REPLY_MAXIMUM);
}

void request_drop_draft(struct request *request)
{
	account_draft_done(request->draft);
	request->draft = NULL;
}

void request_done(struct request *request)
{
	request_drop_draft(request);
	seed_free(request->imported);
	json_decref(request->document);
	arena_done(&request->arena);
	strbuf_done(&request->reply.body);
	advance_free(request->advance);
	request_leave_work(request);
	traffic_let_go(request->traffic);
}

void request_leave_work(struct request *request)
{
	if (request->in_work)
		traffic_leave(request->traffic);
	request->in_work = false;
}

struct header_search {
	const char *name;
	const char *value;
};

static void match_header(void *closure, const char *name, const char *value)
{
	struct header_search *search = closure;
	if (search->value == NULL && strcasecmp(search->name, name) == 0)
		search->value = value;
}

const char *request_header(const struct request *request, const char *name)
{
	struct header_search search = { .name = name };
	if (request->visit_headers != NULL)
		request->visit_headers(request, match_header, &search);
	return search.value;
}

/* Empties a buffer; one that a big list has blown up goes, so that connections stay small. */
void request_empty_buffer(struct strbuf *buffer)
{
	if (buffer->capacity > REPLY_KEPT)
		strbuf_done(buffer);
	else
		strbuf_reset(buffer);
}

void request_reset(struct request *request)
{
	request_drop_draft(request);
	seed_free(request->imported);
	json_decref(request->document);
	arena_reset(&request->arena);
	request_empty_buffer(&request->reply.body);
	advance_free(request->advance);
	request_leave_work(request);
	*request = (struct request){
		.arena = request->arena,
		.traffic = request->traffic,
		.credentials = request->credentials,
		.reply.body = request->reply.body,
	};
}

const char *request_account(const struct request *request)
{
	const struct caller *caller = &request->caller;
	return caller->account_sid != NULL ? caller->account_sid : caller->refused_user;
}

char *request_query(const struct request *request)
{
	return strchr(request->target, '\0') + 1;
}

struct api_error request_parse_nothing(struct request *request)
{
	(void)request;
	return error_none();
}

void request_release_sources(struct request *request)
{
	json_decref(request->document);
	request->document = NULL;
	seed_free(request->imported);
	request->imported = NULL;
	advance_free(request->advance);
	request->advance = NULL;
	request_drop_draft(request);
}
