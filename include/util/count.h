/* SPDX-License-Identifier: MIT */
/* How many elements a table has. */
#ifndef UTIL_COUNT_H
#define UTIL_COUNT_H

/* The number of elements of an array; of a pointer it would be wrong, and gcc says so. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
