/* SPDX-License-Identifier: MIT */
#include "util/log.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/clock.h"
#include "util/strbuf.h"

static enum log_level configured_level = LOG_INFO;
static enum log_format configured_format = LOG_TEXT;

static const char *const level_names[] = { "error", "warning", "info", "debug" };

bool log_enabled(enum log_level level)
{
	return level <= configured_level;
}

/* ── where lines go ──────────────────────────────────────────────────────────────────────── */

/* Nobody may read what we write: a write that would wait is given up, and the line is lost. */
static struct {
	pthread_mutex_t mutex;
	int file;	/* stderr, or a way of our own to what it is */
	bool is_socket; /* whose calls can be told not to wait */
	bool may_wait;	/* whose writes wait where there is no room */
	bool torn;	/* the last line went out in part */
	unsigned long long lost;
} sink = { .mutex = PTHREAD_MUTEX_INITIALIZER, .file = STDERR_FILENO };

/* O_NONBLOCK belongs to an open file, and stderr's is shared with whoever started us: so a pipe or
 * a terminal is opened anew. */
static void open_sink(void)
{
	struct stat status;
	if (fstat(STDERR_FILENO, &status) != 0 || S_ISREG(status.st_mode))
		return;
	sink.is_socket = S_ISSOCK(status.st_mode);
	if (sink.is_socket)
		return;
	const int opened =
		open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	sink.may_wait = opened < 0; /* it is another user's */
	if (opened >= 0)
		sink.file = opened;
}

static bool has_room(void)
{
	struct pollfd wanted = { .fd = sink.file, .events = POLLOUT };
	return poll(&wanted, 1, 0) == 1 && (wanted.revents & POLLOUT) != 0;
}

/* Writes a line, or as much of it as goes. False when it is lost. */
static bool put(const struct strbuf *line)
{
	ssize_t written = -1;
	if (sink.is_socket)
		written = send(sink.file, line->data, line->length, MSG_DONTWAIT | MSG_NOSIGNAL);
	else if (!sink.may_wait || has_room())
		written = write(sink.file, line->data, line->length);
	if (written > 0)
		sink.torn = (size_t)written < line->length;
	return written > 0 && !sink.torn;
}

void log_configure(enum log_level level, enum log_format format)
{
	configured_level = level;
	configured_format = format;
	open_sink();
}

/* ── lines ───────────────────────────────────────────────────────────────────────────────── */

static void add_line(struct strbuf *line, const char *level, const char *message)
{
	char time[CLOCK_TEXT_SIZE];
	clock_format(clock_now_ms(), time);
	if (configured_format == LOG_JSON) {
		strbuf_add_format(
			line, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":", time, level);
		strbuf_add_json_string(line, message);
		strbuf_add_text(line, "}\n");
	} else {
		strbuf_add_format(line, "%s %s %s\n", time, level, message);
	}
}

/* Says how many lines were lost, if any were. False when that is lost, too. */
static bool put_loss(void)
{
	if (sink.lost == 0)
		return true;
	char message[80];
	struct strbuf line;
	snprintf(message, sizeof(message), "%llu lines of the log could not be written", sink.lost);
	strbuf_init(&line, PIPE_BUF);
	if (sink.torn)
		strbuf_add_char(&line, '\n');
	add_line(&line, level_names[LOG_WARNING], message);
	const bool told = !line.failed && put(&line);
	if (told)
		sink.lost = 0;
	strbuf_done(&line);
	return told;
}

static void write_line(const char *level, const char *format, va_list arguments)
{
	char message[2048];
	vsnprintf(message, sizeof(message), format, arguments);
	struct strbuf line;
	strbuf_init(&line, PIPE_BUF); /* what a pipe takes as a whole or not at all */
	add_line(&line, level, message);
	while (line.failed && strlen(message) > 1) { /* escapes made it too long */
		message[strlen(message) / 2] = '\0';
		strbuf_reset(&line);
		add_line(&line, level, message);
	}
	pthread_mutex_lock(&sink.mutex);
	if (line.failed || !put_loss() || !put(&line))
		sink.lost++;
	pthread_mutex_unlock(&sink.mutex);
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
