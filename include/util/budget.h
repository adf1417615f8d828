/* SPDX-License-Identifier: MIT */
/*
 * How much of something all threads together may hold. Who has taken an amount gives it back.
 * Any thread.
 */
#ifndef UTIL_BUDGET_H
#define UTIL_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct budget {
	atomic_size_t taken;
	size_t limit;
};

/* Takes an amount. False, and nothing is taken, when that would be more than the limit. */
bool budget_take(struct budget *budget, size_t amount);

/* Gives back an amount that was taken. */
void budget_give(struct budget *budget, size_t amount);

#endif
