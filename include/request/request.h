/* SPDX-License-Identifier: MIT */
/*
 * A request and its reply, from the first line to the answer; and what all requests share. Knows no
 * socket, no thread and no SQL.
 */
#ifndef REQUEST_REQUEST_H
#define REQUEST_REQUEST_H

#include <stdatomic.h>
#include <stdbool.h>

#include <jansson.h>

#include "engine/account.h"
#include "engine/engine.h"
#include "engine/registry.h"
#include "model/limits.h"
#include "model/sid.h"
#include "scheduler/advance.h"
#include "seed/seed.h"
#include "tls/identity.h"
#include "util/strbuf.h"
#include "watch/watch.h"

struct route;
struct section;

/* What all requests share. Read only once threads run, but for `stopping`. */
struct emulator {
	const struct section *const *sections; /* ended by NULL; the last has every path */
	struct registry *registry;
	struct watch *watch;
	const struct policy *policy;
	const struct seed *seed;	  /* what a reset returns to; NULL: nothing */
	const char *admin_token;	  /* NULL: calls from this machine need none */
	const char *listen_host;	  /* names that a Host header may have, beside addresses */
	const char *public_host;	  /* or NULL */
	const char *const *allowed_hosts; /* further ones */
	size_t allowed_host_count;
	const char *configuration;	 /* a JSON object, secrets masked */
	const struct identity *identity; /* of TLS, of our own making; NULL: there is none */
	bool has_console;		 /* browsers are led to it */
	bool show_fidelity;		 /* answers say what they rest on */
	bool is_strict;			 /* what has warnings is refused */
	const char *device_address;	 /* where datagrams of devices are taken; NULL: nowhere */
	/* Adds what the server counts, as Prometheus text. NULL: nothing is counted. */
	void (*add_metrics)(void *closure, struct strbuf *out);
	void *metrics_closure;
	atomic_bool stopping; /* readiness ends when the server begins to stop */
};

/* An answer, without the headers that all answers have. */
struct reply {
	int status;
	int error_code;		  /* Twilio's; 0: a success */
	struct strbuf body;	  /* JSON unless said otherwise; empty for 204 */
	const char *content_type; /* NULL: JSON */
	int64_t delay_ms;	  /* to be waited before it is sent */
	bool is_control;	  /* of the control API: no page of another origin may read it */
	const char *allow;	  /* the Allow header's value, or NULL */
	bool ask_credentials;	  /* WWW-Authenticate belongs to it */
	const char *retry_after;  /* Retry-After's value, or NULL */
	const char *fidelity;	  /* Emulator-Fidelity's value, or NULL */
	const char *hint;	  /* Emulator-Hint's value, or NULL */
	const char *warning;	  /* Emulator-Warning's value, or NULL */
	const char *const (*headers)[2]; /* further names and values, ended by NULL; or NULL */
};

/* Which page of a list, as asked for. */
struct list_parameters {
	int64_t page_size;
	int64_t page;
	const char *filter_values[64]; /* as given, by field; for the list's own URLs */
	const char *page_token;	       /* as given, or NULL */
	const char *parent_sid;	       /* of the record that the list is below, or NULL */
	struct page_request position;
};

/* An account that a write changed: the registry is told when that is durable. */
struct account_change {
	struct account_change *next;
	const char *account_sid;
	struct account_entry *entry;
};

struct request;

/* What a request waits for, roughly, and for how long: see watch/waiters.h. */
struct request_wait {
	unsigned subjects;
	int64_t timeout_ms;
	unsigned changed; /* of the subjects, since the request came */
	/* Says from memory alone whether there is something to look at; only then is the database
	 * asked. NULL: there always is. */
	bool (*glance)(struct request *request);
	bool is_late; /* its time is up: the answer must be made */
	bool goes_on; /* out: it has not come yet */
};

/* Called for each header of a request. */
typedef void header_visitor(void *closure, const char *name, const char *value);

/* The last credentials that could be read on a connection, and what they say: most clients send the
 * same with each request. */
struct kept_credentials {
	char authorization[160]; /* the header's value; empty: there are none */
	char text[160];		 /* the user and, from `secret_at` on, the secret */
	size_t secret_at;
};

/* One request from its first line to its answer. Reused: request_reset makes it fresh. */
struct request {
	struct arena arena; /* all texts of the request */
	char id[SID_SIZE];  /* its key in answer and log; made with its first line */

