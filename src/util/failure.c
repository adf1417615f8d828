/* SPDX-License-Identifier: MIT */
#include "util/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "util/utf8.h"

/* What was given may hold line breaks, or commands of terminals. */
static void make_printable(char *text)
{
	while (*text != '\0') {
		const size_t length = utf8_printable_length(text);
		if (length == 0)
			*text = '?';
		text += length > 0 ? length : 1;
	}
}

bool failure_set(struct failure *failure, int exit_code, const char *format, ...)
{
	failure->exit_code = exit_code;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(failure->message, sizeof(failure->message), format, arguments);
	va_end(arguments);
	make_printable(failure->message);
	return false;
}

/* A long name is cut, not the reason. */
bool failure_name(struct failure *failure, const char *name)
{
	char *message = failure->message;
	const size_t kept = strlen(message) + 1;
	const size_t room = sizeof(failure->message) - kept;
	const size_t wanted = strlen(name) + 2;
	const size_t length = wanted < room ? wanted : room;
	if (length < 2)
		return false;
	memmove(message + length, message, kept);
	memcpy(message, name, length - 2);
	memcpy(message + length - 2, ": ", 2);
	return false;
}
