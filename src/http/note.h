/* SPDX-License-Identifier: MIT */
/* What is noted of a request once its answer is known: in the access log, metrics and the journal.
 */
#ifndef HTTP_NOTE_H
#define HTTP_NOTE_H

#include "http/connection.h"

/* Notes an answer that is about to be sent, or whose client has gone: whoever has an answer finds
 * all of this. Once for each request. Gives how long it took, in microseconds. */
int64_t note_answer(struct client *client);

#endif
