/* SPDX-License-Identifier: MIT */
/* Which Networks a Network Access Profile has. */
#ifndef STORE_PROFILE_NETWORKS_H
#define STORE_PROFILE_NETWORKS_H

#include "store/store.h"

/* Keeps a Network's SID with a profile; one that it has is left alone. */
enum store_result store_add_profile_network(struct store_connection *connection,
	const char *namespace, const char *network_access_profile_sid, const char *network_sid);

/* Takes it away. One that the profile has not is no failure. */
enum store_result store_remove_profile_network(struct store_connection *connection,
	const char *namespace, const char *network_access_profile_sid, const char *network_sid);

/* Called for each Network's SID, which lives for the call only. */
typedef void store_text_visitor(void *closure, const char *text);
enum store_result store_visit_profile_networks(struct store_connection *connection,
	const char *namespace, const char *network_access_profile_sid, store_text_visitor *visit,
	void *closure);

#endif
