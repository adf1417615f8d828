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

/* Headers about this very request. The 401 of the real service has no count of requests. */
static bool add_request_headers(struct MHD_Response *response, const struct reply *reply,
	const struct reply_context *context)
{
	char duration[DURATION_SIZE], concurrent[] = "00000";
	/* There are no more connections than five digits can count. An advance, or an answer that a
	 * sink delays, may last for minutes. printf would cost more than all of this. */
	put_digits(concurrent, context->concurrent, 5);
	const char *domain = strstr(context->origin, "://");
	return add(response, "Twilio-Request-Id", context->request_id) &&
	       add(response, "Twilio-Request-Duration",
		       reply_duration(context->duration_us, duration)) &&
	       (reply->status == 401 || add(response, "Twilio-Concurrent-Requests",
						concurrent + strspn(concurrent, "0"))) &&
	       add(response, "X-API-Domain", domain != NULL ? domain + 3 : context->origin);
}

/* Headers that only some replies have. */
static bool add_special_headers(struct MHD_Response *response, const struct reply *reply,
	const struct reply_context *context)
{
	bool added = true;
	if (reply->body.length > 0)
		added = add(response, MHD_HTTP_HEADER_CONTENT_TYPE,
			reply->content_type != NULL ? reply->content_type : "application/json");
	if (reply->error_code != 0) {
		char code[16];
		snprintf(code, sizeof(code), "%d", reply->error_code);
		added = added && add(response, "X-Twilio-Error-Code", code);
	}
	if (reply->ask_credentials)
		added = added && add(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
					 "Basic realm=\"Twilio API\"");
	if (reply->retry_after != NULL)
		added = added && add(response, MHD_HTTP_HEADER_RETRY_AFTER, reply->retry_after);
	if (reply->fidelity != NULL)
		added = added && add(response, "Emulator-Fidelity", reply->fidelity);
	if (reply->hint != NULL)
		added = added && add(response, "Emulator-Hint", reply->hint);
	if (reply->warning != NULL)
		added = added && add(response, "Emulator-Warning", reply->warning);
	if (context->fault_id != NULL)
		added = added && add(response, "Emulator-Fault", context->fault_id);
	if (reply->allow != NULL)
		added = added && add(response, MHD_HTTP_HEADER_ALLOW, reply->allow);
	for (const char *const(*pair)[2] = reply->headers; pair != NULL && (*pair)[0] != NULL;
		pair++)
		added = added && add(response, (*pair)[0], (*pair)[1]);
	if (context->closes)
		added = added && add(response, MHD_HTTP_HEADER_CONNECTION, "close");
	return added;
}

struct MHD_Response *reply_response(const struct reply *reply)
{
	return MHD_create_response_from_buffer(
		reply->body.length, reply->body.data, MHD_RESPMEM_PERSISTENT);
}

bool reply_send(struct MHD_Connection *connection, struct MHD_Response *response,
	const struct reply *reply, const struct reply_context *context)
{
	if (response == NULL)
		return false;
	const bool sent =
		add_special_headers(response, reply, context) &&
		add_request_headers(response, reply, context) &&
		add_constant_headers(response, reply->is_control) &&
		MHD_queue_response(connection, (unsigned)reply->status, response) == MHD_YES;
	MHD_destroy_response(response);
	if (!sent)
		log_line(LOG_ERROR, "an answer could not be sent: the connection is closed");
	return sent;
}
