/* SPDX-License-Identifier: MIT */
/* Comparing what somebody claims to know. */
#ifndef UTIL_SECRET_H
#define UTIL_SECRET_H

#include <stdbool.h>

/* True when the texts are equal. Takes as long for a wrong secret as for the right one of the same
 * length, wherever they differ. */
bool secret_matches(const char *expected, const char *given);

#endif
