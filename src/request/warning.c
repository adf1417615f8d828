/* SPDX-License-Identifier: MIT */
#include "request/warning.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "outbox/receiver.h"
#include "util/count.h"
#include "util/host.h"
#include "util/resemble.h"
#include "webhook/address.h"

/* ── names ───────────────────────────────────────────────────────────────────────────────── */

const char *warning_unknown_hint(struct arena *arena, const char *given, const char *known)
{
	if (known == NULL)
		return arena_format(
			arena, "%.*s is unknown, and ignored", WARNING_NAME_SHOWN, given);
	return arena_format(arena, "%.*s is unknown: %s?", WARNING_NAME_SHOWN, given, known);
}

/* The nearest parameter that was looked at. */
struct nearest {
	const char *given, *known;
	unsigned distance;
};

static void compare(struct nearest *nearest, const char *known)
{
	const unsigned distance = text_distance(nearest->given, known);
	if (distance >= nearest->distance)
		return;
	nearest->distance = distance;
	nearest->known = known;
}

static struct nearest find_nearest(
	const struct resource *resource, unsigned place, const char *name)
{
	static const char *const of_every_list[] = { "PageSize", "Page", "PageToken" };
	struct nearest nearest = { .given = name, .distance = UINT_MAX };
	for (size_t i = 0; i < COUNT_OF(of_every_list) && place == ON_LIST; i++)
		compare(&nearest, of_every_list[i]);
	for (size_t i = 0; i < resource->field_count; i++) {
		if (resource->fields[i].flags & place)
			compare(&nearest, resource->fields[i].parameter);
	}
	return nearest;
}

/* What Twilio calls now what it called so; or NULL. */
static const char *renamed(const struct resource *resource, unsigned place, const char *name)
{
	for (size_t i = 0; i < resource->field_count; i++) {
		const struct field *field = &resource->fields[i];
		if ((field->flags & place) && field->former != NULL &&
			strcmp(field->former, name) == 0)
			return field->parameter;
	}
	return NULL;
}

const char *warning_meant(const struct resource *resource, unsigned place, const char *name)
{
	const struct nearest nearest = find_nearest(resource, place, name);
	const bool is_known = nearest.known != NULL && strcmp(nearest.known, name) == 0;
	return is_known || renamed(resource, place, name) != NULL ? NULL : nearest.known;
}

/* Of a parameter by its very name that is taken at another time; or NULL. */
static const char *elsewhere_hint(
	struct arena *arena, const struct resource *resource, unsigned place, const char *name)
{
	const bool creates = place == ON_CREATE;
	if (place == ON_LIST ||
		resource_parameter(resource, creates ? ON_UPDATE : ON_CREATE, name) == NULL)
		return NULL;
	return arena_format(arena, "%s is ignored: it is given %s the %s", name,
		creates ? "in an update of" : "with what makes", resource->name);
}

void warning_of_unknown(struct arena *arena, struct warning **list, const struct resource *resource,
	unsigned place, const char *name)
{
	if (!warning_list_takes(*list, name))
		return;
	const char *now = renamed(resource, place, name);
	if (now != NULL) {
		warning_add(arena, list, WARNING_DEPRECATED_PARAMETER, name,
			arena_format(
				arena, "%s is deprecated, and ignored: it is %s now", name, now));
		return;
	}
	const char *hint = elsewhere_hint(arena, resource, place, name);
	const struct nearest nearest = find_nearest(resource, place, name);
	if (hint == NULL)
		hint = warning_unknown_hint(arena, name, nearest.known);
	warning_add(arena, list,
		nearest.distance == 0 ? WARNING_WRONG_CASE : WARNING_UNKNOWN_PARAMETER, name, hint);
}

void warning_of_repeated(struct arena *arena, struct warning **list, const char *name)
{
	if (!warning_list_takes(*list, name))
		return;
	warning_add(arena, list, WARNING_REPEATED_PARAMETER, name,
		arena_format(arena, "%s is given more than once: the last one counts", name));
}

/* ── callbacks ───────────────────────────────────────────────────────────────────────────── */

static bool is_local_address(const char *host, bool *ret_local)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	const struct sockaddr *address = NULL;
	if (inet_pton(AF_INET, host, &four.sin_addr) == 1)
		address = (const void *)&four;
	else if (inet_pton(AF_INET6, host, &six.sin6_addr) == 1)
		address = (const void *)&six;
	*ret_local = address != NULL && address_judge(address) != ADDRESS_PUBLIC;
	return address != NULL;
}

/* A name that no public DNS has: `localhost`, a container's, or one below a domain that is kept for
 * private use (RFC 6761, 6762, 8375; ICANN's .internal). */
static bool is_local_name(const char *host)
{
	static const char *const domains[] = { ".localhost", ".test", ".local", ".internal",
		".home.arpa" };
	const size_t length = strlen(host);
	for (size_t i = 0; i < COUNT_OF(domains); i++) {
		const size_t domain = strlen(domains[i]);
		if (length > domain && strcmp(host + length - domain, domains[i]) == 0)
			return true;
	}
	return strchr(host, '.') == NULL;
}

void warning_of_callback(
	struct arena *arena, struct warning **list, const char *parameter, const char *url)
{
	char host[HOST_MAXIMUM + 1];
	bool is_local;
	if (strncasecmp(url, "http://", 7) != 0)
		return;
	const char *receiver = receiver_of(arena, url);
	if (receiver == NULL || !host_of(strstr(receiver, "://") + 3, host, sizeof(host)))
		return;
	if (!is_local_address(host, &is_local))
		is_local = is_local_name(host);
	if (is_local)
		return;
	warning_add(arena, list, WARNING_HTTP_CALLBACK, parameter,
		arena_format(arena,
			"%s is plain http: whoever is on the way can read and change what is sent; "
			"https keeps it private",
			parameter));
}
