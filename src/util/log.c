/* SPDX-License-Identifier: MIT */
#include "util/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/strbuf.h"

static enum log_level configured_level = LOG_INFO;
static enum log_format configured_format = LOG_TEXT;

static const char *const level_names[] = { "error", "warning", "info", "debug" };

void log_configure(enum log_level level, enum log_format format)
{
	configured_level = level;
	configured_format = format;
}

bool log_enabled(enum log_level level)
{
	return level <= configured_level;
}

static void write_line(const char *level, const char *format, va_list arguments)
{
	char message[2048];
	vsnprintf(message, sizeof(message), format, arguments);

	char time[CLOCK_TEXT_SIZE];
	clock_format(clock_now_ms(), time);
	struct strbuf line;
	strbuf_init(&line, 32 * 1024);
	if (configured_format == LOG_JSON) {
		strbuf_add_format(
			&line, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":", time, level);
		strbuf_add_json_string(&line, message);
		strbuf_add_text(&line, "}\n");
	} else {
		strbuf_add_format(&line, "%s %s %s\n", time, level, message);
	}
	/* A log that cannot be written has nowhere to complain. */
	if (write(STDERR_FILENO, line.data, line.length) < 0)
		clearerr(stderr);
	strbuf_done(&line);
}

void log_line(enum log_level level, const char *format, ...)
{
	if (!log_enabled(level))
		return;
	va_list arguments;
	va_start(arguments, format);
	write_line(level_names[level], format, arguments);
	va_end(arguments);
}

void log_always(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	write_line(level_names[LOG_INFO], format, arguments);
	va_end(arguments);
}
