/* SPDX-License-Identifier: MIT */
/* Webhooks to names that nobody answers for: this program's getaddrinfo hangs until it is told. */
#include "unit.h"

#include <netdb.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "webhook/sender.h"

static sem_t asked, released, ended;
static atomic_bool patience_ended;

/* What libcurl's resolver thread calls. It gives up by itself, so that a test fails, not hangs. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
	struct addrinfo **ret_addresses)
{
	struct timespec until;
	(void)name;
	(void)service;
	(void)hints;
	*ret_addresses = NULL;
	sem_post(&asked);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	if (sem_timedwait(&released, &until) != 0)
		atomic_store(&patience_ended, true);
	sem_post(&ended);
	return EAI_AGAIN;
}

static bool finished;

static void finish(struct transfer *transfer)
{
	(void)transfer;
	finished = true;
}

static void start(struct sender *sender, struct transfer *transfer, const char *url)
{
	*transfer = (struct transfer){
		.method = "POST",
		.url = url,
		.form = "a=b",
		.auth_token = "token",
		.idempotency_token = "token",
		.finished = finish,
	};
	finished = false;
	atomic_store(&patience_ended, false);
	assert_int_equal(sem_init(&asked, 0, 0), 0);
	assert_int_equal(sem_init(&released, 0, 0), 0);
	assert_int_equal(sem_init(&ended, 0, 0), 0);
	assert_true(sender_start(sender, transfer));
}

static void a_time_out_does_not_wait_for_the_resolver(void **state)
{
	(void)state;
	struct sender *sender = sender_new(false);
	struct transfer transfer;
	start(sender, &transfer, "http://slow.invalid/#ct=1000&tt=1000");
	while (!finished)
		sender_poll(sender, -1, 100);
	assert_false(atomic_load(&patience_ended));
	assert_int_equal(transfer.result, TRANSFER_TIMEOUT);
	assert_false(transfer.read_timed_out);
	sem_post(&released);
	sem_wait(&ended);
	transfer_done(&transfer);
	sender_free(sender);
}

static void an_end_does_not_wait_for_the_resolver(void **state)
{
	(void)state;
	struct sender *sender = sender_new(false);
	struct transfer transfer;
	start(sender, &transfer, "http://slow.invalid/");
	while (sem_trywait(&asked) != 0)
		sender_poll(sender, -1, 10);
	sender_free(sender);
	assert_false(atomic_load(&patience_ended));
	assert_false(finished);
	transfer_done(&transfer);
	sem_post(&released);
	sem_wait(&ended);
}

/* Those that an older version stored. */
static void a_url_that_cannot_be_called_is_no_policy(void **state)
{
	(void)state;
	static const char *const urls[] = { "http://127.0.0.1:99999/", "http://[::1/",
		"ftp://127.0.0.1/" };
	struct sender *sender = sender_new(false);
	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		struct transfer transfer = {
			.method = "POST",
			.url = urls[i],
			.form = "",
			.auth_token = "token",
			.idempotency_token = "token",
			.finished = finish,
		};
		finished = false;
		assert_true(sender_start(sender, &transfer));
		while (!finished)
			sender_poll(sender, -1, 100);
		assert_int_equal(transfer.result, TRANSFER_URL);
		assert_string_equal(transfer_result_name(transfer.result), "url");
		assert_string_not_equal(transfer.error, "");
		transfer_done(&transfer);
	}
	sender_free(sender);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_out_does_not_wait_for_the_resolver),
		cmocka_unit_test(an_end_does_not_wait_for_the_resolver),
		cmocka_unit_test(a_url_that_cannot_be_called_is_no_policy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
