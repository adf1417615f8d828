/* SPDX-License-Identifier: MIT */
/* Clients whose request another thread has: the writer, or the one for errands. Each is suspended
 * until that hands it back. */
#ifndef HTTP_AWAY_H
#define HTTP_AWAY_H

#include "http/connection.h"

/* Has the writer do a request's write. */
void away_write(struct client *client);

/* Has a request served that takes long (SERVE_TAKES_LONG). False: there is no thread for it now. */
bool away_serve(struct client *client);

/* Likewise has the answer made of one that has come back. False also when that does not take long.
 */
bool away_finish(struct client *client);

/* Makes the answer of one that has come back, if it was not made where it was. */
void away_make_answer(struct client *client);

#endif
