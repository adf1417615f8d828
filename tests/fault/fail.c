/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into supersimd, fails calls of the C library: memory that there is none of, a disk that
 * answers with an error, or only then when somebody waits for it, descriptors and threads that are
 * used up.
 *
 * A test and the server share a file, mapped into both: $FAULT_CONTROL names it. The test writes
 * which calls are to fail, and the server sees it at once: one server lives through many faults.
 * `struct control` is the file; tests/fault/faults.py knows it, too.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum fault_class { FAULT_MEMORY = 1, FAULT_DISK = 2, FAULT_DESCRIPTOR = 4, FAULT_FLUSH = 8 };

struct control {
	atomic_int_least64_t classes; /* a sum of enum fault_class; 0: nothing fails */
	atomic_int_least64_t first;   /* the number of the first call that fails, from 1 */
	atomic_int_least64_t count;   /* how many calls fail, from that one on */
	atomic_int_least64_t seen;    /* calls of these classes since */
	atomic_int_least64_t failed;  /* those that were made to fail */
	atomic_int_least64_t error;   /* errno of a disk's call; that of the others is fixed */
};

static struct control *control;

/* The calls themselves; those of memory have names of their own in glibc. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void *next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);
	if (function == NULL)
		abort();
	return function;
}

__attribute__((constructor)) static void map_control(void)
{
	const char *path = getenv("FAULT_CONTROL");
	int (*open_file)(const char *, int, ...) = next("open");
	const int file = path != NULL ? open_file(path, O_RDWR | O_CLOEXEC) : -1;
	if (file < 0)
		return;
	void *mapped = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	close(file);
	if (mapped != MAP_FAILED)
		control = mapped;
}

/* Whether this call is to fail. */
static bool fails(enum fault_class class)
{
	if (control == NULL || (atomic_load(&control->classes) & class) == 0)
		return false;
	const int64_t number = atomic_fetch_add(&control->seen, 1) + 1;
	const int64_t first = atomic_load(&control->first);
	if (number < first || number - first >= atomic_load(&control->count))
		return false;
	atomic_fetch_add(&control->failed, 1);
	return true;
}

static bool fails_with(enum fault_class class, int error)
{
	const bool failed = fails(class);
	if (failed)
		errno = error;
	return failed;
}

/* Of files only: an event or a socket never answers with an error of a disk. */
static bool disk_fails(int file)
{
	struct stat status;
	if (control == NULL || (atomic_load(&control->classes) & FAULT_DISK) == 0 ||
		fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
		return false;
	return fails_with(FAULT_DISK, (int)atomic_load(&control->error));
}

/* Of a database's own file only, not of its log. */
static bool flush_fails(int file)
{
	char link[32], path[PATH_MAX];
	if (control == NULL || (atomic_load(&control->classes) & FAULT_FLUSH) == 0)
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	const ssize_t length = readlink(link, path, sizeof(path));
	return length > 3 && memcmp(path + length - 3, ".db", 3) == 0 &&
	       fails_with(FAULT_FLUSH, (int)atomic_load(&control->error));
}

/* ── memory ──────────────────────────────────────────────────────────────────────────────── */

/* Libraries below GnuTLS that crash without memory, as docs/architecture.md says: they get theirs.
 */
static struct spared {
	const char *name;
	const char *begin, *end; /* where it lies in memory; NULL: it is not there */
} spared[] = { { "/libtasn1.so", NULL, NULL }, { "/libgmp.so", NULL, NULL } };

static int find_spared(struct dl_phdr_info *library, size_t size, void *closure)
{
	(void)size;
	(void)closure;
	for (size_t i = 0; i < sizeof(spared) / sizeof(spared[0]); i++) {
		if (strstr(library->dlpi_name, spared[i].name) == NULL)
			continue;
		const ElfW(Phdr) *last = &library->dlpi_phdr[library->dlpi_phnum - 1];
		while (last->p_type != PT_LOAD)
			last--;
		spared[i].begin = (const char *)library->dlpi_addr;
		spared[i].end = spared[i].begin + last->p_vaddr + last->p_memsz;
	}
	return 0;
}

__attribute__((constructor)) static void find_all_spared(void)
{
	dl_iterate_phdr(find_spared, NULL);
}

static bool is_spared(const char *caller)
{
	for (size_t i = 0; i < sizeof(spared) / sizeof(spared[0]); i++) {
		if (caller >= spared[i].begin && caller < spared[i].end)
			return true;
	}
	return false;
}

/* Whether there is no memory for whoever called the function that asks. */
#define MEMORY_FAILS() (!is_spared(__builtin_return_address(0)) && fails_with(FAULT_MEMORY, ENOMEM))

void *malloc(size_t size)
{
	return MEMORY_FAILS() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return MEMORY_FAILS() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return MEMORY_FAILS() ? NULL : __libc_realloc(memory, size);
}

void *reallocarray(void *memory, size_t count, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(count, size, &total) || MEMORY_FAILS()) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(memory, total);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return MEMORY_FAILS() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **ret_memory, size_t alignment, size_t size)
{
	void *memory = MEMORY_FAILS() ? NULL : __libc_memalign(alignment, size);
	if (memory == NULL)
		return ENOMEM;
	*ret_memory = memory;
	return 0;
}

