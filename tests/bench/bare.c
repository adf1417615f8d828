/* SPDX-License-Identifier: MIT */
/*
 * The ceiling: the least that a program on libmicrohttpd can do for the same answer. One worker on
 * its own epoll loop, no database, no JSON: every request gets a fixed Fleet with the headers that
 * supersimd sends.
 *
 *   bare prebuilt      one response object, queued again and again
 *   bare per-request   a response object for each request, as answers need that carry an id each
 *
 * Prints supersimd's ready line. Ends by SIGTERM.
 */
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

#include "peer.h"

static const char body[] =
	"{\"account_sid\":\"AC00000000000000000000000000000000\",\"unique_name\":\"fleet-0000001\","
	"\"data_enabled\":true,\"data_limit\":1000,\"data_metering\":\"payg\","
	"\"date_created\":\"2026-01-02T03:04:05Z\",\"date_updated\":\"2026-01-02T03:04:05Z\","
	"\"sms_commands_enabled\":true,\"sms_commands_method\":\"POST\",\"sms_commands_url\":null,"
	"\"ip_commands_method\":\"POST\",\"ip_commands_url\":null,"
	"\"network_access_profile_sid\":\"HA00000000000000000000000000000000\","
	"\"sid\":\"HF00000000000000000000000000000000\","
	"\"url\":\"http://127.0.0.1:43127/v1/Fleets/HF00000000000000000000000000000000\"}";

static struct MHD_Response *prebuilt; /* NULL: one for each request */

static struct MHD_Response *make_response(void)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		sizeof(body) - 1, (void *)(size_t)body, MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return NULL;
	MHD_add_response_header(
		response, "Twilio-Request-Id", "RQ00000000000000000000000000000000");
	peer_add_headers(response);
	return response;
}

static enum MHD_Result on_request(void *closure, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **context)
{
	(void)closure;
	(void)url;
	(void)method;
	(void)version;
	(void)upload;
	static char seen;
	/* An answer to the first call makes the library close the connection. */
	if (*context == NULL) {
		*context = &seen;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		*upload_size = 0;
		return MHD_YES;
	}
	struct MHD_Response *response = prebuilt != NULL ? prebuilt : make_response();
	if (response == NULL)
		return MHD_NO;
	const enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
	if (prebuilt == NULL)
		MHD_destroy_response(response);
	return result;
}

int main(int argc, char *argv[])
{
	if (argc != 2) {
		fputs("usage: bare prebuilt|per-request\n", stderr);
		return 64;
	}
	char origin[PEER_ORIGIN];
	if (strcmp(argv[1], "prebuilt") == 0)
		prebuilt = make_response();
	struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, NULL,
		MHD_OPTION_LISTEN_SOCKET, peer_listen(origin), MHD_OPTION_END);
	return peer_serve(daemon, origin, NULL);
}
