/* SPDX-License-Identifier: MIT */
/* The files of the console (console/), which cmake/embed_console.cmake puts into the program. */
#ifndef CONTROL_CONSOLE_H
#define CONTROL_CONSOLE_H

#include <stddef.h>

/* A NUL follows the bytes. */
struct console_bytes {
	const unsigned char *data;
	size_t length;
};

struct console_file {
	const char *name; /* "vendor/lit-html.js": the path below /console/ */
	const char *content_type;
	const char *hash; /* SHA-256 of the file as it is */
	struct console_bytes raw, gzip;
};

extern const struct console_file console_files[];
extern const size_t console_file_count;

#endif
