/* SPDX-License-Identifier: MIT */
/* HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/: what browsers' tools load. */
#include <string.h>

#include "control/control.h"
#include "control/entry.h"
#include "request/form.h"
#include "util/clock.h"
#include "util/json_text.h"

static void add_pair(struct strbuf *out, const struct parameter *pair, bool is_first)
{
	strbuf_add_text(out, is_first ? "{\"name\":" : ",{\"name\":");
	strbuf_add_json_string(out, pair->name);
	control_add_member(out, "value", pair->value);
	strbuf_add_char(out, '}');
}

/* A query or a form; one that cannot be decoded has no parameters. */
static void add_parameters(struct strbuf *out, struct arena *arena, struct bytes text)
{
	struct parameters parameters;
	strbuf_add_char(out, '[');
	if (form_read_parameters(arena, text.data, text.length, &parameters)) {
		for (size_t i = 0; i < parameters.count; i++)
			add_pair(out, &parameters.items[i], i == 0);
	}
	strbuf_add_char(out, ']');
}

static void add_headers(struct strbuf *out, struct arena *arena, struct bytes headers)
{
	struct parameter header;
	bool is_first = true;
	strbuf_add_char(out, '[');
	for (; entry_next_header(arena, &headers, &header); is_first = false)
		add_pair(out, &header, is_first);
	strbuf_add_char(out, ']');
}

static void add_post_data(
	struct strbuf *out, struct arena *arena, const struct journal_entry *entry)
{
	const char *type = entry_header(arena, entry, "Content-Type");
	if (entry->form.length == 0)
		return;
	strbuf_add_text(out, ",\"postData\":{\"mimeType\":");
	strbuf_add_json_string(out, type != NULL ? type : "");
	control_add_member(out, "text", entry_text(arena, entry->form));
	strbuf_add_text(out, ",\"params\":");
	if (entry_has_form(arena, entry))
		add_parameters(out, arena, entry->form);
	else
		strbuf_add_text(out, "[]");
	strbuf_add_char(out, '}');
}

static void add_request(struct strbuf *out, struct arena *arena, const char *origin,
	const struct journal_entry *entry)
{
	strbuf_add_text(out, ",\"request\":{\"method\":");
	strbuf_add_json_string(out, entry_text(arena, entry->method));
	control_add_member(out, "url",
		arena_format(arena, "%s%s%s%s", origin, entry_text(arena, entry->path),
			entry->query.length > 0 ? "?" : "", entry_text(arena, entry->query)));
	strbuf_add_text(out, ",\"httpVersion\":\"HTTP/1.1\",\"cookies\":[],\"headers\":");
	add_headers(out, arena, entry->headers);
	strbuf_add_text(out, ",\"queryString\":");
	add_parameters(out, arena, entry->query);
	add_post_data(out, arena, entry);
	strbuf_add_format(out, ",\"headersSize\":-1,\"bodySize\":%zu}", entry->form_length);
}

static void add_response(struct strbuf *out, struct arena *arena, const struct journal_entry *entry)
{
	static const char type[] = "application/json";
	strbuf_add_format(out,
		",\"response\":{\"status\":%d,\"statusText\":\"\",\"httpVersion\":\"HTTP/1.1\","
		"\"cookies\":[],\"headers\":[{\"name\":\"Content-Type\",\"value\":\"%s\"},"
		"{\"name\":\"Twilio-Request-Id\",\"value\":\"%s\"}],"
		"\"content\":{\"size\":%zu,\"mimeType\":\"%s\"",
		entry->status, type, entry->id, entry->answer_length, type);
	control_add_member(out, "text", entry_text(arena, entry_answer(arena, entry)));
	strbuf_add_format(out, "},\"redirectURL\":\"\",\"headersSize\":-1,\"bodySize\":%zu}",
		entry->answer_length);
}

void entry_add_har(struct strbuf *out, struct arena *arena, const char *origin,
	const struct journal_entry *entry)
{
	char at[CLOCK_EXACT_TEXT_SIZE];
	const double ms = (double)entry->duration_us / 1000;
	clock_format_exact(entry->received_ms, at);
	arena_reset(arena);
	strbuf_add_format(out, "{\"startedDateTime\":\"%s\",\"time\":%.3f", at, ms);
	add_request(out, arena, origin, entry);
	add_response(out, arena, entry);
	strbuf_add_format(out,
		",\"cache\":{},\"timings\":{\"send\":0,\"wait\":%.3f,\"receive\":0}"
		",\"comment\":\"%s\"}",
		ms, entry->id);
}
