/* SPDX-License-Identifier: MIT */
/* Twilio's API as it is served here, described in our own words: from the table of routes and the
 * tables of fields alone. */
#ifndef CONTROL_OPENAPI_SUPERSIM_H
#define CONTROL_OPENAPI_SUPERSIM_H

#include "control/openapi_parts.h"

/* The description, with `origin` as its server. */
json_t *openapi_supersim(const struct emulator *emulator, const char *origin);

#endif
