/* SPDX-License-Identifier: MIT */
/*
 * What a new database begins with: the bytes of one that all migrations were applied to. They are
 * made at build, by cmake/make_image.c. To make the tables at the start would take two milliseconds
 * more, and wait for the disk twice as often.
 *
 * A file's first sector says what it is. It is written when all else is on the disk, and a disk
 * writes a sector or does not. So a start that is interrupted leaves a whole database, or a part of
 * the image behind a sector of zeros.
 */
#ifndef STORE_SQLITE_IMAGE_H
#define STORE_SQLITE_IMAGE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

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

/* Whether a file is what an interrupted image_write left. */
bool image_was_begun(int file);

#endif
