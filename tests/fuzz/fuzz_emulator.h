/* SPDX-License-Identifier: MIT */
/* An emulator over a database in memory, for harnesses that have it serve whole requests. */
#ifndef FUZZ_EMULATOR_H
#define FUZZ_EMULATOR_H

#include "fuzz_input.h"
#include "request/serve.h"
#include "service/resources.h"

#define FUZZ_AUTHORIZATION "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDp0"

static struct emulator emulator;
static struct watch watch;
static struct store_connection *reader;

static const struct policy policy = { .fleet_data_limit = 1000,
	.fleet_sms_commands_enabled = true };

/* With the first input. `sections` ends with NULL. True when it was that one. */
static bool start_once(const struct section *const *sections)
{
	if (reader != NULL)
		return false;
	const struct store_options options = { ":memory:", DURABILITY_NORMAL, service_resources };
	const struct watch_options watch_options = { .journal_entries = 10,
		.journal_bytes = 1 << 20 };
	struct failure failure;
	struct store *store;
	MUST(store_open(&options, &store, &failure));
	reader = store_connect(store, false, &failure);
	emulator.sections = sections;
	emulator.registry = registry_new(false);
	emulator.policy = &policy;
	emulator.watch = &watch;
	MUST(watch_init(&watch, &watch_options) && reader != NULL && emulator.registry != NULL);
	return true;
}

#endif
