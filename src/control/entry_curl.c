/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "control/entry.h"
#include "util/clock.h"
#include "util/redact.h"

/* A word of a shell's command that is taken as it stands: within quotes only their own sign is
 * special. */
static void add_quoted(struct strbuf *out, struct bytes text)
{
	strbuf_add_char(out, '\'');
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] == '\'')
			strbuf_add_text(out, "'\\''");
		else
			strbuf_add_char(out, text.data[i]);
	}
	strbuf_add_char(out, '\'');
}

static void add_quoted_text(struct strbuf *out, const char *text)
{
	add_quoted(out, (struct bytes){ text, strlen(text) });
}

/* curl says the method by itself for what is plain: a GET, and a POST that has a body. */
static void add_method(struct strbuf *out, const struct journal_entry *entry)
{
	const char *method = entry->method.data;
	if (strcmp(method, "HEAD") == 0)
		strbuf_add_text(out, " --head");
	else if (strcmp(method, entry->form.length > 0 ? "POST" : "GET") != 0) {
		strbuf_add_text(out, " -X ");
		add_quoted(out, entry->method);
	}
}

/* No word of a command can hold a NUL, and what was cut is not there to be sent. */
static bool can_be_sent(const struct journal_entry *entry)
{
	return !entry->form_cut && memchr(entry->form.data, '\0', entry->form.length) == NULL;
}

/* A call that would do something else than the request did is left to the reader. */
static const char *remark(const struct journal_entry *entry)
{
	if (!can_be_sent(entry))
		return "; its body cannot be shown whole";
	return entry->has_hidden ? "; put in what stands as " REDACTED " before it runs" : "";
}

/* The type is said when it is not what curl says of a body. */
static void add_body(struct strbuf *out, struct arena *arena, const struct journal_entry *entry)
{
	const char *type = entry_header(arena, entry, "Content-Type");
	if (entry->form.length == 0)
		return;
	if (type == NULL) {
		strbuf_add_text(out, " -H 'Content-Type:'");
	} else if (strcasecmp(type, "application/x-www-form-urlencoded") != 0) {
		strbuf_add_text(out, " -H ");
		add_quoted_text(out, arena_format(arena, "Content-Type: %s", type));
	}
	strbuf_add_text(out, " --data-raw ");
	add_quoted(out, entry->form);
}

void entry_add_curl(struct strbuf *out, struct arena *arena, const char *origin,
	const struct journal_entry *entry)
{
	char at[CLOCK_EXACT_TEXT_SIZE];
	arena_reset(arena);
	clock_format_exact(entry->received_ms, at);
	strbuf_add_format(out, "# %s %s %d%s\n", entry->id, at, entry->status, remark(entry));
	strbuf_add_text(out, can_be_sent(entry) ? "" : "# ");
	strbuf_add_text(
		out, "curl -sS -g --path-as-is -u \"$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN\"");
	add_method(out, entry);
	if (can_be_sent(entry))
		add_body(out, arena, entry);
	strbuf_add_char(out, ' ');
	add_quoted_text(out, arena_format(arena, "%s%s%s%s", origin, entry->path.data,
				     entry->query.length > 0 ? "?" : "", entry->query.data));
	strbuf_add_char(out, '\n');
}
