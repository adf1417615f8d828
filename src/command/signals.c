/* SPDX-License-Identifier: MIT */
#include "command/signals.h"

#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

#include "util/count.h"

/* A peer that went away; a file that may grow no more: as with a full disk, the write fails. */
static const int ignored[] = { SIGPIPE, SIGXFSZ };

void signals_block(const int *numbers, sigset_t *ret_signals)
{
	sigemptyset(ret_signals);
	for (size_t i = 0; numbers[i] != 0; i++)
		sigaddset(ret_signals, numbers[i]);
	pthread_sigmask(SIG_BLOCK, ret_signals, NULL);
	for (size_t i = 0; i < COUNT_OF(ignored); i++)
		signal(ignored[i], SIG_IGN);
}

void signals_restore(void)
{
	sigset_t none;
	sigemptyset(&none);
	for (size_t i = 0; i < COUNT_OF(ignored); i++)
		signal(ignored[i], SIG_DFL);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
}

int signals_wait(const sigset_t *signals)
{
	int number = 0;
	while (sigwait(signals, &number) != 0)
		continue;
	return number;
}

static void exit_at_once(int number)
{
	_exit(128 + number);
}

void signals_exit_on(const sigset_t *signals)
{
	for (int number = 1; number < SIGRTMIN; number++) {
		if (sigismember(signals, number) == 1)
			signal(number, exit_at_once);
	}
	pthread_sigmask(SIG_UNBLOCK, signals, NULL);
}
