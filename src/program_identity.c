/* SPDX-License-Identifier: MIT */
#include "program_identity.h"

#include <stdlib.h>
#include <string.h>

#include "util/host.h"

enum tls_kind config_tls(const struct config *config)
{
	if (strcmp(config->tls, "off") == 0)
		return TLS_OFF;
	return strcmp(config->tls, "auto") == 0 ? TLS_AUTO : TLS_GIVEN;
}

bool config_check_tls(const struct config *config, struct failure *failure)
{
	const enum tls_kind kind = config_tls(config);
	const char *useless = kind != TLS_OFF		   ? NULL
			      : config->tls_listen != NULL ? "--tls-listen"
			      : config->proxy != NULL	   ? "--proxy"
							   : NULL;
	if (useless != NULL)
		return failure_set(
			failure, EX_USAGE, "%s needs --tls auto, or a certificate", useless);
	if (kind != TLS_AUTO && config->tls_name.count > 0)
		return failure_set(failure, EX_USAGE, "--tls-name needs --tls auto");
	return config->proxy_others == 0 || config->proxy != NULL ||
	       failure_set(failure, EX_USAGE, "--proxy-others needs --proxy");
}

bool identity_read_given(
	const struct config *config, struct identity *identity, struct failure *failure)
{
	char path[4096];
	const char *key = strrchr(config->tls, ':') + 1;
	const size_t length = (size_t)(key - 1 - config->tls);
	if (length >= sizeof(path))
		return failure_set(failure, EX_DATAERR, "--tls: the name is too long");
	memcpy(path, config->tls, length);
	path[length] = '\0';
	return identity_load(path, key, identity, failure);
}

bool identity_directory(struct config *config, const char **ret_directory)
{
	const char *home = getenv("XDG_STATE_HOME");
	*ret_directory = config->tls_dir;
	if (config->tls_dir != NULL || strcmp(config->db, ":memory:") == 0)
		return true;
	*ret_directory = home != NULL && home[0] == '/'
				 ? arena_format(&config->arena, "%s/supersim/tls", home)
				 : arena_format(&config->arena, "%s-tls", config->db);
	return *ret_directory != NULL;
}

/* The host of an address, or of what follows a URL's scheme. */
static bool add_host(struct tls_names *names, const char *authority)
{
	char host[HOST_MAXIMUM + 1];
	return authority == NULL || !host_of(authority, host, sizeof(host)) ||
	       tls_names_add(names, host);
}

static bool add_names(const struct config *config, struct tls_names *names)
{
	bool added = true;
	tls_names_add_own(names);
	for (size_t i = 0; added && i < config->tls_name.count; i++)
		added = tls_names_add(names, config->tls_name.texts[i]);
	return added && add_host(names, config->listen) && add_host(names, config->tls_listen) &&
	       add_host(names,
		       config->public_url != NULL ? strstr(config->public_url, "://") + 3 : NULL);
}

bool identity_settle(struct config *config, struct identity *identity, struct failure *failure)
{
	struct tls_names names = { .count = 0 };
	const char *directory;
	if (!add_names(config, &names))
		return failure_set(
			failure, EX_USAGE, "--tls-name: at most %d names", TLS_NAMES_MAXIMUM);
	if (!identity_directory(config, &directory))
		return failure_set(failure, EX_OSERR, "out of memory");
	return directory != NULL ? identity_keep(directory, &names, identity, failure)
				 : identity_make(&names, identity, failure);
}
