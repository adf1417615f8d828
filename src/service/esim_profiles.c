/* SPDX-License-Identifier: MIT */
/*
 * eSIM Profiles. One is new, then reserving, then available, each a moment after the other on the
 * account's clock: then it has an ICCID, and a Sim of its own. A device downloads and installs it.
 *
 * Parameters, properties and their order follow Twilio's eSIM Profile page and OpenAPI file; the
 * callback comes when the profile becomes available, and only then. Its parameters are not
 * published.
 */
#include "service/esim_profiles.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/due.h"
#include "engine/engine.h"
#include "model/failure_code.h"
#include "service/due_kinds.h"
#include "outbox/deliveries.h"
#include "service/sim_state.h"
#include "service/webhook_events.h"
#include "util/count.h"
#include "util/random.h"

/* Where profiles would be downloaded from: a name that exists nowhere. */
#define SMDP_PLUS_HOST "sm-dp-plus.example"
static const char no_profile_code[] = "83500"; /* as a profile shows it */

static const char *const statuses[] = {
	[ESIM_PROFILE_NEW] = "new",
	[ESIM_PROFILE_RESERVING] = "reserving",
	[ESIM_PROFILE_AVAILABLE] = "available",
	[ESIM_PROFILE_DOWNLOADED] = "downloaded",
	[ESIM_PROFILE_INSTALLED] = "installed",
	[ESIM_PROFILE_FAILED] = "failed",
	NULL,
};

static const struct field esim_profile_fields[] = {
	{ FIELD_OF(esim_profile, sid), .kind = FIELD_OWN_SID, .prefix = "HP" },
	{ FIELD_OF(esim_profile, account_sid), .kind = FIELD_ACCOUNT_SID },
	{ FIELD_OF(esim_profile, iccid), .kind = FIELD_TEXT, .minimum = 18, .maximum = 22,
		.flags = ON_SEED },
	{ FIELD_OF(esim_profile, sim_sid), .parameter = "SimSid", .kind = FIELD_REFERENCE,
		.flags = ON_LIST | ON_SEED, .target = &sim_resource },
	{ FIELD_OF(esim_profile, status), .parameter = "Status", .kind = FIELD_ENUM,
		.flags = ON_LIST | ON_SEED | IN_EVENTS, .names = statuses },
	{ FIELD_OF(esim_profile, eid), .parameter = "Eid", .kind = FIELD_TEXT, .minimum = 1,
		.maximum = 64, .flags = ON_CREATE | ON_LIST | ON_SEED },
	{ FIELD_OF(esim_profile, smdp_plus_address), .kind = FIELD_URL, .flags = ON_SEED },
	{ FIELD_OF(esim_profile, matching_id), .kind = FIELD_TEXT, .minimum = 1, .maximum = 64,
		.flags = ON_SEED },
	{ FIELD_OF(esim_profile, activation_code), .kind = FIELD_TEXT, .minimum = 1, .maximum = 256,
		.flags = ON_SEED },
	{ FIELD_OF(esim_profile, error_code), .kind = FIELD_TEXT, .minimum = 1, .maximum = 16,
		.flags = ON_SEED },
	{ FIELD_OF(esim_profile, error_message), .kind = FIELD_TEXT, .minimum = 1, .maximum = 256,
		.flags = ON_SEED },
	{ FIELD_OF(esim_profile, date_created), .kind = FIELD_TIME },
	{ FIELD_OF(esim_profile, date_updated), .kind = FIELD_TIME },
	{ FIELD_NAMED("url"), .kind = FIELD_SELF_URL },
	{ FIELD_OF(esim_profile, generate_matching_id), .parameter = "GenerateMatchingId",
		.kind = FIELD_BOOLEAN, .flags = ON_CREATE | ON_SEED | HIDDEN },
	{ FIELD_OF(esim_profile, callback_url), .parameter = "CallbackUrl", .kind = FIELD_URL,
		.flags = ON_CREATE | ON_SEED | CLEARED_BY_EMPTY | HIDDEN },
	{ FIELD_OF(esim_profile, callback_method), .parameter = "CallbackMethod",
		.kind = FIELD_ENUM, .flags = ON_CREATE | ON_SEED | HIDDEN,
		.names = callback_method_names },
};

#define ESIM_FIELD(member)                                                                         \
	resource_member_bit(&esim_profile_resource, offsetof(struct esim_profile, member))

