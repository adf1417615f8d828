/* SPDX-License-Identifier: MIT */
#include "util/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_fifo(int file)
{
	struct stat facts;
	return fstat(file, &facts) == 0 && S_ISFIFO(facts.st_mode);
}

/* A pipe that is empty, but has a writer. */
static bool wait_for_more(int file)
{
	struct pollfd wanted = { .fd = file, .events = POLLIN };
	return poll(&wanted, 1, -1) >= 0 || errno == EINTR;
}

/* Reads up to the end, or until `out` is full. False with errno. */
static bool read_all(int file, struct strbuf *out)
{
	char piece[16384];
	while (!out->failed) {
		const ssize_t size = read(file, piece, sizeof(piece));
		if (size == 0)
			return true;
		if (size > 0)
			strbuf_add(out, piece, (size_t)size);
		else if (errno != EINTR && (errno != EAGAIN || !wait_for_more(file)))
			return false;
	}
	return true;
}

bool file_read(const char *path, struct strbuf *out, const char **ret_reason)
{
	/* Opened to be waited for, a FIFO would hold up the start until somebody writes. */
	const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *reason = NULL;
	if (file < 0 || !read_all(file, out))
		reason = strerror(errno);
	else if (out->failed)
		reason = out->limit_met ? "it is too large" : "out of memory";
	else if (out->length == 0 && is_fifo(file))
		reason = "it is a FIFO that nobody writes to";
	if (file >= 0)
		close(file);
	if (reason != NULL)
		*ret_reason = reason;
	return reason == NULL;
}
