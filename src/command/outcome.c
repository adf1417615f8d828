/* SPDX-License-Identifier: MIT */
#include "command/outcome.h"

#include <errno.h>
#include <string.h>

bool outcome_begin(struct outcome *outcome, const struct config *config, struct failure *failure)
{
	if (config->summary == NULL)
		return true;
	outcome->summary = fopen(config->summary, "we");
	return outcome->summary != NULL ||
	       failure_set(failure, EX_CANTCREAT, "cannot write the summary %s: %s",
		       config->summary, strerror(errno));
}

/* One that is pending may be due at a later time of its account's clock. */
static void check_webhooks(struct outcome *outcome)
{
	const struct webhook_counts *counts = &outcome->webhooks;
	outcome->webhooks_failed = counts->failed > 0 || counts->pending > 0;
	if (outcome->webhooks_failed)
		fprintf(stderr,
			"supersimd: --check webhooks: %lld failed, %lld are not delivered yet\n",
			(long long)counts->failed, (long long)counts->pending);
}

static bool write_summary(struct outcome *outcome, struct program *program)
{
	const struct webhook_counts *counts = &outcome->webhooks;
	FILE *file = outcome->summary;
	fprintf(file,
		"{\"exit_code\": %d, \"duration_ms\": %lld, \"url\": \"%s\", \"webhooks\": "
		"{\"delivered\": %lld, \"failed\": %lld, \"pending\": %lld}, \"checks_failed\": "
		"[%s]}\n",
		outcome->exit_code, (long long)outcome->duration_ms, program->listener.url,
		(long long)counts->delivered, (long long)counts->failed, (long long)counts->pending,
		outcome->webhooks_failed ? "\"webhooks\"" : "");
	outcome->summary = NULL;
	const bool written = ferror(file) == 0;
	return fclose(file) == 0 && written;
}

bool outcome_complete(struct outcome *outcome, struct program *program, struct failure *failure)
{
	const struct config *config = program->config;
	if (config->check == NULL && outcome->summary == NULL)
		return true;
	if (!webhooks_settle(program, config->grace * 1000, failure))
		return false;
	program_halt(program);
	if (!webhooks_count(program, &outcome->webhooks, failure))
		return false;
	if (config->check != NULL)
		check_webhooks(outcome);
	if (outcome->exit_code == 0 && outcome->webhooks_failed)
		outcome->exit_code = EX_SOFTWARE;
	return outcome->summary == NULL || write_summary(outcome, program) ||
	       failure_set(failure, EX_IOERR, "cannot write the summary %s", config->summary);
}

void outcome_end(struct outcome *outcome)
{
	if (outcome->summary != NULL)
		fclose(outcome->summary);
}
