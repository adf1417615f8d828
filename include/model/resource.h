/* SPDX-License-Identifier: MIT */
/*
 * How a resource is described, once.
 *
 * A resource is a C struct (its record) and a table of fields. From the table follow: parsing and
 * validating the form (request/form.c), the JSON in its documented order (request/json.c), the SQL
 * and the row ↔ struct copying (store/records.c), list filters (request/page.c) and seed files
 * (seed/seed.c). What is special to a resource
 * is a plain function among its rules (engine/rules.h).
 *
 * Records hold their texts as `const char *`, NULL for JSON's null, in somebody else's memory:
 * an arena, or a database row while it is being visited.
 */
#ifndef MODEL_RESOURCE_H
#define MODEL_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/error.h"
#include "util/arena.h"
#include "util/strbuf.h"

struct resource;

/* What a field means: decides how it is validated and how its JSON looks. */
enum field_kind {
	FIELD_OWN_SID, /* the record's own SID */
	/* The account's SID. The record holds its namespace, which begins with it and decides who
	 * sees the record; so does the column, which is called `namespace`. */
	FIELD_ACCOUNT_SID,
	FIELD_UNIQUE_NAME, /* the user's name for it: unique per account, usable in paths */
	FIELD_BOOLEAN,
	FIELD_INTEGER,	  /* within `minimum` and `maximum` */
	FIELD_ENUM,	  /* one of `names`; the member has an enum type of its own */
	FIELD_URL,	  /* an http or https URL */
	FIELD_TEXT,	  /* UTF-8 of `minimum` to `maximum` bytes */
	FIELD_TIME,	  /* milliseconds; the column's name is the field's with `_ms` */
	FIELD_LATER_TIME, /* the same, but 0, which is null, until something happened */
	FIELD_REFERENCE,  /* SID of another resource, `target`; given as its SID or its name */
	FIELD_SID_LIST,	  /* SIDs with `prefix`, a repeated parameter; not shown, kept by a hook */
	FIELD_JSON,	  /* a JSON value, ready to be shown */
	FIELD_CONSTANT,	  /* always `constant`; not stored */
	FIELD_SELF_URL,	  /* the record's absolute URL; not stored */
	FIELD_LINKS /* an object of absolute URLs below the record's, from `links`; not stored */
};

/* How a field lies in the record. FIELD_OF derives it from the member's type. */
enum field_storage {
	STORED_TEXT,
	STORED_BOOLEAN,
	STORED_INTEGER,
	STORED_ENUM, /* an enum; in the database its name */
	STORED_LIST,
	STORED_NOWHERE
};

/* Where a parameter may be given. Elsewhere it is ignored, like a parameter that nobody knows. */
enum field_flag {
	ON_CREATE = 1,
	ON_UPDATE = 2,
	ON_LIST = 4,	       /* a list filter */
	REQUIRED = 8,	       /* on create */
	CLEARED_BY_EMPTY = 16, /* an empty value means null; elsewhere it is invalid */
	ON_SEED = 32,	       /* a seed may give it, whatever forms may */
	HIDDEN = 64,	       /* kept, and in seeds, but not shown by the API */
	NOT_COPIED = 128,      /* a copy of its account does not get it; may be null */
	IN_EVENTS = 256	       /* told to those who watch: a text or an enum */
};

/* A link below a record: its name, and its path after the record's own. */
struct field_link {
	const char *name;
	const char *path;
};

/* The value of a FIELD_SID_LIST. */
struct sid_list {
	const char **sids;
	size_t count;
};

