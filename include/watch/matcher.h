/* SPDX-License-Identifier: MIT */
/*
 * What a request has to be like to be meant: by a fault, by a check, or by who waits for it.
 *
 * A matcher is read from JSON: {"method", "path", "operation", "query", "form", "status", "code",
 * "applied"}, each of which may be left out. Texts are compared exactly, or up to a `*` at the end;
 * a `*` as a whole segment of a path stands for any one. `query` and `form` are objects of names
 * and values: each must be given so, others may be given, too.
 */
#ifndef WATCH_MATCHER_H
#define WATCH_MATCHER_H

#include <jansson.h>
#include <stdbool.h>

#include "util/arena.h"
#include "util/strbuf.h"

enum { MATCH_NAMES_MAXIMUM = 32 /* in a matcher's form, or in its query */ };

/* A parameter, decoded. Of a repeated one the last counts, as for what reads it. */
struct parameter {
	const char *name, *value;
};

struct parameters {
	struct parameter *items;
	size_t count;
};

enum applied {
	APPLIED_NOTHING, /* it only reads */
	APPLIED_NO,
	APPLIED_YES
};

/* A request as matchers see it. Texts are never NULL but for `operation`. */
struct request_view {
	const char *method;
	const char *path;      /* without query */
	const char *operation; /* "CreateFleet", or NULL */
	struct parameters query, form;
	int status, code; /* 0 while it is not answered */
	enum applied applied;
};

/* Keys that a matcher may have, as bits. */
enum {
	MATCH_METHOD = 1 << 0,
	MATCH_PATH = 1 << 1,
	MATCH_OPERATION = 1 << 2,
	MATCH_QUERY = 1 << 3,
	MATCH_FORM = 1 << 4,
	MATCH_STATUS = 1 << 5,
	MATCH_CODE = 1 << 6,
	MATCH_APPLIED = 1 << 7,
	MATCH_REQUEST = MATCH_METHOD | MATCH_PATH | MATCH_OPERATION | MATCH_QUERY | MATCH_FORM,
	MATCH_ANSWERED = MATCH_REQUEST | MATCH_STATUS | MATCH_CODE | MATCH_APPLIED
};

struct matcher {
	unsigned given; /* MATCH_… */
	const char *method, *path, *operation;
	struct parameters query, form;
	int64_t status, code;
	bool applied;
};

/* What is wrong with a JSON value that was to be read. */
enum problem_kind { PROBLEM_NONE, PROBLEM_UNKNOWN_KEY, PROBLEM_VALUE, PROBLEM_MISSING_KEY };

struct problem {
	enum problem_kind kind;
	const char *field; /* "match.form.UniqueName": static, or in the arena */
	const char *hint;  /* or NULL; likewise */
};

/*
 * Reads one of the matcher's keys from `value`. `at` is what precedes the key in a problem's field:
 * "" or "match.". False with `problem`: the key is none of `allowed`, or its value cannot be. Texts
 * are copied into the arena.
 */
bool matcher_read_key(struct arena *arena, const char *at, const char *key, const json_t *value,
	unsigned allowed, struct matcher *matcher, struct problem *problem);

/* Reads a whole object of keys. An absent one (NULL) matches everything. */
bool matcher_read(struct arena *arena, const char *at, const json_t *object, unsigned allowed,
	struct matcher *ret_matcher, struct problem *problem);

/* The names of allowed keys, ended by NULL, for a hint. */
enum { MATCH_KEYS = 8 };
void matcher_key_names(unsigned allowed, const char *ret_names[MATCH_KEYS + 1]);

/* Equal, or begins with what stands before the pattern's `*` at its end. */
bool matcher_fits_text(const char *pattern, const char *text);

bool matcher_matches(const struct matcher *matcher, const struct request_view *view);

/* A way in which a request is not what was meant. Texts are the matcher's and the view's, or in the
 * arena; `was` NULL: it is not there at all. */
struct difference {
	const char *at; /* "form.UniqueName" */
	const char *expected, *was;
};

/*
 * How far a request is from what was meant: 0 when it matches, else a number that grows with the
 * count of differing keys and with how little they resemble. The first difference, in the order
 * method, path, operation, form, query, status, code, applied, goes to `ret_first`. It is not added
 * up any more once it is `enough`.
 */
unsigned matcher_distance(struct arena *arena, const struct matcher *matcher,
	const struct request_view *view, unsigned enough, struct difference *ret_first);

#endif
