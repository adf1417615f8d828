/* SPDX-License-Identifier: MIT */
#include "util/error.h"

#include <string.h>

struct catalogue_row {
	int code;
	int status;
	const char *before; /* the message up to its subject */
	const char *after;  /* and after it; NULL where the message has no subject */
};

/*
 * Codes are those of Twilio's error dictionary. Messages in Twilio's own words where they are
 * publicly attested (20001 missing parameter and PageSize, 20003, 20404, 20429-style titles);
 * the dictionary publishes no wording for the others. README.md, "How faithful", says which.
 */
static const struct catalogue_row catalogue[ERROR_CASE_COUNT] = {
	[ERROR_GENERAL] = { 20500, 500, "Internal Server Error", NULL },
	[ERROR_MISSING_PARAMETER] = { 20001, 400, "Missing required parameter ",
		" in the post body" },
	[ERROR_INVALID_PARAMETER] = { 20001, 400, "Invalid ", "." },
	[ERROR_BAD_REQUEST] = { 20001, 400, "Bad request", NULL },
	[ERROR_NO_CREDENTIALS] = { 20003, 401, "Authentication Error - No credentials provided",
		NULL },
	[ERROR_UNKNOWN_USER] = { 20003, 401, "Authentication Error - invalid username", NULL },
	[ERROR_WRONG_SECRET] = { 20003, 401, "Authenticate", NULL },
	[ERROR_METHOD_NOT_ALLOWED] = { 20004, 405, "Method not allowed", NULL },
	[ERROR_PAGE_SIZE_TOO_LARGE] = { 20007, 400, "Page size must not be greater than 1000",
		NULL },
	[ERROR_PAGE_WITHOUT_TOKEN] = { 20001, 400, "Paged requests must include a PageToken",
		NULL },
	[ERROR_NOT_FOUND] = { 20404, 404, "The requested resource ", " was not found" },
	[ERROR_DUPLICATE] = { 20409, 409, "", " already exists" },
	[ERROR_CONFLICT] = { 20409, 409, "", "" },
	[ERROR_SIM_MISSING_PARAMETER] = { 83001, 400, "Missing required parameter ", "" },
	[ERROR_SIM_CANNOT_BE_REGISTERED] = { 83002, 400,
		"This SIM cannot be registered: check its ICCID and registration code", NULL },
	[ERROR_SIM_REGISTERED_ALREADY] = { 83003, 400,
		"This SIM is already registered to this account as ", "" },
	[ERROR_SIM_NOT_FOUND] = { 83005, 404, "The requested resource ", " was not found" },
	[ERROR_SIM_FLEET_NOT_FOUND] = { 83006, 400, "The Fleet was not found", NULL },
	[ERROR_SIM_NEEDS_FLEET] = { 83007, 400,
		"A Super SIM without a Fleet cannot become ready or active", NULL },
	[ERROR_SIM_KEEPS_FLEET] = { 83008, 400,
		"A Super SIM cannot be removed from its Fleet while it is ready or active", NULL },
	[ERROR_SIM_IS_SCHEDULED] = { 83009, 409,
		"The Super SIM cannot be changed while a status change is scheduled", NULL },
	[ERROR_SIM_STATUS_UNREACHABLE] = { 83010, 400, "The Super SIM's status cannot change from ",
		"" },
	[ERROR_SIM_DUPLICATE] = { 83011, 409, "", " already exists" },
	[ERROR_USAGE_PARAMETER] = { 83600, 400, "Invalid ", "." },
	[ERROR_USAGE_NOT_ON_DAY] = { 83601, 400,
		"StartTime and EndTime must be on a day boundary for Granularity=day", NULL },
	[ERROR_USAGE_NOT_ON_HOUR] = { 83602, 400,
		"StartTime and EndTime must be on an hour boundary for Granularity=hour", NULL },
	[ERROR_USAGE_LONG_FOR_SIMS] = { 83603, 400,
		"The period must not exceed 31 days for Group=sim", NULL },
	[ERROR_USAGE_LONG] = { 83604, 400,
		"The period must not exceed 31 days for Granularity=hour, 3 months for day, 18 "
		"months for all",
		NULL },
	[ERROR_USAGE_OLD] = { 83605, 400, "StartTime must not be older than 18 months", NULL },
	[ERROR_BODY_TOO_LARGE] = { 20413, 413, "Request entity too large", NULL },
	[ERROR_INTERNAL] = { 20500, 500, "Internal Server Error", NULL },
	[ERROR_UNAVAILABLE] = { 20503, 503, "Service Unavailable", NULL },
};

struct api_error error_new(struct arena *arena, enum error_case which, const char *subject)
{
	const struct catalogue_row *row = &catalogue[which];
	struct api_error error = {
		.code = row->code, .status = row->status, .message = row->before
	};
	if (which == ERROR_MISSING_PARAMETER || which == ERROR_INVALID_PARAMETER ||
		which == ERROR_USAGE_PARAMETER)
		error.field = subject;
	if (row->after == NULL || subject == NULL)
		return error;
	const size_t before = strlen(row->before);
	const size_t middle = strlen(subject);
	const size_t after = strlen(row->after);
	char *message = arena_alloc(arena, before + middle + after + 1);
	if (message == NULL)
		return error;
	memcpy(message, row->before, before);
	memcpy(message + before, subject, middle);
	memcpy(message + before + middle, row->after, after);
	error.message = message;
	return error;
}

struct api_error error_internal(void)
{
	return error_new(NULL, ERROR_INTERNAL, NULL);
}
