/* SPDX-License-Identifier: MIT */
/*
 * Sims: registration, the machine of their status, and what their devices do.
 *
 * Parameters, properties and their order follow Twilio's Sim resource page and OpenAPI file; the
 * status machine follows "How to determine a Super SIM's status", errors the dictionary's 830xx.
 */
#include "service/sims.h"

#include <stdio.h>
#include <string.h>

#include "engine/account.h"
#include "engine/due.h"
#include "engine/engine.h"
#include "service/due_kinds.h"
#include "model/sid.h"
#include "outbox/deliveries.h"
#include "service/billing_periods.h"
#include "service/data_limits.h"
#include "service/esim_profiles.h"
#include "service/ip_commands.h"
#include "service/settings_updates.h"
#include "service/sim_cards.h"
#include "service/sms_commands.h"
#include "store/usage.h"
#include "util/count.h"
#include "util/hash.h"
#include "util/text.h"

/* A ready Sim becomes active by itself after any of these (Twilio: "How to determine a Super SIM's
 * status"). */
enum { READY_BYTES = 250 * 1000, READY_SMS_COMMANDS = 5 }; /* or READY_MONTHS */

static const char *const statuses[] = { "new", "ready", "active", "inactive", "scheduled", NULL };
static const char *const statuses_before[] = { "new", "ready", "active", "inactive", NULL };
static const char *const pending_statuses[] = { "ready", "active", "inactive", NULL };
static const char *const period_types[] = { "ready", "active", NULL };

static const struct field_link sim_links[] = { { "billing_periods", "BillingPeriods" },
	{ "sim_ip_addresses", "IpAddresses" }, { NULL, NULL } };

static const struct field sim_fields[] = {
	{ FIELD_OF(sim, sid), .kind = FIELD_OWN_SID, .prefix = "HS" },
	{ FIELD_OF(sim, account_sid), .parameter = "AccountSid", .kind = FIELD_ACCOUNT_SID,
		.flags = ON_UPDATE },
	{ FIELD_OF(sim, unique_name), .parameter = "UniqueName", .kind = FIELD_UNIQUE_NAME,
		.flags = ON_UPDATE | ON_SEED | CLEARED_BY_EMPTY },
	{ FIELD_OF(sim, status), .parameter = "Status", .kind = FIELD_ENUM,
		.flags = ON_UPDATE | ON_LIST | ON_SEED, .names = statuses },
	{ FIELD_OF(sim, fleet_sid), .parameter = "Fleet", .kind = FIELD_REFERENCE,
		.flags = ON_UPDATE | ON_LIST | ON_SEED | CLEARED_BY_EMPTY,
		.target = &fleet_resource },
	{ FIELD_OF(sim, iccid), .parameter = "Iccid", .kind = FIELD_TEXT, .minimum = 0,
		.maximum = 64 * 1024, .flags = ON_CREATE | ON_LIST | ON_SEED | REQUIRED },
	{ FIELD_OF(sim, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(sim, date_updated), .kind = FIELD_TIME },
	{ FIELD_NAMED("url"), .kind = FIELD_SELF_URL },
	{ FIELD_NAMED("links"), .kind = FIELD_LINKS, .links = sim_links },
	{ FIELD_OF(sim, registration_code), .parameter = "RegistrationCode", .kind = FIELD_TEXT,
		.minimum = 0, .maximum = 64 * 1024,
		.flags = ON_CREATE | ON_SEED | REQUIRED | HIDDEN },
	{ FIELD_OF(sim, pending_status), .kind = FIELD_ENUM, .names = pending_statuses,
		.flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, status_before), .kind = FIELD_ENUM, .names = statuses_before,
		.flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, callback_url), .parameter = "CallbackUrl", .kind = FIELD_URL,
		.flags = ON_UPDATE | ON_SEED | CLEARED_BY_EMPTY | HIDDEN },
	{ FIELD_OF(sim, callback_method), .parameter = "CallbackMethod", .kind = FIELD_ENUM,
		.flags = ON_UPDATE | ON_SEED | HIDDEN, .names = callback_methods },
	{ FIELD_OF(sim, attached), .kind = FIELD_BOOLEAN, .flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, ip_address), .kind = FIELD_TEXT, .minimum = 7, .maximum = 45,
		.flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, device_udp), .kind = FIELD_TEXT, .minimum = 9, .maximum = 64,
		.flags = NOT_COPIED | HIDDEN },
	{ FIELD_OF(sim, network_sid), .kind = FIELD_TEXT, .minimum = 34, .maximum = 34,
		.flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, period_anchor), .kind = FIELD_LATER_TIME, .flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, period_start), .kind = FIELD_LATER_TIME, .flags = ON_SEED | HIDDEN },
	{ FIELD_OF(sim, period_type), .kind = FIELD_ENUM, .names = period_types,
		.flags = ON_SEED | HIDDEN },
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
		.status = "new",
		.callback_method = "POST",
		.attached = true,
	};
}

