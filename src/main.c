/* SPDX-License-Identifier: MIT */
/* Reads the options, starts the server, waits for a signal, stops it. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "api/errors.h"
#include "api/fidelity.h"
#include "control/error.h"
#include "program.h"
#include "util/json_read.h"
#include "util/log.h"
#include "version.h"

extern char **environ;

/* The one line on stdout. */
static bool say_ready(const struct program *program, struct failure *failure)
{
	printf("{\"ready\":true,\"url\":\"%s\",\"pid\":%ld}\n", program->listener.url,
		(long)getpid());
	return fflush(stdout) == 0 ||
	       failure_set(failure, EX_IOERR, "cannot write to the standard output");
}

/* The next file that is opened would take the place of one that is closed: what goes to the log
 * would end in the database. Writing to these still fails, as it should. */
static void occupy_standard_files(void)
{
	int file;
	do
		file = open("/dev/null", O_RDONLY | O_CLOEXEC);
	while (file >= 0 && file <= STDERR_FILENO);
	if (file >= 0)
		close(file);
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
	signal(SIGXFSZ,
		SIG_IGN); /* a file may grow no more: as with a full disk, the write fails */
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

/* People have variables of their own that begin like ours: they are no reason not to start. */
static void warn_of_variables(const struct config *config)
{
	for (size_t i = 0; i < config->unknown.count; i++)
		log_line(LOG_WARNING, "%s", config->unknown.texts[i]);
}

/* Everything between a complete configuration and the exit code. */
static int serve(struct program *program)
{
	struct failure failure = { .exit_code = EX_SOFTWARE };
	sigset_t signals;
	log_configure((enum log_level)program->config.log_level,
		(enum log_format)program->config.log_format);
	warn_of_variables(&program->config);
	block_signals(&signals);
	bool ready = program_start(program, &failure);
	if (ready) {
		program_tell_start(program);
		ready = say_ready(program, &failure);
	}
	if (ready)
		wait_for_stop(&signals);
	else
		fprintf(stderr, "supersimd: %s\n", failure.message);
	program_stop(program);
	return ready ? EX_OK : failure.exit_code;
}

/* docs/errors.md: each room knows its own. */
static void print_errors(void)
{
	api_errors_print(stdout);
	control_errors_print(stdout);
}

int main(int argc, char *argv[])
{
	struct program program;
	struct failure failure;
	program_init(&program);
	occupy_standard_files();
	json_read_init();
	switch (config_read(argc, argv, environ, &program.config, &failure)) {
	case CONFIG_READY: return serve(&program);
	case CONFIG_HELP: config_print_help(stdout); break;
	case CONFIG_FIDELITY: fidelity_print(stdout); break;
	case CONFIG_ERRORS: print_errors(); break;
	case CONFIG_VERSION: puts("supersimd " SUPERSIM_VERSION); break;
	case CONFIG_FAILED:
		fprintf(stderr, "supersimd: %s\n", failure.message);
		config_done(&program.config);
		return failure.exit_code;
	}
	config_done(&program.config);
	return EX_OK;
}
