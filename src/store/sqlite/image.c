/* SPDX-License-Identifier: MIT */
#include "store/sqlite/image.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SECTOR = 512,	   /* the least that a disk writes */
	PIECE = 64 * 1024, /* the largest page: SQLite's files take no more at once */
	/* Offsets from "The Database Header" of SQLite's file format, and what they say of a log.
	 */
	WRITE_VERSION = 18,
	READ_VERSION = 19,
	VERSION_WITH_LOG = 2
};

/* NULL: there is no memory. The caller frees it. */
static unsigned char *unpack(bool has_log)
{
	unsigned char *image = calloc(1, image_size);
	if (image == NULL)
		return NULL;
	const unsigned char *bytes = image_bytes;
	for (size_t i = 0; i < image_run_count; i++) {
		memcpy(image + image_runs[i].offset, bytes, image_runs[i].length);
		bytes += image_runs[i].length;
	}
	if (has_log)
		image[WRITE_VERSION] = image[READ_VERSION] = VERSION_WITH_LOG;
	return image;
}

int image_write(sqlite3 *handle, bool has_log)
{
	sqlite3_file *file = NULL;
	int result = sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (result != SQLITE_OK)
		return result;
	unsigned char *image = unpack(has_log);
	if (image == NULL)
		return SQLITE_NOMEM;
	for (size_t at = 0; at < image_size && result == SQLITE_OK; at += PIECE) {
		const size_t length = image_size - at < PIECE ? image_size - at : PIECE;
		result = file->pMethods->xWrite(file, image + at, (int)length, (sqlite3_int64)at);
	}
	free(image);
	return result;
}

bool image_is_all(int file, off_t size)
{
	if (size > (off_t)image_size || size % SECTOR != 0)
		return false;
	unsigned char *image = unpack(true);
	unsigned char *found = malloc(image_size);
	bool same = image != NULL && found != NULL &&
		    pread(file, found, (size_t)size, 0) == (ssize_t)size;
	for (off_t i = 0; same && i < size; i++)
		same = found[i] == 0 || found[i] == image[i];
	free(found);
	free(image);
	return same;
}
