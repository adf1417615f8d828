/* SPDX-License-Identifier: MIT */
/* Where a worker lets connections in: for plain HTTP, for TLS, for clients of the proxy. */
#ifndef HTTP_DOOR_H
#define HTTP_DOOR_H

#include <microhttpd.h>
#include <stdbool.h>

#include "http/listen.h"

struct door {
	struct worker *worker;
	enum door_kind kind;
	int listen_socket;	   /* -1: nobody comes in from outside */
	const char *url;	   /* what URLs begin with when a request has no usable Host */
	struct MHD_Daemon *daemon; /* serves who came in; NULL: nobody does */
};

#endif
