/* SPDX-License-Identifier: MIT */
/* Prints whom clients are to trust, as the server of the same options shows them. */
#include <stdio.h>

#include "command/runs.h"
#include "program_identity.h"
#include "tls/prepare.h"
#include "tls/trust.h"

enum { TRUST_MAXIMUM = 16 * 1024 * 1024 };

static bool write_form(const struct config *config, const struct strbuf *authority,
	struct strbuf *out, struct failure *failure)
{
	enum trust_result result = TRUST_GOOD;
	if (config->bundle == 1)
		result = trust_bundle(authority, out);
	else if (config->p12 == 0)
		strbuf_add(out, authority->data, authority->length);
	else if (!trust_java_store(authority, out))
		result = TRUST_NO_MEMORY;
	if (result == TRUST_NO_SYSTEM_ROOTS)
		return failure_set(failure, EX_UNAVAILABLE,
			"this system has no roots to put ours among: install ca-certificates");
	return (result == TRUST_GOOD && !out->failed) ||
	       failure_set(failure, EX_OSERR, "out of memory");
}

static bool settle(struct config *config, struct identity *identity, struct failure *failure)
{
	const char *directory;
	if (config->bundle == 1 && config->p12 == 1)
		return failure_set(failure, EX_USAGE, "either --bundle or --p12");
	if (!identity_directory(config, &directory))
		return failure_set(failure, EX_OSERR, "out of memory");
	if (directory == NULL)
		return failure_set(failure, EX_USAGE,
			"a server with --db :memory: keeps no authority: say where by --tls-dir, "
			"here and there");
	return openssl_prepare(failure) && identity_settle(config, identity, failure);
}

int run_ca(struct config *config)
{
	struct failure failure = { .exit_code = EX_SOFTWARE };
	struct identity identity;
	struct strbuf out;
	identity_init(&identity);
	strbuf_init(&out, TRUST_MAXIMUM);
	bool good = settle(config, &identity, &failure) &&
		    write_form(config, &identity.authority, &out, &failure);
	if (good && (fwrite(out.data, 1, out.length, stdout) != out.length || fflush(stdout) != 0))
		good = failure_set(&failure, EX_IOERR, "cannot write to stdout");
	if (!good)
		fprintf(stderr, "supersimd: %s\n", failure.message);
	strbuf_done(&out);
	identity_done(&identity);
	return good ? EX_OK : failure.exit_code;
}
