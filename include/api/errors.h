/* SPDX-License-Identifier: MIT */
/* docs/errors.md: every error of /v1 with its cause and its cure, and what each parameter takes,
 * from the tables that make the answers and the hints. */
#ifndef API_ERRORS_H
#define API_ERRORS_H

#include <stdio.h>

/* Prints the head of the page and the part about /v1. */
void api_errors_print(FILE *out);

#endif
