/* SPDX-License-Identifier: MIT */
/*
 * The settings of the program and of its commands. One table (in options.c) describes each once;
 * flags, environment variables, the configuration file, help, manual and completions all come from
 * it.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/arena.h"
#include "util/failure.h"

struct text_list {
	const char **texts;
	size_t count;
};

/* Where a value comes from, in the order in which they give way. */
enum config_source { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_FLAG };

enum { FLEET_DEFAULTS_1000MB_SMS, FLEET_DEFAULTS_250MB_NO_SMS };

struct config {
	struct arena arena; /* owns the texts */
	const char *listen;
	const char *db;
	const char *tls;	/* "off", "auto", or "CERT.pem:KEY.pem" */
	const char *tls_listen; /* NULL: the default, where there is TLS */
	struct text_list tls_name;
	const char *tls_dir;	     /* NULL: the default */
	const char *proxy;	     /* NULL: none */
	int64_t proxy_others;	     /* 0 refuse, 1 tunnel */
	int64_t bundle, p12;	     /* forms of the authority: 0 no, 1 yes */
	int64_t java;		     /* 0 no, 1 yes */
	struct text_list account;    /* "AC…:token" */
	struct text_list api_key;    /* "SK…:secret:AC…" */
	int64_t auth;		     /* 0 open, 1 strict */
	int64_t strict;		     /* 0 no, 1 yes */
	const char *public_url;	     /* NULL: none */
	int64_t workers;	     /* 0: by the number of processors */
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
	int64_t console;	  /* 0 no, 1 yes */
	int64_t fidelity;	  /* 0 quiet, 1 header */
	int64_t log_level;	  /* enum log_level */
	int64_t log_format;	  /* enum log_format */
	const char *access_log;	  /* a file, or "-"; NULL: none */
	const char *port_file;	  /* NULL: none */
	int64_t grace;		  /* seconds */
	const char *config;	  /* NULL: none */
	struct text_list unknown; /* variables with our prefix that are none of ours: for the log */

	/* of commands */
	const char *url;	/* of the server that a command calls; NULL: none */
	int64_t timeout;	/* ms */
	const char *of_account; /* whom a command calls for: "AC…" or "AC…:token"; NULL: none */
	int64_t reset_to;	/* 0 seed, 1 empty */
	const char *check;	/* what is to be well after exec, see config_checks; or NULL */
	const char *summary;	/* file; NULL: none */
	const char **arguments; /* what is no option, ended by NULL; the caller's texts */
	const enum config_source *sources; /* of each option's value, in the table's order */
};

/* Whether there may be more on the command line than options. */
enum config_arguments {
	ARGUMENTS_NONE,
	ARGUMENTS_AMONG_OPTIONS,
	ARGUMENTS_LAST /* all from the first one on, whatever it looks like */
};

/* A default in place of the table's. */
struct config_default {
	const char *name, *value;
};

/* What is to be read, and for whom. */
struct config_request {
	unsigned command;		       /* whose options are taken: FOR_… (option.h) */
	const char *command_name;	       /* for messages; NULL: none */
	char *const *flags;		       /* what follows on the command line, ended by NULL */
	char *const *environment;	       /* likewise */
	const struct config_default *defaults; /* ended by a NULL name; or NULL */
	enum config_arguments arguments;
};

enum config_result {
	CONFIG_READY,
	CONFIG_HELP,
	CONFIG_VERSION,
	CONFIG_FIDELITY,
	CONFIG_ERRORS,
	CONFIG_OPTIONS,
	CONFIG_PRINT, /* the settings themselves, which are complete */
	CONFIG_FAILED
};

/*
 * Reads all settings: the flags, else the environment, else the file, else the default.
 * CONFIG_FAILED fills `failure`: EX_USAGE, or EX_DATAERR for the file. In any case the caller
 * ends it with config_done.
 */
enum config_result config_read(
	const struct config_request *request, struct config *ret_config, struct failure *failure);
void config_done(struct config *config);

/* The lengths of time in --webhook-retries, in milliseconds, in the arena. False when one cannot be
 * read. */
bool config_read_retries(
	struct arena *arena, const char *text, int64_t **ret_retries, size_t *ret_count);

/* How many requests the journal keeps for each account; 0: there is none. */
int64_t config_journal(const struct config *config);

/* The server's settings as a JSON object, secrets masked, in the arena; NULL without memory. */
const char *config_describe(struct config *config);

/* The same for those that a command takes, each as {"value", "source"}. */
const char *config_describe_sources(struct config *config, unsigned command);

/* Adds an account whose token is checked. False without memory. */
bool config_add_account(struct config *config, const char *sid, const char *token);

/* What exec may check; their names, as --check has them, separated by commas. */
enum check { CHECK_WEBHOOKS, CHECK_WARNINGS, CHECK_FAULTS, CHECK_COUNT };
extern const char *const check_names[CHECK_COUNT];

/* True when --check names it. */
bool config_checks(const struct config *config, enum check check);

/* Cuts "user:rest" into `ret_user` and the rest. False when it has not this form. */
const char *config_split(struct arena *arena, const char *text, const char **ret_user);

#endif
