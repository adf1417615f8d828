/* SPDX-License-Identifier: MIT */
/* The api layer without sockets: routes, credentials, page tokens, and a request to its answer. */
#include "api/routes.h"
#include "control/routes.h"
#include "request/serve.h"
#include "service/resources.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "request/page.h"
#include "request/authenticate.h"
#include "request/route.h"
#include "store/writer.h"
#include "util/base64.h"
#include "util/cleanup.h"
#include "util/clock.h"

#define AC	      "AC00000000000000000000000000000000"
#define AUTHORIZATION "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDp0"

static const struct section *const sections[] = { &control_section, &api_section, NULL };

struct bench {
	struct store *store;
	struct store_connection *reader, *writer;
	struct policy policy;
	struct watch watch;
	struct emulator emulator;
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	const struct store_options options = { ":memory:", DURABILITY_NORMAL, service_resources };
	struct failure failure;
	assert_true(store_open(&options, &bench->store, &failure));
	bench->reader = store_connect(bench->store, false, &failure);
	bench->writer = store_connect(bench->store, true, &failure);
	bench->policy =
		(struct policy){ .fleet_data_limit = 1000, .fleet_sms_commands_enabled = true };
	bench->emulator.sections = sections;
	bench->emulator.policy = &bench->policy;
	bench->emulator.registry = registry_new(false);
	const struct watch_options watch_options = { .rng_seed = 1 };
	bench->emulator.watch = &bench->watch;
	assert_true(watch_init(&bench->watch, &watch_options));
	assert_non_null(bench->writer);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;
	store_disconnect(bench->reader);
	store_disconnect(bench->writer);
	store_close(bench->store);
	registry_free(bench->emulator.registry);
	watch_done(&bench->watch);
	free(bench);
	return 0;
}

struct write {
	struct write_job job;
	struct request *request;
};

static bool run_write(struct write_job *job, struct store_connection *connection)
{
	return serve_write(((struct write *)job)->request, connection);
}

/* Sends one request through the layer, as a worker and the writer would. */
static void send(struct bench *bench, struct request *request, const char *method,
	const char *target, const char *body)
{
	request_init(request);
	request->method = method;
	request->target = arena_copy(&request->arena, target, strlen(target));
	request->body = arena_copy(&request->arena, body, strlen(body));
	request->body_length = strlen(body);
	request->origin = "http://127.0.0.1:1";
	request->authorization = AUTHORIZATION;
	if (serve_start(&bench->emulator, request, bench->reader) == SERVE_WRITES) {
		struct write write = { .job.run = run_write, .request = request };
		store_snapshot_release(bench->reader);
		writer_run_alone(bench->writer, &write.job);
		serve_committed(request, true);
		serve_finish(request);
	}
	store_snapshot_release(bench->reader);
}

static void a_fleet_lives(void **state)
{
	static const struct {
		const char *method, *target, *body;
		int status;
		const char *part; /* that the answer's body must hold */
	} steps[] = {
		{ "POST", "/v1/NetworkAccessProfiles", "UniqueName=nap", 201,
			"\"unique_name\":\"nap\"" },
		{ "POST", "/v1/Fleets", "NetworkAccessProfile=nap&UniqueName=a+b", 201,
			"\"data_limit\":1000" },
		{ "POST", "/v1/Fleets", "NetworkAccessProfile=nap&UniqueName=a%20b", 409, "'a b'" },
		{ "GET", "/v1/Fleets/a%20b", "", 200, "\"unique_name\":\"a b\"" },
		{ "POST", "/v1/Fleets/a%20b", "DataLimit=7", 200, "\"data_limit\":7" },
		{ "POST", "/v1/Fleets/a%20b", "NetworkAccessProfile=x", 400,
			"Invalid NetworkAccessProfile." },
		{ "GET", "/v1/Fleets?PageSize=1", "", 200, "\"next_page_url\":null" },
		{ "GET", "/v1/Fleets?NetworkAccessProfile=nope", "", 200, "\"fleets\":[]" },
		{ "GET", "/v1/Fleets/", "", 404, "/Fleets/ was" },
		{ "GET", "/v1/Fleets/%ZZ", "", 404, "/Fleets/%ZZ was" },
		{ "GET", "/v1/Fleets/a/b", "", 404, "20404" },
		{ "GET", "/v1/fleets", "", 404, "20404" },
		{ "GET", "", "", 404, "20404" },
		{ "DELETE", "/v1/Fleets/a%20b", "", 405, "20004" },
		{ "OPTIONS", "/v1/Fleets", "", 204, "" },
	};
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		struct request request;
		send(*state, &request, steps[i].method, steps[i].target, steps[i].body);
		assert_int_equal(request.reply.status, steps[i].status);
		if (strstr(request.reply.body.data, steps[i].part) == NULL)
			print_error("%s: %s\n", steps[i].target, request.reply.body.data);
		assert_non_null(strstr(request.reply.body.data, steps[i].part));
		request_done(&request);
	}
}

