/* SPDX-License-Identifier: MIT */
/*
 * Sims: their table, registration, and what an update may change. Parameters, properties and their
 * order follow Twilio's Sim resource page and OpenAPI file, errors the dictionary's 830xx.
 */
#include <string.h>

#include "engine/account.h"
#include "engine/engine.h"
#include "service/references.h"
#include "service/sim_cards.h"
#include "service/sim_complete.h"
#include "service/sim_refusal.h"
#include "service/sim_status_change.h"
#include "service/sms_commands.h"
#include "store/usage.h"
#include "util/count.h"

static const struct field_link sim_links[] = { { "billing_periods", "BillingPeriods" },
	{ "sim_ip_addresses", "IpAddresses" }, { NULL, NULL } };

static const struct field sim_fields[] = {
	{ FIELD_OF(sim, sid), .kind = FIELD_OWN_SID, .prefix = "HS" },
	{ FIELD_OF(sim, account_sid), .parameter = "AccountSid", .kind = FIELD_ACCOUNT_SID,
		.flags = ON_UPDATE },
	{ FIELD_OF(sim, unique_name), .parameter = "UniqueName", .kind = FIELD_UNIQUE_NAME,
		.flags = ON_UPDATE | ON_SEED | CLEARED_BY_EMPTY },
	{ FIELD_OF(sim, status), .parameter = "Status", .kind = FIELD_ENUM,
		.flags = ON_UPDATE | ON_LIST | ON_SEED | IN_EVENTS, .names = sim_status_names,
		.wish_minimum = SIM_READY, .wish_maximum = SIM_INACTIVE,
		.takes = "ready, active or inactive; lists take new and scheduled, too" },
	{ FIELD_OF(sim, fleet_sid), .parameter = "Fleet", .kind = FIELD_REFERENCE,
		.flags = ON_UPDATE | ON_LIST | ON_SEED | CLEARED_BY_EMPTY | IN_EVENTS,
		.target = &fleet_resource },
	{ FIELD_OF(sim, iccid), .parameter = "Iccid", .kind = FIELD_TEXT, .minimum = 0,
		.maximum = 64 * 1024, .flags = ON_CREATE | ON_LIST | ON_SEED | REQUIRED,
		.takes = "18 to 22 digits" },
	{ FIELD_OF(sim, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(sim, date_updated), .kind = FIELD_TIME },
	{ FIELD_NAMED("url"), .kind = FIELD_SELF_URL },
	{ FIELD_NAMED("links"), .kind = FIELD_LINKS, .links = sim_links },
	{ FIELD_OF(sim, registration_code), .parameter = "RegistrationCode", .kind = FIELD_TEXT,
		.minimum = 0, .maximum = 64 * 1024,
		.flags = ON_CREATE | ON_SEED | REQUIRED | HIDDEN, .takes = "ten characters" },
	{ FIELD_OF(sim, pending_status), .kind = FIELD_ENUM, .names = sim_status_names,
		.minimum = SIM_READY, .maximum = SIM_INACTIVE, .flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, status_before), .kind = FIELD_ENUM, .names = sim_status_names,
		.minimum = SIM_NEW, .maximum = SIM_INACTIVE, .flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, callback_url), .parameter = "CallbackUrl", .kind = FIELD_URL,
		.flags = ON_UPDATE | ON_SEED | CLEARED_BY_EMPTY | HIDDEN },
	{ FIELD_OF(sim, callback_method), .parameter = "CallbackMethod", .kind = FIELD_ENUM,
		.flags = ON_UPDATE | ON_SEED | HIDDEN, .names = callback_method_names },
	{ FIELD_OF(sim, attached), .kind = FIELD_BOOLEAN, .flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, ip_address), .kind = FIELD_TEXT, .minimum = 7, .maximum = 45,
		.flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, device_udp), .kind = FIELD_TEXT, .minimum = 9, .maximum = 64,
		.flags = NOT_COPIED | HIDDEN },
	{ FIELD_OF(sim, network_sid), .kind = FIELD_TEXT, .minimum = 34, .maximum = 34,
		.flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, period_anchor), .kind = FIELD_LATER_TIME, .flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, period_start), .kind = FIELD_LATER_TIME, .flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, period_type), .kind = FIELD_ENUM, .names = sim_status_names,
		.minimum = SIM_READY, .maximum = SIM_ACTIVE, .flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, period_data_total), .kind = FIELD_INTEGER, .maximum = BYTES_MAXIMUM,
		.flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, period_sms_commands), .kind = FIELD_INTEGER, .maximum = INT32_MAX,
		.flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, blocked_since), .kind = FIELD_LATER_TIME, .flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, limit_check), .kind = FIELD_LATER_TIME, .flags = HIDDEN },
};

