/* SPDX-License-Identifier: MIT */
/* The files of migrations/ in the order of their numbers, and what they make, embedded at build
 * (see CMakeLists.txt). */
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

/* The schema of a new database: that of one that all migrations have been applied to. */
extern const char newest_schema[];

#endif