/* ── the disk ────────────────────────────────────────────────────────────────────────────── */

/* A function of a file that gives a `type`, -1 with errno after a failure. */
#define FILE_CALL(type, name, parameters, arguments, fails)                                        \
	type name parameters;                                                                      \
	type name parameters                                                                       \
	{                                                                                          \
		static type(*real) parameters;                                                     \
		if (real == NULL)                                                                  \
			real = next(#name);                                                        \
		return fails ? -1 : real arguments;                                                \
	}
#define DISK_CALL(type, name, parameters, arguments)                                               \
	FILE_CALL(type, name, parameters, arguments, disk_fails(file))

DISK_CALL(ssize_t, read, (int file, void *bytes, size_t size), (file, bytes, size))
DISK_CALL(ssize_t, write, (int file, const void *bytes, size_t size), (file, bytes, size))
DISK_CALL(ssize_t, pread, (int file, void *bytes, size_t size, off_t place),
	(file, bytes, size, place))
DISK_CALL(ssize_t, pread64, (int file, void *bytes, size_t size, off64_t place),
	(file, bytes, size, place))
DISK_CALL(ssize_t, pwrite, (int file, const void *bytes, size_t size, off_t place),
	(file, bytes, size, place))
DISK_CALL(ssize_t, pwrite64, (int file, const void *bytes, size_t size, off64_t place),
	(file, bytes, size, place))
DISK_CALL(int, ftruncate, (int file, off_t size), (file, size))
DISK_CALL(int, ftruncate64, (int file, off64_t size), (file, size))

FILE_CALL(int, fsync, (int file), (file), disk_fails(file) || flush_fails(file))
FILE_CALL(int, fdatasync, (int file), (file), disk_fails(file) || flush_fails(file))

/* ── descriptors and threads ─────────────────────────────────────────────────────────────── */

#define OPEN_CALL(name)                                                                            \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		static int (*real)(const char *, int, ...);                                        \
		va_list arguments;                                                                 \
		va_start(arguments, flags);                                                        \
		const unsigned mode = flags & O_CREAT ? va_arg(arguments, unsigned) : 0;           \
		va_end(arguments);                                                                 \
		if (real == NULL)                                                                  \
			real = next(#name);                                                        \
		return fails_with(FAULT_DESCRIPTOR, EMFILE) ? -1 : real(path, flags, mode);        \
	}

int open64(const char *path, int flags, ...);
OPEN_CALL(open)
OPEN_CALL(open64)

#define DESCRIPTOR_CALL(name, parameters, arguments)                                               \
	int name parameters;                                                                       \
	int name parameters                                                                        \
	{                                                                                          \
		static int(*real) parameters;                                                      \
		if (real == NULL)                                                                  \
			real = next(#name);                                                        \
		return fails_with(FAULT_DESCRIPTOR, EMFILE) ? -1 : real arguments;                 \
	}

DESCRIPTOR_CALL(socket, (int domain, int type, int protocol), (domain, type, protocol))
DESCRIPTOR_CALL(accept4, (int listening, struct sockaddr *address, socklen_t *length, int flags),
	(listening, address, length, flags))
DESCRIPTOR_CALL(eventfd, (unsigned value, int flags), (value, flags))
DESCRIPTOR_CALL(epoll_create1, (int flags), (flags))

int pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes,
	void *(*run)(void *closure), void *closure)
{
	static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	if (real == NULL)
		real = next("pthread_create");
	return fails(FAULT_DESCRIPTOR) ? EAGAIN : real(ret_thread, attributes, run, closure);
}
