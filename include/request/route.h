/* SPDX-License-Identifier: MIT */
/*
 * Endpoint tables: which paths there are, which methods they have, and what these do.
 *
 * A section is a part of the server's paths with its own way to let requests in and to tell errors:
 * Twilio's API, and the control API. Each has a table of routes.
 */
#ifndef REQUEST_ROUTE_H
#define REQUEST_ROUTE_H

#include "request/request.h"

/* Which account an operation is about. */
enum account_need {
	ACCOUNT_ENTERED, /* the caller's: it is entered before the operation runs */
	ACCOUNT_NAMED,	 /* the caller's: the operation does what is needed */
	ACCOUNT_ANY	 /* none has to be named */
};

/* What a method of a path does. Steps that an operation does not have are NULL. */
struct operation {
	/* Decodes and validates, on the worker; the large body of a write elsewhere. */
	struct api_error (*parse)(struct request *request);
	/* Does it, in a transaction: on the worker, or on the writer for what writes. Of a large
	 * write it does a piece and sets `unfinished`: then it runs again, in another one. */
	struct api_error (*run)(struct request *request, struct context *context);
	/* Writes the answer's body, on the worker. */
	void (*render)(struct request *request);
	int status;	/* of the answer when all went well, unless `run` sets another */
	unsigned takes; /* which parameters of its resource it reads: an enum field_flag, or 0 */
	bool writes;
	bool can_repeat; /* `run` changes nothing of the request that it would read again */
	bool takes_long; /* `run`, which only reads, may take long: it does not run on the worker */
	/* What follows is for the control API. */
	bool advances; /* the scheduler does it */
	bool waits;    /* `run` looks, on the worker, until it does not say `wait.goes_on` */
	enum account_need account;
	bool revives;	/* it makes an account that has ended again */
	bool takes_all; /* the operator may mean every account at once: `?all=true` */
	bool operator_only;
	/* Names that its query may have beside `account` and `all`, ended by NULL; NULL: none. */
	const char *const *query;
	bool any_query; /* its query may be anything */
};

struct route {
	const char *method; /* "*": any */
	/* "/v1/Fleets/{Sid}": a segment in braces takes any text; {Parent}, or the first of two, is
	 * what a collection is below. */
	const char *path;
	const struct operation *operation;
	const struct resource *resource; /* NULL: what the operation does needs none */
	bool open;			 /* no credentials are asked for */
	const char *id;	  /* "CreateFleet", as Twilio's description of its API calls it; NULL: it is
			     not there */
	enum basis basis; /* that there is such an operation */
	bool may_wait;	  /* an answer may be 202: what was asked for completes later */
	size_t body_maximum; /* bytes, beyond which it is 413; 0: what its section says */
};

struct section {
	const char *prefix; /* its path, and all below it; "": all that no section before it has */
	/* It lets others in to the routes of the last section, which are found below this path;
	 * NULL: it has routes of its own. */
	const char *mount;
	const struct route *routes;
	size_t route_count;
	size_t body_maximum;
	bool is_control; /* the emulator's own: no page of another origin may read its answers */
	bool is_page;	 /* for people, and so no part of what is described for programs */
	/* Whether the request may be served at all, and for whom. `open`: no credentials are asked
	 * for. Looks at headers and target only. */
	struct api_error (*admit)(struct request *request, bool open);
	/* Writes an error's body. */
	void (*add_error)(struct request *request, const struct api_error *error);
	const char
		*error_without_memory; /* the body of a 500 when there is none for a better one */
};

/* The section that a target belongs to. */
const struct section *section_of(const struct emulator *emulator, const char *target);

/* The section whose routes a section serves: itself, or the last one. */
const struct section *section_served(
	const struct emulator *emulator, const struct section *section);

enum route_result { ROUTE_FOUND, ROUTE_UNKNOWN_PATH, ROUTE_WRONG_METHOD };

/*
 * Finds the route of a request in its section, by method and path, and takes the path apart. What
 * stands in full before patterns that it fits, too, is none of theirs: "/requests/verify" has no
 * methods of "/requests/{Sid}".
 * `ret_allow` is, for a path that exists, the methods that it has, as the Allow header lists them.
 */
enum route_result route_find(struct request *request, const char **ret_allow);

/* The route that has this operation of Twilio's: its `id`. NULL: there is none. */
const struct route *route_of_operation(const struct emulator *emulator, const char *id);

/* A number for the route that a request took, for counting; the last one is that of no route. */
size_t route_number(const struct request *request);

/* More than there are routes. */
enum { ROUTES_MAXIMUM = 128 };

/* The method and the path of a route's number. False when there is no such number. */
bool route_name(const struct emulator *emulator, size_t number, const char **ret_method,
	const char **ret_path);

#endif
