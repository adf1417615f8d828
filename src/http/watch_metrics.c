/* SPDX-License-Identifier: MIT */
#include "http/watch_metrics.h"

static void write_journal(struct journal *journal, struct strbuf *out)
{
	struct journal_counts counts;
	if (journal == NULL)
		return;
	journal_count(journal, &counts);
	strbuf_add_format(out,
		"# HELP supersim_journal_entries Requests that the journal holds.\n"
		"# TYPE supersim_journal_entries gauge\n"
		"supersim_journal_entries %zu\n"
		"# HELP supersim_journal_bytes Memory that they take.\n"
		"# TYPE supersim_journal_bytes gauge\n"
		"supersim_journal_bytes %zu\n"
		"# HELP supersim_journal_evicted_total Requests that had to go for newer ones.\n"
		"# TYPE supersim_journal_evicted_total counter\n"
		"supersim_journal_evicted_total %llu\n"
		"# HELP supersim_journal_lost_total Requests that there was no memory for.\n"
		"# TYPE supersim_journal_lost_total counter\n"
		"supersim_journal_lost_total %llu\n",
		counts.entries, counts.bytes, (unsigned long long)counts.evicted,
		(unsigned long long)counts.lost);
}

static void write_faults(const struct traffic *traffic, struct strbuf *out)
{
	struct traffic_counts counts;
	traffic_count(traffic, &counts);
	strbuf_add_format(out,
		"# HELP supersim_faults Fault rules that are set, of all accounts.\n"
		"# TYPE supersim_faults gauge\n"
		"supersim_faults %zu\n"
		"# HELP supersim_fault_hits_total Requests and webhooks that a fault hit.\n"
		"# TYPE supersim_fault_hits_total counter\n"
		"supersim_fault_hits_total %llu\n",
		counts.rules, (unsigned long long)counts.hits);
}

void watch_metrics_write(const struct watch *watch, struct strbuf *out)
{
	write_journal(watch->journal, out);
	write_faults(watch->traffic, out);
	strbuf_add_format(out,
		"# HELP supersim_event_streams Clients that listen to events.\n"
		"# TYPE supersim_event_streams gauge\n"
		"supersim_event_streams %u\n"
		"# HELP supersim_waiters Clients that wait for something.\n"
		"# TYPE supersim_waiters gauge\n"
		"supersim_waiters %zu\n",
		events_count_readers(watch->events), waiters_count(watch->waiters));
}
