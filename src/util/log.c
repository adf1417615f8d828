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
#include "util/utf8.h"

enum { MESSAGE_MAXIMUM = 2048, TEXT_MINIMUM = 16, ID_SIZE = 40 };

/* A pipe takes PIPE_BUF bytes as a whole or not at all. A line is made without any memory, whose
 * want it may have to tell of. */
enum { LINE_SIZE = PIPE_BUF + 1 };

static enum log_level configured_level = LOG_INFO;
static enum log_format configured_format = LOG_TEXT;
static _Thread_local char request_id[ID_SIZE]; /* empty: of no request */

static const char *const level_names[] = { "error", "warning", "info", "debug" };

static bool log_enabled(enum log_level level)
{
	return level <= configured_level;
}

/* ── where lines go ──────────────────────────────────────────────────────────────────────── */

/* Nobody may read what we write: a write that would wait is given up, and the line is lost. */
struct sink {
	pthread_mutex_t mutex;
	int file;	/* stderr, or a way of our own to what it is; or the access log */
	bool is_socket; /* whose calls can be told not to wait */
	bool may_wait;	/* whose writes wait where there is no room */
	bool torn;	/* the last line went out in part */
	unsigned long long lost;
};

static struct sink standard = { .mutex = PTHREAD_MUTEX_INITIALIZER, .file = STDERR_FILENO };
static struct sink access_file = { .mutex = PTHREAD_MUTEX_INITIALIZER, .file = -1 };
static struct sink *access_sink; /* where requests are logged; NULL: nowhere */

/* O_NONBLOCK belongs to an open file, and stderr's is shared with whoever started us: so a pipe or
 * a terminal is opened anew. */
