/* SPDX-License-Identifier: MIT */
#include "watch/watch.h"

bool watch_init(struct watch *watch, const struct watch_options *options)
{
	const bool keeps_journal = options->journal_entries > 0;
	*watch = (struct watch){
		.journal = keeps_journal
				   ? journal_new(options->journal_entries, options->journal_bytes)
				   : NULL,
		.warnings = warnings_new(),
		.traffic = traffic_new(options->rng_seed),
		.events = events_new(),
		.waiters = waiters_new(),
	};
	return (watch->journal != NULL || !keeps_journal) && watch->warnings != NULL &&
	       watch->traffic != NULL && watch->events != NULL && watch->waiters != NULL;
}

void watch_done(struct watch *watch)
{
	journal_free(watch->journal);
	warnings_free(watch->warnings);
	traffic_free(watch->traffic);
	events_free(watch->events);
	waiters_free(watch->waiters);
}

void watch_forget(struct watch *watch, const char *account_sid)
{
	if (watch->journal != NULL)
		journal_clear(watch->journal, account_sid);
	warnings_clear(watch->warnings, account_sid);
	traffic_forget(watch->traffic, account_sid);
}

void watch_request(struct watch *watch, const struct journal_entry *entry)
{
	journal_add(watch->journal, entry);
	if (entry->via_control)
		return;
	events_tell_request(watch->events, entry);
	if (entry->fault.length > 0)
		events_tell_fault(watch->events, entry->account_sid, entry->fault.data, entry->id,
			entry->at_ms);
	if (waiters_exist(watch->waiters))
		waiters_mark(watch->waiters, entry->account_sid, CHANGED_REQUESTS);
}

void watch_committed(struct watch *watch, const struct change *changes, size_t count, bool complete)
{
	for (size_t i = 0; i < count; i++)
		events_tell_change(watch->events, &changes[i]);
	if (!complete)
		events_lose(watch->events);
	waiters_mark_changes(watch->waiters, changes, count, complete);
}
