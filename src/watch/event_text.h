/* SPDX-License-Identifier: MIT */
/* What is told of an event, as lines of Server-Sent Events but for the id: its name, and JSON. */
#ifndef WATCH_EVENT_TEXT_H
#define WATCH_EVENT_TEXT_H

#include "model/change.h"
#include "util/strbuf.h"
#include "watch/journal.h"

/* More than any text below is: what it holds is cut before. */
enum { EVENT_TEXT_MAXIMUM = 16 * 1024 };

void event_text_of_change(struct strbuf *out, const char *name, const struct change *change);
void event_text_of_request(struct strbuf *out, const struct journal_entry *entry);
void event_text_of_fault(struct strbuf *out, const char *account_sid, const char *fault_id,
	const char *subject_sid, int64_t at_ms);

#endif
