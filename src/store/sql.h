/* SPDX-License-Identifier: MIT */
/* SQL from field tables: what a resource's records are read and written by. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "store/connection.h"

/* What is asked about records. Parameters stand in this order. */
enum record_query {
	SELECT_BY_SID,	/* the id and every stored field but the namespace; namespace, SID */
	SELECT_BY_NAME, /* likewise; namespace, unique name */
	FIND_BY_SID,	/* the SID; namespace, SID */
	FIND_BY_NAME,	/* the SID; namespace, unique name */
	INSERT_RECORD,	/* every stored field */
	UPDATE_RECORD, /* the fields of the set, which are those that are written; namespace, SID */
	SELECT_PAGE, /* as SELECT_BY_SID; namespace, the fields of the set, id below which, limit */
	SELECT_SHOWN_PAGE, /* likewise, but of the fields those that are shown */
	SELECT_ABOVE,	   /* the id; namespace, the fields of the set, id above which, limit */
	DELETE_RECORD,	   /* namespace, SID */
	SWEEP_RECORDS,	   /* deletes some; namespace, limit */
	COUNT_RECORDS,	   /* a number; namespace */
	COPY_RECORDS /* from one namespace to another; both, ids above which and up to which */
};

/* Opens the query about records of a resource. `set` is one of fields; 0 where none are meant. */
void sql_open(struct cursor *cursor, struct store_connection *connection,
	const struct resource *resource, enum record_query kind, field_set set);

/* The fields that a SELECT reads, of those that are stored: never the namespace, which whoever asks
 * knows. */
field_set sql_fields(const struct resource *resource, enum record_query kind);

/* How many resources a store has. */
size_t sql_count_resources(const struct store *store);

/* Makes room for the statements of a new connection. */
bool sql_init(struct store_connection *connection, struct failure *failure);

/* Frees them. Harmless when there are none. */
void sql_done(struct store_connection *connection);

/* Prepares each query that a resource can cause, except for updates, and visits its SQL. False when
 * one is wrong. */
bool sql_visit_statements(
	struct store_connection *connection, store_statement_visitor *visit, void *closure);

#endif
