/* SPDX-License-Identifier: MIT */
/*
 * Run at build: writes OUTPUT, a C file that holds what a new database begins with (see
 * src/store/sqlite/image.h). That is what all migrations make, packed by VACUUM: no page is free.
 *
 *   make_image OUTPUT
 */
#include <stdio.h>
#include <stdlib.h>

#include "store/sqlite/internal.h"

enum {
	GAP = 16,	 /* so many zeros end a run: each run has a row of its own */
	LINE_LENGTH = 16 /* bytes */
};

static void end(const char *what, const char *why)
{
	fprintf(stderr, "make_image: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

/* A database as the program's own code makes one. When is not said: every build makes the same. */
static unsigned char *make_database(size_t *ret_size)
{
	sqlite3 *handle = NULL;
	struct failure failure = { 0 };
	sqlite3_int64 size;
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI;
	if (sqlite3_open_v2("file:/image?vfs=memdb", &handle, flags, NULL) != SQLITE_OK)
		end("opening", sqlite3_errmsg(handle));
	if (!migrate(handle, &failure))
		end("migrating", failure.message);
	if (sqlite3_exec(handle, "UPDATE migrations SET applied_ms = 0; VACUUM", NULL, NULL,
		    NULL) != SQLITE_OK)
		end("packing", sqlite3_errmsg(handle));
	unsigned char *bytes = sqlite3_serialize(handle, "main", &size, 0);
	if (bytes == NULL)
		end("packing", "out of memory");
	sqlite3_close(handle);
	*ret_size = (size_t)size;
	return bytes;
}

/* Where the next run begins, from a place on. */
static size_t find_start(const unsigned char *bytes, size_t size, size_t place)
{
	while (place < size && bytes[place] == 0)
		place++;
	return place;
}

/* Where the run that begins there ends. */
static size_t find_end(const unsigned char *bytes, size_t size, size_t start)
{
	size_t end_of_run = start;
	for (size_t place = start; place < size && place - end_of_run < GAP; place++) {
		if (bytes[place] != 0)
			end_of_run = place + 1;
	}
	return end_of_run;
}

static void print_run(FILE *output, const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		fprintf(output, "%d,%s", bytes[i], (i + 1) % LINE_LENGTH == 0 ? "\n" : "");
	fputc('\n', output);
}

static void print_image(FILE *output, const unsigned char *bytes, size_t size)
{
	fputs("#include \"store/sqlite/image.h\"\n\nconst unsigned char image_bytes[] = {\n",
		output);
	for (size_t start = find_start(bytes, size, 0), stop; start < size;
		start = find_start(bytes, size, stop)) {
		stop = find_end(bytes, size, start);
		print_run(output, bytes + start, stop - start);
	}
	fputs("};\n\nconst struct image_run image_runs[] = {\n", output);
	for (size_t start = find_start(bytes, size, 0), stop; start < size;
		start = find_start(bytes, size, stop)) {
		stop = find_end(bytes, size, start);
		fprintf(output, "{ %zu, %zu },\n", start, stop - start);
	}
	fprintf(output,
		"};\n\nconst size_t image_run_count = sizeof(image_runs) / sizeof(image_runs[0]);\n"
		"const size_t image_size = %zu;\n",
		size);
}

int main(int count, char **arguments)
{
	size_t size;
	FILE *output = count == 2 ? fopen(arguments[1], "w") : NULL;
	if (output == NULL)
		end("usage", "make_image OUTPUT");
	unsigned char *bytes = make_database(&size);
	print_image(output, bytes, size);
	sqlite3_free(bytes);
	if (ferror(output) != 0 || fclose(output) != 0)
		end(arguments[1], "cannot be written");
	return EXIT_SUCCESS;
}
