/* SPDX-License-Identifier: MIT */
/*
 * Runs a command against a server of its own: this process serves, the command is its child.
 *
 * What is pressed on the terminal's keyboard goes to both. It is the child's to decide what that
 * means; we end when it does.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "command/child.h"
#include "command/environment.h"
#include "command/outcome.h"
#include "command/runs.h"
#include "command/signals.h"
#include "command/trust_files.h"
#include "model/sid.h"
#include "program.h"
#include "program_identity.h"
#include "util/clock.h"

extern char **environ;

enum { VARIABLES_MAXIMUM = 24 }; /* that the child gets from us */

/* All that one run has. */
struct execution {
	struct config *config;
	struct program program;
	struct environment environment;
	const char *account_sid, *auth_token; /* what the child is to call with */
	struct rlimit files;		      /* as it was before the server raised it */
	sigset_t signals;
	struct outcome outcome;
};

/* An SID, or a token as Twilio's are, that nobody has. NULL without memory. */
static const char *make_up(struct arena *arena, bool is_token)
{
	char made[SID_SIZE];
	sid_make("AC", made);
	const size_t prefix = is_token ? 2 : 0;
	return arena_copy(arena, made + prefix, SID_LENGTH - prefix);
}

/* Whom the child calls as: what its environment says, else the first --account, else somebody new.
 * Who is made up must be known to a server that knows its accounts. */
static bool settle_credentials(struct execution *execution)
{
	struct config *config = execution->config;
	struct environment *environment = &execution->environment;
	const char *sid = environment_get(environment, "TWILIO_ACCOUNT_SID");
	const char *token = environment_get(environment, "TWILIO_AUTH_TOKEN");
	const bool known = sid == NULL && config->account.count > 0;
	if (known)
		token = config_split(&config->arena, config->account.texts[0], &sid);
	else if (sid == NULL)
		sid = make_up(&config->arena, false);
	if (token == NULL && !known)
		token = make_up(&config->arena, true);
	execution->account_sid = sid;
	execution->auth_token = token;
	if (sid == NULL || token == NULL)
		return false;
	return known || config->auth == 0 || config_add_account(config, sid, token);
}

static bool prepare(struct execution *execution, struct failure *failure)
{
	static const int numbers[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGCHLD, 0 };
	struct config *config = execution->config;
	program_init(&execution->program, config);
	program_configure_log(&execution->program);
	signals_block(numbers, &execution->signals);
	environment_init(&execution->environment, &config->arena, environ, VARIABLES_MAXIMUM);
	if (getrlimit(RLIMIT_NOFILE, &execution->files) != 0)
		return failure_set(failure, EX_OSERR, "cannot read a limit: %s", strerror(errno));
	return settle_credentials(execution) || failure_set(failure, EX_OSERR, "out of memory");
}

/* What tells the child where the server is, and how it is called. */
static bool complete_environment(struct execution *execution, struct failure *failure)
{
	struct environment *environment = &execution->environment;
	environment_set(environment, "SUPERSIM_URL", execution->program.listeners[DOOR_PLAIN].url);
	environment_set(environment, "TWILIO_ACCOUNT_SID", execution->account_sid);
	environment_set(environment, "TWILIO_AUTH_TOKEN", execution->auth_token);
	if (!trust_files_announce(&execution->program, environment, failure))
		return false;
	return !environment->failed || failure_set(failure, EX_OSERR, "out of memory");
}

static bool run_child(struct execution *execution, struct failure *failure)
{
	const struct child_setting setting = {
		.words = execution->config->arguments,
		.environment = execution->environment.variables,
		.files = execution->files,
	};
	pid_t child;
	const int64_t begun_us = clock_monotonic_us();
	const int error = child_start(&setting, &child);
	if (error != 0)
		return failure_set(failure, error == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_RUNNABLE,
			"cannot run %s: %s", setting.words[0], strerror(error));
	execution->outcome.exit_code = child_wait(child, &execution->signals);
	execution->outcome.duration_ms = (clock_monotonic_us() - begun_us) / 1000;
	return true;
}

/* Free ports for TLS, and for the proxy by which a child gets there. */
static void settle_doors(struct config *config)
{
	if (config_tls(config) == TLS_OFF)
		return;
	if (config->tls_listen == NULL)
		config->tls_listen = "127.0.0.1:0";
	if (config->proxy == NULL)
		config->proxy = "127.0.0.1:0";
}

int run_exec(struct config *config)
{
	struct execution execution = { .config = config };
	struct program *program = &execution.program;
	struct outcome *outcome = &execution.outcome;
	struct failure failure = { .exit_code = EX_SOFTWARE };
	settle_doors(config);
	const bool good =
		prepare(&execution, &failure) && outcome_begin(outcome, config, &failure) &&
		program_start(program, &failure) && complete_environment(&execution, &failure) &&
		program_say_ready(program, stderr, &failure) && run_child(&execution, &failure) &&
		outcome_complete(outcome, program, &failure);
	if (!good)
		fprintf(stderr, "supersimd: %s\n", failure.message);
	program_stop(program);
	outcome_end(outcome);
	return good ? outcome->exit_code : failure.exit_code;
}
