/* SPDX-License-Identifier: MIT */
#include "util/budget.h"

bool budget_take(struct budget *budget, size_t amount)
{
	size_t taken = atomic_load_explicit(&budget->taken, memory_order_relaxed);
	do {
		if (amount > budget->limit - taken)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(&budget->taken, &taken, taken + amount,
		memory_order_relaxed, memory_order_relaxed));
	return true;
}

void budget_give(struct budget *budget, size_t amount)
{
	atomic_fetch_sub_explicit(&budget->taken, amount, memory_order_relaxed);
}
