/* SPDX-License-Identifier: MIT */
/* The control API's journal: which requests came to /v1, and what was answered. */
#include <string.h>

#include "control/control.h"
#include "control/entry.h"
#include "control/place.h"
#include "control/possible.h"
#include "control/seen.h"
#include "request/form.h"
#include "util/count.h"
#include "version.h"

enum {
	LISTED = 50,
	LISTED_MAXIMUM = 1000,
	/* Of what one list shows, as it is kept: a byte may become six. */
	LISTED_BYTES_MAXIMUM = 8 * 1024 * 1024
};

/* ── what is asked for ───────────────────────────────────────────────────────────────────── */

enum format { FORMAT_JSON, FORMAT_CURL, FORMAT_HAR };
enum via { VIA_API, VIA_CONTROL, VIA_ANY };

struct listing {
	struct matcher matcher; /* method, path, status, code, operation */
	uint64_t after, before; /* sequences, of which neither is listed */
	int64_t limit;
	bool unmatched, warned; /* those alone */
	const char *fault;	/* "true": any; NULL: of no matter */
	bool fault_is_known;
	int64_t via, format;

	/* What was found, newest first; each is held. */
	const struct journal_entry **entries;
	size_t count, bytes;
	bool more;
};

/* How a filter's value is read. */
enum filter_kind { FILTER_TEXT, FILTER_NUMBER, FILTER_YES, FILTER_CHOICE };

static const struct filter {
	const char *name;
	enum filter_kind kind;
	size_t offset;
	unsigned matched;	/* the matcher's bit for it */
	const char *choices[4]; /* the value is the place in it */
	const char *hint;
} filters[] = {
	{ "method", FILTER_TEXT, offsetof(struct listing, matcher.method), MATCH_METHOD,
		.hint = "method=POST" },
	{ "path", FILTER_TEXT, offsetof(struct listing, matcher.path), MATCH_PATH,
		.hint = "path=/v1/Fleets, or path=/v1/Fleets/*" },
	{ "operation", FILTER_TEXT, offsetof(struct listing, matcher.operation), MATCH_OPERATION,
		.hint = "operation=CreateFleet" },
	{ "status", FILTER_NUMBER, offsetof(struct listing, matcher.status), MATCH_STATUS,
		.hint = "status=404" },
	{ "code", FILTER_NUMBER, offsetof(struct listing, matcher.code), MATCH_CODE,
		.hint = "code=20404: Twilio's" },
	{ "fault", FILTER_TEXT, offsetof(struct listing, fault),
		.hint = "fault=true, or a fault's id" },
	{ "unmatched", FILTER_YES, offsetof(struct listing, unmatched),
		.hint = "unmatched=true: those that no operation took" },
	{ "warnings", FILTER_YES, offsetof(struct listing, warned), .hint = "warnings=true" },
	{ "via", FILTER_CHOICE, offsetof(struct listing, via),
		.choices = { "api", "control", "any" }, .hint = "via=api, control or any" },
	{ "format", FILTER_CHOICE, offsetof(struct listing, format),
		.choices = { "json", "curl", "har" }, .hint = "format=json, curl or har" },
};

static bool read_choice(const struct filter *filter, const char *value, int64_t *ret_choice)
{
	for (int64_t i = 0; filter->choices[i] != NULL; i++) {
		if (strcmp(filter->choices[i], value) == 0) {
			*ret_choice = i;
			return true;
		}
	}
	return false;
}

static bool read_value(const struct filter *filter, const char *value, void *place)
{
	switch (filter->kind) {
	case FILTER_TEXT: *(const char **)place = value; return value[0] != '\0';
	case FILTER_NUMBER: return form_read_natural(value, place);
	case FILTER_YES:
		*(bool *)place = strcmp(value, "true") == 0;
		return *(bool *)place || strcmp(value, "false") == 0;
	case FILTER_CHOICE: return read_choice(filter, value, place);
	}
	return false;
}

static struct api_error refuse(const char *name, const char *hint)
{
	struct api_error error = control_error(CONTROL_VALUE, name);
	error.hint = hint;
	return error;
}

static struct api_error read_filters(struct request *request, struct listing *listing)
{
	for (size_t i = 0; i < COUNT_OF(filters); i++) {
		const struct filter *filter = &filters[i];
		const char *value = control_query(request, filter->name);
		if (value == NULL)
			continue;
		if (!read_value(filter, value, (char *)listing + filter->offset))
			return refuse(filter->name, filter->hint);
		listing->matcher.given |= filter->matched;
	}
	return error_none();
}

