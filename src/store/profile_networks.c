/* SPDX-License-Identifier: MIT */
/* SQL of the Networks of Network Access Profiles. */
#include "store/profile_networks.h"

#include "store/connection.h"
#include "store/queries.h"

static const struct query add_network = {
	"INSERT INTO network_access_profile_networks"
	" (namespace, network_access_profile_sid, network_sid) VALUES (?1, ?2, ?3)"
	" ON CONFLICT DO NOTHING"
};

enum store_result store_add_profile_network(struct store_connection *connection,
	const char *namespace, const char *network_access_profile_sid, const char *network_sid)
{
	return query_write_texts(connection->session, &add_network, 3,
		(const char *const[]){ namespace, network_access_profile_sid, network_sid });
}

static const struct query remove_network = {
	"DELETE FROM network_access_profile_networks"
	" WHERE network_access_profile_sid = ?2 AND namespace = ?1 AND network_sid = ?3"
};

enum store_result store_remove_profile_network(struct store_connection *connection,
	const char *namespace, const char *network_access_profile_sid, const char *network_sid)
{
	return query_write_texts(connection->session, &remove_network, 3,
		(const char *const[]){ namespace, network_access_profile_sid, network_sid });
}

static const struct query select_networks = {
	"SELECT network_sid FROM network_access_profile_networks"
	" WHERE network_access_profile_sid = ?2 AND namespace = ?1"
};

enum store_result store_visit_profile_networks(struct store_connection *connection,
	const char *namespace, const char *network_access_profile_sid, store_text_visitor *visit,
	void *closure)
{
	struct cursor cursor;
	cursor_open(&cursor, connection->session, &select_networks);
	cursor_bind_text(&cursor, 1, namespace);
	cursor_bind_text(&cursor, 2, network_access_profile_sid);
	while (cursor_step(&cursor)) {
		const char *network_sid = cursor_text(&cursor, 0);
		if (cursor_row_is_whole(&cursor))
			visit(closure, network_sid);
	}
	return cursor_close(&cursor);
}

const struct query *const profile_network_queries[] = { &add_network, &remove_network,
	&select_networks, NULL };
