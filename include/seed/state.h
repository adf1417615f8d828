/* SPDX-License-Identifier: MIT */
/* An account's state as one JSON document, in the form of a seed (seed/seed.h). */
#ifndef SEED_STATE_H
#define SEED_STATE_H

#include <jansson.h>

#include "engine/engine.h"

/* What an export may have, in bytes. A body that brings it back may have more (see
 * request/request.h), since others write the same document with blanks. */
enum { STATE_MAXIMUM = 40 * 1024 * 1024 };

/*
 * The state of the context's account as a new document, which the caller frees. Records stand in
 * the order of their creation. Secrets are left out.
 *
 * What would clearly be larger than STATE_MAXIMUM is refused before anything of it is made: 409,
 * with the numbers. The caller looks at the length of what he writes.
 */
struct api_error state_export(struct context *context, json_t **ret_document);

/* Likewise the states of all accounts that there are, in the order of their SIDs, in one document
 * of the same bound. Enters each account. */
struct api_error state_export_all(struct context *context, json_t **ret_document);

#endif
