/* SPDX-License-Identifier: MIT */
/*
 * docs/fidelity.md. Operations come from the endpoint table, errors from the catalogue; rules that
 * stand in neither are listed here. A rule that is changed in the code is changed here, too.
 */
#include "api/fidelity.h"

#include <string.h>

#include "api/routes.h"
#include "util/count.h"

struct rule {
	const char *area;
	const char *text;
	enum basis basis;
	const char *source;
};

#define PAGE	"resource page"
#define OPENAPI "OpenAPI file"
#define SISTER	"Programmable Wireless, the sister product"
#define NONE	"nothing published"

static const struct rule rules[] = {
	{ "Requests", "Bodies are forms; a JSON body holds no parameters", BASIS_OBSERVED,
		"reports" },
	{ "Requests", "Names are case-sensitive; unknown ones are ignored", BASIS_OBSERVED,
		"API usage page; reports" },
	{ "Requests", "Of a repeated parameter the last counts; `Networks` takes each",
		BASIS_ASSUMED, "what helper libraries send" },
	{ "Requests", "Booleans: true and false in any case. Integers: decimal digits",
		BASIS_ASSUMED, "what helper libraries send" },
	{ "Requests", "An empty value clears URLs and unique names, and is invalid elsewhere",
		BASIS_ASSUMED, "what helper libraries send for null" },
	{ "Requests", "Paths: decoded once, case-sensitive, no trailing slash, no .json",
		BASIS_ASSUMED, NONE },
	{ "Requests", "Credentials are looked at before the path, the method, the parameters",
		BASIS_ASSUMED, NONE },
	{ "Answers", "Properties, their order and their types", BASIS_DOCUMENTED,
		OPENAPI "; samples" },
	{ "Answers", "Response headers", BASIS_OBSERVED, "recorded answers" },
	{ "Answers", "Errors: code, message, more_info, status; compact", BASIS_OBSERVED,
		"recorded answers" },
	{ "Answers", "The path in a 404 has no version", BASIS_OBSERVED,
		"recorded answers of other products" },
	{ "Lists", "PageSize 1 to 1000, default 50; Page; PageToken; `meta` and its URLs",
		BASIS_DOCUMENTED, OPENAPI "; samples" },
	{ "Lists", "Newest first", BASIS_ASSUMED, "documented for Usage Records only" },
	{ "Lists", "A filter that matches nothing, also an unknown name, is an empty list",
		BASIS_ASSUMED, NONE },
	{ "Names", "At most 64 characters, not of a SID's form, unique, compared exactly",
		BASIS_ASSUMED, SISTER },
	{ "Fleets", "data_limit is 1000 and SMS is on by default (--fleet-defaults)",
		BASIS_DOCUMENTED, PAGE ", which also says 250 MB and off" },
	{ "Fleets",
		"DataEnabled and SmsCommandsEnabled cannot be changed; given on update they "
		"are ignored",
		BASIS_DOCUMENTED, PAGE "; that they are ignored is assumed" },
	{ "Fleets", "No DELETE; the Console's way is in the control API", BASIS_DOCUMENTED,
		PAGE "; " OPENAPI },
	{ "Data limits", "For each Sim and billing period, up and down together, decimal MB",
		BASIS_DOCUMENTED, PAGE },
	{ "Data limits", "A changed limit reaches Sims after 5 minutes (--data-limit-delay)",
		BASIS_DOCUMENTED, PAGE ": typically 5, at most 15" },
	{ "Data limits", "A limit that is changed again before it reaches Sims never does",
		BASIS_ASSUMED, NONE },
	{ "Data limits", "A changed limit of a Fleet without Sims holds at once", BASIS_ASSUMED,
		NONE },
	{ "Data limits",
		"A Sim is blocked as soon as its usage reaches the limit "
		"(--data-limit-check)",
		BASIS_ASSUMED, "the successor's page says about every 6 minutes" },
	{ "Data limits", "A Sim that moves to another Fleet has its limit at once", BASIS_ASSUMED,
		NONE },
	{ "Sims", "Statuses, and that ready and active need a Fleet", BASIS_DOCUMENTED,
		PAGE "; error dictionary" },
	{ "Sims", "Which status can follow which", BASIS_DOCUMENTED,
		"status guide; that new may become inactive is assumed" },
	{ "Sims", "202 and `scheduled`, then the status and the callback", BASIS_DOCUMENTED,
		OPENAPI "; changelog" },
	{ "Sims", "While scheduled, what was before holds", BASIS_ASSUMED, NONE },
	{ "Sims",
		"ready becomes active after 250 KB, 5 SMS Commands of either direction, or 3 "
		"months",
		BASIS_DOCUMENTED, "status guide" },
	{ "Sims", "KB are decimal", BASIS_ASSUMED, NONE },
	{ "Sims", "ICCIDs have 18 to 22 digits; any registration code of ten characters is good",
		BASIS_ASSUMED, "ours: test suites make numbers up" },
	{ "Sims",
		"Only a new Sim without Commands moves to another account, and not into one whose "
		"token is checked",
		BASIS_DOCUMENTED, PAGE "; which accounts, and the Commands, are ours" },
	{ "Sims", "Parameters of the callback", BASIS_ASSUMED, SISTER },
	{ "Commands", "Payloads: 160 bytes; 1300 bytes, base64 when binary", BASIS_DOCUMENTED,
		PAGE },
	{ "Commands", "Statuses; an SMS that was sent is tried for 24 hours", BASIS_DOCUMENTED,
		PAGE },
	{ "Commands", "They fail when the Sim is off, or SMS or data is off or used up",
		BASIS_ASSUMED, "codes of the error dictionary" },
	{ "Commands", "Parameters of an SMS webhook, and their order", BASIS_OBSERVED,
		"the only webhook that was published, of 2021" },
	{ "Commands", "Command, beside Payload, is still sent", BASIS_ASSUMED,
		"the same webhook; the API's own `commands_…` went in 2022" },
	{ "Commands", "Parameters of an IP webhook and of status callbacks", BASIS_ASSUMED,
		"two of them are seen in a published receiver" },
	{ "Webhooks", "Signature", BASIS_DOCUMENTED, "security page; the libraries' validators" },
	{ "Webhooks", "Headers", BASIS_OBSERVED, "recorded webhooks" },
	{ "Webhooks", "A URL without a path is signed without the slash that the receiver sees",
		BASIS_OBSERVED, "a report about another product, 2018" },
	{ "Webhooks", "Credentials in the URL: sent after a 401 that asks, by Basic or Digest",
		BASIS_DOCUMENTED, "security page" },
	{ "Webhooks", "#ct, rt, tt, rc, rp; by default one retry, of a connection that failed",
		BASIS_DOCUMENTED, "connection overrides page" },
	{ "Webhooks", "Nothing is sent again later (--webhook-retries)", BASIS_DOCUMENTED,
		"connection overrides page: no later retry is named" },
	{ "Webhooks", "Redirects are not followed", BASIS_ASSUMED,
		"nothing published; webhooks of calls are seen to follow a 307" },
	{ "Webhooks", "What can be called is a URL: 400 for bad ports, escapes and hosts",
		BASIS_ASSUMED, NONE },
	{ "Networks", "The list: real networks and their public codes; SIDs are ours",
		BASIS_ASSUMED, "public MCC and MNC assignments" },
	{ "Networks", "The order of filters in URLs; a lower-case country below a profile",
		BASIS_DOCUMENTED, "samples" },
	{ "Usage Records", "Parameters, rules about time, newest first", BASIS_DOCUMENTED,
		PAGE "; error dictionary" },
	{ "Usage Records", "Without Group, Granularity=all always has one record", BASIS_DOCUMENTED,
		OPENAPI },
	{ "Usage Records",
		"Times between boundaries are taken for Granularity=all; an hour that they cut "
		"counts "
		"as a whole",
		BASIS_ASSUMED, NONE },
	{ "Usage Records", "Ten cents a megabyte, as a JSON number", BASIS_DOCUMENTED,
		OPENAPI ", whose samples show a text" },
	{ "Usage Records",
		"What is billed is cut to 1/10000, not rounded; without any there is no "
		"billed_unit",
		BASIS_ASSUMED, NONE },
	{ "Billing Periods", "Months; only the current or latest one is listed", BASIS_DOCUMENTED,
		PAGE "; samples" },
	{ "Billing Periods", "That of a ready Sim ends when it becomes active by itself",
		BASIS_DOCUMENTED, "change log, 2021-09-28" },
	{ "Billing Periods", "A Sim that comes back within its period goes on with it",
		BASIS_ASSUMED, NONE },
	{ "IP Addresses", "One of 100.64.0.0/10 while the Sim is ready or active", BASIS_ASSUMED,
		"an address of that range in samples" },
	{ "eSIM Profiles", "Statuses; the callback for available only", BASIS_DOCUMENTED, OPENAPI },
	{ "eSIM Profiles", "An available profile has a new Sim", BASIS_ASSUMED, "samples" },
	{ "eSIM Profiles", "Parameters of the callback", BASIS_ASSUMED, NONE },
	{ "Settings Updates", "The control API schedules them; off or away they fail",
		BASIS_ASSUMED, NONE },
	{ "Differences", "URLs begin with the request's own host", BASIS_NONE,
		"so that clients that follow them stay here" },
	{ "Differences", "Emulator-Version on every answer; no Strict-Transport-Security",
		BASIS_NONE, "this is not the real thing, and plain HTTP" },
	{ "Differences", "Emulator-Hint on errors: what would help", BASIS_NONE,
		"bodies are Twilio's, word for word" },
	{ "Differences",
		"Emulator-Warning on what was served and probably not meant; with --strict it is "
		"refused",
		BASIS_NONE, "Twilio passes it over without a word" },
	{ "Differences", "An account that a call made and that has ended: 401, 20003", BASIS_NONE,
		"so that late tests fail loudly" },
	{ "Differences", "Credentials are Basic; Bearer tokens (OAuth) are refused", BASIS_NONE,
		"not offered" },
	{ "Differences",
		"A request's line and headers may have 16 kB; each header and each parameter of "
		"the query counts 64 bytes more than its text",
		BASIS_NONE, "what libmicrohttpd keeps of them, with room for the answer's" },
	{ "Differences",
		"What is no HTTP, or has headers over 20 kB, counted so, gets libmicrohttpd's "
		"page, or none",
		BASIS_NONE, "it never reaches us" },
};

