/* SPDX-License-Identifier: MIT */
#include "http/fault.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "util/log.h"

enum { BLOCK_SIZE = 16 * 1024 };

/* Disconnecting a socket sends a reset. To close it without lingering would come too late: the
 * library sends an end before it closes. */
static void reset(int socket)
{
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	if (connect(socket, &nobody, sizeof(nobody)) != 0)
		log_line(LOG_ERROR, "a connection could not be reset: %s", strerror(errno));
}

bool fault_ends_connection(const struct request *request, int socket)
{
	const struct fault_hit *fault = request->fault;
	if (fault != NULL && fault->then.kind == FAULT_RESET)
		reset(socket);
	return fault != NULL &&
	       (fault->then.kind == FAULT_RESET || fault->then.kind == FAULT_CLOSE);
}

bool fault_ends_afterwards(const struct request *request)
{
	return request->fault != NULL && request->fault->then.kind == FAULT_TRUNCATE;
}

bool fault_breaks_body(const struct request *request, void (*stall)(void *closure), void *closure,
	struct broken_body *ret_body)
{
	const struct fault_hit *fault = request->fault;
	const struct strbuf *body = &request->reply.body;
	*ret_body = (struct broken_body){
		.data = body->data,
		.length = body->length,
		.cut_at = body->length,
		.stalls_at = SIZE_MAX,
		.stall = stall,
		.closure = closure,
	};
	if (fault == NULL || body->length == 0)
		return false;
	if (fault->then.kind == FAULT_STALL)
		ret_body->stalls_at = body->length / 2;
	else if (fault->then.kind == FAULT_TRUNCATE && (size_t)fault->then.truncate < body->length)
		ret_body->cut_at = (size_t)fault->then.truncate;
	else
		return false;
	return true;
}

/* Called by the library for the next piece of the body. */
static ssize_t read_body(void *closure, uint64_t position, char *out, size_t size)
{
	struct broken_body *body = closure;
	if (position == body->stalls_at) {
		body->stalls_at = SIZE_MAX;
		body->stall(body->closure);
		return 0;
	}
	if (position >= body->cut_at)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	const size_t end = body->stalls_at < body->cut_at ? body->stalls_at : body->cut_at;
	const size_t left = end - (size_t)position;
	const size_t piece = left < size ? left : size;
	memcpy(out, body->data + position, piece);
	return (ssize_t)piece;
}

struct MHD_Response *fault_response(struct broken_body *body)
{
	return MHD_create_response_from_callback(body->length, BLOCK_SIZE, read_body, body, NULL);
}
