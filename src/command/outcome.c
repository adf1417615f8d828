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
static bool webhooks_are_well(const struct outcome *outcome)
{
	const struct webhook_counts *counts = &outcome->webhooks;
	if (counts->failed == 0 && counts->pending == 0)
		return true;
	fprintf(stderr, "supersimd: --check webhooks: %lld failed, %lld are not delivered yet\n",
		(long long)counts->failed, (long long)counts->pending);
	return false;
}

static bool warnings_are_well(const struct outcome *outcome)
{
	if (outcome->warnings > 0)
		fprintf(stderr, "supersimd: --check warnings: there were %llu\n",
			(unsigned long long)outcome->warnings);
	return outcome->warnings == 0;
}

static bool faults_are_well(const struct outcome *outcome)
{
	if (outcome->unused_faults > 0)
		fprintf(stderr, "supersimd: --check faults: %zu of %zu have hit nothing\n",
			outcome->unused_faults, outcome->faults.rules);
	return outcome->unused_faults == 0;
}

/* Does the checks that were asked for, each of which says what is not well. */
static void do_checks(struct outcome *outcome, const struct config *config)
{
	static bool (*const are_well[CHECK_COUNT])(const struct outcome *outcome) = {
		[CHECK_WEBHOOKS] = webhooks_are_well,
		[CHECK_WARNINGS] = warnings_are_well,
		[CHECK_FAULTS] = faults_are_well,
	};
	for (enum check i = 0; i < CHECK_COUNT; i++) {
		outcome->failed[i] = config_checks(config, i) && !are_well[i](outcome);
		if (outcome->failed[i] && outcome->exit_code == 0)
			outcome->exit_code = EX_SOFTWARE;
	}
}

static bool write_summary(struct outcome *outcome, const struct program *program)
{
	const struct webhook_counts *counts = &outcome->webhooks;
	FILE *file = outcome->summary;
	const char *before = "";
	fprintf(file, "{\"exit_code\": %d, \"duration_ms\": %lld, \"url\": \"%s\", ",
		outcome->exit_code, (long long)outcome->duration_ms,
		program->listeners[DOOR_PLAIN].url);
	fprintf(file, "\"webhooks\": {\"delivered\": %lld, \"failed\": %lld, \"pending\": %lld}, ",
		(long long)counts->delivered, (long long)counts->failed,
		(long long)counts->pending);
	fprintf(file, "\"warnings\": %llu, \"faults\": {\"hits\": %llu, \"unused\": %zu}, ",
		(unsigned long long)outcome->warnings, (unsigned long long)outcome->faults.hits,
		outcome->unused_faults);
	fputs("\"checks_failed\": [", file);
	for (enum check i = 0; i < CHECK_COUNT; i++) {
		if (outcome->failed[i]) {
			fprintf(file, "%s\"%s\"", before, check_names[i]);
			before = ", ";
		}
	}
	fputs("]}\n", file);
	outcome->summary = NULL;
	const bool written = ferror(file) == 0;
	return fclose(file) == 0 && written;
}

/* What the server has seen, once it has ended. */
static void count_seen(struct outcome *outcome, const struct watch *watch)
{
	uint64_t totals[WARNING_KINDS];
	warnings_totals(watch->warnings, totals);
	for (size_t i = 0; i < WARNING_KINDS; i++)
		outcome->warnings += totals[i];
	traffic_count(watch->traffic, &outcome->faults);
	outcome->unused_faults = traffic_count_unused(watch->traffic);
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
	count_seen(outcome, &program->watch);
	do_checks(outcome, config);
	return outcome->summary == NULL || write_summary(outcome, program) ||
	       failure_set(failure, EX_IOERR, "cannot write the summary %s", config->summary);
}

void outcome_end(struct outcome *outcome)
{
	if (outcome->summary != NULL)
		fclose(outcome->summary);
}
