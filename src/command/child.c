/* SPDX-License-Identifier: MIT */
#include "command/child.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/signals.h"

/* In the child, while other threads of ours may have held any lock: only system calls. */
static void become(const struct child_setting *setting, pid_t parent, int report)
{
	/* The parent may have died before it was asked for. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
		setrlimit(RLIMIT_NOFILE, &setting->files) == 0) {
		signals_restore();
		execvpe(setting->words[0], (char *const *)setting->words,
			(char *const *)setting->environment);
	}
	const int error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(CHILD_NOT_RUNNABLE);
	_exit(CHILD_NOT_FOUND);
}

/* What the child says of its start: nothing, once it is the other program. */
static int read_report(int report)
{
	int error = 0;
	ssize_t size;
	do
		size = read(report, &error, sizeof(error));
	while (size < 0 && errno == EINTR);
	return size == sizeof(error) ? error : 0;
}

int child_start(const struct child_setting *setting, pid_t *ret_child)
{
	int report[2];
	if (pipe2(report, O_CLOEXEC) != 0)
		return errno;
	signal(SIGCHLD, SIG_DFL); /* whoever started us may have it ignored */
	const pid_t parent = getpid();
	const pid_t child = fork();
	if (child == 0)
		become(setting, parent, report[1]);
	int error = child < 0 ? errno : 0;
	close(report[1]);
	if (error == 0)
		error = read_report(report[0]);
	close(report[0]);
	if (child > 0 && error != 0)
		waitpid(child, NULL, 0);
	if (error == 0)
		*ret_child = child;
	return error;
}

int child_wait(pid_t child, const sigset_t *signals)
{
	for (;;) {
		int status;
		const int number = signals_wait(signals);
		if (number == SIGTERM || number == SIGHUP)
			kill(child, number);
		if (waitpid(child, &status, WNOHANG) == child)
			return WIFSIGNALED(status) ? CHILD_SIGNALLED + WTERMSIG(status)
						   : WEXITSTATUS(status);
	}
}
