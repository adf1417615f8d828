/* SPDX-License-Identifier: MIT */
/* How an option is described, and the table of all: for whoever reads, shows or explains them. */
#ifndef OPTION_H
#define OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
	OPTION_TEXT,
	OPTION_LIST,
	OPTION_NUMBER,
	OPTION_DURATION, /* milliseconds */
	OPTION_CHOICE
};

struct option {
	const char *name; /* of the flag without dashes, and the key in the file */
	enum option_kind kind;
	size_t offset;
	const char *argument; /* what --help shows for the value */
	const char *initial;  /* the default, as text; NULL: none */
	const char *help;
	int64_t minimum, maximum;	    /* OPTION_NUMBER */
	const char *choices[5];		    /* OPTION_CHOICE: the value is the place in it */
	bool (*accepts)(const char *value); /* NULL: any text but an empty one */
	const char *rule;		    /* what it accepts; NULL: `argument` says it */
	char dropped_end;		    /* what a text may end with, but is kept without */
	bool secret;			    /* not to be shown */
};

enum { OPTION_COUNT = 31 };
extern const struct option options[OPTION_COUNT];

#endif
