/* SPDX-License-Identifier: MIT */
#include "http/metrics.h"

/* Upper bounds of the histogram's buckets, in microseconds; the last bucket takes the rest. */
static const int64_t bounds_us[METRIC_BUCKETS - 1] = { 50, 100, 250, 500, 1000, 2500, 5000, 10000,
	100000, 1000000, 10000000 };

static void add(atomic_ullong *counter, unsigned long long count)
{
	atomic_fetch_add_explicit(counter, count, memory_order_relaxed);
}

static unsigned long long value_of(const atomic_ullong *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_count(
	struct request_metrics *metrics, const struct request *request, int64_t duration_us)
{
	const size_t route = route_number(request);
	const int hundreds = request->reply.status / 100;
	size_t bucket = 0;
	while (bucket < METRIC_BUCKETS - 1 && duration_us > bounds_us[bucket])
		bucket++;
	if (route < METRIC_ROUTES && hundreds < METRIC_CLASSES)
		add(&metrics->requests[route][hundreds], 1);
	add(&metrics->buckets[bucket], 1);
	add(&metrics->total_us, (unsigned long long)duration_us);
}

void metrics_sum(struct request_metrics *sum, const struct request_metrics *metrics)
{
	for (size_t route = 0; route < METRIC_ROUTES; route++) {
		for (size_t i = 0; i < METRIC_CLASSES; i++)
			add(&sum->requests[route][i], value_of(&metrics->requests[route][i]));
	}
	for (size_t i = 0; i < METRIC_BUCKETS; i++)
		add(&sum->buckets[i], value_of(&metrics->buckets[i]));
	add(&sum->total_us, value_of(&metrics->total_us));
}

static void write_histogram(const struct request_metrics *sum, struct strbuf *out)
{
	unsigned long long count = 0;
	strbuf_add_text(out, "# HELP supersim_request_duration_seconds From the first line of a "
			     "request to its answer.\n"
			     "# TYPE supersim_request_duration_seconds histogram\n");
	for (size_t i = 0; i < METRIC_BUCKETS; i++) {
		count += value_of(&sum->buckets[i]);
		if (i < METRIC_BUCKETS - 1)
			strbuf_add_format(out,
				"supersim_request_duration_seconds_bucket{le=\"%g\"} %llu\n",
				(double)bounds_us[i] / 1e6, count);
	}
	strbuf_add_format(out,
		"supersim_request_duration_seconds_bucket{le=\"+Inf\"} %llu\n"
		"supersim_request_duration_seconds_sum %g\n"
		"supersim_request_duration_seconds_count %llu\n",
		count, (double)value_of(&sum->total_us) / 1e6, count);
}

void metrics_write(
	const struct emulator *emulator, const struct request_metrics *sum, struct strbuf *out)
{
	strbuf_add_text(out, "# HELP supersim_requests_total Requests answered.\n"
			     "# TYPE supersim_requests_total counter\n");
	for (size_t route = 0; route < METRIC_ROUTES; route++) {
		const char *method, *path;
		if (!route_name(emulator, route, &method, &path))
			break;
		for (size_t i = 0; i < METRIC_CLASSES; i++) {
			const unsigned long long count = value_of(&sum->requests[route][i]);
			if (count > 0)
				strbuf_add_format(out,
					"supersim_requests_total{method=\"%s\",route=\"%s\","
					"status=\"%zuxx\"} %llu\n",
					method, path, i, count);
		}
	}
	write_histogram(sum, out);
}
