/* SPDX-License-Identifier: MIT */
/*
 * Bodies of checks of the journal: refused with a 400 that says more, or a check that is answered
 * with 200 or 409 in JSON. The journal holds a few requests to be compared with.
 */
#include <jansson.h>

#include "api/routes.h"
#include "control/control.h"
#include "fuzz_input.h"
#include "util/json_read.h"
#include "watch/journal.h"

#define ACCOUNT "AC00000000000000000000000000000001"

static struct watch watch;
static const struct section *const sections[] = { &api_section, NULL };
static struct emulator emulator = { .sections = sections, .watch = &watch };

static struct bytes bytes_of(const char *text)
{
	return (struct bytes){ text, strlen(text) };
}

static void add(const char *method, const char *form, int status, enum applied applied)
{
	const struct journal_entry entry = {
		.id = "RQ00000000000000000000000000000001",
		.account_sid = ACCOUNT,
		.method = bytes_of(method),
		.path = bytes_of("/v1/Fleets"),
		.query = bytes_of("PageSize=5"),
		.form = bytes_of(form),
		.operation = "CreateFleet",
		.status = status,
		.applied = applied,
	};
	journal_add(watch.journal, &entry);
}

static void start_once(void)
{
	if (watch.journal != NULL)
		return;
	json_read_init();
	watch.journal = journal_new(100, 1 << 20);
	MUST(watch.journal != NULL);
	add("POST", "UniqueName=a%C2%A0&DataLimit=500", 201, APPLIED_YES);
	add("POST", "UniqueName=%ZZ", 400, APPLIED_NO);
	add("GET", "", 200, APPLIED_NOTHING);
}

/* What the journal holds, and what is told of it, is JSON whatever was asked. */
static void run(struct request *request)
{
	struct context context = { .arena = &request->arena };
	MUST(!is_error(control_verify_requests.run(request, &context)));
	MUST(request->reply.status == 200 || request->reply.status == 409);
	json_t *answer = json_loads(request->reply.body.data, 0, NULL);
	MUST(json_is_integer(json_object_get(answer, "matched")));
	json_decref(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request request;
	char *body = fuzz_text(data, size);
	start_once();
	request_init(&request);
	request.emulator = &emulator;
	request.body = body;
	request.body_length = size;
	request.caller.account_sid = ACCOUNT;
	const struct api_error error = control_verify_requests.parse(&request);
	if (is_error(error))
		MUST(error.status == 400 && error.message[0] != '\0');
	else
		run(&request);
	request_done(&request);
	free(body);
	return 0;
}