	/* Set by the caller. Texts live until the request is reset. */
	const char *method;	   /* HEAD counts as GET */
	char *target;		   /* path and query as sent; serve_start takes it apart */
	const char *authorization; /* header values; NULL: absent */
	const char *content_type;
	const char *origin;	 /* "http://127.0.0.1:7746": what URLs in answers begin with */
	const char *host;	 /* header values again */
	const char *page_origin; /* of the page that a browser sends it for: the Origin header */
	const char *signature;	 /* X-Twilio-Signature */
	const char *user_agent;
	bool peer_is_loopback;
	/* Visits every header; NULL: there are none. */
	void (*visit_headers)(const struct request *request, header_visitor *visit, void *closure);
	void *headers_closure;
	char *body; /* with a NUL after it; decoded in place */
	size_t body_length;
	bool body_too_large;	    /* the body was thrown away */
	bool body_lost;		    /* there was no memory to keep the body */
	bool body_postponed;	    /* likewise: there is no memory for it now */
	enum error_case head_fault; /* what is wrong with the headers; ERROR_GENERAL: nothing */

	/* Under way. */
	const char *path; /* as sent, without query */
	const struct section *section;
	const struct route *route;
	const char *parent;	/* the path's {Parent}, or the first of two, decoded */
	const char *identifier; /* the path's {Sid}, or the last of two, decoded */
	struct caller caller;	/* `account_sid` is NULL for an operator who named none */
	bool is_operator;
	bool all_accounts; /* the operator means every account */
	const char *hint;  /* of a 400 of the control API: what the body should be */
	json_t *document;  /* the body of a request to the control API */
	void *arguments;   /* what an operation of the control API read from it */
	struct account_change *changes_of_accounts;
	struct traffic_change *change_of_traffic; /* likewise of its faults; or NULL */
	struct advance *advance; /* the request's own, but while the scheduler has it */
	struct request_wait wait;
	const struct event_choice *listens; /* what the answer is a stream of; NULL: it is none */
	const struct emulator *emulator;
	/* The caller's account among its requests: the connection's, kept from one to the next. */
	struct account_traffic *traffic;
	struct kept_credentials *credentials; /* likewise; NULL: none are kept */
	bool in_work;			      /* the request is counted there */
	unsigned concurrent; /* so many were in work when it came, this one included; 0: not counted
			      */
	struct fault_hit *fault; /* that hit it; or NULL */
	const char *fault_id;	 /* its id; or NULL */
	void *record;
	void *changes; /* of a create or an update: what is asked for, which no run changes */
	field_set given;
	struct list_parameters *list;
	struct warning *first_warning; /* of what was probably not meant; NULL: there is none */
	struct api_error error;
	bool accepted;		      /* what was asked for completes later */
	bool applied;		      /* it is a write, and what it did is durable */
	bool unfinished;	      /* that was a piece of it: `run` has to do the next one */
	struct account_clock clock;   /* the account's; of use once it is answered */
	struct rejection rejected_by; /* why it was refused; all NULL: it was not */
	struct seed *imported;	      /* a state that is to be imported; the request's own */
	struct account_draft *draft;  /* what an account is to hold, under way; or NULL */
	bool stopping;		      /* the server is */

	struct reply reply;
};

/* Makes a request that owns no memory yet. request_done frees all that it got. */
void request_init(struct request *request);
void request_done(struct request *request);

/* Forgets one request and its reply, for the next one. */
void request_reset(struct request *request);

/* Counts a request out of those in work, if it was counted in: its answer begins to be sent, or
 * will not be. */
void request_leave_work(struct request *request);

/* The account that the request is for or, of one who is refused, the SID that he claims to be;
 * NULL: none was named. */
const char *request_account(const struct request *request);

/* The value of a header, whatever its case; NULL: it is not there. It lives as long as the request.
 */
const char *request_header(const struct request *request, const char *name);

/* Empties a buffer of a request; one that a big list has blown up goes, so that connections stay
 * small. */
void request_empty_buffer(struct strbuf *buffer);

/* The query of a request whose target was cut in two; without one it is empty. Whoever decodes it
 * in place ends it. */
char *request_query(const struct request *request);

/* What an operation without parameters reads. */
struct api_error request_parse_nothing(struct request *request);

/* Forgets the draft, if there is one: what no account has of it is swept. */
void request_drop_draft(struct request *request);

/* Frees what an answer was made from: it may have to wait until a slow client has read it. */
void request_release_sources(struct request *request);

#endif
