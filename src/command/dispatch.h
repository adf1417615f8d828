/* SPDX-License-Identifier: MIT */
/* From the words of the command line to the exit code. */
#ifndef COMMAND_DISPATCH_H
#define COMMAND_DISPATCH_H

/* Runs what the words after the program's name ask for (ended by NULL), and gives the exit code. */
int command_dispatch(char *const words[], char *const environment[]);

#endif
