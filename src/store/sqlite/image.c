/* SPDX-License-Identifier: MIT */
#include "store/sqlite/image.h"

#include <string.h>
#include <unistd.h>

enum {
	SECTOR = 512, /* the least that a disk writes */
	PIECE = 16 * 1024,
	/* Offsets from "The Database Header" of SQLite's file format. */
	WRITE_VERSION = 18,
	READ_VERSION = 19,
	VERSION_WITH_LOG = 2
};

static size_t smaller(size_t one, size_t other)
{
	return one < other ? one : other;
}

/* Puts together what begins at a place; gives how much it is. */
static size_t make_piece(size_t from, bool has_log, unsigned char piece[PIECE])
{
	const size_t until = smaller(from + PIECE, image_size);
	const unsigned char *bytes = image_bytes;
	memset(piece, 0, PIECE);
	for (size_t i = 0; i < image_run_count; i++) {
		const size_t start = image_runs[i].offset;
		const size_t end = start + image_runs[i].length;
		const size_t first = start > from ? start : from;
		if (first < smaller(end, until))
			memcpy(piece + first - from, bytes + first - start,
				smaller(end, until) - first);
		bytes += image_runs[i].length;
	}
	if (has_log && from == 0)
		piece[WRITE_VERSION] = piece[READ_VERSION] = VERSION_WITH_LOG;
	return until - from;
}

int image_write(sqlite3 *handle, bool has_log)
{
	unsigned char piece[PIECE];
	sqlite3_file *file = NULL;
	int result = sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	for (size_t at = 0; at < image_size && result == SQLITE_OK; at += PIECE) {
		const size_t length = make_piece(at, has_log, piece);
		result = file->pMethods->xWrite(file, piece, (int)length, (sqlite3_int64)at);
	}
	return result;
}

enum image_share image_look(int file, off_t size)
{
	unsigned char piece[PIECE], found[PIECE];
	bool is_part = size <= (off_t)image_size && size % SECTOR == 0;
	bool is_whole = size == (off_t)image_size;
	for (off_t at = 0; at < size && is_part; at += PIECE) {
		make_piece((size_t)at, true, piece);
		const ssize_t length = pread(file, found, PIECE, at);
		is_part = length == (ssize_t)smaller(PIECE, (size_t)(size - at));
		for (ssize_t i = 0; i < length && is_part; i++) {
			is_whole = is_whole && found[i] == piece[i];
			is_part = found[i] == 0 || found[i] == piece[i];
		}
	}
	if (!is_part)
		return IMAGE_AND_MORE;
	return is_whole ? IMAGE_ALONE : IMAGE_IN_PART;
}