bool sim_status_is_on(const char *status)
{
	return text_is(status, "ready") || text_is(status, "active");
}

const char *sim_status_in_force(const struct sim *sim)
{
	return text_is(sim->status, "scheduled") ? sim->status_before : sim->status;
}

bool sim_is_on(const struct sim *sim)
{
	return sim_status_is_on(sim_status_in_force(sim));
}

const char *sim_why_not(const struct sim *sim, const struct fleet *fleet, enum sim_service service)
{
	if (!sim_is_on(sim))
		return "The Sim is neither ready nor active";
	if (service == SIM_SMS)
		return fleet->sms_commands_enabled ? NULL
						   : "SMS Commands are not enabled for the Fleet";
	if (!fleet->data_enabled)
		return "Data is not enabled for the Fleet";
	return sim->blocked_since == 0 ? NULL : "The Sim has used up its data limit";
}

const char *sim_why_detached(const struct sim *sim)
{
	return sim->attached ? NULL : "The device is not attached to a network";
}

/* ── being on ────────────────────────────────────────────────────────────────────────────── */

/* Of the range that Super SIM devices have. 100.64.0.1 is the gateway's. */
struct api_error sim_give_ip_address(struct context *context, struct sim *sim)
{
	char address[16];
	if (sim->ip_address != NULL)
		return error_none();
	const unsigned number = (unsigned)hash_finish(hash_text(HASH_START, sim->sid));
	const int size = snprintf(address, sizeof(address), "100.%u.%u.%u",
		64 + (number >> 16) % 64, (number >> 8) % 256, 2 + number % 253);
	sim->ip_address = arena_copy(context->arena, address, (size_t)size);
	return sim->ip_address != NULL ? error_none() : error_internal();
}

/* ── registration ────────────────────────────────────────────────────────────────────────── */

/* A card whose code the account knows can be registered with that code only. */
static struct api_error refuse_wrong_code(struct context *context, const struct sim *sim)
{
	bool good;
	const struct api_error error =
		sim_card_check(context, sim->iccid, sim->registration_code, &good);
	if (is_error(error) || good)
		return error;
	return error_new(context->arena, ERROR_SIM_CANNOT_BE_REGISTERED, NULL);
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
	return error_new(context->arena, ERROR_SIM_REGISTERED_ALREADY, existing.sid);
}

static struct api_error check_registration(struct context *context, void *record, field_set given)
{
	(void)given;
	struct sim *sim = record;
	if (!sim_card_has_iccid_form(sim->iccid) || strlen(sim->registration_code) != 10)
		return error_new(context->arena, ERROR_SIM_CANNOT_BE_REGISTERED, NULL);
	struct api_error error = refuse_wrong_code(context, sim);
	if (!is_error(error))
		error = refuse_registered(context, sim);
	return !is_error(error) ? sim_complete(context, sim) : error;
}

static struct api_error plan_ready_end(struct context *context, const struct sim *sim)
{
	return due_plan(context, DUE_SIM_READY_END, sim->sid, billing_period_end(sim), "");
}

