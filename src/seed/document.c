/* SPDX-License-Identifier: MIT */
#include "seed/document.h"

bool seed_wrong(struct failure *failure, const char *place, const char *key, const char *why)
{
	return failure_set(failure, EX_DATAERR, "%s%s%s: %s", place, key[0] ? "." : "", key, why);
}
