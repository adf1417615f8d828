/* SPDX-License-Identifier: MIT */
/*
 * libcurl sees one transfer as one easy handle. Handles are kept for the next transfers: making one
 * costs a third of a delivery.
 *
 * Until libcurl is prepared, which costs more than the rest of the start, an eventfd is what
 * sender_poll waits for; afterwards it goes on being one of the files that it polls.
 */
#include "webhook/sender.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/log.h"
#include "webhook/address.h"
#include "webhook/curl.h"

enum {
	HANDLES_KEPT = 16,
	URL_MAXIMUM = 256 * 1024,
	HEADERS_MAXIMUM = 16 * 1024,
	BODY_KEPT = 64 * 1024,
	BODY_READ = 1024 * 1024 /* what is longer is not read to its end */
};

struct sender {
	CURLM *multi; /* NULL until the first transfer */
	bool allow_egress;
	bool told;		       /* that libcurl cannot be opened */
	struct curl_blob certificates; /* of no length: the system's only */
	int wake;
	CURL *kept[HANDLES_KEPT];
	size_t kept_count;
	struct transfer *first; /* under way */
	size_t active;
};

static const char *const result_names[] = { "answered", "dns", "connect", "tls", "timeout",
	"broken", "policy", "url" };

const char *transfer_result_name(enum transfer_result result)
{
	return result_names[result];
}

/* ── what is sent ────────────────────────────────────────────────────────────────────────── */

/* The URL without its fragment. Bytes that are no ASCII are escaped after the host's name: a
 * request line has no room for them, and what is signed is what the receiver sees. A `?` without a
 * query goes: twilio-python's validator drops it before it computes. */
static void add_url(struct strbuf *out, const char *url)
{
	size_t length = strcspn(url, "#");
	if (strcspn(url, "?") + 1 == length)
		length--;
	const char *host = strstr(url, "://");
	const size_t path = host != NULL ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?#") : 0;
	for (size_t i = 0; i < length; i++) {
		const char byte[2] = { url[i], '\0' };
		if (i >= path && (unsigned char)url[i] >= 0x80)
			strbuf_add_percent_encoded(out, byte);
		else
			strbuf_add_char(out, url[i]);
	}
}

static bool prepare_request(struct transfer *transfer)
{
	const bool post = strcmp(transfer->method, "POST") == 0;
	strbuf_init(&transfer->sent_url, URL_MAXIMUM);
	strbuf_init(&transfer->signed_text, URL_MAXIMUM);
	strbuf_init(&transfer->sent_headers, HEADERS_MAXIMUM);
	strbuf_init(&transfer->answer_headers, HEADERS_MAXIMUM);
	strbuf_init(&transfer->answer_body, BODY_KEPT + 1);
	add_url(&transfer->sent_url, transfer->url);
	if (!post && transfer->form[0] != '\0') {
		const char *query = strchr(transfer->sent_url.data, '?');
		strbuf_add_char(&transfer->sent_url, query != NULL ? '&' : '?');
		strbuf_add_text(&transfer->sent_url, transfer->form);
	}
	return !transfer->sent_url.failed &&
	       signature_text(&transfer->signed_text, transfer->sent_url.data,
		       post ? transfer->form : NULL) &&
	       signature_make(transfer->auth_token, transfer->signed_text.data,
		       transfer->signed_text.length, transfer->signature);
}

static bool add_header(
	struct curl_slist **list, struct transfer *transfer, const char *name, const char *value)
{
	struct strbuf *headers = &transfer->sent_headers;
	const size_t line = headers->length;
	strbuf_add_text(headers, name);
	strbuf_add_text(headers, ": ");
	strbuf_add_text(headers, value);
	if (headers->failed)
		return false;
	struct curl_slist *longer = curl.slist_append(*list, headers->data + line);
	if (longer != NULL)
		*list = longer;
	strbuf_add_text(headers, "\r\n");
	return longer != NULL;
}

