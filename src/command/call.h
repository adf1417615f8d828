/* SPDX-License-Identifier: MIT */
/*
 * Calls to a server that runs: what commands say and ask.
 *
 * By libcurl, which the program needs anyhow: a call costs less than a millisecond, since nothing
 * of TLS is prepared before it is needed.
 */
#ifndef COMMAND_CALL_H
#define COMMAND_CALL_H

#include "options.h"
#include "util/strbuf.h"

struct call {
	const char *method;	   /* "GET", "POST" or "PUT" */
	const char *path;	   /* begins with a slash */
	const char *user;	   /* "SID:token"; NULL: none */
	const char *bearer;	   /* the admin token; NULL: none */
	const struct strbuf *body; /* JSON; NULL: none */
	int64_t timeout_ms;	   /* 0: it may take as long as it takes */
};

enum { CALL_URL_SIZE = 320, CALL_REASON_SIZE = 256 };

/*
 * Where the server is that the options mean: --url, or the port in --port-file, or --listen. Who
 * listens everywhere is called at this machine. False with the reason: not (yet) to be told.
 */
bool call_find_server(const struct config *config, char ret_url[CALL_URL_SIZE],
	char ret_reason[CALL_REASON_SIZE]);

/* Makes a call. Gives the answer's status, and adds its body to `answer`; 0 with the reason when
 * there was none. The server's certificate is not looked at: it is this machine's own. */
long call_make(const char *url, const struct call *call, struct strbuf *answer,
	char ret_reason[CALL_REASON_SIZE]);

#endif
