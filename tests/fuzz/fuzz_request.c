/* SPDX-License-Identifier: MIT */
/*
 * Whole requests that read: any path and query, over a database in memory. The first byte chooses
 * the method. Whatever comes, there is an answer with a status and, unless it is 204, a JSON body.
 */
#include <jansson.h>

#include "api/routes.h"
#include "control/routes.h"
#include "fuzz_input.h"
#include "request/request.h"
#include "request/serve.h"
#include "service/resources.h"

static const struct section *const sections[] = { &control_v1_section, &control_section,
	&api_section, NULL };
static struct watch watch;
static struct emulator emulator;
static struct store_connection *reader;

static const struct policy policy = { .fleet_data_limit = 1000,
	.fleet_sms_commands_enabled = true };

static void start_once(void)
{
	if (reader != NULL)
		return;
	const struct store_options options = { ":memory:", DURABILITY_NORMAL, service_resources };
	struct failure failure;
	struct store *store;
	MUST(store_open(&options, &store, &failure));
	reader = store_connect(store, false, &failure);
	emulator.sections = sections;
	emulator.registry = registry_new(false);
	emulator.policy = &policy;
	const struct watch_options watch_options = { .journal_entries = 10,
		.journal_bytes = 1 << 20 };
	emulator.watch = &watch;
	MUST(watch_init(&watch, &watch_options) && reader != NULL && emulator.registry != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const methods[] = { "GET", "POST", "DELETE", "OPTIONS" };
	if (size == 0)
		return 0;
	start_once();
	struct request request;
	request_init(&request);
	char *target = fuzz_text(data + 1, size - 1);
	char body[1] = "";
	request.method = methods[data[0] % 4];
	request.target = target;
	request.body = body;
	request.origin = "http://127.0.0.1:1";
	request.authorization = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDp0";
	if (serve_start(&emulator, &request, reader) == SERVE_ANSWERED) {
		MUST(request.reply.status >= 200 && request.reply.status < 500);
		json_t *json = json_loads(request.reply.body.data, 0, NULL);
		MUST(json != NULL || request.reply.status == 204);
		json_decref(json);
	}
	store_snapshot_release(reader);
	request_done(&request);
	free(target);
	return 0;
}
