/* SPDX-License-Identifier: MIT */
/* What the operations of the control API share: errors, queries, JSON bodies, answers. */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "control/error.h"
#include "control/operations.h"

/* Adds `,"key":` and a text, or null. */
void control_add_member(struct strbuf *out, const char *key, const char *text);

/* Writes an error's body: {"error", "field", "hint"}. */
void control_add_error(struct request *request, const struct api_error *error);

/* The same of a 500, when there is no memory to write it. */
#define CONTROL_ERROR_WITHOUT_MEMORY                                                               \
	"{\"error\":\"Internal Server Error\",\"field\":null,\"hint\":null}"

/* Of a name that is unknown, which one was meant or, if none is like it, which there are. `known`
 * ends with NULL. NULL when there are none, or without memory. */
const char *control_unknown_hint(
	struct request *request, const char *name, const char *const *known);

/* What a key's value must be. The storage of each is in its comment. */
enum key_kind {
	KEY_TEXT,	   /* const char *, without NULs; not empty */
	KEY_BYTES,	   /* const char *; may be empty */
	KEY_NATURAL,	   /* int64_t, 0 or more */
	KEY_DURATION,	   /* int64_t milliseconds: "72h" */
	KEY_TIME,	   /* int64_t milliseconds: "2026-01-02T03:04:05Z" */
	KEY_NULLABLE_TEXT, /* const char *; null is NULL */
	KEY_ARRAY,	   /* const char *: the array's JSON text */
	KEY_OBJECT,	   /* json_t *: a part of the request's document */
	KEY_BOOLEAN	   /* bool */
};

struct key {
	const char *name;
	enum key_kind kind;
	size_t offset;
	bool required;
};

/*
 * Reads the request's body, an object with no other keys than these, into `arguments`, whose
 * members of absent keys stay. No body at all is an empty object. `keys` ends with a NULL name.
 * Error: 400.
 */
struct api_error control_read(struct request *request, const struct key *keys, void *arguments);

/* The error of a JSON value that could not be read. `known` are the names that there are where one
 * is unknown; NULL: the problem's hint says it. Error: 400. */
struct api_error control_problem(
	struct request *request, const struct problem *problem, const char *const *known);
/* The same for an object within the body; NULL is an empty one. `at`, as "match.", is what precedes
 * its keys where they are named. */
struct api_error control_read_object(struct request *request, json_t *object, const char *at,
	const struct key *keys, void *arguments);

/* The request's body as a JSON value, in `request->document`; NULL for none. Error: 400. */
struct api_error control_parse(struct request *request);

/* For operations whose requests have no body. */
struct api_error control_parse_nothing(struct request *request);

/* Refuses a query that cannot be decoded, and one with a name that its operation does not know: it
 * would do something else than was meant. Error: 400. */
struct api_error control_check_query(struct request *request);

/* Finds a value of the query, decoded, in the arena; NULL when it is not given. */
const char *control_query(struct request *request, const char *name);

/* Whose things a call is about that takes `?all=true`; NULL: everybody's. */
const char *control_scope(const struct request *request);

/* Refuses what is about requests when there is no journal of them. Error: 400. */
struct api_error control_check_journal(const struct request *request, const char *field);

/* Puts a JSON value into the reply and frees it. Error: 500 without memory. */
struct api_error control_reply(struct request *request, json_t *value);

/* Keeps what becomes of an account for the registry, with the token and the keys that a seed's part
 * (NULL: all of it) gives it; `seed` may be NULL. Error: 500. */
struct api_error control_remember_account(struct request *request, struct context *context,
	const char *account_sid, const struct seed *seed, const char *part);

#endif
