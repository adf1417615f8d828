/* SPDX-License-Identifier: MIT */
/* Files that are read as a whole when the program starts. */
#ifndef UTIL_FILE_H
#define UTIL_FILE_H

#include <stdbool.h>

#include "util/strbuf.h"

/*
 * Adds all that a file holds to `out`, whose limit is the file's. What comes through a pipe is
 * waited for while somebody may write it; a FIFO that nobody writes to is refused, instead of being
 * waited for. False with the reason, for people: static, or until the next call of strerror.
 */
bool file_read(const char *path, struct strbuf *out, const char **ret_reason);

#endif
