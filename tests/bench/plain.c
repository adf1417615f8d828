/* SPDX-License-Identifier: MIT */
/*
 * The plainest honest server for Fleets on the same libraries: what somebody would write who needs
 * fetch, list, create and update to be right and durable, and nothing else. One thread; one commit
 * for all writes of a turn of the loop, flushed to the disk before any of them is answered. A
 * Fleet's profile is taken as given.
 *
 *   plain DATABASE     prints supersimd's ready line; ends by SIGTERM
 */
#include <microhttpd.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "peer.h"

enum { SID = 34, VALUE = 128, BODY = 4096, WAITING = 1024, HEADS_MEMORY = 32 * 1024 };
enum { PAGE = 50, ANSWER = 64 * 1024 }; /* a page of Fleets whose values all are escaped */

/* A request, from its first call until its answer was sent. */
struct exchange {
	struct MHD_Connection *connection;
	char body[BODY];
	size_t length;
	unsigned status;
	bool waits; /* for the commit */
	char *answer;
	size_t answer_length;
};

static struct database {
	sqlite3 *handle;
	sqlite3_stmt *begin, *commit, *fetch, *list, *insert, *update;
	struct exchange *waiting[WAITING];
	size_t count;
} database;

static char origin[PEER_ORIGIN];

/* ── the database ────────────────────────────────────────────────────────────────────────── */

