/* SPDX-License-Identifier: MIT */
#include "store/sqlite/image.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SECTOR = 512,
	PIECE = 64 * 1024, /* the largest page: SQLite's files take no more at once */
	/* Offsets from "The Database Header" of SQLite's file format, and what they say of a log.
	 */
	WRITE_VERSION = 18,
	READ_VERSION = 19,
	VERSION_WITH_LOG = 2
};

/* NULL: there is no memory. The caller frees it. */
static unsigned char *unpack(void)
{
	unsigned char *image = calloc(1, image_size);
	if (image == NULL)
		return NULL;
	const unsigned char *bytes = image_bytes;
	for (size_t i = 0; i < image_run_count; i++) {
		memcpy(image + image_runs[i].offset, bytes, image_runs[i].length);
		bytes += image_runs[i].length;
	}
	return image;
}

/* Writes what is between two places, and waits for the disk. */
static int write_part(sqlite3_file *file, const unsigned char *image, size_t from, size_t until)
{
	int result = SQLITE_OK;
	for (size_t at = from; at < until && result == SQLITE_OK; at += PIECE) {
		const size_t length = until - at < PIECE ? until - at : PIECE;
		result = file->pMethods->xWrite(file, image + at, (int)length, (sqlite3_int64)at);
	}
	return result != SQLITE_OK ? result : file->pMethods->xSync(file, SQLITE_SYNC_DATAONLY);
}

int image_write(sqlite3 *handle, bool has_log)
{
	sqlite3_file *file = NULL;
	int result = sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (result != SQLITE_OK)
		return result;
	unsigned char *image = unpack();
	if (image == NULL)
		return SQLITE_NOMEM;
	if (has_log)
		image[WRITE_VERSION] = image[READ_VERSION] = VERSION_WITH_LOG;
	result = write_part(file, image, SECTOR, image_size);
	if (result == SQLITE_OK)
		result = write_part(file, image, 0, SECTOR);
	free(image);
	return result;
}

/* Whether all that was found is the image's, but for what is zero. */
static bool is_part(const unsigned char *found, size_t size)
{
	unsigned char *image = unpack();
	bool same = image != NULL;
	for (size_t i = 0; same && i < size; i++)
		same = found[i] == 0 || (i >= SECTOR && found[i] == image[i]);
	free(image);
	return same;
}

bool image_was_begun(int file)
{
	unsigned char start = 1;
	if (pread(file, &start, 1, 0) != 1 || start != 0)
		return false;
	unsigned char *found = malloc(image_size + 1);
	const ssize_t size = found == NULL ? -1 : pread(file, found, image_size + 1, 0);
	const bool begun = size > 0 && (size_t)size <= image_size && is_part(found, (size_t)size);
	free(found);
	return begun;
}
