/* SPDX-License-Identifier: MIT */
#include "http/handshake.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "util/clock.h"
#include "util/log.h"

enum { TOLD_US = 10 * 1000 * 1000, TLS_HANDSHAKE = 0x16 };

struct credentials {
	gnutls_certificate_credentials_t certificate;
	atomic_uint users;
};

struct handshakes {
	gnutls_datum_t ticket_key;
	pthread_mutex_t mutex;	      /* guards `current` */
	struct credentials *current;  /* one of its users is this */
	atomic_llong plain_again_us;  /* when it is next told that somebody speaks plain HTTP */
	atomic_llong broken_again_us; /* and that a handshake did not come to its end */
};

/* ── credentials ─────────────────────────────────────────────────────────────────────────── */

static gnutls_datum_t datum_of(const struct strbuf *text)
{
	return (gnutls_datum_t){
		.data = (unsigned char *)text->data,
		.size = (unsigned)text->length,
	};
}

static void release(struct credentials *credentials)
{
	if (credentials == NULL || atomic_fetch_sub(&credentials->users, 1) > 1)
		return;
	gnutls_certificate_free_credentials(credentials->certificate);
	free(credentials);
}

/* NULL when GnuTLS does not take the identity. */
static struct credentials *credentials_new(const struct identity *identity)
{
	const gnutls_datum_t certificates = datum_of(&identity->certificates);
	const gnutls_datum_t key = datum_of(&identity->key);
	struct credentials *credentials = calloc(1, sizeof(*credentials));
	if (credentials == NULL)
		return NULL;
	if (gnutls_certificate_allocate_credentials(&credentials->certificate) < 0) {
		free(credentials);
		return NULL;
	}
	atomic_store(&credentials->users, 1);
	if (gnutls_certificate_set_x509_key_mem(
		    credentials->certificate, &certificates, &key, GNUTLS_X509_FMT_PEM) >= 0)
		return credentials;
	release(credentials);
	return NULL;
}

bool handshakes_open(const struct identity *identity, struct handshakes **ret_handshakes,
	struct failure *failure)
{
	struct handshakes *handshakes = calloc(1, sizeof(*handshakes));
	if (handshakes == NULL || gnutls_session_ticket_key_generate(&handshakes->ticket_key) < 0) {
		free(handshakes);
		return failure_set(failure, EX_OSERR, "cannot prepare TLS");
	}
	handshakes->current = credentials_new(identity);
	if (handshakes->current == NULL) {
		gnutls_free(handshakes->ticket_key.data);
		free(handshakes);
		return failure_set(
			failure, EX_DATAERR, "the certificate and its key cannot be used for TLS");
	}
	pthread_mutex_init(&handshakes->mutex, NULL);
	*ret_handshakes = handshakes;
	return true;
}

void handshakes_close(struct handshakes *handshakes)
{
	if (handshakes == NULL)
		return;
	release(handshakes->current);
	gnutls_free(handshakes->ticket_key.data);
	pthread_mutex_destroy(&handshakes->mutex);
	free(handshakes);
}

bool handshakes_renew(struct handshakes *handshakes, const struct identity *identity)
{
	struct credentials *renewed = credentials_new(identity);
	if (renewed == NULL)
		return false;
	pthread_mutex_lock(&handshakes->mutex);
	struct credentials *old = handshakes->current;
	handshakes->current = renewed;
	pthread_mutex_unlock(&handshakes->mutex);
	release(old);
	return true;
}

static struct credentials *take_current(struct handshakes *handshakes)
{
	pthread_mutex_lock(&handshakes->mutex);
	struct credentials *credentials = handshakes->current;
	atomic_fetch_add(&credentials->users, 1);
	pthread_mutex_unlock(&handshakes->mutex);
	return credentials;
}

static int refuse(gnutls_session_t session, const gnutls_datum_t *authorities, int authority_count,
	const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
	gnutls_pcert_st **ret_certificates, unsigned *ret_count, gnutls_privkey_t *ret_key)
{
	(void)session;
	(void)authorities;
	(void)authority_count;
	(void)algorithms;
	(void)algorithm_count;
	(void)ret_certificates;
	(void)ret_count;
	(void)ret_key;
	return -1;
}

void *handshake_no_certificate(void)
{
	return (void *)(intptr_t)refuse;
}

/* ── one connection ──────────────────────────────────────────────────────────────────────── */

static void tell_plain(struct handshakes *handshakes, unsigned char first)
{
	if (log_is_due(&handshakes->plain_again_us, TOLD_US, clock_monotonic_us()))
		log_line(LOG_WARNING, "%s came to the TLS port: call https://, not http://",
			first >= 'A' && first <= 'Z' ? "plain HTTP" : "what is no TLS handshake");
}

/* Reads for GnuTLS. Its own function does the same, but tells neither what a connection begins with
 * nor that a handshake has to wait. */
static ssize_t pull(gnutls_transport_ptr_t closure, void *data, size_t size)
{
	struct handshake *handshake = closure;
	const ssize_t count = recv(handshake->socket, data, size, 0);
	if (count < 0 && errno == EAGAIN && handshake->state != HANDSHAKE_DONE) {
		handshake->on_starved(handshake);
		errno = EAGAIN;
	}
	if (count > 0 && handshake->state == HANDSHAKE_AWAITED) {
		const unsigned char first = *(const unsigned char *)data;
		handshake->state = first == TLS_HANDSHAKE ? HANDSHAKE_BEGUN : HANDSHAKE_REFUSED;
		if (first != TLS_HANDSHAKE)
			tell_plain(handshake->shared, first);
	}
	return count;
}

/* The client's last message has come. */
static int note_finished(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
	const gnutls_datum_t *message)
{
	(void)type;
	(void)when;
	(void)message;
	if (incoming != 0)
		((struct handshake *)gnutls_db_get_ptr(session))->state = HANDSHAKE_DONE;
	return 0;
}

bool handshake_begin(struct handshakes *handshakes, struct MHD_Connection *connection,
	void (*on_starved)(struct handshake *handshake), struct handshake *handshake)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	gnutls_session_t session = info != NULL ? info->tls_session : NULL;
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (session == NULL || info == NULL)
		return false;
	*handshake = (struct handshake){
		.shared = handshakes,
		.credentials = take_current(handshakes),
		.socket = info->connect_fd,
		.on_starved = on_starved,
	};
	gnutls_db_set_ptr(session, handshake); /* a place for it: no sessions are stored here */
	gnutls_transport_set_ptr2(
		session, handshake, (gnutls_transport_ptr_t)(intptr_t)info->connect_fd);
	gnutls_transport_set_pull_function(session, pull);
	gnutls_handshake_set_hook_function(
		session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST, note_finished);
	return gnutls_credentials_set(
		       session, GNUTLS_CRD_CERTIFICATE, handshake->credentials->certificate) >= 0 &&
	       gnutls_session_ticket_enable_server(session, &handshakes->ticket_key) >= 0;
}

void handshake_end(struct handshake *handshake)
{
	if (handshake->shared == NULL)
		return;
	if (handshake->state == HANDSHAKE_BEGUN &&
		log_is_due(&handshake->shared->broken_again_us, TOLD_US, clock_monotonic_us()))
		log_line(LOG_WARNING,
			"a TLS handshake came to no end: does the client trust our certificate? "
			"(GET /_emulator/ca.pem)");
	release(handshake->credentials);
	*handshake = (struct handshake){ 0 };
}
