/* SPDX-License-Identifier: MIT */
/* Scope-bound clean-up (gcc and clang): declare with CLEANUP(f) and return early without fear.
 * `f` takes a pointer to the variable. */
#ifndef UTIL_CLEANUP_H
#define UTIL_CLEANUP_H

#define CLEANUP(function) __attribute__((cleanup(function)))

#endif
