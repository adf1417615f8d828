/* SPDX-License-Identifier: MIT */
/*
 * Loading a state into an account: in pieces, so that it keeps nobody else's writes waiting, and
 * yet as a whole. It goes into a draft (engine/account.h), which the last piece gives to the
 * account.
 */
#ifndef CONTROL_LOADING_H
#define CONTROL_LOADING_H

#include "request/request.h"

/* One piece: puts more of a seed's part (NULL: all of it) into the account's draft, which it begins
 * with the first. `request->unfinished` says that there is more. Errors: those of the document; 409
 * for an API key that is another account's; with the last piece, those of credentials that no
 * longer open the account. */
struct api_error control_load(struct request *request, struct context *context,
	const char *account_sid, const struct seed *seed, const char *part);

/* What is left to do in the piece that gave `request->draft` to its account, which the context has
 * entered: its token and keys. The registry does not know of them. */
struct api_error control_load_end(struct request *request, struct context *context);

#endif
