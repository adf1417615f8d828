/* SPDX-License-Identifier: MIT */
/* Counted warnings are sorted by account, operation, kind and name, so an account's stand together.
 * There are few: a request without a warning never comes here. */
#include "watch/warnings.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/sorted.h"
#include "util/utf8.h"

/* Account, operation, kind, name. What parts them is in none of the first three. */
#define KEY_FORMAT "%s %s %s %s"

enum { KEY_MAXIMUM = 256 };

struct row {
	struct sorted_item key;
	struct counted_warning counted;
	char texts[]; /* key, account, name, hint */
};

struct warnings {
	pthread_mutex_t lock; /* guards what follows */
	struct sorted rows;
	uint64_t totals[WARNING_KINDS];
};

static const char *const kind_names[WARNING_KINDS] = {
	[WARNING_UNKNOWN_PARAMETER] = "unknown_parameter",
	[WARNING_WRONG_CASE] = "wrong_case",
	[WARNING_DEPRECATED_PARAMETER] = "deprecated_parameter",
	[WARNING_REPEATED_PARAMETER] = "repeated_parameter",
	[WARNING_PAGE_WITHOUT_TOKEN] = "page_without_token",
	[WARNING_HTTP_CALLBACK] = "http_callback",
	[WARNING_JSON_BODY] = "json_body",
	[WARNING_OTHER_BODY] = "other_body",
};

const char *warning_kind_name(enum warning_kind kind)
{
	return kind_names[kind];
}

enum warning_kind warning_kind_named(const char *name)
{
	enum warning_kind kind = 0;
	while (kind < WARNING_KINDS && strcmp(kind_names[kind], name) != 0)
		kind++;
	return kind;
}

/* ── of a request ────────────────────────────────────────────────────────────────────────── */

static size_t shown_length(const char *name)
{
	return utf8_prefix(name, WARNING_NAME_SHOWN);
}

bool warning_list_takes(const struct warning *first, const char *name)
{
	const size_t length = shown_length(name);
	size_t count = 0;
	for (; first != NULL; first = first->next) {
		if (strncmp(first->name, name, length) == 0 && first->name[length] == '\0')
			return false;
		count++;
	}
	return count < WARNINGS_OF_REQUEST;
}

void warning_add(struct arena *arena, struct warning **list, enum warning_kind kind,
	const char *name, const char *hint)
{
	if (!warning_list_takes(*list, name))
		return;
	struct warning *warning = arena_alloc(arena, sizeof(*warning));
	const char *copy = arena_copy(arena, name, shown_length(name));
	if (warning == NULL || copy == NULL || hint == NULL)
		return;
	while (*list != NULL)
		list = &(*list)->next;
	*warning = (struct warning){ .kind = kind, .name = copy, .hint = hint };
	*list = warning;
}

void warning_list_add_json(struct strbuf *out, const struct warning *first)
{
	strbuf_add_char(out, '[');
	for (const struct warning *each = first; each != NULL; each = each->next) {
		strbuf_add_format(out, "%s{\"kind\":\"%s\",\"name\":", each != first ? "," : "",
			kind_names[each->kind]);
		strbuf_add_json_string(out, each->name);
		strbuf_add_text(out, ",\"hint\":");
		strbuf_add_json_string(out, each->hint);
		strbuf_add_char(out, '}');
	}
	strbuf_add_char(out, ']');
}

/* ── life cycle ──────────────────────────────────────────────────────────────────────────── */

struct warnings *warnings_new(void)
{
	struct warnings *warnings = calloc(1, sizeof(*warnings));
	if (warnings == NULL)
		return NULL;
	if (pthread_mutex_init(&warnings->lock, NULL) != 0) {
		free(warnings);
		return NULL;
	}
	return warnings;
}

void warnings_free(struct warnings *warnings)
{
	if (warnings == NULL)
		return;
	for (size_t i = 0; i < warnings->rows.count; i++)
		free(warnings->rows.items[i]);
	sorted_done(&warnings->rows);
	pthread_mutex_destroy(&warnings->lock);
	free(warnings);
}

/* ── rows ────────────────────────────────────────────────────────────────────────────────── */

static struct row *row_at(const struct warnings *warnings, size_t place)
{
	return (struct row *)warnings->rows.items[place];
}

/* Where rows stand: from the first place up to the last, without it. */
struct range {
	size_t from, to;
};

/* An account's (NULL: everybody's). */
static struct range range_of(const struct warnings *warnings, const char *account_sid)
{
	const struct sorted *rows = &warnings->rows;
	if (account_sid == NULL)
		return (struct range){ 0, rows->count };
	struct range range = { .from = sorted_place(rows, account_sid) };
	range.to = range.from;
	while (range.to < rows->count &&
		strcmp(row_at(warnings, range.to)->counted.account_sid, account_sid) == 0)
		range.to++;
	return range;
}

