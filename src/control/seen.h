/* SPDX-License-Identifier: MIT */
/* What the journal holds, as tests mean it: for whoever checks what was asked, or waits for it. */
#ifndef CONTROL_SEEN_H
#define CONTROL_SEEN_H

#include "util/strbuf.h"
#include "watch/journal.h"

/* An entry as matchers see it, without its parameters. Texts are the entry's. */
void seen_view_head(const struct journal_entry *entry, struct request_view *ret_view);

/*
 * Whether a matcher means an entry. What came by /_emulator/v1 is never meant, so that looking does
 * not change what a test asserts; and a write that was not applied only where the matcher says
 * "applied". `scratch` is of use during the call only, and is reset.
 */
bool seen_matches(
	struct arena *scratch, const struct matcher *matcher, const struct journal_entry *entry);

/*
 * Adds `"nearest":[{"request","distance","first_difference":{"at","expected","was"}}]`: the three
 * of an account's entries with after < sequence that are nearest to being meant, and are not. Gives
 * how many these are.
 */
size_t seen_add_nearest(struct strbuf *out, struct journal *journal, const char *account_sid,
	uint64_t after, const struct matcher *matcher);

/* What to say when a matcher compares what the journal hides; NULL: it does not. */
const char *seen_secret_hint(struct arena *arena, const struct matcher *matcher);

#endif
