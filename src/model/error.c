/* SPDX-License-Identifier: MIT */
#include "model/error.h"

#include <string.h>

#include "model/limits.h"

struct catalogue_row {
	int code;
	int status;
	const char *before; /* the message up to its subject */
	const char *after;  /* and after it; NULL where the message has no subject */
	enum basis basis;
	const char *source; /* what it rests on, for docs/fidelity.md */
};

/* What the Super SIM block of the dictionary (830xx, 836xx) says, and does not. */
#define DICTIONARY "error dictionary; the status is assumed"

/*
 * Codes are those of Twilio's error dictionary. Messages are in Twilio's own words where they are
 * publicly attested (20001 missing parameter and PageSize, 20003, 20404); the dictionary publishes
 * no wording for the others.
 */
static const struct catalogue_row catalogue[ERROR_CASE_COUNT] = {
	[ERROR_GENERAL] = { 20500, 500, "Internal Server Error", NULL, BASIS_NONE, "" },
	[ERROR_MISSING_PARAMETER] = { 20001, 400, "Missing required parameter ",
		" in the post body", BASIS_OBSERVED, "words of other products' answers" },
	[ERROR_INVALID_PARAMETER] = { 20001, 400, "Invalid ", ".", BASIS_OBSERVED,
		"words of `Invalid PageSize.`; taken for every parameter" },
	[ERROR_BAD_REQUEST] = { 20001, 400, "Bad request", NULL, BASIS_DOCUMENTED,
		"error dictionary" },
	[ERROR_NO_CREDENTIALS] = { 20003, 401, "Authentication Error - No credentials provided",
		NULL, BASIS_OBSERVED, "recorded answers" },
	[ERROR_UNKNOWN_USER] = { 20003, 401, "Authentication Error - invalid username", NULL,
		BASIS_OBSERVED, "recorded answers" },
	[ERROR_WRONG_SECRET] = { 20003, 401, "Authenticate", NULL, BASIS_OBSERVED, "reports" },
	[ERROR_METHOD_NOT_ALLOWED] = { 20004, 405, "Method not allowed", NULL, BASIS_ASSUMED,
		"code of the error dictionary" },
	[ERROR_PAGE_SIZE_TOO_LARGE] = { 20007, 400,
		"Page size must not be greater than " LIMIT_TEXT(PAGE_SIZE_MAXIMUM), NULL,
		BASIS_ASSUMED, "code of the error dictionary" },
	[ERROR_PAGE_WITHOUT_TOKEN] = { 70002, 400, "Paged requests must include a PageToken", NULL,
		BASIS_OBSERVED, "code and words of a report about the accounts API" },
	[ERROR_NOT_FOUND] = { 20404, 404, "The requested resource ", " was not found",
		BASIS_OBSERVED, "recorded answers of other products" },
	[ERROR_DUPLICATE] = { 20409, 409, "", " already exists", BASIS_ASSUMED,
		"status of other products; no code is published" },
	[ERROR_CONFLICT] = { 20409, 409, "", "", BASIS_ASSUMED, "code of the error dictionary" },
	[ERROR_SIM_MISSING_PARAMETER] = { 83001, 400, "Missing required parameter ", "",
		BASIS_DOCUMENTED, DICTIONARY },
	[ERROR_SIM_CANNOT_BE_REGISTERED] = { 83002, 400,
		"This SIM cannot be registered: check its ICCID and registration code", NULL,
		BASIS_DOCUMENTED, DICTIONARY },
	[ERROR_SIM_REGISTERED_ALREADY] = { 83003, 400,
		"This SIM is already registered to this account as ", "", BASIS_DOCUMENTED,
		DICTIONARY },
	[ERROR_SIM_NOT_FOUND] = { 83005, 404, "The requested resource ", " was not found",
		BASIS_DOCUMENTED, DICTIONARY },
	[ERROR_SIM_FLEET_NOT_FOUND] = { 83006, 400, "The Fleet was not found", NULL,
		BASIS_DOCUMENTED, DICTIONARY },
	[ERROR_SIM_NEEDS_FLEET] = { 83007, 400,
		"A Super SIM without a Fleet cannot become ready or active", NULL, BASIS_DOCUMENTED,
		DICTIONARY },
	[ERROR_SIM_KEEPS_FLEET] = { 83008, 400,
		"A Super SIM cannot be removed from its Fleet while it is ready or active", NULL,
		BASIS_DOCUMENTED, DICTIONARY },
	[ERROR_SIM_IS_SCHEDULED] = { 83009, 409,
		"The Super SIM cannot be changed while a status change is scheduled", NULL,
		BASIS_DOCUMENTED, DICTIONARY },
	[ERROR_SIM_STATUS_UNREACHABLE] = { 83010, 400, "The Super SIM's status cannot change from ",
		"", BASIS_DOCUMENTED, DICTIONARY },
	[ERROR_SIM_DUPLICATE] = { 83011, 409, "", " already exists", BASIS_DOCUMENTED, DICTIONARY },
	[ERROR_USAGE_PARAMETER] = { 83600, 400, "Invalid ", ".", BASIS_DOCUMENTED, DICTIONARY },
	[ERROR_USAGE_NOT_ON_DAY] = { 83601, 400,
		"StartTime and EndTime must be on a day boundary for Granularity=day", NULL,
		BASIS_DOCUMENTED, DICTIONARY },
	[ERROR_USAGE_NOT_ON_HOUR] = { 83602, 400,
		"StartTime and EndTime must be on an hour boundary for Granularity=hour", NULL,
		BASIS_DOCUMENTED, DICTIONARY },
	[ERROR_USAGE_LONG_FOR_SIMS] = { 83603, 400,
		"The period must not exceed 31 days for Group=sim", NULL, BASIS_DOCUMENTED,
		DICTIONARY },
	[ERROR_USAGE_LONG] = { 83604, 400,
		"The period must not exceed 31 days for Granularity=hour, 3 months for day, 18 "
		"months for all",
		NULL, BASIS_DOCUMENTED, DICTIONARY },
	[ERROR_USAGE_OLD] = { 83605, 400, "StartTime must not be older than 18 months", NULL,
		BASIS_DOCUMENTED, DICTIONARY },
	[ERROR_BODY_TOO_LARGE] = { 20413, 413, "Request entity too large", NULL, BASIS_ASSUMED,
		"the limit is ours" },
	[ERROR_HEAD_TOO_LARGE] = { 20001, 431, "Request header fields too large", NULL,
		BASIS_ASSUMED, "the limit is ours" },
	[ERROR_INTERNAL] = { 20500, 500, "Internal Server Error", NULL, BASIS_DOCUMENTED,
		"error dictionary" },
	[ERROR_UNAVAILABLE] = { 20503, 503, "Service Unavailable", NULL, BASIS_ASSUMED,
		"code of the error dictionary" },
};

struct api_error error_new(struct arena *arena, enum error_case which, const char *subject)
{
	const struct catalogue_row *row = &catalogue[which];
	struct api_error error = {
		.code = row->code,
		.status = row->status,
		.message = row->before,
		.basis = row->basis,
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

void error_describe(enum error_case which, struct error_description *ret_description)
{
	const struct catalogue_row *row = &catalogue[which];
	*ret_description = (struct error_description){
		.code = row->code,
		.status = row->status,
		.before = row->before,
		.after = row->after,
		.basis = row->basis,
		.source = row->source,
	};
}
