/* SPDX-License-Identifier: MIT */
/* Another program as a child of ours, which neither outlives the other. */
#ifndef COMMAND_CHILD_H
#define COMMAND_CHILD_H

#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

/* Exit codes that shells have for what cannot be run, and for what a signal ended. */
enum { CHILD_NOT_RUNNABLE = 126, CHILD_NOT_FOUND = 127, CHILD_SIGNALLED = 128 };

/* What a child is to begin with. */
struct child_setting {
	const char *const *words;	/* the program and its arguments, ended by NULL */
	const char *const *environment; /* likewise */
	struct rlimit files;		/* how many it may open */
};

/*
 * Starts it, in our group of processes and with our standard files. When this thread's process
 * ends, however that may be, the kernel kills the child: so the thread must not end before. 0, or
 * an errno: it could not be run.
 */
int child_start(const struct child_setting *setting, pid_t *ret_child);

/*
 * Waits for its end; SIGTERM and SIGHUP are passed on. `signals` are blocked, and SIGCHLD is among
 * them. Gives what a shell would: its exit code, or 128 and the signal that ended it.
 */
int child_wait(pid_t child, const sigset_t *signals);

#endif
