/* SPDX-License-Identifier: MIT */
/* SQL of what is special to a resource: a profile's Networks, a Sim's device, a sink's history. */
#include "store/internal.h"

enum store_result store_add_profile_network(struct store_connection *connection,
	const char *namespace, const char *network_access_profile_sid, const char *network_sid)
{
	const char *const texts[] = { namespace, network_access_profile_sid, network_sid };
	return statement_write_texts(connection, ADD_PROFILE_NETWORK, texts);
}

enum store_result store_remove_profile_network(struct store_connection *connection,
	const char *namespace, const char *network_access_profile_sid, const char *network_sid)
{
	const char *const texts[] = { namespace, network_access_profile_sid, network_sid };
	return statement_write_texts(connection, REMOVE_PROFILE_NETWORK, texts);
}

enum store_result store_visit_profile_networks(struct store_connection *connection,
	const char *namespace, const char *network_access_profile_sid, store_text_visitor *visit,
	void *closure)
{
	sqlite3_stmt *statement = fixed_statement(connection, SELECT_PROFILE_NETWORKS);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, namespace);
	statement_bind_text(statement, 2, network_access_profile_sid);
	int step;
	while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
		const char *network_sid = (const char *)sqlite3_column_text(statement, 0);
		if (!statement_row_is_whole(statement))
			break;
		visit(closure, network_sid);
	}
	sqlite3_reset(statement);
	return step == SQLITE_DONE ? STORE_OK : store_failed(connection, "reading Networks");
}

enum store_result store_find_sim_of_device(struct store_connection *connection, const char *address,
	struct arena *arena, const char **ret_namespace, const char **ret_sid)
{
	sqlite3_stmt *statement = fixed_statement(connection, SIM_OF_DEVICE);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, address);
	const int step = sqlite3_step(statement);
	enum store_result result = STORE_NOT_FOUND;
	if (step == SQLITE_ROW) {
		*ret_namespace = statement_text(statement, 0, arena);
		*ret_sid = statement_text(statement, 1, arena);
		result = *ret_namespace != NULL && *ret_sid != NULL ? STORE_OK : STORE_FAILED;
	} else if (step != SQLITE_DONE) {
		result = store_failed(connection, "looking for a device");
	}
	sqlite3_reset(statement);
	return result;
}

enum store_result store_trim_sink_requests(struct store_connection *connection,
	const char *namespace, const char *sink_sid, int64_t keep)
{
	sqlite3_stmt *statement = fixed_statement(connection, TRIM_SINK_REQUESTS);
	if (statement == NULL)
		return STORE_FAILED;
	statement_bind_text(statement, 1, namespace);
	statement_bind_text(statement, 2, sink_sid);
	sqlite3_bind_int64(statement, 3, keep);
	return statement_write(connection, statement);
}
