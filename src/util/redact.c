/* SPDX-License-Identifier: MIT */
#include "util/redact.h"

#include <stdint.h>
#include <string.h>

#include "util/count.h"
#include "util/percent.h"

enum { SHOWN_MAXIMUM = 1 << 20 }; /* a query is shorter, whatever it hides */

const char *redact_url(struct arena *arena, const char *url)
{
	const char *separator = strstr(url, "://");
	const char *authority = separator != NULL ? separator + 3 : url;
	const char *at = memchr(authority, '@', strcspn(authority, "/?#"));
	for (const char *next = at; next != NULL;) { /* a password may have one, too */
		at = next;
		next = memchr(at + 1, '@', strcspn(at + 1, "/?#"));
	}
	const char *host = at != NULL ? at + 1 : authority;
	const size_t scheme_length = (size_t)(authority - url), length = strcspn(host, "?#");
	char *shown = arena_alloc(arena, scheme_length + length + 1 + sizeof(REDACTED));
	if (shown == NULL)
		return NULL;
	memcpy(shown, url, scheme_length);
	char *end = (char *)mempcpy(shown + scheme_length, host, length);
	if (host[length] == '?') {
		*end++ = '?';
		end = stpcpy(end, REDACTED);
	}
	*end = '\0';
	return shown;
}

#define LETTER(letter) (UINT32_C(1) << ((letter) - 'a'))

/* What a name of a secret has in it, by its first letter; and the second letters of these. */
static const struct {
	const char *names[4];
	uint32_t second;
} signs[26] = {
	['a' - 'a'] = { { "auth" }, LETTER('u') },
	['b' - 'a'] = { { "bearer" }, LETTER('e') },
	['c' - 'a'] = { { "code", "cookie", "credential" }, LETTER('o') | LETTER('r') },
	['j' - 'a'] = { { "jwt" }, LETTER('w') },
	['k' - 'a'] = { { "key" }, LETTER('e') },
	['p' - 'a'] = { { "pass", "pwd" }, LETTER('a') | LETTER('w') },
	['s' - 'a'] = { { "secret", "sig" }, LETTER('e') | LETTER('i') },
	['t' - 'a'] = { { "token" }, LETTER('o') },
};

/* From 0 for an a, of either case; 26 and more is no letter. */
static unsigned letter_of(char character)
{
	return (unsigned)((unsigned char)character | 0x20) - 'a';
}

static bool begins_with(const char *text, const char *end, const char *sign)
{
	for (; *sign != '\0'; text++, sign++) {
		if (text == end || letter_of(*text) != letter_of(*sign))
			return false;
	}
	return true;
}

static bool begins_sign(const char *text, const char *end, unsigned first)
{
	for (const char *const *name = signs[first].names; *name != NULL; name++) {
		if (begins_with(text, end, *name))
			return true;
	}
	return false;
}

/* PageToken only says where a page begins. Each header of each request is asked about: two letters
 * are looked at before whole signs are. */
bool redact_hides(const char *name, size_t length)
{
	static const char page_token[] = "PageToken";
	const char *const end = name + length;
	if ((length == strlen(page_token) && memcmp(name, page_token, length) == 0) || length == 0)
		return false;
	unsigned first = letter_of(*name);
	for (const char *at = name + 1; at < end; at++) {
		const unsigned second = letter_of(*at);
		if (first < COUNT_OF(signs) && second < COUNT_OF(signs) &&
			(signs[first].second >> second & 1) != 0 && begins_sign(at - 1, end, first))
			return true;
		first = second;
	}
	return memchr(name, '%', length) != NULL;
}

static const char *end_of(const char *text, const char *end, char mark)
{
	const char *found = memchr(text, mark, (size_t)(end - text));
	return found != NULL ? found : end;
}

/* ── URLs within a text ──────────────────────────────────────────────────────────────────── */

enum url_part { OUTSIDE, AUTHORITY, PATH, NAME, VALUE };

struct url_scan {
	struct strbuf *out;
	const char *copied; /* until here the text is in `out` */
	enum url_part part;
	unsigned count;	      /* of "://", so many came */
	const char *password; /* where it begins; NULL: no `:` came */
	const char *at;	      /* the last `@`, which ends it; NULL: none came */
	const char *name, *name_end, *value;
	bool has_hidden;
};

static void hide(struct url_scan *scan, const char *start, const char *end)
{
	strbuf_add(scan->out, scan->copied, (size_t)(start - scan->copied));
	strbuf_add_text(scan->out, REDACTED);
	scan->copied = end;
	scan->has_hidden = true;
}