static void credentials_are_checked(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena;
	arena_init(&arena);
	struct registry *open = registry_new(false);
	struct registry *strict = registry_new(true);
	assert_true(registry_add(open, AC, "secret", AC));
	assert_true(registry_add(strict, AC, "old", AC));
	assert_true(registry_add(strict, AC, "t", AC));
	const struct {
		struct registry *registry;
		const char *header;
		const char *message; /* NULL: let in */
	} cases[] = {
		{ strict, AUTHORIZATION, NULL },
		{ strict, "basic  QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDp0", NULL },
		{ open, AUTHORIZATION, "Authenticate" },
		{ open, "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTp0", NULL },
		{ strict, "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTp0",
			"Authentication Error - invalid username" },
		{ open, NULL, "Authentication Error - No credentials provided" },
		{ open, "", "Authentication Error - No credentials provided" },
		{ open, "Bearer x", "Authentication Error - invalid username" },
		{ open, "Basic ???", "Authentication Error - invalid username" },
		{ open, "Basic YQ==", "Authentication Error - invalid username" },
		{ open, "Basic AAAA", "Authentication Error - invalid username" },
	};
	/* Each without, and twice with what a connection keeps: other credentials, then its own. */
	struct kept_credentials kept = { 0 };
	for (size_t i = 0; i < 3 * COUNT_OF(cases); i++) {
		struct caller caller = { 0 };
		const size_t n = i / 3;
		const struct api_error error = authenticate(cases[n].registry, cases[n].header,
			&arena, i % 3 == 0 ? NULL : &kept, &caller);
		assert_int_equal(error.status, cases[n].message != NULL ? 401 : 0);
		if (cases[n].message != NULL)
			assert_string_equal(error.message, cases[n].message);
		else
			assert_true(strncmp(caller.account_sid, "AC", 2) == 0);
	}
	registry_free(open);
	registry_free(strict);
}

static void credentials_are_kept_whole_or_not_at_all(void **state)
{
	(void)state;
	CLEANUP(arena_done) struct arena arena;
	arena_init(&arena);
	struct registry *registry = registry_new(false);
	struct kept_credentials kept = { 0 };
	assert_true(registry_add(registry, AC, "secret", AC));
	for (size_t length = 0; length < 2 * sizeof(kept.authorization); length++) {
		char secret[2 * sizeof(kept.authorization) + 1] = "";
		struct strbuf text, header;
		strbuf_init(&text, 1024);
		strbuf_init(&header, 1024);
		memset(secret, 's', length);
		strbuf_add_text(&text, "AC00000000000000000000000000000001:");
		strbuf_add_text(&text, secret);
		strbuf_add_text(&header, "Basic ");
		base64_encode((const uint8_t *)text.data, text.length, &header);
		for (int i = 0; i < 2; i++) {
			struct caller caller = { 0 };
			assert_false(is_error(
				authenticate(registry, header.data, &arena, &kept, &caller)));
			assert_string_equal(
				caller.account_sid, "AC00000000000000000000000000000001");
			assert_string_equal(caller.auth_token, secret);
		}
		const bool fits = header.length < sizeof(kept.authorization);
		assert_int_equal(strcmp(kept.authorization, header.data) == 0, fits);
		strbuf_done(&text);
		strbuf_done(&header);
	}
	registry_free(registry);
}

