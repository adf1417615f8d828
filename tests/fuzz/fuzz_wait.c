/* SPDX-License-Identifier: MIT */
/*
 * Bodies of calls that wait, whose time is up at once. Whatever comes, there is an answer: what was
 * found, what was there instead, or why the body is refused. All are JSON.
 */
#include <jansson.h>

#include "api/routes.h"
#include "control/routes.h"
#include "fuzz_emulator.h"

static const struct section *const sections[] = { &control_section, &api_section, NULL };

/* Something to be found, or to be nearly what is meant. */
static void fill_journal(void)
{
	const struct journal_entry entry = {
		.id = "RQ00000000000000000000000000000001",
		.account_sid = "AC00000000000000000000000000000000",
		.method = { "POST", 4 },
		.path = { "/v1/Fleets", 10 },
		.form = { "UniqueName=a&DataLimit=1", 24 },
		.operation = "CreateFleet",
		.status = 201,
		.applied = APPLIED_YES,
	};
	journal_add(watch.journal, &entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (start_once(sections))
		fill_journal();
	struct request request;
	request_init(&request);
	char *body = fuzz_text(data, size);
	char target[] = "/_emulator/wait";
	request.method = "POST";
	request.target = target;
	request.host = "127.0.0.1:1";
	request.body = body;
	request.body_length = size;
	request.origin = "http://127.0.0.1:1";
	request.authorization = FUZZ_AUTHORIZATION;
	if (serve_start(&emulator, &request, reader) == SERVE_WAITS)
		MUST(serve_wait(&request, reader, true) == SERVE_ANSWERED);
	const int status = request.reply.status;
	MUST(status == 200 || status == 400 || status == 408);
	json_t *json = json_loads(request.reply.body.data, 0, NULL);
	MUST(json_is_object(json));
	json_decref(json);
	store_snapshot_release(reader);
	request_done(&request);
	free(body);
	return 0;
}
