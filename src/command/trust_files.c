/* SPDX-License-Identifier: MIT */
#include "command/trust_files.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "program_identity.h"
#include "tls/trust.h"
#include "util/count.h"
#include "util/host.h"

enum { FILE_MAXIMUM = 16 * 1024 * 1024 };

/* What a file holds: our authority alone, beside the system's roots, or for Java. */
enum form { FORM_AUTHORITY, FORM_BUNDLE, FORM_JAVA };

/* SSL_CERT_FILE and its like replace the system's roots. */
static const struct {
	const char *name;
	enum form form;
} variables[] = {
	{ "NODE_EXTRA_CA_CERTS", FORM_AUTHORITY },
	{ "TWILIO_CA_BUNDLE", FORM_BUNDLE },
	{ "SSL_CERT_FILE", FORM_BUNDLE },
	{ "REQUESTS_CA_BUNDLE", FORM_BUNDLE },
	{ "CURL_CA_BUNDLE", FORM_BUNDLE },
};

static bool write_form(const struct identity *identity, enum form form, struct strbuf *out)
{
	switch (form) {
	case FORM_BUNDLE:
		if (trust_bundle(&identity->authority, out) == TRUST_GOOD)
			return true;
		strbuf_reset(out);
		break; /* where there are no others, ours are all */
	case FORM_JAVA: return trust_java_store(&identity->authority, out);
	case FORM_AUTHORITY: break;
	}
	strbuf_add(out, identity->authority.data, identity->authority.length);
	return !out->failed;
}

/* A file's name. It is open as long as we live. NULL when it cannot be made. */
static const char *make_file(
	const struct identity *identity, enum form form, struct environment *environment)
{
	struct strbuf text;
	strbuf_init(&text, FILE_MAXIMUM);
	const int file = memfd_create("supersim-ca", MFD_CLOEXEC);
	const bool written = file >= 0 && write_form(identity, form, &text) &&
			     write(file, text.data, text.length) == (ssize_t)text.length;
	strbuf_done(&text);
	if (!written && file >= 0)
		close(file);
	return written ? arena_format(environment->arena, "/proc/%ld/fd/%d", (long)getpid(), file)
		       : NULL;
}

static bool announce_files(const struct identity *identity, struct environment *environment)
{
	const char *files[] = {
		[FORM_AUTHORITY] = make_file(identity, FORM_AUTHORITY, environment),
		[FORM_BUNDLE] = make_file(identity, FORM_BUNDLE, environment),
	};
	for (size_t i = 0; i < COUNT_OF(variables); i++) {
		const char *file = files[variables[i].form];
		if (file == NULL)
			return false;
		environment_set(environment, variables[i].name, file);
	}
	return true;
}

/* Names in capitals are read by some, small ones by others, who prefer them where there are any. */
static void announce_proxy(const char *url, struct environment *environment)
{
	static const char *const names[] = { "HTTPS_PROXY", "https_proxy", "HTTP_PROXY",
		"http_proxy" };
	static const char own[] = "localhost,127.0.0.1,::1";
	const char *others = environment_get(environment, "NO_PROXY");
	const char *without =
		others != NULL ? arena_format(environment->arena, "%s,%s", own, others) : own;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (i % 2 == 0 || environment_get(environment, names[i]) != NULL)
			environment_set(environment, names[i], url);
	}
	environment_set(environment, "NO_PROXY", without != NULL ? without : own);
	if (environment_get(environment, "no_proxy") != NULL)
		environment_set(environment, "no_proxy", without != NULL ? without : own);
}

/* Java reads no such variables, but takes options from this one. */
static bool announce_to_java(const struct program *program, struct environment *environment)
{
	char host[HOST_MAXIMUM + 1];
	const char *url = program->listeners[DOOR_PROXY].url;
	const char *before = environment_get(environment, "JAVA_TOOL_OPTIONS");
	const char *file = make_file(&program->identity, FORM_JAVA, environment);
	if (file == NULL || !host_of(strstr(url, "://") + 3, host, sizeof(host)))
		return false;
	const char *options = arena_format(environment->arena,
		"%s%s-Djavax.net.ssl.trustStore=%s "
		"-Djavax.net.ssl.trustStorePassword=" TRUST_STORE_PASSWORD
		" -Dhttps.proxyHost=%s -Dhttps.proxyPort=%s",
		before != NULL ? before : "", before != NULL ? " " : "", file, host,
		strrchr(url, ':') + 1);
	if (options != NULL)
		environment_set(environment, "JAVA_TOOL_OPTIONS", options);
	return options != NULL;
}

bool trust_files_announce(
	const struct program *program, struct environment *environment, struct failure *failure)
{
	const struct config *config = program->config;
	const enum tls_kind kind = config_tls(config);
	if (kind == TLS_OFF)
		return true;
	announce_proxy(program->listeners[DOOR_PROXY].url, environment);
	if (kind == TLS_GIVEN)
		return true;
	return (announce_files(&program->identity, environment) &&
		       (config->java == 0 || announce_to_java(program, environment))) ||
	       failure_set(
		       failure, EX_OSERR, "cannot make the files of trust: %s", strerror(errno));
}
