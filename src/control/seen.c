/* SPDX-License-Identifier: MIT */
#include "control/seen.h"

#include <string.h>

#include "request/form.h"
#include "util/memory.h"
#include "util/redact.h"
#include "util/visible.h"

enum { NEAREST_SHOWN = 3 };

/* False without memory: what cannot be decoded has no parameters. */
static bool read_parameters(
	struct arena *arena, const struct bytes *text, struct parameters *ret_parameters)
{
	if (form_read_parameters(arena, text->data, text->length, ret_parameters))
		return true;
	*ret_parameters = (struct parameters){ 0 };
	return !memory_ran_out();
}

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

bool seen_view(
	const struct journal_entry *entry, struct arena *arena, struct request_view *ret_view)
{
	seen_view_head(entry, ret_view);
	return read_parameters(arena, &entry->query, &ret_view->query) &&
	       read_parameters(arena, &entry->form, &ret_view->form);
}

/* How far an entry is from being meant; 0: it is. Texts of `ret_first` are the matcher's, or in the
 * arena. */
static unsigned distance_of(struct arena *arena, const struct matcher *matcher,
	const struct journal_entry *entry, struct difference *ret_first)
{
	struct request_view view;
	if (!seen_view(entry, arena, &view))
		return UINT32_MAX;
	const unsigned distance = matcher_distance(arena, matcher, &view, ret_first);
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
	if (entry->via_control ||
		(entry->applied == APPLIED_NO && (matcher->given & MATCH_APPLIED) == 0))
		return false;
	arena_reset(scratch);
	return seen_view(entry, scratch, &view) && matcher_matches(matcher, &view);
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
	const unsigned distance = distance_of(&nearest->scratch, nearest->matcher, entry, &first);
	size_t place = nearest->count;
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
	const unsigned distance = distance_of(arena, nearest->matcher, entry, &first);
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
