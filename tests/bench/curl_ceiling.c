/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of webhooks: what libcurl does by itself, with kept handles and eight requests of a
 * webhook's size in flight.
 *
 *   curl_ceiling URL COUNT fresh   a connection for each, as the emulator's webhooks have
 *   curl_ceiling URL COUNT kept    connections that are used again
 *
 * Prints {"seconds": …, "cpu_us": …, "per_second": …}: processor time per request, and how many a
 * second. Fails when one was not answered 204.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { IN_FLIGHT = 8 };

/* Some 330 bytes, as an SMS Command's. */
static const char form[] =
	"AccountSid=AC00000000000000000000000000000001&Sid=HC00000000000000000000000000000001"
	"&SimSid=HS00000000000000000000000000000001&SimUniqueName=bench"
	"&FleetSid=HF00000000000000000000000000000001&FleetUniqueName=bench"
	"&Status=received&Direction=from_sim&Payload=hello&PayloadType=text";

static double now(clockid_t clock)
{
	struct timespec time;
	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static struct curl_slist *make_headers(bool fresh)
{
	static const char *const lines[] = { "User-Agent: TwilioProxy/1.1", "Accept: */*",
		"Content-Type: application/x-www-form-urlencoded",
		"I-Twilio-Idempotency-Token: 00000000-0000-0000-0000-000000000000",
		"X-Home-Region: us1",
		"X-Twilio-Signature: AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "Expect:" };
	struct curl_slist *list = NULL;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		list = curl_slist_append(list, lines[i]);
	return fresh ? curl_slist_append(list, "Connection: close") : list;
}

static CURL *make_handle(const char *url, struct curl_slist *headers, bool fresh)
{
	CURL *easy = curl_easy_init();
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, fresh ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
	return easy;
}

/* Begins the next request on each handle that is through; false when one was not answered. */
static bool take_finished(CURLM *multi, long *left, long *done)
{
	CURLMsg *message;
	int more;
	while ((message = curl_multi_info_read(multi, &more)) != NULL) {
		CURL *easy = message->easy_handle;
		long status = 0;
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		if (message->data.result != CURLE_OK || status != 204)
			return false;
		++*done;
		curl_multi_remove_handle(multi, easy);
		if (*left > 0) {
			--*left;
			curl_multi_add_handle(multi, easy);
		}
	}
	return true;
}

int main(int argc, char *argv[])
{
	if (argc != 4) {
		fputs("usage: curl_ceiling URL COUNT fresh|kept\n", stderr);
		return 64;
	}
	const long count = strtol(argv[2], NULL, 10);
	const bool fresh = strcmp(argv[3], "fresh") == 0;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	CURLM *multi = curl_multi_init();
	struct curl_slist *headers = make_headers(fresh);
	long left = count, done = 0;
	const double began = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	for (int i = 0; i < IN_FLIGHT && left > 0; i++, left--)
		curl_multi_add_handle(multi, make_handle(argv[1], headers, fresh));
	while (done < count) {
		int running;
		curl_multi_perform(multi, &running);
		const long before = done;
		if (!take_finished(multi, &left, &done)) {
			fputs("curl_ceiling: a request was not answered\n", stderr);
			return 1;
		}
		if (done == before)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	const double seconds = now(CLOCK_MONOTONIC) - began;
	printf("{\"seconds\": %.3f, \"cpu_us\": %.1f, \"per_second\": %.0f}\n", seconds,
		(now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (double)count * 1e6,
		(double)count / seconds);
	return 0;
}
