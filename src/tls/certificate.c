/* SPDX-License-Identifier: MIT */
#include "tls/certificate.h"

#include <arpa/inet.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

/* ── PEM ─────────────────────────────────────────────────────────────────────────────────── */

/* Moves what was written to memory into `out`. */
static bool take(BIO *memory, struct strbuf *out)
{
	char *data;
	const long length = BIO_get_mem_data(memory, &data);
	if (length > 0)
		strbuf_add(out, data, (size_t)length);
	return length > 0 && !out->failed;
}

bool certificate_write(X509 *certificate, struct strbuf *out)
{
	BIO *memory = BIO_new(BIO_s_mem());
	const bool written =
		memory != NULL && PEM_write_bio_X509(memory, certificate) == 1 && take(memory, out);
	BIO_free(memory);
	return written;
}

bool certificate_write_key(EVP_PKEY *key, struct strbuf *out)
{
	BIO *memory = BIO_new(BIO_s_mem());
	const bool written =
		memory != NULL &&
		PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1 &&
		take(memory, out);
	BIO_free(memory);
	return written;
}

X509 *certificate_read(const struct strbuf *text)
{
	BIO *source =
		text->length <= INT_MAX ? BIO_new_mem_buf(text->data, (int)text->length) : NULL;
	X509 *certificate = source != NULL ? PEM_read_bio_X509(source, NULL, NULL, NULL) : NULL;
	BIO_free(source);
	ERR_clear_error();
	return certificate;
}

/* Nobody is there to be asked for a password. */
static int refuse_password(char *buffer, int size, int writing, void *closure)
{
	(void)buffer;
	(void)size;
	(void)writing;
	*(bool *)closure = true;
	return -1;
}

EVP_PKEY *certificate_read_key(const struct strbuf *text, bool *ret_encrypted)
{
	BIO *source =
		text->length <= INT_MAX ? BIO_new_mem_buf(text->data, (int)text->length) : NULL;
	*ret_encrypted = false;
	EVP_PKEY *key = source != NULL ? PEM_read_bio_PrivateKey(
						 source, NULL, refuse_password, ret_encrypted)
				       : NULL;
	BIO_free(source);
	ERR_clear_error();
	return key;
}

/* ── asking ──────────────────────────────────────────────────────────────────────────────── */

bool certificate_has(X509 *certificate, const char *name)
{
	return tls_name_is_address(name) ? X509_check_ip_asc(certificate, name, 0) == 1
					 : X509_check_host(certificate, name, 0, 0, NULL) == 1;
}

static bool add_name(struct tls_names *names, const GENERAL_NAME *name)
{
	char text[TLS_NAME_SIZE];
	int type;
	const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
	const unsigned char *data = ASN1_STRING_get0_data(value);
	const int length = ASN1_STRING_length(value);
	if (type == GEN_DNS)
		snprintf(text, sizeof(text), "%.*s", length, (const char *)data);
	else if (type != GEN_IPADD ||
		 inet_ntop(length == 4 ? AF_INET : AF_INET6, data, text, sizeof(text)) == NULL)
		return true;
	return tls_names_add(names, text);
}

bool certificate_add_names(X509 *certificate, struct tls_names *names)
{
	GENERAL_NAMES *found = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	bool added = true;
	for (int i = 0; i < sk_GENERAL_NAME_num(found); i++)
		added = added && add_name(names, sk_GENERAL_NAME_value(found, i));
	GENERAL_NAMES_free(found);
	return added;
}

int certificate_days_left(const X509 *certificate)
{
	int days = 0, seconds = 0;
	if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)) != 1)
		return -1;
	return seconds < 0 ? days - 1 : days;
}

bool certificate_fits_key(X509 *certificate, const struct strbuf *text)
{
	bool encrypted;
	EVP_PKEY *key = certificate_read_key(text, &encrypted);
	const bool fits = key != NULL && X509_check_private_key(certificate, key) == 1;
	EVP_PKEY_free(key);
	ERR_clear_error();
	return fits;
}

bool certificate_is_signed_by(X509 *certificate, X509 *authority)
{
	const bool is_signed = X509_check_issued(authority, certificate) == X509_V_OK &&
			       X509_verify(certificate, X509_get0_pubkey(authority)) == 1;
	ERR_clear_error();
	return is_signed;
}
