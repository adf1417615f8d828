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

/* Who takes an option: the server by itself, or a command. As bits. */
enum {
	FOR_SERVER = 1 << 0,
	FOR_EXEC = 1 << 1,
	FOR_WAIT = 1 << 2,
	FOR_HEALTHCHECK = 1 << 3,
	FOR_ACCOUNT = 1 << 4, /* commands that call a server for an account */
	FOR_RESET = 1 << 5,   /* the one of them that has options of its own */
	FOR_CA = 1 << 6,
	FOR_STARTING = FOR_SERVER | FOR_EXEC,
	FOR_CALLING = FOR_WAIT | FOR_HEALTHCHECK | FOR_ACCOUNT
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
	bool is_file;			    /* its value names one */
	bool is_switch;	   /* as a flag it means the last choice, and has no value */
	bool stands_alone; /* likewise, but it may have a value */
	bool flag_only;	   /* it is no variable, and no key of the file */
	unsigned taken;	   /* by whom, FOR_…; 0: by those that start a server */
};

enum { OPTION_COUNT = 47 };
extern const struct option options[OPTION_COUNT];

/* True when an option is taken by any of `commands`. */
bool option_is_for(const struct option *option, unsigned commands);

#endif