static void open_standard(void)
{
	struct stat status;
	if (fstat(STDERR_FILENO, &status) != 0 || S_ISREG(status.st_mode))
		return;
	standard.is_socket = S_ISSOCK(status.st_mode);
	if (standard.is_socket)
		return;
	const int opened =
		open("/proc/self/fd/2", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	standard.may_wait = opened < 0; /* it is another user's */
	if (opened >= 0)
		standard.file = opened;
}

static bool has_room(const struct sink *sink)
{
	struct pollfd wanted = { .fd = sink->file, .events = POLLOUT };
	return poll(&wanted, 1, 0) == 1 && (wanted.revents & POLLOUT) != 0;
}

/* Writes a line, or as much of it as goes. False when it is lost. */
static bool put(struct sink *sink, const struct strbuf *line)
{
	ssize_t written = -1;
	if (sink->is_socket)
		written = send(sink->file, line->data, line->length, MSG_DONTWAIT | MSG_NOSIGNAL);
	else if (!sink->may_wait || has_room(sink))
		written = write(sink->file, line->data, line->length);
	if (written > 0)
		sink->torn = (size_t)written < line->length;
	return written > 0 && !sink->torn;
}

void log_configure(enum log_level level, enum log_format format)
{
	configured_level = level;
	configured_format = format;
	access_sink = level >= LOG_DEBUG ? &standard : NULL;
	open_standard();
}

bool log_open_access(const char *path)
{
	if (strcmp(path, "-") == 0) {
		access_sink = &standard;
		return true;
	}
	access_file.file =
		open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
	access_sink = &access_file;
	return access_file.file >= 0;
}

bool log_access_wanted(void)
{
	return access_sink != NULL;
}

bool log_is_due(atomic_llong *again_us, int64_t pause_us, int64_t now_us)
{
	long long expected_us = atomic_load(again_us);
	return now_us >= expected_us &&
	       atomic_compare_exchange_strong(again_us, &expected_us, now_us + pause_us);
}

void log_begin_request(const char *id)
{
	if (id == NULL || memccpy(request_id, id, '\0', sizeof(request_id)) == NULL)
		request_id[0] = '\0';
}

void log_end_request(void)
{
	request_id[0] = '\0';
}

/* ── lines ───────────────────────────────────────────────────────────────────────────────── */

struct entry {
	const char *level, *message, *request_id; /* empty: of no request */
	const struct log_field *fields;
	size_t count;
};

/* A text of at most `maximum` bytes: as it is, or cut into `piece`. */
static const char *cut(const char *text, size_t maximum, char piece[MESSAGE_MAXIMUM + 4])
{
	if (strlen(text) <= maximum)
		return text;
	const size_t length = utf8_prefix(text, maximum);
	memcpy(piece, text, length);
	strcpy(piece + length, "…");
	return piece;
}

/* Nobody may begin a line of his own, or command a terminal. */
static void add_plain(struct strbuf *line, const char *text)
{
	while (*text != '\0') {
		const size_t length = utf8_printable_length(text);
		if (length > 0)
			strbuf_add(line, text, length);
		else
			strbuf_add_char(line, '?');
		text += length > 0 ? length : 1;
	}
}

/* As a JSON string, which has C1's controls as they are: terminals take them for commands, too. */
static void add_quoted(struct strbuf *line, const char *text)
{
	const size_t start = line->length;
	strbuf_add_json_string(line, text);
	for (size_t i = start; i < line->length; i++) {
		const size_t length = utf8_sequence_length(line->data + i);
		if (length > 1 && utf8_printable_length(line->data + i) == 0)
			memset(line->data + i, '?', length);
	}
}

static bool needs_quotes(const char *text)
{
	while (*text != '\0') {
		const size_t length = utf8_printable_length(text);
		if (length == 0 || strchr(" \"=\\", *text) != NULL)
			return true;
		text += length;
	}
	return false;
}

static void add_text_field(struct strbuf *line, const struct log_field *field, const char *text)
{
	if (field->is_said || (text == NULL && !field->is_number))
		return;
	strbuf_add_format(line, " %s=", field->name);
	if (field->is_number)
		strbuf_add_integer(line, field->number);
	else if (needs_quotes(text))
		add_quoted(line, text);
	else
		strbuf_add_text(line, text);
}

static void add_json_field(struct strbuf *line, const struct log_field *field, const char *text)
{
	strbuf_add_format(line, ",\"%s\":", field->name);
	if (field->is_number)
		strbuf_add_integer(line, field->number);
	else if (text != NULL)
		add_quoted(line, text);
	else
		strbuf_add_text(line, "null");
}

static void add_field(struct strbuf *line, const struct log_field *field, size_t maximum)
{
	char piece[MESSAGE_MAXIMUM + 4];
	const char *text = field->text != NULL ? cut(field->text, maximum, piece) : NULL;
	if (configured_format == LOG_JSON)
		add_json_field(line, field, text);
	else
		add_text_field(line, field, text);
}

/* No text of it has more than `maximum` bytes. */
static void add_line(struct strbuf *line, const struct entry *entry, size_t maximum)
{
	char time[CLOCK_TEXT_SIZE], piece[MESSAGE_MAXIMUM + 4];
	const char *message = cut(entry->message, maximum, piece);
	const struct log_field request = log_text("request_id", entry->request_id);
	clock_format(clock_now_ms(), time);
	if (configured_format == LOG_JSON) {
		strbuf_add_format(
			line, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":", time, entry->level);
		add_quoted(line, message);
	} else {
		strbuf_add_format(line, "%s %s ", time, entry->level);
		add_plain(line, message);
	}
	for (size_t i = 0; i < entry->count; i++)
		add_field(line, &entry->fields[i], maximum);
	if (entry->request_id[0] != '\0')
		add_field(line, &request, ID_SIZE);
	strbuf_add_text(line, configured_format == LOG_JSON ? "}\n" : "\n");
}

/* Says how many lines were lost, if any were. False when that is lost, too. */
static bool put_loss(struct sink *sink)
{
	if (sink->lost == 0)
		return true;
	char message[80], bytes[LINE_SIZE];
	struct strbuf line;
	snprintf(
		message, sizeof(message), "%llu lines of the log could not be written", sink->lost);
	const struct entry entry = {
		.level = level_names[LOG_WARNING], .message = message, .request_id = ""
	};
	strbuf_init_borrowed(&line, bytes, sizeof(bytes));
	if (sink->torn)
		strbuf_add_char(&line, '\n');
	add_line(&line, &entry, MESSAGE_MAXIMUM);
	const bool told = !line.failed && put(sink, &line);
	if (told)
		sink->lost = 0;
	return told;
}

static void write_entry(struct sink *sink, const struct entry *entry)
{
	char bytes[LINE_SIZE];
	struct strbuf line;
	strbuf_init_borrowed(&line, bytes, sizeof(bytes));
	size_t maximum = MESSAGE_MAXIMUM;
	add_line(&line, entry, maximum);
	while (line.limit_met && maximum > TEXT_MINIMUM) { /* escapes or fields made it too long */
		maximum /= 2;
		strbuf_reset(&line);
		add_line(&line, entry, maximum);
	}
	pthread_mutex_lock(&sink->mutex);
	if (line.failed || !put_loss(sink) || !put(sink, &line))
		sink->lost++;
	pthread_mutex_unlock(&sink->mutex);
}

static void write_formatted(const char *level, const char *format, va_list arguments)
{
	char message[MESSAGE_MAXIMUM];
	vsnprintf(message, sizeof(message), format, arguments);
	const struct entry entry = { .level = level, .message = message, .request_id = request_id };
	write_entry(&standard, &entry);
}

void log_line(enum log_level level, const char *format, ...)
{
	if (!log_enabled(level))
		return;
	va_list arguments;
	va_start(arguments, format);
	write_formatted(level_names[level], format, arguments);
	va_end(arguments);
}

void log_always(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	write_formatted(level_names[LOG_INFO], format, arguments);
	va_end(arguments);
}

void log_fields(
	enum log_level level, const char *message, const struct log_field *fields, size_t count)
{
	const struct entry entry = { level_names[level], message, request_id, fields, count };
	if (log_enabled(level))
		write_entry(&standard, &entry);
}

void log_access(const char *message, const struct log_field *fields, size_t count)
{
	const struct entry entry = { level_names[LOG_INFO], message, request_id, fields, count };
	if (access_sink != NULL)
		write_entry(access_sink, &entry);
}
