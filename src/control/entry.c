/* SPDX-License-Identifier: MIT */
#include "control/entry.h"

#include <string.h>
#include <strings.h>

#include "request/form.h"
#include "util/redact.h"

enum { TEXT_MAXIMUM = 1 << 20 };

const char *entry_text(struct arena *arena, struct bytes bytes)
{
	struct strbuf text;
	strbuf_init(&text, TEXT_MAXIMUM);
	strbuf_add_as_text(&text, bytes.data, bytes.length);
	const char *copy = arena_copy(arena, text.data, text.length);
	strbuf_done(&text);
	return copy != NULL ? copy : "";
}

bool entry_next_header(struct arena *arena, struct bytes *headers, struct parameter *ret_header)
{
	const char *end = memchr(headers->data, '\n', headers->length);
	const char *colon = end != NULL ? strstr(headers->data, ": ") : NULL;
	if (colon == NULL)
		return false;
	ret_header->name =
		entry_text(arena, (struct bytes){ headers->data, (size_t)(colon - headers->data) });
	ret_header->value =
		entry_text(arena, (struct bytes){ colon + 2, (size_t)(end - colon - 2) });
	headers->length -= (size_t)(end + 1 - headers->data);
	headers->data = end + 1;
	return true;
}

const char *entry_header(struct arena *arena, const struct journal_entry *entry, const char *name)
{
	struct bytes rest = entry->headers;
	struct parameter header;
	while (entry_next_header(arena, &rest, &header)) {
		if (strcasecmp(header.name, name) == 0)
			return header.value;
	}
	return NULL;
}

struct bytes entry_answer(struct arena *arena, const struct journal_entry *entry)
{
	struct strbuf text;
	strbuf_init(&text, TEXT_MAXIMUM);
	redact_add_text(&text, entry->answer.data, entry->answer.length, entry->answer_cut);
	const struct bytes answer = { arena_copy(arena, text.data, text.length), text.length };
	strbuf_done(&text);
	return answer.data != NULL ? answer : (struct bytes){ "", 0 };
}

bool entry_has_form(struct arena *arena, const struct journal_entry *entry)
{
	const bool is_hidden = strcmp(entry->form.data, REDACTED) == 0; /* all of it */
	return !is_hidden && form_is_likely(entry_header(arena, entry, "Content-Type"),
				     entry->form.data, entry->form.length);
}
