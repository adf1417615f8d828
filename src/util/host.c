/* SPDX-License-Identifier: MIT */
#include "util/host.h"

#include <string.h>

bool host_of(const char *authority, char *ret_host, size_t size)
{
	const bool bracketed = authority[0] == '[';
	const char *start = authority + bracketed;
	const size_t length = strcspn(start, bracketed ? "]" : ":/");
	const bool good = length > 0 && length < size;
	if (good)
		memcpy(ret_host, start, length);
	ret_host[good ? length : 0] = '\0';
	return good;
}