/* A seed or a copy may hold a Sim whose status is about to change. */
static struct api_error plan_pending(struct context *context, const void *record)
{
	const struct sim *sim = record;
	if (text_is(sim->status, "ready"))
		return plan_ready_end(context, sim);
	if (!text_is(sim->status, "scheduled"))
		return error_none();
	return due_plan(context, DUE_SIM_STATUS, sim->sid,
		context->now_ms + context->policy->transition_delay_ms, "");
}

/* ── updates ─────────────────────────────────────────────────────────────────────────────── */

static bool can_become(const char *from, const char *into)
{
	if (text_is(into, "ready"))
		return text_is(from, "new");
	if (text_is(into, "active"))
		return text_is(from, "new") || text_is(from, "ready") || text_is(from, "inactive");
	return text_is(from, "new") || sim_status_is_on(from); /* inactive */
}

static struct api_error refuse_status(struct context *context, const char *from, const char *into)
{
	char change[64];
	snprintf(change, sizeof(change), "%s to %s", from, into);
	return error_new(context->arena, ERROR_SIM_STATUS_UNREACHABLE, change);
}

/* Turns a wish for a status into `scheduled`, and plans its coming true. */
static struct api_error change_status(
	struct context *context, const struct sim *sim, struct sim *changes, field_set *given)
{
	const char *wanted = changes->status;
	const char *fleet_sid = *given & SIM_FIELD(fleet_sid) ? changes->fleet_sid : sim->fleet_sid;
	if (!sim_status_is_on(wanted) && !text_is(wanted, "inactive"))
		return error_new(context->arena, ERROR_INVALID_PARAMETER, "Status");
	if (text_is(sim->status, wanted)) {
		*given &= ~SIM_FIELD(status);
		return error_none();
	}
	if (!can_become(sim->status, wanted))
		return refuse_status(context, sim->status, wanted);
	if (sim_status_is_on(wanted) && fleet_sid == NULL)
		return error_new(context->arena, ERROR_SIM_NEEDS_FLEET, NULL);
	changes->pending_status = wanted;
	changes->status_before = sim->status;
	changes->status = "scheduled";
	*given |= SIM_FIELD(pending_status) | SIM_FIELD(status_before);
	context->accepted = true;
	return due_plan(context, DUE_SIM_STATUS, sim->sid,
		context->now_ms + context->policy->transition_delay_ms, "");
}

/* Whether a resource has records of the Sim. */
static bool has_records(struct context *context, const struct resource *resource,
	size_t sim_sid_offset, const char *sim_sid, struct api_error *error)
{
	void *record = arena_alloc(context->arena, resource->record_size);
	bool exist = false;
	if (record == NULL)
		*error = error_internal();
	if (is_error(*error))
		return false;
	memcpy((char *)record + sim_sid_offset, &sim_sid, sizeof(sim_sid));
	*error = engine_find(context, resource, record,
		resource_member_bit(resource, sim_sid_offset), record, &exist);
	return exist;
}

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
	return has_records(context, &sms_command_resource, offsetof(struct sms_command, sim_sid),
		       sid, error) ||
	       has_records(context, &ip_command_resource, offsetof(struct ip_command, sim_sid), sid,
		       error) ||
	       has_records(context, &settings_update_resource,
		       offsetof(struct settings_update, sim_sid), sid, error) ||
	       has_records(context, &esim_profile_resource, offsetof(struct esim_profile, sim_sid),
		       sid, error) ||
	       has_usage(context, sid, error);
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
		return error_new(context->arena, ERROR_INVALID_PARAMETER, "AccountSid");
	return account_enter(target, account_sid, NULL);
}

