/* SPDX-License-Identifier: MIT */
/* The control API below /_emulator/, as a section of the server. docs/control.md describes it. */
#ifndef CONTROL_ROUTES_H
#define CONTROL_ROUTES_H

#include "request/route.h"

extern const struct section control_section;

#endif