static bool is_one_of(char sign, const char *ends)
{
	return sign != '\0' && strchr(ends, sign) != NULL;
}

static void begin_url(struct url_scan *scan)
{
	scan->count = 0;
	scan->part = AUTHORITY;
	scan->password = scan->at = NULL;
}

/* What comes after the authority or within the rest, by the sign that ended what was before. */
static void go_on(struct url_scan *scan, char sign, const char *after)
{
	scan->part = sign == '"' || sign == ' ' ? OUTSIDE : sign == '/' ? PATH : NAME;
	scan->name = after;
}

/* Takes a sign, decoded, and where it stands. A quote or a space ends a URL. */
static void take_sign(struct url_scan *scan, char sign, const char *here, const char *after)
{
	switch (scan->part) {
	case OUTSIDE:
		scan->count = sign == "://"[scan->count] ? scan->count + 1 : sign == ':';
		if (scan->count == 3)
			begin_url(scan);
		return;
	case AUTHORITY:
		if (sign == ':' && scan->password == NULL)
			scan->password = after;
		if (sign == '@')
			scan->at = here;
		if (!is_one_of(sign, "/?#\" "))
			return;
		if (scan->password != NULL && scan->at != NULL && scan->at >= scan->password)
			hide(scan, scan->password, scan->at);
		break;
	case PATH:
		if (!is_one_of(sign, "?#\" "))
			return;
		break;
	case NAME:
		scan->name_end = here;
		scan->value = after;
		if (sign == '=')
			scan->part = VALUE;
		if (!is_one_of(sign, "&#\" "))
			return;
		break;
	case VALUE:
		if (!is_one_of(sign, "&#\" "))
			return;
		if (redact_hides(scan->name, (size_t)(scan->name_end - scan->name)))
			hide(scan, scan->value, here);
		break;
	}
	go_on(scan, sign, after);
}

bool redact_add_text(struct strbuf *out, const char *text, size_t length, bool is_cut)
{
	const char *const end = text + length;
	const bool is_plain = memchr(text, '%', length) == NULL;
	struct url_scan scan = { .out = out, .copied = text };
	for (const char *after; text < end; text = after) {
		/* Most of an answer is outside of URLs, and lists are long. */
		if (is_plain && scan.part == OUTSIDE && scan.count == 0) {
			const char *mark = memmem(text, (size_t)(end - text), "://", 3);
			if (mark == NULL)
				break;
			begin_url(&scan);
			after = mark + 3;
			continue;
		}
		const int escaped = *text == '%' ? percent_escaped(text, (size_t)(end - text)) : -1;
		after = text + (escaped >= 0 ? 3 : 1);
		take_sign(&scan, escaped > 0 ? (char)escaped : *text, text, after);
	}
	if (is_cut)
		take_sign(&scan, '@', end, end);
	take_sign(&scan, ' ', end, end);
	strbuf_add(out, scan.copied, (size_t)(end - scan.copied));
	return scan.has_hidden;
}

/* ── parameters ──────────────────────────────────────────────────────────────────────────── */

/* Most values have no URL in them. */
static bool add_value(struct strbuf *out, const char *text, const char *end)
{
	const size_t length = (size_t)(end - text);
	if (memchr(text, ':', length) != NULL || memchr(text, '%', length) != NULL)
		return redact_add_text(out, text, length, false);
	strbuf_add(out, text, length);
	return false;
}

bool redact_add_parameters(struct strbuf *out, const char *text, size_t length)
{
	const char *const end = text + length;
	bool has_hidden = false;
	while (text < end) {
		const char *pair_end = end_of(text, end, '&');
		const char *equals = end_of(text, pair_end, '=');
		if (equals < pair_end && redact_hides(text, (size_t)(equals - text))) {
			strbuf_add(out, text, (size_t)(equals + 1 - text));
			strbuf_add_text(out, REDACTED);
			has_hidden = true;
		} else {
			has_hidden |= add_value(out, text, pair_end);
		}
		if (pair_end < end)
			strbuf_add_char(out, '&');
		text = pair_end + 1;
	}
	return has_hidden;
}

const char *redact_query(struct arena *arena, const char *query)
{
	struct strbuf shown;
	strbuf_init(&shown, SHOWN_MAXIMUM);
	redact_add_parameters(&shown, query, strlen(query));
	const char *copy = shown.failed ? NULL : arena_copy(arena, shown.data, shown.length);
	strbuf_done(&shown);
	return copy;
}
