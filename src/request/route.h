/* SPDX-License-Identifier: MIT */
/* The endpoint table: every path, which methods it has, and what they do. */
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
	/* Decodes and validates, on the worker. */
	struct api_error (*parse)(struct request *request);
	/* Does it, in a transaction: on the worker, or on the writer for what writes. */
	struct api_error (*run)(struct request *request, struct context *context);
	/* Writes the answer's body, on the worker. */
	void (*render)(struct request *request);
	int status; /* of the answer when all went well; 0: `run` sets it */
	bool writes;
	/* What follows is for the control API. */
	bool advances; /* the scheduler does it */
	enum account_need account;
	bool revives;	/* it makes an account that has ended again */
	bool takes_all; /* the operator may mean every account at once: `?all=true` */
	bool operator_only;
};

struct route {
	const char *method; /* "*": any */
	/* "/v1/Fleets/{Sid}": a segment in braces takes any text; {Parent}, or the first of two, is
	 * what a collection is below. */
	const char *path;
	const struct operation *operation;
	const struct resource *resource; /* NULL: what the operation does needs none */
	bool open;			 /* no credentials are asked for */
	enum basis basis;		 /* that there is such an operation */
	size_t body_maximum;		 /* bytes; more is answered 413 */
};

/* The route of a number; NULL: there are not so many. */
const struct route *route_at(size_t number);

enum route_result { ROUTE_FOUND, ROUTE_UNKNOWN_PATH, ROUTE_WRONG_METHOD };

/*
 * Finds the route of a request by its method and path, and takes the path apart. `ret_allow` is,
 * for a path that exists, the methods that it has, as the Allow header lists them.
 */
enum route_result route_find(struct request *request, const char **ret_allow);

#endif
