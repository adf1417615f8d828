/* SPDX-License-Identifier: MIT */
#include "control/error.h"

struct catalogue_row {
	int status;
	const char *message;
	const char *cause;
	const char *cure;
	/* It is about what the body should be: an operation that has an example of one, its hint,
	 * does better than the cure. */
	bool is_about_body;
};

static const struct catalogue_row catalogue[CONTROL_ERROR_COUNT] = {
	[CONTROL_BODY_IS_NO_JSON] = { 400, "The body is not JSON",
		"The body cannot be parsed, or has a key twice",
		"the hint says where it ends to be JSON", true },
	[CONTROL_BODY_IS_NO_OBJECT] = { 400, "The body must be a JSON object",
		"The body is an array, a text or a number", "{\"key\": value}", true },
	[CONTROL_UNKNOWN_KEY] = { 400, "No such key",
		"The body has a key that the call does not know",
		"the hint names those that it knows", true },
	[CONTROL_MISSING_KEY] = { 400, "Missing key", "The body lacks a key that the call needs",
		"docs/control.md has an example of each body", true },
	[CONTROL_VALUE] = { 400, "Unacceptable value",
		"A key or a parameter has a value that it does not take",
		"docs/control.md has an example of each body", true },
	[CONTROL_QUERY_UNREADABLE] = { 400, "The query cannot be decoded",
		"A percent escape is malformed, or what it means is no UTF-8",
		"percent escapes have two hexadecimal digits, and no query holds a NUL", false },
	[CONTROL_UNKNOWN_QUERY] = { 400, "No such parameter of the query",
		"The query has a parameter that the call does not know",
		"the hint names those that it knows; names are case-sensitive", false },
	[CONTROL_WHICH_ACCOUNT] = { 400, "Which account is meant?",
		"The operator named no account, and the call is about one",
		"?account=AC… or Basic credentials", false },
	[CONTROL_WHOSE_SINK] = { 400, "Which account's sink is meant?",
		"What came to a sink names no account", "an AccountSid parameter, or ?account=AC…",
		false },
	[CONTROL_NO_ACCOUNT_SID] = { 400, "This is no account's SID",
		"The SID does not have the form of an account's", "AC and 32 hexadecimal digits",
		false },
	[CONTROL_ONE_ACCOUNT] = { 400, "This is done to one account at a time",
		"The call has no ?all=true", "leave `all` out, and name one account: ?account=AC…",
		false },
	[CONTROL_ONE_OR_ALL] = { 400, "Give either account or all",
		"The query names one account, and means all",
		"?account=AC… is one account, ?all=true every one", false },
	[CONTROL_NO_NETWORK] = { 400, "There is no such Network", "No Network has this SID",
		"GET /v1/Networks lists them", false },
	[CONTROL_NO_ADDRESS] = { 400, "This is no IPv4 address and port",
		"A device's address cannot be read",
		"such as 127.0.0.1:5000; a name is not looked up", true },
	[CONTROL_ADDRESS_REFUSED] = { 400, "This address may not be sent to",
		"The address is none of this machine's or of its private networks",
		"--allow-egress lets datagrams and webhooks go to other addresses", false },
	[CONTROL_IN_FUTURE] = { 400, "This is in the account's future",
		"Usage cannot be of a time that has not come",
		"GET /_emulator/clock shows the account's time; POST /_emulator/clock/advance "
		"moves it on",
		false },
	[CONTROL_NO_CRITERIA] = { 400, "Which requests are meant?",
		"The body says nothing about a request that every one does not fulfil",
		"give at least one of method, path, operation, query, form, status, code and "
		"applied; or order",
		false },
	[CONTROL_ONE_EXPECTATION] = { 400, "These keys contradict each other",
		"Together they say two things about the same, or what can never be",
		"give either times, or at_least and at_most, of which the first is not the larger; "
		"or order alone",
		false },
	[CONTROL_ONE_PAYLOAD] = { 400, "Give either payload or payload_text",
		"Both are given, or none",
		"`payload` is base64, `payload_text` is sent as it stands", true },
	[CONTROL_BY_OR_TO] = { 400, "Give either by or to", "Both are given",
		"`by` is how long, `to` is until when", true },
	[CONTROL_SINCE_OR_PAST] = { 400, "Give either since or past", "Both are given",
		"`since` counts what came after an id, `past` all that there is", true },
	[CONTROL_NO_JOURNAL] = { 400, "No journal of requests is kept",
		"The server was started with --journal off, and the call is about requests",
		"start it with --journal and how many requests it is to keep", false },
	[CONTROL_NO_BASE64] = { 400, "This is no base64", "The payload cannot be decoded",
		"`payload_text` takes a text as it stands", true },
	[CONTROL_STATE_UNREADABLE] = { 400, "The state cannot be read",
		"The document is no state: the hint says where",
		"docs/seed.schema.json describes states and seeds", true },
	[CONTROL_STATE_UNLOADABLE] = { 400, "The state cannot be loaded",
		"Records of the state do not fit together: the hint says which",
		"docs/seed.schema.json describes states and seeds", true },
	[CONTROL_STATE_OF_ONE] = { 400, "The state must be of exactly one account",
		"`accounts` has none, or several",
		"{\"accounts\": [{…}]} with one account, as GET /_emulator/state gives it; --seed "
		"takes several",
		false },
	[CONTROL_ADMIN_TOKEN] = { 401, "This is not the admin token",
		"The bearer token is another one, or there is none to compare it with",
		"Basic credentials of an account, or Authorization: Bearer and the admin token",
		false },
	[CONTROL_FOREIGN_HOST] = { 403, "The Host header names no address of this server",
		"The name could be somebody else's that was pointed at this machine (DNS "
		"rebinding)",
		"--allow-host NAME or --public-url lets a name in; addresses and localhost always "
		"are",
		false },
	[CONTROL_FOREIGN_PAGE] = { 403, "Pages of other origins may not call this",
		"A browser sends it for a page that is not the server's own",
		"call it from a test or from the command line, without an Origin header", false },
	[CONTROL_OPERATOR_ONLY] = { 403, "Only the operator may do this",
		"The credentials are an account's",
		"Authorization: Bearer and the admin token or, while there is none, no credentials "
		"from this machine",
		false },
	[CONTROL_ALL_ACCOUNTS] = { 403, "Only the operator may mean all accounts",
		"The credentials are an account's",
		"Authorization: Bearer and the admin token or, while there is none, no credentials "
		"from this machine",
		false },
	[CONTROL_OTHER_ACCOUNT] = { 403, "These credentials are another account's",
		"The call names an account that the credentials are not of",
		"use that account's credentials, or call as the operator", false },
	[CONTROL_NO_ACCOUNT] = { 404, "There is no such account",
		"No account has this SID, or it has ended",
		"GET /_emulator/accounts lists them; one comes into being with its first write",
		false },
	[CONTROL_NOT_SEEN] = { 409, "The requests are not what was expected",
		"More or fewer requests were made than the check says, or in another order",
		"`nearest` has those that differ least, and how; GET /_emulator/requests lists all",
		false },
	[CONTROL_NO_FAULT] = { 404, "There is no such fault", "The account has no fault of this id",
		"GET /_emulator/faults lists them", false },
	[CONTROL_FAULT_ID_TAKEN] = { 409, "There is a fault of this id",
		"A fault is added with an id that another one of the account has",
		"leave id out to get a new one, or PUT /_emulator/faults to replace all", false },
	[CONTROL_TOO_MANY_FAULTS] = { 409, "The account has as many faults as it may have",
		"An account has at most 100 faults",
		"DELETE /_emulator/faults/{id} takes one out, DELETE /_emulator/faults all",
		false },
	[CONTROL_WAITED_IN_VAIN] = { 408, "It did not come about in time",
		"What the call waited for was not there within timeout_ms",
		"the answer says what was there instead; timeout_ms may be up to 600000", false },
	[CONTROL_WAIT_WAS_ENDED] = { 409,
		"The account was reset or deleted while it was waited for",
		"Another call ended what was waited for",
		"let the waiting end before the account is reset; wait again", false },
	[CONTROL_NO_AUTHORITY] = { 404, "There is no authority of ours to trust",
		"The server was not started with --tls auto",
		"--tls auto makes one; whoever gives a certificate knows who signed it", false },
	[CONTROL_NO_ROOTS] = { 404, "This system has no roots to put ours among",
		"None of the files is there in which systems keep the authorities that they trust",
		"GET /_emulator/ca.pem is ours alone; the package ca-certificates has the others",
		false },
};

