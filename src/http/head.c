/* SPDX-License-Identifier: MIT */
#include "http/head.h"

#include <string.h>
#include <strings.h>

#include "util/count.h"
#include "util/host.h"

enum {
	HEAD_MAXIMUM = HEADS_MEMORY - 4 * 1024, /* an answer's needs less than this */
	PART_SIZE = 64 /* what the library needs for a header, a cookie or a part of a query, beside
			* its text */
};

/* What a target begins with when it is a whole URL, and else NULL. */
static const char *scheme_of(const char *target)
{
	static const char *const schemes[] = { "http://", "https://" };
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		if (strncasecmp(target, schemes[i], strlen(schemes[i])) == 0)
			return schemes[i];
	}
	return NULL;
}

char *head_take_target(struct head *head, struct arena *arena, const char *target)
{
	*head = (struct head){ .scheme = "http://", .size = strlen(target) };
	const char *scheme = scheme_of(target);
	if (scheme == NULL)
		return arena_copy(arena, target, strlen(target));
	const char *authority = target + strlen(scheme);
	const size_t length = strcspn(authority, "/?");
	const char *rest = authority + length;
	const size_t size = strlen(rest) + 1;
	char *path = arena_alloc(arena, size + 1);
	head->scheme = scheme;
	head->authority = arena_copy(arena, authority, length);
	if (path == NULL || head->authority == NULL)
		return NULL;
	path[0] = '/'; /* which may be left out */
	memcpy(rest[0] == '/' ? path : path + 1, rest, size);
	return path;
}

/* Notes what the rules of HTTP depend on. */
static void judge_header(struct head *head, const char *name, const char *value)
{
	if (strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0) {
		head->is_bad = head->is_bad || head->host != NULL;
		head->host = value;
	} else if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
		head->is_bad = head->is_bad || head->chunked ||
			       (head->length != NULL && strcmp(head->length, value) != 0);
		head->length = value;
	} else if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
		head->is_bad = head->is_bad || head->length != NULL || head->chunked ||
			       strcasecmp(value, "chunked") != 0;
		head->chunked = true;
	} else {
		head->is_bad = head->is_bad || name[strcspn(name, " \t")] != '\0';
	}
}

/* Counts what the library keeps of a part of the head. A query's are counted with the target. */
static enum MHD_Result take_part(void *closure, enum MHD_ValueKind kind, const char *name,
	size_t name_size, const char *value, size_t value_size)
{
	struct head *head = closure;
	head->size += PART_SIZE;
	if (kind != MHD_GET_ARGUMENT_KIND)
		head->size += name_size + value_size + sizeof(": \r\n") - 1;
	if (kind == MHD_HEADER_KIND)
		judge_header(head, name, value != NULL ? value : "");
	return MHD_YES;
}

enum error_case head_judge(
	struct head *head, struct MHD_Connection *connection, const char *version)
{
	MHD_get_connection_values_n(connection,
		MHD_HEADER_KIND | MHD_GET_ARGUMENT_KIND | MHD_COOKIE_KIND, take_part, head);
	if (head->size > HEAD_MAXIMUM)
		return ERROR_HEAD_TOO_LARGE;
	const bool is_bad = head->is_bad ||
			    (head->host == NULL && strcmp(version, "HTTP/1.0") != 0) ||
			    (head->authority != NULL && !host_is_well_formed(head->authority));
	return is_bad ? ERROR_BAD_REQUEST : ERROR_GENERAL;
}
