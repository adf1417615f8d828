/* SPDX-License-Identifier: MIT */
/* The control API's stream of events: which of them a client wants, and since when. The stream
 * itself is http/stream.c. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "control/control.h"

static const char last_event_id[] = "last_event_id";
static const char last_event_header[] = "Last-Event-ID"; /* browsers send it when they return */

static void take_header(void *closure, const char *name, const char *value)
{
	if (strcasecmp(name, last_event_header) == 0)
		*(const char **)closure = value;
}

static struct api_error refuse_id(const char *field)
{
	struct api_error error = control_error(CONTROL_VALUE, field);
	error.hint = "the number of an event that came, as its line `id: …` has it";
	return error;
}

/* Where the client wants to go on. A query is meant, a header may be left from before. */
static struct api_error read_id(struct request *request, struct event_choice *choice)
{
	const char *field = last_event_id;
	const char *text = control_query(request, last_event_id);
	if (text == NULL && request->visit_headers != NULL) {
		field = last_event_header;
		request->visit_headers(request, take_header, &text);
	}
	choice->resumes = text != NULL && text[0] != '\0';
	if (choice->resumes && !event_id_read(text, &choice->last_id))
		return refuse_id(field);
	return error_none();
}

static struct api_error read_types(struct request *request, struct event_choice *choice)
{
	const char *unknown;
	int length;
	const char *text = control_query(request, "types");
	choice->types = EVENTS_ALL;
	if (text == NULL || event_types_read(text, &choice->types, &unknown, &length))
		return error_none();
	struct api_error error = control_error(CONTROL_VALUE, "types");
	error.hint = control_unknown_hint(
		request, arena_format(&request->arena, "%.*s", length, unknown), event_names);
	return error;
}

static struct api_error parse_listen(struct request *request)
{
	const char *account_sid = request->caller.account_sid;
	struct event_choice *choice = arena_alloc(&request->arena, sizeof(*choice));
	if (choice == NULL)
		return error_internal();
	request->arguments = choice;
	if (account_sid != NULL)
		snprintf(choice->account_sid, sizeof(choice->account_sid), "%s", account_sid);
	struct api_error error = read_types(request, choice);
	if (!is_error(error))
		error = read_id(request, choice);
	return !is_error(error) ? control_parse_nothing(request) : error;
}

static struct api_error run_listen(struct request *request, struct context *context)
{
	(void)context;
	request->listens = request->arguments;
	return error_none();
}

static const char *const listen_query[] = { "types", last_event_id, NULL };

/* The operator may listen to everybody. */
const struct operation control_listen = {
	.parse = parse_listen,
	.run = run_listen,
	.status = 200,
	.account = ACCOUNT_ANY,
	.query = listen_query,
};
