/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into supersimd, records what it does to the files of its database: $FAULT_DATABASE is
 * the database's path, as the system shows it; the files beside it whose names begin with it are
 * recorded, too. The record grows at $FAULT_RECORD. tests/fault/test_power_cuts.py builds from it
 * what a power cut at any of its moments could have left behind.
 *
 * A write is recorded before it is done, a flush after: whoever was answered finds in the record
 * all that his answer rests on. Not recorded: the -shm file, which is mapped, and made anew by the
 * next start.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum operation { OPERATION_WRITE = 1, OPERATION_TRUNCATE, OPERATION_FLUSH, OPERATION_UNLINK };

/* Followed by the file's name and the bytes written. */
struct entry {
	uint32_t operation;
	uint32_t name_length;
	int64_t place; /* of a write; or the new size */
	uint64_t length;
};

static int record = -1;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);
	if (function == NULL)
		abort();
	return function;
}

__attribute__((constructor)) static void open_record(void)
{
	const char *path = getenv("FAULT_RECORD");
	if (path != NULL)
		record = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* What a file is called in the record; "" is the folder, whose flush makes names durable. NULL: the
 * file is not of the database. */
static const char *name_of(const char *path)
{
	const char *database = getenv("FAULT_DATABASE");
	if (database == NULL)
		return NULL;
	const size_t folder = (size_t)(strrchr(database, '/') - database);
	if (strncmp(path, database, folder) != 0)
		return NULL;
	if (path[folder] == '\0')
		return "";
	return strncmp(path, database, strlen(database)) == 0 ? path + folder + 1 : NULL;
}

static void add(
	enum operation operation, const char *path, int64_t place, const void *bytes, size_t length)
{
	const char *name = name_of(path);
	if (record < 0 || name == NULL)
		return;
	struct entry entry = { operation, (uint32_t)strlen(name), place, length };
	struct iovec parts[] = { { &entry, sizeof(entry) },
		{ (void *)(uintptr_t)name, strlen(name) }, { (void *)(uintptr_t)bytes, length } };
	pthread_mutex_lock(&mutex);
	if (writev(record, parts, 3) != (ssize_t)(sizeof(entry) + strlen(name) + length))
		abort();
	pthread_mutex_unlock(&mutex);
}

static void add_of_file(
	enum operation operation, int file, int64_t place, const void *bytes, size_t length)
{
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	const ssize_t size = readlink(link, path, sizeof(path) - 1);
	if (size < 0)
		return;
	path[size] = '\0';
	add(operation, path, place, bytes, length);
}

#define WRITE_CALL(name, offset)                                                                   \
	ssize_t name(int file, const void *bytes, size_t size, offset place);                      \
	ssize_t name(int file, const void *bytes, size_t size, offset place)                       \
	{                                                                                          \
		static ssize_t (*real)(int, const void *, size_t, offset);                         \
		if (real == NULL)                                                                  \
			real = next(#name);                                                        \
		add_of_file(OPERATION_WRITE, file, place, bytes, size);                            \
		return real(file, bytes, size, place);                                             \
	}

WRITE_CALL(pwrite, off_t)
WRITE_CALL(pwrite64, off64_t)

ssize_t write(int file, const void *bytes, size_t size)
{
	static ssize_t (*real)(int, const void *, size_t);
	if (real == NULL)
		real = next("write");
	add_of_file(OPERATION_WRITE, file, lseek(file, 0, SEEK_CUR), bytes, size);
	return real(file, bytes, size);
}

#define TRUNCATE_CALL(name, offset)                                                                \
	int name(int file, offset size);                                                           \
	int name(int file, offset size)                                                            \
	{                                                                                          \
		static int (*real)(int, offset);                                                   \
		if (real == NULL)                                                                  \
			real = next(#name);                                                        \
		add_of_file(OPERATION_TRUNCATE, file, size, NULL, 0);                              \
		return real(file, size);                                                           \
	}

TRUNCATE_CALL(ftruncate, off_t)
TRUNCATE_CALL(ftruncate64, off64_t)

#define FLUSH_CALL(name)                                                                           \
	int name(int file)                                                                         \
	{                                                                                          \
		static int (*real)(int);                                                           \
		if (real == NULL)                                                                  \
			real = next(#name);                                                        \
		const int result = real(file);                                                     \
		if (result == 0)                                                                   \
			add_of_file(OPERATION_FLUSH, file, 0, NULL, 0);                            \
		return result;                                                                     \
	}

FLUSH_CALL(fsync)
FLUSH_CALL(fdatasync)

int unlink(const char *path)
{
	static int (*real)(const char *);
	if (real == NULL)
		real = next("unlink");
	char absolute[PATH_MAX];
	const bool known = realpath(path, absolute) != NULL;
	const int result = real(path);
	if (result == 0 && known)
		add(OPERATION_UNLINK, absolute, 0, NULL, 0);
	return result;
}
