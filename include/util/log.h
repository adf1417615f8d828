/* SPDX-License-Identifier: MIT */
/*
 * The log: one line per event on stderr, as text or as JSON. Any thread may log; a line is written
 * by one system call, so lines never mix. What is logged, how and where is set once, before
 * threads.
 *
 * Logging never waits: a line that nobody takes (a full pipe, a full disk) is lost, and counted in
 * a line before the next one that goes through.
 *
 * A line may have fields: `name=value` behind the message of a text line, members of a JSON one.
 * What a thread logs on behalf of a request has the request's id as its last field, `request_id`.
 */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

enum log_format { LOG_TEXT, LOG_JSON };

/* Sets what is logged and how. With LOG_DEBUG requests are among it. Not to be called once threads
 * run. */
void log_configure(enum log_level level, enum log_format format);

/* Has requests logged whatever the level: in a file of their own, which is appended to, or with all
 * else for "-". False, with errno, when the file cannot be opened. After log_configure. */
bool log_open_access(const char *path);

/* True when lines about requests are wanted: ask before making one. */
bool log_access_wanted(void);

/* True when something that comes up again and again is to be logged: at most once in `pause_us`.
 * `again_us` is its memory, 0 at first. Any thread. */
bool log_is_due(atomic_llong *again_us, int64_t pause_us, int64_t now_us);

/* Logs one line. Lines longer than about 2 kB are cut. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for what must be known whatever level was asked for. */
void log_always(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Made by the functions below. */
struct log_field {
	const char *name;
	const char *text;
	int64_t number;
	bool is_number;
	bool is_said; /* by the message: a text line does not repeat it */
};

/* A text, which must live as long as the field. NULL: nothing is known; a text line leaves it out,
 * and in a JSON line it is null. */
static inline struct log_field log_text(const char *name, const char *text)
{
	return (struct log_field){ .name = name, .text = text };
}

static inline struct log_field log_number(const char *name, int64_t number)
{
	return (struct log_field){ .name = name, .number = number, .is_number = true };
}

/* A number of which 0 says that there is none. */
static inline struct log_field log_number_if_any(const char *name, int64_t number)
{
	return number != 0 ? log_number(name, number) : log_text(name, NULL);
}

/* A field that only a JSON line has, since the message says it. */
static inline struct log_field log_said(struct log_field field)
{
	field.is_said = true;
	return field;
}

/* Logs one line with fields. */
void log_fields(
	enum log_level level, const char *message, const struct log_field *fields, size_t count);

/* Logs a request. */
void log_access(const char *message, const struct log_field *fields, size_t count);

/* From now on this thread's lines are on behalf of a request, until log_end_request. The id is
 * copied. NULL: of none. */
void log_begin_request(const char *id);
void log_end_request(void);

#endif