/* A Sim may move while it is new. Its ICCID may be registered there; what it did stays secret. */
static struct api_error check_move(
	struct context *context, const struct sim *sim, const char *target_namespace)
{
	struct context target = *context;
	struct api_error error = error_none();
	if (!text_is(sim->status, "new"))
		return refuse_status(context, sim->status, "another account");
	if (has_history(context, sim->sid, &error))
		error = error_new(context->arena, ERROR_CONFLICT,
			"A Super SIM that has Commands, usage, Settings Updates or an eSIM Profile "
			"cannot move to another account");
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

static struct api_error check_change(
	struct context *context, const struct sim *sim, const struct sim *changes, field_set given)
{
	const struct api_error error = moves(sim, changes, given)
					       ? check_move(context, sim, changes->account_sid)
					       : error_none();
	if (is_error(error))
		return error;
	if (text_is(sim->status, "scheduled") &&
		(given & (SIM_FIELD(status) | SIM_FIELD(fleet_sid))))
		return error_new(context->arena, ERROR_SIM_IS_SCHEDULED, NULL);
	if ((given & SIM_FIELD(fleet_sid)) && changes->fleet_sid == NULL && sim_is_on(sim))
		return error_new(context->arena, ERROR_SIM_KEEPS_FLEET, NULL);
	return error_none();
}

/* The Sim comes under another Fleet's limit, at once; SMS Commands that wait for its device may be
 * possible there. */
static struct api_error apply_new_fleet(
	struct context *context, const struct sim *sim, struct sim *changes, field_set *given)
{
	struct fleet fleet;
	struct sim moved = *sim;
	if (changes->fleet_sid == NULL || moves(sim, changes, *given))
		return error_none();
	struct api_error error = engine_fetch(context, &fleet_resource, changes->fleet_sid, &fleet);
	if (!is_error(error) && sim_is_on(sim) && sim->attached)
		error = sms_commands_deliver_sent(context, sim->sid);
	if (is_error(error))
		return error;
	billing_period_roll(&moved, context->now_ms);
	data_limit_apply(&moved, &fleet, context->now_ms);
	record_merge(&sim_resource, changes, &moved, BILLING_PERIOD_FIELDS);
	*given |= BILLING_PERIOD_FIELDS;
	return error_none();
}

/* Parameters of the Sim's callback, by analogy with Programmable Wireless. */
static struct api_error call_back(struct context *context, const struct sim *sim)
{
	if (sim->callback_url == NULL)
		return error_none();
	struct event event = {
		.name = "sim_status",
		.subject_sid = sim->sid,
		.fleet_sid = sim->fleet_sid,
		.method = sim->callback_method,
		.url = sim->callback_url,
	};
	event_begin(&event);
	event_add(&event, "SimSid", sim->sid);
	event_add(&event, "SimUniqueName", sim->unique_name);
	event_add(&event, "SimStatus", sim->status);
	event_add(&event, "ErrorCode", "");
	event_add_account(&event, context);
	return event_send(context, &event, NULL);
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
		error = change_status(context, sim, changes, given);
	if (!is_error(error) && (*given & SIM_FIELD(fleet_sid)))
		error = apply_new_fleet(context, sim, changes, given);
	if (is_error(error))
		return error;
	if (!(*given & SIM_FIELD(callback_method)))
		changes->callback_method = "POST";
	if (text_is(sim->status, "scheduled") && !(*given & SIM_FIELD(callback_url)))
		return error_none(); /* a change of name: the callback under way stays */
	if (!(*given & SIM_FIELD(callback_url)))
		changes->callback_url = NULL;
	*given |= SIM_FIELD(callback_url) | SIM_FIELD(callback_method);
	if (context->accepted || text_is(sim->status, "scheduled"))
		return error_none();
	struct sim after = *sim;
	record_merge(&sim_resource, &after, changes, *given);
	return call_back(context, &after);
}

/* A Sim that comes back within its period goes on with it. */
static bool begins_period(const struct sim *sim, int64_t now_ms)
{
	return !text_is(sim->period_type, sim->status) || now_ms >= billing_period_end(sim);
}

struct api_error sim_status_due(
	struct context *context, const char *sim_sid, const char **ret_result)
{
	struct sim sim;
	struct api_error error = engine_fetch(context, &sim_resource, sim_sid, &sim);
	if (error.status == 404 || (!is_error(error) && !text_is(sim.status, "scheduled"))) {
		*ret_result = "gone";
		return error_none();
	}
	if (is_error(error))
		return error;
	billing_period_roll(&sim, context->now_ms);
	sim.status = sim.pending_status;
	sim.pending_status = NULL;
	sim.status_before = NULL;
	for (const char *const *name = statuses; *name != NULL; name++) {
		if (text_is(sim.status, *name))
			*ret_result = *name;
	}
	if (sim_is_on(&sim)) {
		if (begins_period(&sim, context->now_ms))
			billing_period_begin(&sim, context->now_ms);
		error = sim_give_ip_address(context, &sim);
	}
	if (!is_error(error) && text_is(sim.status, "ready"))
		error = plan_ready_end(context, &sim);
	if (!is_error(error) && sim_is_on(&sim) && sim.attached)
		error = sms_commands_deliver_sent(context, sim.sid);
	if (!is_error(error))
		error = call_back(context, &sim);
	sim.callback_url = NULL;
	if (is_error(error))
		return error;
	return engine_save(context, &sim_resource, &sim,
		SIM_FIELD(status) | SIM_FIELD(pending_status) | SIM_FIELD(status_before) |
			SIM_FIELD(callback_url) | SIM_FIELD(ip_address) | BILLING_PERIOD_FIELDS);
}

/* ── from ready to active by itself ──────────────────────────────────────────────────────── */

static struct api_error activate(struct context *context, struct sim *sim)
{
	sim->status = "active";
	billing_period_begin(sim, context->now_ms);
	return engine_save(context, &sim_resource, sim, SIM_FIELD(status) | BILLING_PERIOD_FIELDS);
}

struct api_error sim_ready_end_due(
	struct context *context, const char *sim_sid, const char **ret_result)
{
	struct sim sim;
	*ret_result = "gone";
	const struct api_error error = engine_fetch(context, &sim_resource, sim_sid, &sim);
	if (error.status == 404)
		return error_none();
	const bool over = !is_error(error) && text_is(sim.status, "ready") &&
			  billing_period_end(&sim) <= context->now_ms;
	if (!over)
		return error;
	*ret_result = "active";
	return activate(context, &sim);
}

struct api_error sim_count_sms_command(struct context *context, struct sim *sim)
{
	if (!text_is(sim->status, "ready"))
		return error_none();
	if (++sim->period_sms_commands >= READY_SMS_COMMANDS)
		return activate(context, sim);
	return sim_save_internal(context, sim, BILLING_PERIOD_FIELDS);
}

struct api_error sim_count_data(struct context *context, struct sim *sim)
{
	if (!text_is(sim->status, "ready") || sim->period_data_total < READY_BYTES)
		return error_none();
	const int64_t moved = sim->period_data_total;
	const struct api_error error = activate(context, sim);
	sim->period_data_total = moved;
	return error;
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
	.errors = {
		.missing_parameter = ERROR_SIM_MISSING_PARAMETER,
		.unknown_reference = ERROR_SIM_FLEET_NOT_FOUND,
		.duplicate_name = ERROR_SIM_DUPLICATE,
		.update_of_unknown = ERROR_SIM_NOT_FOUND,
	},
	.set_defaults = set_defaults,
};

const struct rules sim_rules = {
	.before_create = check_registration,
	.after_create = plan_pending,
	.before_update = check_update,
	.enter_new_account = enter_new_account,
};

/* ── for other resources ─────────────────────────────────────────────────────────────────── */

struct api_error sim_fetch(struct context *context, const char *identifier, struct sim *ret_sim,
	struct fleet *ret_fleet)
{
	*ret_fleet = (struct fleet){ 0 };
	struct api_error error = engine_fetch(context, &sim_resource, identifier, ret_sim);
	if (is_error(error))
		return error;
	billing_period_roll(ret_sim, context->now_ms);
	if (ret_sim->fleet_sid == NULL)
		return error_none();
	error = engine_fetch(context, &fleet_resource, ret_sim->fleet_sid, ret_fleet);
	return is_error(error) ? error_internal() : error_none();
}

struct api_error sim_save_internal(struct context *context, struct sim *sim, field_set set)
{
	const enum store_result result =
		store_update(context->connection, &sim_resource, context->namespace, sim, set);
	if (result == STORE_DUPLICATE)
		return error_new(
			context->arena, ERROR_CONFLICT, "Another Sim's device has this address");
	return error_of_store(result);
}
