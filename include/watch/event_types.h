/* SPDX-License-Identifier: MIT */
/* The names of events, and how clients say which they want. */
#ifndef WATCH_EVENT_TYPES_H
#define WATCH_EVENT_TYPES_H

#include <stdbool.h>
#include <stdint.h>

/* A set of types: one bit for each place in the table of names. */
typedef uint32_t event_set;
#define EVENTS_ALL (~(event_set)0)

/* The names, ended by NULL. */
extern const char *const event_names[];

/* The place of a name; the table's end when it has none. */
unsigned event_type(const char *name);

/*
 * Reads names, or beginnings of names as "sim.*", parted by commas. False when one of them is
 * neither: then `ret_unknown` is where it begins, and `ret_length` how long it is.
 */
bool event_types_read(
	const char *text, event_set *ret_types, const char **ret_unknown, int *ret_length);

/* Reads an event's id: digits only, at most 18. */
bool event_id_read(const char *text, uint64_t *ret_id);

#endif
