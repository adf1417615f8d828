/* SPDX-License-Identifier: MIT */
/*
 * Warnings: what a request held that was probably not meant, and that the real service says nothing
 * about.
 *
 * A request has a list of its own. What was warned of is counted for each account, by kind,
 * operation and name: in memory, bounded, and gone with the process. Any thread.
 */
#ifndef WATCH_WARNINGS_H
#define WATCH_WARNINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/strbuf.h"

enum warning_kind {
	WARNING_UNKNOWN_PARAMETER,
	WARNING_WRONG_CASE, /* it is known but for case, `_` and `-` */
	WARNING_DEPRECATED_PARAMETER,
	WARNING_REPEATED_PARAMETER,
	WARNING_PAGE_WITHOUT_TOKEN,
	WARNING_HTTP_CALLBACK,
	WARNING_JSON_BODY,
	WARNING_OTHER_BODY, /* a body that is neither a form nor JSON */
	WARNING_KINDS
};

/* "unknown_parameter" */
const char *warning_kind_name(enum warning_kind kind);

/* The kind that has a name; WARNING_KINDS: none has. */
enum warning_kind warning_kind_named(const char *name);

/* ── of a request ────────────────────────────────────────────────────────────────────────── */

struct warning {
	struct warning *next;
	enum warning_kind kind;
	const char *name; /* of the parameter, or "body"; cut where it is long */
	const char *hint; /* what would help, on one line; what was sent may be in it */
};

/* A list takes so many: who sends more has the first ones to begin with. */
enum { WARNINGS_OF_REQUEST = 8, WARNING_NAME_SHOWN = 64 };

/* Whether a list (NULL: an empty one) takes a warning of this name: of each it has the first one,
 * and it may be full. To be asked before a hint is made. */
bool warning_list_takes(const struct warning *first, const char *name);

/* Adds a warning at the end of a list, if it takes it. The name is copied into the arena; the hint
 * lives as long. Without memory, or with a NULL hint, which is what that gives, nothing is added.
 */
void warning_add(struct arena *arena, struct warning **list, enum warning_kind kind,
	const char *name, const char *hint);

/* Adds a list as a JSON array: [{"kind", "name", "hint"}]. */
void warning_list_add_json(struct strbuf *out, const struct warning *first);

/* ── of all accounts ─────────────────────────────────────────────────────────────────────── */

struct warnings;

/* An account keeps so many different ones, and all of them together so many. Of more the one that
 * was last seen longest ago goes. */
enum { WARNINGS_OF_ACCOUNT = 200, WARNINGS_MAXIMUM = 5000 };

/* NULL without memory. The caller frees it with warnings_free, which takes NULL. */
struct warnings *warnings_new(void);
void warnings_free(struct warnings *warnings);

/* Counts a request's. `operation` is static: "CreateFleet". Without memory some are left out. */
void warnings_count(struct warnings *warnings, const char *account_sid, const char *operation,
	const struct warning *first, int64_t now_ms);

/* One that was counted. */
struct counted_warning {
	const char *account_sid;
	const char *operation;
	enum warning_kind kind;
	const char *name;
	const char *hint;
	uint64_t count;
	int64_t first_ms, last_ms; /* in real time */
};

/* Called with the warnings locked: it must be quick, and ask for none of them. What it is given
 * lives for the call only. */
typedef void warning_visitor(void *closure, const struct counted_warning *warning);

/* Visits an account's (NULL: everybody's), in the order of account, operation, kind and name. */
void warnings_visit(
	struct warnings *warnings, const char *account_sid, warning_visitor *visit, void *closure);

/* Forgets an account's (NULL: everybody's). */
void warnings_clear(struct warnings *warnings, const char *account_sid);

/* How many different ones are kept. */
size_t warnings_kept(struct warnings *warnings);

/* How many of each kind there were since the start, whatever was forgotten. */
void warnings_totals(struct warnings *warnings, uint64_t ret_totals[WARNING_KINDS]);

#endif