static struct api_error read_bounds(struct request *request, struct listing *listing)
{
	const char *limit = control_query(request, "limit");
	const char *cursor = control_query(request, "cursor");
	const char *since = control_query(request, "since");
	const char *until = control_query(request, "until");
	int64_t below = INT64_MAX;
	uint64_t last = UINT64_MAX - 1;
	struct api_error error = error_none();
	if (limit != NULL && (!form_read_natural(limit, &listing->limit) || listing->limit < 1 ||
				     listing->limit > LISTED_MAXIMUM))
		return refuse("limit", "limit=50: 1 to 1000");
	if (cursor != NULL && (!form_read_natural(cursor, &below) || below == 0))
		return refuse("cursor", "what `next_cursor` of a list of this account says");
	if (since != NULL)
		error = place_read(
			request, control_scope(request), "since", since, &listing->after);
	if (until != NULL && !is_error(error))
		error = place_read(request, control_scope(request), "until", until, &last);
	listing->before = last < (uint64_t)below ? last + 1 : (uint64_t)below;
	return error;
}

static struct api_error check_journal(struct request *request)
{
	const struct api_error error = control_check_journal(request, NULL);
	return is_error(error) ? error : control_parse_nothing(request);
}

static struct api_error parse_list(struct request *request)
{
	struct listing *listing = arena_alloc(&request->arena, sizeof(*listing));
	struct api_error error = check_journal(request);
	if (listing == NULL)
		return error_internal();
	request->arguments = listing;
	listing->limit = LISTED;
	if (!is_error(error))
		error = read_filters(request, listing);
	if (!is_error(error))
		error = possible_check_request(request, "", "/", &listing->matcher);
	if (!is_error(error))
		error = read_bounds(request, listing);
	return error;
}

/* ── finding ─────────────────────────────────────────────────────────────────────────────── */

/* Whether a request was hit by the fault that is asked for. */
static bool was_hit(const struct listing *listing, const struct journal_entry *entry)
{
	return entry->fault.length > 0 && (strcmp(listing->fault, "true") == 0 ||
						  strcmp(listing->fault, entry->fault.data) == 0);
}

static bool is_wanted(struct listing *listing, const struct journal_entry *entry)
{
	struct request_view view;
	if (listing->via != VIA_ANY && entry->via_control != (listing->via == VIA_CONTROL))
		return false;
	if ((listing->unmatched && entry->operation != NULL) ||
		(listing->warned && entry->warnings.length == 0))
		return false;
	if (listing->fault != NULL && !was_hit(listing, entry))
		return false;
	seen_view_head(entry, &view);
	return matcher_matches(&listing->matcher, &view);
}

static bool collect(void *closure, const struct journal_entry *entry)
{
	struct listing *listing = closure;
	if (!is_wanted(listing, entry))
		return true;
	const size_t bytes = entry->headers.length + entry->path.length + entry->query.length +
			     entry->form.length + entry->answer.length + entry->warnings.length;
	listing->more = listing->count == (size_t)listing->limit ||
			(listing->count > 0 && listing->bytes + bytes > LISTED_BYTES_MAXIMUM);
	if (listing->more)
		return false;
	journal_hold(entry);
	listing->entries[listing->count++] = entry;
	listing->bytes += bytes;
	return true;
}

static bool note_hit(void *closure, const struct journal_entry *entry)
{
	struct listing *listing = closure;
	listing->fault_is_known = was_hit(listing, entry);
	return !listing->fault_is_known;
}

/* A fault that is taken out is known as long as a request is that it hit. */
static struct api_error check_fault(struct request *request, struct listing *listing)
{
	const struct watch *watch = request->emulator->watch;
	if (listing->fault == NULL || request->all_accounts ||
		strcmp(listing->fault, "true") == 0 ||
		traffic_has_fault(watch->traffic, control_scope(request), listing->fault))
		return error_none();
	journal_visit(watch->journal, control_scope(request), 0, UINT64_MAX, note_hit, listing);
	return listing->fault_is_known
		       ? error_none()
		       : refuse("fault", "the account has no such fault, nor a request that it "
					 "hit: GET /_emulator/faults lists them");
}

static void let_all_go(struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		journal_let_go(listing->entries[i]);
	listing->count = 0;
}

/* ── showing ─────────────────────────────────────────────────────────────────────────────── */

/* Adds what leads on to what is older; nothing when there is nothing. */
static void add_cursor(struct strbuf *out, const struct listing *listing, const char *before,
	const char *otherwise)
{
	if (listing->more)
		strbuf_add_format(out, "%s\"%llu\"", before,
			(unsigned long long)listing->entries[listing->count - 1]->sequence);
	else
		strbuf_add_text(out, otherwise);
}

