/* SPDX-License-Identifier: MIT */
/*
 * Whom the child of exec is to trust, as files that it can open by name. They are in memory:
 * however we end, nothing is left of them.
 */
#ifndef COMMAND_TRUST_FILES_H
#define COMMAND_TRUST_FILES_H

#include "command/environment.h"
#include "program.h"

/* Adds what leads a child, which names no URL, to our TLS: the proxy and, with --tls auto, files of
 * trust in the forms that variables ask for. Nothing without TLS. False with `failure`. */
bool trust_files_announce(
	const struct program *program, struct environment *environment, struct failure *failure);

#endif
