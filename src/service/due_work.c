/* SPDX-License-Identifier: MIT */
#include "service/due_work.h"

#include <string.h>

#include "engine/engine.h"
#include "service/data_limits.h"
#include "service/due_kinds.h"
#include "service/esim_profiles.h"
#include "service/ip_commands.h"
#include "service/settings_updates.h"
#include "service/sim_status_change.h"
#include "service/sms_commands.h"
#include "util/count.h"

/* One row for each kind of work that is no webhook. */
static const struct due_kind {
	const char *name;
	const struct resource *resource; /* what it is about one of */
	/* Does it to the record. Where there is nothing to do, the result stays "gone". */
	struct api_error (*run)(
		struct context *context, void *record, struct due_outcome *ret_outcome);
} kinds[] = {
	{ DUE_SIM_STATUS, &sim_resource, sim_status_due },
	{ DUE_SIM_READY_END, &sim_resource, sim_ready_end_due },
	{ DUE_DATA_LIMIT_CHANGE, &fleet_resource, data_limit_change_due },
	{ DUE_DATA_LIMIT_CHECK, &sim_resource, data_limit_check_due },
	{ DUE_ESIM_PROFILE_STATUS, &esim_profile_resource, esim_profile_due },
	{ DUE_SETTINGS_UPDATE_STATUS, &settings_update_resource, settings_update_due },
	{ DUE_SMS_COMMAND_STATUS, &sms_command_resource, sms_command_due },
	{ DUE_IP_COMMAND_STATUS, &ip_command_resource, ip_command_due },
};

static struct api_error run_kind(struct context *context, const struct due_kind *kind,
	const char *subject_sid, struct due_outcome *ret_outcome)
{
	void *record = arena_alloc(context->arena, kind->resource->record_size);
	if (record == NULL)
		return error_internal();
	ret_outcome->result = "gone";
	const struct api_error error = engine_fetch(context, kind->resource, subject_sid, record);
	if (error.status == 404)
		return error_none();
	return !is_error(error) ? kind->run(context, record, ret_outcome) : error;
}

struct api_error due_work_run(
	struct context *context, const struct store_due *due, struct due_outcome *ret_outcome)
{
	*ret_outcome = (struct due_outcome){ .result = "unknown" };
	const enum store_result removed = store_remove_due(context->connection, due);
	for (size_t i = 0; i < COUNT_OF(kinds) && removed == STORE_OK; i++) {
		if (strcmp(kinds[i].name, due->kind) == 0)
			return run_kind(context, &kinds[i], due->subject_sid, ret_outcome);
	}
	return error_of_store(removed);
}
