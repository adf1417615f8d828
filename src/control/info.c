/* SPDX-License-Identifier: MIT */
/* What the server says about itself: info for people and tests, metrics for Prometheus. */
#include <string.h>
#include <unistd.h>

#include "control/control.h"
#include "store/due.h"
#include "util/json_read.h"
#include "version.h"

static json_t *limits(void)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "page_size", 1000, "form_bytes",
		API_FORM_MAXIMUM, "document_bytes", API_DOCUMENT_MAXIMUM, "state_bytes",
		API_STATE_MAXIMUM, "sms_payload_bytes", 160, "ip_payload_bytes", 1300);
}

static void count_account(void *closure, const struct store_account *account)
{
	*(json_int_t *)closure += !account->ended;
}

static struct api_error run_info(struct request *request, struct context *context)
{
	json_int_t accounts = 0;
	int64_t pending;
	if (store_visit_accounts(context->connection, count_account, &accounts) != STORE_OK ||
		store_count_pending(context->connection, &pending) != STORE_OK)
		return error_internal();
	const char *device = request->api->device_address;
	return control_reply(
		request, json_pack("{s:s, s:s, s:i, s:I, s:s, s:o, s:o, s:o, s:I, s:{s:I}}", "name",
				 "supersim-emulator", "version", SUPERSIM_VERSION, "api", 1, "pid",
				 (json_int_t)getpid(), "url", request->origin, "device_udp",
				 device != NULL ? json_string(device) : json_null(), "limits",
				 limits(), "configuration",
				 json_read(request->api->configuration,
					 strlen(request->api->configuration), 0, NULL),
				 "accounts", accounts, "outbox", "pending", (json_int_t)pending));
}

const struct operation control_info = {
	.parse = control_parse_nothing,
	.run = run_info,
	.status = 200,
	.account = ACCOUNT_ANY,
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
	if (request->api->add_metrics != NULL)
		request->api->add_metrics(request->api->metrics_closure, out);
	return error_none();
}

static struct api_error parse_metrics(struct request *request)
{
	(void)request;
	return error_none();
}

const struct operation operation_metrics = {
	.parse = parse_metrics, .run = run_metrics, .status = 200, .account = ACCOUNT_ANY
};
