/* SPDX-License-Identifier: MIT */
/* What a person finds who opens the server's address: its name, and where to go on. */
#ifndef REQUEST_INDEX_H
#define REQUEST_INDEX_H

#include "request/route.h"

/* For any section. That of the control API lists its verbs, too. */
extern const struct operation operation_index;

#endif
