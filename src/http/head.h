/* SPDX-License-Identifier: MIT */
/* The head of a request, as the rules of HTTP judge it (RFC 9112): what it asks for, from which
 * host, and whether another server on the way could understand it otherwise. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/error.h"
#include "util/arena.h"

/* What the library has for the heads of a request and its answer. It clears most of it for each
 * request. */
enum { HEADS_MEMORY = 20 * 1024 };

/* What decides how a request is to be understood. Texts are the request's. */
struct head {
	const char *scheme;
	const char *authority;	   /* of a target that is a whole URL; or NULL */
	const char *host, *length; /* headers' values, or NULL */
	size_t size;		   /* as the library counts */
	bool chunked;
	bool is_bad; /* headers that contradict each other, or are none */
};

/* Begins a head with its request line. Answers path and query of the target, in `arena`. Clients of
 * a proxy, which they take us for, send a whole URL: then the host in it counts, whatever the Host
 * header says (RFC 9112, 3.2.2). NULL without memory. */
char *head_take_target(struct head *head, struct arena *arena, const char *target);

/* Looks for what another server on the way could understand otherwise than we do: RFC 9112 has it
 * refused, and the library does not. And for a head that leaves no room for the answer's, which the
 * library would swallow. */
enum error_case head_judge(
	struct head *head, struct MHD_Connection *connection, const char *version);

/* The host that is asked for, or NULL. */
static inline const char *head_host(const struct head *head)
{
	return head->authority != NULL ? head->authority : head->host;
}

#endif