static void page_tokens_belong_to_a_list(void **state)
{
	(void)state;
	struct list_parameters list = { 0 }, filtered = { 0 };
	filtered.filter_values[0] = "x";
	const uint64_t one = page_list_identity(AC, &fleet_resource, &list);
	const uint64_t others[] = {
		page_list_identity(AC, &fleet_resource, &filtered),
		page_list_identity(AC, &network_access_profile_resource, &list),
		page_list_identity("AC00000000000000000000000000000001", &fleet_resource, &list),
	};
	const int64_t positions[] = { 0, 1, 12345678, INT64_MAX };
	for (size_t i = 0; i < COUNT_OF(positions); i++) {
		char token[PAGE_TOKEN_SIZE];
		struct page_request read = { 0 };
		page_token_make(one, PAGE_BELOW, positions[i], token);
		assert_true(page_token_read(token, one, &read));
		assert_int_equal(read.position, positions[i]);
		assert_int_equal(read.direction, PAGE_BELOW);
		for (size_t j = 0; j < COUNT_OF(others); j++)
			assert_false(page_token_read(token, others[j], &read));
		for (size_t j = 0; token[j] != '\0'; j++) {
			char damaged[PAGE_TOKEN_SIZE];
			memcpy(damaged, token, sizeof(damaged));
			damaged[j] = damaged[j] == '0' ? '1' : '0';
			assert_false(page_token_read(damaged, one, &read));
		}
		token[PAGE_TOKEN_SIZE - 2] = '\0';
		assert_false(page_token_read(token, one, &read));
	}
}

static void requests_are_reusable(void **state)
{
	struct bench *bench = *state;
	struct request request;
	send(bench, &request, "GET", "/v1/Fleets", "");
	assert_int_equal(request.reply.status, 200);
	request_reset(&request);
	assert_int_equal(request.reply.status, 0);
	assert_int_equal(request.reply.body.length, 0);
	assert_null(request.route);
	request_done(&request);
}

static void accounts_expire_when_idle(void **state)
{
	(void)state;
	struct registry *registry = registry_new(false);
	struct store_account account = { .sid = AC, .namespace = AC, .ttl_ms = 1000 };
	const int64_t later_us = clock_monotonic_us() + 3600 * INT64_C(1000000);
	assert_false(registry_is_expired(registry, AC, later_us));
	int64_t before_us = clock_monotonic_us(); /* the use comes after it, however slowly */
	registry_record(registry, registry_prepare(registry, &account));
	assert_true(registry_may_expire(registry));
	assert_true(registry_is_expired(registry, AC, later_us));
	assert_false(registry_is_expired(registry, AC, before_us + 999 * 1000));
	before_us = clock_monotonic_us();
	registry_touch(registry, AC);
	assert_false(registry_is_expired(registry, AC, before_us + 999 * 1000));
	account.ttl_ms = 0;
	registry_record(registry, registry_prepare(registry, &account));
	assert_false(registry_may_expire(registry));
	assert_false(registry_is_expired(registry, AC, later_us));
	registry_free(registry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_fleet_lives, set_up, tear_down),
		cmocka_unit_test_setup_teardown(requests_are_reusable, set_up, tear_down),
		cmocka_unit_test(credentials_are_checked),
		cmocka_unit_test(credentials_are_kept_whole_or_not_at_all),
		cmocka_unit_test(accounts_expire_when_idle),
		cmocka_unit_test(page_tokens_belong_to_a_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
