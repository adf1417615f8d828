/* SPDX-License-Identifier: MIT */
/* SQL of Sims beyond that of any resource. */
#include "store/sims.h"

#include "store/connection.h"
#include "store/queries.h"

/* 34 is the length of a SID, which a namespace begins with. */
static const struct query sim_of_device = {
	"SELECT sims.namespace, sims.sid FROM sims JOIN accounts"
	" ON accounts.sid = substr(sims.namespace, 1, 34)"
	" AND accounts.namespace = sims.namespace WHERE device_udp = ?1"
};

enum store_result store_find_sim_of_device(struct store_connection *connection, const char *address,
	struct arena *arena, const char **ret_namespace, const char **ret_sid)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &sim_of_device);
	cursor_bind_text(&cursor, 1, address);
	const bool found = cursor_step(&cursor);
	if (found) {
		*ret_namespace = cursor_copy_text(&cursor, 0, arena);
		*ret_sid = cursor_copy_text(&cursor, 1, arena);
	}
	return cursor_close_found(&cursor, found);
}

const struct query *const sim_queries[] = { &sim_of_device, NULL };
