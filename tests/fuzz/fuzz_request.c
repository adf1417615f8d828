/* SPDX-License-Identifier: MIT */
/*
 * Whole requests that read: any path and query, over a database in memory. The first byte chooses
 * the method. Whatever comes, there is an answer with a status and, unless it is 204, a JSON body.
 */
#include <jansson.h>

#include "api/routes.h"
#include "control/routes.h"
#include "fuzz_emulator.h"
#include "request/request.h"

static const struct section *const sections[] = { &control_v1_section, &control_section,
	&api_section, NULL };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const methods[] = { "GET", "POST", "DELETE", "OPTIONS" };
	if (size == 0)
		return 0;
	start_once(sections);
	struct request request;
	request_init(&request);
	char *target = fuzz_text(data + 1, size - 1);
	char body[1] = "";
	request.method = methods[data[0] % 4];
	request.target = target;
	request.body = body;
	request.origin = "http://127.0.0.1:1";
	request.authorization = FUZZ_AUTHORIZATION;
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
