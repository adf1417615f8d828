/* SPDX-License-Identifier: MIT */
/* An entry of the journal as others read it: as JSON, as a call of curl, as HAR. */
#ifndef CONTROL_ENTRY_H
#define CONTROL_ENTRY_H

#include "util/strbuf.h"
#include "watch/journal.h"

/* Adds what GET /_emulator/requests/{Sid} shows. `arena` is of use during the call only, and is
 * reset, in all three. */
void entry_add_json(struct strbuf *out, struct arena *arena, const struct journal_entry *entry);

/* Adds a shell command that makes the same request again, with the credentials of the environment;
 * before it stands a comment that says what came of it. `origin` begins its URL. */
void entry_add_curl(struct strbuf *out, struct arena *arena, const char *origin,
	const struct journal_entry *entry);

/* Adds an element of `log.entries` of an HTTP Archive (HAR 1.2). */
void entry_add_har(struct strbuf *out, struct arena *arena, const char *origin,
	const struct journal_entry *entry);

/* ── what the three share ────────────────────────────────────────────────────────────────── */

/* A text of an entry as UTF-8 without NULs: other bytes become U+FFFD. In the arena; "" without
 * memory, which is noted. */
const char *entry_text(struct arena *arena, struct bytes bytes);

/* Takes the next header off the entry's `headers`; the texts are in the arena. False at their end,
 * and without memory. */
bool entry_next_header(struct arena *arena, struct bytes *headers, struct parameter *ret_header);

/* The value of the first header of this name, whatever its case, in the arena; or NULL. */
const char *entry_header(struct arena *arena, const struct journal_entry *entry, const char *name);

/* The beginning of the answer, without the secrets of URLs that it repeats. In the arena; empty
 * without memory, which is noted. */
struct bytes entry_answer(struct arena *arena, const struct journal_entry *entry);

/* Whether its body is a form, as far as it shows. */
bool entry_has_form(struct arena *arena, const struct journal_entry *entry);

#endif
