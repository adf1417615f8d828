/* SPDX-License-Identifier: MIT */
/*
 * A trust store for Java: a PKCS#12 file without keys. Java takes a certificate in one for trusted
 * only when its bag has an attribute of Oracle's, whose value is what it is trusted for.
 */
#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "tls/certificate.h"
#include "tls/trust.h"

enum { MAC_ROUNDS = 10000 };

/* Trusted for any use. The value is an object, not bytes: hence the length of -1. */
static bool mark_trusted(PKCS12_SAFEBAG *bag)
{
	const ASN1_OBJECT *any = OBJ_nid2obj(NID_anyExtendedKeyUsage);
	return PKCS12_add1_attr_by_txt(bag, "2.16.840.1.113894.746875.1.1", V_ASN1_OBJECT,
		       (const unsigned char *)any, -1) == 1 &&
	       PKCS12_add_friendlyname_utf8(bag, "supersim-emulator", -1) == 1;
}

/* The certificate in a bag, in a list of one. NULL without memory. */
static STACK_OF(PKCS12_SAFEBAG) * make_bags(X509 *certificate)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();
	PKCS12_SAFEBAG *bag = PKCS12_SAFEBAG_create_cert(certificate);
	if (bags != NULL && bag != NULL && mark_trusted(bag) &&
		sk_PKCS12_SAFEBAG_push(bags, bag) > 0)
		return bags;
	PKCS12_SAFEBAG_free(bag);
	sk_PKCS12_SAFEBAG_free(bags);
	return NULL;
}

/* A certificate is no secret: it is not encrypted, only sealed. */
static PKCS12 *make_store(X509 *certificate)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = make_bags(certificate);
	STACK_OF(PKCS7) *safes = NULL;
	PKCS12 *store = NULL;
	if (bags != NULL && PKCS12_add_safe(&safes, bags, -1, 0, NULL) == 1)
		store = PKCS12_add_safes(safes, NID_pkcs7_data);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	if (store != NULL && PKCS12_set_mac(store, TRUST_STORE_PASSWORD, -1, NULL, 0, MAC_ROUNDS,
				     EVP_sha256()) == 1)
		return store;
	PKCS12_free(store);
	return NULL;
}

bool trust_java_store(const struct strbuf *authority, struct strbuf *out)
{
	X509 *certificate = certificate_read(authority);
	PKCS12 *store = certificate != NULL ? make_store(certificate) : NULL;
	unsigned char *bytes = NULL;
	const int length = store != NULL ? i2d_PKCS12(store, &bytes) : 0;
	if (length > 0)
		strbuf_add(out, (const char *)bytes, (size_t)length);
	OPENSSL_free(bytes);
	PKCS12_free(store);
	X509_free(certificate);
	ERR_clear_error();
	return length > 0 && !out->failed;
}
