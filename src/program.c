/* SPDX-License-Identifier: MIT */
/*
 * What can be refused without having touched anything is looked at first: the settings, the seed
 * file, the address; then the database is opened.
 */
#include "program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/routes.h"
#include "control/routes.h"
#include "engine/account.h"
#include "engine/faults.h"
#include "model/sid.h"
#include "program_identity.h"
#include "service/resources.h"
#include "store/writer.h"
#include "tls/prepare.h"
#include "util/count.h"
#include "util/file.h"
#include "util/host.h"
#include "util/log.h"
#include "util/random.h"
#include "version.h"
#include "webhook/certificates.h"

enum { SEED_MAXIMUM = 1 << 30, CERTIFICATES_MAXIMUM = 16 * 1024 * 1024 };

void program_init(struct program *program, struct config *config)
{
	*program = (struct program){ .config = config, .device_socket = -1 };
	strbuf_init(&program->certificates, CERTIFICATES_MAXIMUM);
	identity_init(&program->identity);
}

/* People have variables of their own that begin like ours: they are no reason not to start. */
void program_configure_log(const struct program *program)
{
	const struct config *config = program->config;
	log_configure((enum log_level)config->log_level, (enum log_format)config->log_format);
	for (size_t i = 0; i < config->unknown.count; i++)
		log_line(LOG_WARNING, "%s", config->unknown.texts[i]);
}

/* ── starting ────────────────────────────────────────────────────────────────────────────── */

/* What is served; the last has every path that no other has. */
static const struct section *const sections[] = { &control_v1_section, &control_section,
	&console_section, &api_section, NULL };

static bool read_seed(struct program *program, struct failure *failure)
{
	const char *path = program->config->seed;
	if (path == NULL)
		return true;
	struct strbuf text;
	const char *reason;
	strbuf_init(&text, SEED_MAXIMUM);
	bool good =
		file_read(path, &text, &reason) ||
		failure_set(failure, EX_DATAERR, "cannot read the seed file %s: %s", path, reason);
	if (good && !seed_parse(text.data, text.length, &program->seed, failure))
		good = failure_name(failure, path);
	strbuf_done(&text);
	return good;
}

/* Certificates are kept as text: what becomes of the file later does not matter. */
static bool read_certificates(struct program *program, struct failure *failure)
{
	const char *path = program->config->webhook_ca;
	if (path == NULL)
		return true;
	struct strbuf *text = &program->certificates;
	const char *reason;
	if (!file_read(path, text, &reason))
		return failure_set(
			failure, EX_DATAERR, "cannot read the certificates %s: %s", path, reason);
	return certificates_are_good(text->data, text->length) ||
	       failure_set(failure, EX_DATAERR,
		       "%s: must hold certificates in PEM (-----BEGIN CERTIFICATE-----)", path);
}

/* Makes, or takes again, what TLS clients are shown. Sinks are receivers of ours by TLS, too. */
static bool settle_identity(struct program *program, struct failure *failure)
{
	struct config *config = program->config;
	struct identity *identity = &program->identity;
	const char *directory;
	if (config_tls(config) != TLS_AUTO)
		return true;
	if (!identity_settle(config, identity, failure))
		return false;
	if (identity->is_new && identity_directory(config, &directory) && directory != NULL)
		log_line(LOG_INFO, "a new authority was made: clients are to trust %s/ca.pem",
			directory);
	strbuf_add(&program->certificates, identity->authority.data, identity->authority.length);
	return !program->certificates.failed || failure_set(failure, EX_OSERR, "out of memory");
}

static bool add_configured_accounts(struct program *program)
{
	struct config *config = program->config;
	for (size_t i = 0; i < config->account.count; i++) {
		const char *sid;
		const char *token = config_split(&config->arena, config->account.texts[i], &sid);
		if (token == NULL || !registry_configure(program->registry, sid, token, sid))
			return false;
	}
	for (size_t i = 0; i < config->api_key.count; i++) {
		const char *sid;
		const char *rest = config_split(&config->arena, config->api_key.texts[i], &sid);
		const char *account = rest != NULL ? strrchr(rest, ':') : NULL;
		if (account == NULL)
			return false;
		const char *secret = arena_copy(&config->arena, rest, (size_t)(account - rest));
		if (secret == NULL ||
			!registry_configure(program->registry, sid, secret, account + 1))
			return false;
	}
	return true;
}

