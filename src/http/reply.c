/* SPDX-License-Identifier: MIT */
#include "http/reply.h"

#include <stdio.h>
#include <string.h>

#include "util/count.h"
#include "util/log.h"
#include "version.h"

/* Headers of every answer, as recorded from the real service; Emulator-Version says that this is
 * not it. Strict-Transport-Security is left out: this is plain HTTP. */
static const char *const constant_headers[][2] = {
	{ "Emulator-Version", SUPERSIM_VERSION },
	{ "Vary", "Origin" },
	{ "Access-Control-Allow-Origin", "*" },
	{ "Access-Control-Allow-Headers",
		"Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, "
		"If-Unmodified-Since, Idempotency-Key" },
	{ "Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS" },
	{ "Access-Control-Expose-Headers", "ETag" },
	{ "Access-Control-Allow-Credentials", "true" },
	{ "X-Home-Region", "us1" },
	{ "X-Powered-By", "AT-5000" },
	{ "X-Shenanigans", "none" },
};

/* The control API's answers have those that allow nothing and pretend nothing. */
enum { CONSTANT_HEADERS = COUNT_OF(constant_headers), CONTROL_HEADERS = 2 };

struct header {
	const char *name;
	const char *value; /* NULL: this reply has none */
};

/* Headers that only some replies have, and room for an error's code in digits. */
enum { SPECIAL_HEADERS = 9, CODE_SIZE = 12 };

