/* SPDX-License-Identifier: MIT */
#include "tls/trust.h"

#include <openssl/x509.h>
#include <stddef.h>

#include "util/count.h"
#include "util/file.h"

/* Where distributions keep all roots in one file. */
static const char *const places[] = {
	"/etc/ssl/certs/ca-certificates.crt", /* Debian, Ubuntu, Alpine, Arch */
	"/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora, RHEL */
	"/etc/ssl/ca-bundle.pem",	      /* openSUSE */
	"/etc/ssl/cert.pem",		      /* macOS, BSDs */
};

static bool add_roots(const char *path, struct strbuf *out)
{
	const char *reason;
	if (file_read(path, out, &reason) && out->length > 0)
		return true;
	if (!out->failed)
		strbuf_reset(out);
	return false;
}

enum trust_result trust_bundle(const struct strbuf *authority, struct strbuf *out)
{
	bool found = add_roots(X509_get_default_cert_file(), out);
	for (size_t i = 0; !found && i < COUNT_OF(places); i++)
		found = add_roots(places[i], out);
	if (!found)
		return out->failed ? TRUST_NO_MEMORY : TRUST_NO_SYSTEM_ROOTS;
	if (out->data[out->length - 1] != '\n')
		strbuf_add_char(out, '\n');
	strbuf_add(out, authority->data, authority->length);
	return out->failed ? TRUST_NO_MEMORY : TRUST_GOOD;
}