static bool run_release(struct write_job *job, struct store_connection *connection)
{
	struct arena arena;
	arena_init(&arena);
	struct context context = { .connection = connection, .arena = &arena };
	const struct api_error error = accounts_release_clocks(&context);
	arena_done(&arena);
	(void)job;
	return !is_error(error);
}

/* A process that died while it advanced a clock left it held. */
static bool release_clocks(struct store_connection *connection, struct failure *failure)
{
	struct write_job job = { .run = run_release };
	return writer_run_alone(connection, &job) ||
	       failure_set(failure, EX_IOERR, "cannot release the accounts' clocks");
}

/* What dice begin with: as given, or any. It can be given again, so it is no longer than that. */
static uint64_t rng_seed(const struct config *config)
{
	uint32_t random;
	random_bytes((uint8_t *)&random, sizeof(random));
	return config->rng_seed > 0 ? (uint64_t)config->rng_seed : (uint64_t)random + 1;
}

static bool prepare_watch(struct program *program, struct failure *failure)
{
	const struct config *config = program->config;
	const struct watch_options watch_options = {
		.journal_entries = (size_t)config_journal(config),
		.journal_bytes = (size_t)config->journal_bytes,
		.rng_seed = rng_seed(config),
	};
	return watch_init(&program->watch, &watch_options) ||
	       failure_set(failure, EX_OSERR, "out of memory");
}

/* What was seen of an account goes with what it was. */
static void forget_account(void *closure, const char *account_sid)
{
	watch_forget(closure, account_sid);
}

/* Learns what is there: an earlier process left it, or the seed brought it. */
static bool take_over(struct program *program, struct failure *failure)
{
	struct store_connection *connection = program->connection;
	return release_clocks(connection, failure) &&
	       (registry_load(program->registry, connection) ||
		       failure_set(failure, EX_IOERR, "cannot read the database %s",
			       program->config->db)) &&
	       (faults_load(connection, program->watch.traffic) ||
		       failure_set(failure, EX_IOERR, "cannot read the faults of %s",
			       program->config->db));
}

/* Puts the seed in and learns the registry, on the connection that will be the writer's: there is
 * one that writes. Of a new database there is nothing to learn, and SQLite need not read its schema
 * before something is written. */
static bool load_database(struct program *program, struct failure *failure)
{
	struct store_connection *connection = store_connect(program->store, true, failure);
	program->connection = connection;
	if (connection == NULL)
		return false;
	program->registry = registry_new(program->config->auth == 1);
	bool good = (program->registry != NULL && add_configured_accounts(program)) ||
		    failure_set(failure, EX_OSERR, "out of memory");
	if (good && program->seed != NULL)
		good = seed_apply(program->seed, connection, &program->policy, program->registry,
			       failure) ||
		       failure_name(failure, program->config->seed);
	if (good && (program->seed != NULL || !store_is_new(program->store)))
		good = take_over(program, failure);
	if (good)
		registry_observe(program->registry, forget_account, &program->watch);
	return good;
}

/* By default half of the processors are left to whoever calls, and to the writer: on a machine that
 * is full, answers wait for each other's time slices. */
static unsigned worker_count(const struct config *config)
{
	const long half = sysconf(_SC_NPROCESSORS_ONLN) / 2;
	if (config->workers > 0)
		return (unsigned)config->workers;
	return half < 1 ? 1 : half > 4 ? 4 : (unsigned)half;
}

static bool bind_listeners(struct program *program, struct failure *failure)
{
	const struct config *config = program->config;
	const bool secure = config_tls(config) != TLS_OFF;
	const char *const addresses[DOOR_COUNT] = {
		[DOOR_PLAIN] = config->listen,
		[DOOR_TLS] = !secure			  ? NULL
			     : config->tls_listen != NULL ? config->tls_listen
							  : "127.0.0.1:7747",
		[DOOR_PROXY] = config->proxy,
	};
	for (int kind = 0; kind < DOOR_COUNT; kind++) {
		if (addresses[kind] != NULL &&
			!listener_bind((enum door_kind)kind, addresses[kind], worker_count(config),
				&program->listeners[kind], failure))
			return false;
	}
	return true;
}

