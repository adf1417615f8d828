/* SPDX-License-Identifier: MIT */
#include "http/record.h"

#include <string.h>

#include "request/form.h"
#include "request/route.h"
#include "util/clock.h"
#include "util/redact.h"
#include "watch/journal.h"

/* How much of a body is kept, of the request and of its answer. */
enum { FORM_KEPT = 16 * 1024, ANSWER_KEPT = 4 * 1024 };

void record_body(struct sent *sent, struct arena *arena, const char *body, size_t length)
{
	const size_t kept = length < FORM_KEPT ? length : FORM_KEPT;
	sent->body_length = length;
	sent->body = (struct bytes){ kept > 0 ? arena_copy(arena, body, kept) : "", kept };
}

/* Health checks and metrics are nobody's, and neither is a browser's question before a call. The
 * control API is not looked at. */
static bool is_recorded(const struct request *request)
{
	if (request->section == NULL || request->section->is_control)
		return false;
	if (request->route != NULL && request->route->open)
		return false;
	return request->reply.status != 204 || strcmp(request->method, "OPTIONS") != 0;
}

/* ── what is shown ───────────────────────────────────────────────────────────────────────── */

/* Texts are made one after the other in one buffer, which may move meanwhile. */
struct part {
	size_t start, end;
};

static struct bytes bytes_of(const struct strbuf *texts, struct part part)
{
	return (struct bytes){ texts->data + part.start, part.end - part.start };
}

static void add_header(void *closure, const char *name, const char *value)
{
	struct strbuf *texts = closure;
	strbuf_add_text(texts, name);
	strbuf_add(texts, ": ", 2);
	strbuf_add_text(texts, redact_hides(name, strlen(name)) ? REDACTED : value);
	strbuf_add_char(texts, '\n');
}

static struct part add_headers(struct strbuf *texts, const struct request *request)
{
	const size_t start = texts->length;
	request->visit_headers(request, add_header, texts);
	return (struct part){ start, texts->length };
}

/* Sets `has_hidden` when something is not shown. */
static struct part add_query(
	struct strbuf *texts, const char *target, bool has_account, bool *has_hidden)
{
	const size_t start = texts->length;
	const char *question = strchr(target, '?');
	if (question != NULL)
		*has_hidden |= redact_add_parameters(texts, question + 1, strlen(question + 1));
	if (has_account && !texts->failed) {
		form_cut(texts->data + start, "account"); /* which is none of /v1's */
		texts->length = start + strlen(texts->data + start);
	}
	return (struct part){ start, texts->length };
}

/* Likewise. Nobody knows where the secrets of another body than a form are, but for those of URLs.
 */
static struct part add_body(
	struct strbuf *texts, const struct bytes *body, const char *type, bool *has_hidden)
{
	const size_t start = texts->length;
	if (form_is_likely(type, body->data, body->length)) {
		*has_hidden |= redact_add_parameters(texts, body->data, body->length);
	} else if (redact_hides(body->data, body->length)) {
		strbuf_add_text(texts, REDACTED);
		*has_hidden = true;
	} else {
		*has_hidden |= redact_add_text(texts, body->data, body->length, false);
	}
	return (struct part){ start, texts->length };
}

static struct part add_warnings(struct strbuf *texts, const struct request *request)
{
	const size_t start = texts->length;
	if (request->first_warning != NULL)
		warning_list_add_json(texts, request->first_warning);
	return (struct part){ start, texts->length };
}

/* ── the entry ───────────────────────────────────────────────────────────────────────────── */

/* An API key that is refused is nobody's. */
static const char *account_of(const struct request *request)
{
	const char *account = request_account(request);
	return account != NULL && strncmp(account, "AC", 2) == 0 ? account : "";
}

static enum applied applied_of(const struct request *request)
{
	const bool writes = request->route != NULL
				    ? request->route->operation->writes
				    : strcmp(request->method, "GET") != 0 &&
					      strcmp(request->method, "OPTIONS") != 0;
	if (!writes)
		return APPLIED_NOTHING;
	return request->applied ? APPLIED_YES : APPLIED_NO;
}

static struct bytes bytes_of_text(const char *text)
{
	return (struct bytes){ text, text != NULL ? strlen(text) : 0 };
}

/* What does not have to be made. */
static struct journal_entry entry_of(
	const struct sent *sent, const struct request *request, int64_t duration_us)
{
	const struct reply *reply = &request->reply;
	const size_t length = reply->body.length;
	struct journal_entry entry = {
		.duration_us = duration_us,
		.received_ms = clock_now_ms() - duration_us / 1000,
		.method = bytes_of_text(sent->method),
		.path = bytes_of_text(request->path),
		.form_length = sent->body_length,
		.form_cut = sent->body.length < sent->body_length || request->body_too_large ||
			    request->body_postponed,
		.answer = { reply->body.data, length < ANSWER_KEPT ? length : ANSWER_KEPT },
		.answer_length = length,
		.answer_cut = length > ANSWER_KEPT,
		.operation = request->route != NULL ? request->route->id : NULL,
		.status = reply->status,
		.code = reply->error_code,
		.applied = applied_of(request),
		.fault = bytes_of_text(request->fault_id),
		.rejected_by = request->rejected_by,
		.via_control = reply->is_control,
	};
	entry.at_ms = account_clock_now(&request->clock, entry.received_ms);
	memcpy(entry.id, request->id, SID_SIZE);
	strcpy(entry.account_sid, account_of(request));
	return entry;
}

/* Without a journal: who listens is told of faults all the same. */
static void tell_fault(struct watch *watch, const struct request *request)
{
	if (request->fault_id != NULL)
		events_tell_fault(watch->events, request->caller.account_sid, request->fault_id,
			request->id, account_clock_now(&request->clock, clock_now_ms()));
}

void record_answer(struct watch *watch, const struct sent *sent, const struct request *request,
	int64_t duration_us, struct strbuf *texts)
{
	struct journal *journal = watch->journal;
	if (!is_recorded(request))
		return;
	if (journal == NULL) {
		tell_fault(watch, request);
		return;
	}
	if (sent->body.data == NULL || request->path == NULL) {
		journal_miss(journal);
		return;
	}
	struct journal_entry entry = entry_of(sent, request, duration_us);
	strbuf_reset(texts);
	const struct part headers = add_headers(texts, request);
	const struct part query =
		add_query(texts, sent->target, request->reply.is_control, &entry.has_hidden);
	const struct part body =
		add_body(texts, &sent->body, request->content_type, &entry.has_hidden);
	const struct part warnings = add_warnings(texts, request);
	entry.headers = bytes_of(texts, headers);
	entry.query = bytes_of(texts, query);
	entry.form = bytes_of(texts, body);
	entry.warnings = bytes_of(texts, warnings);
	if (texts->failed)
		journal_miss(journal);
	else
		watch_request(watch, &entry);
}
