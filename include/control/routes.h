/* SPDX-License-Identifier: MIT */
/* The control API below /_emulator/ and the console, as sections of the server. docs/control.md
 * describes the former. */
#ifndef CONTROL_ROUTES_H
#define CONTROL_ROUTES_H

#include "request/route.h"

extern const struct section control_section;
extern const struct section console_section;

/* The very /v1, for the operator: below /_emulator/v1, and let in as by the control API. It must
 * stand before control_section. */
extern const struct section control_v1_section;

#endif
