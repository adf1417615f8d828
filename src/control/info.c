/* SPDX-License-Identifier: MIT */
/* What the server says about itself: info for people and tests, metrics for Prometheus. */
#include <string.h>
#include <unistd.h>

#include "control/control.h"
#include "model/limits.h"
#include "store/accounts.h"
#include "store/outbox.h"
#include "util/clock.h"
#include "util/json_read.h"
#include "version.h"

static json_t *limits(void)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "page_size", PAGE_SIZE_MAXIMUM,
		"form_bytes", FORM_MAXIMUM, "document_bytes", DOCUMENT_MAXIMUM, "state_bytes",
		STATE_DOCUMENT_MAXIMUM, "sms_payload_bytes", SMS_COMMAND_PAYLOAD_MAXIMUM,
		"ip_payload_bytes", IP_COMMAND_PAYLOAD_MAXIMUM);
}

/* What of requests is remembered; null: nothing is. */
static json_t *journal(const struct watch *watch)
{
	struct journal_counts counts;
	if (watch->journal == NULL)
		return json_null();
	journal_count(watch->journal, &counts);
	return json_pack("{s:I, s:I, s:I, s:I}", "entries", (json_int_t)counts.entries, "bytes",
		(json_int_t)counts.bytes, "evicted", (json_int_t)counts.evicted, "lost",
		(json_int_t)counts.lost);
}

/* Of our own making, for TLS; null where there is none. */
static json_t *certificate(const struct identity *identity)
{
	struct tls_names names;
	char until[CLOCK_TEXT_SIZE];
	int64_t until_ms;
	if (identity == NULL)
		return json_null();
	if (!identity_describe(identity, &names, &until_ms))
		return NULL;
	clock_format(until_ms, until);
	json_t *array = json_array();
	for (size_t i = 0; i < names.count; i++)
		json_array_append_new(array, json_string(names.texts[i]));
	return json_pack(
		"{s:b, s:s, s:o}", "new", identity->is_new, "until", until, "names", array);
}

static void count_account(void *closure, const struct store_account *account)
{
	*(json_int_t *)closure += !account->ended;
}

static struct api_error run_info(struct request *request, struct context *context)
{
	json_int_t accounts = 0;
	int64_t pending;
	struct traffic_counts faults;
	if (store_visit_accounts(context->connection, count_account, &accounts) != STORE_OK ||
		store_count_pending(context->connection, &pending) != STORE_OK)
		return error_internal();
	const struct traffic *traffic = request->emulator->watch->traffic;
	traffic_count(traffic, &faults);
	const char *device = request->emulator->device_address;
	return control_reply(request,
		json_pack("{s:s, s:s, s:i, s:I, s:s, s:o, s:o, s:o, s:o, s:I, s:{s:I}, s:o, s:I,"
			  " s:{s:I, s:I, s:I}}",
			"name", "supersim-emulator", "version", SUPERSIM_VERSION, "api", 1, "pid",
			(json_int_t)getpid(), "url", request->origin, "device_udp",
			device != NULL ? json_string(device) : json_null(), "certificate",
			certificate(request->emulator->identity), "limits", limits(),
			"configuration",
			json_read(request->emulator->configuration,
				strlen(request->emulator->configuration), 0, NULL),
			"accounts", accounts, "outbox", "pending", (json_int_t)pending, "journal",
			journal(request->emulator->watch), "warnings",
			(json_int_t)warnings_kept(request->emulator->watch->warnings), "faults",
			"rules", (json_int_t)faults.rules, "hits", (json_int_t)faults.hits,
			"rng_seed", (json_int_t)traffic_seed(traffic)));
}

const struct operation control_info = {
	.parse = control_parse_nothing,
	.run = run_info,
	.status = 200,
	.account = ACCOUNT_ANY,
};
