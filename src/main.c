/* SPDX-License-Identifier: MIT */
/* Makes the ground even, and runs what the command line asks for. */
#include <fcntl.h>
#include <unistd.h>

#include "command/dispatch.h"
#include "util/json_read.h"

extern char **environ;

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

int main(int argc, char *argv[])
{
	occupy_standard_files();
	json_read_init();
	return command_dispatch(argc > 0 ? argv + 1 : argv, environ);
}
