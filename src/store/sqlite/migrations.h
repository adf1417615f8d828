/* SPDX-License-Identifier: MIT */
/* The files of migrations/ in the order of their numbers, embedded at build (see CMakeLists.txt).
 */
#ifndef STORE_SQLITE_MIGRATIONS_H
#define STORE_SQLITE_MIGRATIONS_H

#include <stddef.h>

struct migration {
	int number;
	const char *name; /* the file's, without its number and ending */
	const char *sql;
};

extern const struct migration migrations[];
extern const size_t migration_count;

#endif
