/* SPDX-License-Identifier: MIT */
/*
 * What a write changed, for those who watch: they are told once it is durable.
 *
 * Every write makes one, whether anybody watches or not. So it has a fixed size, owns nothing, and
 * is told in JSON only where it is wanted.
 */
#ifndef MODEL_CHANGE_H
#define MODEL_CHANGE_H

#include <stdint.h>

#include "model/sid.h"

/* What may have changed in an account, as bits: that of a resource is 1 << its number. */
enum {
	CHANGED_DUE = 1 << 26,	    /* what is to happen later */
	CHANGED_CLOCK = 1 << 27,    /* what time it is */
	CHANGED_REQUESTS = 1 << 28, /* the journal: no write does that */
	CHANGED_ACCOUNT = 1 << 29,  /* all of it: it was reset, or ended */
	CHANGED_UNKNOWN = 1 << 30   /* something: there was no memory to note what */
};

enum { CHANGE_TEXTS = 3, CHANGE_TEXT_SIZE = 40 };

struct change {
	unsigned subjects;	  /* CHANGED_…, and resources */
	const char *event;	  /* "sim.updated": static; NULL: it is nothing to tell */
	const char *status_event; /* "sim.status" besides: static; NULL: the status is the same */
	char account_sid[SID_SIZE];
	char sid[SID_SIZE]; /* of the record; "": of none */
	int64_t at_ms;	    /* the account's time */
	struct {
		const char *key; /* static; NULL: there are no more */
		char value[CHANGE_TEXT_SIZE];
	} shown[CHANGE_TEXTS];
};

#endif
