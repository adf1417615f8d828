/* SPDX-License-Identifier: MIT */
/* Thin callers of the control API, for an account: where there is no curl. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/call.h"
#include "command/runs.h"
#include "model/account_clock.h"
#include "model/limits.h"
#include "util/file.h"
#include "util/json_read.h"

enum { PATH_SIZE = 128, USER_SIZE = 256 };

/* Whom a call is for, and as whom it is made. */
struct identity {
	char sid[64];
	char user[USER_SIZE]; /* "SID:token"; empty: as the operator */
};

static int fail(int exit_code, const char *what, const char *why)
{
	fprintf(stderr, "supersimd: %s: %s\n", what, why);
	return exit_code;
}

/* Who is meant: --account, or the variables that Twilio's libraries read. False: nobody. */
static bool identify(const struct config *config, struct identity *ret_identity)
{
	const char *given =
		config->of_account != NULL ? config->of_account : getenv("TWILIO_ACCOUNT_SID");
	if (given == NULL || given[0] == '\0')
		return false;
	const size_t length = strcspn(given, ":");
	const char *token = given[length] == ':' ? given + length + 1 : NULL;
	if (config->of_account == NULL)
		token = getenv("TWILIO_AUTH_TOKEN");
	const bool as_account = token != NULL && token[0] != '\0';
	const int sid_size =
		snprintf(ret_identity->sid, sizeof(ret_identity->sid), "%.*s", (int)length, given);
	const int user_size = snprintf(ret_identity->user, USER_SIZE, "%s%s%s",
		as_account ? ret_identity->sid : "", as_account ? ":" : "",
		as_account ? token : "");
	return sid_size < (int)sizeof(ret_identity->sid) && user_size < USER_SIZE;
}

/* Says what the server refused, in its own words. */
static void tell_refusal(long status, const struct strbuf *answer)
{
	json_t *document = json_read(answer->data, answer->length, 0, NULL);
	const char *error = json_string_value(json_object_get(document, "error"));
	const char *field = json_string_value(json_object_get(document, "field"));
	const char *hint = json_string_value(json_object_get(document, "hint"));
	fprintf(stderr, "supersimd: %ld: %s%s%s%s%s\n", status,
		error != NULL ? error : "the server refused", field != NULL ? ": " : "",
		field != NULL ? field : "", hint != NULL ? ": " : "", hint != NULL ? hint : "");
	json_decref(document);
}

/* Calls the control API for the account that the options name. The exit code; EX_OK with the
 * answer. */
static int call_for_account(const struct config *config, const char *method, const char *verb,
	const struct strbuf *body, struct strbuf *answer)
{
	struct identity identity;
	char url[CALL_URL_SIZE], path[PATH_SIZE], reason[CALL_REASON_SIZE];
	if (body != NULL && body->failed)
		return fail(EX_OSERR, "cannot call", "out of memory");
	if (!identify(config, &identity))
		return fail(EX_USAGE, "no account", "--account SID or SID:TOKEN names it");
	if (!call_find_server(config, url, reason))
		return fail(EX_UNAVAILABLE, "no server", reason);
	const bool as_operator = identity.user[0] == '\0';
	snprintf(path, sizeof(path), "/_emulator/%s%s%s", verb, as_operator ? "?account=" : "",
		as_operator ? identity.sid : "");
	const struct call call = {
		.method = method,
		.path = path,
		.user = as_operator ? NULL : identity.user,
		.bearer = as_operator ? config->admin_token : NULL,
		.body = body,
	};
	const long status = call_make(url, &call, answer, reason);
	if (status == 0)
		return fail(EX_UNAVAILABLE, "no answer", reason);
	if (status / 100 == 2)
		return EX_OK;
	tell_refusal(status, answer);
	return EX_DATAERR;
}

/* A call whose answer is shown. The body is freed. */
static int call_and_show(
	const struct config *config, const char *method, const char *verb, struct strbuf *body)
{
	struct strbuf answer;
	strbuf_init(&answer, STATE_DOCUMENT_MAXIMUM);
	const int code = call_for_account(config, method, verb, body, &answer);
	if (code == EX_OK)
		puts(answer.data);
	strbuf_done(&answer);
	strbuf_done(body);
	return code;
}

int run_reset(struct config *config)
{
	struct strbuf body;
	strbuf_init(&body, PATH_SIZE);
	strbuf_add_format(&body, "{\"to\": \"%s\"}", config->reset_to == 1 ? "empty" : "seed");
	return call_and_show(config, "POST", "reset", &body);
}

int run_advance(struct config *config)
{
	const char *how_far = config->arguments[0];
	struct strbuf body;
	int64_t ms;
	strbuf_init(&body, DOCUMENT_MAXIMUM);
	strbuf_add_text(&body, duration_parse(how_far, &ms) ? "{\"by\": " : "{\"to\": ");
	strbuf_add_json_string(&body, how_far);
	strbuf_add_char(&body, '}');
	return call_and_show(config, "POST", "clock/advance", &body);
}

static int import_state(const struct config *config, const char *path)
{
	struct strbuf body;
	const char *reason;
	strbuf_init(&body, STATE_DOCUMENT_MAXIMUM);
	if (file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, &body, &reason))
		return call_and_show(config, "PUT", "state", &body);
	strbuf_done(&body);
	return fail(EX_DATAERR, path, reason);
}

/* The file is made once the answer is there: a call that fails leaves an older one alone. */
static int export_state(const struct config *config, const char *path)
{
	struct strbuf answer;
	strbuf_init(&answer, STATE_DOCUMENT_MAXIMUM);
	int code = call_for_account(config, "GET", "state", NULL, &answer);
	if (code == EX_OK && strcmp(path, "-") == 0) {
		puts(answer.data);
	} else if (code == EX_OK) {
		FILE *file = fopen(path, "we");
		bool written = file != NULL && fprintf(file, "%s\n", answer.data) > 0;
		if (file != NULL)
			written = fclose(file) == 0 && written;
		code = written ? EX_OK : fail(EX_CANTCREAT, path, strerror(errno));
	}
	strbuf_done(&answer);
	return code;
}

int run_state(struct config *config)
{
	const char *what = config->arguments[0], *path = config->arguments[1];
	if (strcmp(what, "import") == 0)
		return import_state(config, path);
	if (strcmp(what, "export") == 0)
		return export_state(config, path);
	return fail(EX_USAGE, what, "must be export or import");
}
