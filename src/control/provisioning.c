/* SPDX-License-Identifier: MIT */
/* The control API's provisioning: what becomes of eSIM Profiles, and updates of SIM cards. */
#include "control/control.h"
#include "request/json.h"
#include "service/esim_profiles.h"
#include "service/resources.h"
#include "service/settings_updates.h"

/* ── eSIM Profiles ───────────────────────────────────────────────────────────────────────── */

static struct api_error become(
	struct request *request, struct context *context, enum esim_profile_status status)
{
	struct esim_profile profile;
	const struct api_error error =
		esim_profile_become(context, request->identifier, status, &profile);
	if (!is_error(error))
		json_add_record(
			&request->reply.body, &esim_profile_resource, &profile, request->origin);
	return error;
}

static struct api_error run_download(struct request *request, struct context *context)
{
	return become(request, context, ESIM_PROFILE_DOWNLOADED);
}

static struct api_error run_install(struct request *request, struct context *context)
{
	return become(request, context, ESIM_PROFILE_INSTALLED);
}

static struct api_error run_fail(struct request *request, struct context *context)
{
	return become(request, context, ESIM_PROFILE_FAILED);
}

const struct operation control_download_esim_profile = {
	.parse = control_parse_nothing, .run = run_download, .status = 200, .writes = true
};
const struct operation control_install_esim_profile = {
	.parse = control_parse_nothing, .run = run_install, .status = 200, .writes = true
};
const struct operation control_fail_esim_profile = {
	.parse = control_parse_nothing, .run = run_fail, .status = 200, .writes = true
};

/* ── Settings Updates ────────────────────────────────────────────────────────────────────── */

struct settings_request {
	const char *packages;
};

static const struct key settings_keys[] = {
	{ "packages", KEY_ARRAY, offsetof(struct settings_request, packages), false },
	{ .name = NULL },
};

static struct api_error parse_schedule(struct request *request)
{
	request->hint = "{\"packages\": [{\"name\": \"base-settings\", \"version\": \"1.0.0\"}]}";
	request->arguments = arena_alloc(&request->arena, sizeof(struct settings_request));
	return request->arguments != NULL ? control_read(request, settings_keys, request->arguments)
					  : error_internal();
}

static struct api_error run_schedule(struct request *request, struct context *context)
{
	const struct settings_request *wanted = request->arguments;
	struct settings_update update;
	const struct api_error error =
		settings_update_schedule(context, request->identifier, wanted->packages, &update);
	if (!is_error(error))
		json_add_record(
			&request->reply.body, &settings_update_resource, &update, request->origin);
	return error;
}

const struct operation control_schedule_settings_update = {
	.parse = parse_schedule, .run = run_schedule, .status = 201, .writes = true
};
