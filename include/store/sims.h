/* SPDX-License-Identifier: MIT */
/* What is asked about Sims, and about no other resource. */
#ifndef STORE_SIMS_H
#define STORE_SIMS_H

#include "store/store.h"

/* Finds the Sim, of any account, whose device has this address. Both texts go to `arena`. */
enum store_result store_find_sim_of_device(struct store_connection *connection, const char *address,
	struct arena *arena, const char **ret_namespace, const char **ret_sid);

#endif
