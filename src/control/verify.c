/* SPDX-License-Identifier: MIT */
/* The control API's check of what was asked of /v1: so often, or in this order. */
#include <string.h>

#include "control/control.h"
#include "control/place.h"
#include "control/possible.h"
#include "control/seen.h"
#include "util/count.h"

enum {
	ORDER_MAXIMUM = 50,
	SHOWN_MAXIMUM = 1000,
	NEAREST_MAXIMUM = 32 * 1024 * 1024 /* bytes: what was expected may be as long as a body */
};

/* What is expected. */
struct expectation {
	struct matcher matcher;
	int64_t times, at_least, at_most; /* -1: not given */
	uint64_t after;			  /* the sequence of the last request that does not count */
	struct matcher order[ORDER_MAXIMUM];
	size_t order_count;
};

/* ── reading ─────────────────────────────────────────────────────────────────────────────── */

static const struct {
	const char *name;
	size_t offset;
} counts[] = {
	{ "times", offsetof(struct expectation, times) },
	{ "at_least", offsetof(struct expectation, at_least) },
	{ "at_most", offsetof(struct expectation, at_most) },
};

static struct api_error refuse(const char *name, const char *hint)
{
	struct api_error error = control_error(CONTROL_VALUE, name);
	error.hint = hint;
	return error;
}

/* `more`: the keys of the check itself are known, too. */
static struct api_error refuse_problem(
	struct request *request, const struct problem *problem, bool more)
{
	const char *known[MATCH_KEYS + COUNT_OF(counts) + 3] = { NULL };
	size_t count = MATCH_KEYS;
	matcher_key_names(MATCH_ANSWERED, known);
	for (size_t i = 0; more && i < COUNT_OF(counts); i++)
		known[count++] = counts[i].name;
	if (more) {
		known[count++] = "since";
		known[count++] = "order";
	}
	return control_problem(request, problem, known);
}

static struct api_error read_order(
	struct request *request, struct expectation *expectation, const json_t *list)
{
	struct arena *arena = &request->arena;
	struct problem problem;
	const size_t count = json_array_size(list);
	if (count == 0 || count > ORDER_MAXIMUM)
		return refuse(
			"order", "a list of 1 to 50 objects, as [{\"path\": \"/v1/Fleets\"}]");
	for (size_t i = 0; i < count; i++) {
		struct matcher *matcher = &expectation->order[i];
		const char *at = arena_format(arena, "order[%zu].", i);
		if (!matcher_read(
			    arena, at, json_array_get(list, i), MATCH_ANSWERED, matcher, &problem))
			return refuse_problem(request, &problem, false);
		if (matcher->given == 0)
			return control_error(
				CONTROL_NO_CRITERIA, arena_format(arena, "order[%zu]", i));
		const struct api_error error =
			possible_check_request(request, at, POSSIBLE_ROOT, matcher);
		if (is_error(error))
			return error;
	}
	expectation->order_count = count;
	return error_none();
}

static struct api_error read_count(const char *name, const json_t *value, int64_t *ret_count)
{
	*ret_count = json_integer_value(value);
	return json_is_integer(value) && *ret_count >= 0 ? error_none()
							 : refuse(name, "a whole number from 0");
}

/* Waits and faults have one. */
static struct api_error refuse_match(void)
{
	struct api_error error = control_error(CONTROL_UNKNOWN_KEY, "match");
	error.hint = "a check has no `match`: give its keys directly";
	return error;
}

static struct api_error read_key(struct request *request, struct expectation *expectation,
	const char *name, const json_t *value)
{
	struct problem problem;
	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		if (strcmp(counts[i].name, name) == 0)
			return read_count(name, value,
				(int64_t *)(void *)((char *)expectation + counts[i].offset));
	}
	if (strcmp(name, "match") == 0)
		return refuse_match();
	if (strcmp(name, "order") == 0)
		return read_order(request, expectation, value);
	if (strcmp(name, "since") == 0)
		return place_read(request, request->caller.account_sid, name,
			json_is_string(value) ? json_string_value(value) : "", &expectation->after);
	return matcher_read_key(&request->arena, "", name, value, MATCH_ANSWERED,
		       &expectation->matcher, &problem)
		       ? error_none()
		       : refuse_problem(request, &problem, true);
}

/* Refuses what says nothing, and what says two things. */
static struct api_error check(const struct expectation *expectation)
{
	const bool bounded = expectation->at_least >= 0 || expectation->at_most >= 0;
	const bool counted = bounded || expectation->times >= 0;
	if (expectation->matcher.given == 0 && expectation->order_count == 0)
		return control_error(CONTROL_NO_CRITERIA, NULL);
	if (expectation->order_count > 0 && (expectation->matcher.given != 0 || counted))
		return control_error(CONTROL_ONE_EXPECTATION, "order");
	if (expectation->times >= 0 && bounded)
		return control_error(CONTROL_ONE_EXPECTATION, "times");
	if (expectation->at_most >= 0 && expectation->at_least > expectation->at_most)
		return control_error(CONTROL_ONE_EXPECTATION, "at_least");
	return error_none();
}