static struct curl_slist *make_headers(struct transfer *transfer)
{
	struct curl_slist *list = NULL;
	const bool post = strcmp(transfer->method, "POST") == 0;
	const bool made = add_header(&list, transfer, "User-Agent", "TwilioProxy/1.1") &&
			  add_header(&list, transfer, "Accept", "*/*") &&
			  (!post || add_header(&list, transfer, "Content-Type",
					    "application/x-www-form-urlencoded")) &&
			  add_header(&list, transfer, "I-Twilio-Idempotency-Token",
				  transfer->idempotency_token) &&
			  add_header(&list, transfer, "X-Home-Region", "us1") &&
			  add_header(&list, transfer, "X-Twilio-Signature", transfer->signature) &&
			  add_header(&list, transfer, "Connection", "close");
	struct curl_slist *complete = made ? curl.slist_append(list, "Expect:") : NULL;
	if (complete == NULL)
		curl.slist_free_all(list);
	return complete;
}

/* Whether the URL has a user and a password. */
static bool has_credentials(const char *url)
{
	const char *host = strstr(url, "://");
	return host != NULL && memchr(host + 3, '@', strcspn(host + 3, "/?#")) != NULL;
}

/* ── libcurl's callbacks ─────────────────────────────────────────────────────────────────── */

static size_t on_header(char *bytes, size_t size, size_t count, void *closure)
{
	struct transfer *transfer = closure;
	if (transfer->answer_headers.length + size * count < HEADERS_MAXIMUM)
		strbuf_add(&transfer->answer_headers, bytes, size * count);
	return size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *closure)
{
	struct transfer *transfer = closure;
	const size_t length = size * count;
	const size_t room = BODY_KEPT - transfer->answer_body.length;
	strbuf_add(&transfer->answer_body, bytes, length < room ? length : room);
	transfer->body_length += length;
	transfer->answer_cut = transfer->body_length > BODY_KEPT;
	return transfer->body_length > BODY_READ ? 0 : length;
}

/* Notes the credentials that a request was sent with, which libcurl adds by itself: those of the
 * last one, after a receiver has asked for them. */
static int on_debug(CURL *easy, curl_infotype kind, char *bytes, size_t size, void *closure)
{
	static const char name[] = "Authorization:";
	struct transfer *transfer = closure;
	struct strbuf *headers = &transfer->sent_headers;
	(void)easy;
	if (kind != CURLINFO_HEADER_OUT || headers->failed)
		return 0;
	headers->length = transfer->plain_headers_length;
	headers->data[headers->length] = '\0';
	const char *end = bytes + size;
	for (const char *line = bytes; line < end;) {
		const char *line_end = memchr(line, '\n', (size_t)(end - line));
		const size_t length = (size_t)((line_end != NULL ? line_end + 1 : end) - line);
		if (length > sizeof(name) && strncasecmp(line, name, sizeof(name) - 1) == 0)
			strbuf_add(headers, line, length);
		line += length;
	}
	return 0;
}

/* Judges the very address that is about to be connected to. */
static curl_socket_t on_open_socket(
	void *closure, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = closure;
	(void)purpose;
	if (address_may_be_called(&address->addr, transfer->sender->allow_egress)) {
		transfer->allowed = true;
		return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	}
	transfer->refusal = address_refusal(&address->addr);
	return CURL_SOCKET_BAD;
}

/* ── starting ────────────────────────────────────────────────────────────────────────────── */

/* Options that all transfers share. They stay while a handle is kept. With a choice of HTTPAUTH a
 * URL's credentials are sent only when a receiver asks for them, as Twilio does. With QUICK_EXIT a
 * thread that still looks a name up is let go, and frees what it has when it ends by itself:
 * without it libcurl waits for it, whatever the time-outs say, and everybody else with it. */
static bool set_common_options(CURL *easy)
{
	return curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC | CURLAUTH_DIGEST) ==
		       CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket) == CURLE_OK;
}

static bool set_certificates(CURL *easy, const struct sender *sender)
{
	return sender->certificates.len == 0 ||
	       curl.easy_setopt(easy, CURLOPT_CAINFO_BLOB, &sender->certificates) == CURLE_OK;
}

static bool set_method(CURL *easy, const struct transfer *transfer)
{
	if (strcmp(transfer->method, "POST") != 0)
		return curl.easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	return curl.easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->form) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		       (curl_off_t)strlen(transfer->form)) == CURLE_OK;
}

