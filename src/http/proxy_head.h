/* SPDX-License-Identifier: MIT */
/* What a client asks a proxy for: the first line of its head, as text. Knows no socket. */
#ifndef HTTP_PROXY_HEAD_H
#define HTTP_PROXY_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "util/host.h"

enum proxy_wish {
	PROXY_NONSENSE,	  /* no request to a proxy */
	PROXY_TLS,	  /* a way to Super SIM, for TLS */
	PROXY_PLAIN,	  /* a request to Super SIM, not encrypted */
	PROXY_OTHER,	  /* a way to another host */
	PROXY_OTHER_PLAIN /* a request to another host, not encrypted */
};

struct proxy_head {
	enum proxy_wish wish;
	char host[HOST_MAXIMUM + 1]; /* without brackets; "" when there is none */
	char port[6];
};

/* Reads a complete head, "" after it. */
void proxy_head_read(const char *head, struct proxy_head *ret_head);

/* True for supersim.twilio.com, and for it by way of an edge, or an edge and a region. */
bool proxy_is_super_sim(const char *host);

#endif
