/* SPDX-License-Identifier: MIT */
/*
 * The settings of the program. One table (in options.c) describes each once; flags, environment
 * variables, the configuration file and --help all come from it.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "util/arena.h"
#include "util/failure.h"

struct text_list {
	const char **texts;
	size_t count;
};

enum { FLEET_DEFAULTS_1000MB_SMS, FLEET_DEFAULTS_250MB_NO_SMS };

struct config {
	struct arena arena; /* owns the texts */
	const char *listen;
	const char *db;
	struct text_list account;    /* "AC…:token" */
	struct text_list api_key;    /* "SK…:secret:AC…" */
	int64_t auth;		     /* 0 open, 1 strict */
	int64_t strict;		     /* 0 no, 1 yes */
	const char *public_url;	     /* NULL: none */
	int64_t workers;	     /* 0: one for each processor */
	int64_t durability;	     /* enum store_durability */
	const char *seed;	     /* NULL: none */
	const char *admin_token;     /* NULL: none */
	const char *device_udp;	     /* NULL: none */
	const char *webhook_retries; /* "5s,30s", or "none" */
	int64_t allow_egress;	     /* 0 no, 1 yes */
	struct text_list allow_host;
	const char *webhook_ca; /* NULL: none */
	int64_t delivery_history;
	const char *journal; /* a count, or "off" */
	int64_t journal_bytes;
	int64_t transition_delay; /* ms */
	int64_t data_limit_delay; /* ms */
	int64_t data_limit_check; /* ms; 0: at once */
	int64_t fleet_defaults;
	int64_t rng_seed;	  /* 0: another one with each start */
	int64_t fidelity;	  /* 0 quiet, 1 header */
	int64_t log_level;	  /* enum log_level */
	int64_t log_format;	  /* enum log_format */
	const char *access_log;	  /* a file, or "-"; NULL: none */
	const char *port_file;	  /* NULL: none */
	int64_t grace;		  /* seconds */
	const char *config;	  /* NULL: none */
	struct text_list unknown; /* variables with our prefix that are none of ours: for the log */
};

enum config_result {
	CONFIG_READY,
	CONFIG_HELP,
	CONFIG_VERSION,
	CONFIG_FIDELITY,
	CONFIG_ERRORS,
	CONFIG_FAILED
};

/*
 * Reads all settings: the flags, else the environment, else the file, else the default.
 * CONFIG_FAILED fills `failure`: EX_USAGE, or EX_DATAERR for the file. In any case the caller
 * ends it with config_done.
 */
enum config_result config_read(int argc, char *const argv[], char *const environment[],
	struct config *ret_config, struct failure *failure);
void config_done(struct config *config);

/* The lengths of time in --webhook-retries, in milliseconds, in the arena. False when one cannot be
 * read. */
bool config_read_retries(
	struct arena *arena, const char *text, int64_t **ret_retries, size_t *ret_count);

/* How many requests the journal keeps for each account; 0: there is none. */
int64_t config_journal(const struct config *config);

/* The settings as a JSON object, secrets masked, in the arena; NULL without memory. */
const char *config_describe(struct config *config);

/* Prints what --help shows. */
void config_print_help(FILE *out);

/* Cuts "user:rest" into `ret_user` and the rest. False when it has not this form. */
const char *config_split(struct arena *arena, const char *text, const char **ret_user);

#endif
