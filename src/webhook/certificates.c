/* SPDX-License-Identifier: MIT */
#include "webhook/certificates.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>

bool certificates_are_good(const char *text, size_t length)
{
	BIO *source = length <= INT_MAX ? BIO_new_mem_buf(text, (int)length) : NULL;
	size_t count = 0;
	X509 *certificate;
	if (source == NULL)
		return false;
	ERR_clear_error();
	while ((certificate = PEM_read_bio_X509(source, NULL, NULL, NULL)) != NULL) {
		X509_free(certificate);
		count++;
	}
	const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	ERR_clear_error();
	BIO_free(source);
	return count > 0 && at_end;
}