static const char schema[] =
	"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	"CREATE TABLE IF NOT EXISTS fleets (id INTEGER PRIMARY KEY, account TEXT NOT NULL,"
	" sid TEXT NOT NULL UNIQUE, name TEXT, data_limit INTEGER NOT NULL, profile TEXT NOT NULL,"
	" created TEXT NOT NULL, updated TEXT NOT NULL, UNIQUE (account, name));"
	"CREATE INDEX IF NOT EXISTS fleets_list ON fleets (account, id);";

#define COLUMNS "sid, name, data_limit, profile, created, updated, account, id"

static sqlite3_stmt *prepare(const char *sql)
{
	sqlite3_stmt *statement = NULL;
	if (sqlite3_prepare_v3(database.handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
		    NULL) != SQLITE_OK) {
		fprintf(stderr, "plain: %s: %s\n", sql, sqlite3_errmsg(database.handle));
		exit(70);
	}
	return statement;
}

static void open_database(const char *path)
{
	if (sqlite3_open(path, &database.handle) != SQLITE_OK ||
		sqlite3_exec(database.handle, schema, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "plain: %s\n", sqlite3_errmsg(database.handle));
		exit(70);
	}
	database.begin = prepare("BEGIN IMMEDIATE");
	database.commit = prepare("COMMIT");
	database.fetch = prepare("SELECT " COLUMNS " FROM fleets WHERE sid = ?1 AND account = ?2");
	database.list = prepare("SELECT " COLUMNS " FROM fleets WHERE account = ?1 AND id < ?2"
				" ORDER BY id DESC LIMIT ?3");
	database.insert = prepare("INSERT INTO fleets (sid, name, data_limit, profile, created,"
				  " updated, account) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)");
	database.update = prepare("UPDATE fleets SET data_limit = ?3, updated = ?4"
				  " WHERE sid = ?1 AND account = ?2");
}

static int step_once(sqlite3_stmt *statement)
{
	const int result = sqlite3_step(statement);
	sqlite3_reset(statement);
	return result;
}

static bool is_writing(void)
{
	return sqlite3_get_autocommit(database.handle) == 0;
}

static bool begin_write(void)
{
	return is_writing() || step_once(database.begin) == SQLITE_DONE;
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
	sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

/* ── values ──────────────────────────────────────────────────────────────────────────────── */

static void make_sid(const char *prefix, char sid[SID + 1])
{
	static unsigned char pool[4096];
	static size_t used = sizeof(pool);
	if (used + 16 > sizeof(pool)) {
		if (getrandom(pool, sizeof(pool), 0) != sizeof(pool))
			abort();
		used = 0;
	}
	memcpy(sid, prefix, 2);
	for (int i = 0; i < 32; i++)
		sid[2 + i] = "0123456789abcdef"[pool[used + (size_t)i / 2] >> i % 2 * 4 & 15];
	sid[SID] = '\0';
	used += 16;
}

static const char *now_text(void)
{
	static char text[32];
	static time_t known;
	const time_t now = time(NULL);
	if (now != known) {
		struct tm parts;
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
		known = now;
	}
	return text;
}

/* A parameter of the form, decoded; NULL: it is not there. */
static const char *parameter(const struct exchange *exchange, const char *name, char value[VALUE])
{
	const size_t length = strlen(name);
	for (const char *at = exchange->body; at != NULL; at = strchr(at, '&')) {
		at += *at == '&';
		if (strncmp(at, name, length) != 0 || at[length] != '=')
			continue;
		const char *given = at + length + 1;
		snprintf(value, VALUE, "%.*s", (int)strcspn(given, "&"), given);
		for (char *plus = value; (plus = strchr(plus, '+')) != NULL;)
			*plus = ' ';
		MHD_http_unescape(value);
		return value;
	}
	return NULL;
}

/* As any token will do, only whose account it is. The library reads the header. */
static bool read_account(struct MHD_Connection *connection, char account[SID + 1])
{
	char *password = NULL;
	char *user = MHD_basic_auth_get_username_password(connection, &password);
	const bool good = user != NULL && strlen(user) == SID && strncmp(user, "AC", 2) == 0;
	if (good)
		memcpy(account, user, SID + 1);
	MHD_free(user);
	MHD_free(password);
	return good;
}

/* ── answers ─────────────────────────────────────────────────────────────────────────────── */

static void add_text(struct exchange *exchange, const char *text)
{
	const size_t length = strlen(text);
	memcpy(exchange->answer + exchange->answer_length, text, length);
	exchange->answer_length += length;
}

static void add_quoted(struct exchange *exchange, const char *text)
{
	if (text == NULL) {
		add_text(exchange, "null");
		return;
	}
	char *out = exchange->answer + exchange->answer_length;
	*out++ = '"';
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			*out++ = '\\';
		*out++ = *text;
	}
	*out++ = '"';
	exchange->answer_length = (size_t)(out - exchange->answer);
}

static void add_member(struct exchange *exchange, const char *key, const char *text)
{
	add_text(exchange, key);
	add_quoted(exchange, text);
}

static void add_fleet(struct exchange *exchange, sqlite3_stmt *row)
{
	const char *sid = (const char *)sqlite3_column_text(row, 0);
	char limit[24];
	snprintf(limit, sizeof(limit), "%lld", (long long)sqlite3_column_int64(row, 2));
	add_member(exchange, "{\"account_sid\":", (const char *)sqlite3_column_text(row, 6));
	add_member(exchange, ",\"unique_name\":", (const char *)sqlite3_column_text(row, 1));
	add_text(exchange, ",\"data_enabled\":true,\"data_limit\":");
	add_text(exchange, limit);
	add_text(exchange, ",\"data_metering\":\"payg\"");
	add_member(exchange, ",\"date_created\":", (const char *)sqlite3_column_text(row, 4));
	add_member(exchange, ",\"date_updated\":", (const char *)sqlite3_column_text(row, 5));
	add_text(exchange, ",\"sms_commands_enabled\":true,\"sms_commands_method\":\"POST\","
			   "\"sms_commands_url\":null,\"ip_commands_method\":\"POST\","
			   "\"ip_commands_url\":null");
	add_member(exchange,
		",\"network_access_profile_sid\":", (const char *)sqlite3_column_text(row, 3));
	add_member(exchange, ",\"sid\":", sid);
	add_text(exchange, ",\"url\":\"");
	add_text(exchange, origin);
	add_text(exchange, "/v1/Fleets/");
	add_text(exchange, sid);
	add_text(exchange, "\"}");
}

static enum MHD_Result send_answer(struct exchange *exchange)
{
	char id[SID + 1];
	struct MHD_Response *response = MHD_create_response_from_buffer(
		exchange->answer_length, exchange->answer, MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return MHD_NO;
	make_sid("RQ", id);
	MHD_add_response_header(response, "Twilio-Request-Id", id);
	peer_add_headers(response);
	const enum MHD_Result result =
		MHD_queue_response(exchange->connection, exchange->status, response);
	MHD_destroy_response(response);
	return result;
}

/* ── the operations ──────────────────────────────────────────────────────────────────────── */

static unsigned fetch(struct exchange *exchange, const char *account, const char *sid)
{
	bind_text(database.fetch, 1, sid);
	bind_text(database.fetch, 2, account);
	const bool found = sqlite3_step(database.fetch) == SQLITE_ROW;
	if (found)
		add_fleet(exchange, database.fetch);
	else
		add_text(exchange, "{\"code\":20404,\"message\":\"not found\",\"status\":404}");
	sqlite3_reset(database.fetch);
	return found ? 200 : 404;
}

static unsigned list(struct exchange *exchange, const char *account)
{
	const char *size = MHD_lookup_connection_value(
		exchange->connection, MHD_GET_ARGUMENT_KIND, "PageSize");
	bind_text(database.list, 1, account);
	sqlite3_bind_int64(database.list, 2, INT64_MAX);
	sqlite3_bind_int(database.list, 3, size != NULL && atoi(size) < PAGE ? atoi(size) : PAGE);
	add_text(exchange,
		"{\"meta\":{\"key\":\"fleets\",\"page\":0,\"page_size\":50},\"fleets\":[");
	for (bool first = true; sqlite3_step(database.list) == SQLITE_ROW; first = false) {
		if (!first)
			add_text(exchange, ",");
		add_fleet(exchange, database.list);
	}
	sqlite3_reset(database.list);
	add_text(exchange, "]}");
	return 200;
}

static unsigned create(struct exchange *exchange, const char *account)
{
	char sid[SID + 1], name[VALUE], profile[VALUE], limit[VALUE];
	const char *given = parameter(exchange, "DataLimit", limit);
	make_sid("HF", sid);
	bind_text(database.insert, 1, sid);
	bind_text(database.insert, 2, parameter(exchange, "UniqueName", name));
	sqlite3_bind_int64(database.insert, 3, given != NULL ? atoll(given) : 1000);
	bind_text(database.insert, 4, parameter(exchange, "NetworkAccessProfile", profile));
	bind_text(database.insert, 5, now_text());
	bind_text(database.insert, 6, account);
	if (!begin_write())
		return 500;
	if (step_once(database.insert) != SQLITE_DONE)
		return 409;
	fetch(exchange, account, sid);
	return 201;
}

static unsigned update(struct exchange *exchange, const char *account, const char *sid)
{
	char limit[VALUE];
	const char *given = parameter(exchange, "DataLimit", limit);
	bind_text(database.update, 1, sid);
	bind_text(database.update, 2, account);
	sqlite3_bind_int64(database.update, 3, given != NULL ? atoll(given) : 1000);
	bind_text(database.update, 4, now_text());
	if (!begin_write() || step_once(database.update) != SQLITE_DONE)
		return 500;
	return fetch(exchange, account, sid);
}

static unsigned serve(struct exchange *exchange, const char *method, const char *url)
{
	static const char collection[] = "/v1/Fleets";
	const bool posts = strcmp(method, "POST") == 0;
	char account[SID + 1];
	if (strcmp(url, "/livez") == 0)
		return add_text(exchange, "{}"), 200;
	if (!read_account(exchange->connection, account))
		return 401;
	exchange->waits = posts;
	if (strncmp(url, collection, sizeof(collection) - 1) != 0)
		return 404;
	const char *rest = url + sizeof(collection) - 1;
	if (*rest == '\0')
		return posts ? create(exchange, account) : list(exchange, account);
	return posts ? update(exchange, account, rest + 1) : fetch(exchange, account, rest + 1);
}

/* ── the loop ────────────────────────────────────────────────────────────────────────────── */

static enum MHD_Result on_request(void *closure, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_size,
	void **context)
{
	struct exchange *exchange = *context;
	(void)closure;
	(void)version;
	if (exchange == NULL) {
		*context = exchange = calloc(1, sizeof(*exchange));
		if (exchange != NULL)
			exchange->connection = connection;
		return exchange != NULL ? MHD_YES : MHD_NO;
	}
	if (*upload_size > 0) {
		if (exchange->length + *upload_size >= BODY)
			return MHD_NO;
		memcpy(exchange->body + exchange->length, upload, *upload_size);
		exchange->length += *upload_size;
		*upload_size = 0;
		return MHD_YES;
	}
	if (exchange->answer != NULL)
		return send_answer(exchange); /* its commit is through */
	exchange->answer = malloc(ANSWER);
	if (exchange->answer == NULL || database.count == WAITING)
		return MHD_NO;
	exchange->status = serve(exchange, method, url);
	if (!exchange->waits)
		return send_answer(exchange);
	database.waiting[database.count++] = exchange;
	MHD_suspend_connection(connection);
	return MHD_YES;
}

static void on_completed(void *closure, struct MHD_Connection *connection, void **context,
	enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *context;
	(void)closure;
	(void)connection;
	(void)code;
	if (exchange != NULL)
		free(exchange->answer);
	free(exchange);
	*context = NULL;
}

/* One flush for all who wrote in this turn; then they are answered. */
static bool commit(void)
{
	if (is_writing() && step_once(database.commit) != SQLITE_DONE)
		exit(74);
	const bool resumes = database.count > 0;
	while (database.count > 0)
		MHD_resume_connection(database.waiting[--database.count]->connection);
	return resumes;
}

int main(int argc, char *argv[])
{
	if (argc != 2) {
		fputs("usage: plain DATABASE\n", stderr);
		return 64;
	}
	open_database(argv[1]);
	struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0,
		NULL, NULL, on_request, NULL, MHD_OPTION_LISTEN_SOCKET, peer_listen(origin),
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)HEADS_MEMORY, MHD_OPTION_END);
	return peer_serve(daemon, origin, commit);
}
