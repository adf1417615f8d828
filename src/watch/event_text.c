/* SPDX-License-Identifier: MIT */
#include "watch/event_text.h"

#include <string.h>

#include "util/clock.h"
#include "util/utf8.h"

enum { PATH_SHOWN = 1024, METHOD_SHOWN = 40, FAULT_SHOWN = 64 };

/* Every event begins so. A SID that is empty is null: nobody's, or of no record. */
static void begin(struct strbuf *out, const char *name, const char *account_sid, const char *sid,
	int64_t at_ms)
{
	char at[CLOCK_EXACT_TEXT_SIZE];
	clock_format_exact(at_ms, at);
	strbuf_add_format(out, "event: %s\ndata: {\"account_sid\":", name);
	strbuf_add_json_nullable(out, account_sid[0] != '\0' ? account_sid : NULL);
	strbuf_add_text(out, ",\"sid\":");
	strbuf_add_json_nullable(out, sid[0] != '\0' ? sid : NULL);
	strbuf_add_format(out, ",\"at\":\"%s\"", at);
}

static void end(struct strbuf *out)
{
	strbuf_add_text(out, "}\n\n");
}

static void add_member(struct strbuf *out, const char *key, const char *value)
{
	strbuf_add_format(out, ",\"%s\":", key);
	strbuf_add_json_nullable(out, value);
}

void event_text_of_change(struct strbuf *out, const char *name, const struct change *change)
{
	begin(out, name, change->account_sid, change->sid, change->at_ms);
	for (size_t i = 0; i < CHANGE_TEXTS && change->shown[i].key != NULL; i++)
		add_member(out, change->shown[i].key, change->shown[i].value);
	end(out);
}

/* Adds the beginning of a text that may be long. The journal has all of it. */
static void add_part(struct strbuf *out, const char *key, struct bytes text, size_t maximum)
{
	char part[PATH_SHOWN + 1];
	const char *data = text.data != NULL ? text.data : "";
	size_t length = text.length;
	if (length > maximum)
		length = utf8_prefix(data, maximum);
	memcpy(part, data, length);
	part[length] = '\0';
	add_member(out, key, part);
}

void event_text_of_request(struct strbuf *out, const struct journal_entry *entry)
{
	static const char *const applied[] = {
		[APPLIED_NOTHING] = "null",
		[APPLIED_NO] = "false",
		[APPLIED_YES] = "true",
	};
	begin(out, "request", entry->account_sid, entry->id, entry->at_ms);
	add_part(out, "method", entry->method, METHOD_SHOWN);
	add_part(out, "path", entry->path, PATH_SHOWN);
	add_member(out, "operation", entry->operation);
	strbuf_add_format(out, ",\"status\":%d,\"code\":", entry->status);
	if (entry->code != 0)
		strbuf_add_integer(out, entry->code);
	else
		strbuf_add_text(out, "null");
	strbuf_add_format(out, ",\"applied\":%s,\"duration_us\":%lld", applied[entry->applied],
		(long long)entry->duration_us);
	if (entry->fault.length > 0)
		add_part(out, "fault", entry->fault, FAULT_SHOWN);
	end(out);
}

void event_text_of_fault(struct strbuf *out, const char *account_sid, const char *fault_id,
	const char *subject_sid, int64_t at_ms)
{
	begin(out, "fault", account_sid, subject_sid, at_ms);
	add_member(out, "fault", fault_id);
	end(out);
}
