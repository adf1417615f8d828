/* SPDX-License-Identifier: MIT */
/*
 * What is counted about requests. Each worker counts for itself, so counting costs no lock; the
 * numbers are added up when somebody reads them.
 */
#ifndef HTTP_METRICS_H
#define HTTP_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "request/request.h"
#include "request/route.h"

enum { METRIC_ROUTES = ROUTES_MAXIMUM + 1, METRIC_CLASSES = 6, METRIC_BUCKETS = 12 };

struct request_metrics {
	atomic_ullong requests[METRIC_ROUTES][METRIC_CLASSES]; /* by route and hundreds of status */
	atomic_ullong buckets[METRIC_BUCKETS];		       /* by duration */
	atomic_ullong total_us;
};

/* Counts an answer. */
void metrics_count(
	struct request_metrics *metrics, const struct request *request, int64_t duration_us);

/* Adds one worker's numbers to a sum. */
void metrics_sum(struct request_metrics *sum, const struct request_metrics *metrics);

/* Writes a sum as Prometheus text. */
void metrics_write(
	const struct emulator *emulator, const struct request_metrics *sum, struct strbuf *out);

#endif
