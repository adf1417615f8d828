/* SPDX-License-Identifier: MIT */
/* An identity that the operator gives: two files, and what may be wrong with them. */
#include <errno.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/stat.h>

#include "tls/certificate.h"
#include "tls/identity.h"
#include "util/file.h"

static bool refuse(struct failure *failure, const char *path, const char *reason)
{
	return failure_set(failure, EX_DATAERR, "%s: %s", path, reason);
}

static bool read_file(const char *path, struct strbuf *out, struct failure *failure)
{
	const char *reason;
	return file_read(path, out, &reason) ||
	       failure_set(failure, EX_DATAERR, "cannot read %s: %s", path, reason);
}

static bool is_private(const char *path)
{
	struct stat facts;
	return stat(path, &facts) != 0 || (facts.st_mode & S_IROTH) == 0;
}

static bool check_certificate(X509 *certificate, const char *path, struct failure *failure)
{
	if (certificate == NULL)
		return refuse(failure, path,
			"must hold a certificate in PEM (-----BEGIN CERTIFICATE-----)");
	if (certificate_days_left(certificate) < 0)
		return refuse(failure, path, "the certificate has expired");
	return X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0 ||
	       refuse(failure, path, "the certificate is not valid yet");
}

static bool check_key(X509 *certificate, const struct strbuf *text, const char *path,
	const char *certificate_path, struct failure *failure)
{
	bool encrypted;
	EVP_PKEY *key = certificate_read_key(text, &encrypted);
	EVP_PKEY_free(key);
	if (encrypted)
		return refuse(failure, path,
			"the key is encrypted: give one without a password (openssl pkey -in …)");
	if (key == NULL)
		return refuse(
			failure, path, "must hold a key in PEM (-----BEGIN PRIVATE KEY-----)");
	if (!is_private(path))
		return refuse(failure, path, "anybody may read the key: chmod o-rwx it");
	return certificate_fits_key(certificate, text) ||
	       failure_set(failure, EX_DATAERR, "%s: the key is not that of the certificate in %s",
		       path, certificate_path);
}

bool identity_load(const char *certificate_path, const char *key_path, struct identity *identity,
	struct failure *failure)
{
	if (!read_file(certificate_path, &identity->certificates, failure) ||
		!read_file(key_path, &identity->key, failure))
		return false;
	X509 *certificate = certificate_read(&identity->certificates);
	const bool good =
		check_certificate(certificate, certificate_path, failure) &&
		check_key(certificate, &identity->key, key_path, certificate_path, failure);
	X509_free(certificate);
	return good;
}
