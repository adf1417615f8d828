/* SPDX-License-Identifier: MIT */
/*
 * The journal: requests to /v1 and their answers, as they came and went, newest last. In memory,
 * and gone with the process. Any thread.
 *
 * It is bounded: each account has so many entries, and all of them together so many bytes; beyond
 * that the oldest of the account that has most goes, so that a busy account does not push out a
 * small one's. An entry never changes once it is in; whoever reads one holds it until he lets it
 * go, even when it goes out of the journal meanwhile.
 */
#ifndef WATCH_JOURNAL_H
#define WATCH_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/sid.h"
#include "watch/matcher.h"

struct journal;

/* A text that may hold NULs. In the journal a NUL follows it. */
struct bytes {
	const char *data;
	size_t length;
};

/* Why a request was refused: which rule, and who says so. All NULL: it was not. */
struct rejection {
	const char *rule;      /* the cause in the catalogue: "A parameter has a value that …" */
	const char *parameter; /* or NULL */
	const char *expected;  /* or NULL */
	const char *basis;     /* "documented": what the rule rests on; or NULL */
};

/* A request and its answer. Secrets of the request were replaced by "***" before it came here;
 * those of the answer are when it is shown, since most never are. */
struct journal_entry {
	uint64_t sequence; /* the journal's: in the order of the answers, from 1 */
	char id[SID_SIZE];
	char account_sid[SID_SIZE]; /* whose it is, or claims to be; "": nobody's */
	int64_t at_ms;		    /* when it came, on the account's clock */
	int64_t received_ms;	    /* and in real time */
	int64_t duration_us;
	struct bytes method, path, query; /* as sent; the query without `?` */
	struct bytes headers;		  /* "Name: value\n" for each, as sent */
	struct bytes form;		  /* the body as sent, its beginning at least */
	size_t form_length;		  /* of all of it, as sent */
	bool form_cut;			  /* there was more */
	bool has_hidden;		  /* something of the query or the form was replaced */
	struct bytes answer;		  /* the beginning of the answer's body, as sent */
	size_t answer_length;		  /* of all of it */
	bool answer_cut;		  /* there was more */
	const char *operation;		  /* "CreateFleet", or NULL; static */
	int status, code;
	enum applied applied;
	struct bytes fault;    /* the id of the one that hit it; or empty */
	struct bytes warnings; /* a JSON array; or empty */
	struct rejection rejected_by;
	bool via_control; /* it came by /_emulator/v1: looking, not testing */
};

/* Makes a journal with room for so many entries for each account, and so many bytes for all. NULL
 * without memory. */
struct journal *journal_new(size_t entries_maximum, size_t bytes_maximum);

/* Frees it, and all that is in it: nobody may hold an entry any more. NULL is harmless. */
void journal_free(struct journal *journal);

/* Puts a copy of an entry in; its sequence is set. Without memory it is left out, and counted. */
void journal_add(struct journal *journal, const struct journal_entry *entry);

/* Counts one that could not even be made, for want of memory. */
void journal_miss(struct journal *journal);

/* The newest sequence that was given; whoever waits for what comes begins here. */
uint64_t journal_newest(struct journal *journal);

/* Called for an entry, which lives for the call only, unless it is held. False stops. */
typedef bool journal_visitor(void *closure, const struct journal_entry *entry);

/* Visits an account's entries (NULL: everybody's) with after < sequence < before, newest first. The
 * journal is not locked meanwhile; what is added meanwhile is not visited. */
void journal_visit(struct journal *journal, const char *account_sid, uint64_t after,
	uint64_t before, journal_visitor *visit, void *closure);

/* The same, oldest first; what is added meanwhile is visited, too, if `before` allows it. */
void journal_visit_upwards(struct journal *journal, const char *account_sid, uint64_t after,
	uint64_t before, journal_visitor *visit, void *closure);

/* The entry of an account (NULL: anybody's) with this id, held; or NULL. */
const struct journal_entry *journal_fetch(
	struct journal *journal, const char *account_sid, const char *id);

/* Holds an entry that a visitor was given, until it is let go. */
void journal_hold(const struct journal_entry *entry);
void journal_let_go(const struct journal_entry *entry);

/* Takes out all that an account (NULL: everybody) has. Gives how many that were. */
size_t journal_clear(struct journal *journal, const char *account_sid);

/* For metrics. */
struct journal_counts {
	size_t entries, bytes, accounts;
	uint64_t evicted, lost; /* `lost`: for want of memory */
};
void journal_count(struct journal *journal, struct journal_counts *ret_counts);

#endif
