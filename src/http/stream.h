/* SPDX-License-Identifier: MIT */
/*
 * Answers that are streams of events (Server-Sent Events). A client is suspended while there is
 * nothing for it; one that reads nothing, or too slowly, is cut off.
 */
#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H

#include "http/connection.h"

/* Prepares a worker for them. */
void streams_init(struct worker *worker);

/* Opens a stream of what the client's request listens to: the response that it is to be answered
 * with, which owns the stream. NULL when there are as many as may be, or no memory. */
struct MHD_Response *stream_open(struct client *client);

/* Lets those go on for whom there is something; when the server stops, ends all. To be called in
 * each turn of the worker's loop. */
void streams_look(struct worker *worker, int64_t now_us);

/* Lets a stream end when it is next asked for more. */
void stream_end(struct stream *stream);

#endif