static struct api_error parse(struct request *request)
{
	const char *name;
	json_t *value;
	struct expectation *expectation = arena_alloc(&request->arena, sizeof(*expectation));
	if (expectation == NULL)
		return error_internal();
	*expectation = (struct expectation){ .times = -1, .at_least = -1, .at_most = -1 };
	request->arguments = expectation;
	request->hint =
		"{\"method\": \"POST\", \"path\": \"/v1/Fleets\", \"form\": {\"UniqueName\": "
		"\"a\"}, \"times\": 1}";
	struct api_error error = control_check_journal(request, NULL);
	if (!is_error(error))
		error = control_parse(request);
	if (!is_error(error) && request->document != NULL && !json_is_object(request->document))
		error = control_error(CONTROL_BODY_IS_NO_OBJECT, NULL);
	if (is_error(error))
		return error;
	json_object_foreach(request->document, name, value)
	{
		error = read_key(request, expectation, name, value);
		if (is_error(error))
			return error;
	}
	error = check(expectation);
	return is_error(error)
		       ? error
		       : possible_check_request(request, "", POSSIBLE_ROOT, &expectation->matcher);
}

/* ── looking ─────────────────────────────────────────────────────────────────────────────── */

/* What a look at the journal finds, newest first. */
struct finding {
	const struct matcher *matcher;
	struct arena scratch;
	struct strbuf ids; /* quoted, parted by commas: the first SHOWN_MAXIMUM */
	int64_t count;
	char oldest_id[SID_SIZE];
};

static bool find(void *closure, const struct journal_entry *entry)
{
	struct finding *finding = closure;
	if (!seen_matches(&finding->scratch, finding->matcher, entry))
		return true;
	if (finding->count++ < SHOWN_MAXIMUM)
		strbuf_add_format(
			&finding->ids, "%s\"%s\"", finding->ids.length > 0 ? "," : "", entry->id);
	memcpy(finding->oldest_id, entry->id, SID_SIZE);
	return true;
}

static void finding_init(struct finding *finding)
{
	*finding = (struct finding){ .count = 0 };
	arena_init(&finding->scratch);
	strbuf_init(&finding->ids, SHOWN_MAXIMUM * (SID_SIZE + 4));
}

static void finding_done(struct finding *finding)
{
	arena_done(&finding->scratch);
	strbuf_done(&finding->ids);
}

static void look(
	const struct request *request, uint64_t after, uint64_t before, struct finding *finding)
{
	finding->count = 0;
	strbuf_reset(&finding->ids);
	journal_visit(request->emulator->watch->journal, request->caller.account_sid, after, before,
		find, finding);
}

/* ── answering ───────────────────────────────────────────────────────────────────────────── */

static void add_found(struct strbuf *out, int64_t count, const struct strbuf *ids)
{
	strbuf_add_format(out, "\"matched\":%lld,\"requests\":[%s]", (long long)count, ids->data);
	out->failed = out->failed || ids->failed;
}

static void add_count(struct strbuf *out, const char *name, int64_t count)
{
	if (count < 0)
		return;
	strbuf_add_format(out, "%s\"%s\":%lld", out->data[out->length - 1] == '{' ? "" : ",", name,
		(long long)count);
}

/* Begins the answer of a check that failed: the shape of every error, and what was expected. */
static void begin_complaint(struct request *request, const char *field, const char *hint)
{
	struct strbuf *out = &request->reply.body;
	struct api_error error = control_error(CONTROL_NOT_SEEN, field);
	error.hint = hint;
	request->reply.status = error.status;
	control_add_error(request, &error);
	if (!out->failed)
		out->length--; /* the object goes on */
	strbuf_add_text(out, ",\"expected\":{");
}

/* Ends it, and frees `nearest`. */
static void end_complaint(
	struct strbuf *out, int64_t count, const struct strbuf *ids, struct strbuf *nearest)
{
	strbuf_add_text(out, "},");
	add_found(out, count, ids);
	strbuf_add_format(out, ",%s}", nearest->data);
	out->failed = out->failed || nearest->failed;
	strbuf_done(nearest);
}

/* Adds `nearest`, and gives the hint that goes with it, which comes first in the answer: `hint`, or
 * `hint_of_none` when there is none, unless something better is known. */
static const char *add_nearest(struct request *request, uint64_t after,
	const struct matcher *matcher, const char *hint, const char *hint_of_none,
	struct strbuf *nearest)
{
	const char *secret = seen_secret_hint(&request->arena, matcher);
	const size_t count = seen_add_nearest(nearest, request->emulator->watch->journal,
		request->caller.account_sid, after, matcher);
	if (secret != NULL)
		return secret;
	return count > 0 ? hint : hint_of_none;
}

#define APPLIED_HINT "a write that was not applied is counted only with \"applied\": false"

/* Why it is not as it should be, for a count of so many at least. */
static const char *explain_count(struct request *request, const struct finding *finding,
	int64_t least, struct strbuf *nearest)
{
	const struct expectation *expectation = request->arguments;
	if (finding->count < least)
		return add_nearest(request, expectation->after, &expectation->matcher,
			"too few matched: `nearest` says what differs; " APPLIED_HINT,
			"too few matched, and no other request came", nearest);
	strbuf_add_text(nearest, "\"nearest\":[]");
	return "too many matched: `requests` names them";
}

