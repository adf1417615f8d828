/* SPDX-License-Identifier: MIT */
/*
 * Sends webhooks through libcurl's multi interface. A sender belongs to one thread, which calls
 * sender_poll again and again; transfers run side by side in it.
 *
 * Requests look like Twilio's (Twilio: "Webhooks", and recorded ones). Redirects are not followed;
 * a URL's user and password are sent after a 401 that asks for them by Basic or Digest; only http
 * and https; each address is judged after name resolution (webhook/address.h).
 */
#ifndef WEBHOOK_SENDER_H
#define WEBHOOK_SENDER_H

#include "webhook/overrides.h"
#include "webhook/signature.h"

enum transfer_result {
	TRANSFER_ANSWERED, /* with whatever status */
	TRANSFER_DNS,
	TRANSFER_CONNECT,
	TRANSFER_TLS,
	TRANSFER_TIMEOUT,
	TRANSFER_BROKEN, /* reset, cut short, or no HTTP */
	TRANSFER_POLICY, /* its address was refused */
	TRANSFER_URL	 /* the URL cannot be called: nobody was asked */
};

/* "answered", "dns", "connect", "tls", "timeout", "broken", "policy", "url". */
const char *transfer_result_name(enum transfer_result result);

/* One attempt. The caller owns it and its texts, which must live until `finished` is called or the
 * sender is freed, and ends it with transfer_done. */
struct transfer {
	const char *method;			     /* "GET" or "POST" */
	const char *url;			     /* as configured, with its fragment */
	const char *form;			     /* the parameters, form-encoded */
	const char *auth_token;			     /* signs it */
	const char *idempotency_token;		     /* the same for every attempt */
	void (*finished)(struct transfer *transfer); /* called by sender_poll */

	/* What was sent. */
	struct strbuf sent_url;	    /* of a GET with the parameters; without a fragment */
	struct strbuf sent_headers; /* with Authorization when it was asked for */
	struct strbuf signed_text;
	char signature[SIGNATURE_SIZE];

	/* What came back. */
	enum transfer_result result;
	int status;		      /* 0: no answer */
	bool read_timed_out;	      /* connected, but the answer was not complete in time */
	char error[256];	      /* for people; empty when all went well */
	struct strbuf answer_headers; /* of a 401 that asked for credentials, too */
	struct strbuf answer_body;    /* its first 64 KiB */
	bool answer_cut;
	char peer[64]; /* "127.0.0.1:9000"; empty: never connected */
	int64_t lookup_us, connect_us, first_byte_us, total_us; /* from the start; 0: not reached */

	/* The sender's. */
	struct transfer *next, **link;
	struct sender *sender;
	void *easy;
	void *header_list;
	struct overrides overrides;
	int64_t started_us;
	uint64_t body_length;
	bool has_credentials;	     /* the URL has */
	size_t plain_headers_length; /* of what is sent without them */
	const char *refusal;	     /* of an address that may not be called; NULL: all may */
	bool allowed;		     /* and one may */
};

struct sender;

/* Makes a sender, or NULL without memory. libcurl is prepared with its first transfer. */
struct sender *sender_new(bool allow_egress);

/* Lets receivers of https be trusted whose certificates these, in PEM, have signed. The text must
 * live as long as the sender. To be called before the first transfer. */
void sender_trust(struct sender *sender, const char *certificates, size_t length);

/* Frees it. Transfers under way are dropped; their `finished` is not called. NULL is harmless. */
void sender_free(struct sender *sender);

/* Begins a transfer. False when it could not be begun: `finished` will not be called; `error` may
 * say why. */
bool sender_start(struct sender *sender, struct transfer *transfer);

/* Transfers under way. */
size_t sender_active(const struct sender *sender);

/* Does what can be done; then waits, at most `timeout_ms`, for the network, for `extra_file` (-1:
 * none) to be readable, or for sender_wake. True when `extra_file` is readable. */
bool sender_poll(struct sender *sender, int extra_file, int timeout_ms);

/* Ends a sender_poll that waits, or the next one. Any thread. */
void sender_wake(struct sender *sender);

/* Frees what a transfer holds. */
void transfer_done(struct transfer *transfer);

#endif
