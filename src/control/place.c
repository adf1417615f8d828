/* SPDX-License-Identifier: MIT */
#include "control/place.h"

#include "util/clock.h"
#include "watch/journal.h"

struct search {
	int64_t before_ms;
	uint64_t sequence; /* of the newest one before that */
};

static bool look(void *closure, const struct journal_entry *entry)
{
	struct search *search = closure;
	if (entry->at_ms >= search->before_ms)
		return true;
	search->sequence = entry->sequence;
	return false;
}

static struct api_error refuse(const char *name, const char *hint)
{
	struct api_error error = control_error(CONTROL_VALUE, name);
	error.hint = hint;
	return error;
}

struct api_error place_read(struct request *request, const char *account_sid, const char *name,
	const char *text, uint64_t *ret_sequence)
{
	struct journal *journal = request->emulator->watch->journal;
	struct search search = { 0 };
	if (clock_parse(text, &search.before_ms)) {
		journal_visit(journal, account_sid, 0, UINT64_MAX, look, &search);
		*ret_sequence = search.sequence;
		return error_none();
	}
	if (!sid_has_form(text, "RQ"))
		return refuse(
			name, "the id of a request (RQ…), or a time such as 2026-01-02T03:04:05Z");
	const struct journal_entry *entry = journal_fetch(journal, account_sid, text);
	if (entry == NULL)
		return refuse(name, PLACE_GONE_HINT);
	*ret_sequence = entry->sequence;
	journal_let_go(entry);
	return error_none();
}