static void set_defaults(void *record)
{
	*(struct sim *)record = (struct sim){
		.status = SIM_NEW,
		.callback_method = CALLBACK_POST,
		.attached = true,
	};
}

const struct resource sim_resource = {
	.number = 3,
	.name = "Sim",
	.path = "Sims",
	.list_key = "sims",
	.sid_prefix = "HS",
	.record_size = sizeof(struct sim),
	.sid_offset = offsetof(struct sim, sid),
	.fields = sim_fields,
	.field_count = COUNT_OF(sim_fields),
	.events = { "sim.created", "sim.updated", NULL, "sim.status" },
	.errors = {
		.missing_parameter = ERROR_SIM_MISSING_PARAMETER,
		.unknown_reference = ERROR_SIM_FLEET_NOT_FOUND,
		.duplicate_name = ERROR_SIM_DUPLICATE,
		.update_of_unknown = ERROR_SIM_NOT_FOUND,
	},
	.set_defaults = set_defaults,
};

/* ── registration ────────────────────────────────────────────────────────────────────────── */

static struct api_error cannot_be_registered(struct context *context, const char *hint)
{
	struct api_error error = error_new(context->arena, ERROR_SIM_CANNOT_BE_REGISTERED, NULL);
	error.hint = hint;
	return error;
}

/* A card whose code the account knows can be registered with that code only. */
static struct api_error refuse_wrong_code(struct context *context, const struct sim *sim)
{
	bool good;
	const struct api_error error =
		sim_card_check(context, sim->iccid, sim->registration_code, &good);
	if (is_error(error) || good)
		return error;
	return cannot_be_registered(context,
		"the account knows this ICCID with another registration code, from its seed's "
		"sim_cards");
}

/* Is there a Sim with this ICCID in the account? */
static struct api_error refuse_registered(struct context *context, const struct sim *sim)
{
	struct sim existing;
	bool found;
	const struct api_error error =
		engine_find(context, &sim_resource, sim, SIM_FIELD(iccid), &existing, &found);
	if (is_error(error) || !found)
		return error;
	struct api_error registered =
		error_new(context->arena, ERROR_SIM_REGISTERED_ALREADY, existing.sid);
	registered.hint = arena_format(
		context->arena, "use the Sim that there is: /v1/Sims/%s", existing.sid);
	return registered;
}

static struct api_error check_registration(struct context *context, void *record, field_set given)
{
	(void)given;
	struct sim *sim = record;
	if (!sim_card_has_iccid_form(sim->iccid))
		return cannot_be_registered(context, "Iccid: 18 to 22 digits");
	if (strlen(sim->registration_code) != 10)
		return cannot_be_registered(context, "RegistrationCode: ten characters");
	struct api_error error = refuse_wrong_code(context, sim);
	if (!is_error(error))
		error = refuse_registered(context, sim);
	return !is_error(error) ? sim_complete(context, sim) : error;
}

static struct api_error plan_pending(struct context *context, const void *record)
{
	return sim_status_plan(context, record);
}

/* ── moves to another account ────────────────────────────────────────────────────────────── */

static bool has_usage(struct context *context, const char *sim_sid, struct api_error *error)
{
	const struct store_usage_filter all = {
		.namespace = context->namespace, .sim_sid = sim_sid, .to_ms = INT64_MAX
	};
	int64_t hour_ms;
	const enum store_result found = store_newest_usage(context->connection, &all, &hour_ms);
	if (found == STORE_FAILED)
		*error = error_internal();
	return found == STORE_OK;
}

/* Anything that belongs to the account as well as to the Sim. */
static bool has_history(struct context *context, const char *sid, struct api_error *error)
{
	int64_t count = 0;
	*error = references_count(context, &sim_resource, sid, 1, &count);
	return count > 0 || (!is_error(*error) && has_usage(context, sid, error));
}

static struct api_error account_is_closed(struct context *context)
{
	struct api_error error = error_new(context->arena, ERROR_INVALID_PARAMETER, "AccountSid");
	error.hint =
		"AccountSid: an account that takes any token; a seed, an option or a call gave "
		"this one a token of its own, or it has ended";
	return error;
}

/* A Sim may move to an account that is open; naming the one that it is in is no move. Twilio allows
 * subaccounts, of which we do not know whose they are. */
static struct api_error enter_new_account(
	struct context *context, const char *account_sid, struct context *target)
{
	bool open;
	const char *own_sid = account_sid_of(context->arena, context->namespace);
	if (own_sid == NULL)
		return error_internal();
	const struct api_error error = account_look_open(context, account_sid, &open);
	if (is_error(error))
		return error;
	if (!open && strcmp(account_sid, own_sid) != 0)
		return account_is_closed(context);
	return account_enter(target, account_sid, NULL);
}

