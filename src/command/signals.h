/* SPDX-License-Identifier: MIT */
/* Signals, for whoever waits on the main thread while others serve. */
#ifndef COMMAND_SIGNALS_H
#define COMMAND_SIGNALS_H

#include <signal.h>

/* Blocks signals (ended by 0), for this thread and those that it starts. What would end the process
 * because a peer or a file takes no more is ignored: writing fails instead. */
void signals_block(const int *numbers, sigset_t *ret_signals);

/* Undoes all that, in a child that becomes another program. */
void signals_restore(void);

/* Waits for the next one, and gives its number. */
int signals_wait(const sigset_t *signals);

/* From now on one of them ends the process at once. */
void signals_exit_on(const sigset_t *signals);

#endif