struct field {
	const char *name;     /* in JSON; also the column, see FIELD_TIME */
	const char *json_key; /* `,"name":`, ready to be written */
	size_t json_key_length;
	const char *parameter; /* in forms and queries; NULL: cannot be given */
	const char *former;    /* what Twilio called the parameter, and takes no more; or NULL */
	enum field_kind kind;
	enum field_storage storage;
	unsigned flags; /* enum field_flag */
	size_t offset;
	int64_t minimum, maximum;	/* FIELD_ENUM: of its values; 0: whatever has a name */
	const char *const *names;	/* FIELD_ENUM: see below */
	const char *prefix;		/* FIELD_OWN_SID, FIELD_SID_LIST */
	const char *constant;		/* FIELD_CONSTANT */
	const char *takes;		/* what values are, in words; NULL: as the kind says */
	const struct resource *target;	/* FIELD_REFERENCE */
	const struct field_link *links; /* FIELD_LINKS, ended by a NULL name */
	const char *shape;		/* FIELD_JSON: a JSON Schema of its values, by SHAPE */
	/* FIELD_ENUM: of its values, those that an update may ask for; 0: all of them. */
	unsigned wish_minimum, wish_maximum;
};

/* A field's name, and the same as a JSON key. */
#define FIELD_KEY(text)                                                                            \
	.name = text, .json_key = ",\"" text "\":", .json_key_length = sizeof(text) + 3

/* A field that has no member (FIELD_CONSTANT, FIELD_SELF_URL, FIELD_LINKS). */
#define FIELD_NAMED(text) FIELD_KEY(text), .storage = STORED_NOWHERE

/*
 * Name, place and storage of a record's member; the storage cannot disagree with the member's type.
 *
 * `unsigned` stands for every enum, which gcc and clang keep in one unless a value is negative. An
 * enum of a FIELD_ENUM begins with a 0 that means null. Its names stand in an array that is indexed
 * by value and ended by NULL: { [CALLBACK_GET] = "GET", [CALLBACK_POST] = "POST", NULL }.
 */
