/* SPDX-License-Identifier: MIT */
/* How faithful the emulator is, said openly: one table, printed as docs/fidelity.md. */
#ifndef API_FIDELITY_H
#define API_FIDELITY_H

#include <stdio.h>

/* Prints the page: every operation, error and rule with what it rests on. */
void fidelity_print(FILE *out);

#endif
