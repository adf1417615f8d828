/* SPDX-License-Identifier: MIT */
#include "util/failure.h"

#include <stdarg.h>
#include <stdio.h>

bool failure_set(struct failure *failure, int exit_code, const char *format, ...)
{
	failure->exit_code = exit_code;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(failure->message, sizeof(failure->message), format, arguments);
	va_end(arguments);
	return false;
}