/* A Sim may move while it is new. Its ICCID may be registered there; what it did stays secret. */
static struct api_error check_move(
	struct context *context, const struct sim *sim, const char *target_namespace)
{
	struct context target = *context;
	struct api_error error = error_none();
	if (sim->status != SIM_NEW)
		return sim_status_refuse(context, sim->status, "another account");
	if (has_history(context, sim->sid, &error))
		error = error_new(context->arena, ERROR_SIM_HAS_HISTORY, NULL);
	target.namespace = target_namespace;
	if (!is_error(error))
		error = refuse_wrong_code(&target, sim);
	return !is_error(error) ? refuse_registered(&target, sim) : error;
}

static bool moves(const struct sim *sim, const struct sim *changes, field_set given)
{
	return (given & SIM_FIELD(account_sid)) &&
	       strcmp(sim->account_sid, changes->account_sid) != 0;
}

/* ── updates ─────────────────────────────────────────────────────────────────────────────── */

static struct api_error check_change(
	struct context *context, const struct sim *sim, const struct sim *changes, field_set given)
{
	const struct api_error error = moves(sim, changes, given)
					       ? check_move(context, sim, changes->account_sid)
					       : error_none();
	if (is_error(error))
		return error;
	if (sim->status == SIM_SCHEDULED && (given & (SIM_FIELD(status) | SIM_FIELD(fleet_sid))))
		return sim_refusal_scheduled(context, sim);
	if ((given & SIM_FIELD(fleet_sid)) && changes->fleet_sid == NULL && sim_is_on(sim))
		return error_new(context->arena, ERROR_SIM_KEEPS_FLEET, NULL);
	return error_none();
}

/* The Sim comes under another Fleet's limit, at once. SMS Commands that wait for its device,
 * because the last Fleet did not allow them, may be possible there. */
static struct api_error apply_new_fleet(
	struct context *context, const struct sim *sim, struct sim *changes, field_set *given)
{
	struct fleet fleet;
	const int64_t now_ms = context->now_ms;
	if (changes->fleet_sid == NULL || moves(sim, changes, *given))
		return error_none();
	struct api_error error = engine_fetch(context, &fleet_resource, changes->fleet_sid, &fleet);
	if (!is_error(error) && sim_is_on(sim) && sim->attached)
		error = sms_commands_deliver_sent(context, sim->sid);
	if (is_error(error))
		return error;
	struct sim moved =
		sim_after(sim, (struct sim_event){ .kind = SIM_TIME_PASSES, .at_ms = now_ms });
	moved = sim_after(
		&moved, (struct sim_event){
				.kind = SIM_LIMIT_IS_CHECKED, .at_ms = now_ms, .fleet = &fleet });
	record_merge(&sim_resource, changes, &moved, SIM_PERIOD_FIELDS);
	*given |= SIM_PERIOD_FIELDS;
	return error_none();
}

/* A callback belongs to the update that gave it: one without a status change is complete at once.
 */
static struct api_error check_update(
	struct context *context, const void *record, void *changed, field_set *given)
{
	const struct sim *sim = record;
	struct sim *changes = changed;
	struct api_error error = check_change(context, sim, changes, *given);
	/* Its Fleet stays behind. */
	if (moves(sim, changes, *given) && !(*given & SIM_FIELD(fleet_sid))) {
		changes->fleet_sid = NULL;
		*given |= SIM_FIELD(fleet_sid);
	}
	if (!is_error(error) && (*given & SIM_FIELD(status)))
		error = sim_status_ask(context, sim, changes, given);
	if (!is_error(error) && (*given & SIM_FIELD(fleet_sid)))
		error = apply_new_fleet(context, sim, changes, given);
	if (is_error(error))
		return error;
	if (!(*given & SIM_FIELD(callback_method)))
		changes->callback_method = CALLBACK_POST;
	if (sim->status == SIM_SCHEDULED && !(*given & SIM_FIELD(callback_url)))
		return error_none(); /* a change of name: the callback under way stays */
	if (!(*given & SIM_FIELD(callback_url)))
		changes->callback_url = NULL;
	*given |= SIM_FIELD(callback_url) | SIM_FIELD(callback_method);
	if (context->accepted || sim->status == SIM_SCHEDULED)
		return error_none();
	struct sim after = *sim;
	record_merge(&sim_resource, &after, changes, *given);
	return sim_status_call_back(context, &after);
}

const struct rules sim_rules = {
	.before_create = check_registration,
	.after_create = plan_pending,
	.before_update = check_update,
	.enter_new_account = enter_new_account,
};