static void remove_row(struct warnings *warnings, struct row *row)
{
	sorted_remove(&warnings->rows, row->key.key);
	free(row);
}

static void remove_oldest(struct warnings *warnings, struct range range)
{
	struct row *oldest = row_at(warnings, range.from);
	for (size_t i = range.from + 1; i < range.to; i++) {
		struct row *row = row_at(warnings, i);
		if (row->counted.last_ms < oldest->counted.last_ms)
			oldest = row;
	}
	remove_row(warnings, oldest);
}

static void make_room(struct warnings *warnings, const char *account_sid)
{
	const struct range own = range_of(warnings, account_sid);
	if (own.to - own.from >= WARNINGS_OF_ACCOUNT)
		remove_oldest(warnings, own);
	else if (warnings->rows.count >= WARNINGS_MAXIMUM)
		remove_oldest(warnings, range_of(warnings, NULL));
}

/* Copies a text to where the last one ended, and moves that end. */
static char *put_text(char **end, const char *text)
{
	const size_t size = strlen(text) + 1;
	char *copy = memcpy(*end, text, size);
	*end += size;
	return copy;
}

/* NULL without memory. */
static struct row *new_row(const char *key, const struct counted_warning *counted)
{
	struct row *row = malloc(sizeof(*row) + strlen(key) + strlen(counted->account_sid) +
				 strlen(counted->name) + strlen(counted->hint) + 4);
	if (row == NULL)
		return NULL;
	char *end = row->texts;
	row->key.key = put_text(&end, key);
	row->counted = *counted;
	row->counted.account_sid = put_text(&end, counted->account_sid);
	row->counted.name = put_text(&end, counted->name);
	row->counted.hint = put_text(&end, counted->hint);
	return row;
}

/* ── counting ────────────────────────────────────────────────────────────────────────────── */

static void count_one(struct warnings *warnings, const struct counted_warning *seen)
{
	char key[KEY_MAXIMUM];
	snprintf(key, sizeof(key), KEY_FORMAT, seen->account_sid, seen->operation,
		kind_names[seen->kind], seen->name);
	warnings->totals[seen->kind]++;
	struct row *before = (struct row *)sorted_find(&warnings->rows, key);
	if (before != NULL) {
		before->counted.count++;
		before->counted.last_ms = seen->last_ms;
		return;
	}
	struct row *row = new_row(key, seen);
	if (row == NULL)
		return;
	make_room(warnings, seen->account_sid);
	if (sorted_promise(&warnings->rows))
		sorted_put(&warnings->rows, &row->key);
	else
		free(row);
}

void warnings_count(struct warnings *warnings, const char *account_sid, const char *operation,
	const struct warning *first, int64_t now_ms)
{
	pthread_mutex_lock(&warnings->lock);
	for (const struct warning *each = first; each != NULL; each = each->next) {
		const struct counted_warning seen = {
			.account_sid = account_sid,
			.operation = operation,
			.kind = each->kind,
			.name = each->name,
			.hint = each->hint,
			.count = 1,
			.first_ms = now_ms,
			.last_ms = now_ms,
		};
		count_one(warnings, &seen);
	}
	pthread_mutex_unlock(&warnings->lock);
}

void warnings_visit(
	struct warnings *warnings, const char *account_sid, warning_visitor *visit, void *closure)
{
	pthread_mutex_lock(&warnings->lock);
	const struct range range = range_of(warnings, account_sid);
	for (size_t i = range.from; i < range.to; i++)
		visit(closure, &row_at(warnings, i)->counted);
	pthread_mutex_unlock(&warnings->lock);
}

void warnings_clear(struct warnings *warnings, const char *account_sid)
{
	pthread_mutex_lock(&warnings->lock);
	/* From the end, so that little has to be moved. */
	const struct range range = range_of(warnings, account_sid);
	for (size_t i = range.to; i > range.from; i--)
		remove_row(warnings, row_at(warnings, i - 1));
	pthread_mutex_unlock(&warnings->lock);
}

size_t warnings_kept(struct warnings *warnings)
{
	pthread_mutex_lock(&warnings->lock);
	const size_t kept = warnings->rows.count;
	pthread_mutex_unlock(&warnings->lock);
	return kept;
}

void warnings_totals(struct warnings *warnings, uint64_t ret_totals[WARNING_KINDS])
{
	pthread_mutex_lock(&warnings->lock);
	memcpy(ret_totals, warnings->totals, sizeof(warnings->totals));
	pthread_mutex_unlock(&warnings->lock);
}
