/* SPDX-License-Identifier: MIT */
/* From the words of the command line to the exit code. */
#ifndef COMMAND_RUN_H
#define COMMAND_RUN_H

/* Runs what the words after the program's name ask for (ended by NULL), and gives the exit code. */
int command_run(char *const words[], char *const environment[]);

#endif
