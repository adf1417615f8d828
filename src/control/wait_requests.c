/* SPDX-License-Identifier: MIT */
/* Waiting for requests: those of the journal that a matcher means. */
#include "control/place.h"
#include "control/possible.h"
#include "control/seen.h"
#include "control/wait.h"

struct request_terms {
	struct matcher matcher;
	uint64_t begins; /* what is after this one in the journal counts */
	uint64_t seen;	 /* and until here all was looked at */
};

static struct journal *journal_of(const struct request *request)
{
	return request->emulator->watch->journal;
}

static struct api_error read_terms(struct request *request, struct wait *wait)
{
	struct problem problem;
	const char *known[MATCH_KEYS + 1];
	struct request_terms *terms = arena_alloc(&request->arena, sizeof(*terms));
	if (terms == NULL)
		return error_internal();
	wait->terms = terms;
	const struct api_error error = control_check_journal(request, "for");
	if (is_error(error))
		return error;
	matcher_key_names(MATCH_ANSWERED, known);
	if (!matcher_read(&request->arena, "match.", wait->match, MATCH_ANSWERED, &terms->matcher,
		    &problem))
		return control_problem(request, &problem, known);
	return possible_check_request(request, "match.", POSSIBLE_ROOT, &terms->matcher);
}

/* ── looking ─────────────────────────────────────────────────────────────────────────────── */

struct search {
	struct request *request;
	struct wait *wait;
	struct arena scratch;
	uint64_t newest;
};

static bool consider(void *closure, const struct journal_entry *entry)
{
	struct search *search = closure;
	const struct request_terms *terms = search->wait->terms;
	if (entry->sequence > search->newest)
		search->newest = entry->sequence;
	if (seen_matches(&search->scratch, &terms->matcher, entry))
		wait_found_add(&search->request->arena, &search->wait->found, entry->id);
	return true;
}

/* Looks at what is in the journal after a place; gives the newest place. */
static uint64_t look_after(
	struct request *request, struct wait *wait, uint64_t after, uint64_t before)
{
	struct search search = { .request = request, .wait = wait, .newest = after };
	arena_init(&search.scratch);
	journal_visit(
		journal_of(request), request->caller.account_sid, after, before, consider, &search);
	arena_done(&search.scratch);
	return search.newest;
}

static struct api_error begin(
	struct request *request, const struct wait *wait, struct request_terms *terms)
{
	if (wait->past)
		return error_none();
	if (wait->since == NULL) {
		terms->begins = journal_newest(journal_of(request));
		return error_none();
	}
	return place_read(
		request, request->caller.account_sid, "since", wait->since, &terms->begins);
}

/* Whether it is there by now. */
static bool look_on(struct request *request, struct wait *wait)
{
	struct request_terms *terms = wait->terms;
	wait_found_begin(&wait->found);
	terms->seen = look_after(request, wait, terms->seen, UINT64_MAX);
	return wait->found.count >= (size_t)wait->count;
}

static struct api_error look(
	struct request *request, struct context *context, struct wait *wait, bool *ret_is_there)
{
	struct request_terms *terms = wait->terms;
	(void)context;
	if (!wait->has_begun) {
		const struct api_error error = begin(request, wait, terms);
		if (is_error(error))
			return error;
		terms->seen = terms->begins;
	}
	*ret_is_there = look_on(request, wait);
	return error_none();
}

/* ── answering ───────────────────────────────────────────────────────────────────────────── */

static struct api_error add_found(
	struct request *request, struct context *context, struct wait *wait)
{
	struct strbuf *out = &request->reply.body;
	(void)context;
	strbuf_add_text(out, ",\"requests\":[");
	for (const struct wait_found_item *each = wait->found.first; each != NULL;
		each = each->next) {
		strbuf_add_text(out, each != wait->found.first ? "," : "");
		strbuf_add_json_string(out, each->sid);
	}
	strbuf_add_char(out, ']');
	return error_none();
}

/* What came before the call is the likeliest reason why it waited in vain. */
static struct api_error add_instead(
	struct request *request, struct context *context, struct wait *wait, const char **ret_hint)
{
	const struct request_terms *terms = wait->terms;
	struct wait earlier = { .terms = wait->terms };
	add_found(request, context, wait);
	strbuf_add_char(&request->reply.body, ',');
	seen_add_nearest(&request->reply.body, journal_of(request), request->caller.account_sid,
		terms->seen > terms->begins ? terms->begins : 0, &terms->matcher);
	wait_found_begin(&earlier.found);
	look_after(request, &earlier, 0, terms->begins + 1);
	*ret_hint = seen_secret_hint(&request->arena, &terms->matcher);
	if (*ret_hint == NULL && earlier.found.count > 0)
		*ret_hint = arena_format(&request->arena,
			"%zu that match came before the call: \"past\": true counts all, "
			"\"since\" those after a request's id",
			earlier.found.count);
	return error_none();
}

static const char *const keys[] = { "match", "count", "since", "past", NULL };

const struct wait_kind wait_for_request = {
	.name = "request",
	.keys = keys,
	.read = read_terms,
	.subjects = CHANGED_REQUESTS,
	.glance = look_on,
	.look = look,
	.add_found = add_found,
	.add_instead = add_instead,
};
