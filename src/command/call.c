/* SPDX-License-Identifier: MIT */
#include "command/call.h"

#include <stdio.h>
#include <string.h>

#include "util/file.h"
#include "util/host.h"
#include "webhook/curl.h"

/* ── where ───────────────────────────────────────────────────────────────────────────────── */

/* The number in a file that the server writes when it is ready. */
static bool read_port(const char *path, char ret_port[8], char ret_reason[CALL_REASON_SIZE])
{
	struct strbuf text;
	const char *reason = "it holds no port";
	strbuf_init(&text, 64);
	bool good = file_read(path, &text, &reason);
	const size_t length = strspn(text.data, "0123456789");
	good = good && length > 0 && length < 8 && strcmp(text.data + length, "\n") == 0;
	if (good)
		snprintf(ret_port, 8, "%.*s", (int)length, text.data);
	else
		snprintf(ret_reason, CALL_REASON_SIZE, "%s: %s", path, reason);
	strbuf_done(&text);
	return good;
}

/* Whom to call when a server listens at `host`. */
static const char *host_to_call(const char *host)
{
	if (strcmp(host, "0.0.0.0") == 0 || strcmp(host, "localhost") == 0)
		return "127.0.0.1";
	return strcmp(host, "::") == 0 ? "::1" : host;
}

bool call_find_server(
	const struct config *config, char ret_url[CALL_URL_SIZE], char ret_reason[CALL_REASON_SIZE])
{
	char host[256], port[8];
	if (config->url != NULL) {
		snprintf(ret_url, CALL_URL_SIZE, "%s", config->url);
		return true;
	}
	if (!host_of(config->listen, host, sizeof(host))) {
		snprintf(ret_reason, CALL_REASON_SIZE, "%.200s names no host", config->listen);
		return false;
	}
	snprintf(port, sizeof(port), "%s", strrchr(config->listen, ':') + 1);
	if (config->port_file != NULL && !read_port(config->port_file, port, ret_reason))
		return false;
	const char *called = host_to_call(host);
	const bool is_v6 = strchr(called, ':') != NULL;
	snprintf(ret_url, CALL_URL_SIZE, "http://%s%.255s%s:%s", is_v6 ? "[" : "", called,
		is_v6 ? "]" : "", port);
	return true;
}

/* ── how ─────────────────────────────────────────────────────────────────────────────────── */

static size_t on_body(char *bytes, size_t size, size_t count, void *closure)
{
	strbuf_add(closure, bytes, size * count);
	return ((struct strbuf *)closure)->failed ? 0 : size * count;
}

static bool set_way(CURL *easy, const char *url, const struct call *call, struct strbuf *answer)
{
	char whole[CALL_URL_SIZE + 256];
	snprintf(whole, sizeof(whole), "%s%s", url, call->path);
	return curl.easy_setopt(easy, CURLOPT_URL, whole) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_WRITEDATA, answer) == CURLE_OK;
}

static bool set_what(CURL *easy, const struct call *call)
{
	const bool has_body = call->body != NULL;
	if (call->user != NULL && curl.easy_setopt(easy, CURLOPT_USERPWD, call->user) != CURLE_OK)
		return false;
	if (call->bearer != NULL &&
		(curl.easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER) != CURLE_OK ||
			curl.easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, call->bearer) != CURLE_OK))
		return false;
	if (has_body &&
		(curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
			 (curl_off_t)call->body->length) != CURLE_OK ||
			curl.easy_setopt(easy, CURLOPT_POSTFIELDS, call->body->data) != CURLE_OK))
		return false;
	return curl.easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method) == CURLE_OK;
}

long call_make(const char *url, const struct call *call, struct strbuf *answer,
	char ret_reason[CALL_REASON_SIZE])
{
	long status = 0;
	CURLcode result = CURLE_OUT_OF_MEMORY;
	if (!curl_open(ret_reason))
		return 0;
	CURL *easy = curl.global_init(CURL_GLOBAL_NOTHING) == CURLE_OK ? curl.easy_init() : NULL;
	if (easy != NULL && set_way(easy, url, call, answer) && set_what(easy, call)) {
		result = curl.easy_perform(easy);
		if (result == CURLE_OK)
			curl.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	}
	if (status == 0)
		snprintf(ret_reason, CALL_REASON_SIZE, "%.200s: %s", url,
			curl.easy_strerror(result));
	curl.easy_cleanup(easy);
	return status;
}
