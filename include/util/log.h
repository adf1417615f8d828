/* SPDX-License-Identifier: MIT */
/*
 * The log: one line per event on stderr, as text or as JSON. Any thread may log; a line is written
 * by one system call, so lines never mix. The level and the format are set once, before threads.
 *
 * Logging never waits: a line that nobody takes (a full pipe, a full disk) is lost, and counted in
 * a line before the next one that goes through.
 */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

enum log_format { LOG_TEXT, LOG_JSON };

/* Sets what is logged and how. Not to be called once threads run. */
void log_configure(enum log_level level, enum log_format format);

/* True when lines of this level are wanted: ask before making an expensive one. */
bool log_enabled(enum log_level level);

/* Logs one line. Lines longer than about 2 kB are cut. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for what must be known whatever level was asked for. */
void log_always(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
