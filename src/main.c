/* SPDX-License-Identifier: MIT */
/*
 * Starts things in order, waits for a signal, stops them in reverse.
 *
 * What can be refused without having touched anything is looked at first: the settings, the seed
 * file, the address; then the database is opened.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "http/server.h"
#include "service/seed.h"
#include "util/log.h"
#include "version.h"

extern char **environ;

/* All that runs, so that one function can take it down from any point of the start. */
struct program {
	struct config config;
	struct settings settings;
	struct seed *seed;
	struct listener listener;
	struct store *store;
	struct accounts *accounts;
	struct api api;
	struct server *server;
	bool port_file_written;
};

/* ── starting ────────────────────────────────────────────────────────────────────────────── */

static bool read_seed(struct program *program, struct failure *failure)
{
	const char *path = program->config.seed;
	if (path == NULL)
		return true;
	struct strbuf text;
	strbuf_init(&text, 1 << 30);
	FILE *file = fopen(path, "r");
	bool good = file != NULL;
	char piece[16384];
	size_t size;
	while (good && (size = fread(piece, 1, sizeof(piece), file)) > 0)
		strbuf_add(&text, piece, size);
	good = good && !ferror(file) && !text.failed;
	if (!good)
		failure_set(failure, EX_DATAERR, "cannot read the seed file %s", path);
	if (file != NULL)
		fclose(file);
	good = good &&
	       seed_parse(text.data, text.length, &program->settings, &program->seed, failure);
	strbuf_done(&text);
	return good;
}

static bool add_configured_accounts(struct program *program)
{
	struct config *config = &program->config;
	for (size_t i = 0; i < config->account.count; i++) {
		const char *sid;
		const char *token = config_split(&config->arena, config->account.texts[i], &sid);
		if (token == NULL || !accounts_add(program->accounts, sid, token, sid))
			return false;
	}
	for (size_t i = 0; i < config->api_key.count; i++) {
		const char *sid;
		const char *rest = config_split(&config->arena, config->api_key.texts[i], &sid);
		const char *account = rest != NULL ? strrchr(rest, ':') : NULL;
		if (account == NULL)
			return false;
		const char *secret = arena_copy(&config->arena, rest, (size_t)(account - rest));
		if (secret == NULL || !accounts_add(program->accounts, sid, secret, account + 1))
			return false;
	}
	return true;
}

/* Puts the seed in and learns the accounts, on a connection that lives for this only. */
static bool load_database(struct program *program, struct failure *failure)
{
	struct store_connection *connection = store_connect(program->store, true, failure);
	if (connection == NULL)
		return false;
	bool good = program->seed == NULL || seed_apply(program->seed, connection, failure);
	program->accounts = accounts_new(program->config.auth == 1);
	if (good)
		good = (program->accounts != NULL && accounts_load(program->accounts, connection) &&
			       add_configured_accounts(program)) ||
		       failure_set(failure, EX_IOERR, "cannot read the database %s",
			       program->config.db);
	store_disconnect(connection);
	return good;
}

static unsigned worker_count(const struct config *config)
{
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);
	if (config->workers > 0)
		return (unsigned)config->workers;
	return processors < 1 ? 1 : processors > 4 ? 4 : (unsigned)processors;
}

static bool write_port_file(struct program *program, struct failure *failure)
{
	const char *path = program->config.port_file;
	if (path == NULL)
		return true;
	char temporary[4096];
	snprintf(temporary, sizeof(temporary), "%s.%ld", path, (long)getpid());
	const char *port = strrchr(program->listener.url, ':') + 1;
	FILE *file = fopen(temporary, "w");
	bool written = file != NULL && fprintf(file, "%s\n", port) > 0;
	if (file != NULL)
		written = fclose(file) == 0 && written;
	written = written && rename(temporary, path) == 0;
	if (!written && file != NULL)
		remove(temporary);
	program->port_file_written = written;
	return written || failure_set(failure, EX_CANTCREAT, "cannot write the port file %s", path);
}

static bool start(struct program *program, struct failure *failure)
{
	const struct config *config = &program->config;
	const bool small = config->fleet_defaults == FLEET_DEFAULTS_250MB_NO_SMS;
	program->settings.fleet_data_limit = small ? 250 : 1000;
	program->settings.fleet_sms_commands_enabled = !small;
	const struct store_options store_options = {
		.path = config->db,
		.durability = (enum store_durability)config->durability,
		.resources = service_resources,
	};
	if (!read_seed(program, failure) ||
		!listener_bind(config->listen, worker_count(config), &program->listener, failure) ||
		!store_open(&store_options, &program->store, failure) ||
		!load_database(program, failure))
		return false;
	program->api.accounts = program->accounts;
	program->api.settings = &program->settings;
	const struct server_options server_options = {
		.api = &program->api,
		.store = program->store,
		.public_url = config->public_url,
	};
	return server_start(&server_options, &program->listener, &program->server, failure) &&
	       write_port_file(program, failure);
}

/* The one line on stdout. */
static bool say_ready(const struct program *program, struct failure *failure)
{
	printf("{\"ready\":true,\"url\":\"%s\",\"pid\":%ld}\n", program->listener.url,
		(long)getpid());
	return fflush(stdout) == 0 ||
	       failure_set(failure, EX_IOERR, "cannot write to the standard output");
}

/* ── stopping ────────────────────────────────────────────────────────────────────────────── */

static void stop(struct program *program)
{
	if (program->server != NULL)
		server_stop(program->server, program->config.grace * 1000);
	if (program->port_file_written)
		remove(program->config.port_file);
	listener_close(&program->listener);
	accounts_free(program->accounts);
	seed_free(program->seed);
	store_close(program->store);
	config_done(&program->config);
}

static void exit_at_once(int number)
{
	_exit(128 + number);
}

/* Signals are taken by sigwait in main; every thread starts with them blocked. */
static void block_signals(sigset_t *ret_signals)
{
	sigemptyset(ret_signals);
	sigaddset(ret_signals, SIGTERM);
	sigaddset(ret_signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void wait_for_stop(const sigset_t *signals)
{
	int number = 0;
	while (sigwait(signals, &number) != 0)
		continue;
	log_line(LOG_INFO, "stopping");
	/* The second one ends the process wherever it is. */
	signal(SIGTERM, exit_at_once);
	signal(SIGINT, exit_at_once);
	pthread_sigmask(SIG_UNBLOCK, signals, NULL);
}

/* Everything between a complete configuration and the exit code. */
static int serve(struct program *program)
{
	struct failure failure = { .exit_code = EX_SOFTWARE };
	sigset_t signals;
	log_configure((enum log_level)program->config.log_level,
		(enum log_format)program->config.log_format);
	block_signals(&signals);
	const bool ready = start(program, &failure) && say_ready(program, &failure);
	if (ready)
		wait_for_stop(&signals);
	else
		fprintf(stderr, "supersimd: %s\n", failure.message);
	stop(program);
	return ready ? EX_OK : failure.exit_code;
}

int main(int argc, char *argv[])
{
	struct program program = { 0 };
	struct failure failure;
	switch (config_read(argc, argv, environ, &program.config, &failure)) {
	case CONFIG_READY: return serve(&program);
	case CONFIG_HELP: config_print_help(stdout); break;
	case CONFIG_VERSION: puts("supersimd " SUPERSIM_VERSION); break;
	case CONFIG_FAILED:
		fprintf(stderr, "supersimd: %s\n", failure.message);
		config_done(&program.config);
		return failure.exit_code;
	}
	config_done(&program.config);
	return EX_OK;
}
