/* SPDX-License-Identifier: MIT */
#include "watch/event_types.h"

#include <string.h>

enum { ID_DIGITS = 18 };

/* Those of records are what their resources say (model/resource.h). */
const char *const event_names[] = {
	"request",
	"fault",
	"fleet.created",
	"fleet.updated",
	"fleet.deleted",
	"sim.created",
	"sim.updated",
	"sim.status",
	"command",
	"delivery",
	"attempt",
	"clock",
	"reset",
	"network_access_profile.created",
	"network_access_profile.updated",
	"esim_profile.created",
	"esim_profile.updated",
	"settings_update.created",
	"settings_update.updated",
	NULL,
};

unsigned event_type(const char *name)
{
	unsigned type = 0;
	while (event_names[type] != NULL && strcmp(event_names[type], name) != 0)
		type++;
	return type;
}

/* The types that one item of a list means: a name, or `name.*`. None: it means nothing. */
static event_set types_of(const char *item, size_t length)
{
	event_set types = 0;
	const bool is_prefix = length >= 2 && memcmp(item + length - 2, ".*", 2) == 0;
	const size_t compared = is_prefix ? length - 1 : length; /* with the dot */
	for (unsigned type = 0; event_names[type] != NULL; type++) {
		const char *name = event_names[type];
		if (strncmp(name, item, compared) == 0 && (is_prefix || name[compared] == '\0'))
			types |= (event_set)1 << type;
	}
	return types;
}

bool event_types_read(
	const char *text, event_set *ret_types, const char **ret_unknown, int *ret_length)
{
	event_set types = 0;
	for (;;) {
		const size_t length = strcspn(text, ",");
		const event_set some = types_of(text, length);
		if (some == 0) {
			*ret_unknown = text;
			*ret_length = (int)length;
			return false;
		}
		types |= some;
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	*ret_types = types;
	return true;
}

bool event_id_read(const char *text, uint64_t *ret_id)
{
	uint64_t id = 0;
	const size_t length = strspn(text, "0123456789");
	if (length == 0 || length > ID_DIGITS || text[length] != '\0')
		return false;
	for (size_t i = 0; i < length; i++)
		id = id * 10 + (uint64_t)(text[i] - '0');
	*ret_id = id;
	return true;
}