static const char *name_of(enum basis basis)
{
	return basis != BASIS_NONE ? basis_name(basis) : "on purpose";
}

static void print_operations(FILE *out)
{
	fputs("\n## Operations\n\n| Operation | Basis |\n|---|---|\n", out);
	for (size_t i = 0; i < api_section.route_count; i++) {
		const struct route *route = &api_section.routes[i];
		if (route->basis != BASIS_NONE)
			fprintf(out, "| `%s %s` | %s |\n", route->method, route->path,
				basis_name(route->basis));
	}
}

static void print_errors(FILE *out)
{
	fputs("\n## Errors\n\n| Status | Code | Message | Basis | Source "
	      "|\n|--:|--:|---|---|---|\n",
		out);
	for (enum error_case which = 0; which < ERROR_CASE_COUNT; which++) {
		struct error_description row;
		error_describe(which, &row);
		if (row.basis == BASIS_NONE)
			continue;
		fprintf(out, "| %d | %d | ", row.status, row.code);
		error_print_message(out, row.before, row.after);
		fprintf(out, " | %s | %s |\n", basis_name(row.basis), row.source);
	}
}

static void print_rules(FILE *out)
{
	const char *area = "";
	fputs("\n## Rules\n", out);
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		const struct rule *rule = &rules[i];
		if (strcmp(rule->area, area) != 0)
			fprintf(out, "\n### %s\n\n| Rule | Basis | Source |\n|---|---|---|\n",
				rule->area);
		area = rule->area;
		fprintf(out, "| %s | %s | %s |\n", rule->text, name_of(rule->basis), rule->source);
	}
}

void fidelity_print(FILE *out)
{
	fputs("# How faithful\n\n"
	      "`supersimd --print-fidelity` writes this page from the program's own tables.\n\n"
	      "- **documented**: Twilio's pages, its OpenAPI file or its error dictionary say so.\n"
	      "- **observed**: published recordings, reports or helper libraries show it.\n"
	      "- **assumed**: nobody says; it is the nearest product's way, or the plainest "
	      "one.\n\n"
	      "With `--fidelity header` each answer of the API carries `Emulator-Fidelity`: that "
	      "of\n"
	      "its operation or, when it is an error, of that error.\n",
		out);
	print_operations(out);
	print_errors(out);
	print_rules(out);
}