static bool add(struct MHD_Response *response, const char *name, const char *value)
{
	return MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool add_constant_headers(struct MHD_Response *response, bool is_control)
{
	const size_t count = is_control ? CONTROL_HEADERS : CONSTANT_HEADERS;
	bool added = true;
	for (size_t i = 0; i < count; i++)
		added = added && add(response, constant_headers[i][0], constant_headers[i][1]);
	return added;
}

static void put_digits(char *out, int64_t value, int count)
{
	for (int i = count - 1; i >= 0; i--, value /= 10)
		out[i] = (char)('0' + value % 10);
}

const char *reply_duration(int64_t duration_us, char text[DURATION_SIZE])
{
	const int64_t ms = (duration_us + 500) / 1000;
	int64_t seconds = ms / 1000;
	char *out = text + DURATION_SIZE - 4;
	put_digits(out, ms % 1000, 3);
	out[3] = '\0';
	*--out = '.';
	do {
		*--out = (char)('0' + seconds % 10);
		seconds /= 10;
	} while (seconds > 0);
	return out;
}

/* Lists what it has of the headers that only some replies have, and gives how many there are.
 * `code` is room for one of them. */
static size_t list_special_headers(const struct reply *reply, const struct reply_context *context,
	char code[CODE_SIZE], struct header ret_headers[SPECIAL_HEADERS])
{
	if (reply->error_code != 0)
		snprintf(code, CODE_SIZE, "%d", reply->error_code);
	const struct header headers[SPECIAL_HEADERS] = {
		{ "X-Twilio-Error-Code", reply->error_code != 0 ? code : NULL },
		{ MHD_HTTP_HEADER_WWW_AUTHENTICATE,
			reply->ask_credentials ? "Basic realm=\"Twilio API\"" : NULL },
		{ MHD_HTTP_HEADER_RETRY_AFTER, reply->retry_after },
		{ "Emulator-Fidelity", reply->fidelity },
		{ "Emulator-Hint", reply->hint },
		{ "Emulator-Warning", reply->warning },
		{ "Emulator-Fault", context->fault_id },
		{ MHD_HTTP_HEADER_ALLOW, reply->allow },
		{ MHD_HTTP_HEADER_CONNECTION, context->closes ? "close" : NULL },
	};
	size_t count = 0;
	for (size_t i = 0; i < SPECIAL_HEADERS; i++) {
		if (headers[i].value != NULL)
			ret_headers[count++] = headers[i];
	}
	return count;
}

/* True when a reply has no header that is not like those of the connection's other replies. */
static bool is_usual(const struct reply *reply, const struct reply_context *context)
{
	char code[CODE_SIZE];
	struct header special[SPECIAL_HEADERS];
	return !reply->is_control && reply->content_type == NULL && reply->headers == NULL &&
	       list_special_headers(reply, context, code, special) == 0;
}

/* All headers but those about this very request. */
static bool add_headers(struct MHD_Response *response, const struct reply *reply,
	const struct reply_context *context)
{
	char code[CODE_SIZE];
	struct header special[SPECIAL_HEADERS];
	const size_t count = list_special_headers(reply, context, code, special);
	bool added = add_constant_headers(response, reply->is_control);
	if (reply->body.length > 0)
		added = added && add(response, MHD_HTTP_HEADER_CONTENT_TYPE,
					 reply->content_type != NULL ? reply->content_type
								     : "application/json");
	for (size_t i = 0; i < count; i++)
		added = added && add(response, special[i].name, special[i].value);
	for (const char *const(*pair)[2] = reply->headers; pair != NULL && (*pair)[0] != NULL;
		pair++)
		added = added && add(response, (*pair)[0], (*pair)[1]);
	return added;
}

/* A response that was kept has the header already, often with this value. `old` is what it has, or
 * "". */
static bool set(struct MHD_Response *response, const char *name, const char *old, const char *value)
{
	if (strcmp(old, value) == 0)
		return true;
	return (old[0] == '\0' || MHD_del_response_header(response, name, old) == MHD_YES) &&
	       add(response, name, value);
}

/* The same for a value that is kept beside the response: to look for it there would take longer
 * than all else. */
static bool set_kept(
	struct kept_response *kept, const char *name, char *kept_value, const char *value)
{
	const bool is_set = set(kept->response, name, kept_value, value);
	strcpy(kept_value, value);
	return is_set;
}

static bool set_domain(struct MHD_Response *response, const char *origin)
{
	const char *old = MHD_get_response_header(response, "X-API-Domain");
	const char *domain = strstr(origin, "://");
	return set(response, "X-API-Domain", old != NULL ? old : "",
		domain != NULL ? domain + 3 : origin);
}

/* Headers about this very request. The 401 of the real service has no count of requests. */
static bool set_request_headers(
	struct kept_response *kept, const struct reply *reply, const struct reply_context *context)
{
	char duration[DURATION_SIZE], concurrent[CONCURRENT_SIZE] = "00000";
	/* There are no more connections than five digits can count. An advance, or an answer that a
	 * sink delays, may last for minutes. printf would cost more than all of this. */
	put_digits(concurrent, context->concurrent, 5);
	return set_domain(kept->response, context->origin) &&
	       (reply->status == 401 ||
		       set_kept(kept, "Twilio-Concurrent-Requests", kept->concurrent,
			       concurrent + strspn(concurrent, "0"))) &&
	       set_kept(kept, "Twilio-Request-Duration", kept->duration,
		       reply_duration(context->duration_us, duration)) &&
	       set_kept(kept, "Twilio-Request-Id", kept->request_id, context->request_id);
}

struct MHD_Response *reply_response(const struct reply *reply)
{
	return MHD_create_response_from_buffer(
		reply->body.length, reply->body.data, MHD_RESPMEM_PERSISTENT);
}

/* NULL: there was no memory for a response. */
static bool queue(struct MHD_Connection *connection, struct kept_response *kept,
	const struct reply *reply, const struct reply_context *context)
{
	const bool queued =
		kept->response != NULL && set_request_headers(kept, reply, context) &&
		MHD_queue_response(connection, (unsigned)reply->status, kept->response) == MHD_YES;
	if (!queued)
		log_line(LOG_ERROR, "an answer could not be sent: the connection is closed");
	return queued;
}

void reply_forget(struct kept_response *kept)
{
	if (kept->response != NULL)
		MHD_destroy_response(kept->response);
	*kept = (struct kept_response){ 0 };
}

static void renew(
	struct kept_response *kept, const struct reply *reply, const struct reply_context *context)
{
	reply_forget(kept);
	kept->response = reply_response(reply);
	kept->body = reply->body.data;
	kept->length = reply->body.length;
	if (kept->response != NULL && !add_headers(kept->response, reply, context))
		reply_forget(kept);
}

bool reply_send(struct MHD_Connection *connection, struct kept_response *kept,
	const struct reply *reply, const struct reply_context *context)
{
	if (!is_usual(reply, context))
		return reply_send_as(connection, reply_response(reply), reply, context);
	if (kept->response == NULL || kept->body != reply->body.data ||
		kept->length != reply->body.length)
		renew(kept, reply, context);
	return queue(connection, kept, reply, context);
}

bool reply_send_as(struct MHD_Connection *connection, struct MHD_Response *response,
	const struct reply *reply, const struct reply_context *context)
{
	struct kept_response once = { .response = response };
	if (response != NULL && !add_headers(response, reply, context))
		reply_forget(&once);
	const bool queued = queue(connection, &once, reply, context);
	reply_forget(&once);
	return queued;
}
