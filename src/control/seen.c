/* SPDX-License-Identifier: MIT */
#include "control/seen.h"

#include <string.h>

#include "request/form.h"
#include "util/redact.h"
#include "util/visible.h"

enum { NEAREST_SHOWN = 3 };

void seen_view_head(const struct journal_entry *entry, struct request_view *ret_view)
{
	*ret_view = (struct request_view){
		.method = entry->method.data,
		.path = entry->path.data,
		.operation = entry->operation,
		.status = entry->status,
		.code = entry->code,
		.applied = entry->applied,
	};
}

/* Adds the parameters that a matcher asks for. Texts are the matcher's, or in the arena. False
 * without memory. */
static bool view_parameters(struct arena *arena, const struct matcher *matcher,
	const struct journal_entry *entry, struct request_view *view)
{
	return form_read_named(arena, entry->query.data, entry->query.length, &matcher->query,
		       &view->query) &&
	       form_read_named(
		       arena, entry->form.data, entry->form.length, &matcher->form, &view->form);
}

/* What of a matcher can be compared without them. Most entries are not meant, and found so by it:
 * a form may have 16 KiB, and there may be a thousand. */
static struct matcher head_of(const struct matcher *matcher)
{
	struct matcher head = *matcher;
	head.given &= ~(unsigned)(MATCH_FORM | MATCH_QUERY);
	return head;
}

/* How far an entry is from being meant; 0: it is. Beyond `enough` it is not looked at any more.
 * Texts of `ret_first` are the matcher's, or in the arena. */
static unsigned distance_of(struct arena *arena, const struct matcher *matcher,
	const struct journal_entry *entry, unsigned enough, struct difference *ret_first)
{
	struct request_view view;
	const struct matcher head = head_of(matcher);
	seen_view_head(entry, &view);
	const unsigned of_head = matcher_distance(arena, &head, &view, enough, ret_first);
	if (of_head >= enough)
		return of_head;
	if (!view_parameters(arena, matcher, entry, &view))
		return UINT32_MAX;
	const unsigned distance = matcher_distance(arena, matcher, &view, enough, ret_first);
	if ((matcher->given & MATCH_APPLIED) != 0 || entry->applied != APPLIED_NO)
		return distance;
	if (distance == 0)
		*ret_first = (struct difference){ "applied", "true", "false" };
	return distance + 1;
}

bool seen_matches(
	struct arena *scratch, const struct matcher *matcher, const struct journal_entry *entry)
{
	struct request_view view;
	const struct matcher head = head_of(matcher);
	if (entry->via_control ||
		(entry->applied == APPLIED_NO && (matcher->given & MATCH_APPLIED) == 0))
		return false;
	seen_view_head(entry, &view);
	if (!matcher_matches(&head, &view))
		return false;
	arena_reset(scratch);
	return view_parameters(scratch, matcher, entry, &view) && matcher_matches(matcher, &view);
}

static const char *secret_hint_of(struct arena *arena, const struct parameters *parameters)
{
	for (size_t i = 0; i < parameters->count; i++) {
		const struct parameter *each = &parameters->items[i];
		if (redact_hides(each->name, strlen(each->name)) &&
			!matcher_fits_text(each->value, REDACTED))
			return arena_format(arena,
				"%s is a secret: it cannot be compared, leave it out", each->name);
	}
	return NULL;
}

const char *seen_secret_hint(struct arena *arena, const struct matcher *matcher)
{
	const char *hint = secret_hint_of(arena, &matcher->form);
	return hint != NULL ? hint : secret_hint_of(arena, &matcher->query);
}

/* The nearest so far, the very nearest first. Their entries are held. */
struct nearest {
	const struct matcher *matcher;
	struct arena scratch;
	struct {
		const struct journal_entry *entry;
		unsigned distance;
	} places[NEAREST_SHOWN];
	size_t count;
};

/* Of two that are as near, the newer one stays before the other. */
static bool consider(void *closure, const struct journal_entry *entry)
{
	struct nearest *nearest = closure;
	struct difference first = { 0 };
	if (entry->via_control)
		return true;
	arena_reset(&nearest->scratch);
	size_t place = nearest->count;
	const unsigned enough =
		place == NEAREST_SHOWN ? nearest->places[place - 1].distance : UINT32_MAX;
	const unsigned distance =
		distance_of(&nearest->scratch, nearest->matcher, entry, enough, &first);
	while (place > 0 && nearest->places[place - 1].distance > distance)
		place--;
	if (distance == 0 || place == NEAREST_SHOWN)
		return true;
	if (nearest->count == NEAREST_SHOWN)
		journal_let_go(nearest->places[--nearest->count].entry);
	memmove(&nearest->places[place + 1], &nearest->places[place],
		(nearest->count - place) * sizeof(nearest->places[0]));
	nearest->places[place].entry = entry;
	nearest->places[place].distance = distance;
	nearest->count++;
	journal_hold(entry);
	return true;
}

static void add_near(struct strbuf *out, struct nearest *nearest, const struct journal_entry *entry)
{
	struct difference first = { 0 };
	struct arena *arena = &nearest->scratch;
	arena_reset(arena);
	const unsigned distance = distance_of(arena, nearest->matcher, entry, UINT32_MAX, &first);
	strbuf_add_format(out,
		"{\"request\":\"%s\",\"distance\":%u,\"first_difference\":{\"at\":", entry->id,
		distance);
	strbuf_add_json_nullable(out, first.at);
	strbuf_add_text(out, ",\"expected\":");
	strbuf_add_json_nullable(out, visible_text(arena, first.expected));
	strbuf_add_text(out, ",\"was\":");
	strbuf_add_json_nullable(out, visible_text(arena, first.was));
	strbuf_add_text(out, "}}");
}

size_t seen_add_nearest(struct strbuf *out, struct journal *journal, const char *account_sid,
	uint64_t after, const struct matcher *matcher)
{
	struct nearest nearest = { .matcher = matcher };
	arena_init(&nearest.scratch);
	journal_visit(journal, account_sid, after, UINT64_MAX, consider, &nearest);
	strbuf_add_text(out, "\"nearest\":[");
	for (size_t i = 0; i < nearest.count; i++) {
		strbuf_add_text(out, i > 0 ? "," : "");
		add_near(out, &nearest, nearest.places[i].entry);
		journal_let_go(nearest.places[i].entry);
	}
	strbuf_add_char(out, ']');
	arena_done(&nearest.scratch);
	return nearest.count;
}
