/* SPDX-License-Identifier: MIT */
/* A place in the journal: a request, or a time of the account's clock. */
#ifndef CONTROL_PLACE_H
#define CONTROL_PLACE_H

#include "control/control.h"

/*
 * Reads what `name` (a key, or a part of the query) says: the id of a request of the account (NULL:
 * of anybody) that is in the journal, or a time. `ret_sequence` is that of the request, or of the
 * last one before the time; 0: there is none. Error: 400.
 */
struct api_error place_read(struct request *request, const char *account_sid, const char *name,
	const char *text, uint64_t *ret_sequence);

/* What to say of a request that is not there. */
#define PLACE_GONE_HINT                                                                            \
	"the journal has no such request of this account: it keeps the newest (--journal, "        \
	"--journal-bytes), and begins anew with the process and with a reset"

#endif
