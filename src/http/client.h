/* SPDX-License-Identifier: MIT */
/* The way of a client's request through libmicrohttpd's callbacks. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http/connection.h"

/* Callbacks for MHD_start_daemon; their closure is the door. */
void client_on_connection(void *closure, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode code);
void *client_on_request_line(void *closure, const char *target, struct MHD_Connection *connection);
enum MHD_Result client_on_request(void *closure, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **context);
void client_on_completed(void *closure, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode code);

/* To be called when a client that is suspended for long has closed its side: its connection ends;
 * an advance that it waited for goes on. */
void client_left(struct client *client);

/* To be called for one whose time is up, or who is gone: its connection ends. */
void client_give_up(struct client *client);

#endif
