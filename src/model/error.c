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
	const char *cause;  /* how it comes about, for docs/errors.md */
	const char *cure;   /* what helps, there and as a hint: ASCII, since it may be a header */
};

/* What the Super SIM block of the dictionary (830xx, 836xx) says, and does not. */
#define DICTIONARY "error dictionary; the status is assumed"

/*
 * Codes are those of Twilio's error dictionary. Messages are in Twilio's own words where they are
 * publicly attested (20001 missing parameter and PageSize, 20003, 20404); the dictionary publishes
 * no wording for the others. Those without a basis are the control API's, which shows no codes.
 */
static const struct catalogue_row catalogue[ERROR_CASE_COUNT] = {
	[ERROR_GENERAL] = { 20500, 500, "Internal Server Error", NULL, BASIS_NONE, "", "", "" },
	[ERROR_MISSING_PARAMETER] = { 20001, 400, "Missing required parameter ",
		" in the post body", BASIS_OBSERVED, "words of other products' answers",
		"A parameter that must be given is not in the form",
		"send a form that has it, spelled exactly so" },
	[ERROR_INVALID_PARAMETER] = { 20001, 400, "Invalid ", ".", BASIS_OBSERVED,
		"words of `Invalid PageSize.`; taken for every parameter",
		"A parameter has a value that it does not take",
		"docs/errors.md lists what each parameter takes" },
	[ERROR_REFUSED_BY_STRICT] = { 20001, 400, "Invalid ",
		" (refused by --strict: Twilio would let it pass)", BASIS_ASSUMED,
		"never Twilio's: what `--strict yes` adds",
		"With --strict yes: something was probably not meant, and Twilio would ignore it",
		"Emulator-Hint says what was meant; without --strict it is a warning" },
	[ERROR_BAD_REQUEST] = { 20001, 400, "Bad request", NULL, BASIS_DOCUMENTED,
		"error dictionary", "The form, the query or the headers cannot be read",
		"percent escapes have two hexadecimal digits, texts are UTF-8 without NUL, and "
		"there is one Host header" },
	[ERROR_NO_CREDENTIALS] = { 20003, 401, "Authentication Error - No credentials provided",
		NULL, BASIS_OBSERVED, "recorded answers", "There is no Authorization header",
		"Basic credentials: an account's SID (AC...) and auth token, or an API key's SID "
		"(SK...) and secret" },
	[ERROR_UNKNOWN_USER] = { 20003, 401, "Authentication Error - invalid username", NULL,
		BASIS_OBSERVED, "recorded answers",
		"The credentials are not Basic, or name no account and no API key",
		"the user is an account's SID (AC and 32 hexadecimal digits) or a known API key's "
		"(SK...); with --auth strict only accounts that were given" },
	[ERROR_WRONG_SECRET] = { 20003, 401, "Authenticate", NULL, BASIS_OBSERVED, "reports",
		"The token or the secret is not the one that is known",
		"the token of this account, or the secret of this key, was given by a seed, an "
		"option or a call, and it is another one" },
	[ERROR_METHOD_NOT_ALLOWED] = { 20004, 405, "Method not allowed", NULL, BASIS_ASSUMED,
		"code of the error dictionary", "The path exists, and has other methods",
		"the Allow header lists its methods; updates are POST" },
	[ERROR_PAGE_SIZE_TOO_LARGE] = { 20007, 400,
		"Page size must not be greater than " LIMIT_TEXT(PAGE_SIZE_MAXIMUM), NULL,
		BASIS_ASSUMED, "code of the error dictionary", "PageSize is too large",
		"PageSize: 1 to " LIMIT_TEXT(PAGE_SIZE_MAXIMUM) ", 50 when it is not given" },
	[ERROR_PAGE_WITHOUT_TOKEN] = { 70002, 400, "Paged requests must include a PageToken", NULL,
		BASIS_OBSERVED, "code and words of a report about the accounts API",
		"Page asks for a page that no PageToken leads to",
		"follow next_page_url of the page before: its PageToken says where the page "
		"begins" },
	[ERROR_NOT_FOUND] = { 20404, 404, "The requested resource ", " was not found",
		BASIS_OBSERVED, "recorded answers of other products",
		"There is no such path, or the account has no such record",
		"SIDs and names are looked up in the account of the credentials; both are "
		"case-sensitive" },
	[ERROR_DUPLICATE] = { 20409, 409, "", " already exists", BASIS_ASSUMED,
		"status of other products; no code is published",
		"The account has a record with this unique name",
		"take another name, or fetch the one that has it: names stand in paths as SIDs "
		"do" },
	[ERROR_SIM_MISSING_PARAMETER] = { 83001, 400, "Missing required parameter ", "",
		BASIS_DOCUMENTED, DICTIONARY, "A parameter that registers a Sim is not in the form",
		"send a form that has it, spelled exactly so" },
	[ERROR_SIM_CANNOT_BE_REGISTERED] = { 83002, 400,
		"This SIM cannot be registered: check its ICCID and registration code", NULL,
		BASIS_DOCUMENTED, DICTIONARY,
		"The ICCID or the registration code is none, or the code is another SIM card's",
		"Iccid: 18 to 22 digits; RegistrationCode: ten characters, any unless a seed says "
		"which" },
	[ERROR_SIM_REGISTERED_ALREADY] = { 83003, 400,
		"This SIM is already registered to this account as ", "", BASIS_DOCUMENTED,
		DICTIONARY, "The account has a Sim with this ICCID",
		"use that Sim, or another ICCID" },
	[ERROR_SIM_NOT_FOUND] = { 83005, 404, "The requested resource ", " was not found",
		BASIS_DOCUMENTED, DICTIONARY, "The account has no Sim with this SID or name",
		"SIDs and names are looked up in the account of the credentials; both are "
		"case-sensitive" },
	[ERROR_SIM_FLEET_NOT_FOUND] = { 83006, 400, "The Fleet was not found", NULL,
		BASIS_DOCUMENTED, DICTIONARY, "Fleet names none of the account's Fleets",
		"Fleet: the SID (HF...) or unique name of a Fleet of this account" },
	[ERROR_SIM_NEEDS_FLEET] = { 83007, 400,
		"A Super SIM without a Fleet cannot become ready or active", NULL, BASIS_DOCUMENTED,
		DICTIONARY, "The Sim has no Fleet", "give Fleet in the same update as Status" },
	[ERROR_SIM_KEEPS_FLEET] = { 83008, 400,
		"A Super SIM cannot be removed from its Fleet while it is ready or active", NULL,
		BASIS_DOCUMENTED, DICTIONARY, "Fleet is empty, and the Sim is ready or active",
		"give another Fleet, or make it inactive first: Status=inactive" },
	[ERROR_SIM_IS_SCHEDULED] = { 83009, 409,
		"The Super SIM cannot be changed while a status change is scheduled", NULL,
		BASIS_DOCUMENTED, DICTIONARY, "A status that was asked for has not come true yet",
		"wait until it does, or POST /_emulator/clock/advance; --transition-delay says how "
		"long it takes" },
	[ERROR_SIM_STATUS_UNREACHABLE] = { 83010, 400, "The Super SIM's status cannot change from ",
		"", BASIS_DOCUMENTED, DICTIONARY,
		"The status does not lead to the one that was asked for",
		"new becomes ready, active or inactive; ready becomes active or inactive; active "
		"becomes inactive; inactive becomes active" },
	[ERROR_SIM_DUPLICATE] = { 83011, 409, "", " already exists", BASIS_DOCUMENTED, DICTIONARY,
		"The account has a Sim with this unique name",
		"take another name, or fetch the Sim that has it: names stand in paths as SIDs "
		"do" },
	[ERROR_SIM_HAS_HISTORY] = { 20409, 409,
		"A Super SIM that has Commands, usage, Settings Updates or an eSIM Profile cannot "
		"move to another account",
		NULL, BASIS_ASSUMED, "code of the error dictionary",
		"AccountSid names another account, and the Sim has a history in this one",
		"move the Sim before it is used, or register its ICCID in the other account" },
	[ERROR_USAGE_PARAMETER] = { 83600, 400, "Invalid ", ".", BASIS_DOCUMENTED, DICTIONARY,
		"A parameter of Usage Records has a value that it does not take",
		"docs/errors.md lists what each parameter takes; StartTime is before EndTime" },
	[ERROR_USAGE_NOT_ON_DAY] = { 83601, 400,
		"StartTime and EndTime must be on a day boundary for Granularity=day", NULL,
		BASIS_DOCUMENTED, DICTIONARY, "A time lies within a day",
		"days begin at 00:00:00Z: 2026-01-02T00:00:00Z" },
	[ERROR_USAGE_NOT_ON_HOUR] = { 83602, 400,
		"StartTime and EndTime must be on an hour boundary for Granularity=hour", NULL,
		BASIS_DOCUMENTED, DICTIONARY, "A time lies within an hour",
		"hours begin at 00:00: 2026-01-02T03:00:00Z" },
	[ERROR_USAGE_LONG_FOR_SIMS] = { 83603, 400,
		"The period must not exceed 31 days for Group=sim", NULL, BASIS_DOCUMENTED,
		DICTIONARY, "The time from StartTime to EndTime is too long",
		"ask for 31 days at a time, or without Group=sim" },
	[ERROR_USAGE_LONG] = { 83604, 400,
		"The period must not exceed 31 days for Granularity=hour, 3 months for day, 18 "
		"months for all",
		NULL, BASIS_DOCUMENTED, DICTIONARY,
		"The time from StartTime to EndTime is too long",
		"ask for less at a time, or with a coarser Granularity" },
	[ERROR_USAGE_OLD] = { 83605, 400, "StartTime must not be older than 18 months", NULL,
		BASIS_DOCUMENTED, DICTIONARY,
		"StartTime is more than 18 months before the account's time",
		"GET /_emulator/clock shows the account's time; a later StartTime, or a clock that "
		"is set back" },
	[ERROR_BODY_TOO_LARGE] = { 20413, 413, "Request entity too large", NULL, BASIS_ASSUMED,
		"the limit is ours", "The body has more bytes than the path takes",
		"GET /_emulator/info shows the limits" },
	[ERROR_HEAD_TOO_LARGE] = { 20001, 431, "Request header fields too large", NULL,
		BASIS_ASSUMED, "the limit is ours",
		"The request line and the headers are too large together",
		"they may have 16 kB; each header, and each parameter of the query, counts 64 "
		"bytes more than its text" },
	[ERROR_TOO_MANY_REQUESTS] = { 20429, 429, "Too Many Requests", NULL, BASIS_DOCUMENTED,
		"error dictionary; the words are assumed",
		"The account has as many requests in work as PUT /_emulator/limits lets it have, "
		"or "
		"a fault says so",
		"wait until others are answered, and try again after a while that grows" },
	[ERROR_INTERNAL] = { 20500, 500, "Internal Server Error", NULL, BASIS_DOCUMENTED,
		"error dictionary", "Memory, the disk or a file failed; the log says which",
		"look at the log of supersimd: it names what failed" },
	[ERROR_UNAVAILABLE] = { 20503, 503, "Service Unavailable", NULL, BASIS_ASSUMED,
		"code of the error dictionary",
		"The server is stopping, or has no memory for this request now",
		"try again after the seconds of Retry-After" },
	[ERROR_ACCOUNT_EXISTS] = { 20409, 409, "This account exists already", NULL, BASIS_NONE, "",
		"An account with this sid is in use, or the command line gives it a token",
		"leave sid out to get a new one, or end the other first: DELETE "
		"/_emulator/accounts/{Sid}" },
	[ERROR_ACCOUNT_WAS_RESET] = { 20409, 409,
		"The account was reset or deleted while its clock was advanced", NULL, BASIS_NONE,
		"", "Another call ended what the clock belongs to",
		"let one end before the other begins; advance the clock again" },
	[ERROR_API_KEY_TAKEN] = { 20409, 409, "An API key is another account's", NULL, BASIS_NONE,
		"", "A key of the state belongs to another account",
		"SIDs of keys are unique among all accounts: give the key another sid" },
	[ERROR_CLOCK_IS_ADVANCED] = { 20409, 409, "The clock is being advanced right now", NULL,
		BASIS_NONE, "", "Another call advances the account's clock",
		"the other call is answered when it is done: wait for it, then repeat this one" },
	[ERROR_STATE_TOO_LARGE] = { 20409, 409, "The state is too large to be exported: ", "",
		BASIS_NONE, "", "The account holds more than one document may have",
		"fork copies an account of any size; reset empties it" },
	[ERROR_FLEET_HAS_SIMS] = { 20409, 409,
		"The Fleet cannot be deleted while Sims are assigned to it (", ")", BASIS_NONE, "",
		"Sims are in the Fleet",
		"move the Sims to another Fleet first, as in the Console: POST /v1/Sims/{Sid} "
		"Fleet=..." },
	[ERROR_SIM_WITHOUT_FLEET] = { 20409, 409, "The Sim has no Fleet", NULL, BASIS_NONE, "",
		"Usage is counted for the Fleet, and there is none",
		"POST /v1/Sims/{Sid} Fleet=... first" },
	[ERROR_SIM_IS_OFF] = { 20409, 409, "The Sim is neither ready nor active", NULL, BASIS_NONE,
		"", "The device of a Sim that is new, scheduled or inactive can do nothing",
		"POST /v1/Sims/{Sid} with Status=active, and a Fleet; a scheduled one: POST "
		"/_emulator/clock/advance" },
	[ERROR_FLEET_WITHOUT_SMS] = { 20409, 409, "SMS Commands are not enabled for the Fleet",
		NULL, BASIS_NONE, "", "The Fleet was made with SmsCommandsEnabled=false",
		"SmsCommandsEnabled is given when a Fleet is made: move the Sim to one that was "
		"made with true" },
	[ERROR_FLEET_WITHOUT_DATA] = { 20409, 409, "Data is not enabled for the Fleet", NULL,
		BASIS_NONE, "", "The Fleet was made with DataEnabled=false",
		"DataEnabled is given when a Fleet is made: move the Sim to one that was made with "
		"true" },
	[ERROR_SIM_IS_BLOCKED] = { 20409, 409, "The Sim has used up its data limit", NULL,
		BASIS_NONE, "",
		"The Sim moved as much as DataLimit of its Fleet in this billing period",
		"raise DataLimit, or advance the clock to the next billing period" },
	[ERROR_SIM_IS_DETACHED] = { 20409, 409, "The device is not attached to a network", NULL,
		BASIS_NONE, "", "A call detached the device",
		"POST /_emulator/sims/{Sid}/attach lets it join" },
	[ERROR_DEVICE_TAKEN] = { 20409, 409, "Another Sim's device has this address", NULL,
		BASIS_NONE, "", "Datagrams from one address belong to one Sim",
		"free it at the other Sim, or take another port" },
	[ERROR_PROFILE_STATUS] = { 20409, 409, "The profile is ", "", BASIS_NONE, "",
		"The profile's status does not lead to that one",
		"new becomes available by itself, then download, then install; fail until it is "
		"installed" },
};

struct api_error error_new(struct arena *arena, enum error_case which, const char *subject)
{
	const struct catalogue_row *row = &catalogue[which];
	struct api_error error = {
		.code = row->code,
		.status = row->status,
		.message = row->before,
		.basis = row->basis,
		.cure = row->cure[0] != '\0' ? row->cure : NULL,
		.cause = row->cause,
	};
	if (which == ERROR_MISSING_PARAMETER || which == ERROR_INVALID_PARAMETER ||
		which == ERROR_SIM_MISSING_PARAMETER || which == ERROR_USAGE_PARAMETER)
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

const char *error_text(enum error_case which)
{
	return catalogue[which].before;
}

void error_print_message(FILE *out, const char *before, const char *after)
{
	fprintf(out, "%s%s%s", before, after != NULL ? "…" : "", after != NULL ? after : "");
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
		.cause = row->cause,
		.cure = row->cure,
	};
}