static bool watch_credentials(CURL *easy, struct transfer *transfer)
{
	return !transfer->has_credentials ||
	       (curl.easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug) == CURLE_OK &&
		       curl.easy_setopt(easy, CURLOPT_DEBUGDATA, transfer) == CURLE_OK &&
		       curl.easy_setopt(easy, CURLOPT_VERBOSE, 1L) == CURLE_OK);
}

static bool set_options(CURL *easy, struct transfer *transfer)
{
	const struct overrides *overrides = &transfer->overrides;
	return curl.easy_setopt(easy, CURLOPT_URL, transfer->sent_url.data) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->header_list) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)overrides->connect_ms) ==
		       CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)overrides->total_ms) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer) == CURLE_OK &&
	       curl.easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK &&
	       set_method(easy, transfer) && watch_credentials(easy, transfer);
}

static CURL *take_handle(struct sender *sender)
{
	if (sender->kept_count > 0)
		return sender->kept[--sender->kept_count];
	CURL *easy = curl.easy_init();
	if (easy != NULL && (!set_common_options(easy) || !set_certificates(easy, sender))) {
		curl.easy_cleanup(easy);
		return NULL;
	}
	return easy;
}

static void give_back(struct sender *sender, CURL *easy)
{
	if (sender->kept_count < HANDLES_KEPT)
		sender->kept[sender->kept_count++] = easy;
	else
		curl.easy_cleanup(easy);
}

/* Takes a transfer out of the list of those under way, and its handle from it. */
static void detach(struct transfer *transfer)
{
	struct sender *sender = transfer->sender;
	if (transfer->link != NULL) {
		*transfer->link = transfer->next;
		if (transfer->next != NULL)
			transfer->next->link = transfer->link;
		transfer->link = NULL;
		sender->active--;
	}
	if (transfer->easy != NULL) {
		curl.multi_remove_handle(sender->multi, transfer->easy);
		curl.easy_setopt(transfer->easy, CURLOPT_ERRORBUFFER, NULL);
		/* A handle remembers how a receiver asked, and would tell the next one at once. */
		if (transfer->has_credentials)
			curl.easy_cleanup(transfer->easy);
		else
			give_back(sender, transfer->easy);
		transfer->easy = NULL;
	}
	curl.slist_free_all(transfer->header_list);
	transfer->header_list = NULL;
}

/* Each transfer that fails for it says why; the log says it once. */
static bool open_library(struct sender *sender, struct transfer *transfer)
{
	if (curl_open(transfer->error))
		return true;
	if (!sender->told)
		log_line(LOG_ERROR, "no webhook can be sent: %s", transfer->error);
	sender->told = true;
	return false;
}

