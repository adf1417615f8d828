/* SPDX-License-Identifier: MIT */
/*
 * An identity of our own making in a directory. Its three files are replaced one by one: a process
 * that ends in between leaves some that do not belong together, which the next start notices.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tls/certificate.h"
#include "tls/identity.h"
#include "util/file.h"

enum { DAYS_LEFT_MINIMUM = 30 };

static bool refuse(struct failure *failure, const char *path)
{
	return failure_set(
		failure, EX_CANTCREAT, "cannot keep certificates in %s: %s", path, strerror(errno));
}

/* ── what is there ───────────────────────────────────────────────────────────────────────── */

static bool read_one(const char *directory, const char *name, struct strbuf *out)
{
	char path[PATH_MAX];
	const char *reason;
	const int length = snprintf(path, sizeof(path), "%s/%s", directory, name);
	return length < (int)sizeof(path) && file_read(path, out, &reason) && !out->failed;
}

/* Whether what was read belongs together, has all names and lasts. */
static bool is_good(const struct identity *identity, const struct tls_names *names)
{
	X509 *server = certificate_read(&identity->certificates);
	X509 *authority = certificate_read(&identity->authority);
	bool good = server != NULL && authority != NULL &&
		    certificate_is_signed_by(server, authority) &&
		    certificate_fits_key(server, &identity->key) &&
		    certificate_days_left(server) >= DAYS_LEFT_MINIMUM;
	for (size_t i = 0; good && i < names->count; i++)
		good = certificate_has(server, names->texts[i]);
	X509_free(server);
	X509_free(authority);
	return good;
}

static bool read_kept(
	const char *directory, const struct tls_names *names, struct identity *identity)
{
	return read_one(directory, "ca.pem", &identity->authority) &&
	       read_one(directory, "cert.pem", &identity->certificates) &&
	       read_one(directory, "key.pem", &identity->key) && is_good(identity, names);
}

/* ── making it anew ──────────────────────────────────────────────────────────────────────── */

/* Names that another server of this directory asked for, too: else the two would replace each
 * other's for ever. When they are too many, ours alone. */
static void join_names(
	const struct identity *old, const struct tls_names *names, struct tls_names *ret_names)
{
	X509 *certificate = certificate_read(&old->certificates);
	*ret_names = *names;
	if (certificate != NULL && !certificate_add_names(certificate, ret_names))
		*ret_names = *names;
	X509_free(certificate);
}

static bool write_whole(int file, const struct strbuf *text)
{
	size_t done = 0;
	while (done < text->length) {
		const ssize_t size = write(file, text->data + done, text->length - done);
		if (size < 0 && errno != EINTR)
			return false;
		done += size > 0 ? (size_t)size : 0;
	}
	return fsync(file) == 0;
}

/* Writes a file so that whoever reads it sees the old one or the new one. */
static bool replace_file(
	const char *directory, const char *name, mode_t mode, const struct strbuf *text)
{
	char path[PATH_MAX], temporary[PATH_MAX];
	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path) ||
		snprintf(temporary, sizeof(temporary), "%s/%s.new", directory, name) >=
			(int)sizeof(temporary)) {
		errno = ENAMETOOLONG;
		return false;
	}
	if (unlink(temporary) != 0 && errno != ENOENT)
		return false;
	const int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (file < 0)
		return false;
	/* Whatever the umask says: others are to read the certificates. */
	bool written = write_whole(file, text) && fchmod(file, mode) == 0;
	written = close(file) == 0 && written;
	return written && rename(temporary, path) == 0;
}

static bool write_kept(const char *directory, const struct identity *identity)
{
	return replace_file(directory, "key.pem", 0600, &identity->key) &&
	       replace_file(directory, "cert.pem", 0644, &identity->certificates) &&
	       replace_file(directory, "ca.pem", 0644, &identity->authority);
}

/* Makes the directory, and those above it, where they are missing. */
static bool make_directories(const char *directory)
{
	char path[PATH_MAX];
	if (snprintf(path, sizeof(path), "%s", directory) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return mkdir(path, 0755) == 0 || errno == EEXIST;
}

/* Waits until no other server is at it. A descriptor, or -1 with errno. */
static int lock_directory(const char *directory)
{
	const int locked = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (locked >= 0 && flock(locked, LOCK_EX) != 0) {
		if (errno == EINTR)
			continue;
		const int error = errno;
		close(locked);
		errno = error;
		return -1;
	}
	return locked;
}

bool identity_keep(const char *directory, const struct tls_names *names, struct identity *identity,
	struct failure *failure)
{
	struct tls_names joined;
	const int lock = make_directories(directory) ? lock_directory(directory) : -1;
	if (lock < 0)
		return refuse(failure, directory);
	bool good = read_kept(directory, names, identity);
	if (!good) {
		join_names(identity, names, &joined);
		strbuf_reset(&identity->authority);
		strbuf_reset(&identity->certificates);
		strbuf_reset(&identity->key);
		good = identity_make(&joined, identity, failure) &&
		       (write_kept(directory, identity) || refuse(failure, directory));
	}
	close(lock);
	return good;
}
