/* SPDX-License-Identifier: MIT */
/* What each command does; see command/command.h. */
#ifndef COMMAND_RUNS_H
#define COMMAND_RUNS_H

#include "options.h"

int run_server(struct config *config);
int run_exec(struct config *config);
int run_ca(struct config *config);
int run_wait(struct config *config);
int run_healthcheck(struct config *config);
int run_state(struct config *config);
int run_reset(struct config *config);
int run_advance(struct config *config);
int run_completion(struct config *config);
int run_man(struct config *config);
int run_help(struct config *config);

#endif