static void set_defaults(void *record)
{
	*(struct esim_profile *)record = (struct esim_profile){ .status = ESIM_PROFILE_NEW,
		.callback_method = CALLBACK_POST };
}

static struct api_error check_device(struct context *context, void *record, field_set given)
{
	const struct esim_profile *profile = record;
	(void)given;
	if (profile->eid != NULL || profile->generate_matching_id)
		return error_none();
	struct api_error error = error_new(context->arena, ERROR_MISSING_PARAMETER, "Eid");
	error.hint = "Eid, or GenerateMatchingId=true";
	return error;
}

static struct api_error plan_next(struct context *context, const char *sid)
{
	return due_plan(context, DUE_ESIM_PROFILE_STATUS, sid,
		context->now_ms + context->policy->transition_delay_ms, "");
}

static struct api_error plan_pending(struct context *context, const void *record)
{
	const struct esim_profile *profile = record;
	if (profile->status == ESIM_PROFILE_NEW || profile->status == ESIM_PROFILE_RESERVING)
		return plan_next(context, profile->sid);
	return error_none();
}

const struct resource esim_profile_resource = {
	.number = 6,
	.name = "eSIM Profile",
	.path = "ESimProfiles",
	.list_key = "esim_profiles",
	.sid_prefix = "HP",
	.record_size = sizeof(struct esim_profile),
	.sid_offset = offsetof(struct esim_profile, sid),
	.fields = esim_profile_fields,
	.field_count = COUNT_OF(esim_profile_fields),
	.events = { .created = "esim_profile.created", .updated = "esim_profile.updated" },
	.set_defaults = set_defaults,
};

const struct rules esim_profile_rules = {
	.before_create = check_device,
	.after_create = plan_pending,
};

/* ── becoming available ──────────────────────────────────────────────────────────────────── */

static uint64_t random_number(void)
{
	uint64_t number;
	random_bytes((uint8_t *)&number, sizeof(number));
	return number;
}

/* The Sim that the profile controls, of Twilio's range of ICCIDs. */
static struct api_error make_sim(struct context *context, struct esim_profile *profile)
{
	struct sim sim;
	char iccid[24], code[16];
	snprintf(iccid, sizeof(iccid), "8988307%013" PRIu64, random_number() % 10000000000000);
	snprintf(code, sizeof(code), "%010" PRIu64, random_number() % 10000000000);
	sim_resource.set_defaults(&sim);
	sim.iccid = arena_copy(context->arena, iccid, strlen(iccid));
	sim.registration_code = arena_copy(context->arena, code, strlen(code));
	if (sim.iccid == NULL || sim.registration_code == NULL)
		return error_internal();
	const struct api_error error = engine_create(context, &sim_resource, &sim, 0);
	if (!is_error(error)) {
		profile->iccid = sim.iccid;
		profile->sim_sid = sim.sid;
	}
	return error;
}

/* By its matching id any device can claim the profile, with the activation code of a QR code
 * (GSMA SGP.22). */
static bool make_matching_id(struct arena *arena, struct esim_profile *profile)
{
	char id[24], code[96];
	const unsigned long long number = random_number();
	snprintf(id, sizeof(id), "%04llX-%04llX-%04llX-%04llX", number >> 48, number >> 32 & 0xFFFF,
		number >> 16 & 0xFFFF, number & 0xFFFF);
	snprintf(code, sizeof(code), "LPA:1$" SMDP_PLUS_HOST "$%s", id);
	profile->matching_id = arena_copy(arena, id, strlen(id));
	profile->activation_code = arena_copy(arena, code, strlen(code));
	return profile->matching_id != NULL && profile->activation_code != NULL;
}

static struct api_error call_back(struct context *context, const struct esim_profile *profile)
{
	if (profile->callback_url == NULL)
		return error_none();
	struct event event = {
		.name = EVENT_ESIM_PROFILE_STATUS,
		.subject_sid = profile->sid,
		.method = profile->callback_method,
		.url = profile->callback_url,
	};
	event_begin(&event);
	event_add(&event, "ESimProfileSid", profile->sid);
	event_add(&event, "Status", statuses[profile->status]);
	event_add(&event, "Eid", profile->eid);
	event_add(&event, "Iccid", profile->iccid);
	event_add(&event, "SimSid", profile->sim_sid);
	event_add_account(&event, context);
	return event_send(context, &event, NULL);
}

