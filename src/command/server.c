/* SPDX-License-Identifier: MIT */
/* Without a command: serves until a signal says that it is enough. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "command/runs.h"
#include "command/signals.h"
#include "program.h"
#include "program_identity.h"
#include "util/log.h"

/* For a person who started it in a terminal. Programs that read the line on stdout see nothing of
 * it. */
static void greet(const struct program *program)
{
	const char *url = program->config->public_url != NULL ? program->config->public_url
							      : program->listeners[DOOR_PLAIN].url;
	if (!isatty(STDOUT_FILENO))
		return;
	if (program->emulator.has_console)
		fprintf(stderr, "\n  The console   %s/console/\n", url);
	fprintf(stderr,
		"  The API       %s/v1\n"
		"  Try           curl -u AC00000000000000000000000000000001:anytoken "
		"%s/v1/Sims\n\n",
		url, url);
}

/* A hang-up has the certificate read again, where one was given. The second other signal ends the
 * process wherever it is. */
static void wait_for_stop(struct program *program, const sigset_t *signals)
{
	while (signals_wait(signals) == SIGHUP)
		program_reload(program);
	log_line(LOG_INFO, "stopping");
	signals_exit_on(signals);
}

int run_server(struct config *config)
{
	const bool reloads = config_tls(config) == TLS_GIVEN;
	const int numbers[] = { SIGTERM, SIGINT, reloads ? SIGHUP : 0, 0 };
	struct program program;
	struct failure failure = { .exit_code = EX_SOFTWARE };
	sigset_t signals;
	program_init(&program, config);
	program_configure_log(&program);
	signals_block(numbers, &signals);
	const bool ready =
		program_start(&program, &failure) && program_say_ready(&program, stdout, &failure);
	if (ready) {
		greet(&program);
		wait_for_stop(&program, &signals);
	} else {
		fprintf(stderr, "supersimd: %s\n", failure.message);
	}
	program_stop(&program);
	return ready ? EX_OK : failure.exit_code;
}