static void show_json(struct strbuf *out, struct arena *arena, const struct listing *listing)
{
	strbuf_add_text(out, "{\"requests\":[");
	for (size_t i = 0; i < listing->count; i++) {
		strbuf_add_text(out, i > 0 ? "," : "");
		entry_add_json(out, arena, listing->entries[i]);
	}
	add_cursor(out, listing, "],\"next_cursor\":", "],\"next_cursor\":null");
	strbuf_add_char(out, '}');
}

/* In the order in which they came, as what is run or replayed should be. */
static void show_curl(struct request *request, struct arena *arena, const struct listing *listing)
{
	struct strbuf *out = &request->reply.body;
	request->reply.content_type = "text/plain; charset=utf-8";
	add_cursor(out, listing, "# older ones: cursor=", "");
	strbuf_add_text(out, listing->more ? "\n" : "");
	for (size_t i = listing->count; i > 0; i--)
		entry_add_curl(out, arena, request->origin, listing->entries[i - 1]);
}

/* Likewise: loading it is quicker so. */
static void show_har(struct request *request, struct arena *arena, const struct listing *listing)
{
	struct strbuf *out = &request->reply.body;
	strbuf_add_text(out,
		"{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"supersim-emulator\","
		"\"version\":\"" SUPERSIM_VERSION "\"},\"pages\":[],\"entries\":[");
	for (size_t i = listing->count; i > 0; i--) {
		strbuf_add_text(out, i < listing->count ? "," : "");
		entry_add_har(out, arena, request->origin, listing->entries[i - 1]);
	}
	add_cursor(out, listing, "],\"_next_cursor\":", "]");
	strbuf_add_text(out, "}}");
}

static void show(struct request *request, const struct listing *listing)
{
	struct arena arena;
	arena_init(&arena);
	switch ((enum format)listing->format) {
	case FORMAT_JSON: show_json(&request->reply.body, &arena, listing); break;
	case FORMAT_CURL: show_curl(request, &arena, listing); break;
	case FORMAT_HAR: show_har(request, &arena, listing); break;
	}
	arena_done(&arena);
}

static struct api_error run_list(struct request *request, struct context *context)
{
	struct listing *listing = request->arguments;
	const struct api_error error = check_fault(request, listing);
	if (is_error(error))
		return error;
	listing->entries =
		arena_alloc(context->arena, (size_t)listing->limit * sizeof(*listing->entries));
	if (listing->entries == NULL)
		return error_internal();
	journal_visit(request->emulator->watch->journal, control_scope(request), listing->after,
		listing->before, collect, listing);
	show(request, listing);
	let_all_go(listing);
	return error_none();
}

static const char *const list_query[] = { "method", "path", "operation", "status", "code", "since",
	"until", "limit", "cursor", "unmatched", "warnings", "fault", "via", "format", NULL };

const struct operation control_list_requests = {
	.parse = parse_list,
	.run = run_list,
	.status = 200,
	.account = ACCOUNT_NAMED,
	.takes_all = true,
	.query = list_query,
};

/* ── one of them ─────────────────────────────────────────────────────────────────────────── */

static struct api_error parse_show(struct request *request)
{
	struct listing *listing = arena_alloc(&request->arena, sizeof(*listing));
	const struct api_error error = check_journal(request);
	if (listing == NULL)
		return error_internal();
	request->arguments = listing;
	return !is_error(error) ? read_filters(request, listing) : error;
}

static struct api_error run_show(struct request *request, struct context *context)
{
	struct listing *listing = request->arguments;
	const struct journal_entry *entry = journal_fetch(
		request->emulator->watch->journal, control_scope(request), request->identifier);
	if (entry == NULL) {
		struct api_error error = error_new(context->arena, ERROR_NOT_FOUND, context->path);
		error.hint = PLACE_GONE_HINT;
		return error;
	}
	if (listing->format == FORMAT_JSON) {
		struct arena arena;
		arena_init(&arena);
		entry_add_json(&request->reply.body, &arena, entry);
		arena_done(&arena);
	} else {
		listing->entries = &entry;
		listing->count = 1;
		show(request, listing);
	}
	journal_let_go(entry);
	return error_none();
}

static const char *const show_query[] = { "format", NULL };

const struct operation control_show_request = {
	.parse = parse_show,
	.run = run_show,
	.status = 200,
	.account = ACCOUNT_NAMED,
	.takes_all = true,
	.query = show_query,
};

static struct api_error run_clear(struct request *request, struct context *context)
{
	const size_t deleted =
		journal_clear(request->emulator->watch->journal, control_scope(request));
	(void)context;
	return control_reply(request, json_pack("{s:I}", "deleted", (json_int_t)deleted));
}

const struct operation control_clear_requests = {
	.parse = check_journal,
	.run = run_clear,
	.status = 200,
	.account = ACCOUNT_NAMED,
	.takes_all = true,
};
