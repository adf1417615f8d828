/* SPDX-License-Identifier: MIT */
#include "scheduler/attempt_fault.h"

#include <stdio.h>
#include <string.h>

#include "util/clock.h"

void attempt_meet_fault(struct attempt *attempt, struct watch *watch)
{
	char account_sid[SID_SIZE];
	struct fault_hit hit;
	struct parameter items[] = {
		{ "event", attempt->event },
		{ "url", attempt->transfer.url },
		{ "fleet", attempt->fleet_sid },
	};
	/* As rules for webhooks are read: watch/fault_rule.h. */
	const struct request_view view = {
		.method = "",
		.path = "",
		.query = { items, attempt->fleet_sid != NULL ? 3 : 2 },
	};
	snprintf(account_sid, sizeof(account_sid), "%s", attempt->due.namespace);
	if (!traffic_take(watch->traffic, account_sid, FAULT_OF_WEBHOOK, &view,
		    attempt->due.subject_sid, &hit))
		return;
	attempt->fault = hit;
	events_tell_fault(watch->events, account_sid, hit.id, attempt->due.subject_sid,
		attempt->due.due_at_ms);
	if (hit.delay_ms > 0)
		attempt->start_at_us = clock_monotonic_us() + hit.delay_ms * 1000;
}

/* As if the connection had been made, and then this. */
static void fail(struct transfer *transfer, enum transfer_result result, const char *error)
{
	transfer->result = result;
	transfer->read_timed_out = result == TRANSFER_TIMEOUT;
	snprintf(transfer->error, sizeof(transfer->error), "%s", error);
}

bool attempt_fakes_outcome(struct attempt *attempt)
{
	struct transfer *transfer = &attempt->transfer;
	if (attempt->fault.id[0] == '\0')
		return false;
	switch (attempt->fault.then.kind) {
	case FAULT_STATUS:
		transfer->result = TRANSFER_ANSWERED;
		transfer->status = attempt->fault.then.status;
		return true;
	case FAULT_CLOSE:
		fail(transfer, TRANSFER_BROKEN, "a fault closed the connection");
		return true;
	case FAULT_TIMEOUT:
		fail(transfer, TRANSFER_TIMEOUT, "a fault let the time run out");
		return true;
	case FAULT_LATENCY:
	case FAULT_RESET:
	case FAULT_TRUNCATE:
	case FAULT_STALL: break;
	}
	return false;
}
