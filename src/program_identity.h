/* SPDX-License-Identifier: MIT */
/* What the options say of TLS: whether there is any, for which names, and where it is kept. */
#ifndef PROGRAM_IDENTITY_H
#define PROGRAM_IDENTITY_H

#include "options.h"
#include "tls/identity.h"

/* What --tls means. */
enum tls_kind { TLS_OFF, TLS_AUTO, TLS_GIVEN };

enum tls_kind config_tls(const struct config *config);

/* Whether the options about TLS go together. False with `failure`: EX_USAGE. */
bool config_check_tls(const struct config *config, struct failure *failure);

/* Reads the pair that --tls names, for the first time or again. */
bool identity_read_given(
	const struct config *config, struct identity *identity, struct failure *failure);

/* Where an identity of our own making is kept, in the configuration's arena; NULL, and nothing is
 * kept, with a database in memory. False without memory. */
bool identity_directory(struct config *config, const char **ret_directory);

/* Takes the one that is kept, or makes one: for the names that the options tell. */
bool identity_settle(struct config *config, struct identity *identity, struct failure *failure);

#endif
