/* SPDX-License-Identifier: MIT */
/* What monitors ask for: health checks, and metrics for Prometheus. The server listens only once it
 * is ready, so only stopping makes it unready, and a database that is not where or what it was. */
#include <unistd.h>

#include "api/operations.h"
#include "store/outbox.h"
#include "version.h"

static struct api_error run_live(struct request *request, struct context *context)
{
	(void)context;
	strbuf_add_text(&request->reply.body, "{\"status\":\"ok\"}");
	return error_none();
}

static struct api_error run_ready(struct request *request, struct context *context)
{
	if (request->stopping || !store_is_in_place(context->connection))
		return error_new(&request->arena, ERROR_UNAVAILABLE, NULL);
	return run_live(request, context);
}

const struct operation operation_live = {
	.parse = request_parse_nothing, .run = run_live, .status = 200
};
const struct operation operation_ready = {
	.parse = request_parse_nothing, .run = run_ready, .status = 200
};

/* ── metrics ─────────────────────────────────────────────────────────────────────────────── */

static long resident_bytes(void)
{
	long size = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%ld %ld", &size, &resident) != 2)
		resident = 0;
	fclose(file);
	return resident * sysconf(_SC_PAGESIZE);
}

static void add_warnings(struct strbuf *out, struct warnings *warnings)
{
	uint64_t totals[WARNING_KINDS];
	warnings_totals(warnings, totals);
	strbuf_add_text(out, "# HELP supersim_warnings_total What was probably not meant.\n"
			     "# TYPE supersim_warnings_total counter\n");
	for (enum warning_kind kind = 0; kind < WARNING_KINDS; kind++)
		strbuf_add_format(out, "supersim_warnings_total{kind=\"%s\"} %llu\n",
			warning_kind_name(kind), (unsigned long long)totals[kind]);
}

static struct api_error run_metrics(struct request *request, struct context *context)
{
	struct strbuf *out = &request->reply.body;
	int64_t pending;
	if (store_count_pending(context->connection, &pending) != STORE_OK)
		return error_internal();
	request->reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
	strbuf_add_format(out,
		"# HELP supersim_build_info The version that runs.\n"
		"# TYPE supersim_build_info gauge\n"
		"supersim_build_info{version=\"%s\"} 1\n"
		"# HELP supersim_resident_memory_bytes Memory in use.\n"
		"# TYPE supersim_resident_memory_bytes gauge\n"
		"supersim_resident_memory_bytes %ld\n"
		"# HELP supersim_outbox_pending Webhooks on their way, of all accounts.\n"
		"# TYPE supersim_outbox_pending gauge\n"
		"supersim_outbox_pending %lld\n",
		SUPERSIM_VERSION, resident_bytes(), (long long)pending);
	add_warnings(out, request->emulator->watch->warnings);
	if (request->emulator->add_metrics != NULL)
		request->emulator->add_metrics(request->emulator->metrics_closure, out);
	return error_none();
}

const struct operation operation_metrics = {
	.parse = request_parse_nothing, .run = run_metrics, .status = 200, .account = ACCOUNT_ANY
};
