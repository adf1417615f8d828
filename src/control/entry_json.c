/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "control/control.h"
#include "control/entry.h"
#include "request/form.h"
#include "util/clock.h"
#include "util/json_text.h"
#include "util/utf8.h"

/* ── names and values ────────────────────────────────────────────────────────────────────── */

/* Puts a value in; of a name that is given more than once they are a list. */
static void put(json_t *object, const char *name, const char *value)
{
	json_t *before = json_object_get(object, name);
	if (before == NULL) {
		json_object_set_new(object, name, json_string(value));
	} else if (json_is_array(before)) {
		json_array_append_new(before, json_string(value));
	} else {
		json_t *list = json_array();
		json_array_append(list, before);
		json_array_append_new(list, json_string(value));
		json_object_set_new(object, name, list);
	}
}

static void add_object(struct strbuf *out, json_t *object)
{
	json_text_add(out, object);
	json_decref(object);
}

/* A query or a form as an object; null when it cannot be decoded, or is none. */
static void add_parameters(struct strbuf *out, struct arena *arena, struct bytes text)
{
	struct parameters parameters;
	if (!form_read_parameters(arena, text.data, text.length, &parameters)) {
		strbuf_add_text(out, "null");
		return;
	}
	json_t *object = json_object();
	for (size_t i = 0; i < parameters.count; i++)
		put(object, parameters.items[i].name, parameters.items[i].value);
	add_object(out, object);
}

static void add_headers(struct strbuf *out, struct arena *arena, struct bytes headers)
{
	struct parameter header;
	json_t *object = json_object();
	while (entry_next_header(arena, &headers, &header))
		put(object, header.name, header.value);
	add_object(out, object);
}

/* ── bodies ──────────────────────────────────────────────────────────────────────────────── */

static void add_boolean(struct strbuf *out, const char *key, bool value)
{
	strbuf_add_format(out, ",\"%s\":%s", key, value ? "true" : "false");
}

/* As a form, where it is one that can be decoded; else as a text. */
static void add_body(struct strbuf *out, struct arena *arena, const struct journal_entry *entry)
{
	const bool is_thrown_away = entry->form_cut && entry->form.length == 0;
	const bool is_form = !is_thrown_away && entry_has_form(arena, entry);
	const size_t start = out->length;
	strbuf_add_text(out, ",\"form\":");
	if (is_form)
		add_parameters(out, arena, entry->form);
	else
		strbuf_add_text(out, "null");
	const bool decoded = !out->failed && strcmp(out->data + start, ",\"form\":null") != 0;
	const bool has_text = !decoded && entry->form.length > 0;
	control_add_member(out, "body", has_text ? entry_text(arena, entry->form) : NULL);
	add_boolean(out, "body_cut", entry->form_cut);
}

/* Answers of /v1 are JSON; of a cut one there is a text. */
static void add_answer(struct strbuf *out, struct arena *arena, const struct journal_entry *entry)
{
	const bool cut = entry->answer_cut;
	const struct bytes answer = entry_answer(arena, entry);
	const struct bytes whole = { answer.data,
		cut ? utf8_prefix(answer.data, answer.length) : answer.length };
	strbuf_add_text(out, ",\"answer\":");
	if (whole.length == 0)
		strbuf_add_text(out, "null");
	else if (cut || answer.data[0] != '{')
		strbuf_add_json_string(out, entry_text(arena, whole));
	else
		strbuf_add(out, answer.data, answer.length);
	add_boolean(out, "answer_cut", cut);
}

/* ── the rest ────────────────────────────────────────────────────────────────────────────── */

static const char *nullable(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

static void add_rejection(struct strbuf *out, const struct journal_entry *entry)
{
	const struct rejection *rejection = &entry->rejected_by;
	if (rejection->rule == NULL) {
		strbuf_add_text(out, ",\"rejected_by\":null");
		return;
	}
	strbuf_add_text(out, ",\"rejected_by\":{\"rule\":");
	strbuf_add_json_string(out, rejection->rule);
	control_add_member(out, "parameter", rejection->parameter);
	control_add_member(out, "expected", rejection->expected);
	control_add_member(out, "basis", rejection->basis);
	strbuf_add_format(out, ",\"page\":\"https://www.twilio.com/docs/errors/%d\"}", entry->code);
}

static void add_outcome(struct strbuf *out, struct arena *arena, const struct journal_entry *entry)
{
	static const char *const applied[] = {
		[APPLIED_NOTHING] = "null",
		[APPLIED_NO] = "false",
		[APPLIED_YES] = "true",
	};
	strbuf_add_format(out, ",\"status\":%d,\"code\":", entry->status);
	if (entry->code != 0)
		strbuf_add_integer(out, entry->code);
	else
		strbuf_add_text(out, "null");
	add_answer(out, arena, entry);
	strbuf_add_format(out, ",\"duration_us\":%lld,\"applied\":%s",
		(long long)entry->duration_us, applied[entry->applied]);
	add_rejection(out, entry);
	control_add_member(out, "fault", nullable(entry->fault.data));
	strbuf_add_format(
		out, ",\"warnings\":%s", entry->warnings.length > 0 ? entry->warnings.data : "[]");
}

void entry_add_json(struct strbuf *out, struct arena *arena, const struct journal_entry *entry)
{
	char at[CLOCK_EXACT_TEXT_SIZE], received_at[CLOCK_EXACT_TEXT_SIZE];
	clock_format_exact(entry->at_ms, at);
	clock_format_exact(entry->received_ms, received_at);
	arena_reset(arena);
	strbuf_add_format(out, "{\"sid\":\"%s\",\"at\":\"%s\",\"received_at\":\"%s\"", entry->id,
		at, received_at);
	control_add_member(out, "account_sid", nullable(entry->account_sid));
	control_add_member(out, "method", entry_text(arena, entry->method));
	control_add_member(out, "path", entry_text(arena, entry->path));
	strbuf_add_text(out, ",\"query\":");
	add_parameters(out, arena, entry->query);
	add_body(out, arena, entry);
	strbuf_add_text(out, ",\"headers\":");
	add_headers(out, arena, entry->headers);
	control_add_member(out, "user_agent", entry_header(arena, entry, "User-Agent"));
	control_add_member(out, "operation", entry->operation);
	add_outcome(out, arena, entry);
	control_add_member(out, "via", entry->via_control ? "control" : "api");
	strbuf_add_char(out, '}');
}
