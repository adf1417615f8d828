/* SPDX-License-Identifier: MIT */
/* HTTP Basic authentication: which account a request is for. */
#ifndef REQUEST_AUTHENTICATE_H
#define REQUEST_AUTHENTICATE_H

#include "engine/registry.h"
#include "model/error.h"
#include "request/request.h"
#include "util/arena.h"

/*
 * Reads an Authorization header's value (NULL: there was none) and checks it. The texts of
 * `ret_caller` live as long as what `arena` has now, and `kept` until the next call with it.
 * One who is refused has `refused_user` and `refusal` of `ret_caller`, and nothing else of it.
 * Errors: 20003 for no, unreadable or wrong credentials, and for those of an account that has
 * ended.
 */
struct api_error authenticate(struct registry *registry, const char *authorization,
	struct arena *arena, struct kept_credentials *kept, struct caller *ret_caller);

#endif