static bool prepare_library(struct sender *sender, struct transfer *transfer)
{
	if (sender->multi != NULL)
		return true;
	if (!open_library(sender, transfer) || curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return false;
	sender->multi = curl.multi_init();
	if (sender->multi == NULL)
		curl.global_cleanup();
	return sender->multi != NULL;
}

bool sender_start(struct sender *sender, struct transfer *transfer)
{
	transfer->sender = sender;
	transfer->started_us = clock_monotonic_us();
	overrides_read(transfer->url, &transfer->overrides); /* what is bad in it has its default */
	if (!prepare_library(sender, transfer) || !prepare_request(transfer))
		return false;
	transfer->has_credentials = has_credentials(transfer->sent_url.data);
	transfer->header_list = make_headers(transfer);
	transfer->plain_headers_length = transfer->sent_headers.length;
	transfer->easy = transfer->header_list != NULL ? take_handle(sender) : NULL;
	const bool started = transfer->easy != NULL && set_options(transfer->easy, transfer) &&
			     curl.multi_add_handle(sender->multi, transfer->easy) == CURLM_OK;
	if (!started) {
		detach(transfer);
		return false;
	}
	transfer->next = sender->first;
	if (transfer->next != NULL)
		transfer->next->link = &transfer->next;
	transfer->link = &sender->first;
	sender->first = transfer;
	sender->active++;
	return true;
}

/* ── finishing ───────────────────────────────────────────────────────────────────────────── */

static int64_t time_of(CURL *easy, CURLINFO which)
{
	curl_off_t us = 0;
	return curl.easy_getinfo(easy, which, &us) == CURLE_OK ? us : 0;
}

/* A name may have several addresses: it counts what became of those that may be called. */
static bool was_refused(const struct transfer *transfer)
{
	return transfer->refusal != NULL && !transfer->allowed;
}

static enum transfer_result result_of(const struct transfer *transfer, CURLcode code)
{
	if (was_refused(transfer))
		return TRANSFER_POLICY;
	switch (code) {
	case CURLE_OK: return TRANSFER_ANSWERED;
	case CURLE_UNSUPPORTED_PROTOCOL: /* of the URL, or what answers is no HTTP */
		return time_of(transfer->easy, CURLINFO_CONNECT_TIME_T) > 0 ? TRANSFER_BROKEN
									    : TRANSFER_URL;
	/* An older version has stored what cannot be called (a port 99999). */
	case CURLE_URL_MALFORMAT: return TRANSFER_URL;
	case CURLE_COULDNT_RESOLVE_HOST: return TRANSFER_DNS;
	case CURLE_COULDNT_CONNECT: return TRANSFER_CONNECT;
	case CURLE_OPERATION_TIMEDOUT: return TRANSFER_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE: return TRANSFER_TLS;
	case CURLE_WRITE_ERROR: /* we have read enough of it */
		return transfer->body_length > BODY_READ ? TRANSFER_ANSWERED : TRANSFER_BROKEN;
	default: return TRANSFER_BROKEN;
	}
}

static void read_facts(struct transfer *transfer)
{
	CURL *easy = transfer->easy;
	long status = 0, port = 0;
	const char *peer = NULL;
	if (curl.easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
		transfer->status = (int)status;
	if (curl.easy_getinfo(easy, CURLINFO_PRIMARY_IP, &peer) == CURLE_OK && peer != NULL &&
		peer[0] != '\0' &&
		curl.easy_getinfo(easy, CURLINFO_PRIMARY_PORT, &port) == CURLE_OK)
		snprintf(transfer->peer, sizeof(transfer->peer),
			strchr(peer, ':') != NULL ? "[%s]:%ld" : "%s:%ld", peer, port);
	transfer->lookup_us = time_of(easy, CURLINFO_NAMELOOKUP_TIME_T);
	transfer->connect_us = time_of(easy, CURLINFO_CONNECT_TIME_T);
	transfer->first_byte_us = time_of(easy, CURLINFO_STARTTRANSFER_TIME_T);
	transfer->total_us = time_of(easy, CURLINFO_TOTAL_TIME_T);
	if (transfer->total_us == 0)
		transfer->total_us = clock_monotonic_us() - transfer->started_us;
}

static void finish(struct transfer *transfer, CURLcode code)
{
	transfer->result = result_of(transfer, code);
	read_facts(transfer);
	transfer->read_timed_out = transfer->result == TRANSFER_TIMEOUT && transfer->connect_us > 0;
	if (transfer->result == TRANSFER_ANSWERED)
		transfer->error[0] = '\0';
	else if (was_refused(transfer))
		snprintf(transfer->error, sizeof(transfer->error), "%s", transfer->refusal);
	else if (transfer->error[0] == '\0')
		snprintf(transfer->error, sizeof(transfer->error), "%s", curl.easy_strerror(code));
	detach(transfer);
	transfer->finished(transfer);
}

/* How long a transfer's answer may still take, once its request was sent. */
static int64_t read_time_left(const struct transfer *transfer, int64_t now_us)
{
	const int64_t sent_us = time_of(transfer->easy, CURLINFO_PRETRANSFER_TIME_T);
	if (sent_us == 0)
		return INT64_MAX;
	return transfer->started_us + sent_us + transfer->overrides.read_ms * 1000 - now_us;
}

/* Ends transfers whose answer takes too long; gives the time until the next one does. */
static int64_t end_late(struct sender *sender)
{
	const int64_t now_us = clock_monotonic_us();
	int64_t shortest = INT64_MAX;
	struct transfer *next;
	for (struct transfer *each = sender->first; each != NULL; each = next) {
		next = each->next;
		const int64_t left = read_time_left(each, now_us);
		if (left <= 0)
			finish(each, CURLE_OPERATION_TIMEDOUT);
		else if (left < shortest)
			shortest = left;
	}
	return shortest;
}

static void take_finished(struct sender *sender)
{
	CURLMsg *message;
	int left;
	while ((message = curl.multi_info_read(sender->multi, &left)) != NULL) {
		struct transfer *transfer = NULL;
		if (message->msg == CURLMSG_DONE &&
			curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) ==
				CURLE_OK &&
			transfer != NULL)
			finish(transfer, message->data.result);
	}
}

/* ── the loop ────────────────────────────────────────────────────────────────────────────── */

static void drain(struct sender *sender)
{
	uint64_t count;
	if (read(sender->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
		log_line(LOG_ERROR, "eventfd: %s", strerror(errno));
}

static bool wait_without_library(struct sender *sender, int extra_file, int timeout_ms)
{
	struct pollfd files[2] = { { .fd = sender->wake, .events = POLLIN },
		{ .fd = extra_file, .events = POLLIN } };
	if (poll(files, 2, timeout_ms) < 0 && errno != EINTR)
		log_line(LOG_ERROR, "poll: %s", strerror(errno));
	return extra_file >= 0 && files[1].revents != 0;
}

bool sender_poll(struct sender *sender, int extra_file, int timeout_ms)
{
	bool readable;
	if (sender->multi == NULL) {
		readable = wait_without_library(sender, extra_file, timeout_ms);
		drain(sender);
		return readable;
	}
	struct curl_waitfd files[2] = { { .fd = sender->wake, .events = CURL_WAIT_POLLIN },
		{ .fd = extra_file, .events = CURL_WAIT_POLLIN } };
	const size_t finished_before = sender->active;
	int running = 0;
	curl.multi_perform(sender->multi, &running);
	take_finished(sender);
	const int64_t left_us = end_late(sender);
	if (left_us / 1000 < timeout_ms)
		timeout_ms = (int)(left_us / 1000) + 1;
	if (sender->active < finished_before)
		timeout_ms = 0; /* there may be more to start */
	if (curl.multi_poll(sender->multi, files, extra_file >= 0 ? 2 : 1, timeout_ms, NULL) !=
		CURLM_OK)
		log_line(LOG_ERROR, "curl_multi_poll failed");
	if (files[0].revents != 0)
		drain(sender);
	return extra_file >= 0 && files[1].revents != 0;
}

void sender_wake(struct sender *sender)
{
	const uint64_t one = 1;
	if (write(sender->wake, &one, sizeof(one)) < 0)
		log_line(LOG_ERROR, "eventfd: %s", strerror(errno));
}

size_t sender_active(const struct sender *sender)
{
	return sender->active;
}

struct sender *sender_new(bool allow_egress)
{
	struct sender *sender = calloc(1, sizeof(*sender));
	if (sender == NULL)
		return NULL;
	sender->allow_egress = allow_egress;
	sender->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sender->wake < 0) {
		free(sender);
		return NULL;
	}
	return sender;
}

void sender_trust(struct sender *sender, const char *certificates, size_t length)
{
	sender->certificates = (struct curl_blob){
		.data = (void *)(uintptr_t)certificates,
		.len = length,
		.flags = CURL_BLOB_NOCOPY,
	};
}

void sender_free(struct sender *sender)
{
	if (sender == NULL)
		return;
	while (sender->first != NULL)
		detach(sender->first);
	for (size_t i = 0; i < sender->kept_count; i++)
		curl.easy_cleanup(sender->kept[i]);
	if (sender->multi != NULL) {
		curl.multi_cleanup(sender->multi);
		curl.global_cleanup();
	}
	close(sender->wake);
	free(sender);
}

void transfer_done(struct transfer *transfer)
{
	strbuf_done(&transfer->sent_url);
	strbuf_done(&transfer->sent_headers);
	strbuf_done(&transfer->signed_text);
	strbuf_done(&transfer->answer_headers);
	strbuf_done(&transfer->answer_body);
}