#define FIELD_OF(record, member)                                                                   \
	FIELD_KEY(#member), .offset = offsetof(struct record, member),                             \
		.storage = _Generic(((struct record *)0)->member,                                  \
			const char *: STORED_TEXT,                                                 \
			bool: STORED_BOOLEAN,                                                      \
			int64_t: STORED_INTEGER,                                                   \
			unsigned: STORED_ENUM,                                                     \
			struct sid_list: STORED_LIST)

/* JSON as it stands, as a text. */
#define SHAPE(...) #__VA_ARGS__

/* A set of fields, one bit for each place in the table. */
typedef uint64_t field_set;

/* What a resource says instead of the general errors; ERROR_GENERAL: just these. */
struct resource_errors {
	enum error_case missing_parameter;
	enum error_case invalid_parameter; /* in a list's query */
	enum error_case unknown_reference;
	enum error_case duplicate_name;
	enum error_case update_of_unknown;
};

/* What changes of its records are called for those who watch; NULL: they are not told. */
struct resource_events {
	const char *created, *updated, *deleted;
	const char *status; /* besides `updated`, when an enum is changed that is IN_EVENTS */
};

/* Called for each record of a list. The record and its texts live for the call only. */
typedef void record_visitor(void *closure, const void *record);

struct resource {
	unsigned number;	/* its place among all resources: see service/resources.c */
	const char *name;	/* "Fleet": what messages call one */
	const char *path;	/* "Fleets": its collection below /v1 */
	const char *list_key;	/* "fleets": the list's array, and the table's name */
	const char *sid_prefix; /* "HF" */
	size_t record_size;
	size_t sid_offset; /* of the member that holds the record's own SID */
	const struct field *fields;
	size_t field_count; /* at most 64, for field_set */
	/* Its collection is below each record of this one, whose SID a member holds; or NULL. */
	const struct resource *parent;
	size_t parent_offset;
	/* It has no table: it is computed when it is read, or is part of another resource. */
	bool is_computed;
	/* It tells what happened: no part of the state that seeds, copies and exports hold. */
	bool is_history;
	struct resource_errors errors;
	struct resource_events events;
	/* Gives a new record its defaults, before the form is read into it. */
	void (*set_defaults)(void *record);
};

/* The bit of a field of `resource`. */
static inline field_set field_bit(const struct resource *resource, const struct field *field)
{
	return (field_set)1 << (field - resource->fields);
}

/* True when the field has a column of its own. */
static inline bool field_is_stored(const struct field *field)
{
	return field->storage != STORED_NOWHERE && field->storage != STORED_LIST;
}

/* The field of this kind, or NULL. The first one where there are several. */
const struct field *resource_field(const struct resource *resource, enum field_kind kind);

/* The field with this JSON name, or NULL. */
const struct field *resource_field_named(const struct resource *resource, const char *name);

/* The field with this parameter that may be given at one of `places` (ON_CREATE, …), or NULL. */
const struct field *resource_parameter(
	const struct resource *resource, unsigned places, const char *name);

/* Access to a record's members by field. The field's storage must be the one that the function
 * names. Here, so that they cost nothing in the loops over every field of every record. */
static inline const char **record_text(const struct field *field, void *record)
{
	return (const char **)(void *)((char *)record + field->offset);
}

static inline bool *record_boolean(const struct field *field, void *record)
{
	return (bool *)((char *)record + field->offset);
}

static inline int64_t *record_integer(const struct field *field, void *record)
{
	return (int64_t *)(void *)((char *)record + field->offset);
}

static inline unsigned *record_enum(const struct field *field, void *record)
{
	return (unsigned *)(void *)((char *)record + field->offset);
}

static inline struct sid_list *record_list(const struct field *field, void *record)
{
	return (struct sid_list *)(void *)((char *)record + field->offset);
}

/* The same for records that are only read. */
static inline const char *record_get_text(const struct field *field, const void *record)
{
	return *(const char *const *)(const void *)((const char *)record + field->offset);
}

static inline bool record_get_boolean(const struct field *field, const void *record)
{
	return *(const bool *)((const char *)record + field->offset);
}

static inline int64_t record_get_integer(const struct field *field, const void *record)
{
	return *(const int64_t *)(const void *)((const char *)record + field->offset);
}

/* The name of an enumerated field's value; NULL for null. */
static inline const char *record_get_name(const struct field *field, const void *record)
{
	return field
		->names[*(const unsigned *)(const void *)((const char *)record + field->offset)];
}

/* The value of an enumerated field that has a name, which may be NULL; 0 where none has. */
unsigned field_value(const struct field *field, const char *name);

/* True for the values that an enumerated field may have besides null. */
bool field_has_value(const struct field *field, unsigned value);

/* A resource's field that is this member of its record, as a set; the member must have one. */
field_set resource_member_bit(const struct resource *resource, size_t offset);

/* The record's own SID. */
static inline const char *record_sid(const struct resource *resource, const void *record)
{
	return *(const char *const *)(const void *)((const char *)record + resource->sid_offset);
}

/* The member that holds the SID of the record that this one's collection is below. */
static inline const char **record_parent(const struct resource *resource, void *record)
{
	return (const char **)(void *)((char *)record + resource->parent_offset);
}

static inline const char *record_get_parent(const struct resource *resource, const void *record)
{
	return *(const char *const *)(const void *)((const char *)record + resource->parent_offset);
}

/* Copies the fields of `set` from one record to another. Texts are shared, not copied. */
void record_merge(const struct resource *resource, void *into, const void *from, field_set set);

/*
 * Validates one given value and puts it into the record. `value` is decoded text; texts that the
 * record keeps point to it. A reference is kept as given: only a transaction can resolve it.
 * Lists (FIELD_SID_LIST) get one more element, in `arena`.
 * False when the value is not acceptable for the field: ERROR_INVALID_PARAMETER. Running out of
 * memory for a list counts as that, too.
 */
bool field_accept(const struct field *field, const char *value, struct arena *arena, void *record);

/* Adds what values a field takes, for people, on one line of ASCII: "whole megabytes, 1 to 2000".
 */
void field_describe(const struct field *field, struct strbuf *out);

#endif