static bool write_port_file(struct program *program, struct failure *failure)
{
	const char *path = program->config->port_file;
	if (path == NULL)
		return true;
	char temporary[4096];
	snprintf(temporary, sizeof(temporary), "%s.%ld", path, (long)getpid());
	const char *port = strrchr(program->listeners[DOOR_PLAIN].url, ':') + 1;
	FILE *file = fopen(temporary, "w");
	bool written = file != NULL && fprintf(file, "%s\n", port) > 0;
	if (file != NULL)
		written = fclose(file) == 0 && written;
	written = written && rename(temporary, path) == 0;
	if (!written && file != NULL)
		remove(temporary);
	program->port_file_written = written;
	return written || failure_set(failure, EX_CANTCREAT, "cannot write the port file %s", path);
}

static bool make_settings(struct program *program, struct failure *failure)
{
	struct config *config = program->config;
	const bool small = config->fleet_defaults == FLEET_DEFAULTS_250MB_NO_SMS;
	int64_t *retries;
	size_t count;
	const bool read =
		config_read_retries(&config->arena, config->webhook_retries, &retries, &count);
	program->policy = (struct policy){
		.fleet_data_limit = small ? 250 : 1000,
		.fleet_sms_commands_enabled = !small,
		.transition_delay_ms = config->transition_delay,
		.data_limit_delay_ms = config->data_limit_delay,
		.data_limit_check_ms = config->data_limit_check,
		.webhook_retries = retries,
		.webhook_retry_count = count,
		.delivery_history = config->delivery_history,
		.allow_egress = config->allow_egress == 1,
		.webhook_ca = program->certificates.length > 0 ? program->certificates.data : NULL,
		.webhook_ca_length = program->certificates.length,
	};
	return read || failure_set(failure, EX_OSERR, "out of memory");
}

/* What follows "scheme://". */
static const char *authority_of(const char *url)
{
	return strstr(url, "://") + 3;
}

static bool is_loopback_url(const char *url)
{
	char host[256];
	return host_of(authority_of(url), host, sizeof(host)) &&
	       (strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0);
}

/* Whether none but this machine can reach us. */
static bool is_local(const struct program *program)
{
	for (int kind = 0; kind < DOOR_COUNT; kind++) {
		const struct listener *listener = &program->listeners[kind];
		if (listener->count > 0 && !is_loopback_url(listener->url))
			return false;
	}
	return true;
}

/* Others can reach us: the operator must say who he is. */
static bool settle_admin_token(struct program *program)
{
	const char *token = program->config->admin_token;
	char made[SID_SIZE];
	if (token == NULL && !is_local(program)) {
		sid_make("AT", made);
		token = arena_copy(&program->config->arena, made + 2, SID_LENGTH - 2);
		if (token == NULL)
			return false;
		log_always("admin token for /_emulator: %s", token);
	}
	program->emulator.admin_token = token;
	return true;
}

static bool prepare_api(struct program *program, struct failure *failure)
{
	struct config *config = program->config;
	struct emulator *emulator = &program->emulator;
	emulator->sections = sections;
	emulator->registry = program->registry;
	emulator->watch = &program->watch;
	emulator->policy = &program->policy;
	emulator->seed = program->seed;
	if (host_of(config->listen, program->listen_host, sizeof(program->listen_host)))
		emulator->listen_host = program->listen_host;
	if (config->public_url != NULL &&
		host_of(authority_of(config->public_url), program->public_host,
			sizeof(program->public_host)))
		emulator->public_host = program->public_host;
	emulator->allowed_hosts = config->allow_host.texts;
	emulator->allowed_host_count = config->allow_host.count;
	emulator->configuration = config_describe(config);
	if (program->identity.authority.length > 0)
		emulator->identity = &program->identity;
	emulator->show_fidelity = config->fidelity == 1;
	emulator->is_strict = config->strict == 1;
	emulator->has_console = config->console == 1;
	if (config->device_udp != NULL)
		emulator->device_address = program->device_address;
	return (emulator->configuration != NULL && settle_admin_token(program)) ||
	       failure_set(failure, EX_OSERR, "out of memory");
}