struct api_error control_error(enum control_error_case which, const char *field)
{
	const struct catalogue_row *row = &catalogue[which];
	/* Any code but 0 makes it an error; the control API does not show codes. */
	return (struct api_error){
		.code = 1,
		.status = row->status,
		.message = row->message,
		.field = field,
		.hint = row->is_about_body ? NULL : row->cure,
		.cure = row->cure,
	};
}

static void print_row(FILE *out, int status, const char *before, const char *after,
	const char *cause, const char *cure)
{
	fprintf(out, "| %d | ", status);
	error_print_message(out, before, after);
	fprintf(out, " | %s | %s |\n", cause, cure);
}

/* Those that operations bring along from the rooms below. */
static void print_shared(FILE *out)
{
	for (enum error_case which = ERROR_GENERAL + 1; which < ERROR_CASE_COUNT; which++) {
		struct error_description row;
		error_describe(which, &row);
		if (row.basis == BASIS_NONE)
			print_row(out, row.status, row.before, row.after, row.cause, row.cure);
	}
}

void control_errors_print(FILE *out)
{
	fputs("\n## Of the control API\n\n"
	      "`{\"error\": …, \"field\": …, \"hint\": …}`. What is about credentials, paths, "
	      "methods\n"
	      "and sizes stands above; it has the same words here.\n\n"
	      "| Status | Error | Cause | Cure |\n|--:|---|---|---|\n",
		out);
	for (enum control_error_case which = 0; which < CONTROL_ERROR_COUNT; which++) {
		const struct catalogue_row *row = &catalogue[which];
		print_row(out, row->status, row->message, NULL, row->cause, row->cure);
	}
	print_shared(out);
}
