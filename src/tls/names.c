/* SPDX-License-Identifier: MIT */
#include "tls/names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/count.h"

bool tls_name_is_address(const char *name)
{
	unsigned char address[16];
	return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

static bool is_label(const char *label, size_t length)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_";
	return length >= 1 && length <= 63 && strspn(label, allowed) >= length && label[0] != '-' &&
	       label[length - 1] != '-';
}

bool tls_name_is_good(const char *name)
{
	if (strlen(name) >= TLS_NAME_SIZE)
		return false;
	if (tls_name_is_address(name))
		return true;
	for (const char *label = name;;) {
		const size_t length = strcspn(label, ".");
		if (!is_label(label, length))
			return false;
		if (label[length] == '\0')
			return true;
		label += length + 1;
	}
}

static bool means_every_address(const char *name)
{
	unsigned char address[16] = { 0 };
	static const unsigned char none[16];
	return (inet_pton(AF_INET, name, address) == 1 ||
		       inet_pton(AF_INET6, name, address) == 1) &&
	       memcmp(address, none, sizeof(none)) == 0;
}

bool tls_names_add(struct tls_names *names, const char *name)
{
	if (!tls_name_is_good(name) || means_every_address(name))
		return true;
	for (size_t i = 0; i < names->count; i++) {
		if (strcasecmp(names->texts[i], name) == 0)
			return true;
	}
	if (names->count == TLS_NAMES_MAXIMUM)
		return false;
	snprintf(names->texts[names->count++], TLS_NAME_SIZE, "%s", name);
	return true;
}

void tls_names_add_own(struct tls_names *names)
{
	static const char *const own[] = { "supersim.twilio.com", "supersim.local.twilio.com",
		"localhost", "127.0.0.1", "::1" };
	for (size_t i = 0; i < COUNT_OF(own); i++)
		tls_names_add(names, own[i]);
}