bool program_start(struct program *program, struct failure *failure)
{
	const struct config *config = program->config;
	const struct store_options store_options = {
		.path = config->db,
		.durability = (enum store_durability)config->durability,
		.resources = service_resources,
	};
	if (!openssl_prepare(failure) || !config_check_tls(config, failure) ||
		!read_certificates(program, failure) || !prepare_watch(program, failure))
		return false;
	if (config_tls(config) == TLS_GIVEN &&
		!identity_read_given(config, &program->identity, failure))
		return false;
	if (config->access_log != NULL && !log_open_access(config->access_log))
		return failure_set(failure, EX_CANTCREAT, "cannot open the access log %s: %s",
			config->access_log, strerror(errno));
	if (!read_seed(program, failure) || !bind_listeners(program, failure) ||
		!store_open(&store_options, &program->store, failure) ||
		!settle_identity(program, failure) || !make_settings(program, failure) ||
		!load_database(program, failure) || !prepare_api(program, failure))
		return false;
	program->device_socket = udp_open(config->device_udp, program->device_address, failure);
	if (program->device_socket < 0)
		return false;
	const struct server_options server_options = {
		.emulator = &program->emulator,
		.store = program->store,
		.connection = &program->connection,
		.identity = config_tls(config) != TLS_OFF ? &program->identity : NULL,
		.tunnel_others = config->proxy_others == 1,
		.public_url = config->public_url,
		.device_socket = program->device_socket,
		.device_listens = config->device_udp != NULL,
	};
	return server_start(&server_options, program->listeners, &program->server, failure) &&
	       write_port_file(program, failure);
}

/* Where connections come in; NULL: nowhere. */
static const char *url_of(const struct program *program, enum door_kind kind)
{
	const char *url = program->listeners[kind].url;
	return url[0] != '\0' ? url : NULL;
}

/* What was started: one line of the log. */
static void tell_start(const struct program *program)
{
	const char *path = program->config->db;
	char *whole = strcmp(path, ":memory:") != 0 ? realpath(path, NULL) : NULL;
	const struct log_field fields[] = {
		log_text("version", SUPERSIM_VERSION),
		log_text("url", program->listeners[DOOR_PLAIN].url),
		log_text("database", whole != NULL ? whole : path),
		log_number("pid", getpid()),
		log_text("tls_url", url_of(program, DOOR_TLS)),
		log_text("proxy_url", url_of(program, DOOR_PROXY)),
	};
	const size_t without_tls = COUNT_OF(fields) - 2;
	log_fields(LOG_INFO, "started", fields,
		url_of(program, DOOR_TLS) != NULL ? COUNT_OF(fields) : without_tls);
	free(whole);
}

bool program_say_ready(const struct program *program, FILE *out, struct failure *failure)
{
	static const char *const names[DOOR_COUNT] = { "url", "tls_url", "proxy_url" };
	tell_start(program);
	fputs("{\"ready\":true", out);
	for (int kind = 0; kind < DOOR_COUNT; kind++) {
		const char *url = url_of(program, (enum door_kind)kind);
		if (url != NULL)
			fprintf(out, ",\"%s\":\"%s\"", names[kind], url);
	}
	fprintf(out, ",\"pid\":%ld}\n", (long)getpid());
	return fflush(out) == 0 || failure_set(failure, EX_IOERR, "cannot write to the standard %s",
					   out == stdout ? "output" : "error");
}

void program_reload(struct program *program)
{
	struct failure failure;
	struct identity identity;
	identity_init(&identity);
	const bool read = identity_read_given(program->config, &identity, &failure);
	if (!read)
		log_line(LOG_ERROR, "the certificate stays as it was: %s", failure.message);
	else if (!server_renew_identity(program->server, &identity))
		log_line(LOG_ERROR, "the certificate stays as it was: it cannot be used for TLS");
	else
		log_line(LOG_INFO, "TLS has the certificate that was read again");
	identity_done(&identity);
}

/* ── stopping ────────────────────────────────────────────────────────────────────────────── */

void program_halt(struct program *program)
{
	if (program->server != NULL)
		server_stop(program->server, program->config->grace * 1000);
	program->server = NULL;
}

void program_stop(struct program *program)
{
	program_halt(program);
	if (program->port_file_written)
		remove(program->config->port_file);
	for (int kind = 0; kind < DOOR_COUNT; kind++)
		listener_close(&program->listeners[kind]);
	if (program->device_socket >= 0)
		close(program->device_socket);
	registry_free(program->registry);
	watch_done(&program->watch);
	seed_free(program->seed);
	store_disconnect(program->connection);
	store_close(program->store);
	strbuf_done(&program->certificates);
	identity_done(&program->identity);
}