static void answer_count(struct request *request, const struct finding *finding)
{
	const struct expectation *expectation = request->arguments;
	struct strbuf *out = &request->reply.body, nearest;
	const bool is_exact = expectation->times >= 0;
	const bool is_open = !is_exact && expectation->at_most < 0;
	const int64_t least = is_exact			   ? expectation->times
			      : expectation->at_least >= 0 ? expectation->at_least
			      : expectation->at_most >= 0  ? 0
							   : 1;
	const int64_t most = is_exact ? least : is_open ? INT64_MAX : expectation->at_most;
	if (finding->count >= least && finding->count <= most) {
		strbuf_add_char(out, '{');
		add_found(out, finding->count, &finding->ids);
		strbuf_add_char(out, '}');
		return;
	}
	strbuf_init(&nearest, NEAREST_MAXIMUM);
	begin_complaint(request, NULL, explain_count(request, finding, least, &nearest));
	add_count(out, "times", expectation->times);
	add_count(out, "at_least", is_open && least == 1 ? 1 : expectation->at_least);
	add_count(out, "at_most", expectation->at_most);
	end_complaint(out, finding->count, &finding->ids, &nearest);
}

static void run_count(struct request *request, struct finding *finding)
{
	const struct expectation *expectation = request->arguments;
	finding->matcher = &expectation->matcher;
	look(request, expectation->after, UINT64_MAX, finding);
	answer_count(request, finding);
}

/* Of what did not come where it should: whether it came before. The places are those of the last
 * one that came in order, and of its number. */
static const char *hint_of_earlier(
	struct request *request, struct finding *finding, uint64_t last, size_t number)
{
	const struct expectation *expectation = request->arguments;
	look(request, expectation->after, last, finding);
	return finding->count == 0
		       ? NULL
		       : arena_format(&request->arena, "%s matches, but came before order[%zu]",
				 finding->oldest_id, number);
}

/* What came of an order so far. */
struct following {
	const struct matcher *matcher; /* the next one */
	struct arena *scratch;
	struct strbuf ids; /* of those that came, as in a finding */
	size_t found, wanted;
	uint64_t last; /* the sequence of the last one */
};

/* Complains of the first that did not come. */
static void answer_order(
	struct request *request, struct finding *finding, const struct following *following)
{
	const size_t found = following->found;
	struct strbuf nearest;
	strbuf_init(&nearest, NEAREST_MAXIMUM);
	finding->matcher = following->matcher;
	const char *earlier =
		found > 0 ? hint_of_earlier(request, finding, following->last, found - 1) : NULL;
	const char *hint = add_nearest(request, following->last, finding->matcher,
		"this one did not come after those before it: `nearest` says what differs in what "
		"came then; " APPLIED_HINT,
		found > 0 ? "no other request came after those before it" : "no request came",
		&nearest);
	begin_complaint(request, arena_format(&request->arena, "order[%zu]", found),
		earlier != NULL ? earlier : hint);
	add_count(&request->reply.body, "order", (int64_t)following->wanted);
	end_complaint(&request->reply.body, (int64_t)found, &following->ids, &nearest);
}

/* Finds those of an order, each as the oldest that fits after the one before it. Oldest first. */
static bool follow(void *closure, const struct journal_entry *entry)
{
	struct following *following = closure;
	if (!seen_matches(following->scratch, following->matcher, entry))
		return true;
	strbuf_add_format(&following->ids, "%s\"%s\"", following->found > 0 ? "," : "", entry->id);
	following->last = entry->sequence;
	following->matcher++;
	return ++following->found < following->wanted;
}

static void run_order(struct request *request, struct finding *finding)
{
	const struct expectation *expectation = request->arguments;
	struct journal *journal = request->emulator->watch->journal;
	struct strbuf *out = &request->reply.body;
	struct following following = {
		.matcher = expectation->order,
		.scratch = &finding->scratch,
		.wanted = expectation->order_count,
		.last = expectation->after,
	};
	strbuf_init(&following.ids, ORDER_MAXIMUM * (SID_SIZE + 4));
	journal_visit_upwards(journal, request->caller.account_sid, expectation->after,
		journal_newest(journal) + 1, follow, &following);
	if (following.found == following.wanted) {
		strbuf_add_char(out, '{');
		add_found(out, (int64_t)following.found, &following.ids);
		strbuf_add_char(out, '}');
	} else {
		answer_order(request, finding, &following);
	}
	strbuf_done(&following.ids);
}

static struct api_error run(struct request *request, struct context *context)
{
	const struct expectation *expectation = request->arguments;
	struct finding finding;
	(void)context;
	request->reply.status = 200;
	finding_init(&finding);
	if (expectation->order_count > 0)
		run_order(request, &finding);
	else
		run_count(request, &finding);
	finding_done(&finding);
	return error_none();
}

const struct operation control_verify_requests = {
	.parse = parse, .run = run, .account = ACCOUNT_NAMED
};