static struct api_error make_available(struct context *context, struct esim_profile *profile)
{
	profile->status = ESIM_PROFILE_AVAILABLE;
	profile->smdp_plus_address = "https://" SMDP_PLUS_HOST;
	if (profile->generate_matching_id && !make_matching_id(context->arena, profile))
		return error_internal();
	const struct api_error error = make_sim(context, profile);
	return !is_error(error) ? call_back(context, profile) : error;
}

/* Writes whatever a change of status changes. */
static struct api_error save(struct context *context, struct esim_profile *profile)
{
	return engine_save(context, &esim_profile_resource, profile,
		ESIM_FIELD(status) | ESIM_FIELD(iccid) | ESIM_FIELD(sim_sid) |
			ESIM_FIELD(smdp_plus_address) | ESIM_FIELD(matching_id) |
			ESIM_FIELD(activation_code) | ESIM_FIELD(error_code) |
			ESIM_FIELD(error_message));
}

struct api_error esim_profile_due(
	struct context *context, void *record, struct due_outcome *ret_outcome)
{
	struct esim_profile *profile = record;
	struct api_error error = error_none();
	switch (profile->status) {
	case ESIM_PROFILE_NEW:
		profile->status = ESIM_PROFILE_RESERVING;
		error = plan_next(context, profile->sid);
		break;
	case ESIM_PROFILE_RESERVING: error = make_available(context, profile); break;
	case ESIM_PROFILE_STATUS_NONE:
	case ESIM_PROFILE_AVAILABLE:
	case ESIM_PROFILE_DOWNLOADED:
	case ESIM_PROFILE_INSTALLED: return error_none();
	case ESIM_PROFILE_FAILED:
		*ret_outcome =
			(struct due_outcome){ statuses[profile->status], FAILURE_NO_ESIM_PROFILE };
		return error_none();
	}
	ret_outcome->result = statuses[profile->status];
	return !is_error(error) ? save(context, profile) : error;
}

/* ── what devices do ─────────────────────────────────────────────────────────────────────── */

static bool can_become(enum esim_profile_status from, enum esim_profile_status into)
{
	if (into == ESIM_PROFILE_DOWNLOADED)
		return from == ESIM_PROFILE_AVAILABLE;
	if (into == ESIM_PROFILE_INSTALLED)
		return from == ESIM_PROFILE_DOWNLOADED;
	return into == ESIM_PROFILE_FAILED && from != ESIM_PROFILE_INSTALLED &&
	       from != ESIM_PROFILE_FAILED;
}

/* Which call lets a profile become something. */
static const char *hint_of(struct context *context, const struct esim_profile *profile)
{
	switch (profile->status) {
	case ESIM_PROFILE_NEW:
	case ESIM_PROFILE_RESERVING:
		return "it becomes available by itself: wait, or POST /_emulator/clock/advance";
	case ESIM_PROFILE_AVAILABLE:
		return arena_format(context->arena,
			"POST /_emulator/esim-profiles/%s/download comes next", profile->sid);
	case ESIM_PROFILE_DOWNLOADED:
		return arena_format(context->arena,
			"POST /_emulator/esim-profiles/%s/install comes next", profile->sid);
	case ESIM_PROFILE_STATUS_NONE:
	case ESIM_PROFILE_INSTALLED:
	case ESIM_PROFILE_FAILED: break;
	}
	return "nothing follows: POST /v1/ESimProfiles makes another one";
}

struct api_error esim_profile_become(struct context *context, const char *sid,
	enum esim_profile_status status, struct esim_profile *ret_profile)
{
	const struct api_error error =
		engine_fetch(context, &esim_profile_resource, sid, ret_profile);
	if (is_error(error))
		return error;
	if (!can_become(ret_profile->status, status)) {
		char why[96];
		snprintf(why, sizeof(why), "%s: it cannot become %s", statuses[ret_profile->status],
			statuses[status]);
		struct api_error refused = error_new(context->arena, ERROR_PROFILE_STATUS, why);
		refused.hint = hint_of(context, ret_profile);
		return refused;
	}
	ret_profile->status = status;
	if (status == ESIM_PROFILE_FAILED) {
		ret_profile->error_code = no_profile_code;
		ret_profile->error_message = "No eSIM Profile is available";
	}
	return save(context, ret_profile);
}
