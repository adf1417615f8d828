/* SPDX-License-Identifier: MIT */
/*
 * What a new database begins with: the bytes of one that all migrations were applied to. They are
 * made at build, by cmake/make_image.c. To make the tables at the start would take two milliseconds
 * more.
 *
 * Nobody waits for the disk when they are written. The first transaction does, before it begins:
 * see session_begin. So without a log a file may be any part of the image, and zeros where the disk
 * has not got the rest; it is made anew then. A file that has a row of somebody's is no such part.
 */
#ifndef STORE_SQLITE_IMAGE_H
#define STORE_SQLITE_IMAGE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Most of the image is zeros. What is not stands here, run after run. */
struct image_run {
	size_t offset, length;
};

extern const unsigned char image_bytes[]; /* of all runs */
extern const struct image_run image_runs[];
extern const size_t image_run_count;
extern const size_t image_size;

/* Writes the image as the database of a handle that has none. A file's header says that it has a
 * log, which memory has not. Gives what SQLite's files give. */
int image_write(sqlite3 *handle, bool has_log);

enum image_share { IMAGE_AND_MORE, IMAGE_IN_PART, IMAGE_ALONE };

/* Whether a file of that size has just what image_write writes into one with a log, or a part of
 * that, or anything else, too. */
enum image_share image_look(int file, off_t size);

#endif
