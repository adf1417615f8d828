/* SPDX-License-Identifier: MIT */
/* How much the outbox holds, and keeping its history short: deliveries, their attempts, and what
 * sinks received. */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include "store/store.h"

/* How many deliveries of all namespaces are pending. */
enum store_result store_count_pending(struct store_connection *connection, int64_t *ret_count);

/* How many deliveries all accounts have that are in a state. */
enum store_result store_count_all_deliveries(
	struct store_connection *connection, const char *state, int64_t *ret_count);

/* How many deliveries of a namespace are in a state. */
enum store_result store_count_deliveries(struct store_connection *connection, const char *namespace,
	const char *state, int64_t *ret_count);

/* More than end in one transaction: see store_trim_deliveries. */
enum { DELIVERIES_TRIMMED_AT_ONCE = 150 };

/* Deletes all but the newest `keep` deliveries of a namespace in a state, with their attempts, so
 * many at a time: a lowered limit is reached step by step, and no transaction takes long. When
 * there is nothing to delete it costs one look into an index. */
enum store_result store_trim_deliveries(struct store_connection *connection, const char *namespace,
	const char *state, int64_t keep);

/* Deletes a delivery's attempts up to that of a number. */
enum store_result store_trim_attempts(struct store_connection *connection, const char *namespace,
	const char *delivery_sid, int64_t last_number);

/* Deletes all but the newest `keep` requests that a sink received. */
enum store_result store_trim_sink_requests(struct store_connection *connection,
	const char *namespace, const char *sink_sid, int64_t keep);

#endif
